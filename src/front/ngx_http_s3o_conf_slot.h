
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * Setters that several directives share, like nginx's own "slots".  The table
 * of directives has, as "offset", the field to set and, as "post", which values
 * are valid.
 */


#ifndef _NGX_HTTP_S3O_CONF_SLOT_H_INCLUDED_
#define _NGX_HTTP_S3O_CONF_SLOT_H_INCLUDED_


#include "ngx_http_s3o_presign.h"


/* the "post" of ngx_http_s3o_set_word_slot() */

typedef struct {
    ngx_conf_enum_t   *words;      /* the last one has an empty name */
    const char        *expected;
} ngx_http_s3o_words_t;


/*
 * The "post" of ngx_http_s3o_set_str_slot() and ngx_http_s3o_set_value_slot().
 *
 * fault() returns NULL for a valid value.  For another one it returns what is
 * wrong with the value, or what is expected instead.
 */

typedef struct {
    const char      *(*fault)(const s3o_str_t *value);
} ngx_http_s3o_checked_t;


/* the "post" of ngx_http_s3o_set_names_slot() */

typedef struct {
    const char      *(*fault)(const s3o_str_t *name);
    unsigned           lowcase:1;  /* names are kept in lower case */
    unsigned           off:1;      /* "off" alone makes an empty list */
} ngx_http_s3o_names_t;


/* the "post" of ngx_http_s3o_set_bits_slot() */

typedef struct {
    s3o_uint_t       (*bit)(const s3o_str_t *name);    /* 0: no such name */
    const char      *(*fault)(const s3o_str_t *name);  /* of such a name */
    const char        *twice;
    ngx_uint_t         off;        /* what "off" alone means; 0: nothing */
} ngx_http_s3o_bits_t;


/*
 * Looks up "value" among the words and sets *found to its number.
 * NGX_CONF_OK, or NGX_CONF_ERROR after a message that says what is expected.
 */

char *ngx_http_s3o_find_word(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_http_s3o_words_t *words, ngx_str_t *value, ngx_uint_t *found);


/*
 * Each slot sets the field at cmd->offset of the configuration, once: a
 * second directive at the same level is a duplicate.  They return what a
 * setter returns: NGX_CONF_OK, NGX_CONF_ERROR after a message, or the text of
 * an error that nginx completes.
 */

/* One of several words.  Sets an ngx_uint_t that was NGX_CONF_UNSET_UINT. */

char *ngx_http_s3o_set_word_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/* A string.  Sets an ngx_str_t whose "data" was NULL. */

char *ngx_http_s3o_set_str_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * A value that may have variables; a value without variables is checked.
 * Sets a pointer to an ngx_http_complex_value_t that was NULL.
 */

char *ngx_http_s3o_set_value_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * A list of names, each given once.  Sets a pointer to an ngx_array_t of
 * s3o_str_t that was NULL.
 */

char *ngx_http_s3o_set_names_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


/*
 * A list of names that stand for bits, each given once.  Sets an ngx_uint_t
 * that was 0.
 */

char *ngx_http_s3o_set_bits_slot(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_S3O_CONF_SLOT_H_INCLUDED_ */
