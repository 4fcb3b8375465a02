
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * The upstream of the benchmark: an HTTP/1.1 server in one thread that costs
 * next to nothing.
 *
 *     sink PORT          listens on 127.0.0.1
 *
 * A body with a Content-Length is read and dropped, and the answer is 200
 * with a few bytes.  What comes for a path that begins with "/echo" is kept,
 * up to 256k, and is the body of the answer: so that signatures can be
 * verified.
 */


#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>


#define SINK_BUFFER  (256 * 1024)
#define SINK_EVENTS  64


typedef struct {
    int     fd;
    int     echo;
    size_t  len;        /* of what is in the buffer */
    size_t  left;       /* of the body, not read yet */
    int     body;       /* the head is complete */
    char    buf[SINK_BUFFER + 1];
} conn_t;


static int sink_listen(int port);
static void sink_accept(int ep, int s);
static void sink_read(conn_t *c);
static int sink_fill(conn_t *c);
static int sink_drop(conn_t *c);
static int sink_head(conn_t *c);
static int sink_answer(conn_t *c);
static int sink_write(conn_t *c, const char *data, size_t len);
static void sink_close(conn_t *c);


int
main(int argc, char **argv)
{
    int                 ep, s, i, n;
    struct epoll_event  ee, events[SINK_EVENTS];

    if (argc != 2) {
        fprintf(stderr, "usage: sink PORT\n");
        return 2;
    }

    s = sink_listen(atoi(argv[1]));
    ep = epoll_create1(0);

    memset(&ee, 0, sizeof(ee));
    ee.events = EPOLLIN;

    if (s == -1 || ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, s, &ee) == -1) {
        perror("sink");
        return 1;
    }

    for ( ;; ) {
        n = epoll_wait(ep, events, SINK_EVENTS, -1);

        for (i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL) {
                sink_accept(ep, s);

            } else {
                sink_read(events[i].data.ptr);
            }
        }
    }
}


static int
sink_listen(int port)
{
    int                 s, on;
    struct sockaddr_in  sin;

    on = 1;
    s = socket(AF_INET, SOCK_STREAM, 0);

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_port = htons(port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    if (s == -1
        || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1
        || bind(s, (struct sockaddr *) &sin, sizeof(sin)) == -1
        || listen(s, 511) == -1)
    {
        return -1;
    }

    return s;
}


static void
sink_accept(int ep, int s)
{
    int                 on;
    conn_t             *c;
    struct epoll_event  ee;

    c = malloc(sizeof(conn_t));
    if (c == NULL) {
        return;
    }

    c->len = 0;
    c->left = 0;
    c->body = 0;

    c->fd = accept4(s, NULL, NULL, SOCK_NONBLOCK);

    if (c->fd == -1) {
        free(c);
        return;
    }

    on = 1;
    (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    memset(&ee, 0, sizeof(ee));
    ee.events = EPOLLIN;
    ee.data.ptr = c;

    if (epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ee) == -1) {
        sink_close(c);
    }
}


/* each function returns 1 to go on, 0 to wait, and -1 at the end */

static void
sink_read(conn_t *c)
{
    int  rc;

    do {
        rc = (c->body && !c->echo) ? sink_drop(c) : sink_fill(c);

        if (rc == 1 && !c->body) {
            rc = sink_head(c);
        }

        if (rc == 1 && c->body && c->left == 0) {
            rc = sink_answer(c);
        }

    } while (rc == 1);

    if (rc == -1) {
        sink_close(c);
    }
}


static int
sink_fill(conn_t *c)
{
    ssize_t  n;

    if (c->len == SINK_BUFFER) {
        return -1;
    }

    n = recv(c->fd, c->buf + c->len, SINK_BUFFER - c->len, 0);

    if (n == -1 && errno == EAGAIN) {
        return 0;
    }

    if (n <= 0) {
        return -1;
    }

    c->len += n;
    c->buf[c->len] = '\0';

    if (c->body) {
        c->left -= (size_t) n < c->left ? (size_t) n : c->left;
    }

    return 1;
}


/* MSG_TRUNC: the kernel drops it and copies nothing */

static int
sink_drop(conn_t *c)
{
    ssize_t  n;

    n = recv(c->fd, NULL, c->left, MSG_TRUNC);

    if (n == -1 && errno == EAGAIN) {
        return 0;
    }

    if (n <= 0) {
        return -1;
    }

    c->left -= n;

    return 1;
}


static int
sink_head(conn_t *c)
{
    char    *end, *p;
    size_t   more;

    end = strstr(c->buf, "\r\n\r\n");
    if (end == NULL) {
        return 1;
    }

    p = strcasestr(c->buf, "\r\nContent-Length:");

    c->body = 1;
    c->left = (p && p < end) ? strtoul(p + 17, NULL, 10) : 0;

    p = strchr(c->buf, ' ');
    c->echo = (p && strncmp(p, " /echo", 6) == 0);

    more = c->buf + c->len - (end + 4);
    c->left -= more < c->left ? more : c->left;

    return 1;
}


static int
sink_answer(conn_t *c)
{
    int   n;
    char  head[128];

    if (!c->echo) {
        c->len = 0;
        c->body = 0;

        return sink_write(c, "HTTP/1.1 200 OK\r\n"
                             "Content-Length: 5\r\n\r\n"
                             "data\n", 43);
    }

    n = snprintf(head, sizeof(head),
                 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", c->len);

    if (sink_write(c, head, n) == -1
        || sink_write(c, c->buf, c->len) == -1)
    {
        return -1;
    }

    c->len = 0;
    c->body = 0;

    return 1;
}


static int
sink_write(conn_t *c, const char *data, size_t len)
{
    ssize_t  n;

    while (len) {
        n = send(c->fd, data, len, MSG_NOSIGNAL);

        if (n == -1 && errno == EAGAIN) {
            usleep(1000);
            continue;
        }

        if (n <= 0) {
            return -1;
        }

        data += n;
        len -= n;
    }

    return 1;
}


static void
sink_close(conn_t *c)
{
    close(c->fd);
    free(c);
}
