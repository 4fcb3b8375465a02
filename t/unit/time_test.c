
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_time.h"

#include <time.h>


static void test_known(void);
static void test_calendar(void);
static void test_limits(void);
static void test_parse(void);
static void test_parse_errors(void);
static void test_round_trip(void);


int
main(void)
{
    test_known();
    test_calendar();
    test_limits();
    test_parse();
    test_parse_errors();
    test_round_trip();

    return done();
}


static void
test_known(void)
{
    size_t     i;
    u_char    *p;
    s3o_str_t  got, expected;

    static const struct {
        int64_t      t;
        const char  *amz;
        const char  *rfc3339;
    } times[] = {
        { 0, "19700101T000000Z", "1970-01-01T00:00:00Z" },
        { 86399, "19700101T235959Z", "1970-01-01T23:59:59Z" },
        { 951782400, "20000229T000000Z", "2000-02-29T00:00:00Z" },
        { 1369353600, "20130524T000000Z", "2013-05-24T00:00:00Z" },
        { 1709164800, "20240229T000000Z", "2024-02-29T00:00:00Z" },
        { 1709294400, "20240301T120000Z", "2024-03-01T12:00:00Z" },
        { 2147483648, "20380119T031408Z", "2038-01-19T03:14:08Z" },
        { 4107542400, "21000301T000000Z", "2100-03-01T00:00:00Z" },
        { S3O_TIME_MAX, "99991231T235959Z", "9999-12-31T23:59:59Z" }
    };

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        p = tap_room(S3O_AMZ_DATE_LEN);
        ok(s3o_time_amz_date(p, times[i].t) == S3O_OK, "%s can be written",
           times[i].amz);
        s3o_str_set(&got, p, S3O_AMZ_DATE_LEN);
        expected = tap_str(times[i].amz);
        is_str(&got, &expected, times[i].amz);

        p = tap_room(S3O_RFC3339_LEN);
        ok(s3o_time_rfc3339(p, times[i].t) == S3O_OK, "%s can be written",
           times[i].rfc3339);
        s3o_str_set(&got, p, S3O_RFC3339_LEN);
        expected = tap_str(times[i].rfc3339);
        is_str(&got, &expected, times[i].rfc3339);
    }

    tap_free();
}


/* every day of four centuries, compared with the C library */

static void
test_calendar(void)
{
    char       expected[S3O_AMZ_DATE_LEN + 1];
    u_char     p[S3O_AMZ_DATE_LEN];
    time_t     t;
    int64_t    day;
    size_t     wrong;
    struct tm  tm;

    wrong = 0;

    for (day = 0; day < 146097 + 400; day++) {
        t = (time_t) (day * S3O_DAY + day % S3O_DAY);

        gmtime_r(&t, &tm);
        strftime(expected, sizeof(expected), "%Y%m%dT%H%M%SZ", &tm);

        if (s3o_time_amz_date(p, t) != S3O_OK
            || memcmp(p, expected, S3O_AMZ_DATE_LEN) != 0)
        {
            wrong++;
        }
    }

    ok(wrong == 0, "all days from 1970 to 2371 are as gmtime_r() has them");
}


static void
test_limits(void)
{
    u_char  p[S3O_RFC3339_LEN];

    memset(p, 'x', sizeof(p));

    ok(s3o_time_amz_date(p, -1) == S3O_ERROR, "a time before the Epoch");
    ok(s3o_time_amz_date(p, S3O_TIME_MAX + 1) == S3O_ERROR, "the year 10000");
    ok(s3o_time_amz_date(p, INT64_MAX) == S3O_ERROR, "INT64_MAX");
    ok(s3o_time_rfc3339(p, -1) == S3O_ERROR, "a time before the Epoch");
    ok(s3o_time_rfc3339(p, INT64_MIN) == S3O_ERROR, "INT64_MIN");
    ok(p[0] == 'x', "nothing was written");
}


static void
test_parse(void)
{
    size_t     i;
    int64_t    t;
    s3o_str_t  in;

    static const struct {
        const char  *in;
        int64_t      t;
    } times[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2024-03-01T12:00:00Z", 1709294400 },
        { "2024-03-01t12:00:00z", 1709294400 },
        { "2024-03-01T12:00:00.1Z", 1709294400 },
        { "2024-03-01T12:00:00.999999999Z", 1709294400 },
        { "2024-03-01T12:00:00.999999999999999999999999Z", 1709294400 },
        { "2024-03-01T14:30:00+02:30", 1709294400 },
        { "2024-03-01T04:00:00-08:00", 1709294400 },
        { "2024-03-01T12:00:00.123-00:00", 1709294400 },
        { "2024-02-29T23:59:60Z", 1709251199 },
        { "2000-02-29T00:00:00Z", 951782400 },
        { "0001-01-01T00:00:00Z", -62135596800 },
        { "1969-12-31T23:59:59Z", -1 },
        { "9999-12-31T23:59:59Z", S3O_TIME_MAX }
    };

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        in = tap_guard_text(times[i].in);
        t = 42;
        ok(s3o_time_parse_rfc3339(in.data, in.len, &t) == S3O_OK, "%s",
           times[i].in);
        is_int(t, times[i].t, times[i].in);
    }

    tap_free();
}


static void
test_parse_errors(void)
{
    size_t     i, len;
    int64_t    t;
    s3o_str_t  in;

    static const char  *times[] = {
        "2024-03-01 12:00:00Z",
        "2024-03-01T12:00:00",
        "2024-03-01T12:00:00.Z",
        "2024-03-01T12:00:00,5Z",
        "2024-03-01T12:00:00.5",
        "2024-03-01T12:00:00ZZ",
        "2024-03-01T12:00:00Z ",
        " 2024-03-01T12:00:00Z",
        "2024-03-01T12:00Z",
        "20240301T120000Z",
        "2024-3-01T12:00:00Z",
        "2024/03/01T12:00:00Z",
        "2024-03-01T12.00.00Z",
        "2024-00-01T12:00:00Z",
        "2024-13-01T12:00:00Z",
        "2024-03-00T12:00:00Z",
        "2024-03-32T12:00:00Z",
        "2024-04-31T12:00:00Z",
        "2023-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "2024-03-01T24:00:00Z",
        "2024-03-01T12:60:00Z",
        "2024-03-01T12:00:61Z",
        "0000-03-01T12:00:00Z",
        "-001-03-01T12:00:00Z",
        "2024-03-01T12:00:00+0230",
        "2024-03-01T12:00:00+24:00",
        "2024-03-01T12:00:00+02:60",
        "2024-03-01T12:00:00+02:3",
        "2024-03-01T12:00:00*02:30",
        "2024-03-01T12:00:00+02-30",
        "2o24-03-01T12:00:00Z"
    };

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        in = tap_guard_text(times[i]);
        ok(s3o_time_parse_rfc3339(in.data, in.len, &t) == S3O_ERROR,
           "\"%s\" is refused", times[i]);
    }

    for (len = 0; len < sizeof("2024-03-01T12:00:00+02:30") - 1; len++) {
        in = tap_guard("2024-03-01T12:00:00+02:30", len);
        ok(s3o_time_parse_rfc3339(in.data, in.len, &t) == S3O_ERROR,
           "its first %d bytes are refused", (int) len);
    }

    tap_free();
}


static void
test_round_trip(void)
{
    size_t   n, wrong;
    u_char   p[S3O_RFC3339_LEN];
    int64_t  t, back;

    wrong = 0;

    for (n = 0; n < 100000; n++) {
        t = (int64_t) tap_random(S3O_TIME_MAX / S3O_DAY + 1) * S3O_DAY
            + tap_random(S3O_DAY);

        if (s3o_time_rfc3339(p, t) != S3O_OK
            || s3o_time_parse_rfc3339(p, S3O_RFC3339_LEN, &back) != S3O_OK
            || back != t)
        {
            wrong++;
        }
    }

    ok(wrong == 0, "100000 random times are written and parsed back");
}
