
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The two forms of a signature: in the query string, and in the header
 * Authorization.  Both need a set of credentials, a time, and a request that
 * the policy has allowed.
 */


#include "ngx_http_s3o_sign.h"
#include "ngx_http_s3o_tally.h"
#include "ngx_http_s3o_zone.h"
#include "ngx_http_s3o_lifetime.h"
#include "ngx_http_s3o_refuse.h"
#include "ngx_http_s3o_signer.h"
#include "ngx_http_s3o_wait.h"


static s3o_signer_t *ngx_http_s3o_ready_signer(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, time_t window, const ngx_http_s3o_set_t **set);
static ngx_http_s3o_signer_t *ngx_http_s3o_choose_signer(
    ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx, time_t window);
static void ngx_http_s3o_give_back(ngx_pool_t *pool, u_char *end,
    u_char *last);
static void ngx_http_s3o_fill_request(ngx_http_s3o_ctx_t *ctx,
    const ngx_str_t *method, s3o_request_t *req);
static ngx_int_t ngx_http_s3o_presigned_url(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, s3o_signer_t *s, const ngx_http_s3o_set_t *set,
    size_t before, size_t after);
static ngx_uint_t ngx_http_s3o_auth_headers(ngx_http_s3o_ctx_t *ctx,
    s3o_signer_t *s, const ngx_http_s3o_set_t *set, s3o_header_t *headers,
    ngx_uint_t n);
static void ngx_http_s3o_header_form(ngx_http_s3o_ctx_t *ctx,
    const ngx_http_s3o_set_t *set, ngx_http_s3o_form_t *form,
    s3o_header_form_t *h);
static void ngx_http_s3o_count(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
#if (NGX_DEBUG)
static void ngx_http_s3o_debug(ngx_http_request_t *r, s3o_signer_t *s,
    s3o_request_t *req, s3o_query_form_t *q, uint32_t expires);
static void ngx_http_s3o_debug_header(ngx_http_request_t *r, s3o_signer_t *s,
    s3o_request_t *req, s3o_header_form_t *h);
static ngx_int_t ngx_http_s3o_debug_room(ngx_http_request_t *r, s3o_buf_t *b,
    size_t size);
static void ngx_http_s3o_debug_text(ngx_http_request_t *r, s3o_signer_t *s,
    s3o_buf_t *b, s3o_int_t rc);
#endif


/*
 * Returns a signer for the current set of credentials, and sets *set.  Sets
 * ctx->signed_at, the time of signing: now, or with a window the beginning of
 * the window.  NULL after a line in the log.
 */

static s3o_signer_t *
ngx_http_s3o_ready_signer(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    time_t window, const ngx_http_s3o_set_t **set)
{
    time_t                  now;
    ngx_http_s3o_signer_t  *signer;

    now = ngx_time();
    *set = ngx_http_s3o_live_set(ctx, now);

    if (*set == NULL) {
        (void) ngx_http_s3o_refuse(r, NGX_HTTP_S3O_RESULT_CREDENTIALS,
                                   0, NGX_LOG_ERR,
                                   "no valid credentials");
        return NULL;
    }

    signer = ngx_http_s3o_choose_signer(r, ctx, window);
    if (signer == NULL) {
        return NULL;
    }

    ctx->signed_at = window ? now - now % window : now;

    return ngx_http_s3o_signer_prepare(r, signer, *set, ctx->signed_at);
}


static ngx_http_s3o_signer_t *
ngx_http_s3o_choose_signer(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    time_t window)
{
    ngx_http_s3o_loc_conf_t  *conf;

    conf = ctx->conf;

    if (conf->signer && ctx->target == conf->target) {
        return window ? conf->signer : conf->header_signer;
    }

    return ngx_http_s3o_signer_find(r, conf, &ctx->target->region, window);
}


ngx_int_t
ngx_http_s3o_sign_query(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    size_t before, size_t after)
{
    s3o_signer_t              *s;
    const ngx_http_s3o_set_t  *set;

    if (ctx->signed_query) {
        return NGX_OK;
    }

    if (ctx->failed) {
        return NGX_ERROR;
    }

    ctx->failed = 1;

    s = ngx_http_s3o_ready_signer(r, ctx, ctx->conf->window, &set);
    if (s == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_s3o_presigned_url(r, ctx, s, set, before, after) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->failed = 0;
    ctx->signed_query = 1;

    ngx_http_s3o_count(r, ctx);

    return NGX_OK;
}


static ngx_int_t
ngx_http_s3o_presigned_url(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    s3o_signer_t *s, const ngx_http_s3o_set_t *set, size_t before,
    size_t after)
{
    u_char            *p;
    size_t             size;
    time_t             life;
    s3o_buf_t          b;
    s3o_request_t      req;
    s3o_query_form_t   q;

    life = ngx_http_s3o_url_life(ctx, set, ctx->signed_at);
    ctx->expires_at = ctx->signed_at + life;
    ctx->expires_in = ctx->expires_at - ngx_time();

    ngx_http_s3o_query_form(ctx, &req, &q);

    size = s3o_presign_len(s, &req, &q);

    p = ngx_pnalloc(r->pool, before + size + after);
    if (p == NULL) {
        return NGX_ERROR;
    }

    p += before;
    s3o_buf_init(&b, p, size);

    if (s3o_presign(s, &req, &q, (uint32_t) life, &b) != S3O_OK) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "s3o_presign: signing failed");
        return NGX_ERROR;
    }

    ctx->url.data = p;
    ctx->url.len = b.pos - p;

    ngx_http_s3o_give_back(r->pool, p + size + after, b.pos + after);

#if (NGX_DEBUG)
    if (r->connection->log->log_level & NGX_LOG_DEBUG_HTTP) {
        ngx_http_s3o_debug(r, s, &req, &q, (uint32_t) life);
    }
#endif

    return NGX_OK;
}


/*
 * Signing needs more memory than the signed text.  Returns the rest, from
 * "last" to "end", to the pool, if nothing was allocated after it.
 */

static void
ngx_http_s3o_give_back(ngx_pool_t *pool, u_char *end, u_char *last)
{
    for (pool = pool->current; pool; pool = pool->d.next) {
        if (pool->d.last == end) {
            pool->d.last = last;
            return;
        }
    }
}


static void
ngx_http_s3o_fill_request(ngx_http_s3o_ctx_t *ctx, const ngx_str_t *method,
    s3o_request_t *req)
{
    req->method = ngx_http_s3o_str(method);
    req->path = ngx_http_s3o_str(&ctx->path);
    req->query = ctx->query;
}


void
ngx_http_s3o_query_form(ngx_http_s3o_ctx_t *ctx, s3o_request_t *req,
    s3o_query_form_t *q)
{
    static s3o_str_t  host = s3o_string("host");

    ngx_http_s3o_fill_request(ctx, &ctx->method, req);

    q->origin = ngx_http_s3o_str(&ctx->target->origin);

    if (ctx->nheaders) {
        q->names = ngx_http_s3o_str(&ctx->signed_headers);
        q->epilogue = ngx_http_s3o_str(&ctx->epilogue);

    } else {
        q->names = host;
        q->epilogue = ngx_http_s3o_str(&ctx->target->epilogue);
    }
}


ngx_int_t
ngx_http_s3o_sign_header(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_form_t *form)
{
    size_t                     names;
    s3o_buf_t                  b;
    s3o_request_t              req;
    s3o_header_form_t          h;
    const ngx_http_s3o_set_t  *set;

    form->signer = ngx_http_s3o_ready_signer(r, ctx, 0, &set);
    if (form->signer == NULL) {
        return NGX_ERROR;
    }

    ngx_http_s3o_fill_request(ctx, &form->method, &req);
    ngx_http_s3o_header_form(ctx, set, form, &h);

    names = h.list ? s3o_headers_names_len(h.list, h.nlist) : 0;

    form->room += form->signer->lines_bare + names + S3O_SIGV4A_HEX_MAX
                  + sizeof(CRLF) - 1;
    form->size = ngx_max(form->room,
                         s3o_header_signature_room(form->signer, &req, &h));

    form->text = ngx_pnalloc(r->pool, form->size);
    if (form->text == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, form->text, form->size);
    s3o_buf_init(&form->signature, form->hex, S3O_SIGV4A_HEX_MAX);

    if (s3o_header_signature(form->signer, &req, &h, &b, &form->signature)
        != S3O_OK)
    {
        ngx_explicit_memzero(form->text, form->size);
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "s3o_presign: signing failed");
        return NGX_ERROR;
    }

#if (NGX_DEBUG)
    if (r->connection->log->log_level & NGX_LOG_DEBUG_HTTP) {
        ngx_http_s3o_debug_header(r, form->signer, &req, &h);
    }
#endif

    return NGX_OK;
}


/*
 * Sets what is signed.  When the caller has no headers to sign, the list is
 * NULL: the signer's own texts have all headers but the host.
 */

static void
ngx_http_s3o_header_form(ngx_http_s3o_ctx_t *ctx,
    const ngx_http_s3o_set_t *set, ngx_http_s3o_form_t *form,
    s3o_header_form_t *h)
{
    h->payload_hash = ngx_http_s3o_str(&ctx->payload);
    h->host = ngx_http_s3o_str(&ctx->target->headers);

    if (form->nheaders) {
        form->nheaders = ngx_http_s3o_auth_headers(ctx, form->signer, set,
                                                   form->headers,
                                                   form->nheaders);
        h->list = form->headers;

    } else {
        h->list = NULL;
    }

    h->nlist = form->nheaders;
}


u_char *
ngx_http_s3o_put_signature(ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_form_t *form,
    u_char *p)
{
    u_char        *start;
    s3o_buf_t      b;
    s3o_signer_t  *s;

    s = form->signer;
    start = p;

    if (form->nheaders == 0) {
        p = ngx_cpymem(p, s->lines.data, s->lines_bare);

    } else {
        s3o_buf_init(&b, p, form->text + form->size - p);
        s3o_buf_put_str(&b, &s->lines);
        s3o_headers_names(&b, form->headers, form->nheaders);
        s3o_buf_put_literal(&b, S3O_AUTH_SIGNATURE);
        p = b.pos;

        form->signature.overflow |= b.overflow;
    }

    p = ngx_cpymem(p, form->signature.start,
                   form->signature.pos - form->signature.start);

    ctx->date.data = start + s->lines_date;
    ctx->date.len = s->date.len;
    ctx->security_token.data = start + s->lines_token;
    ctx->security_token.len = s->session_token.len;
    ctx->authorization.data = start + s->lines_value;
    ctx->authorization.len = p - ctx->authorization.data;
    ctx->access_key_id.data = start + s->lines_id;
    ctx->access_key_id.len = s->credential_day - 1
                             - (s->lines.data + s->lines_id);

    *p++ = CR;
    *p++ = LF;

    return p;
}


ngx_int_t
ngx_http_s3o_end_signature(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_form_t *form, u_char *last)
{
    ngx_explicit_memzero(last, form->text + form->size - last);

    if (form->signature.overflow
        || !s3o_signature_formed(form->signer,
                                 form->signature.pos - form->signature.start))
    {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "s3o_presign: signing failed");
        return NGX_ERROR;
    }

    ctx->signed_header = 1;

    ngx_http_s3o_count(r, ctx);

    return NGX_OK;
}


/*
 * Adds the headers that every request with Authorization has, and sorts all.
 * "n" is how many there were; returns how many there are.
 */

#define ngx_http_s3o_set_header_of(h, text, str)                             \
    s3o_str_set(&(h)->name, (u_char *) text, sizeof(text) - 1);              \
    s3o_str_set(&(h)->value, (str)->data, (str)->len)


static ngx_uint_t
ngx_http_s3o_auth_headers(ngx_http_s3o_ctx_t *ctx, s3o_signer_t *s,
    const ngx_http_s3o_set_t *set, s3o_header_t *headers, ngx_uint_t n)
{
    s3o_header_t  *h;

    h = &headers[n];

    ngx_http_s3o_set_header_of(h, "host", &ctx->target->host);
    h++;

    ngx_http_s3o_set_header_of(h, "x-amz-content-sha256", &ctx->payload);
    h++;

    ngx_http_s3o_set_header_of(h, "x-amz-date", &s->date);
    h++;

    if (ctx->region_set.len) {
        ngx_http_s3o_set_header_of(h, "x-amz-region-set", &ctx->region_set);
        h++;
    }

    if (set->session_token.len) {
        ngx_http_s3o_set_header_of(h, "x-amz-security-token",
                                   &set->session_token);
        h++;
    }

    s3o_headers_sort(headers, h - headers);

    return h - headers;
}


/* counts a request once, even if it was signed in both forms */

static void
ngx_http_s3o_count(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    ngx_http_s3o_main_conf_t  *smcf;

    if (ctx->counted) {
        return;
    }

    ctx->counted = 1;

    /* the counters have the order of the modes */

    smcf = ngx_http_get_module_main_conf(r, ngx_http_s3o_presign_module);
    ngx_http_s3o_store_count(&smcf->store, ctx->mode - NGX_HTTP_S3O_ON);
    ngx_http_s3o_tally_signed(&smcf->store, &ctx->target->counted);
}


ngx_int_t
ngx_http_s3o_bare_url(ngx_http_request_t *r, ngx_http_s3o_ctx_t *ctx)
{
    size_t      size;
    s3o_buf_t   b;
    ngx_str_t  *origin;

    if (ctx->url.len) {
        return NGX_OK;
    }

    origin = &ctx->target->origin;
    size = origin->len + ctx->path.len + 1 + s3o_query_len(ctx->query);

    ctx->url.data = ngx_pnalloc(r->pool, size);
    if (ctx->url.data == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(&b, ctx->url.data, size);

    s3o_buf_put(&b, origin->data, origin->len);
    s3o_buf_put(&b, ctx->path.data, ctx->path.len);

    if (ctx->query->nparams) {
        s3o_buf_putc(&b, '?');
        s3o_query_write(&b, ctx->query, 0, ctx->query->nparams);
    }

    if (b.overflow) {
        return NGX_ERROR;
    }

    ctx->url.len = b.pos - b.start;

    return NGX_OK;
}


#if (NGX_DEBUG)

static void
ngx_http_s3o_debug(ngx_http_request_t *r, s3o_signer_t *s, s3o_request_t *req,
    s3o_query_form_t *q, uint32_t expires)
{
    size_t     size;
    s3o_buf_t  b;

    size = s3o_query_canonical_len(s, req, q);

    if (ngx_http_s3o_debug_room(r, &b, size) == NGX_OK) {
        ngx_http_s3o_debug_text(r, s, &b,
                                s3o_query_canonical(s, req, q, expires, 1,
                                                    &b));
    }
}


static void
ngx_http_s3o_debug_header(ngx_http_request_t *r, s3o_signer_t *s,
    s3o_request_t *req, s3o_header_form_t *h)
{
    size_t     size;
    s3o_buf_t  b;

    size = s3o_header_canonical_len(s, req, h);

    if (ngx_http_s3o_debug_room(r, &b, size) == NGX_OK) {
        ngx_http_s3o_debug_text(r, s, &b,
                                s3o_header_canonical(s, req, h, 1, &b));
    }
}


/*
 * Not from the request's pool: a debug log shows how the pool is used, and
 * debugging must not change that.
 */

static ngx_int_t
ngx_http_s3o_debug_room(ngx_http_request_t *r, s3o_buf_t *b, size_t size)
{
    u_char  *p;

    p = ngx_alloc(size, r->connection->log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    s3o_buf_init(b, p, size);

    return NGX_OK;
}


static void
ngx_http_s3o_debug_text(ngx_http_request_t *r, s3o_signer_t *s, s3o_buf_t *b,
    s3o_int_t rc)
{
    if (rc == S3O_OK) {
        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "s3o_presign canonical request:%N\"%*s\"",
                       (size_t) (b->pos - b->start), b->start);

        ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "s3o_presign string to sign but for the hash:%N\"%*s\"",
                       s->prologue.len, s->prologue.data);
    }

    ngx_free(b->start);
}

#endif
