
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What may be signed: headers.
 */


#ifndef _S3O_POLICY_HEADER_H_INCLUDED_
#define _S3O_POLICY_HEADER_H_INCLUDED_


#include "s3o_core.h"


/* headers; names in lower case */

typedef enum {
    S3O_HEADER_PLAIN = 0,
    S3O_HEADER_HOST,         /* always signed, never the client's */
    S3O_HEADER_AUTH,         /* authorization: replaced */
    S3O_HEADER_OWN,          /* x-amz-date, x-amz-content-sha256,
                                x-amz-security-token, x-amz-region-set:
                                replaced */
    S3O_HEADER_WAY,          /* what CDNs, gateways and SDKs say of
                                themselves: amz-sdk-*, x-amz-cf-*,
                                x-amz-apigw-*, x-amzn-* */
    S3O_HEADER_AGENT,        /* x-amz-user-agent: of the way, but the client
                                repeats it at the Outpost */
    S3O_HEADER_COOKIE,       /* the site's; only when named exactly */
    S3O_HEADER_INTEGRITY,    /* content-md5, x-amz-checksum-*,
                                x-amz-sdk-checksum-algorithm: signed */
    S3O_HEADER_FRAME,        /* of an aws-chunked body: x-amz-trailer,
                                x-amz-decoded-content-length, x-amz-te */
    S3O_HEADER_EFFECT,       /* other x-amz-*: only when named */
    S3O_HEADER_COPY,         /* x-amz-copy-source* and what goes with it:
                                only when named exactly */
    S3O_HEADER_LACKED,       /* what S3 on Outposts does not have: only when
                                named */
    S3O_HEADER_ACCESS,       /* x-amz-acl, x-amz-grant-*: neither, and only
                                when named exactly */
    S3O_HEADER_UNSIGNABLE    /* changed on the way: connection, expect,
                                keep-alive, te, trailer, transfer-encoding,
                                upgrade, user-agent, proxy-*, date */
} s3o_header_class_e;


/* The class of a lower-case header name, in which "_" counts as "-". */

s3o_header_class_e s3o_policy_header(const s3o_str_t *name);


typedef enum {
    S3O_PLACE_PROXY = 0,     /* what is signed is sent from here */
    S3O_PLACE_REDIRECT,      /* the client repeats it at the Outpost */
    S3O_PLACE_LIST           /* the client is told what to send */
} s3o_header_place_e;


typedef enum {
    S3O_ACT_PASS = 0,        /* not signed; sent in proxy mode */
    S3O_ACT_SIGN,            /* signed; sent in proxy mode */
    S3O_ACT_REMOVE,          /* not sent in proxy mode */
    S3O_ACT_REFUSE,          /* 400, unless its value is usual */
    S3O_ACT_LACK             /* 501, unless its value is usual */
} s3o_header_act_e;


/* What becomes of a client's header; "named": in the configuration. */

s3o_header_act_e s3o_policy_header_act(s3o_header_class_e type,
    s3o_uint_t named, s3o_header_place_e place);


typedef enum {
    S3O_VALUE_MATTERS = 0,
    S3O_VALUE_USUAL,         /* asks for what happens anyway */
    S3O_VALUE_OTHER_OWNER    /* expects another account: 403 */
} s3o_header_value_e;


/*
 * What a header that is refused has to say.  "value" has no blanks at its
 * ends; "account" is the access point's, or empty where it is not known.
 */

s3o_header_value_e s3o_policy_header_value(const s3o_str_t *name,
    const s3o_str_t *value, const s3o_str_t *account);


/*
 * 1 when a lower-case header name of this class is among "names", entries of
 * which may end in "*".  A COPY, ACCESS or COOKIE name is matched only by
 * itself; a HOST, AUTH, OWN, WAY or UNSIGNABLE one never.
 */

s3o_uint_t s3o_policy_header_named(const s3o_str_t *name,
    s3o_header_class_e type, const s3o_str_t *names, s3o_uint_t n);


/*
 * 1 when a name may stand in "s3o_presign_signed_headers": a lower-case
 * token (RFC 9110) of a class that can be named, "*" only at the end and with
 * at least one character before it.  A pattern may begin what cannot be named,
 * s3o_policy_header_named() never matches that; one that begins with a COPY,
 * ACCESS or COOKIE name could match nothing and is refused.
 */

s3o_uint_t s3o_policy_header_configurable(const s3o_str_t *name);


/* 1 when a value can stand in a header: no control characters but tabs. */

s3o_uint_t s3o_policy_header_value_ok(const s3o_str_t *value);


#endif /* _S3O_POLICY_HEADER_H_INCLUDED_ */
