
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * States of SHA-256, which are either those of EVP or plain (SHA256_CTX).
 * Private to the s3o_crypto* files.
 */


#ifndef _S3O_CRYPTO_STATE_H_INCLUDED_
#define _S3O_CRYPTO_STATE_H_INCLUDED_


#include "s3o_crypto_types.h"

#if (defined __SSE2__)
#include <emmintrin.h>
#endif


static inline s3o_int_t
s3o_state_new(s3o_crypto_t *c, s3o_state_t *state)
{
    if (c->plain || state->evp) {
        return S3O_OK;
    }

    state->evp = EVP_MD_CTX_new();

    return state->evp ? S3O_OK : S3O_ERROR;
}


static inline s3o_int_t
s3o_state_begin(s3o_crypto_t *c, s3o_state_t *state)
{
#if (S3O_HAVE_PLAIN_SHA256)
    if (state->evp == NULL) {
        return SHA256_Init(&state->sha) == 1 ? S3O_OK : S3O_ERROR;
    }
#endif

    return EVP_DigestInit_ex(state->evp, c->md, NULL) == 1 ? S3O_OK
                                                           : S3O_ERROR;
}


/* both states belong to the same "crypto", so they are of the same kind */

static inline s3o_int_t
s3o_state_copy(s3o_state_t *to, const s3o_state_t *from)
{
#if (S3O_HAVE_PLAIN_SHA256)
    if (from->evp == NULL) {
        to->sha = from->sha;
        return S3O_OK;
    }
#endif

    return EVP_MD_CTX_copy_ex(to->evp, from->evp) == 1 ? S3O_OK : S3O_ERROR;
}


static inline s3o_int_t
s3o_state_add(s3o_state_t *state, const void *data, size_t len)
{
    if (len == 0) {
        return S3O_OK;
    }

#if (S3O_HAVE_PLAIN_SHA256)
    if (state->evp == NULL) {
        return SHA256_Update(&state->sha, data, len) == 1 ? S3O_OK
                                                          : S3O_ERROR;
    }
#endif

    return EVP_DigestUpdate(state->evp, data, len) == 1 ? S3O_OK : S3O_ERROR;
}


static inline s3o_int_t
s3o_state_end(s3o_state_t *state, u_char *out)
{
    unsigned int  len;

#if (S3O_HAVE_PLAIN_SHA256)
    if (state->evp == NULL) {
        return SHA256_Final(out, &state->sha) == 1 ? S3O_OK : S3O_ERROR;
    }
#endif

    return EVP_DigestFinal_ex(state->evp, out, &len) == 1
           && len == S3O_SHA256_LEN ? S3O_OK : S3O_ERROR;
}


#if (S3O_HAVE_PLAIN_SHA256)

/* writes a number with its most significant byte first */

static inline void
s3o_plain_word(u_char *p, uint32_t n)
{
#if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

    /* compilers make two dozen instructions of four single bytes */

    n = __builtin_bswap32(n);
    memcpy(p, &n, sizeof(uint32_t));

#else

    p[0] = (u_char) (n >> 24);
    p[1] = (u_char) (n >> 16);
    p[2] = (u_char) (n >> 8);
    p[3] = (u_char) n;

#endif
}


/*
 * Writes the padding of FIPS 180-4, section 5.1.1, after the last byte of a
 * text of "total" bytes, so that SHA256_Update() takes everything as whole
 * blocks. SHA256_Final() would copy the last block to one of its own and wipe
 * that. Returns the length of the padding in bytes.
 */

static inline size_t
s3o_plain_pad(u_char *end, uint64_t total)
{
    size_t  n;

    n = S3O_SHA256_BLOCK - total % S3O_SHA256_BLOCK;

    if (n < 1 + sizeof(uint64_t)) {
        n += S3O_SHA256_BLOCK;
    }

    /* a constant length, which the caller's room always has, is a few stores */

    memset(end, 0, S3O_SHA256_PAD_MAX);
    *end = 0x80;

    total *= 8;

    s3o_plain_word(end + n - 8, (uint32_t) (total >> 32));
    s3o_plain_word(end + n - 4, (uint32_t) total);

    return n;
}


#if (defined __SSE2__)

/*
 * Writes four words at once.  If they were stored one by one, the next hash,
 * which loads them together, would have to wait for the stores.
 */

static inline void
s3o_plain_words(u_char *p, const uint32_t *words)
{
    __m128i  n;

    n = _mm_loadu_si128((const __m128i *) words);
    n = _mm_or_si128(_mm_slli_epi16(n, 8), _mm_srli_epi16(n, 8));
    n = _mm_shufflelo_epi16(n, _MM_SHUFFLE(2, 3, 0, 1));
    n = _mm_shufflehi_epi16(n, _MM_SHUFFLE(2, 3, 0, 1));

    _mm_storeu_si128((__m128i *) p, n);
}

#else

static inline void
s3o_plain_words(u_char *p, const uint32_t *words)
{
    s3o_plain_word(p, words[0]);
    s3o_plain_word(p + 4, words[1]);
    s3o_plain_word(p + 8, words[2]);
    s3o_plain_word(p + 12, words[3]);
}

#endif


static inline void
s3o_plain_out(const SHA256_CTX *sha, u_char *out)
{
    s3o_plain_words(out, sha->h);
    s3o_plain_words(out + 16, sha->h + 4);
}


/* the number of bytes that were hashed into a state */

static inline uint64_t
s3o_plain_total(const SHA256_CTX *sha)
{
    return ((uint64_t) sha->Nh << 32 | sha->Nl) / 8;
}

#endif


#endif /* _S3O_CRYPTO_STATE_H_INCLUDED_ */
