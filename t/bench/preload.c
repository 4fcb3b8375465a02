
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * For an nginx that runs in valgrind, loaded before its other libraries.
 *
 * Counting starts when nginx has read its configuration and opens its socket,
 * because counting while nginx reads 10,000 locations takes minutes.  The clock
 * stands still: work that nginx does once a second is negligible among the
 * requests of a second, but not among the few that run in valgrind.
 */


#define _GNU_SOURCE

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <valgrind/callgrind.h>


#define CLOCKS  16


int
listen(int fd, int backlog)
{
    CALLGRIND_START_INSTRUMENTATION;

    return (int) syscall(SYS_listen, fd, backlog);
}


int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    static struct timeval  now;

    (void) tz;

    if (now.tv_sec == 0) {
        (void) syscall(SYS_gettimeofday, &now, NULL);
    }

    *tv = now;

    return 0;
}


int
clock_gettime(clockid_t id, struct timespec *ts)
{
    static struct timespec  now[CLOCKS];

    if (id < 0 || id >= CLOCKS) {
        return (int) syscall(SYS_clock_gettime, id, ts);
    }

    if (now[id].tv_sec == 0) {
        (void) syscall(SYS_clock_gettime, id, &now[id]);
    }

    *ts = now[id];

    return 0;
}
