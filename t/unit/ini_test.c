
/*
 * Copyright (C) 2026 the ngx_http_s3o_presign_module authors
 */


#include "tap.h"
#include "s3o_ini.h"


#define ROUNDS  20000

#define count(a)  (sizeof(a) / sizeof(a[0]))


static void test_good(void);
static void test_bad(void);
static void test_names(void);
static void test_config(void);
static void test_foreign(void);
static void test_random(void);


static s3o_int_t
find(const s3o_str_t *in, const s3o_str_t *name, s3o_ini_profile_t *profile,
    s3o_uint_t *line)
{
    return s3o_ini_profile(in->data, in->len, S3O_INI_CREDENTIALS, name,
                           profile, line);
}


int
main(void)
{
    test_good();
    test_bad();
    test_names();
    test_config();
    test_foreign();
    test_random();

    return done();
}


typedef struct {
    const char  *text;
    const char  *id;
    const char  *secret;
    const char  *token;
} good_file_t;


static const good_file_t  good_files[] = {
    { "[default]\n"
      "aws_access_key_id = AK\n"
      "aws_secret_access_key = SK\n"
      "aws_session_token = TOK\n",
      "AK", "SK", "TOK" },

    { "[default]\naws_access_key_id=AK\naws_secret_access_key=SK",
      "AK", "SK", "" },

    { "[default]", "", "", "" },

    { "\xef\xbb\xbf[default]\r\naws_access_key_id = AK \r\n"
      "\r\naws_secret_access_key\t=\tS K\t\r\n",
      "AK", "S K", "" },

    { "# a comment\n; another\n\n   \n\t# indented\n"
      "[ default ] # of this section\n"
      "AWS_Access_Key_ID = AK # the id\n"
      "aws_secret_access_key = a#b;c=d ; and a comment\n"
      "aws_session_token =# ; a comment\n",
      "AK", "a#b;c=d", "#" },

    { "[default];x\naws_access_key_id = # nothing\n", "", "", "" },

    { "[default]\naws_access_key_id = old\naws_access_key_id = AK\n"
      "aws_secret_access_key = SK\naws_secret_access_key =\n",
      "AK", "", "" },

    { "[other]\naws_access_key_id = OTHER\n"
      "[default]\naws_access_key_id = AK\n"
      "[profile default]\naws_access_key_id = PROFILE\n"
      "[Default]\naws_access_key_id = CASE\n"
      "[default]\naws_secret_access_key = SK\n",
      "AK", "SK", "" },

    { "[default]\nregion = us-west-2\n"
      "s3 =\n    max_concurrent_requests = 20\n"
      "    aws_access_key_id = NESTED\n"
      "aws_access_key_id = AK\n"
      "    # not a continuation\n"
      "ca_bundle = a\n\tb\n  c\n"
      "aws_secret_access_key = SK\n",
      "AK", "SK", "" },

    { "[other]\naws_access_key_id = OTHER\n  continued\n"
      "[default]\naws_access_key_id = AK\n",
      "AK", "", "" },

    /* keys that are all indented, one of them with nested keys */

    { " [default]\n   aws_access_key_id = AK\n"
      "   aws_secret_access_key = SK\n   s3 =\n      a = b\n"
      "   aws_session_token = TOK\n",
      "AK", "SK", "TOK" },

    { "[default]\n    aws_access_key_id = AK\n  aws_secret_access_key = SK\n"
      "aws_session_token = TOK\n",
      "AK", "SK", "TOK" },

    { "[default]\naws_security_token = OLD\naws_access_key_id = AK\n",
      "AK", "", "OLD" },

    { "[default]\naws_session_token = TOK\naws_security_token = OLD\n",
      "", "", "TOK" },

    /* malformed lines in other profiles */

    { "[other]\nnonsense\n[default]\naws_access_key_id = AK\n",
      "AK", "", "" },
    { "[default]\naws_access_key_id = AK\n[other]\nnonsense\n= x\n",
      "AK", "", "" },
    { "[default]\naws_access_key_id = AK\n[other\n"
      "aws_access_key_id = OTHER\n[]\naws_access_key_id = NOBODY\n",
      "AK", "", "" },

    { "[default]\na-b_c.d/e%f@g:h+1 = x\naws_access_key_id = AK==\n",
      "AK==", "", "" }
};


static void
test_good(void)
{
    size_t             i;
    s3o_int_t          rc;
    s3o_str_t          in, name, expected;
    s3o_uint_t         line;
    s3o_ini_profile_t  profile;

    name = tap_str("default");

    for (i = 0; i < count(good_files); i++) {
        in = tap_guard_text(good_files[i].text);
        rc = find(&in, &name, &profile, &line);

        if (!ok(rc == S3O_OK, "file %d", (int) i)) {
            diag("returned %d, line %d", (int) rc, (int) line);
            continue;
        }

        expected = tap_str(good_files[i].id);
        is_str(&profile.access_key_id, &expected, "its access key id");

        expected = tap_str(good_files[i].secret);
        is_str(&profile.secret_access_key, &expected, "its secret");

        expected = tap_str(good_files[i].token);
        is_str(&profile.session_token, &expected, "its token");

        tap_free();
    }
}


static void
test_bad(void)
{
    size_t             i;
    s3o_int_t          rc;
    s3o_str_t          in, name;
    s3o_uint_t         line;
    s3o_ini_profile_t  profile;

    static const struct {
        const char  *text;
        s3o_int_t    rc;
        s3o_uint_t   line;
    } files[] = {
        { "", S3O_ERROR, 0 },
        { "\n\n", S3O_ERROR, 0 },
        { "\xef\xbb\xbf", S3O_ERROR, 0 },
        { "[other]\naws_access_key_id = AK\n", S3O_ERROR, 0 },
        { "[Default]\n", S3O_ERROR, 0 },
        { "[profile default]\n", S3O_ERROR, 0 },

        { "aws_access_key_id = AK\n[default]\n", S3O_OVERFLOW, 1 },
        { "[default\n", S3O_OVERFLOW, 1 },
        { "[]\n", S3O_OVERFLOW, 1 },
        { "[ ]\n", S3O_OVERFLOW, 1 },
        { "[default] x\n", S3O_OVERFLOW, 1 },
        { "[default]\n\nnonsense\n", S3O_OVERFLOW, 3 },
        { "[default]\n= AK\n", S3O_OVERFLOW, 2 },
        { "[default]\naws access = AK\n", S3O_OVERFLOW, 2 },
        { "[default]\naws\x01 = AK\n", S3O_OVERFLOW, 2 },
        { "[default]\n  nonsense\n", S3O_OVERFLOW, 2 },
        { "[default]\n  aws_access_key_id = AK\n    continued\n",
          S3O_OVERFLOW, 3 },
        { "[other]\nnonsense\n", S3O_OVERFLOW, 2 },
        { "  continued\n[default]\n", S3O_OVERFLOW, 1 },
        { "[default]\na = b\n[default]\n  continued", S3O_OVERFLOW, 4 },
        { "[default]\naws_access_key_id = AK\n  continued\n", S3O_OVERFLOW,
          3 },
        { "[default]\naws_session_token =\n\n token\n", S3O_OVERFLOW, 4 },
        { "[default]\nrole_arn = a\n\tb\n", S3O_OVERFLOW, 3 }
    };

    name = tap_str("default");

    for (i = 0; i < count(files); i++) {
        in = tap_guard_text(files[i].text);
        memset(&profile, 'x', sizeof(s3o_ini_profile_t));

        rc = find(&in, &name, &profile, &line);

        ok(rc == files[i].rc
           && (rc == S3O_ERROR || line == files[i].line),
           "bad file %d", (int) i);
        ok(profile.access_key_id.len == 0 && profile.secret_access_key.len == 0
           && profile.session_token.len == 0,
           "gives nothing");

        tap_free();
    }

    in = tap_guard("[default]\naws\0 = AK\n", 20);
    ok(find(&in, &name, &profile, &line)
       == S3O_OVERFLOW, "a zero byte in a name");

    tap_free();
}


static void
test_names(void)
{
    size_t             i;
    s3o_str_t          in, name, expected;
    s3o_uint_t         line;
    s3o_ini_profile_t  profile;

    static const char  *names[] = {
        "default", "a b", "x@y", "1"
    };

    for (i = 0; i < count(names); i++) {
        in = tap_guard_text("[default]\naws_access_key_id = default\n"
                            "[a b]\naws_access_key_id = a b\n"
                            "[x@y]\naws_access_key_id = x@y\n"
                            "[1]\naws_access_key_id = 1\n");
        name = tap_guard_text(names[i]);

        find(&in, &name, &profile, &line);

        expected = tap_str(names[i]);
        is_str(&profile.access_key_id, &expected, "the profile's own value");
    }

    name = tap_guard_text("");
    ok(find(&in, &name, &profile, &line) == S3O_ERROR,
       "no profile has an empty name");

    tap_free();
}


static void
test_config(void)
{
    size_t             i;
    s3o_int_t          rc;
    s3o_str_t          in, name, expected;
    s3o_uint_t         line;
    s3o_ini_profile_t  profile;

    static const struct {
        const char  *text;
        const char  *name;
        const char  *role;           /* NULL: no such profile */
        s3o_uint_t   line;
    } files[] = {
        { "[default]\nrole_arn = D\n", "default", "D", 1 },
        { "[profile default]\nrole_arn = D\n", "default", "D", 1 },
        { "[default]\nrole_arn = D\n[profile default]\nrole_arn = P\n",
          "default", "P", 3 },
        { "[profile default]\nrole_arn = P\n[default]\nrole_arn = D\n",
          "default", "P", 1 },
        { "[default]\nrole_arn = D\n[profile default]\nx = y\n",
          "default", "", 3 },
        { "[web]\nrole_arn = W\n", "web", NULL, 0 },
        { "[profile web]\nrole_arn = W\n", "web", "W", 1 },
        { "\n[ profile \t web ] # x\n role_arn = W # y\n", "web", "W", 2 },
        { "[profilex web]\nrole_arn = W\n", "web", NULL, 0 },
        { "[profile  ]\nrole_arn = W\n", "web", NULL, 0 },
        { "[sso-session web]\nrole_arn = W\n", "web", NULL, 0 },
        { "[profile a b]\nrole_arn = W\n", "a b", "W", 1 }
    };

    for (i = 0; i < count(files); i++) {
        in = tap_guard_text(files[i].text);
        name = tap_str(files[i].name);

        rc = s3o_ini_profile(in.data, in.len, S3O_INI_CONFIG, &name, &profile,
                             &line);

        ok(rc == (files[i].role ? S3O_OK : S3O_ERROR)
           && profile.line == files[i].line,
           "config file %d", (int) i);

        expected = tap_str(files[i].role ? files[i].role : "");
        is_str(&profile.role_arn, &expected, "its role");

        tap_free();
    }
}


static void
test_foreign(void)
{
    size_t             i;
    s3o_str_t          in, name, expected;
    s3o_uint_t         line;
    s3o_ini_profile_t  profile;

    static const char  *keys[][2] = {
        { "sso_session = x", "sso_session" },
        { "SSO_start_url = x", "SSO_start_url" },
        { "credential_process = x", "credential_process" },
        { "login_session =\nsso_region = x", "login_session" },
        { "sso = x", "" },
        { "credential_processes = x", "" }
    };

    name = tap_str("default");

    for (i = 0; i < count(keys); i++) {
        s3o_buf_t  b;

        s3o_buf_init(&b, tap_room(100), 100);
        in = tap_str("[default]\n");
        s3o_buf_put_str(&b, &in);
        in = tap_str(keys[i][0]);
        s3o_buf_put_str(&b, &in);
        in = tap_written(&b);

        find(&in, &name, &profile, &line);

        expected = tap_str(keys[i][1]);
        is_str(&profile.foreign, &expected, "a key that is not supported");

        tap_free();
    }
}


/* any bytes: values are parts of the file, and are trimmed */

static void
test_random(void)
{
    size_t              i, n, good, wrong;
    s3o_int_t           rc;
    s3o_str_t           in, name, *s, parts;
    s3o_buf_t           b;
    s3o_uint_t          line;
    s3o_ini_profile_t   profile;

    static const s3o_str_t  pieces[] = {
        s3o_string("[d]"), s3o_string("\n"), s3o_string("\n"),
        s3o_string("\r\n"), s3o_string(" "), s3o_string("\t"),
        s3o_string("="), s3o_string("#"), s3o_string(";"),
        s3o_string("aws_access_key_id"), s3o_string("aws_session_token ="),
        s3o_string("x"), s3o_string("["), s3o_string("]"),
        s3o_string("\n[d]\naws_access_key_id=")
    };

    good = 0;
    wrong = 0;
    name = tap_str("d");

    for (n = 0; n < ROUNDS; n++) {
        s3o_buf_init(&b, tap_room(512), 512);

        for (i = tap_random(10); i > 0; i--) {
            parts = pieces[tap_random(count(pieces))];
            s3o_buf_put_str(&b, &parts);
        }

        in = tap_written(&b);
        in = tap_guard_str(&in);

        rc = find(&in, &name, &profile, &line);

        good += rc == S3O_OK;

        for (i = 0; i < 3; i++) {
            s = &profile.access_key_id + i;

            if (s->len == 0) {
                continue;
            }

            if (rc != S3O_OK
                || s->data < in.data
                || s->data + s->len > in.data + in.len
                || s->data[0] == ' ' || s->data[0] == '\t'
                || s->data[s->len - 1] == ' '
                || s->data[s->len - 1] == '\r'
                || memchr(s->data, '\n', s->len))
            {
                wrong++;
            }
        }

        tap_free();
    }

    ok(wrong == 0 && good > 100, "%d random files, %d of them good", ROUNDS,
       (int) good);
}
