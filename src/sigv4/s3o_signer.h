
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A signer holds everything of Signature Version 4 that stays the same from
 * request to request.  Encoded texts and the hashed secret are made once for a
 * set of credentials, the signing key once for each UTC day, the texts with the
 * time once for each second.  A request then costs one SHA-256 and one HMAC.
 *
 * With Signature Version 4A the private key is made once for a set of
 * credentials, and a request costs two SHA-256 and one ECDSA on P-256.
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
 * A signer.  Its texts are in the caller's memory, and the times in them are
 * overwritten in place.  After the prologue there is room for the hash of the
 * canonical request, S3O_SHA256_HEX_LEN bytes.  The last signature has left
 * its hash there, so the two together are the string to sign of that
 * signature. Room for the padding of SHA-256 follows.
 */

typedef struct {
    s3o_crypto_t    *crypto;
    s3o_algorithm_e  algorithm;

    s3o_hmac_key_t   secret;              /* keyed with "AWS4" + secret */
    s3o_hmac_key_t   key;                 /* the signing key of "day" */
    s3o_state_t      begun;               /* its HMAC after the first */
    size_t           nbegun;              /* bytes of the prologue */
    s3o_ecdsa_key_t  ecdsa;               /* SigV4A: the private key */

    int64_t          day;                 /* -1: none yet */
    int64_t          time;                /* -1: none yet */

    s3o_str_t        region;              /* SigV4A: the region set */
    s3o_str_t        service;
    s3o_str_t        session_token;

    s3o_str_t        date;        /* "YYYYMMDDTHHMMSSZ" */
    s3o_str_t        scope;       /* "YYYYMMDD/[region/]service/
                                     aws4_request" */
    s3o_str_t        prologue;    /* the string to sign without the hash */
    s3o_str_t        query_head;  /* "X-Amz-Algorithm=" to "X-Amz-Expires=" */
    s3o_str_t        query_tail;  /* "[&X-Amz-Region-Set=]
                                     [&X-Amz-Security-Token=]
                                     &X-Amz-SignedHeaders=", after
                                     the head and the digits; then
                                     S3O_QUERY_HOST */
    size_t           query_set;   /* length of "&X-Amz-Region-Set=...", or 0 */
    uint32_t         expires;     /* the seconds in head's X-Amz-Expires */
    s3o_str_t        credential;  /* "ALGORITHM Credential=AK/scope,
                                     SignedHeaders=" */
    s3o_str_t        lines;       /* header lines: "x-amz-date: ..." CR LF
                                     [x-amz-region-set]
                                     [x-amz-security-token]
                                     "Authorization: " and the credential;
                                     after it: names, ", Signature=" */
    size_t           lines_bare;  /* length with names and ", Signature=" */
    size_t           lines_date;  /* offsets of values in the lines */
    size_t           lines_token;
    size_t           lines_value; /* that of Authorization */
    size_t           lines_id;
    s3o_str_t        headers;     /* "x-amz-date:...\n"
                                     ["x-amz-region-set:...\n"]
                                     ["x-amz-security-token:...\n"]
                                     "\n", names, "\n" */
    s3o_str_t        names;       /* of signed headers, "host;..." */

    s3o_str_t        mem;         /* all of the caller's memory */
    u_char          *query_day;   /* places of times in the texts */
    u_char          *query_date;
    u_char          *credential_day;
    u_char          *headers_date;
} s3o_signer_t;


/* The number of bytes that s3o_signer_init() needs for the texts. */

size_t s3o_signer_size(s3o_algorithm_e algorithm,
    const s3o_credentials_t *credentials, const s3o_str_t *region,
    const s3o_str_t *service);


/*
 * Prepares a zeroed signer for an algorithm, a set of credentials, a region
 * and a service (S3O_SERVICE).  With S3O_SIGV4A the region is a region set:
 * "*", or names of regions separated by ",".  "mem" has s3o_signer_size()
 * bytes; it and "crypto" must live as long as the signer.  The credentials
 * and the names are copied.
 *
 * Returns S3O_OK or S3O_ERROR.  It is an error when OpenSSL fails; when the
 * access key id, the secret, the region or the service is empty; when one of
 * them but the secret, or the session token, has a byte outside 0x21..0x7e,
 * which could not be sent in a header.  s3o_signer_free() is safe after
 * either result and with a zeroed signer: it frees the keys, wipes "mem" and
 * leaves the signer zeroed.
 */

s3o_int_t s3o_signer_init(s3o_signer_t *s, s3o_crypto_t *crypto, u_char *mem,
    s3o_algorithm_e algorithm, const s3o_credentials_t *credentials,
    const s3o_str_t *region, const s3o_str_t *service);
void s3o_signer_free(s3o_signer_t *s);


/*
 * Sets the signing time (0..S3O_TIME_MAX, seconds since the Epoch).  The same
 * time again costs nothing; with SigV4 the first time of another day derives
 * a new key.  Returns S3O_OK, or S3O_ERROR: the signer then signs nothing
 * until a call succeeds.
 */

s3o_int_t s3o_signer_time(s3o_signer_t *s, int64_t t);


/*
 * Sets the value of X-Amz-Expires, which is between query_head and
 * query_tail, to 1..S3O_EXPIRES_MAX seconds.  The same number again costs
 * nothing.
 */

void s3o_signer_expires(s3o_signer_t *s, uint32_t expires);


#endif /* _S3O_SIGNER_H_INCLUDED_ */
