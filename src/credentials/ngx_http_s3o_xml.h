
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The texts of a few elements of an XML document, by expat.
 */


#ifndef _NGX_HTTP_S3O_XML_H_INCLUDED_
#define _NGX_HTTP_S3O_XML_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_http_s3o_xml_s  ngx_http_s3o_xml_t;


/* an element: in any case, and whatever its prefix */

typedef struct {
    const char              *parent;         /* NULL: any, or none */
    const char              *name;

    /* set by parsing */

    ngx_str_t                text;           /* of the first one */
    ngx_uint_t               count;
} ngx_http_s3o_xml_field_t;


/*
 * "fields" end with one that has no name.  Their texts, without white space
 * around them, come to lie in "buf" as UTF-8, when they are complete; that of
 * an element with others in it, or of one that finds no room, has no data.
 * Memory of the parser is wiped, "buf" is the caller's.  NULL when out of
 * memory.
 */

ngx_http_s3o_xml_t *ngx_http_s3o_xml_create(ngx_http_s3o_xml_field_t *fields,
    u_char *buf, size_t size);


/*
 * Parses what comes next; "last" says that no more will come.  NULL, or why
 * the document is refused: it is not well-formed, too deep, has a DTD and
 * with it perhaps entities of its own, or memory fails.  What was found before
 * stays, and nothing is parsed after it.
 */

const char *ngx_http_s3o_xml_parse(ngx_http_s3o_xml_t *xml, u_char *data,
    size_t len, ngx_uint_t last);


/* Wipes and frees the parser. */

void ngx_http_s3o_xml_free(ngx_http_s3o_xml_t *xml);


#endif /* _NGX_HTTP_S3O_XML_H_INCLUDED_ */
