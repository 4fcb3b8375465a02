
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The types of credentials: a set, a source of sets, and what provides it.
 */


#ifndef _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_
#define _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_HTTP_S3O_ACCESS_KEY_MAX  128
#define NGX_HTTP_S3O_SECRET_MAX      512
#define NGX_HTTP_S3O_TOKEN_MAX       16384

/* SHA-1 */
#define NGX_HTTP_S3O_ID_LEN          20


typedef struct ngx_http_s3o_slot_s    ngx_http_s3o_slot_t;
typedef struct ngx_http_s3o_store_s   ngx_http_s3o_store_t;
typedef struct ngx_http_s3o_fetch_s   ngx_http_s3o_fetch_t;
typedef struct ngx_http_s3o_peer_s    ngx_http_s3o_peer_t;

/* a line that is written once a second, and how many were not */

typedef struct {
    ngx_atomic_t             at;                /* in milliseconds, 0: never */
    ngx_atomic_t             omitted;
} ngx_http_s3o_limit_t;

/* what a file looked like when it was read */

typedef struct {
    ngx_file_uniq_t          uniq;
    time_t                   mtime;
    long                     mtime_nsec;
    time_t                   ctime;             /* a mode, an owner */
    long                     ctime_nsec;
    off_t                    size;
} ngx_http_s3o_stamp_t;


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


/*
 * Reads what the configuration says of a source, in the master, at start and
 * reload; a file also for its first set.  Never fetches over a network.
 */

typedef char *(*ngx_http_s3o_load_pt)(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source);


/* in a worker: 1 when there may be a new set before the schedule says so */

typedef ngx_uint_t (*ngx_http_s3o_changed_pt)(ngx_http_s3o_source_t *source);


/* in a worker: 0 while another source must have its first set before */

typedef ngx_uint_t (*ngx_http_s3o_ready_pt)(ngx_http_s3o_source_t *source);


/*
 * In the worker that holds the lease: begins to fetch the next set.  It ends,
 * now or later, with one call of ngx_http_s3o_refresh_done().
 */

typedef void (*ngx_http_s3o_fetch_set_pt)(ngx_http_s3o_source_t *source);


typedef struct {
    ngx_str_t                  name;
    const char *const         *params;          /* NULL-terminated */
    ngx_http_s3o_load_pt       load;
    ngx_http_s3o_changed_pt    changed;         /* may be NULL */
    ngx_http_s3o_ready_pt      ready;           /* may be NULL */
    ngx_http_s3o_fetch_set_pt  fetch;           /* NULL: a constant */
} ngx_http_s3o_provider_t;


struct ngx_http_s3o_source_s {
    const ngx_http_s3o_provider_t  *provider;
    ngx_str_t                       name;       /* may be empty */
    ngx_str_t                       conf_file;  /* where its directive is */
    ngx_uint_t                      conf_line;
    ngx_array_t                     params;     /* ngx_keyval_t */
    ngx_array_t                    *origins;    /* of what is no parameter */
    ngx_uint_t                      profiled;   /* a profile has made it */
    time_t                          renew;      /* 0: not before the end */
    void                           *conf;       /* the provider's own */
    ngx_http_s3o_peer_t            *peer;       /* NULL: asks nobody */
    ngx_array_t                    *inner_args; /* set by "load": the inner
                                                   source's, as below */
    ngx_http_s3o_source_t          *inner;      /* whose set a fetch needs */
    ngx_str_t                      *file;       /* read by workers, or NULL */
    ngx_uint_t                      steps;      /* roles to the keys */
    time_t                          floor;      /* requests need this life */

    ngx_http_s3o_limit_t            refused;    /* without a slot */

    ngx_http_s3o_source_t          *less;       /* of a tree, by id */
    ngx_http_s3o_source_t          *more;

    ngx_http_s3o_set_t              set;

    /* of sources that change: the set above is this worker's copy */

    u_char                          id[NGX_HTTP_S3O_ID_LEN];
    ngx_http_s3o_store_t           *store;
    ngx_http_s3o_slot_t            *slot;
    ngx_http_s3o_stamp_t            stamp;      /* of what the master read */
    u_char                         *mem;
    size_t                          mem_len;

    ngx_http_s3o_fetch_t           *fetch;      /* under way here */
    ngx_uint_t                      fetching;
    ngx_uint_t                      again;      /* nothing has changed */
};


/* What it is called in lines: its name, or the word of the directive. */

static ngx_inline ngx_str_t *
ngx_http_s3o_source_name(ngx_http_s3o_source_t *source)
{
    return source->name.len ? &source->name
                            : (ngx_str_t *) &source->provider->name;
}


#endif /* _NGX_HTTP_S3O_CREDENTIALS_H_INCLUDED_ */
