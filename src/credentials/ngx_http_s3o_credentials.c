
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Credential sources: one for each distinct "s3o_presign_credentials".
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <ngx_sha1.h>

#include "ngx_http_s3o_credentials.h"
#include "ngx_http_s3o_fetch.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_profile.h"
#include "ngx_http_s3o_store.h"


#define NGX_HTTP_S3O_WORD_MAX   32

/* three roles one behind the other, with 50 tags each, have some 200 */
#define NGX_HTTP_S3O_PARAMS_MAX  256

/* a service is not asked more often, in seconds */
#define NGX_HTTP_S3O_RENEW_MIN  60


static ngx_http_s3o_source_t *ngx_http_s3o_source_make(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_str_t *args, ngx_uint_t n);
static const ngx_http_s3o_provider_t *ngx_http_s3o_provider_find(
    ngx_conf_t *cf, ngx_str_t *name);
static void ngx_http_s3o_source_id(const ngx_http_s3o_provider_t *provider,
    ngx_str_t *args, ngx_uint_t n, u_char *id);
static ngx_http_s3o_source_t *ngx_http_s3o_source_find(ngx_array_t *sources,
    const u_char *id, ngx_http_s3o_source_t ***place);
static ngx_int_t ngx_http_s3o_source_params(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *args, ngx_uint_t n);
static ngx_int_t ngx_http_s3o_source_add_param(ngx_conf_t *cf,
    ngx_http_s3o_source_t *source, ngx_str_t *arg);
static void ngx_http_s3o_source_unknown(ngx_conf_t *cf,
    const ngx_http_s3o_provider_t *provider, ngx_str_t *name);
static ngx_uint_t ngx_http_s3o_word(const ngx_str_t *s);
static ngx_uint_t ngx_http_s3o_source_knows(ngx_http_s3o_source_t *source,
    ngx_str_t *name, ngx_uint_t *repeats);
static ngx_str_t *ngx_http_s3o_source_find_param(
    ngx_http_s3o_source_t *source, u_char *name, size_t len);
static ngx_uint_t ngx_http_s3o_text(const ngx_str_t *s, const char *not);
static ngx_uint_t ngx_http_s3o_quoted(const ngx_str_t *s);
static ngx_int_t ngx_http_s3o_copy(ngx_pool_t *pool, ngx_str_t *dst,
    const ngx_str_t *src);


static const ngx_http_s3o_provider_t  *ngx_http_s3o_providers[] = {
    &ngx_http_s3o_provider_static,
    &ngx_http_s3o_provider_env,
    &ngx_http_s3o_provider_file,
    &ngx_http_s3o_provider_imds,
    &ngx_http_s3o_provider_container,
    &ngx_http_s3o_provider_web_identity,
    &ngx_http_s3o_provider_assume_role,
    NULL
};


ngx_http_s3o_source_t *
ngx_http_s3o_source_add(ngx_conf_t *cf, ngx_array_t *sources, ngx_str_t *args,
    ngx_uint_t n)
{
    ngx_str_t               name;
    ngx_uint_t              i;
    ngx_http_s3o_source_t  *source;

    /* no parameter of a source: with another name it is the same one */

    if (ngx_http_s3o_name_take(cf, args, &n, &name) != NGX_OK) {
        return NULL;
    }

    source = NULL;

    if (args[0].len == 7 && ngx_strncmp(args[0].data, "default", 7) == 0) {
        source = ngx_http_s3o_default_add(cf, sources, &args[1], n - 1);
        goto made;
    }

    if (args[0].len == 4 && ngx_strncmp(args[0].data, "file", 4) == 0) {
        for (i = 1; i < n; i++) {
            if (ngx_strncmp(args[i].data, "config=", 7) == 0) {
                source = ngx_http_s3o_profile_add(cf, sources, &args[1],
                                                  n - 1);
                goto made;
            }
        }
    }

    source = ngx_http_s3o_source_make(cf, sources, args, n);

made:

    if (source == NULL || ngx_http_s3o_name_set(cf, source, &name) != NGX_OK) {
        return NULL;
    }

    return source;
}


static ngx_http_s3o_source_t *
ngx_http_s3o_source_make(ngx_conf_t *cf, ngx_array_t *sources, ngx_str_t *args,
    ngx_uint_t n)
{
    u_char                          id[NGX_HTTP_S3O_ID_LEN];
    ngx_str_t                      *renew;
    ngx_http_s3o_source_t          *source, **sp, **place;
    const ngx_http_s3o_provider_t  *provider;

    provider = ngx_http_s3o_provider_find(cf, &args[0]);
    if (provider == NULL) {
        return NULL;
    }

    ngx_http_s3o_source_id(provider, &args[1], n - 1, id);

    source = ngx_http_s3o_source_find(sources, id, &place);
    if (source) {
        return source;
    }

    source = ngx_pcalloc(cf->pool, sizeof(ngx_http_s3o_source_t));
    if (source == NULL) {
        return NULL;
    }

    /* in the list first: whatever fails below, its secrets are wiped */

    sp = ngx_array_push(sources);
    if (sp == NULL) {
        return NULL;
    }

    *sp = source;

    if (place) {
        *place = source;
    }

    source->provider = provider;
    ngx_memcpy(source->id, id, NGX_HTTP_S3O_ID_LEN);

    if (cf->conf_file) {
        source->conf_file = cf->conf_file->file.name;
        source->conf_line = cf->conf_file->line;
    }

    if (ngx_http_s3o_source_params(cf, source, &args[1], n - 1) != NGX_OK) {
        return NULL;
    }

    renew = ngx_http_s3o_source_param(source, "renew");

    if (renew) {
        source->renew = ngx_http_s3o_source_renew(cf, &provider->name, renew);

        if (source->renew == NGX_ERROR) {
            return NULL;
        }
    }

    if (provider->load(cf, source) != NGX_CONF_OK) {
        return NULL;
    }

    if (source->set.expires && source->set.expires <= ngx_time()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "credentials of \"s3o_presign_credentials %V\" "
                           "have expired", &provider->name);
    }

    return source;
}


static const ngx_http_s3o_provider_t *
ngx_http_s3o_provider_find(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                      i;
    const ngx_http_s3o_provider_t  *provider;

    for (i = 0; ngx_http_s3o_providers[i]; i++) {
        provider = ngx_http_s3o_providers[i];

        if (name->len == provider->name.len
            && ngx_strncmp(name->data, provider->name.data, name->len) == 0)
        {
            return provider;
        }
    }

    if (!ngx_http_s3o_word(name)) {
        ngx_str_set(name, "...");
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials\" directive has invalid "
                       "source \"%V\": expected \"static\", \"env\", "
                       "\"file\", \"imds\", \"container\", "
                       "\"web_identity\", \"assume_role\" or \"default\"",
                       name);
    return NULL;
}


/* what a source and its set in shared memory are known by */

static void
ngx_http_s3o_source_id(const ngx_http_s3o_provider_t *provider,
    ngx_str_t *args, ngx_uint_t n, u_char *id)
{
    ngx_uint_t  i;
    ngx_sha1_t  sha1;

    ngx_sha1_init(&sha1);

    /* with its final zero, which no parameter holds */

    ngx_sha1_update(&sha1, provider->name.data, provider->name.len + 1);

    for (i = 0; i < n; i++) {
        ngx_sha1_update(&sha1, args[i].data, args[i].len);
        ngx_sha1_update(&sha1, "", 1);
    }

    ngx_sha1_final(id, &sha1);
}


/*
 * In a tree below the first of them, which hashes keep from growing to one
 * side; "place" is where one that is not there belongs.
 */

static ngx_http_s3o_source_t *
ngx_http_s3o_source_find(ngx_array_t *sources, const u_char *id,
    ngx_http_s3o_source_t ***place)
{
    ngx_int_t               rc;
    ngx_http_s3o_source_t  *source;

    *place = NULL;

    if (sources->nelts == 0) {
        return NULL;
    }

    source = *(ngx_http_s3o_source_t **) sources->elts;

    while (source) {
        rc = ngx_memcmp(id, source->id, NGX_HTTP_S3O_ID_LEN);

        if (rc == 0) {
            return source;
        }

        *place = rc < 0 ? &source->less : &source->more;
        source = **place;
    }

    return NULL;
}


static ngx_int_t
ngx_http_s3o_source_params(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *args, ngx_uint_t n)
{
    ngx_uint_t  i;

    /* each is compared with all before it */

    if (n > NGX_HTTP_S3O_PARAMS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" directive has %ui "
                           "parameters: expected at most %d",
                           &source->provider->name, n,
                           NGX_HTTP_S3O_PARAMS_MAX);
        return NGX_ERROR;
    }

    if (ngx_array_init(&source->params, cf->pool, n ? n : 1,
                       sizeof(ngx_keyval_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_s3o_source_add_param(cf, source, &args[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * "name=value" stays in one piece behind key.data: equal arguments are found
 * by comparing it.  Values are never shown, they may be secrets, and so may
 * what should be a name and is not.
 */

static ngx_int_t
ngx_http_s3o_source_add_param(ngx_conf_t *cf, ngx_http_s3o_source_t *source,
    ngx_str_t *arg)
{
    u_char        *eq;
    ngx_str_t      name;
    ngx_uint_t     repeats;
    ngx_keyval_t  *kv;

    eq = ngx_strlchr(arg->data, arg->data + arg->len, '=');

    name.data = arg->data;
    name.len = eq ? (size_t) (eq - arg->data) : 0;

    if (eq == NULL || !ngx_http_s3o_source_knows(source, &name, &repeats)) {
        ngx_http_s3o_source_unknown(cf, source->provider, &name);
        return NGX_ERROR;
    }

    if (!repeats
        && ngx_http_s3o_source_find_param(source, name.data, name.len))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" directive has "
                           "duplicate parameter \"%V\"",
                           &source->provider->name, &name);
        return NGX_ERROR;
    }

    kv = ngx_array_push(&source->params);
    if (kv == NULL) {
        return NGX_ERROR;
    }

    kv->key = name;
    kv->value.data = eq + 1;
    kv->value.len = arg->data + arg->len - kv->value.data;

    if (kv->value.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" directive has "
                           "empty parameter \"%V\"",
                           &source->provider->name, &name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_http_s3o_source_unknown(ngx_conf_t *cf,
    const ngx_http_s3o_provider_t *provider, ngx_str_t *name)
{
    u_char      *p, *last, end;
    size_t       len;
    ngx_uint_t   i;
    u_char       expected[512];

    if (!ngx_http_s3o_word(name)) {
        ngx_str_set(name, "...");
    }

    p = expected;
    last = expected + sizeof(expected);

    for (i = 0; provider->params[i]; i++) {
        len = ngx_strlen(provider->params[i]);
        end = provider->params[i][len - 1];

        p = ngx_slprintf(p, last, "%s\"%*s%s=\"", i ? ", " : "",
                         end == '*' ? len - 1 : len, provider->params[i],
                         end == '.' ? "NAME" : "");
    }

    if (i == 0) {
        p = ngx_slprintf(p, last, "no parameters");
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"s3o_presign_credentials %V\" directive has unknown "
                       "parameter \"%V\": expected %*s",
                       &provider->name, name, (size_t) (p - expected),
                       expected);
}


/* a lower-case word: all names are, and no secret */

static ngx_uint_t
ngx_http_s3o_word(const ngx_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if ((s->data[i] < 'a' || s->data[i] > 'z') && s->data[i] != '_') {
            return 0;
        }
    }

    return s->len > 0 && s->len <= NGX_HTTP_S3O_WORD_MAX;
}


/*
 * A name that ends with "." stands for all that begin with it, and one with
 * "*" may be given more than once.
 */

static ngx_uint_t
ngx_http_s3o_source_knows(ngx_http_s3o_source_t *source, ngx_str_t *name,
    ngx_uint_t *repeats)
{
    size_t              len;
    const char *const  *param;

    for (param = source->provider->params; *param; param++) {
        len = ngx_strlen(*param);

        *repeats = (*param)[len - 1] == '*';
        len -= *repeats;

        if (name->len >= len
            && ngx_strncmp(*param, name->data, len) == 0
            && (name->len == len) != ((*param)[len - 1] == '.'))
        {
            return 1;
        }
    }

    return 0;
}


ngx_str_t *
ngx_http_s3o_source_param(ngx_http_s3o_source_t *source, const char *name)
{
    return ngx_http_s3o_source_find_param(source, (u_char *) name,
                                          ngx_strlen(name));
}


static ngx_str_t *
ngx_http_s3o_source_find_param(ngx_http_s3o_source_t *source, u_char *name,
    size_t len)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = source->params.elts;

    for (i = 0; i < source->params.nelts; i++) {
        if (kv[i].key.len == len
            && ngx_strncmp(kv[i].key.data, name, len) == 0)
        {
            return &kv[i].value;
        }
    }

    return NULL;
}


time_t
ngx_http_s3o_source_renew(ngx_conf_t *cf, const ngx_str_t *name,
    ngx_str_t *value)
{
    time_t  renew;

    renew = ngx_parse_time(value, 1);

    if (renew < NGX_HTTP_S3O_RENEW_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has invalid renew "
                           "\"%V\": expected a time of at least 1m",
                           name, value);
        return NGX_ERROR;
    }

    return renew;
}


const char *
ngx_http_s3o_source_set(ngx_http_s3o_source_t *source, ngx_pool_t *pool,
    const ngx_http_s3o_set_t *set)
{
    const char          *err;
    ngx_http_s3o_set_t   copy;

    err = ngx_http_s3o_set_check(set);
    if (err) {
        return err;
    }

    copy.expires = set->expires;
    copy.generation = source->set.generation + 1;

    if (ngx_http_s3o_copy(pool, &copy.access_key_id, &set->access_key_id)
        != NGX_OK
        || ngx_http_s3o_copy(pool, &copy.secret_access_key,
                             &set->secret_access_key)
           != NGX_OK
        || ngx_http_s3o_copy(pool, &copy.session_token, &set->session_token)
           != NGX_OK)
    {
        return "no memory";
    }

    source->set = copy;

    return NULL;
}


const char *
ngx_http_s3o_set_check(const ngx_http_s3o_set_t *set)
{
    if (set->access_key_id.len == 0) {
        return "the access key id is missing";
    }

    if (ngx_http_s3o_quoted(&set->access_key_id)) {
        return "the access key id is in quotes, expected it without them";
    }

    /*
     * A credential is "id/date/region/service/..." in a list of "a=b, c=d".
     * The other characters are those of a value that something was to replace,
     * such as "${ID}" and "<id>".
     */

    if (set->access_key_id.len > NGX_HTTP_S3O_ACCESS_KEY_MAX
        || !ngx_http_s3o_text(&set->access_key_id, "/,=\"'`\\$<>{}"))
    {
        return "the access key id is too long or has characters that it "
               "cannot have";
    }

    if (set->secret_access_key.len == 0) {
        return "the secret access key is missing";
    }

    if (ngx_http_s3o_quoted(&set->secret_access_key)) {
        return "the secret access key is in quotes, expected it without them";
    }

    if (set->secret_access_key.len > NGX_HTTP_S3O_SECRET_MAX
        || !ngx_http_s3o_text(&set->secret_access_key, ""))
    {
        return "the secret access key is too long or has characters that it "
               "cannot have";
    }

    if (ngx_http_s3o_quoted(&set->session_token)) {
        return "the session token is in quotes, expected it without them";
    }

    if (set->session_token.len > NGX_HTTP_S3O_TOKEN_MAX
        || !ngx_http_s3o_text(&set->session_token, ""))
    {
        return "the session token is too long or has characters that it "
               "cannot have";
    }

    return NULL;
}


/* visible ASCII, and none of the characters in "not" */

static ngx_uint_t
ngx_http_s3o_text(const ngx_str_t *s, const char *not)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (s->data[i] <= 0x20
            || s->data[i] >= 0x7f
            || ngx_strchr(not, s->data[i]))
        {
            return 0;
        }
    }

    return 1;
}


/*
 * Formats without quotes take them for a part of the value, and S3 would
 * refuse each signature.  No credential of AWS begins or ends with one.
 */

static ngx_uint_t
ngx_http_s3o_quoted(const ngx_str_t *s)
{
    u_char  first, last;

    if (s->len == 0) {
        return 0;
    }

    first = s->data[0];
    last = s->data[s->len - 1];

    return first == '"' || first == '\'' || last == '"' || last == '\'';
}


static ngx_int_t
ngx_http_s3o_copy(ngx_pool_t *pool, ngx_str_t *dst, const ngx_str_t *src)
{
    dst->len = src->len;
    dst->data = ngx_pnalloc(pool, src->len + 1);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn(dst->data, src->data ? src->data : (u_char *) "",
                src->len + 1);

    return NGX_OK;
}


void
ngx_http_s3o_source_wipe(ngx_http_s3o_source_t *source)
{
    ngx_uint_t     i;
    ngx_keyval_t  *kv;

    kv = source->params.elts;

    for (i = 0; i < source->params.nelts; i++) {
        ngx_explicit_memzero(kv[i].value.data, kv[i].value.len);
    }

    if (source->peer && source->peer->proxy) {
        ngx_explicit_memzero(source->peer->proxy->authorization.data,
                             source->peer->proxy->authorization.len);
    }

    if (source->mem) {
        ngx_explicit_memzero(source->mem, source->mem_len);
        ngx_free(source->mem);
        source->mem = NULL;
        return;
    }

    if (source->set.generation == 0) {
        return;
    }

    ngx_explicit_memzero(source->set.secret_access_key.data,
                         source->set.secret_access_key.len);
    ngx_explicit_memzero(source->set.session_token.data,
                         source->set.session_token.len);
}
