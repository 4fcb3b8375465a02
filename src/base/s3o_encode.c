
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_encode.h"
#include "s3o_text.h"


/* every x86-64 has SSE2; on other processors each byte is looked at alone */

#if (defined __SSE2__)
#include <emmintrin.h>
#define S3O_HAVE_SSE2  1
#else
#define S3O_HAVE_SSE2  0
#endif


#define S3O_KEEP_IN_PATH   0x01
#define S3O_KEEP_IN_QUERY  0x02

#define S3O_EACH_BYTE(n)  (UINT64_C(0x0101010101010101) * (n))


#if (S3O_HAVE_SSE2)
static size_t s3o_encode_run(const u_char *data, size_t len);
static inline s3o_uint_t s3o_encode_keep_16(const u_char *data);
static void s3o_hex_16(u_char *p, const u_char *data);
static __m128i s3o_hex_ascii(__m128i n);
#endif

/* which bytes stay as they are: bits of S3O_KEEP_IN_PATH, S3O_KEEP_IN_QUERY */

static const u_char  s3o_encode_keep[256] = {
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 3, 3, 1,   /* - . / */
    3, 3, 3, 3, 3, 3, 3, 3,  3, 3, 0, 0, 0, 0, 0, 0,   /* 0-9 */

    0, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 3, 3, 3, 3, 3,   /* A-O */
    3, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 0, 0, 0, 0, 3,   /* P-Z _ */
    0, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 3, 3, 3, 3, 3,   /* a-o */
    3, 3, 3, 3, 3, 3, 3, 3,  3, 3, 3, 0, 0, 0, 3, 0,   /* p-z ~ */

    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,

    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0
};


static inline void s3o_lower_8(u_char *dst, const u_char *src);
static inline s3o_uint_t s3o_letters_8(const u_char *src);


static const u_char  s3o_hex_digits[] = "0123456789abcdef";


static u_char
s3o_encode_mask(s3o_uint_t type)
{
    return type == S3O_ENCODE_PATH ? S3O_KEEP_IN_PATH : S3O_KEEP_IN_QUERY;
}


s3o_uint_t
s3o_encode_is_plain(const u_char *data, size_t len, s3o_uint_t type)
{
    size_t  i;
    u_char  mask;

    mask = s3o_encode_mask(type);
    i = 0;

#if (S3O_HAVE_SSE2)
    if (type == S3O_ENCODE_PATH) {
        i = s3o_encode_run(data, len);
    }
#endif

    while (i < len && s3o_encode_keep[data[i]] & mask) {
        i++;
    }

    return i == len;
}


size_t
s3o_encode_len(const u_char *data, size_t len, s3o_uint_t type)
{
    size_t  i, n;
    u_char  mask;

    mask = s3o_encode_mask(type);
    n = len;

    for (i = 0; i < len; i++) {
        if (!(s3o_encode_keep[data[i]] & mask)) {
            n += 2;
        }
    }

    return n;
}


#if (S3O_HAVE_SSE2)

/*
 * Returns how many bytes at the beginning of the data surely stay as they are
 * in a path.  Sixteen bytes are looked at together, so the true number may be
 * greater.  For most keys it is all of them.
 */

static size_t
s3o_encode_run(const u_char *data, size_t len)
{
    size_t  i;

    if (len < 16) {
        return 0;
    }

    for (i = 0; i <= len - 16; i += 16) {
        if (!s3o_encode_keep_16(data + i)) {
            return i;
        }
    }

    /* the last sixteen bytes; some of them were looked at before */

    return s3o_encode_keep_16(data + len - 16) ? len : i;
}


/*
 * 1 when sixteen bytes are all of A-Z a-z 0-9 - . / and _.  With a "~", which
 * would stay, too, but is rare, it is 0.
 */

static inline s3o_uint_t
s3o_encode_keep_16(const u_char *data)
{
    __m128i  bytes, letters, keep;

    bytes = _mm_loadu_si128((const __m128i *) data);
    letters = _mm_or_si128(bytes, _mm_set1_epi8(0x20));

    keep = _mm_and_si128(_mm_cmpgt_epi8(letters, _mm_set1_epi8('a' - 1)),
                         _mm_cmplt_epi8(letters, _mm_set1_epi8('z' + 1)));

    /* in ASCII "-", "." and "/" are the three before the digits */

    keep = _mm_or_si128(keep,
               _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('-' - 1)),
                             _mm_cmplt_epi8(bytes, _mm_set1_epi8('9' + 1))));

    keep = _mm_or_si128(keep, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));

    return _mm_movemask_epi8(keep) == 0xffff;
}

#endif


void
s3o_encode(s3o_buf_t *b, const u_char *data, size_t len, s3o_uint_t type)
{
    size_t         room, run;
    u_char         mask, *p;
    const u_char  *last;

    static const u_char  hex[] = "0123456789ABCDEF";

    room = b->end - b->pos;

    /* the exact length is computed only when three times "len" does not fit */

    if (len > room / 3 && s3o_encode_len(data, len, type) > room) {
        b->overflow = 1;
        return;
    }

    if (len == 0) {
        return;
    }

    mask = s3o_encode_mask(type);
    last = data + len;
    p = b->pos;

    while (data < last) {

        run = 0;

#if (S3O_HAVE_SSE2)
        if (type == S3O_ENCODE_PATH) {
            run = s3o_encode_run(data, last - data);
        }
#endif

        while (data + run < last && s3o_encode_keep[data[run]] & mask) {
            run++;
        }

        if (run) {
            memcpy(p, data, run);
            p += run;
            data += run;
        }

        while (data < last && !(s3o_encode_keep[*data] & mask)) {
            *p++ = '%';
            *p++ = hex[*data >> 4];
            *p++ = hex[*data & 0xf];
            data++;
        }
    }

    b->pos = p;
}


s3o_int_t
s3o_decode(u_char *dst, size_t *dst_len, const u_char *src, size_t len,
    s3o_uint_t plus)
{
    u_char         c, *p;
    s3o_int_t      high, low;
    const u_char  *last;

    *dst_len = 0;

    if (len == 0) {
        return S3O_OK;
    }

    p = dst;
    last = src + len;

    while (src < last) {
        c = *src++;

        if (c == '%') {

            if (last - src < 2) {
                return S3O_ERROR;
            }

            high = s3o_hex_digit(src[0]);
            low = s3o_hex_digit(src[1]);

            if (high < 0 || low < 0) {
                return S3O_ERROR;
            }

            c = (u_char) (high << 4 | low);
            src += 2;

        } else if (c == '+' && plus) {
            c = ' ';
        }

        *p++ = c;
    }

    *dst_len = p - dst;

    return S3O_OK;
}


void
s3o_hex(s3o_buf_t *b, const u_char *data, size_t len)
{
    u_char  *p;

    if (len > (size_t) (b->end - b->pos) / 2) {
        b->overflow = 1;
        return;
    }

    p = b->pos;
    b->pos = p + 2 * len;

#if (S3O_HAVE_SSE2)

    for ( /* void */ ; len >= 16; len -= 16) {
        s3o_hex_16(p, data);
        p += 32;
        data += 16;
    }

#endif

    for ( /* void */ ; len; len--) {
        *p++ = s3o_hex_digits[*data >> 4];
        *p++ = s3o_hex_digits[*data++ & 0xf];
    }
}


#if (S3O_HAVE_SSE2)

static void
s3o_hex_16(u_char *p, const u_char *data)
{
    __m128i  bytes, high, low;

    bytes = _mm_loadu_si128((const __m128i *) data);

    high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0xf));
    low = _mm_and_si128(bytes, _mm_set1_epi8(0xf));

    _mm_storeu_si128((__m128i *) p,
                     s3o_hex_ascii(_mm_unpacklo_epi8(high, low)));
    _mm_storeu_si128((__m128i *) (p + 16),
                     s3o_hex_ascii(_mm_unpackhi_epi8(high, low)));
}


static __m128i
s3o_hex_ascii(__m128i n)
{
    __m128i  letters;

    letters = _mm_and_si128(_mm_cmpgt_epi8(n, _mm_set1_epi8(9)),
                            _mm_set1_epi8('a' - '0' - 10));

    return _mm_add_epi8(_mm_add_epi8(n, _mm_set1_epi8('0')), letters);
}

#endif


void
s3o_lower_copy(u_char *dst, const u_char *src, size_t len)
{
    size_t  i;

    if (len < sizeof(uint64_t)) {
        for (i = 0; i < len; i++) {
            dst[i] = s3o_lower(src[i]);
        }

        return;
    }

    for (i = 0; i < len - sizeof(uint64_t); i += sizeof(uint64_t)) {
        s3o_lower_8(dst + i, src + i);
    }

    /* the last eight bytes; some of them were written before */

    i = len - sizeof(uint64_t);
    s3o_lower_8(dst + i, src + i);
}


/*
 * Eight bytes at once.  Only the seven low bits of each byte are added to, so
 * no sum carries into the next byte.  The first sum sets a byte's high bit
 * when the byte is "A" or greater, the second one when it is greater than
 * "Z".
 */

static inline void
s3o_lower_8(u_char *dst, const u_char *src)
{
    uint64_t  word, low, upper;

    memcpy(&word, src, sizeof(uint64_t));

    low = word & S3O_EACH_BYTE(0x7f);
    upper = (low + S3O_EACH_BYTE(0x80 - 'A'))
            & ~(low + S3O_EACH_BYTE(0x80 - 'Z' - 1))
            & ~word & S3O_EACH_BYTE(0x80);

    word |= upper >> 2;

    memcpy(dst, &word, sizeof(uint64_t));
}


s3o_uint_t
s3o_is_token(const u_char *data, size_t len)
{
    u_char  c;
    size_t  i;

    /* RFC 9110, section 5.6.2: a bit is set for each character of a token */

    static const uint32_t  token[8] = {
        0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff, 0, 0, 0, 0
    };

    for (i = 0; i < len; /* void */) {

        if (len - i >= sizeof(uint64_t) && s3o_letters_8(data + i)) {
            i += sizeof(uint64_t);
            continue;
        }

        c = data[i++];

        if ((token[c >> 5] & (UINT32_C(1) << (c & 0x1f))) == 0) {
            return 0;
        }
    }

    return len != 0;
}


/* 1 when eight bytes are all of a-z and "-", as in most names of headers */

static inline s3o_uint_t
s3o_letters_8(const u_char *src)
{
    uint64_t  word, low, letter, dash;

    memcpy(&word, src, sizeof(uint64_t));

    low = word & S3O_EACH_BYTE(0x7f);
    letter = (low + S3O_EACH_BYTE(0x80 - 'a'))
             & ~(low + S3O_EACH_BYTE(0x80 - 'z' - 1));
    dash = ~((low ^ S3O_EACH_BYTE('-')) + S3O_EACH_BYTE(0x7f));

    return ((letter | dash) & ~word & S3O_EACH_BYTE(0x80))
           == S3O_EACH_BYTE(0x80);
}


void
s3o_decimal(s3o_buf_t *b, uint64_t n)
{
    u_char  *p, digits[sizeof("18446744073709551615") - 1];

    p = digits + sizeof(digits);

    do {
        *--p = (u_char) ('0' + n % 10);
        n /= 10;
    } while (n);

    s3o_buf_put(b, p, digits + sizeof(digits) - p);
}
