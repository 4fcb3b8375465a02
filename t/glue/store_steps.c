
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * A worker may be killed between any two instructions: a writer of a new set
 * is stopped after each, and a reader must see the old set or the new one.
 *
 * link: ngx_http_s3o_store ngx_http_s3o_schedule ngx_http_s3o_zone
 *       ngx_http_s3o_tally
 */


#include "shared.h"

#include <sys/ptrace.h>
#include <sys/wait.h>


#define TOKEN  3000


static u_char  tokens[2][TOKEN];


static void
no_fetch(ngx_http_s3o_source_t *source)
{
}


static ngx_http_s3o_provider_t  provider = {
    ngx_string("test"), NULL, NULL, NULL, NULL, no_fetch
};


static void
make(ngx_http_s3o_set_t *set, ngx_uint_t n)
{
    static char *const  id[] = { "AKIDOLD", "AKIDOFTHENEWONE" };
    static char *const  secret[] = { "SECRET/OF/THE/OLD/ONE", "NEW" };

    ngx_memzero(set, sizeof(ngx_http_s3o_set_t));

    set->access_key_id.data = (u_char *) id[n];
    set->access_key_id.len = strlen(id[n]);
    set->secret_access_key.data = (u_char *) secret[n];
    set->secret_access_key.len = strlen(secret[n]);
    memset(tokens[n], 'a' + (int) n, TOKEN);
    set->session_token.data = tokens[n];
    set->session_token.len = TOKEN - 100 * n;
    set->expires = ngx_time() + 3600 + n;
}


static ngx_uint_t
same(const ngx_http_s3o_set_t *a, const ngx_http_s3o_set_t *b)
{
#define eq(f)                                                                \
    (a->f.len == b->f.len && ngx_memcmp(a->f.data, b->f.data, a->f.len) == 0)

    return a->expires == b->expires && eq(access_key_id)
           && eq(secret_access_key) && eq(session_token);
}


/* what a worker without a copy sees now: 0 old, 1 new, 2 neither */

static ngx_uint_t
look(ngx_http_s3o_source_t *reader, ngx_http_s3o_set_t *sets)
{
    const ngx_http_s3o_set_t  *set;

    free(reader->mem);
    reader->mem = NULL;
    ngx_memzero(&reader->set, sizeof(ngx_http_s3o_set_t));

    set = ngx_http_s3o_snapshot(reader);

    return set == NULL ? 2 : same(set, &sets[0]) ? 0
                     : same(set, &sets[1]) ? 1 : 2;
}


static void
step(pid_t pid, ngx_http_s3o_source_t *reader, ngx_http_s3o_set_t *sets)
{
    int         status;
    ngx_uint_t  steps, seen[3], now, last, back;

    ngx_memzero(seen, sizeof(seen));
    steps = 0;
    last = 0;
    back = 0;

    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        now = look(reader, sets);

        seen[now]++;
        steps++;
        back += now < last;
        last = now;

        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1) {
            break;
        }
    }

    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the writer ends");
    ok(steps > 100, "after %u instructions", (unsigned) steps);
    ok(seen[0] > 10 && seen[1] > 0, "the old set is seen, and the new one");
    ok(seen[2] == 0, "something else is seen %u times", (unsigned) seen[2]);
    ok(back == 0, "what was new stays new");
    ok(look(reader, sets) == 1, "the new set is there at the end");
}


static ngx_uint_t
occurs(const u_char *text, size_t len)
{
    size_t  i;

    for (i = 0; i + len <= SHARED_SIZE; i++) {
        if (ngx_memcmp(shared_mem + i, text, len) == 0) {
            return 1;
        }
    }

    return 0;
}


int
main(void)
{
    pid_t                   pid;
    ngx_array_t             sources;
    ngx_http_s3o_set_t      sets[2];
    ngx_http_s3o_store_t    store;
    ngx_http_s3o_source_t   source, reader, *list[1];

    ngx_memzero(&source, sizeof(ngx_http_s3o_source_t));
    ngx_memzero(&store, sizeof(ngx_http_s3o_store_t));
    ngx_memzero(&sources, sizeof(ngx_array_t));

    source.provider = &provider;
    list[0] = &source;
    sources.elts = list;
    sources.nelts = 1;

    shared_init(&store, &sources);

    make(&sets[0], 0);
    make(&sets[1], 1);

    ngx_http_s3o_store_publish(&source, &sets[0]);

    reader = source;

    ok(look(&reader, sets) == 0, "the old set is there");

    pid = fork();

    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1) {
            _exit(77);
        }

        raise(SIGSTOP);
        ngx_http_s3o_store_publish(&source, &sets[1]);
        _exit(0);
    }

    step(pid, &reader, sets);

    ok(!occurs(sets[0].secret_access_key.data, sets[0].secret_access_key.len)
       && !occurs(sets[0].session_token.data, 100),
       "nothing of the old set is left");

    return done();
}
