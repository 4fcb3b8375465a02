
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Times to text and back.  A time is the number of seconds since the Epoch,
 * UTC, without leap seconds.
 */


#ifndef _S3O_TIME_H_INCLUDED_
#define _S3O_TIME_H_INCLUDED_


#include "s3o_core.h"


#define S3O_AMZ_DATE_LEN   16    /* "20240301T120000Z" */
#define S3O_DATE_LEN       8     /* "20240301", which it begins with */
#define S3O_RFC3339_LEN    20    /* "2024-03-01T12:00:00Z" */

#define S3O_DAY            86400

/* 9999-12-31T23:59:59Z, the last time with a year of four digits */
#define S3O_TIME_MAX       253402300799


/*
 * Writes a time in the basic format of ISO 8601, which X-Amz-Date has:
 * S3O_AMZ_DATE_LEN bytes to "dst".  Returns S3O_OK; or S3O_ERROR, with
 * nothing written, when "t" is not 0..S3O_TIME_MAX.
 */

s3o_int_t s3o_time_amz_date(u_char *dst, int64_t t);


/*
 * Writes a time in the form of RFC 3339, S3O_RFC3339_LEN bytes to "dst".  The
 * limits and results are those of s3o_time_amz_date().
 */

s3o_int_t s3o_time_rfc3339(u_char *dst, int64_t t);


/*
 * Parses a time of RFC 3339:
 * "2024-03-01T12:00:00[.fraction](Z|+hh:mm|-hh:mm)". The fraction may have
 * any number of digits and is cut off.  "t" and "z" may be lower case.  The
 * date must exist, in the years 0001 to 9999.  A second of 60 counts as 59.
 *
 * Returns S3O_OK with *t set, which is negative before 1970; or S3O_ERROR.
 */

s3o_int_t s3o_time_parse_rfc3339(const u_char *data, size_t len, int64_t *t);


#endif /* _S3O_TIME_H_INCLUDED_ */
