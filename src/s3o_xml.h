
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The text of one element of a small XML document, as AWS services answer
 * with.  Not an XML parser: no attributes, entities, comments or nesting are
 * looked at, and a text that would need them is an error.
 */


#ifndef _S3O_XML_H_INCLUDED_
#define _S3O_XML_H_INCLUDED_


#include "s3o_core.h"


/*
 * Sets *text to what lies between "<name>" and "</name>", without white
 * space around it; it points into "data".
 *
 * Returns S3O_OK; S3O_ERROR when the element is not there, comes twice, is
 * not closed, or holds a "<" or "&".
 */

s3o_int_t s3o_xml_text(const u_char *data, size_t len, const s3o_str_t *name,
    s3o_str_t *text);


#endif /* _S3O_XML_H_INCLUDED_ */
