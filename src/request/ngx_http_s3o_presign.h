
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The types that a request is made of: the configuration, of the whole and of
 * a location, and the context.  What is done with them is declared by the
 * header of the file that does it.
 */


#ifndef _NGX_HTTP_S3O_PRESIGN_H_INCLUDED_
#define _NGX_HTTP_S3O_PRESIGN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "s3o_core.h"
#include "s3o_canonical.h"
#include "s3o_crypto.h"
#include "s3o_policy_operation.h"
#include "s3o_signer.h"

#include "ngx_http_s3o_str.h"
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
    NGX_HTTP_S3O_RESULT_REQUIRE,
    NGX_HTTP_S3O_RESULT_CREDENTIALS,
    NGX_HTTP_S3O_RESULT_CONFIG,
    NGX_HTTP_S3O_RESULT_REFUSED,
    NGX_HTTP_S3O_RESULT_MAX
} ngx_http_s3o_result_e;


typedef struct ngx_http_s3o_signer_s  ngx_http_s3o_signer_t;
typedef struct ngx_http_s3o_targets_s  ngx_http_s3o_targets_t;
typedef struct ngx_http_s3o_proxied_s  ngx_http_s3o_proxied_t;


/* what every request to an access point needs, as texts that lie together */

typedef struct {
    size_t                          len;       /* of all */
    ngx_str_t                       origin;    /* "https://host", the first */
    ngx_str_t                       host;
    ngx_str_t                       headers;   /* "host:host\n" */
    ngx_str_t                       epilogue;  /* with what stands around it */
    ngx_str_t                       region;
    ngx_http_s3o_counted_t          counted;
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
    ngx_uint_t                      status_page;   /* there is one */
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
    ngx_uint_t                      redirect_status;
    ngx_http_complex_value_t       *mode_value;

    ngx_http_complex_value_t       *access_point;
    ngx_str_t                       region;
    ngx_str_t                       endpoint;
    ngx_http_s3o_target_t          *target;    /* constant access point */

    ngx_array_t                    *require;   /* ngx_http_complex_value_t */
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
    off_t                           max_size;      /* of an upload; 0: any */

    ngx_uint_t                      errors;        /* what they look like */
    off_t                           discard_size;
    ngx_msec_t                      discard_time;
    ngx_uint_t                      payload;
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
    unsigned                        payload_set:1;   /* at this level */
    unsigned                        copy_set:1;
} ngx_http_s3o_loc_conf_t;


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
    ngx_str_t                       epilogue;        /* as the target has it */
    ngx_str_t                       signed_headers;  /* their names */

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

    ngx_msec_t                      wait_until;  /* credentials; the body */

    ngx_http_s3o_proxied_t         *proxied;   /* in proxy mode, or NULL */

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
    unsigned                        waiting:1;
    unsigned                        counted:1;
} ngx_http_s3o_ctx_t;


/* the key to all of them */

extern ngx_module_t  ngx_http_s3o_presign_module;


#endif /* _NGX_HTTP_S3O_PRESIGN_H_INCLUDED_ */
