
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A signer holds everything of Signature Version 4 that does not change from
 * request to request: a credentials set's encoded texts and keyed states,
 * made once per set; the signing key, once per UTC day; the texts that hang
 * on the clock, once per second.  A request then costs one SHA-256 and one
 * HMAC.
 *
 * With Signature Version 4A the key is made once per set, too, and a request
 * costs two SHA-256 and one ECDSA on P-256.
 */


#ifndef _S3O_SIGNER_H_INCLUDED_
#define _S3O_SIGNER_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_crypto_ecdsa.h"
#include "s3o_crypto_hmac.h"
#include "s3o_time.h"


#define S3O_SERVICE        "s3-outposts"

#define S3O_PARAM_REGIONS  "&X-Amz-Region-Set="
#define S3O_PARAM_TOKEN    "&X-Amz-Security-Token="
#define S3O_PARAM_HEADERS  "&X-Amz-SignedHeaders="
#define S3O_QUERY_HOST     "host"

#define S3O_AUTH_SIGNATURE  ", Signature="

#define S3O_EXPIRES_MAX    604800
#define S3O_EXPIRES_LEN    (sizeof("604800") - 1)


typedef enum {
    S3O_SIGV4 = 0,                        /* AWS4-HMAC-SHA256 */
    S3O_SIGV4A                            /* AWS4-ECDSA-P256-SHA256 */
} s3o_algorithm_e;


typedef struct {
    s3o_str_t        access_key_id;
    s3o_str_t        secret_access_key;
    s3o_str_t        session_token;       /* empty: none */
} s3o_credentials_t;


/*
 * The texts lie in the caller's memory; the times in them are overwritten in
 * place.  S3O_SHA256_HEX_LEN bytes follow the prologue: with the hash that the
 * last signature left there it is that signature's string to sign.  Then there
 * is room for the padding.
 */

typedef struct {
    s3o_crypto_t    *crypto;
    s3o_algorithm_e  algorithm;

    s3o_hmac_key_t   secret;              /* keyed with "AWS4" + secret */
    s3o_hmac_key_t   key;                 /* the signing key of "day" */
    s3o_state_t      begun;               /* its HMAC of the prologue's */
    size_t           nbegun;              /* first blocks, so many bytes */
    s3o_ecdsa_key_t  ecdsa;               /* SigV4A's, in their place */

    int64_t          day;                 /* -1: none yet */
    int64_t          time;                /* -1: none yet */

    s3o_str_t        region;              /* SigV4A: the region set */
    s3o_str_t        service;
    s3o_str_t        session_token;

    s3o_str_t        date;        /* "YYYYMMDDTHHMMSSZ" */
    s3o_str_t        scope;       /* "YYYYMMDD/[region/]service/
                                     aws4_request" */
    s3o_str_t        prologue;    /* the string to sign but for the hash */
    s3o_str_t        query_head;  /* "X-Amz-Algorithm=" to "X-Amz-Expires=" */
    s3o_str_t        query_tail;  /* "[&X-Amz-Region-Set=]
                                     [&X-Amz-Security-Token=]
                                     &X-Amz-SignedHeaders=", behind the head
                                     and the digits; then S3O_QUERY_HOST */
    size_t           query_set;   /* the length of the first of these */
    uint32_t         expires;     /* the digits' number */
    s3o_str_t        credential;  /* "ALGORITHM Credential=AK/scope,
                                     SignedHeaders=" */
    s3o_str_t        lines;       /* of a message: "x-amz-date: ..." CR LF
                                     [x-amz-region-set]
                                     [x-amz-security-token]
                                     "Authorization: " and the credential;
                                     behind it: names, ", Signature=" */
    size_t           lines_bare;  /* the length with these */
    size_t           lines_date;  /* where values are in it */
    size_t           lines_token;
    size_t           lines_value; /* of Authorization */
    size_t           lines_id;
    s3o_str_t        headers;     /* "x-amz-date:...\n"
                                     ["x-amz-region-set:...\n"]
                                     ["x-amz-security-token:...\n"]
                                     "\n", names, "\n" */
    s3o_str_t        names;       /* with host and x-amz-content-sha256 */

    s3o_str_t        mem;         /* all of the caller's memory */
    u_char          *query_day;   /* the places of times in the texts */
    u_char          *query_date;
    u_char          *credential_day;
    u_char          *headers_date;
} s3o_signer_t;


/* The memory that s3o_signer_init() takes for the texts. */

size_t s3o_signer_size(s3o_algorithm_e algorithm,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service);


/*
 * Prepares a zeroed signer for an algorithm, a credentials set, a region and a
 * service (S3O_SERVICE).  With S3O_SIGV4A the region is a region set: "*", or
 * regions with "," between them.  "mem" holds s3o_signer_size() bytes that
 * live, like "crypto", as long as the signer; the credentials and the names
 * are copied.
 *
 * Returns S3O_OK or S3O_ERROR: OpenSSL failed; an access key id, secret,
 * region or service is empty; one of them but the secret, or the session
 * token, has a byte outside 0x21..0x7e, which a header could not carry.
 * s3o_signer_free() is safe after either and on a zeroed signer: it frees the
 * keyed states, wipes "mem" and leaves the signer zeroed.
 */

s3o_int_t s3o_signer_init(s3o_signer_t *s, s3o_crypto_t *crypto, u_char *mem,
    s3o_algorithm_e algorithm, const s3o_credentials_t *credentials,
    const s3o_str_t *region, const s3o_str_t *service);
void s3o_signer_free(s3o_signer_t *s);


/*
 * Sets the signing time (0..S3O_TIME_MAX).  The same time again costs
 * nothing; another day derives a new key, with SigV4.  S3O_OK or S3O_ERROR;
 * after an error the signer signs nothing until a call succeeds.
 */

s3o_int_t s3o_signer_time(s3o_signer_t *s, int64_t t);


/*
 * Sets the digits between query_head and query_tail, 1..S3O_EXPIRES_MAX
 * seconds.  The same number again costs nothing.
 */

void s3o_signer_expires(s3o_signer_t *s, uint32_t expires);


#endif /* _S3O_SIGNER_H_INCLUDED_ */
