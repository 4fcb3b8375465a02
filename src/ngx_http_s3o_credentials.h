
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credential sources, and the one thing that signing sees of them: the
 * snapshot of a set.
 */


#ifndef _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_
#define _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_http_s3o_source_s  ngx_http_s3o_source_t;


/*
 * A credentials set.  "generation" grows with each new set of a source and
 * is never 0 in a set that holds credentials.
 */

typedef struct {
    ngx_str_t                access_key_id;
    ngx_str_t                secret_access_key;
    ngx_str_t                session_token;
    time_t                   expires;           /* 0: never */
    ngx_uint_t               generation;
} ngx_http_s3o_set_t;


/* reads a source's first set in the master, at start and reload */

typedef char *(*ngx_http_s3o_load_pt)(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);


typedef struct {
    ngx_str_t                name;
    const char *const       *params;            /* NULL-terminated */
    ngx_http_s3o_load_pt     load;
} ngx_http_s3o_provider_t;


struct ngx_http_s3o_source_s {
    const ngx_http_s3o_provider_t  *provider;
    ngx_array_t                     params;     /* ngx_keyval_t */
    ngx_http_s3o_set_t              set;
};


extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_static;
extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_env;
extern const ngx_http_s3o_provider_t  ngx_http_s3o_provider_file;


/*
 * The set that signs now, or NULL where the source has none; whether it is
 * still alive is the caller's question.  Valid until the next event.
 */

const ngx_http_s3o_set_t *ngx_http_s3o_snapshot(
    ngx_http_s3o_source_t *source);


/*
 * Finds or makes the source that a directive's arguments name: equal
 * arguments are the same source.  Returns NULL after saying what is wrong.
 */

ngx_http_s3o_source_t *ngx_http_s3o_source_add(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_str_t *args, ngx_uint_t n);


/* The value of a parameter, or NULL. */

ngx_str_t *ngx_http_s3o_source_param(ngx_http_s3o_source_t *source,
    const char *name);


/*
 * Checks a set and makes it the source's next one, copying it to "pool".
 * Returns NULL, or what is wrong with it.
 */

const char *ngx_http_s3o_source_set(ngx_http_s3o_source_t *source,
    ngx_pool_t *pool, const ngx_http_s3o_set_t *set);


/* Wipes every secret of a source. */

void ngx_http_s3o_source_wipe(ngx_http_s3o_source_t *source);


#endif /* _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_ */
