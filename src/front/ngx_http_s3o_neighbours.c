
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What other modules have configured in a location.  Their structures are
 * private, but their names, their directives and the first fields of their
 * configurations are known.
 */


#include "ngx_http_s3o_neighbours.h"


static ngx_module_t *ngx_http_s3o_neighbour(ngx_conf_t *cf, const char *name);
static ngx_http_handler_pt ngx_http_s3o_proxy_pass_handler(ngx_conf_t *cf,
    ngx_http_s3o_main_conf_t *smcf);
static size_t ngx_http_s3o_proxy_values(ngx_conf_t *cf, ngx_module_t *module,
    void *fresh, void *set);
static size_t ngx_http_s3o_proxy_cache_key_offset(ngx_conf_t *cf,
    ngx_module_t *module, void *set);
static size_t ngx_http_s3o_last_offset(ngx_module_t *module);
static ngx_uint_t ngx_http_s3o_pool_has(ngx_pool_t *pool, void *data,
    size_t size);
static ngx_command_t *ngx_http_s3o_command(ngx_module_t *module,
    const char *name);


static ngx_module_t *
ngx_http_s3o_neighbour(ngx_conf_t *cf, const char *name)
{
    ngx_uint_t      i;
    ngx_module_t  **modules;

    modules = cf->cycle->modules;

    for (i = 0; modules[i]; i++) {
        if (modules[i]->type == NGX_HTTP_MODULE
            && ngx_strcmp(modules[i]->name, name) == 0)
        {
            return modules[i];
        }
    }

    return NULL;
}


/*
 * Proxy mode calls the content handler of a location in its own way, which
 * only the handler of proxy_pass allows: other handlers may have sent the
 * answer, and freed the request, when they return.
 */

ngx_uint_t
ngx_http_s3o_is_proxy_pass(ngx_conf_t *cf, ngx_http_handler_pt handler)
{
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);

    if (smcf->proxy_pass == NULL) {
        smcf->proxy_pass = ngx_http_s3o_proxy_pass_handler(cf, smcf);
    }

    return smcf->proxy_pass && handler == smcf->proxy_pass;
}


/*
 * Returns the content handler of proxy_pass.  The proxy module sets it in a
 * location only, so this function makes a location that is not part of the
 * configuration, and sets "proxy_pass" in it.
 */

static ngx_http_handler_pt
ngx_http_s3o_proxy_pass_handler(ngx_conf_t *cf,
    ngx_http_s3o_main_conf_t *smcf)
{
    void                      *fresh, *set;
    ngx_str_t                 *value;
    ngx_conf_t                 conf;
    ngx_module_t              *module;
    ngx_command_t             *cmd;
    ngx_http_module_t         *http;
    ngx_http_conf_ctx_t        ctx;
    ngx_http_core_loc_conf_t  *clcf;

    module = ngx_http_s3o_neighbour(cf, "ngx_http_proxy_module");
    cmd = module ? ngx_http_s3o_command(module, "proxy_pass") : NULL;

    if (cmd == NULL) {
        return NULL;
    }

    http = module->ctx;
    conf = *cf;
    ctx = *(ngx_http_conf_ctx_t *) cf->ctx;

    conf.ctx = &ctx;
    conf.args = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    ctx.loc_conf = ngx_pcalloc(cf->pool, sizeof(void *) * ngx_http_max_module);
    clcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_core_loc_conf_t));
    fresh = http->create_loc_conf(cf);
    set = http->create_loc_conf(cf);
    value = conf.args ? ngx_array_push_n(conf.args, 2) : NULL;

    if (value == NULL
        || ctx.loc_conf == NULL
        || clcf == NULL
        || fresh == NULL
        || set == NULL)
    {
        return NULL;
    }

    ngx_str_set(&value[0], "proxy_pass");
    ngx_str_set(&value[1], "$s3o_presign_url");

    ctx.loc_conf[ngx_http_core_module.ctx_index] = clcf;
    ctx.loc_conf[module->ctx_index] = set;

    if (cmd->set(&conf, cmd, set) != NGX_CONF_OK) {
        return NULL;
    }

    smcf->proxy_values = ngx_http_s3o_proxy_values(cf, module, fresh, set);
    smcf->cache_key = ngx_http_s3o_proxy_cache_key_offset(&conf, module, set);

    return clcf->handler;
}


/*
 * Returns where the configuration of the proxy module has the program that
 * makes the value of "proxy_pass".  Setting "proxy_pass $s3o_presign_url" has
 * stored two pointers to programs: one for the length, and this one.  All
 * words up to the last offset that a directive names are in the structure.
 * Another nginx may have stored other things, too, so a word is a pointer only
 * if it points into the pool.
 */

static size_t
ngx_http_s3o_proxy_values(ngx_conf_t *cf, ngx_module_t *module, void *fresh,
    void *set)
{
    size_t                    offset, last;
    uintptr_t                 before, after;
    ngx_array_t              *codes;
    ngx_http_script_code_pt  *code;

    last = ngx_http_s3o_last_offset(module);

    for (offset = sizeof(ngx_http_upstream_conf_t);
         offset + sizeof(uintptr_t) <= last;
         offset += sizeof(uintptr_t))
    {
        before = *(uintptr_t *) ((u_char *) fresh + offset);
        after = *(uintptr_t *) ((u_char *) set + offset);

        codes = (ngx_array_t *) after;

        if (before
            || !ngx_http_s3o_pool_has(cf->pool, codes, sizeof(ngx_array_t))
            || !ngx_http_s3o_pool_has(cf->pool, codes->elts,
                                      sizeof(ngx_http_script_code_pt)))
        {
            continue;
        }

        code = codes->elts;

        if (*code == ngx_http_script_copy_var_code) {
            return offset;
        }
    }

    return 0;
}


/*
 * Returns where the configuration of the proxy module has "proxy_cache_key",
 * or 0.  The directive is set in the structure that is not part of the
 * configuration, and stores the address of its text.  "cf" has an array of two
 * arguments.
 */

static size_t
ngx_http_s3o_proxy_cache_key_offset(ngx_conf_t *cf, ngx_module_t *module,
    void *set)
{
    size_t          offset, last;
    ngx_str_t      *value;
    ngx_command_t  *cmd;

    cmd = ngx_http_s3o_command(module, "proxy_cache_key");

    if (cmd == NULL) {
        return 0;
    }

    value = cf->args->elts;

    ngx_str_set(&value[0], "proxy_cache_key");
    ngx_str_set(&value[1], "s3o_presign");

    if (cmd->set(cf, cmd, set) != NGX_CONF_OK) {
        return 0;
    }

    last = ngx_http_s3o_last_offset(module);

    for (offset = sizeof(ngx_http_upstream_conf_t);
         offset + sizeof(ngx_http_complex_value_t) <= last;
         offset += sizeof(uintptr_t))
    {
        value = (ngx_str_t *) ((u_char *) set + offset);

        if (value->len == sizeof("s3o_presign") - 1
            && value->data == ((ngx_str_t *) cf->args->elts)[1].data)
        {
            return offset;
        }
    }

    return 0;
}


/* a structure is no shorter than the last offset that a directive names */

static size_t
ngx_http_s3o_last_offset(ngx_module_t *module)
{
    size_t          last;
    ngx_command_t  *cmd;

    last = 0;

    for (cmd = module->commands; cmd->name.len; cmd++) {
        if (cmd->conf == NGX_HTTP_LOC_CONF_OFFSET) {
            last = ngx_max(last, cmd->offset);
        }
    }

    return last;
}


ngx_http_complex_value_t *
ngx_http_s3o_proxy_cache_key(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
#if (NGX_HTTP_CACHE)

    u_char                    *p;
    ngx_module_t              *module;
    ngx_http_upstream_conf_t  *ucf;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);
    module = ngx_http_s3o_neighbour(cf, "ngx_http_proxy_module");

    if (module && smcf->cache_key) {
        p = clcf->loc_conf[module->ctx_index];
        ucf = (ngx_http_upstream_conf_t *) p;

        if (ucf->cache == 1) {
            return (ngx_http_complex_value_t *) (p + smcf->cache_key);
        }
    }

#endif

    return NULL;
}


/* 1 when the pool has so many bytes there, which may be any address */

static ngx_uint_t
ngx_http_s3o_pool_has(ngx_pool_t *pool, void *data, size_t size)
{
    u_char            *p;
    ngx_pool_t        *block;
    ngx_pool_large_t  *large;

    p = data;

    if (p == NULL || (uintptr_t) p % sizeof(uintptr_t)) {
        return 0;
    }

    block = pool;

    do {
        if (p > (u_char *) block
            && p < block->d.last
            && size <= (size_t) (block->d.last - p))
        {
            return 1;
        }

        block = block->d.next;

    } while (block);

    for (large = pool->large; large; large = large->next) {
        if (large->alloc == data) {
            return 1;
        }
    }

    return 0;
}


/*
 * Returns the first instruction of the program that makes the value of
 * "proxy_pass": it copies a text or a variable.  NULL if the value has no
 * variables.
 */

ngx_http_script_code_pt *
ngx_http_s3o_proxy_pass_code(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
    u_char                    *p;
    ngx_array_t               *codes;
    ngx_module_t              *module;
    ngx_http_s3o_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_s3o_presign_module);
    module = ngx_http_s3o_neighbour(cf, "ngx_http_proxy_module");

    if (module == NULL || smcf->proxy_values == 0) {
        return NULL;
    }

    p = clcf->loc_conf[module->ctx_index];
    codes = *(ngx_array_t **) (p + smcf->proxy_values);

    return codes ? codes->elts : NULL;
}


/* 1 when the proxy module verifies certificates, or cannot use TLS */

ngx_uint_t
ngx_http_s3o_proxy_verifies(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
#if (NGX_HTTP_SSL || NGX_COMPAT)

    ngx_module_t              *module;
    ngx_http_upstream_conf_t  *ucf;

    module = ngx_http_s3o_neighbour(cf, "ngx_http_proxy_module");

    if (module && ngx_http_s3o_command(module, "proxy_ssl_verify")) {
        ucf = clcf->loc_conf[module->ctx_index];

        return ucf->ssl_verify == 1;
    }

#endif

    return 1;
}


static ngx_command_t *
ngx_http_s3o_command(ngx_module_t *module, const char *name)
{
    ngx_command_t  *cmd;

    for (cmd = module->commands; cmd->name.len; cmd++) {
        if (ngx_strcmp(cmd->name.data, name) == 0) {
            return cmd;
        }
    }

    return NULL;
}


/* the configuration of the proxy module begins with that of the upstream */

ngx_uint_t
ngx_http_s3o_proxy_converts_head(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf)
{
#if (NGX_HTTP_CACHE)

    ngx_module_t              *module;
    ngx_http_upstream_conf_t  *ucf;

    module = ngx_http_s3o_neighbour(cf, "ngx_http_proxy_module");

    if (module) {
        ucf = clcf->loc_conf[module->ctx_index];

        return ucf->cache == 1 && ucf->cache_convert_head;
    }

#endif

    return 0;
}


/*
 * 1 when the first directive that the rewrite module runs in a location is
 * "return".  The configuration of that module begins with the program of
 * "return", "set" and "if", and each instruction begins with a function.  The
 * lengths of instructions are private, so only the first one can be read.
 */

ngx_uint_t
ngx_http_s3o_returns(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
    ngx_array_t              *codes;
    ngx_module_t             *module;
    ngx_http_script_code_pt  *code;

    module = ngx_http_s3o_neighbour(cf, "ngx_http_rewrite_module");

    if (module == NULL) {
        return 0;
    }

    codes = *(ngx_array_t **) clcf->loc_conf[module->ctx_index];

    if (codes == NULL || codes->nelts == 0) {
        return 0;
    }

    code = codes->elts;

    return *code == ngx_http_script_return_code;
}


/* 1 when that "return" has the variable in its text */

ngx_uint_t
ngx_http_s3o_returns_variable(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf,
    ngx_int_t variable)
{
    ngx_uint_t                     *index;
    ngx_array_t                    *codes;
    ngx_module_t                   *module;
    ngx_http_script_return_code_t  *ret;

    if (!ngx_http_s3o_returns(cf, clcf)) {
        return 0;
    }

    module = ngx_http_s3o_neighbour(cf, "ngx_http_rewrite_module");
    codes = *(ngx_array_t **) clcf->loc_conf[module->ctx_index];
    ret = codes->elts;

    for (index = ret->text.flushes;
         index && *index != (ngx_uint_t) -1;
         index++)
    {
        if (*index == (ngx_uint_t) variable) {
            return 1;
        }
    }

    return 0;
}


/*
 * 1 when "auth_basic" checks the password of each request.  The configuration
 * of its module begins with the realm and the file of users.
 */

ngx_uint_t
ngx_http_s3o_checks_password(ngx_conf_t *cf, ngx_http_core_loc_conf_t *clcf)
{
    ngx_module_t               *module;
    ngx_http_complex_value_t  **value, *realm;

    module = ngx_http_s3o_neighbour(cf, "ngx_http_auth_basic_module");

    if (module == NULL) {
        return 0;
    }

    value = clcf->loc_conf[module->ctx_index];
    realm = value[0];

    if (realm == NULL
        || realm == NGX_CONF_UNSET_PTR
        || value[1] == NULL
        || value[1] == NGX_CONF_UNSET_PTR)
    {
        return 0;
    }

    /* a realm with variables may be "off" */

    return realm->lengths == NULL
           && !s3o_str_is(&realm->value, "off");
}


/*
 * 1 when "auth_request_set" sets the variable with this index.  The
 * configuration of its module has the list of variables after the URI, and
 * each entry begins with the index.
 */

ngx_uint_t
ngx_http_s3o_sets_after_request(ngx_conf_t *cf,
    ngx_http_core_loc_conf_t *clcf, ngx_uint_t index)
{
    u_char         *p;
    ngx_uint_t      i;
    ngx_array_t    *vars;
    ngx_module_t   *module;

    struct {
        ngx_str_t     uri;
        ngx_array_t  *vars;
    } *conf;

    module = ngx_http_s3o_neighbour(cf, "ngx_http_auth_request_module");

    if (module == NULL) {
        return 0;
    }

    conf = clcf->loc_conf[module->ctx_index];
    vars = conf->vars;

    if (vars == NULL || vars == NGX_CONF_UNSET_PTR) {
        return 0;
    }

    p = vars->elts;

    for (i = 0; i < vars->nelts; i++) {

        if (*(ngx_int_t *) p == (ngx_int_t) index) {
            return 1;
        }

        p += vars->size;
    }

    return 0;
}
