
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Times as text and back.  Seconds since the Epoch, UTC, no leap seconds.
 */


#ifndef _S3O_TIME_H_INCLUDED_
#define _S3O_TIME_H_INCLUDED_


#include "s3o_core.h"


#define S3O_AMZ_DATE_LEN   16    /* "20240301T120000Z" */
#define S3O_DATE_LEN       8     /* "20240301", its beginning */
#define S3O_RFC3339_LEN    20    /* "2024-03-01T12:00:00Z" */

#define S3O_DAY            86400

/* 9999-12-31T23:59:59Z, the last time with a year of four digits */
#define S3O_TIME_MAX       253402300799


/*
 * Writes S3O_AMZ_DATE_LEN bytes of ISO 8601 basic format (SigV4 X-Amz-Date).
 * "t" is 0..S3O_TIME_MAX; returns S3O_ERROR, with nothing written, otherwise.
 */

s3o_int_t s3o_time_amz_date(u_char *dst, int64_t t);


/* Writes S3O_RFC3339_LEN bytes, the same limits. */

s3o_int_t s3o_time_rfc3339(u_char *dst, int64_t t);


/*
 * Parses RFC 3339 "2024-03-01T12:00:00[.fraction](Z|+hh:mm|-hh:mm)".  The
 * fraction (any number of digits) is cut off, lower-case "t" and "z" are
 * accepted, the date must exist, a second 60 counts as 59.  Years 0001 to
 * 9999: the result may be negative.
 *
 * Returns S3O_OK with *t set, or S3O_ERROR.
 */

s3o_int_t s3o_time_parse_rfc3339(const u_char *data, size_t len, int64_t *t);


#endif /* _S3O_TIME_H_INCLUDED_ */
