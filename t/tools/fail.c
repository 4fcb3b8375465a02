
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * For an nginx under test, loaded before its other libraries: what seldom
 * fails fails when it is told to.  A file, named by S3O_FAIL_FILE, holds two
 * numbers of four bytes that the test writes:
 *
 *     so many allocations until one of them fails; 0: none does
 *     not 0: OpenSSL says that it has signed, with a length of 2^32 - 1, as
 *     3.0 does when it is out of memory
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>


#define FAIL_SIZE  (2 * sizeof(int32_t))


extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);


static int32_t  *control;


static void fail_init(void) __attribute__((constructor));


static void
fail_init(void)
{
    int          fd;
    void        *p;
    const char  *file;

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


void *
malloc(size_t size)
{
    if (fail_now()) {
        errno = ENOMEM;
        return NULL;
    }

    return __libc_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    if (fail_now()) {
        errno = ENOMEM;
        return NULL;
    }

    return __libc_calloc(n, size);
}


void *
realloc(void *p, size_t size)
{
    if (fail_now()) {
        errno = ENOMEM;
        return NULL;
    }

    return __libc_realloc(p, size);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    if (fail_now()) {
        return ENOMEM;
    }

    *p = __libc_memalign(alignment, size);

    return *p ? 0 : ENOMEM;
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
