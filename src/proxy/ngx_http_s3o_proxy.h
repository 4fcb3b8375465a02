
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * What the files of proxy mode share: the message that "proxy_pass" has
 * written, and what the payload adds to it.
 */


#ifndef _NGX_HTTP_S3O_PROXY_H_INCLUDED_
#define _NGX_HTTP_S3O_PROXY_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


typedef struct ngx_http_s3o_body_hash_s  ngx_http_s3o_body_hash_t;


/* who hashes in turns with others; zeroed but for the first two: nobody */

typedef struct {
    void                  (*handler)(void *data);
    void                   *data;
    ngx_queue_t             queue;
    ngx_uint_t              waiting;
} ngx_http_s3o_turn_t;


/* of an aws-chunked body */
#define NGX_HTTP_S3O_FRAMING_HEADERS  3

/* for the lines of most requests, which are looked at and not kept */
#define NGX_HTTP_S3O_MESSAGE_ROOM     4096


typedef struct {
    ngx_str_t               line;         /* with its CR LF */
    s3o_str_t               name;         /* lower case */
    s3o_str_t               value;
} ngx_http_s3o_line_t;


typedef struct {
    ngx_str_t               method;
    ngx_str_t               version;      /* " HTTP/1.x" CR LF */
    ngx_str_t               body;         /* what follows the headers */

    ngx_http_s3o_line_t    *lines;        /* that are sent; in the end each is
                                             a run of them, without a name */
    ngx_uint_t              nlines;

    ngx_http_s3o_line_t    *added;        /* "s3o_presign_header", framing */
    ngx_uint_t              nadded;

    s3o_header_t           *headers;      /* that are signed */
    ngx_uint_t              nheaders;

    uintptr_t               room[NGX_HTTP_S3O_MESSAGE_ROOM
                                 / sizeof(uintptr_t)];
} ngx_http_s3o_message_t;


/* the headers of the client, from the one that marks their beginning */

typedef struct {
    ngx_list_part_t         part;
    ngx_table_elt_t         header;
} ngx_http_s3o_mark_t;


/*
 * ngx_http_s3o_hop.c.  Hides the client's headers that its Connection names,
 * and marks the beginning of all of them, until they are shown and unmarked
 * again; 1 for the name of the mark.
 */

ngx_int_t ngx_http_s3o_hide_headers(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_array_t **hidden);
void ngx_http_s3o_show_headers(ngx_array_t *hidden);
void ngx_http_s3o_mark_headers(ngx_http_request_t *r,
    ngx_http_s3o_mark_t *mark);
void ngx_http_s3o_unmark_headers(ngx_http_request_t *r,
    ngx_http_s3o_mark_t *mark);
ngx_uint_t ngx_http_s3o_is_mark(const s3o_str_t *name);

/*
 * ngx_http_s3o_message.c.  Takes the text in the buffer apart: NGX_OK,
 * NGX_ABORT for what is no HTTP/1.x request, NGX_DECLINED where it has a line
 * that is no header line, NGX_ERROR.  1 when it ends where its headers say; the
 * length that it will have, but for the headers of the signature; writes it
 * where form->text is, and makes the buffer that.
 */

ngx_int_t ngx_http_s3o_parse_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_buf_t *b, ngx_http_s3o_message_t *msg);
ngx_uint_t ngx_http_s3o_is_framed(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);
size_t ngx_http_s3o_message_len(ngx_http_s3o_ctx_t *ctx,
    ngx_http_s3o_message_t *msg);
ngx_int_t ngx_http_s3o_write_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg,
    ngx_http_s3o_form_t *form, ngx_buf_t *b);

/*
 * ngx_http_s3o_lines.c.  Leaves the lines that are sent, runs of them as one,
 * and notes those that are signed, behind all that are added.  1 for the name
 * of a header that announces an aws-chunked body.
 */

ngx_int_t ngx_http_s3o_filter_lines(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);
ngx_uint_t ngx_http_s3o_frames_upload(const s3o_str_t *name);

/*
 * ngx_http_s3o_payload.c.  Before the request is made: 1 when the body has to
 * be read first; NGX_AGAIN when it had been read and is decoded, or hashed,
 * before the handler is called; ctx->payload for a body that is there or is to
 * come.  And when it is made: ctx->payload of a body that the configuration
 * gave it, the headers of the framing.  Writes the codings of a list, but for
 * "aws-chunked".
 */

ngx_uint_t ngx_http_s3o_payload_read_first(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
ngx_int_t ngx_http_s3o_payload_decode(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, void (*handler)(ngx_http_request_t *r));
ngx_int_t ngx_http_s3o_payload_catch_up(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, void (*handler)(ngx_http_request_t *r));
ngx_int_t ngx_http_s3o_payload_prepare(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);
ngx_int_t ngx_http_s3o_payload_message(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, ngx_http_s3o_message_t *msg);
void ngx_http_s3o_put_codings(s3o_buf_t *b, s3o_str_t value);

/*
 * ngx_http_s3o_hash.c: the hash of the client's body, and what is in it; the
 * end may come more than once.  What comes in is hashed by _chain(), which
 * leaves of it what may be passed on, and has the client's reading go on when
 * there is more.  _late() hashes what is left of a body of this size that is
 * there: NGX_AGAIN when the handler will be called when it is hashed, in place
 * of what was to come, and with the caller's reference of the request;
 * NGX_DECLINED when there is nothing to do, or when some of it is missing.
 */

ngx_http_s3o_body_hash_t *ngx_http_s3o_body_hash(ngx_http_request_t *r,
    ngx_uint_t create);
ngx_int_t ngx_http_s3o_body_hash_chain(ngx_http_request_t *r,
    ngx_http_s3o_body_hash_t *h, ngx_chain_t **in);
off_t ngx_http_s3o_body_hash_size(ngx_http_s3o_body_hash_t *h);
ngx_int_t ngx_http_s3o_body_hash_end(ngx_http_s3o_body_hash_t *h,
    ngx_str_t *hex);
ngx_int_t ngx_http_s3o_body_hash_late(ngx_http_request_t *r, off_t size,
    void (*handler)(ngx_http_request_t *r));

typedef struct {
    ngx_pool_t                     *pool;
    ngx_chain_t                    *held;      /* buffers, until sent */
    ngx_chain_t                    *in;        /* references, to be taken */
    ngx_chain_t                    *busy;      /* on their way */
    ngx_chain_t                    *free;

    /* the last of each of the first three, unless that is empty */

    ngx_chain_t                    *last_held;
    ngx_chain_t                    *last_in;
    ngx_chain_t                    *last_busy;
} ngx_http_s3o_queue_t;

/*
 * ngx_http_s3o_queue.c: data in the buffers that it came in, until it was
 * sent.  "pool" is set and the rest zeroed, then
 *
 *     reset() forgets all of it
 *     add()   appends what is in a buffer
 *     cut()   takes at most so much of what comes next, to be written; there
 *             has to be something
 *     text()  the same of memory of one's own, to be written in between
 *     sent()  after it: "out" went to ngx_chain_writer(), in the order in which
 *             it was taken, perhaps with buffers of others'
 *     copy()  copies all that waits, which is as good as sent: only when
 *             "busy" is empty.  Returns its length.
 */

void ngx_http_s3o_queue_reset(ngx_http_s3o_queue_t *q);
ngx_int_t ngx_http_s3o_queue_add(ngx_http_s3o_queue_t *q, ngx_buf_t *b);
ngx_chain_t *ngx_http_s3o_queue_cut(ngx_http_s3o_queue_t *q, size_t size);
ngx_chain_t *ngx_http_s3o_queue_text(ngx_http_s3o_queue_t *q, u_char *pos,
    u_char *last);
void ngx_http_s3o_queue_sent(ngx_http_s3o_queue_t *q, ngx_chain_t *out);
size_t ngx_http_s3o_queue_copy(ngx_http_s3o_queue_t *q, u_char *to);

/*
 * ngx_http_s3o_turn.c: how many bytes may be hashed now; to tell how many
 * were; to wait, and not to wait any more.
 */

size_t ngx_http_s3o_turn_left(ngx_http_s3o_turn_t *turn);
void ngx_http_s3o_turn_spent(size_t size);
void ngx_http_s3o_turn_wait(ngx_http_s3o_turn_t *turn);
void ngx_http_s3o_turn_leave(ngx_http_s3o_turn_t *turn);

/*
 * ngx_http_s3o_stream.c: signed chunks.  Created, told the seed when the
 * request is signed, started when it is written.
 */

ngx_int_t ngx_http_s3o_stream_create(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx, off_t size);
void ngx_http_s3o_stream_lengths(ngx_http_s3o_stream_t *st, off_t *encoded,
    off_t *decoded);
void ngx_http_s3o_stream_start(ngx_http_request_t *r,
    ngx_http_s3o_ctx_t *ctx);

/*
 * ngx_http_s3o_decode.c: takes the framing off the buffers of a body; the
 * length is the announced one, and complete is a body whose end was good.
 */

ngx_int_t ngx_http_s3o_decode(ngx_http_request_t *r,
    ngx_http_s3o_decoder_t *d, ngx_chain_t **in);
ngx_uint_t ngx_http_s3o_decoder_complete(ngx_http_s3o_decoder_t *d);
off_t ngx_http_s3o_decoder_size(ngx_http_s3o_decoder_t *d);

/*
 * ngx_http_s3o_decode_late.c: the same of a body that is there already, as
 * ngx_http_s3o_body_hash_late() hashes one.  The data take its place in this
 * request, and nowhere else.
 */

ngx_int_t ngx_http_s3o_decode_late(ngx_http_request_t *r,
    ngx_http_s3o_decoder_t *d, void (*handler)(ngx_http_request_t *r));


#endif /* _NGX_HTTP_S3O_PROXY_H_INCLUDED_ */
