
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 *
 * XML in pieces, cut wherever it may be; while each allocation fails once; and
 * what the parser leaves in memory that it has freed.
 *
 * link: ngx_http_s3o_xml ngx_http_s3o_wiped -lexpat -Wl,--wrap=free
 */


#include "glue.h"
#include "ngx_http_s3o_xml.h"


#define ARENA   (32 * 1024 * 1024)
#define SECRET  "SECRET/K7MDENG+bPxRfiCY"


static u_char      *arena;
static size_t       used;
static ngx_uint_t   allocations, failing;
static u_char       texts[4096];

static const char   document[] =
    "<?xml version=\"1.0\"?>\n<R xmlns=\"x\" key=\"" SECRET "\">"
    "<!-- " SECRET " --><Credentials><AccessKeyId> AKID&amp;&#x2b; "
    "</AccessKeyId><SecretAccessKey>" SECRET "<![CDATA[<&]]></SecretAccessKey>"
    "<Other>" SECRET "</Other></Credentials><Code>twice</Code><Code>no</Code>"
    "</R>\n";


void  __real_free(void *p);
void  __wrap_free(void *p);


/* memory is never used twice, so that all freed memory can be inspected */

void *
ngx_alloc(size_t size, ngx_log_t *log)
{
    u_char  *p;

    if (++allocations == failing) {
        return NULL;
    }

    p = arena + used;
    used += ngx_align(size, 64);

    return used <= ARENA ? p : NULL;
}


void
__wrap_free(void *p)
{
    if ((u_char *) p < arena || (u_char *) p >= arena + ARENA) {
        __real_free(p);
    }
}


static ngx_uint_t
is(const ngx_str_t *s, const char *text)
{
    return s->data && s->len == ngx_strlen(text)
           && ngx_memcmp(s->data, text, s->len) == 0;
}


/*
 * Parses a text in two pieces.  Returns NULL or the error; "right" tells
 * whether all values are right.
 */

static const char *
parse(const char *text, size_t len, size_t cut, ngx_uint_t *right)
{
    const char                *why;
    ngx_http_s3o_xml_t        *xml;

    ngx_http_s3o_xml_field_t   fields[] = {
        { "Credentials", "AccessKeyId", ngx_null_string, 0 },
        { "Credentials", "SecretAccessKey", ngx_null_string, 0 },
        { NULL, "Code", ngx_null_string, 0 },
        { "Credentials", "Nothing", ngx_null_string, 0 },
        { NULL, NULL, ngx_null_string, 0 }
    };

    *right = 0;

    xml = ngx_http_s3o_xml_create(fields, texts, sizeof(texts));
    if (xml == NULL) {
        return "no memory";
    }

    why = ngx_http_s3o_xml_parse(xml, (u_char *) text, cut, 0);

    if (why == NULL) {
        why = ngx_http_s3o_xml_parse(xml, (u_char *) text + cut, len - cut, 1);
    }

    ngx_http_s3o_xml_free(xml);

    *right = is(&fields[0].text, "AKID&+") && fields[0].count == 1
             && is(&fields[1].text, SECRET "<&") && fields[1].count == 1
             && is(&fields[2].text, "twice") && fields[2].count == 2
             && fields[3].count == 0 && fields[3].text.data == NULL;

    return why;
}


static void
test_cut(void)
{
    size_t      cut;
    ngx_uint_t  right, wrong;

    wrong = 0;

    for (cut = 0; cut <= sizeof(document) - 1; cut++) {
        used = 0;
        wrong += parse(document, sizeof(document) - 1, cut, &right) != NULL
                 || !right;
    }

    ok(wrong == 0, "in two pieces, wherever it is cut");

    /* all beginnings, except the whole text without its last line end */

    for (cut = 0; cut < sizeof(document) - 2; cut++) {
        used = 0;
        wrong += parse(document, cut, 0, &right) == NULL;
    }

    ok(wrong == 0, "what is cut off is refused");
}


static void
test_memory(void)
{
    const char  *why;
    ngx_uint_t   n, total, right, wrong, refused;

    wrong = 0;
    refused = 0;
    total = 1;

    for (n = 0; n <= total; n++) {
        used = 0;
        allocations = 0;
        failing = n;

        why = parse(document, sizeof(document) - 1, 200, &right);

        if (n == 0) {
            total = allocations;
            wrong += why != NULL || !right;
            continue;
        }

        refused += why != NULL;
        wrong += why ? strcmp(why, "no memory") != 0 : !right;
    }

    failing = 0;

    ok(total > 10, "it takes %u allocations", (unsigned) total);
    ok(wrong == 0, "\"no memory\", or all values");
    ok(refused == total, "%u were refused", (unsigned) refused);
}


static void
test_wiped(void)
{
    size_t      i;
    ngx_uint_t  right, seen;

    used = 0;
    memset(arena, 0, ARENA);

    (void) parse(document, sizeof(document) - 1, 200, &right);

    seen = 0;

    for (i = 0; i + 6 <= used; i++) {
        seen += ngx_memcmp(arena + i, "SECRET", 6) == 0;
    }

    ok(used > 2000 && seen == 0, "nothing is left in %u bytes that were freed",
       (unsigned) used);
}


static void
test_room(void)
{
    ngx_uint_t                 i, good;
    const char                *why;
    ngx_http_s3o_xml_t        *xml;

    ngx_http_s3o_xml_field_t   fields[] = {
        { NULL, "a", ngx_null_string, 0 },
        { NULL, "b", ngx_null_string, 0 },
        { NULL, NULL, ngx_null_string, 0 }
    };

    static const char  text[] = "<r><a>abcd</a><b>efgh</b></r>";

    good = 0;

    for (i = 0; i < 10; i++) {
        used = 0;
        ngx_str_null(&fields[0].text);
        ngx_str_null(&fields[1].text);
        fields[0].count = 0;
        fields[1].count = 0;

        xml = ngx_http_s3o_xml_create(fields, texts, i);
        why = ngx_http_s3o_xml_parse(xml, (u_char *) text, sizeof(text) - 1, 1);
        ngx_http_s3o_xml_free(xml);

        good += why == NULL
                && is(&fields[0].text, "abcd") == (i >= 4)
                && (fields[0].text.data == NULL) == (i < 4)
                && is(&fields[1].text, "efgh") == (i >= 8);
    }

    ok(good == 10, "texts that find no room have no data");
}


int
main(void)
{
    arena = malloc(ARENA);

    test_cut();
    test_memory();
    test_wiped();
    test_room();

    return done();
}
