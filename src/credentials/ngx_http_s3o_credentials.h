
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Types of credentials: a set, a source of sets, and the provider, which is the
 * kind of a source.
 */


#ifndef _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_
#define _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_S3O_ACCESS_KEY_MAX  128
#define NGX_HTTP_S3O_SECRET_MAX      512
#define NGX_HTTP_S3O_TOKEN_MAX       16384

/* of a source: a SHA-1, in bytes */
#define NGX_HTTP_S3O_ID_LEN          20


typedef struct ngx_http_s3o_slot_s    ngx_http_s3o_slot_t;
typedef struct ngx_http_s3o_store_s   ngx_http_s3o_store_t;
typedef struct ngx_http_s3o_fetch_s   ngx_http_s3o_fetch_t;
typedef struct ngx_http_s3o_peer_s    ngx_http_s3o_peer_t;

/* an error line that is written at most once a second */

typedef struct {
    ngx_atomic_t             at;                /* last time, in ms; 0: never */
    ngx_atomic_t             omitted;
} ngx_http_s3o_limit_t;

/* by which a file that has changed is noticed */

typedef struct {
    ngx_file_uniq_t          uniq;
    time_t                   mtime;
    long                     mtime_nsec;
    time_t                   ctime;             /* mode or owner changed */
    long                     ctime_nsec;
    off_t                    size;
} ngx_http_s3o_stamp_t;


typedef struct ngx_http_s3o_source_s  ngx_http_s3o_source_t;


/*
 * A set of credentials.  "generation" is greater in each new set of a source;
 * it is 0 when there is no set.
 */

typedef struct {
    ngx_str_t                access_key_id;
    ngx_str_t                secret_access_key;
    ngx_str_t                session_token;
    time_t                   expires;           /* 0: never */
    ngx_uint_t               generation;
} ngx_http_s3o_set_t;


/*
 * Called in the master, at start and reload: reads the configuration of a
 * source.  A provider that reads files or the environment also loads the
 * first set.  Never uses the network.  Returns NGX_CONF_OK, or NGX_CONF_ERROR
 * after an error line.
 */

typedef char *(*ngx_http_s3o_load_pt)(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);


/* Called in a worker: 1 when a new set may be there earlier than scheduled. */

typedef ngx_uint_t (*ngx_http_s3o_changed_pt)(ngx_http_s3o_source_t *source);


/*
 * Called in a worker: 0 while source->inner has no set yet, which a fetch
 * needs.
 */

typedef ngx_uint_t (*ngx_http_s3o_ready_pt)(ngx_http_s3o_source_t *source);


/*
 * Called in the worker that holds the lease: begins to fetch the next set.
 * The fetch ends, now or later, with one call of ngx_http_s3o_refresh_done().
 */

typedef void (*ngx_http_s3o_fetch_set_pt)(ngx_http_s3o_source_t *source);


typedef struct {
    ngx_str_t                  name;
    const char *const         *params;          /* NULL-terminated */
    ngx_http_s3o_load_pt       load;
    ngx_http_s3o_changed_pt    changed;         /* may be NULL */
    ngx_http_s3o_ready_pt      ready;           /* may be NULL */
    ngx_http_s3o_fetch_set_pt  fetch;           /* NULL: sets never change */
} ngx_http_s3o_provider_t;


struct ngx_http_s3o_source_s {
    const ngx_http_s3o_provider_t  *provider;
    ngx_str_t                       name;       /* may be empty */
    ngx_str_t                       conf_file;  /* of its directive */
    ngx_uint_t                      conf_line;
    ngx_array_t                     params;     /* ngx_keyval_t */
    ngx_array_t                    *origins;    /* parameters from the
                                                   environment */
    ngx_uint_t                      profiled;   /* made of a profile */
    time_t                          renew;      /* in seconds; 0: by its end */
    void                           *conf;       /* private to the provider */
    ngx_http_s3o_peer_t            *peer;       /* the service; NULL: none */
    ngx_array_t                    *inner_args; /* set by "load": arguments of
                                                   the source below */
    ngx_http_s3o_source_t          *inner;      /* its set signs the fetch */
    ngx_str_t                      *file;       /* that workers read, or NULL */
    ngx_uint_t                      steps;      /* roles before the keys */
    time_t                          floor;      /* requests need this life, in
                                                   seconds */

    ngx_http_s3o_limit_t            refused;    /* for sources without slot */

    ngx_http_s3o_source_t          *less;       /* a tree of sources, by id */
    ngx_http_s3o_source_t          *more;

    ngx_http_s3o_set_t              set;

    /* for sources that change: "set" above is then this worker's copy */

    u_char                          id[NGX_HTTP_S3O_ID_LEN];
    ngx_http_s3o_store_t           *store;
    ngx_http_s3o_slot_t            *slot;
    ngx_http_s3o_stamp_t            stamp;      /* of the file, by the master */
    u_char                         *mem;
    size_t                          mem_len;

    ngx_http_s3o_fetch_t           *fetch;      /* a fetch of this worker */
    ngx_uint_t                      fetching;
    ngx_uint_t                      again;      /* the same file as before */
};


/* The name of a source in log lines: its name=, or its kind. */

static ngx_inline ngx_str_t *
ngx_http_s3o_source_name(ngx_http_s3o_source_t *source)
{
    return source->name.len ? &source->name
                            : (ngx_str_t *) &source->provider->name;
}


#endif /* _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_ */
