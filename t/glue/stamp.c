
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The stamp of a file lies in shared memory: it is written under the mutex
 * alone, and not where the slot has become another source's.
 *
 * link: ngx_http_s3o_store ngx_http_s3o_schedule ngx_http_s3o_zone
 *       ngx_http_s3o_tally ngx_http_s3o_provider_file ngx_http_s3o_file
 *       ngx_http_s3o_json ngx_http_s3o_wiped s3o_ini s3o_time -ljansson
 */


#include "shared.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_provider_file.h"
#include "ngx_http_s3o_set.h"
#include "ngx_http_s3o_refresh.h"


static ngx_http_s3o_source_t   source;
static ngx_http_s3o_stamp_t    stamp;
static ngx_uint_t              unlocked, done_n;
static ngx_str_t               path;


void *
ngx_pcalloc(ngx_pool_t *pool, size_t size)
{
    return calloc(1, size);
}


void *
ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
    return malloc(size);
}


u_char *
ngx_cpystrn(u_char *dst, u_char *src, size_t n)
{
    snprintf((char *) dst, n, "%s", src);
    return dst;
}


u_char *
ngx_snprintf(u_char *buf, size_t max, const char *fmt, ...)
{
    return buf;
}


u_char *
ngx_sprintf(u_char *buf, const char *fmt, ...)
{
    return buf;
}


u_char *
ngx_slprintf(u_char *buf, u_char *last, const char *fmt, ...)
{
    return buf;
}


const char *
ngx_http_s3o_set_check(const ngx_http_s3o_set_t *set)
{
    return NULL;
}


ngx_int_t
ngx_conf_full_name(ngx_cycle_t *cycle, ngx_str_t *name, ngx_uint_t conf_prefix)
{
    return NGX_OK;
}


void ngx_cdecl
ngx_conf_log_error(ngx_uint_t level, ngx_conf_t *cf, ngx_err_t err,
    const char *fmt, ...)
{
}


ngx_str_t *
ngx_http_s3o_source_param(ngx_http_s3o_source_t *s, const char *name)
{
    return strcmp(name, "path") == 0 ? &path : NULL;
}


const char *
ngx_http_s3o_source_set(ngx_http_s3o_source_t *s, ngx_pool_t *pool,
    const ngx_http_s3o_set_t *set)
{
    return NULL;
}


void
ngx_http_s3o_refresh_done(ngx_http_s3o_source_t *s,
    const ngx_http_s3o_set_t *set, ngx_log_t *log, ngx_err_t err,
    const char *error)
{
    done_n++;

    if (error == NULL) {
        ngx_http_s3o_store_publish(s, set);
    }
}


/* checks that nothing was written while the mutex was not locked */

static void
locked(void)
{
    if (source.slot) {
        unlocked += ngx_memcmp(&stamp, &source.slot->stamp, sizeof(stamp)) != 0;
    }
}


static void
released(void)
{
    if (source.slot) {
        stamp = source.slot->stamp;
    }
}


static void
put(const char *key)
{
    FILE  *f;

    f = fopen((char *) path.data, "w");

    if (f) {
        fprintf(f, "[default]\naws_access_key_id = %s\n"
                   "aws_secret_access_key = SECRET\n", key);
        fchmod(fileno(f), 0600);
        fclose(f);
    }
}


int
main(void)
{
    char                    name[] = "/tmp/s3o-stamp-XXXXXX";
    ngx_conf_t              cf;
    ngx_array_t             sources;
    ngx_http_s3o_stamp_t    before;
    ngx_http_s3o_store_t    store;
    ngx_http_s3o_source_t  *list[1];

    close(mkstemp(name));

    path.data = (u_char *) name;
    path.len = strlen(name);
    put("FIRST");

    ngx_memzero(&cf, sizeof(ngx_conf_t));
    ngx_memzero(&store, sizeof(ngx_http_s3o_store_t));
    ngx_memzero(&sources, sizeof(ngx_array_t));

    source.provider = &ngx_http_s3o_provider_file;
    list[0] = &source;
    sources.elts = list;
    sources.nelts = 1;

    ok(source.provider->load(&cf, &source) == NGX_CONF_OK, "it is loaded");

    shared_locked = locked;
    shared_unlocked = released;

    shared_init(&store, &sources);
    released();

    put("SECOND-ONE");
    ok(source.provider->changed(&source), "a change is seen");

    source.provider->fetch(&source);
    locked();

    ok(done_n == 1, "the file is read");
    ok(unlocked == 0, "the stamp is written under the mutex");
    ok(!source.provider->changed(&source), "and is that of the file");

    /* another source takes the slot, in another process */

    source.slot->id[0] ^= 1;
    ngx_memset(&source.slot->stamp, 0x5a, sizeof(ngx_http_s3o_stamp_t));
    before = source.slot->stamp;
    released();

    ok(!ngx_http_s3o_store_lease(&source, source.provider->changed(&source),
                                 1000),
       "another source's slot is not fetched for");

    source.provider->fetch(&source);
    ok(ngx_memcmp(&before, &source.slot->stamp, sizeof(before)) == 0,
       "and its stamp is left alone");

    unlink(name);

    return done();
}
