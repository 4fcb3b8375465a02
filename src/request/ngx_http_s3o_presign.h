
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the glue files share: configuration, the request's context, and the
 * steps that a request walks: policy -> target and key -> credentials
 * snapshot -> sign -> deliver.
 */


#ifndef _NGX_HTTP_S3O_PRESIGN_H_INCLUDED_
#define _NGX_HTTP_S3O_PRESIGN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "s3o_core.h"
#include "s3o_canonical.h"
#include "s3o_chunk.h"
#include "s3o_copy.h"
#include "s3o_crypto.h"
#include "s3o_encode.h"
#include "s3o_leak.h"
#include "s3o_policy.h"
#include "s3o_sigv4.h"
#include "s3o_sigv4a.h"
#include "s3o_sort.h"
#include "s3o_target.h"
#include "s3o_time.h"
#include "s3o_unchunk.h"
#include "s3o_utf8.h"

#include "ngx_http_s3o_credentials.h"
#include "ngx_http_s3o_store.h"


#define NGX_HTTP_S3O_OFF       0
#define NGX_HTTP_S3O_ON        1
#define NGX_HTTP_S3O_REDIRECT  2
#define NGX_HTTP_S3O_JSON      3
#define NGX_HTTP_S3O_PROXY     4
#define NGX_HTTP_S3O_BY_VARIABLE  5

#define NGX_HTTP_S3O_ERRORS_BY_MODE  0
#define NGX_HTTP_S3O_ERRORS_S3       1
#define NGX_HTTP_S3O_ERRORS_JSON     2
#define NGX_HTTP_S3O_ERRORS_OFF      3

#define NGX_HTTP_S3O_PAYLOAD_UNSIGNED   0
#define NGX_HTTP_S3O_PAYLOAD_SIGNED     1
#define NGX_HTTP_S3O_PAYLOAD_STREAMING  2

/* a set with less life left than this signs nothing, in seconds */
#define NGX_HTTP_S3O_LIFE_FLOOR  30

/* what ngx_http_s3o_sign_header() adds to the headers, at most */
#define NGX_HTTP_S3O_AUTH_HEADERS  5

/* of the reason for a refusal, and of what of the client's is shown in it */
#define NGX_HTTP_S3O_REASON_MAX  1024
#define NGX_HTTP_S3O_SHOWN_MAX   256

/*
 * Names in a directive, or in all of a location: each that a client sends is
 * compared with all of them
 */
#define NGX_HTTP_S3O_NAMES_MAX   128
#define NGX_HTTP_S3O_NAMES_SAID  "it is one too many: expected at most 128"


/* aws-chunked without chunk signatures, a checksum in the trailer */
#define NGX_HTTP_S3O_TRAILER_PAYLOAD  "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


/*
 * What became of a request: the words are in ngx_http_s3o_results[], and
 * those of refusals have counters in this order.
 */

typedef enum {
    NGX_HTTP_S3O_RESULT_NONE = 0,
    NGX_HTTP_S3O_RESULT_SIGNED,
    NGX_HTTP_S3O_RESULT_METHOD,         /* the first refusal */
    NGX_HTTP_S3O_RESULT_ARGS,
    NGX_HTTP_S3O_RESULT_KEY,
    NGX_HTTP_S3O_RESULT_LIST,
    NGX_HTTP_S3O_RESULT_HEADERS,
    NGX_HTTP_S3O_RESULT_LENGTH,
    NGX_HTTP_S3O_RESULT_PAYLOAD,
    NGX_HTTP_S3O_RESULT_ACCESS_POINT,
    NGX_HTTP_S3O_RESULT_EXPIRES,
    NGX_HTTP_S3O_RESULT_CREDENTIALS,
    NGX_HTTP_S3O_RESULT_CONFIG,
    NGX_HTTP_S3O_RESULT_REFUSED,
    NGX_HTTP_S3O_RESULT_MAX
} ngx_http_s3o_result_e;


typedef struct ngx_http_s3o_signer_s  ngx_http_s3o_signer_t;
typedef struct ngx_http_s3o_targets_s  ngx_http_s3o_targets_t;
typedef struct ngx_http_s3o_stream_s  ngx_http_s3o_stream_t;
typedef struct ngx_http_s3o_decoder_s  ngx_http_s3o_decoder_t;
typedef struct ngx_http_s3o_held_s  ngx_http_s3o_held_t;


/* what every request to an access point needs, as texts that lie together */

typedef struct {
    size_t                          len;       /* of all */
    ngx_str_t                       origin;    /* "https://host", the first */
    ngx_str_t                       host;
    ngx_str_t                       headers;   /* "host:host\n" */
    ngx_str_t                       epilogue;  /* with what stands around it */
    ngx_str_t                       region;
} ngx_http_s3o_target_t;


/* "name value" directives */

typedef struct {
    ngx_str_t                       name;
    ngx_str_t                       lowcase_name;
    ngx_http_complex_value_t        value;
} ngx_http_s3o_pair_t;


typedef struct {
    ngx_array_t                     sources;   /* ngx_http_s3o_source_t * */
    ngx_http_s3o_store_t            store;
    ngx_uint_t                      status;    /* somebody asks for it */
    ngx_rbtree_t                    signers;   /* all that exist */
    ngx_rbtree_node_t               signers_sentinel;
    ngx_queue_t                     constant_signers;
    ngx_queue_t                     used_signers;  /* the last one first */
    ngx_uint_t                      nsigners;      /* of these */
    ngx_http_s3o_targets_t         *targets;
    s3o_crypto_t                    crypto;
    ngx_http_handler_pt             proxy_pass;
} ngx_http_s3o_main_conf_t;


typedef struct {
    ngx_uint_t                      mode;
    ngx_uint_t                      status;    /* of a redirect */
    ngx_http_complex_value_t       *mode_value;

    ngx_http_complex_value_t       *access_point;
    ngx_str_t                       region;
    ngx_str_t                       endpoint;
    ngx_http_s3o_target_t          *target;    /* constant access point */

    ngx_http_complex_value_t       *key;
    ngx_uint_t                      methods;
    ngx_http_complex_value_t       *sign_method;
    ngx_flag_t                      multipart;
    ngx_flag_t                      list;
    ngx_uint_t                      operations;  /* named, s3o_policy_bit() */
    ngx_uint_t                      allowed;     /* these three together */
    s3o_policy_t                    policy;      /* of all of these */

    ngx_http_complex_value_t       *expires_value;
    time_t                          expires;
    time_t                          window;

    ngx_array_t                    *args;            /* s3o_str_t */
    ngx_array_t                    *params;          /* ngx_http_s3o_pair_t */
    ngx_array_t                    *signed_headers;  /* s3o_str_t */
    ngx_array_t                    *headers;         /* ngx_http_s3o_pair_t */
    ngx_array_t                    *copy;            /* s3o_str_t */

    ngx_uint_t                      errors;        /* what they look like */
    off_t                           discard_size;
    ngx_msec_t                      discard_time;
    ngx_uint_t                      payload;
    ngx_uint_t                      payload_set;   /* at this level */
    ngx_uint_t                      algorithm;       /* s3o_algorithm_e */
    ngx_str_t                       region_set;      /* of SigV4A */
    ngx_http_s3o_source_t          *source;
    ngx_msec_t                      wait;      /* for a set */
    ngx_uint_t                      status_format;

    /* the location's own, set when it is merged */

    ngx_str_t                       prefix;
    ngx_str_t                       name;
    ngx_str_t                       allow;
    ngx_uint_t                      exact;
    ngx_uint_t                      is_regex;
#if (NGX_PCRE)
    ngx_regex_t                    *regex;
#endif
    ngx_uint_t                      ncaptures;
    ngx_http_s3o_signer_t          *signer;        /* constant target */
    ngx_http_s3o_signer_t          *header_signer; /* the same, no window */
    ngx_http_handler_pt             handler;       /* of proxy_pass */

    unsigned                        region_set_unused:1;
    unsigned                        headers_set:1;   /* at this level */
    unsigned                        copy_set:1;
} ngx_http_s3o_loc_conf_t;


/* what "proxy_pass" has set, and what is called in place of it */

typedef struct {
    ngx_int_t                     (*create_request)(ngx_http_request_t *r);
    ngx_int_t                     (*create_key)(ngx_http_request_t *r);
    ngx_int_t                     (*reinit_request)(ngx_http_request_t *r);
} ngx_http_s3o_hooks_t;


/* "x-amz-copy-source" as it is sent */

typedef struct {
    ngx_str_t                       line;      /* with its CR LF */
    ngx_str_t                       source;    /* the value in it */
} ngx_http_s3o_copied_t;


/* of a request that is refused, which most are not */

typedef struct {
    ngx_str_t                       reason;    /* empty when nginx refuses */
    ngx_buf_t                      *page;      /* to be sent for it */
} ngx_http_s3o_refusal_t;


typedef struct {
    ngx_http_s3o_loc_conf_t        *conf;
    ngx_http_s3o_target_t          *target;

    ngx_str_t                       method;
    ngx_str_t                       key;
    ngx_str_t                       path;      /* encoded, with the "/" */
    s3o_query_t                    *query;
    time_t                          expires;   /* as configured */

    /* signed headers other than the host, for the query-string form */

    s3o_header_t                   *headers;
    ngx_uint_t                      nheaders;
    ngx_str_t                       payload;   /* x-amz-content-sha256 */
    ngx_str_t                       region_set;  /* SigV4A */
    ngx_http_s3o_copied_t          *copied;    /* NULL without a copy */
    ngx_str_t                       canonical_headers;
    ngx_str_t                       signed_headers;

    /* what was signed */

    ngx_str_t                       url;       /* the origin and the URI */
    ngx_str_t                       authorization;
    ngx_str_t                       date;
    ngx_str_t                       access_key_id;
    ngx_str_t                       security_token;
    time_t                          signed_at;
    time_t                          expires_at;
    time_t                          expires_in;

    ngx_int_t                     (*answer)(ngx_http_request_t *r);
    ngx_http_s3o_hooks_t           *hooks;     /* proxy mode */
    ngx_http_s3o_stream_t          *stream;    /* of signed chunks */
    ngx_http_s3o_decoder_t         *decoder;   /* of the client's chunks */

    ngx_msec_t                      wait_until;  /* credentials; the body */

    ngx_http_s3o_held_t            *held;      /* an answer's body */

    ngx_http_s3o_result_e           result;
    ngx_http_s3o_refusal_t         *refusal;   /* NULL without one */

    unsigned                        mode:4;
    unsigned                        status:12;
    unsigned                        operation:5;   /* s3o_operation_e */
    unsigned                        method_bit:12;

    unsigned                        authorized:1;
    unsigned                        signed_query:1;
    unsigned                        signed_header:1;
    unsigned                        failed:1;
    unsigned                        withheld:1;
    unsigned                        trailer:1;
    unsigned                        hop:1;         /* Connection has names */
    unsigned                        reads_body:1;  /* proxy_pass, or we do */
    unsigned                        waiting:1;
    unsigned                        counted:1;
} ngx_http_s3o_ctx_t;


/* what the header form signs, and where */

typedef struct {
    ngx_str_t                       method;
    s3o_header_t                   *headers;   /* in any order, with room for
                                                  NGX_HTTP_S3O_AUTH_HEADERS
                                                  more behind them */
    ngx_uint_t                      nheaders;
    size_t                          room;      /* wanted in "text", but for
                                                  what is written by
                                                  ngx_http_s3o_put_signature()
                                                */

    /* set by ngx_http_s3o_sign_header(), good for now */

    u_char                         *text;      /* has a token in it */
    size_t                          size;
    s3o_signer_t                   *signer;
    ngx_uint_t                      bare;      /* no headers but our own */
    s3o_buf_t                       signature;
    u_char                          hex[S3O_SIGV4A_HEX_MAX];
} ngx_http_s3o_form_t;


extern ngx_module_t  ngx_http_s3o_presign_module;
extern const char    *const ngx_http_s3o_results[];
extern ngx_str_t     ngx_http_s3o_payload_names[];


/* s3o_str_t and ngx_str_t hold the same two members */

static ngx_inline s3o_str_t
ngx_http_s3o_str(const ngx_str_t *s)
{
    s3o_str_t  str;

    str.len = s->len;
    str.data = s->data;

    return str;
}


static ngx_inline ngx_str_t
ngx_http_s3o_ngx_str(const s3o_str_t *s)
{
    ngx_str_t  str;

    str.len = s->len;
    str.data = s->data;

    return str;
}


/* ngx_http_s3o_request.c: the PRECONTENT phase */

ngx_int_t ngx_http_s3o_precontent_handler(ngx_http_request_t *r);
ngx_http_s3o_ctx_t *ngx_http_s3o_create_ctx(ngx_http_request_t *r);
ngx_http_s3o_ctx_t *ngx_http_s3o_saved_ctx(ngx_http_request_t *r);
ngx_int_t ngx_http_s3o_mode(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_uint_t *mode, ngx_uint_t *status);
ngx_int_t ngx_http_s3o_mode_word(const ngx_str_t *word, ngx_uint_t *mode,
    ngx_uint_t *status);

/*
 * ngx_http_s3o_refuse.c.  Says why a request is not signed, once, and keeps
 * the word for $s3o_presign_result and the reason for the answer.  "fmt" is
 * nginx's.  Control characters become "?", and what goes beyond
 * NGX_HTTP_S3O_REASON_MAX is cut off: what the client sent is shown by
 * ngx_http_s3o_shown().  No secret may be in it.  Returns the status.
 */

ngx_int_t ngx_http_s3o_refuse(ngx_http_request_t *r,
    ngx_http_s3o_result_e result, ngx_int_t status, ngx_uint_t level,
    const char *fmt, ...);

/*
 * The same for what a variable of the configuration yields: 500, and an
 * error line that names the directive and the value.
 */

ngx_int_t ngx_http_s3o_refuse_value(ngx_http_request_t *r,
    ngx_http_s3o_result_e result,
    const char *directive, const ngx_str_t *value, const char *reason);

/* The first NGX_HTTP_S3O_SHOWN_MAX bytes of a value, for "%V"; not a copy */

ngx_str_t *ngx_http_s3o_shown(ngx_str_t *shown, const ngx_str_t *value);

/* ngx_http_s3o_errors.c: what nginx's own errors look like */

void ngx_http_s3o_errors_init(void);
char *ngx_http_s3o_set_errors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * ngx_http_s3o_error_page.c: the page of r->err_status, if this location has
 * one that stands in for nginx's own.  NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_error_page(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);

/*
 * ngx_http_s3o_eval.c.  The value of a directive of ours: NGX_OK, or NGX_ERROR
 * after a line in the log, also where nginx would take a variable that failed
 * for an empty one.  What the handler of a variable of ours returns when it
 * fails: then the request fails, whoever has asked.
 */

ngx_int_t ngx_http_s3o_eval(ngx_http_request_t *r,
    ngx_http_complex_value_t *cv, ngx_str_t *value);
ngx_int_t ngx_http_s3o_variable_failed(ngx_http_request_t *r);

/* ngx_http_s3o_operation.c: what is asked for, and whether it is allowed */

ngx_int_t ngx_http_s3o_operation(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_arg_t *args, ngx_uint_t nargs);
char *ngx_http_s3o_set_operations(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_s3o_merge_operations(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);
ngx_uint_t ngx_http_s3o_all_methods(ngx_http_s3o_loc_conf_t *conf);
char *ngx_http_s3o_check_operations(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);

/* ngx_http_s3o_key.c: key and path */

void ngx_http_s3o_path(ngx_http_request_t *r, ngx_http_s3o_loc_conf_t *conf,
    ngx_str_t *path);
ngx_int_t ngx_http_s3o_key(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *key);

/* NGX_OK, or 400 for a key that is not the one that the client's URI names */

ngx_int_t ngx_http_s3o_key_as_named(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf);
ngx_int_t ngx_http_s3o_key_path(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);

/* ngx_http_s3o_query.c: the client's arguments and the configured ones */

ngx_int_t ngx_http_s3o_args(ngx_http_request_t *r, s3o_arg_t **args,
    ngx_uint_t *nargs);
ngx_int_t ngx_http_s3o_query(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_arg_t *args, ngx_uint_t nargs);

/* ngx_http_s3o_headers.c: the client's headers */

ngx_int_t ngx_http_s3o_check_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
ngx_int_t ngx_http_s3o_canonical_headers(ngx_pool_t *pool,
    s3o_header_t *headers, ngx_uint_t n, ngx_str_t *text, ngx_str_t *names);
ngx_uint_t ngx_http_s3o_header_value(const ngx_str_t *value);

/* ngx_http_s3o_copy.c: the source of a copy, checked and written anew */

ngx_int_t ngx_http_s3o_copy(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_str_t *source);

/* ngx_http_s3o_hop.c: a refusal when the client's Connection changes much */

ngx_int_t ngx_http_s3o_check_hop(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);

/* ngx_http_s3o_target.c: access points, constant and from a variable */

char *ngx_http_s3o_target_init(ngx_conf_t *cf, ngx_http_s3o_loc_conf_t *conf);
ngx_int_t ngx_http_s3o_target(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx);
void ngx_http_s3o_target_cleanup(ngx_http_s3o_main_conf_t *smcf);

/*
 * ngx_http_s3o_signer.c: keyed states and texts, per set, algorithm, region
 * and clock.  "region" is the target's; SigV4A takes "conf"'s set of them.
 */

void ngx_http_s3o_signers_init(ngx_http_s3o_main_conf_t *smcf);
ngx_http_s3o_signer_t *ngx_http_s3o_signer_add(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);
ngx_http_s3o_signer_t *ngx_http_s3o_signer_find(ngx_http_request_t *r,
    ngx_http_s3o_loc_conf_t *conf, ngx_str_t *region, time_t window);
s3o_signer_t *ngx_http_s3o_signer_prepare(ngx_http_request_t *r,
    ngx_http_s3o_signer_t *signer, const ngx_http_s3o_set_t *set, time_t t);
s3o_crypto_t *ngx_http_s3o_crypto(ngx_http_request_t *r);
void ngx_http_s3o_signer_cleanup(ngx_http_s3o_main_conf_t *smcf);

/* ngx_http_s3o_sign.c: the two forms of a signature */

ngx_int_t ngx_http_s3o_credentials_check(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
ngx_uint_t ngx_http_s3o_has_credentials(ngx_http_s3o_ctx_t *ctx);
ngx_int_t ngx_http_s3o_sign_query(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, size_t before, size_t after);
ngx_int_t ngx_http_s3o_sign_header(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form);
u_char *ngx_http_s3o_put_signature(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_form_t *form, u_char *p);
ngx_int_t ngx_http_s3o_end_signature(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form, u_char *last);
ngx_int_t ngx_http_s3o_bare_url(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);

/* ngx_http_s3o_wait.c: requests without credentials */

ngx_int_t ngx_http_s3o_wait(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx);

/* ngx_http_s3o_deliver.c: redirect and json */

ngx_int_t ngx_http_s3o_redirect_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_s3o_json_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_s3o_push_header(ngx_http_request_t *r, const char *name,
    size_t len, ngx_str_t *value, ngx_table_elt_t **header);

/* ngx_http_s3o_body.c: answers to requests whose body is not read here */

ngx_int_t ngx_http_s3o_answer_early(ngx_http_request_t *r,
    ngx_int_t (*answer)(ngx_http_request_t *r));
ngx_int_t ngx_http_s3o_refuse_early(ngx_http_request_t *r, ngx_int_t status);
void ngx_http_s3o_close_kept_body(ngx_http_request_t *r);
char *ngx_http_s3o_set_discard(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* ngx_http_s3o_proxy.c: signing what proxy_pass is about to send */

ngx_int_t ngx_http_s3o_proxy_handler(ngx_http_request_t *r);

/*
 * ngx_http_s3o_payload.c, ngx_http_s3o_stream.c: the body's signature;
 * ngx_http_s3o_decode.c: a body that comes in aws-chunked encoding
 */

void ngx_http_s3o_payload_init(void);
ngx_int_t ngx_http_s3o_stream_seed(ngx_http_request_t *r,
    ngx_http_s3o_stream_t *st, s3o_signer_t *s, ngx_str_t *signature);
ngx_int_t ngx_http_s3o_decoder_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t size, ngx_str_t *trailer);

/*
 * ngx_http_s3o_unframe.c: in a location that a body comes to which another one
 * has decoded, the request's headers become those of the data
 */

ngx_int_t ngx_http_s3o_unframe(ngx_http_request_t *r);

/* ngx_http_s3o_answer.c: answers that must not reach the client */

void ngx_http_s3o_answer_init(void);

/*
 * ngx_http_s3o_leak.c: has "leak" look for what was sent and is secret.
 * NGX_ERROR without memory.
 */

ngx_int_t ngx_http_s3o_leak_set(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_leak_t *leak);

/* 1, and S3's code of a withheld answer, when it may be shown */

ngx_uint_t ngx_http_s3o_answer_kept_code(ngx_http_s3o_ctx_t *ctx,
    s3o_str_t *code);

/* ngx_http_s3o_status.c: counters and the state of the sources */

char *ngx_http_s3o_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_check_status(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
void ngx_http_s3o_count_refusal(ngx_http_request_t *r,
    ngx_http_s3o_result_e result);

/* ngx_http_s3o_variables.c */

ngx_int_t ngx_http_s3o_add_variables(ngx_conf_t *cf);

/* ngx_http_s3o_conf.c: directives */

char *ngx_http_s3o_set_mode(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_access_point(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_region(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_key(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_methods(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_sign_method(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_expires(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_window(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_args(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_param(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_signed_headers(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_copy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_header(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_s3o_set_payload(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_credentials(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Says what is wrong with a value; returns NGX_CONF_ERROR. */

char *ngx_http_s3o_invalid(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_str_t *value, const char *expected);

/* NGX_OK for a time from 1s to 7d, in seconds */

ngx_int_t ngx_http_s3o_parse_expires(ngx_str_t *value, time_t *expires);

/* ngx_http_s3o_algorithm.c: the algorithm, and SigV4A's set of regions */

char *ngx_http_s3o_set_algorithm(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_s3o_set_region_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_s3o_merge_algorithm(ngx_http_s3o_loc_conf_t *prev,
    ngx_http_s3o_loc_conf_t *conf);
char *ngx_http_s3o_check_algorithm(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
char *ngx_http_s3o_check_region_set(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *conf);
ngx_int_t ngx_http_s3o_region_set(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);

/* ngx_http_s3o_check.c: what a merged location must have */

char *ngx_http_s3o_check_location(ngx_conf_t *cf,
    ngx_http_s3o_loc_conf_t *prev, ngx_http_s3o_loc_conf_t *conf);

/* ngx_http_s3o_neighbours.c: what other modules have in a location */

ngx_uint_t ngx_http_s3o_is_proxy_pass(ngx_conf_t *cf,
    ngx_http_handler_pt handler);
ngx_uint_t ngx_http_s3o_proxy_converts_head(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);
ngx_uint_t ngx_http_s3o_returns(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf);


#define ngx_http_s3o_add_header(r, name, value, header)                      \
    ngx_http_s3o_push_header(r, name, sizeof(name) - 1, value, header)


#endif /* _NGX_HTTP_S3O_PRESIGN_H_INCLUDED_ */
