
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * For valgrind: the same as shapes.c of what libraries parse, through the
 * glue.
 *
 * link: ngx_http_s3o_xml ngx_http_s3o_json ngx_http_s3o_wiped s3o_time
 * -ljansson -lexpat
 */


#include "glue.h"
#include "ngx_http_s3o_json.h"
#include "ngx_http_s3o_xml.h"

#include <valgrind/callgrind.h>


#define TIMES  4
#define SIZE   (1024 * 1024)


typedef struct {
    const char  *name;
    size_t       n;
    void       (*run)(size_t n);
} shape_t;


static char    text[SIZE];      /* of the shape, made before counting begins */
static size_t  len;


void *
ngx_alloc(size_t size, ngx_log_t *log)
{
    return malloc(size);
}


static void
put(const char *format, size_t i)
{
    len += snprintf(text + len, SIZE - len, format, (int) i);
}


static void
end(int right)
{
    CALLGRIND_TOGGLE_COLLECT;

    if (!right) {
        fprintf(stderr, "a shape is not what it was to be\n");
        exit(1);
    }
}


/* in pieces of so many bytes */

static void
parse_xml(size_t piece)
{
    size_t               i, n;
    const char          *why;
    ngx_http_s3o_xml_t  *xml;
    u_char               room[64];

    ngx_http_s3o_xml_field_t  fields[] = {
        { "R", "Code", ngx_null_string, 0 },
        { NULL, NULL, ngx_null_string, 0 }
    };

    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;

    xml = ngx_http_s3o_xml_create(fields, room, sizeof(room));
    why = NULL;

    for (i = 0; xml && why == NULL && i < len; i += n) {
        n = ngx_min(piece, len - i);
        why = ngx_http_s3o_xml_parse(xml, (u_char *) text + i, n,
                                     i + n == len);
    }

    if (xml) {
        ngx_http_s3o_xml_free(xml);
    }

    end(xml && why == NULL && fields[0].text.len == 1);
}


static void
put_xml(size_t n)
{
    size_t  i;

    put("<R>", 0);

    for (i = 0; i < n; i++) {
        put("<Codf>&lt;Code></Codf><Code2/>", 0);
    }

    put("<Code>x</Code></R>", 0);
}


static void
xml(size_t n)
{
    put_xml(n);
    parse_xml(SIZE);
}


static void
xml_trickle(size_t n)
{
    put_xml(n);
    parse_xml(1);
}


static void
xml_names(size_t n)
{
    size_t  i;

    put("<R", 0);

    for (i = 0; i < n; i++) {
        put(" a%d=''", i);
    }

    put(">", 0);

    for (i = 0; i < n; i++) {
        put("<e%d/>", i);
    }

    put("<Code>x</Code></R>", 0);
    parse_xml(SIZE);
}


static void
json(size_t n)
{
    void                *root;
    size_t               i;
    ngx_str_t            in;
    const char          *why;
    ngx_http_s3o_set_t   set;

    ngx_memzero(&set, sizeof(ngx_http_s3o_set_t));

    put("{", 0);

    for (i = 0; i < n; i++) {
        put("\"a%d\":[{},\"\\u00fc\\n\"],", i);
    }

    put("\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\"}", 0);

    in.data = (u_char *) text;
    in.len = len;

    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;

    why = ngx_http_s3o_json_parse(&in, NGX_HTTP_S3O_JSON_PROCESS, &set, &root);
    ngx_http_s3o_json_free(root);

    end(why == NULL);
}


static const shape_t  shapes[] = {
    { "XML, tags that nearly match", 500, xml },
    { "XML, byte by byte", 500, xml_trickle },
    { "XML, names of attributes and elements", 500, xml_names },
    { "JSON, names and escapes", 500, json },
    { NULL, 0, NULL }
};


int
main(void)
{
    size_t          n;
    const shape_t  *shape;

    for (shape = shapes; shape->name; shape++) {

        for (n = shape->n; n <= TIMES * shape->n; n *= TIMES) {
            len = 0;
            shape->run(n);

            CALLGRIND_DUMP_STATS;
        }

        printf("%s|%d\n", shape->name, (int) shape->n);
    }

    return 0;
}
