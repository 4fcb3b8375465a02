
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "s3o_time.h"
#include "s3o_text.h"


/* the longest number in a time is a year, of four digits */
#define S3O_TIME_NUMBER_MAX  9999

/* days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar */

#define S3O_DAYS_TO_EPOCH  719468

#define S3O_DAYS_IN_400    146097


typedef struct {
    s3o_uint_t  year;
    s3o_uint_t  month;
    s3o_uint_t  day;
    s3o_uint_t  hour;
    s3o_uint_t  minute;
    s3o_uint_t  second;
} s3o_tm_t;


static s3o_int_t s3o_time_split(s3o_tm_t *tm, int64_t t);
static u_char *s3o_time_digits(u_char *p, s3o_uint_t n, s3o_uint_t width);
static s3o_int_t s3o_time_number(const u_char *p, s3o_uint_t width,
    s3o_uint_t *n);
static s3o_int_t s3o_time_parse_fields(const u_char *p, s3o_tm_t *tm);
static s3o_int_t s3o_time_parse_zone(const u_char *p, size_t len,
    int64_t *offset);
static int64_t s3o_time_days(const s3o_tm_t *tm);


s3o_int_t
s3o_time_amz_date(u_char *dst, int64_t t)
{
    s3o_tm_t  tm;

    if (s3o_time_split(&tm, t) != S3O_OK) {
        return S3O_ERROR;
    }

    dst = s3o_time_digits(dst, tm.year, 4);
    dst = s3o_time_digits(dst, tm.month, 2);
    dst = s3o_time_digits(dst, tm.day, 2);
    *dst++ = 'T';
    dst = s3o_time_digits(dst, tm.hour, 2);
    dst = s3o_time_digits(dst, tm.minute, 2);
    dst = s3o_time_digits(dst, tm.second, 2);
    *dst = 'Z';

    return S3O_OK;
}


s3o_int_t
s3o_time_rfc3339(u_char *dst, int64_t t)
{
    s3o_tm_t  tm;

    if (s3o_time_split(&tm, t) != S3O_OK) {
        return S3O_ERROR;
    }

    dst = s3o_time_digits(dst, tm.year, 4);
    *dst++ = '-';
    dst = s3o_time_digits(dst, tm.month, 2);
    *dst++ = '-';
    dst = s3o_time_digits(dst, tm.day, 2);
    *dst++ = 'T';
    dst = s3o_time_digits(dst, tm.hour, 2);
    *dst++ = ':';
    dst = s3o_time_digits(dst, tm.minute, 2);
    *dst++ = ':';
    dst = s3o_time_digits(dst, tm.second, 2);
    *dst = 'Z';

    return S3O_OK;
}


/*
 * Here a year begins in March: then the leap day is its last day, and one
 * linear formula gives the lengths of the months.
 */

static s3o_int_t
s3o_time_split(s3o_tm_t *tm, int64_t t)
{
    s3o_uint_t  days, seconds, era, year, day, month;

    if (t < 0 || t > S3O_TIME_MAX) {
        return S3O_ERROR;
    }

    days = (s3o_uint_t) (t / S3O_DAY) + S3O_DAYS_TO_EPOCH;
    seconds = (s3o_uint_t) (t % S3O_DAY);

    era = days / S3O_DAYS_IN_400;
    day = days % S3O_DAYS_IN_400;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    month = (day * 5 + 2) / 153;

    tm->year = era * 400 + year + (month >= 10);
    tm->month = month < 10 ? month + 3 : month - 9;
    tm->day = day - (month * 153 + 2) / 5 + 1;
    tm->hour = seconds / 3600;
    tm->minute = seconds / 60 % 60;
    tm->second = seconds % 60;

    return S3O_OK;
}


static u_char *
s3o_time_digits(u_char *p, s3o_uint_t n, s3o_uint_t width)
{
    s3o_uint_t  i;

    for (i = width; i > 0; i--) {
        p[i - 1] = (u_char) ('0' + n % 10);
        n /= 10;
    }

    return p + width;
}


s3o_int_t
s3o_time_parse_rfc3339(const u_char *data, size_t len, int64_t *t)
{
    size_t    i;
    int64_t   offset;
    s3o_tm_t  tm;

    i = sizeof("2024-03-01T12:00:00") - 1;

    if (len <= i || s3o_time_parse_fields(data, &tm) != S3O_OK) {
        return S3O_ERROR;
    }

    if (data[i] == '.') {
        i++;

        if (i == len || !s3o_is_digit(data[i])) {
            return S3O_ERROR;
        }

        while (i < len && s3o_is_digit(data[i])) {
            i++;
        }
    }

    if (s3o_time_parse_zone(data + i, len - i, &offset) != S3O_OK) {
        return S3O_ERROR;
    }

    *t = s3o_time_days(&tm) * S3O_DAY
         + (int64_t) (tm.hour * 3600 + tm.minute * 60 + tm.second) - offset;

    return S3O_OK;
}


static s3o_int_t
s3o_time_number(const u_char *p, s3o_uint_t width, s3o_uint_t *n)
{
    s3o_str_t  digits;

    s3o_str_set(&digits, p, width);

    return s3o_parse_decimal(&digits, S3O_TIME_NUMBER_MAX, n);
}


/* parses "2024-03-01T12:00:00", of which all bytes are there */

static s3o_int_t
s3o_time_parse_fields(const u_char *p, s3o_tm_t *tm)
{
    s3o_uint_t  days;

    static const u_char  lengths[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if (s3o_time_number(p, 4, &tm->year) != S3O_OK
        || s3o_time_number(p + 5, 2, &tm->month) != S3O_OK
        || s3o_time_number(p + 8, 2, &tm->day) != S3O_OK
        || s3o_time_number(p + 11, 2, &tm->hour) != S3O_OK
        || s3o_time_number(p + 14, 2, &tm->minute) != S3O_OK
        || s3o_time_number(p + 17, 2, &tm->second) != S3O_OK)
    {
        return S3O_ERROR;
    }

    if (p[4] != '-' || p[7] != '-' || (p[10] | 0x20) != 't' || p[13] != ':'
        || p[16] != ':')
    {
        return S3O_ERROR;
    }

    if (tm->year < 1 || tm->month < 1 || tm->month > 12 || tm->day < 1
        || tm->hour > 23 || tm->minute > 59 || tm->second > 60)
    {
        return S3O_ERROR;
    }

    days = lengths[tm->month - 1];

    if (tm->month == 2 && tm->year % 4 == 0
        && (tm->year % 100 != 0 || tm->year % 400 == 0))
    {
        days++;
    }

    if (tm->second == 60) {
        tm->second = 59;
    }

    return tm->day <= days ? S3O_OK : S3O_ERROR;
}


static s3o_int_t
s3o_time_parse_zone(const u_char *p, size_t len, int64_t *offset)
{
    s3o_uint_t  hour, minute;

    if (len == 1 && (p[0] | 0x20) == 'z') {
        *offset = 0;
        return S3O_OK;
    }

    if (len != sizeof("+00:00") - 1 || (p[0] != '+' && p[0] != '-')
        || p[3] != ':')
    {
        return S3O_ERROR;
    }

    if (s3o_time_number(p + 1, 2, &hour) != S3O_OK
        || s3o_time_number(p + 4, 2, &minute) != S3O_OK
        || hour > 23 || minute > 59)
    {
        return S3O_ERROR;
    }

    *offset = (int64_t) (hour * 3600 + minute * 60);

    if (p[0] == '-') {
        *offset = -*offset;
    }

    return S3O_OK;
}


/* the number of days from the Epoch to a date; undoes s3o_time_split() */

static int64_t
s3o_time_days(const s3o_tm_t *tm)
{
    s3o_uint_t  year, month, era, day;

    year = tm->month > 2 ? tm->year : tm->year - 1;
    month = tm->month > 2 ? tm->month - 3 : tm->month + 9;
    era = year / 400;
    year %= 400;
    day = (month * 153 + 2) / 5 + tm->day - 1;
    day += year * 365 + year / 4 - year / 100;

    return (int64_t) (era * S3O_DAYS_IN_400 + day) - S3O_DAYS_TO_EPOCH;
}
