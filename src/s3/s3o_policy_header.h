
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Which headers of a client are signed, passed on, left out or refused.
 */


#ifndef _S3O_POLICY_HEADER_H_INCLUDED_
#define _S3O_POLICY_HEADER_H_INCLUDED_


#include "s3o_core.h"


/* classes of headers */

typedef enum {
    S3O_HEADER_PLAIN = 0,
    S3O_HEADER_HOST,         /* host: always signed, but with the name of the
                                access point */
    S3O_HEADER_AUTH,         /* authorization: replaced */
    S3O_HEADER_OWN,          /* x-amz-date, x-amz-content-sha256,
                                x-amz-security-token, x-amz-region-set:
                                replaced */
    S3O_HEADER_WAY,          /* added on the way by CDNs, gateways and SDKs:
                                amz-sdk-*, x-amz-cf-*, x-amz-apigw-*,
                                x-amzn-* */
    S3O_HEADER_AGENT,        /* x-amz-user-agent: the same, but after a redirect
                                the client sends it to the Outpost again */
    S3O_HEADER_COOKIE,       /* cookie: of the site; signed only when named
                                exactly */
    S3O_HEADER_INTEGRITY,    /* content-md5, x-amz-checksum-*,
                                x-amz-sdk-checksum-algorithm: signed */
    S3O_HEADER_FRAME,        /* about an aws-chunked body: x-amz-trailer,
                                x-amz-decoded-content-length, x-amz-te */
    S3O_HEADER_EFFECT,       /* all other x-amz-*: signed only when named */
    S3O_HEADER_COPY,         /* x-amz-copy-source* and what belongs to copies:
                                signed only when named exactly */
    S3O_HEADER_LACKED,       /* S3 on Outposts does not have it: signed only
                                when named */
    S3O_HEADER_ACCESS,       /* x-amz-acl, x-amz-grant-*: it does not have these
                                either; signed only when named exactly */
    S3O_HEADER_UNSIGNABLE    /* may be changed on the way and cannot be signed:
                                connection, expect, keep-alive, te, trailer,
                                transfer-encoding, upgrade, user-agent, proxy-*,
                                date */
} s3o_header_class_e;


/* The class of a lower-case header name, in which "_" counts as "-". */

s3o_header_class_e s3o_policy_header(const s3o_str_t *name);


typedef enum {
    S3O_PLACE_PROXY = 0,     /* nginx sends what is signed */
    S3O_PLACE_REDIRECT,      /* the client sends its headers to the Outpost
                                again */
    S3O_PLACE_LIST           /* the client gets a list of headers to send (json,
                                on) */
} s3o_header_place_e;


typedef enum {
    S3O_ACT_PASS = 0,        /* not signed; sent in proxy mode */
    S3O_ACT_SIGN,            /* signed; sent in proxy mode */
    S3O_ACT_REMOVE,          /* not sent in proxy mode */
    S3O_ACT_REFUSE,          /* 400, unless S3O_VALUE_USUAL */
    S3O_ACT_LACK             /* 501, unless S3O_VALUE_USUAL */
} s3o_header_act_e;


/*
 * What is done with a client's header of this class.  "named" is 1 when
 * s3o_policy_header_named() found it in the configuration.
 */

s3o_header_act_e s3o_policy_header_act(s3o_header_class_e type,
    s3o_uint_t named, s3o_header_place_e place);


typedef enum {
    S3O_VALUE_MATTERS = 0,
    S3O_VALUE_USUAL,         /* asks for what happens anyway */
    S3O_VALUE_OTHER_OWNER    /* expects another account: 403 */
} s3o_header_value_e;


/*
 * Whether the value of a header that would be refused changes anything.
 * "value" has no blanks at its ends; "account" is the account of the access
 * point, or empty when it is not known.
 */

s3o_header_value_e s3o_policy_header_value(const s3o_str_t *name,
    const s3o_str_t *value, const s3o_str_t *account);


/*
 * 1 when the configuration names a header.  "name" is in lower case and of
 * class "type"; "names" are n entries of the configuration, which may end in
 * "*".  A COPY, ACCESS or COOKIE header is found only by its full name, a
 * HOST, AUTH, OWN, WAY or UNSIGNABLE one never.
 */

s3o_uint_t s3o_policy_header_named(const s3o_str_t *name,
    s3o_header_class_e type, const s3o_str_t *names, s3o_uint_t n);


/*
 * 1 when "s3o_presign_signed_headers" may name this header: a lower-case
 * token (RFC 9110) of a class that can be named.  "*" may only be at the end,
 * after at least one character.  A pattern may be the beginning of names that
 * cannot be named, as s3o_policy_header_named() never finds those.  A pattern
 * that begins with a COPY, ACCESS or COOKIE name would find nothing and is
 * refused.
 */

s3o_uint_t s3o_policy_header_configurable(const s3o_str_t *name);


/*
 * 1 for a lower-case name of S3 whose value may be shown to whoever has to
 * send it.  The keys of SSE-C are secrets, and what headers that are not
 * S3's are for is not known.
 */

s3o_uint_t s3o_policy_header_is_public(const s3o_str_t *name);


/*
 * 1 when a header can carry the value: it has no control characters but tabs.
 */

s3o_uint_t s3o_policy_header_value_ok(const s3o_str_t *value);


#endif /* _S3O_POLICY_HEADER_H_INCLUDED_ */
