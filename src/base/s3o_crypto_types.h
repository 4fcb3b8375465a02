
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The types of the s3o_crypto* files: the states in which hashes are computed.
 */


#ifndef _S3O_CRYPTO_TYPES_H_INCLUDED_
#define _S3O_CRYPTO_TYPES_H_INCLUDED_


#include "s3o_core.h"

#include <openssl/evp.h>
#include <openssl/sha.h>


/*
 * OpenSSL 3 searches its store of providers at each EVP_DigestInit_ex(),
 * unless the digest was fetched: a third of the time of a short hash.
 */

#if (OPENSSL_VERSION_NUMBER >= 0x30000000L                                   \
     && !defined LIBRESSL_VERSION_NUMBER                                     \
     && !defined OPENSSL_IS_BORINGSSL                                        \
     && !defined OPENSSL_IS_AWSLC)
#define S3O_HAVE_PROVIDERS  1
#else
#define S3O_HAVE_PROVIDERS  0
#endif

#if (!S3O_HAVE_PROVIDERS                                                     \
     && !defined LIBRESSL_VERSION_NUMBER                                     \
     && !defined OPENSSL_IS_BORINGSSL                                        \
     && !defined OPENSSL_IS_AWSLC)
#define S3O_HAVE_FIPS_MODE  1
#else
#define S3O_HAVE_FIPS_MODE  0
#endif

#if (defined OPENSSL_NO_DEPRECATED_3_0 || defined S3O_NO_PLAIN_SHA256)
#define S3O_HAVE_PLAIN_SHA256  0
#else
#define S3O_HAVE_PLAIN_SHA256  1
#endif


#define S3O_SHA1_LEN        20
#define S3O_SHA256_LEN      32
#define S3O_SHA256_HEX_LEN  64
#define S3O_SHA256_BLOCK    64
#define S3O_SHA256_PAD_MAX  72    /* room for the padding of a text */


/*
 * The state of a SHA-256 that is being computed.  A zeroed struct holds none.
 */

typedef struct {
    EVP_MD_CTX    *evp;             /* NULL: the state is "sha" */
#if (S3O_HAVE_PLAIN_SHA256)
    SHA256_CTX     sha;
#endif
} s3o_state_t;


/*
 * The digest of a process and its scratch state.  Threads must not share one.
 */

typedef struct {
    const EVP_MD  *md;
    s3o_uint_t     plain;           /* 1: states are of SHA256_CTX, 0: of EVP */
    s3o_state_t    scratch;
} s3o_crypto_t;


#endif /* _S3O_CRYPTO_TYPES_H_INCLUDED_ */
