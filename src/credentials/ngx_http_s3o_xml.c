
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <expat.h>

#include "ngx_http_s3o_xml.h"
#include "s3o_text.h"
#include "ngx_http_s3o_str.h"
#include "ngx_http_s3o_wiped.h"


/* the deepest nesting of elements; answers of AWS have four */
#define NGX_HTTP_S3O_XML_DEPTH  32


struct ngx_http_s3o_xml_s {
    XML_Parser                 parser;
    ngx_http_s3o_xml_field_t  *fields;
    const char                *why;          /* refused: what is wrong */

    u_char                    *pos;          /* end of the texts so far */
    u_char                    *last;

    ngx_http_s3o_xml_field_t  *open;         /* whose text is being read */
    ngx_str_t                  text;
    ngx_uint_t                 open_depth;

    /* the depth, and for each open element the parent of a field that it is */

    ngx_uint_t                 depth;
    const char                *path[NGX_HTTP_S3O_XML_DEPTH];
};


static void XMLCALL ngx_http_s3o_xml_start(void *data, const XML_Char *name,
    const XML_Char **attributes);
static void ngx_http_s3o_xml_open(ngx_http_s3o_xml_t *xml, const char *name);
static void XMLCALL ngx_http_s3o_xml_end(void *data, const XML_Char *name);
static void XMLCALL ngx_http_s3o_xml_text(void *data, const XML_Char *text,
    int len);
static void XMLCALL ngx_http_s3o_xml_doctype(void *data, const XML_Char *name,
    const XML_Char *sysid, const XML_Char *pubid, int internal);
static void ngx_http_s3o_xml_refuse(ngx_http_s3o_xml_t *xml, const char *why);


ngx_http_s3o_xml_t *
ngx_http_s3o_xml_create(ngx_http_s3o_xml_field_t *fields, u_char *buf,
    size_t size)
{
    ngx_http_s3o_xml_t               *xml;

    static XML_Memory_Handling_Suite  memory = {
        ngx_http_s3o_wiped_malloc,
        ngx_http_s3o_wiped_realloc,
        ngx_http_s3o_wiped_free
    };

    xml = ngx_http_s3o_wiped_malloc(sizeof(ngx_http_s3o_xml_t));
    if (xml == NULL) {
        return NULL;
    }

    ngx_memzero(xml, sizeof(ngx_http_s3o_xml_t));

    xml->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (xml->parser == NULL) {
        ngx_http_s3o_wiped_free(xml);
        return NULL;
    }

    xml->fields = fields;
    xml->pos = buf;
    xml->last = buf + size;

#if (XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION > 5))

    /*
     * texts are wanted at once; expat defers them to limit the steps, which
     * the callers do themselves
     */

    (void) XML_SetReparseDeferralEnabled(xml->parser, XML_FALSE);

#endif

    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, ngx_http_s3o_xml_start,
                          ngx_http_s3o_xml_end);
    XML_SetCharacterDataHandler(xml->parser, ngx_http_s3o_xml_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, ngx_http_s3o_xml_doctype);

    return xml;
}


const char *
ngx_http_s3o_xml_parse(ngx_http_s3o_xml_t *xml, u_char *data, size_t len,
    ngx_uint_t last)
{
    if (xml->why) {
        return xml->why;
    }

    ngx_http_s3o_wiped_failed = 0;

    if (XML_Parse(xml->parser, (char *) data, (int) len, (int) last)
        != XML_STATUS_OK)
    {
        ngx_http_s3o_xml_refuse(xml,
                              XML_ErrorString(XML_GetErrorCode(xml->parser)));
    }

    /* even if the parser has not failed */

    if (ngx_http_s3o_wiped_failed) {
        xml->why = "no memory";
    }

    return xml->why;
}


void
ngx_http_s3o_xml_free(ngx_http_s3o_xml_t *xml)
{
    XML_ParserFree(xml->parser);
    ngx_http_s3o_wiped_free(xml);
}


static void XMLCALL
ngx_http_s3o_xml_start(void *data, const XML_Char *name,
    const XML_Char **attributes)
{
    const char                *p;
    ngx_http_s3o_xml_t        *xml;
    ngx_http_s3o_xml_field_t  *field;

    xml = data;

    /* expat may call handlers after the parser was stopped */

    if (xml->why) {
        return;
    }

    if (xml->depth == NGX_HTTP_S3O_XML_DEPTH) {
        ngx_http_s3o_xml_refuse(xml, "it is nested too deeply");
        return;
    }

    p = strrchr(name, ':');

    if (p) {
        name = p + 1;
    }

    if (xml->open) {

        /* an element with other elements has no text */

        xml->open = NULL;

    } else {
        ngx_http_s3o_xml_open(xml, name);
    }

    xml->path[xml->depth] = NULL;

    for (field = xml->fields; field->name; field++) {
        if (field->parent && strcasecmp(field->parent, name) == 0) {
            xml->path[xml->depth] = field->parent;
        }
    }

    xml->depth++;
}


static void
ngx_http_s3o_xml_open(ngx_http_s3o_xml_t *xml, const char *name)
{
    const char                *parent;
    ngx_http_s3o_xml_field_t  *field;

    parent = xml->depth ? xml->path[xml->depth - 1] : NULL;

    for (field = xml->fields; field->name; field++) {

        if (strcasecmp(field->name, name) != 0
            || (field->parent
                && (parent == NULL || strcmp(field->parent, parent) != 0)))
        {
            continue;
        }

        if (field->count++ == 0) {
            xml->text.data = xml->pos;
            xml->text.len = 0;

            xml->open = field;
            xml->open_depth = xml->depth;
        }

        return;
    }
}


static void XMLCALL
ngx_http_s3o_xml_end(void *data, const XML_Char *name)
{
    s3o_str_t            text;
    ngx_http_s3o_xml_t  *xml;

    xml = data;

    if (xml->why) {
        return;
    }

    xml->depth--;

    if (xml->open == NULL || xml->open_depth != xml->depth) {
        return;
    }

    text = ngx_http_s3o_str(&xml->text);
    xml->pos = text.data + text.len;

    s3o_trim_of(&text, s3o_is_space);

    xml->open->text = ngx_http_s3o_ngx_str(&text);
    xml->open = NULL;
}


static void XMLCALL
ngx_http_s3o_xml_text(void *data, const XML_Char *text, int len)
{
    ngx_http_s3o_xml_t  *xml;

    xml = data;

    if (xml->why || xml->open == NULL) {
        return;
    }

    if (len > xml->last - (xml->text.data + xml->text.len)) {
        xml->open = NULL;
        return;
    }

    ngx_memcpy(xml->text.data + xml->text.len, text, len);
    xml->text.len += len;
}


/* DTDs are refused, as only they can define entities, which no answer needs */

static void XMLCALL
ngx_http_s3o_xml_doctype(void *data, const XML_Char *name,
    const XML_Char *sysid, const XML_Char *pubid, int internal)
{
    ngx_http_s3o_xml_refuse(data, "it has a document type");
}


static void
ngx_http_s3o_xml_refuse(ngx_http_s3o_xml_t *xml, const char *why)
{
    if (xml->why == NULL) {
        xml->why = why;
        (void) XML_StopParser(xml->parser, XML_FALSE);
    }
}
