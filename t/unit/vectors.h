
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The forms of the vectors that gen_vectors.pl writes.
 */


#ifndef _VECTORS_H_INCLUDED_
#define _VECTORS_H_INCLUDED_


#include "s3o_core.h"
#include "s3o_signer.h"


#define VECTOR_PAIRS  16


typedef struct {
    s3o_str_t      name;
    s3o_str_t      value;
} vector_pair_t;


typedef struct {
    const char    *id;
    const char    *doc;

    s3o_str_t      access_point;
    s3o_str_t      region;
    s3o_str_t      endpoint;
    const char    *switches;         /* settings of SDKs that we do not have */

    s3o_uint_t     may_reject;
    const char    *error;            /* empty: none */
    s3o_str_t      url;
    s3o_str_t      signing_region;
} vector_endpoint_t;


typedef struct {
    const char    *id;
    const char    *doc;

    s3o_algorithm_e  algorithm;

    s3o_str_t      access_key;
    s3o_str_t      secret_key;
    s3o_str_t      token;
    int64_t        time;
    s3o_str_t      access_point;     /* of S3 on Outposts only */
    s3o_str_t      client_region;
    s3o_str_t      service;
    s3o_str_t      method;
    s3o_str_t      key;
    vector_pair_t  query[VECTOR_PAIRS];
    s3o_uint_t     nquery;
    vector_pair_t  headers[VECTOR_PAIRS];
    s3o_uint_t     nheaders;
    s3o_str_t      payload_hash;
    uint32_t       expires;          /* 0: header form */

    s3o_str_t      region;           /* SigV4A: the region set */
    s3o_str_t      host;
    s3o_str_t      path;
    s3o_str_t      canonical_request;
    s3o_str_t      string_to_sign;
    s3o_str_t      signature;
    s3o_str_t      url;
    s3o_str_t      authorization;
    s3o_str_t      public_key;       /* SigV4A: x and y, hex digits */
} vector_t;


typedef struct {
    const char    *id;

    s3o_str_t      access_key;
    s3o_str_t      secret_key;
    s3o_str_t      private_key;
    s3o_str_t      public_key;
} vector_derive_t;


typedef struct {
    const char    *id;

    s3o_str_t      access_key;
    s3o_str_t      secret_key;
    int64_t        time;
    s3o_str_t      region;
    s3o_str_t      service;

    s3o_str_t      string_to_sign;
    s3o_str_t      signature;
} vector_chunk_t;


#endif /* _VECTORS_H_INCLUDED_ */
