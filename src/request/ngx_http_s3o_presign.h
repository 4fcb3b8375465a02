
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The types that all files of the request use: the configuration of the module
 * and of a location, and the context of a request.  The functions that use them
 * are declared in the headers of the files that define them.
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

/*
 * URLs are not signed with credentials that expire earlier, in seconds from
 * now
 */
#define NGX_HTTP_S3O_LIFE_FLOOR  30


/*
 * x-amz-content-sha256 of an aws-chunked body without chunk signatures, whose
 * trailer has a checksum
 */
#define NGX_HTTP_S3O_TRAILER_PAYLOAD  "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


/*
 * What became of a request.  ngx_http_s3o_results[] has the words, and the
 * counters of refusals have the same order.
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
typedef struct ngx_http_s3o_parts_s  ngx_http_s3o_parts_t;
typedef struct ngx_http_s3o_proxied_s  ngx_http_s3o_proxied_t;


/*
 * What every request to an access point needs.  All texts lie one after
 * another in one piece of memory, from "origin" to "region", and may overlap.
 */

typedef struct {
    size_t                          len;       /* of all texts, in bytes */
    ngx_str_t                       origin;    /* "https://host" */
    ngx_str_t                       host;
    ngx_str_t                       headers;   /* canonical: "host:...\n" */
    ngx_str_t                       epilogue;  /* what follows the query in a
                                                  canonical request; contains
                                                  "headers" and "host" */
    ngx_str_t                       region;
    ngx_http_s3o_counted_t          counted;   /* its counters */
} ngx_http_s3o_target_t;


/* a directive with a name and a value, such as "s3o_presign_header" */

typedef struct {
    ngx_str_t                       name;
    ngx_str_t                       lowcase_name;
    ngx_http_complex_value_t        value;
} ngx_http_s3o_pair_t;


/* what the module has once, for all servers and locations */

typedef struct {
    ngx_array_t                     sources;   /* ngx_http_s3o_source_t * */
    ngx_http_s3o_store_t            store;
    ngx_uint_t                      status_page;   /* 1: a location has one */
    ngx_rbtree_t                    signers;   /* of both queues */
    ngx_rbtree_node_t               signers_sentinel;
    ngx_queue_t                     constant_signers;  /* never deleted */
    ngx_queue_t                     used_signers;  /* last used one first */
    ngx_uint_t                      nsigners;      /* in used_signers */
    ngx_http_s3o_targets_t         *targets;   /* from variables */
    s3o_crypto_t                    crypto;
    ngx_http_handler_pt             proxy_pass;    /* the content handler */
    size_t                          proxy_values;  /* offset, 0: unknown */
    size_t                          cache_key;     /* the same */
    ngx_str_t                       unknown_region;   /* "nginx -t" has warned
                                                         of it */
} ngx_http_s3o_main_conf_t;


/* the directives of a location, merged, and what is made of them */

typedef struct {
    ngx_uint_t                      mode;      /* NGX_HTTP_S3O_OFF, ... */
    ngx_uint_t                      redirect_status;
    ngx_http_complex_value_t       *mode_value;  /* of ..._BY_VARIABLE */

    ngx_http_complex_value_t       *access_point;
    ngx_str_t                       region;
    ngx_str_t                       endpoint;
    ngx_http_s3o_target_t          *target;    /* NULL: from a variable */

    ngx_array_t                    *require;   /* ngx_http_complex_value_t */
    ngx_http_complex_value_t       *key;       /* NULL: the path */
    ngx_uint_t                      methods;   /* S3O_METHOD_... bits */
    ngx_http_complex_value_t       *sign_method;
    ngx_flag_t                      multipart;
    ngx_flag_t                      list;
    ngx_uint_t                      operations;  /* s3o_policy_bit() bits */
    ngx_uint_t                      allowed;     /* bits of the three above */
    s3o_policy_t                    policy;      /* methods, allowed, args */

    ngx_http_complex_value_t       *expires_value;   /* with variables */
    time_t                          expires;     /* in seconds */
    time_t                          window;      /* in seconds, 0: none */

    ngx_array_t                    *args;            /* s3o_str_t */
    ngx_array_t                    *params;          /* ngx_http_s3o_pair_t */
    ngx_array_t                    *signed_headers;  /* s3o_str_t */
    ngx_array_t                    *headers;         /* ngx_http_s3o_pair_t */
    ngx_array_t                    *copy;            /* s3o_str_t */
    off_t                           max_size;      /* of an upload; 0: any */

    ngx_uint_t                      errors;    /* NGX_HTTP_S3O_ERRORS_... */
    off_t                           discard_size;    /* in bytes */
    ngx_msec_t                      discard_time;    /* in milliseconds */
    ngx_uint_t                      payload;   /* NGX_HTTP_S3O_PAYLOAD_... */
    ngx_uint_t                      algorithm;       /* s3o_algorithm_e */
    ngx_str_t                       region_set;      /* of SigV4A */
    ngx_http_s3o_source_t          *source;    /* of credentials */
    ngx_msec_t                      wait;      /* for credentials, in ms */
    ngx_uint_t                      status_format;   /* 0: no status page */

    /* of this location only, not inherited; set when it is merged */

    ngx_str_t                       prefix;    /* what the key follows */
    ngx_str_t                       name;      /* for messages */
    ngx_str_t                       allow;     /* the header "Allow" */
    ngx_uint_t                      exact;     /* "location = ..." */
    ngx_uint_t                      is_regex;
#if (NGX_PCRE)
    ngx_regex_t                    *regex;
#endif
    ngx_uint_t                      ncaptures;     /* of the regex */
    ngx_http_s3o_signer_t          *signer;        /* of "target" */
    ngx_http_s3o_signer_t          *header_signer; /* without a window */
    ngx_http_handler_pt             handler;       /* of "proxy_pass" */

    /* region_set is inherited, and not used: the algorithm is SigV4 */

    unsigned                        region_set_unused:1;

    /* the directive is given on this very level */

    unsigned                        payload_set:1;
    unsigned                        copy_set:1;
} ngx_http_s3o_loc_conf_t;


/* the "x-amz-copy-source" that is sent to the Outpost */

typedef struct {
    ngx_str_t                       line;      /* with its CR LF */
    ngx_str_t                       source;    /* the value in it */
} ngx_http_s3o_copied_t;


/* what only a refused request needs */

typedef struct {
    ngx_str_t                       reason;    /* empty when nginx refuses */
    ngx_buf_t                      *page;      /* the answer's body */
} ngx_http_s3o_refusal_t;


/* one request: what is to be signed, what was signed, and what became of it */

typedef struct {
    ngx_http_s3o_loc_conf_t        *conf;
    ngx_http_s3o_target_t          *target;

    ngx_str_t                       method;    /* that is signed */
    ngx_str_t                       key;       /* decoded */
    ngx_str_t                       path;      /* encoded, with the "/" */
    s3o_query_t                    *query;     /* sorted */
    time_t                          expires;   /* as configured, in seconds */

    /*
     * What the query-string form signs.  With signed headers other than
     * "host", "headers" has all of them; otherwise it is NULL.
     */

    s3o_header_t                   *headers;
    ngx_uint_t                      nheaders;
    ngx_str_t                       payload;   /* x-amz-content-sha256 */
    ngx_str_t                       region_set;  /* empty with SigV4 */
    ngx_http_s3o_copied_t          *copied;    /* NULL without a copy */
    ngx_str_t                       epilogue;  /* like the target's */
    ngx_str_t                       signed_headers;  /* names, "a;b;c" */

    /* what was signed */

    ngx_str_t                       url;       /* the origin and the URI */
    ngx_str_t                       authorization;
    ngx_str_t                       date;      /* x-amz-date */
    ngx_str_t                       access_key_id;
    ngx_str_t                       security_token;  /* wiped at the end */
    time_t                          signed_at;
    time_t                          expires_at;
    time_t                          expires_in;      /* seconds from now */

    /* sends the answer when the client's body has been dropped */

    ngx_int_t                     (*answer)(ngx_http_request_t *r);

    /* the end, by ngx_current_msec, of waiting for credentials or a body */

    ngx_msec_t                      wait_until;

    ngx_http_s3o_proxied_t         *proxied;   /* in proxy mode, or NULL */
    ngx_http_s3o_parts_t           *parts;     /* URLs of them, or NULL */

    ngx_http_s3o_result_e           result;
    ngx_http_s3o_refusal_t         *refusal;   /* NULL without one */

    unsigned                        mode:4;        /* NGX_HTTP_S3O_ON, ... */
    unsigned                        status:12;     /* of the answer */
    unsigned                        operation:5;   /* s3o_operation_e */
    unsigned                        method_bit:12; /* S3O_METHOD_... */

    unsigned                        authorized:1;  /* the phase let it pass */
    unsigned                        signed_query:1;   /* "url" is signed */
    unsigned                        signed_header:1;  /* Authorization is */
    unsigned                        failed:1;      /* signing "url" failed */
    unsigned                        waiting:1;     /* for credentials */
    unsigned                        counted:1;     /* as signed */
} ngx_http_s3o_ctx_t;


extern ngx_module_t  ngx_http_s3o_presign_module;


#endif /* _NGX_HTTP_S3O_PRESIGN_H_INCLUDED_ */
