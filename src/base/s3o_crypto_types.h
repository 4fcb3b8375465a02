
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the s3o_crypto* files share: the states that hashes are made in.
 */


#ifndef _S3O_CRYPTO_TYPES_H_INCLUDED_
#define _S3O_CRYPTO_TYPES_H_INCLUDED_


#include "s3o_core.h"

#include <openssl/evp.h>
#include <openssl/sha.h>


/*
 * A fetched digest spares OpenSSL 3 a search in its provider store at each
 * EVP_DigestInit_ex(): a third of the time of a short hash.
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
#define S3O_SHA256_PAD_MAX  72    /* what ends a text to hash */


/* A SHA-256 under way; zeroed: none. */

typedef struct {
    EVP_MD_CTX    *evp;             /* NULL: "sha" is it */
#if (S3O_HAVE_PLAIN_SHA256)
    SHA256_CTX     sha;
#endif
} s3o_state_t;


/* A process's digest and its scratch state; not shared by threads. */

typedef struct {
    const EVP_MD  *md;
    s3o_uint_t     plain;           /* states are those of SHA256_CTX */
    s3o_state_t    scratch;
} s3o_crypto_t;


#endif /* _S3O_CRYPTO_TYPES_H_INCLUDED_ */
