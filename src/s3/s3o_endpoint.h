
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Parses custom endpoints, "https://AUTHORITY".
 */


#ifndef _S3O_ENDPOINT_H_INCLUDED_
#define _S3O_ENDPOINT_H_INCLUDED_


#include "s3o_target_error.h"


#define S3O_LABEL_MAX      63
#define S3O_HOST_NAME_MAX  253


typedef struct {
    s3o_uint_t     https;
    s3o_str_t      port;       /* empty: the scheme's default */
    size_t         host_len;
    u_char         host[S3O_HOST_NAME_MAX];     /* lower case */
} s3o_endpoint_t;


/*
 * Parses "http[s]://host[:port][/]".  ep->port points into the text; it is
 * empty for the default port of the scheme.  A host whose last label is a
 * number would be taken for an IPv4 address and is refused, as are IP
 * addresses.
 *
 * Returns S3O_TARGET_OK or one of S3O_TARGET_ENDPOINT_*.
 */

s3o_target_error_e s3o_endpoint_parse(s3o_endpoint_t *ep, const s3o_str_t *s);


/*
 * 1 when the text has at least one byte, all are a-z, 0-9 or "-", and neither
 * the first nor the last is "-".  The length is not checked.
 */

s3o_uint_t s3o_endpoint_label(const s3o_str_t *s);


#endif /* _S3O_ENDPOINT_H_INCLUDED_ */
