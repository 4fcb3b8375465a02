
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * For an nginx under test, loaded before its other libraries: lets calls fail
 * that seldom fail, when a test asks for it.  A file, named by S3O_FAIL_FILE,
 * has four numbers of four bytes.  The test writes the first two:
 *
 *     which allocation from then on fails, 1: the next one; 0: none
 *     not 0: OpenSSL reports that it has signed, with a length of 2^32 - 1,
 *     as 3.0 does when it is out of memory
 *
 * The test reads the third, the number of allocations that were not freed.  The
 * fourth is by how many seconds the clocks are ahead: libfaketime would itself
 * allocate memory at each call.
 *
 * A pool of nginx seldom has to allocate.  So the calls by which the module
 * asks nginx for memory are counted as well, and fail themselves: when the
 * module is loaded, its table of nginx's functions is changed.  With
 * S3O_FAIL_OWN in the environment only these calls are counted.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>


#define FAIL_MODULE  "ngx_http_s3o_presign_module"

#define FAIL_SIZE  (4 * sizeof(int32_t))


extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *p);


typedef void *(*fail_function_pt)(void *a, void *b, void *c, void *d, void *e,
    void *f);

typedef struct {
    const char         *name;
    fail_function_pt    function;
    fail_function_pt   *real;
} fail_hook_t;


static int       own;
static int32_t  *control;


static void fail_init(void) __attribute__((constructor));


static void
fail_init(void)
{
    int          fd;
    void        *p;
    const char  *file;

    own = getenv("S3O_FAIL_OWN") != NULL;
    file = getenv("S3O_FAIL_FILE");
    fd = file ? open(file, O_RDWR) : -1;

    if (fd == -1) {
        return;
    }

    p = mmap(NULL, FAIL_SIZE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);

    if (p != MAP_FAILED) {
        control = p;
    }
}


static int
fail_now(void)
{
    return control && *control > 0
           && __atomic_sub_fetch(control, 1, __ATOMIC_SEQ_CST) == 0;
}


static void *
fail_count(void *p, int32_t n)
{
    if (p && control) {
        __atomic_add_fetch(&control[2], n, __ATOMIC_SEQ_CST);
    }

    return p;
}


void *
malloc(size_t size)
{
    if (!own && fail_now()) {
        errno = ENOMEM;
        return NULL;
    }

    return fail_count(__libc_malloc(size), 1);
}


void *
calloc(size_t n, size_t size)
{
    if (!own && fail_now()) {
        errno = ENOMEM;
        return NULL;
    }

    return fail_count(__libc_calloc(n, size), 1);
}


void *
realloc(void *p, size_t size)
{
    if (!own && fail_now()) {
        errno = ENOMEM;
        return NULL;
    }

    /* realloc() of NULL is malloc(), and realloc() to size 0 is free() */

    return p ? (size ? __libc_realloc(p, size) : (free(p), NULL))
             : fail_count(__libc_malloc(size), 1);
}


void
free(void *p)
{
    __libc_free(fail_count(p, -1));
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    if (!own && fail_now()) {
        return ENOMEM;
    }

    *p = fail_count(__libc_memalign(alignment, size), 1);

    return *p ? 0 : ENOMEM;
}


int
clock_gettime(clockid_t id, struct timespec *ts)
{
    int  rc;

    rc = syscall(SYS_clock_gettime, id, ts);

    if (rc == 0 && control && (id == CLOCK_REALTIME || id == CLOCK_MONOTONIC
                               || id == CLOCK_MONOTONIC_COARSE))
    {
        ts->tv_sec += control[3];
    }

    return rc;
}


int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    struct timespec  ts;

    (void) tz;

    (void) clock_gettime(CLOCK_REALTIME, &ts);
    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;

    return 0;
}


time_t
time(time_t *t)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_REALTIME, &ts);

    if (t) {
        *t = ts.tv_sec;
    }

    return ts.tv_sec;
}


int
EVP_PKEY_sign(void *ctx, unsigned char *sig, size_t *len,
    const unsigned char *tbs, size_t tbs_len)
{
    static int  (*sign)(void *ctx, unsigned char *sig, size_t *len,
        const unsigned char *tbs, size_t tbs_len);

    if (control && control[1]) {
        *len = 4294967295;
        return 1;
    }

    if (sign == NULL) {
        *(void **) &sign = dlsym(RTLD_NEXT, "EVP_PKEY_sign");
    }

    return sign(ctx, sig, len, tbs, tbs_len);
}


/* functions of nginx, and what they return when there is no memory */

#define fail_hook(name, failure)                                             \
                                                                             \
static fail_function_pt  real_##name;                                        \
                                                                             \
static void *                                                                \
fail_##name(void *a, void *b, void *c, void *d, void *e, void *f)            \
{                                                                            \
    return fail_now() ? (void *) failure : real_##name(a, b, c, d, e, f);    \
}

fail_hook(ngx_alloc, 0)
fail_hook(ngx_alloc_chain_link, 0)
fail_hook(ngx_array_create, 0)
fail_hook(ngx_array_push, 0)
fail_hook(ngx_array_push_n, 0)
fail_hook(ngx_calloc, 0)
fail_hook(ngx_chain_get_free_buf, 0)
fail_hook(ngx_create_pool, 0)
fail_hook(ngx_create_temp_buf, 0)
fail_hook(ngx_create_temp_file, -1)
fail_hook(ngx_event_connect_peer, -1)
fail_hook(ngx_handle_read_event, -1)
fail_hook(ngx_handle_write_event, -1)
fail_hook(ngx_http_cleanup_add, 0)
fail_hook(ngx_http_complex_value, -1)
fail_hook(ngx_http_get_indexed_variable, 0)
fail_hook(ngx_http_get_variable, 0)
fail_hook(ngx_list_push, 0)
fail_hook(ngx_palloc, 0)
fail_hook(ngx_pcalloc, 0)
fail_hook(ngx_pnalloc, 0)
fail_hook(ngx_pool_cleanup_add, 0)
fail_hook(ngx_pstrdup, 0)
fail_hook(ngx_resolve_start, 0)
fail_hook(ngx_ssl_create_connection, -1)
fail_hook(ngx_thread_task_alloc, 0)

#define fail_entry(name)  { #name, fail_##name, &real_##name }

static fail_hook_t  hooks[] = {
    fail_entry(ngx_alloc),
    fail_entry(ngx_alloc_chain_link),
    fail_entry(ngx_array_create),
    fail_entry(ngx_array_push),
    fail_entry(ngx_array_push_n),
    fail_entry(ngx_calloc),
    fail_entry(ngx_chain_get_free_buf),
    fail_entry(ngx_create_pool),
    fail_entry(ngx_create_temp_buf),
    fail_entry(ngx_create_temp_file),
    fail_entry(ngx_event_connect_peer),
    fail_entry(ngx_handle_read_event),
    fail_entry(ngx_handle_write_event),
    fail_entry(ngx_http_cleanup_add),
    fail_entry(ngx_http_complex_value),
    fail_entry(ngx_http_get_indexed_variable),
    fail_entry(ngx_http_get_variable),
    fail_entry(ngx_list_push),
    fail_entry(ngx_palloc),
    fail_entry(ngx_pcalloc),
    fail_entry(ngx_pnalloc),
    fail_entry(ngx_pool_cleanup_add),
    fail_entry(ngx_pstrdup),
    fail_entry(ngx_resolve_start),
    fail_entry(ngx_ssl_create_connection),
    fail_entry(ngx_thread_task_alloc),
    { NULL, NULL, NULL }
};


static void
fail_slot(fail_function_pt *slot, const char *name)
{
    char         *page;
    size_t        size;
    fail_hook_t  *hook;

    for (hook = hooks; hook->name; hook++) {

        if (strcmp(hook->name, name) != 0 || *slot == hook->function) {
            continue;
        }

        /* the table may have been made read-only after it was filled in */

        size = sysconf(_SC_PAGESIZE);
        page = (char *) ((uintptr_t) slot & ~(size - 1));

        if (mprotect(page, size, PROT_READ|PROT_WRITE) == 0) {
            *(void **) hook->real = dlsym(RTLD_DEFAULT, name);
            *slot = hook->function;
        }
    }
}


static void
fail_module(void *handle)
{
    size_t           i, n;
    ElfW(Dyn)       *d;
    ElfW(Sym)       *symbols;
    ElfW(Rela)      *r;
    const char      *names;
    struct link_map *map;

    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
        return;
    }

    symbols = NULL;
    names = NULL;
    r = NULL;
    n = 0;

    for (d = map->l_ld; d->d_tag != DT_NULL; d++) {

        switch (d->d_tag) {

        case DT_SYMTAB:
            symbols = (ElfW(Sym) *) d->d_un.d_ptr;
            break;

        case DT_STRTAB:
            names = (const char *) d->d_un.d_ptr;
            break;

        case DT_JMPREL:
            r = (ElfW(Rela) *) d->d_un.d_ptr;
            break;

        case DT_PLTRELSZ:
            n = d->d_un.d_val / sizeof(ElfW(Rela));
            break;
        }
    }

    for (i = 0; symbols && names && r && i < n; i++) {
        fail_slot((fail_function_pt *) (map->l_addr + r[i].r_offset),
                  names + symbols[r[i].r_info >> 32].st_name);
    }
}


void *
dlopen(const char *file, int flags)
{
    void         *handle;
    static void  *(*real)(const char *file, int flags);

    if (real == NULL) {
        *(void **) &real = dlsym(RTLD_NEXT, "dlopen");
    }

    handle = real(file, flags);

    if (handle && control && file && strstr(file, FAIL_MODULE)) {
        fail_module(handle);
    }

    return handle;
}
