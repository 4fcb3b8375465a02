
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The least that SigV4A can cost: signs the hash of a text with ECDSA over
 * P-256 as often as it is told, with a key and a context that are made once,
 * and prints the nanoseconds of processor time that this has taken.
 *
 *     p256 COUNT
 */


#define _POSIX_C_SOURCE  200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>


int
main(int argc, char **argv)
{
    long              n;
    size_t            len;
    EVP_PKEY         *key;
    EVP_PKEY_CTX     *ctx;
    unsigned char     hash[32] = { 1 }, sig[128];
    struct timespec  from, to;

    if (argc != 2) {
        fprintf(stderr, "usage: p256 COUNT\n");
        return 2;
    }

    key = EVP_EC_gen("P-256");
    ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;

    if (ctx == NULL || EVP_PKEY_sign_init(ctx) <= 0) {
        fprintf(stderr, "p256: no key\n");
        return 1;
    }

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);

    for (n = atol(argv[1]); n > 0; n--) {
        len = sizeof(sig);
        hash[0]++;

        if (EVP_PKEY_sign(ctx, sig, &len, hash, sizeof(hash)) <= 0) {
            fprintf(stderr, "p256: signing failed\n");
            return 1;
        }
    }

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);

    printf("%lld\n", (to.tv_sec - from.tv_sec) * 1000000000LL
                     + to.tv_nsec - from.tv_nsec);

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);

    return 0;
}
