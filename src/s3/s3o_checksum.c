
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_checksum.h"


typedef struct {
    s3o_str_t        name;
    s3o_checksum_e   type;
} s3o_checksum_name_t;


static void s3o_checksum_table(s3o_checksum_t *c, uint64_t polynomial);
static void s3o_checksum_base64(s3o_buf_t *b, const u_char *data, size_t len);


static const s3o_checksum_name_t  s3o_checksum_names[] = {
    { s3o_string("x-amz-checksum-crc32"), S3O_CHECKSUM_CRC32 },
    { s3o_string("x-amz-checksum-crc32c"), S3O_CHECKSUM_CRC32C },
    { s3o_string("x-amz-checksum-crc64nvme"), S3O_CHECKSUM_CRC64NVME },
    { s3o_string("x-amz-checksum-sha1"), S3O_CHECKSUM_SHA1 },
    { s3o_string("x-amz-checksum-sha256"), S3O_CHECKSUM_SHA256 },
    { { 0, NULL }, S3O_CHECKSUM_NONE }
};


s3o_checksum_e
s3o_checksum_type(const s3o_str_t *name)
{
    const s3o_checksum_name_t  *n;

    for (n = s3o_checksum_names; n->name.len; n++) {
        if (s3o_str_eq(name, &n->name)) {
            break;
        }
    }

    return n->type;
}


/*
 * The polynomials and the sums have their bits in reversed order, so that the
 * lowest bit of a byte is taken first.
 */

s3o_int_t
s3o_checksum_begin(s3o_checksum_t *c, s3o_crypto_t *crypto, s3o_checksum_e type)
{
    c->type = type;

    switch (type) {

    case S3O_CHECKSUM_CRC32:
        s3o_checksum_table(c, 0xedb88320);
        c->crc = 0xffffffff;
        return S3O_OK;

    case S3O_CHECKSUM_CRC32C:
        s3o_checksum_table(c, 0x82f63b78);
        c->crc = 0xffffffff;
        return S3O_OK;

    case S3O_CHECKSUM_CRC64NVME:
        s3o_checksum_table(c, 0x9a6c9329ac4bc9b5);
        c->crc = 0xffffffffffffffff;
        return S3O_OK;

    case S3O_CHECKSUM_SHA1:
        return s3o_hash_begin_sha1(&c->hash);

    case S3O_CHECKSUM_SHA256:
        return s3o_hash_begin(crypto, &c->hash);

    default: /* S3O_CHECKSUM_NONE */
        return S3O_OK;
    }
}


static void
s3o_checksum_table(s3o_checksum_t *c, uint64_t polynomial)
{
    uint64_t    n;
    s3o_uint_t  i, bit;

    for (i = 0; i < 256; i++) {
        n = i;

        for (bit = 0; bit < 8; bit++) {
            n = (n >> 1) ^ ((n & 1) ? polynomial : 0);
        }

        c->table[i] = n;
    }
}


s3o_int_t
s3o_checksum_add(s3o_checksum_t *c, const u_char *data, size_t len)
{
    size_t    i;
    uint64_t  crc;

    switch (c->type) {

    case S3O_CHECKSUM_NONE:
        return S3O_OK;

    case S3O_CHECKSUM_SHA1:
    case S3O_CHECKSUM_SHA256:
        return s3o_hash_add(&c->hash, data, len);

    default:
        break;
    }

    crc = c->crc;

    for (i = 0; i < len; i++) {
        crc = (crc >> 8) ^ c->table[(crc ^ data[i]) & 0xff];
    }

    c->crc = crc;

    return S3O_OK;
}


s3o_int_t
s3o_checksum_end(s3o_checksum_t *c, s3o_buf_t *b)
{
    size_t  i, len;
    u_char  sum[S3O_SHA256_LEN];

    switch (c->type) {

    case S3O_CHECKSUM_NONE:
        return S3O_OK;

    case S3O_CHECKSUM_SHA1:
    case S3O_CHECKSUM_SHA256:

        len = c->type == S3O_CHECKSUM_SHA1 ? S3O_SHA1_LEN : S3O_SHA256_LEN;

        if (s3o_hash_end(&c->hash, sum) != S3O_OK) {
            return S3O_ERROR;
        }

        break;

    default:

        len = c->type == S3O_CHECKSUM_CRC64NVME ? 8 : 4;

        for (i = 0; i < len; i++) {
            sum[i] = (u_char) (~c->crc >> (8 * (len - 1 - i)));
        }
    }

    s3o_checksum_base64(b, sum, len);

    return S3O_OK;
}


static void
s3o_checksum_base64(s3o_buf_t *b, const u_char *data, size_t len)
{
    size_t    i;
    uint32_t  n;

    static const u_char  digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (i = 0; i < len; i += 3) {
        n = (uint32_t) data[i] << 16;

        if (i + 1 < len) {
            n |= (uint32_t) data[i + 1] << 8;
        }

        if (i + 2 < len) {
            n |= data[i + 2];
        }

        s3o_buf_putc(b, digits[n >> 18]);
        s3o_buf_putc(b, digits[(n >> 12) & 63]);
        s3o_buf_putc(b, i + 1 < len ? digits[(n >> 6) & 63] : '=');
        s3o_buf_putc(b, i + 2 < len ? digits[n & 63] : '=');
    }
}


void
s3o_checksum_free(s3o_checksum_t *c)
{
    s3o_hash_free(&c->hash);
}
