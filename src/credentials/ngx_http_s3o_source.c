
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Sources of credentials: one for each distinct "s3o_presign_credentials".
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <ngx_sha1.h>

#include "ngx_http_s3o_source.h"
#include "ngx_http_s3o_fetch.h"
#include "ngx_http_s3o_origin.h"
#include "ngx_http_s3o_params.h"
#include "ngx_http_s3o_profile.h"
#include "ngx_http_s3o_provider_constant.h"
#include "ngx_http_s3o_provider_container.h"
#include "ngx_http_s3o_provider_default.h"
#include "ngx_http_s3o_provider_file.h"
#include "ngx_http_s3o_provider_imds.h"
#include "ngx_http_s3o_provider_sts.h"


/* roles in a row */
#define NGX_HTTP_S3O_STEPS_MAX  3


static ngx_int_t ngx_http_s3o_source_resolve(ngx_conf_t *cf, ngx_str_t *args,
    ngx_uint_t n, ngx_array_t *found, ngx_uint_t *profiled);
static ngx_uint_t ngx_http_s3o_source_is(const ngx_str_t *arg,
    const char *name);
static void ngx_http_s3o_source_profiled(ngx_http_s3o_source_t *source);
static ngx_http_s3o_source_t *ngx_http_s3o_source_make(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_str_t *args, ngx_uint_t n);
static ngx_int_t ngx_http_s3o_source_add_inner(ngx_conf_t *cf,
    ngx_array_t *sources, ngx_http_s3o_source_t *source);
static const ngx_http_s3o_provider_t *ngx_http_s3o_provider_find(
    ngx_conf_t *cf, ngx_str_t *name);
static const char *ngx_http_s3o_provider_meant(const ngx_str_t *name);
static void ngx_http_s3o_source_id(const ngx_http_s3o_provider_t *provider,
    ngx_str_t *args, ngx_uint_t n, u_char *id);
static ngx_http_s3o_source_t *ngx_http_s3o_source_find(ngx_array_t *sources,
    const u_char *id, ngx_http_s3o_source_t ***place);


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
    ngx_str_t               name, *arg;
    ngx_uint_t              is_default, profiled;
    ngx_array_t             found;
    ngx_http_s3o_source_t  *source;

    /* "name=" is no parameter: a source with another name is the same source */

    if (ngx_http_s3o_name_take(cf, args, &n, &name) != NGX_OK
        || ngx_array_init(&found, cf->pool, 8, sizeof(ngx_str_t)) != NGX_OK
        || ngx_http_s3o_source_resolve(cf, args, n, &found, &profiled)
           != NGX_OK)
    {
        return NULL;
    }

    is_default = ngx_http_s3o_source_is(&args[0], "default");
    arg = found.nelts ? found.elts : args;

    source = ngx_http_s3o_source_make(cf, sources, arg, found.nelts
                                                        ? found.nelts : n);
    if (source == NULL) {
        return NULL;
    }

    if (profiled) {
        ngx_http_s3o_source_profiled(source);
    }

    if (is_default) {
        ngx_conf_log_error(NGX_LOG_NOTICE, cf, 0,
                           "\"s3o_presign_credentials default\" uses \"%V\"",
                           &arg[0]);
    }

    return ngx_http_s3o_name_set(cf, source, &name) == NGX_OK ? source : NULL;
}


/*
 * "default", and "file" with "config=", stand for other arguments: "found" is
 * set to them.  For other sources it stays empty.
 */

static ngx_int_t
ngx_http_s3o_source_resolve(ngx_conf_t *cf, ngx_str_t *args, ngx_uint_t n,
    ngx_array_t *found, ngx_uint_t *profiled)
{
    ngx_uint_t  i;

    *profiled = 0;

    if (ngx_http_s3o_source_is(&args[0], "default")) {
        return ngx_http_s3o_default_args(cf, &args[1], n - 1, found, profiled);
    }

    if (!ngx_http_s3o_source_is(&args[0], "file")) {
        return NGX_OK;
    }

    for (i = 1; i < n; i++) {
        if (ngx_strncmp(args[i].data, "config=", 7) == 0) {
            *profiled = 1;
            return ngx_http_s3o_profile_find(cf, &args[1], n - 1, found);
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_s3o_source_is(const ngx_str_t *arg, const char *name)
{
    return arg->len == ngx_strlen(name)
           && ngx_strncmp(arg->data, name, arg->len) == 0;
}


/* marks a source of a profile, and its inner sources */

static void
ngx_http_s3o_source_profiled(ngx_http_s3o_source_t *source)
{
    for ( /* void */ ; source; source = source->inner) {
        source->profiled = 1;
    }
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

    /*
     * added to the list first, so that its secrets are wiped if something
     * fails
     */

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

    if (provider->load(cf, source) != NGX_CONF_OK
        || (source->inner_args
            && ngx_http_s3o_source_add_inner(cf, sources, source) != NGX_OK))
    {
        return NULL;
    }

    if (source->set.expires && source->set.expires <= ngx_time()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "credentials of \"s3o_presign_credentials %V\" "
                           "have expired", &provider->name);
    }

    return source;
}


/* adds the source whose set this one needs for a fetch */

static ngx_int_t
ngx_http_s3o_source_add_inner(ngx_conf_t *cf, ngx_array_t *sources,
    ngx_http_s3o_source_t *source)
{
    source->inner = ngx_http_s3o_source_add(cf, sources,
                                            source->inner_args->elts,
                                            source->inner_args->nelts);
    source->inner_args = NULL;

    if (source->inner == NULL) {
        return NGX_ERROR;
    }

    source->steps = source->inner->steps + 1;

    if (source->steps > NGX_HTTP_S3O_STEPS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials %V\" has too many roles "
                           "in a row: expected at most %d",
                           &source->provider->name, NGX_HTTP_S3O_STEPS_MAX);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static const ngx_http_s3o_provider_t *
ngx_http_s3o_provider_find(ngx_conf_t *cf, ngx_str_t *name)
{
    const char                     *meant;
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

    meant = ngx_http_s3o_provider_meant(name);

    if (meant) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"s3o_presign_credentials\" directive has invalid "
                           "source \"%V\": the source is called \"%s\" here",
                           name, meant);
        return NULL;
    }

    if (!ngx_http_s3o_is_word(name)) {
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


/* words of AWS for some sources; NULL for any other */

static const char *
ngx_http_s3o_provider_meant(const ngx_str_t *name)
{
    ngx_uint_t  i;

    static const struct {
        ngx_str_t    word;
        const char  *source;
    } words[] = {
        { ngx_string("ec2"), "imds" },
        { ngx_string("instance"), "imds" },
        { ngx_string("instance_profile"), "imds" },
        { ngx_string("ecs"), "container" },
        { ngx_string("eks"), "container" },
        { ngx_string("irsa"), "web_identity" },
        { ngx_string("sts"), "assume_role" },
        { ngx_string("role"), "assume_role" },
        { ngx_string("profile"), "file" },
        { ngx_string("environment"), "env" }
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (name->len == words[i].word.len
            && ngx_strncmp(name->data, words[i].word.data, name->len) == 0)
        {
            return words[i].source;
        }
    }

    return NULL;
}


/* computes the id by which a source and its slot in shared memory are found */

static void
ngx_http_s3o_source_id(const ngx_http_s3o_provider_t *provider,
    ngx_str_t *args, ngx_uint_t n, u_char *id)
{
    ngx_uint_t  i;
    ngx_sha1_t  sha1;

    ngx_sha1_init(&sha1);

    /* with the final zero, a byte that no parameter has */

    ngx_sha1_update(&sha1, provider->name.data, provider->name.len + 1);

    for (i = 0; i < n; i++) {
        ngx_sha1_update(&sha1, args[i].data, args[i].len);
        ngx_sha1_update(&sha1, "", 1);
    }

    ngx_sha1_final(id, &sha1);
}


/*
 * Looks for a source in the tree whose root is the first source.  Ids are
 * hashes, so the tree is not balanced otherwise.  *place is set to where a
 * new source belongs.
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
