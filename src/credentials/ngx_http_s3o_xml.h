
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Reads the texts of a few elements of an XML document, with expat.
 */


#ifndef _NGX_HTTP_S3O_XML_H_INCLUDED_
#define _NGX_HTTP_S3O_XML_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_http_s3o_xml_s  ngx_http_s3o_xml_t;


/* an element to read; its name is found in any case and with any prefix */

typedef struct {
    const char              *parent;         /* NULL: any parent */
    const char              *name;

    /* set by parsing */

    ngx_str_t                text;           /* of the first such element */
    ngx_uint_t               count;
} ngx_http_s3o_xml_field_t;


/*
 * Makes a parser.  The last of "fields" has no name.  The texts of the fields
 * are written to "buf", which has "size" bytes, as UTF-8 and without the
 * white space around them.  A field whose element has other elements in it,
 * or whose text finds no room, has no data.  The memory of the parser is
 * wiped when it is freed, "buf" by the caller.  Returns NULL when out of
 * memory.
 */

ngx_http_s3o_xml_t *ngx_http_s3o_xml_create(ngx_http_s3o_xml_field_t *fields,
    u_char *buf, size_t size);


/*
 * Parses the next piece of the document; "last" is 1 for the last piece.
 * Returns NULL; or a sentence that says why the document is refused: it is
 * not well-formed, is nested too deeply or has a DTD, or there is no memory.
 * Fields that were found before keep their texts, and further calls parse
 * nothing.
 */

const char *ngx_http_s3o_xml_parse(ngx_http_s3o_xml_t *xml, u_char *data,
    size_t len, ngx_uint_t last);


/* Wipes and frees the parser. */

void ngx_http_s3o_xml_free(ngx_http_s3o_xml_t *xml);


#endif /* _NGX_HTTP_S3O_XML_H_INCLUDED_ */
