
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Checks that workers can read the files that they need while nginx runs.  Only
 * modes are looked at, no access control lists.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_http_s3o_readable.h"
#include "ngx_http_s3o_compat.h"


#define NGX_HTTP_S3O_GROUPS_MAX  1024


typedef struct {
    ngx_uid_t            user;
    int                  ngroups;
    gid_t                groups[NGX_HTTP_S3O_GROUPS_MAX];
} ngx_http_s3o_worker_t;


static void ngx_http_s3o_warn_readable(ngx_log_t *log,
    ngx_http_s3o_source_t *source);
static void ngx_http_s3o_find_worker(ngx_core_conf_t *ccf,
    ngx_http_s3o_worker_t *w);
static ngx_uint_t ngx_http_s3o_is_readable(const ngx_http_s3o_worker_t *w,
    const u_char *name);
static ngx_uint_t ngx_http_s3o_is_allowed(const ngx_http_s3o_worker_t *w,
    const char *name, ngx_uint_t bit);


void
ngx_http_s3o_check_readable(ngx_cycle_t *cycle, ngx_array_t *sources)
{
    ngx_uint_t               i;
    ngx_core_conf_t         *ccf;
    ngx_http_s3o_worker_t    worker;
    ngx_http_s3o_source_t  **source;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    /*
     * workers have another user only when a master that runs as root starts
     * them
     */

    if (geteuid() != 0
        || !ccf->master
        || ccf->user == (ngx_uid_t) NGX_CONF_UNSET_UINT
        || ccf->user == 0)
    {
        return;
    }

    worker.ngroups = 0;
    source = sources->elts;

    for (i = 0; i < sources->nelts; i++) {

        if (source[i]->file == NULL) {
            continue;
        }

        if (worker.ngroups == 0) {
            ngx_http_s3o_find_worker(ccf, &worker);
        }

        if (ngx_http_s3o_is_readable(&worker, source[i]->file->data)) {
            continue;
        }

        ngx_http_s3o_warn_readable(cycle->log, source[i]);
    }
}


/*
 * Not by ngx_log_error(), which looks at the level of "error_log": who tests
 * a configuration or starts nginx sees this warning like all those that are
 * written while the configuration is read.
 */

static void
ngx_http_s3o_warn_readable(ngx_log_t *log, ngx_http_s3o_source_t *source)
{
    ngx_http_s3o_log_always(NGX_LOG_WARN, log, 0,
                            "\"s3o_presign_credentials %V\" \"%V\" seems not "
                            "to be readable by the user of the workers: %s "
                            "in %V:%ui",
                            &source->provider->name, source->file,
                            source->provider->changed
                            ? "changes will be seen at reload only"
                            : "no credentials can be fetched",
                            &source->conf_file, source->conf_line);
}


/* finds the groups that initgroups() will give to the workers */

static void
ngx_http_s3o_find_worker(ngx_core_conf_t *ccf, ngx_http_s3o_worker_t *w)
{
    w->user = ccf->user;
    w->ngroups = NGX_HTTP_S3O_GROUPS_MAX;

    if (ccf->username == NULL
        || getgrouplist(ccf->username, ccf->group, w->groups, &w->ngroups)
           == -1)
    {
        w->groups[0] = ccf->group;
        w->ngroups = 1;
    }
}


/*
 * 1 when the mode of the file, and of each directory on the path to it,
 * allows reading.  Symbolic links are resolved.  A file that does not exist
 * yet counts as readable.
 */

static ngx_uint_t
ngx_http_s3o_is_readable(const ngx_http_s3o_worker_t *w, const u_char *name)
{
    char        *path, *slash;
    ngx_uint_t   ok;

    path = realpath((const char *) name, NULL);

    if (path == NULL) {
        return 1;
    }

    ok = ngx_http_s3o_is_allowed(w, path, S_IROTH);

    while (ok && (slash = strrchr(path, '/')) != NULL) {
        *slash = '\0';
        ok = ngx_http_s3o_is_allowed(w, path[0] ? path : "/", S_IXOTH);
    }

    free(path);

    return ok;
}


/*
 * 1 when a mode has "bit", which is given in its form for others.  For the
 * owner only the owner's bit counts, for a member of the group only the
 * group's.
 */

static ngx_uint_t
ngx_http_s3o_is_allowed(const ngx_http_s3o_worker_t *w, const char *name,
    ngx_uint_t bit)
{
    int              i;
    ngx_file_info_t  fi;

    if (ngx_file_info(name, &fi) == NGX_FILE_ERROR) {
        return 1;
    }

    if (fi.st_uid == w->user) {
        return (fi.st_mode & (bit << 6)) != 0;
    }

    for (i = 0; i < w->ngroups; i++) {
        if (fi.st_gid == w->groups[i]) {
            return (fi.st_mode & (bit << 3)) != 0;
        }
    }

    return (fi.st_mode & bit) != 0;
}
