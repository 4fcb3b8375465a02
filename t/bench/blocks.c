
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * For valgrind: hashes one, two and three blocks of SHA-256, a hundred times
 * each, and one block a hundred times by the other function of the library.
 * Callgrind writes the cost of each to a file of its own, after a file for the
 * start.
 */


#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/sha.h>
#include <valgrind/callgrind.h>


#define TIMES  100


int
main(void)
{
    int                   n, i;
    SHA256_CTX            state;
    static unsigned char  data[3 * SHA256_CBLOCK];

    if (!SHA256_Init(&state)) {
        return 1;
    }

    CALLGRIND_DUMP_STATS;

    for (n = 1; n <= 3; n++) {

        for (i = 0; i < TIMES; i++) {
            if (!SHA256_Update(&state, data, n * SHA256_CBLOCK)) {
                return 1;
            }
        }

        CALLGRIND_DUMP_STATS;
    }

    for (i = 0; i < TIMES; i++) {
        SHA256_Transform(&state, data);
    }

    CALLGRIND_DUMP_STATS;

    return 0;
}
