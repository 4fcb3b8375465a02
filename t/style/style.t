#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# The style checker: each of its rules finds bad code and accepts good code,
# the tree has no faults, and the pure half compiles without nginx.

use strict;
use warnings;

use Cwd ();
use File::Temp ();
use FindBin ();
use Test::More;

my $root = Cwd::abs_path("$FindBin::Bin/../..");

require "$root/t/tools/style.pl";

chdir $root or die "chdir: $!";


my $copyright = "\n/*\n * Copyright (C) nobody\n */\n\n\n";

my $good = $copyright . <<'EOF';
#include "s3o_core.h"


#define s3o_twice(a, b)  ((a) * (b))


static s3o_uint_t  s3o_table[] = { 1, 2, 3 };


/* A "string, with // all; that is ){ not code", and time() of nothing. */

s3o_int_t
s3o_good(s3o_str_t *s, s3o_buf_t *b, const char *text)
{
    size_t   len;
    u_char  *p;

    p = (u_char *) "if(a,b){ // ngx_";

    for (len = 0; len < s->len; len++) {
        if (p[len] == ',') {
            continue;
        }

        if (p[len] == '"'
            && p[len] != '/')
        {
            break;

        } else if (p[len] == 'x') {
            return S3O_ERROR;

        } else {
            b->overflow = (s3o_uint_t) len;
        }
    }

    return S3O_OK;
}


static void
s3o_nothing(void)
{
    /* void */
}
EOF

my $in = sub { "${copyright}void\ns3o_x(int a)\n{\n$_[0]\n}\n" };

sub function {
    my ($name, $n) = @_;

    return "void\n$name(void)\n{\n" . "    x();\n" x ($n - 3) . "}\n";
}

sub rules {
    my ($path, $text) = @_;
    my %seen;

    return join ' ', sort grep { !$seen{$_}++ }
                          map { $_->[2] } check_file($path, $text);
}


# path, text, rules

my @cases = (
    [ 'good pure code', 'src/base/s3o_x.c', $good, '' ],
    [ 'good test code', 't/unit/x_test.c', $good, '' ],

    [ 'a line of 80 columns', 'src/base/s3o_x.c',
      $in->('    ' . 'x' x 76), '' ],
    [ 'a line of 81 columns', 'src/base/s3o_x.c',
      $in->('    ' . 'x' x 77), 'columns' ],
    [ '81 columns in Perl', 't/x.t', "x = " . "y " x 38 . "z\n", 'columns' ],
    [ 'a word too long for 80 columns in Perl', 't/x.t',
      "x = '" . 'y' x 90 . "';\n", '' ],
    [ 'a tab in C', 'src/base/s3o_x.c', $in->("\tx();"), 'tab' ],
    [ 'a tab in Perl', 't/lib/X.pm', "\tx();\n", 'tab' ],
    [ 'a tab in a Makefile', 'Makefile', "x:\n\techo\n", '' ],
    [ 'trailing space', 'README.md', "x \n", 'trailing-space' ],
    [ 'a carriage return', 'README.md', "x\r\ny\n", 'carriage-return' ],
    [ 'no newline at the end', 'README.md', "x", 'final-newline' ],
    [ 'two newlines at the end', 'README.md', "x\n\n", 'final-newline' ],
    [ 'an empty file', 't/empty', '', '' ],
    [ 'a path of one machine', 'README.md',
      'see /ro' . "ot/x\n", 'machine' ],
    [ 'another path of one machine', 't/x.json',
      '"/wo' . 'rk/main"' . "\n", 'machine' ],

    [ 'a line comment', 'src/base/s3o_x.c', $in->('    x(); // y'),
      'line-comment' ],
    [ 'a line comment in a header', 'src/base/s3o_x.h',
      "$copyright// y\n", 'line-comment' ],
    [ 'no copyright', 'src/base/s3o_x.c', "\nint  x;\n", 'copyright' ],

    [ 'if()', 'src/base/s3o_x.c',
      $in->("    if(a) {\n    }"), 'keyword-space' ],
    [ 'return()', 'src/base/s3o_x.c',
      $in->('    return(a);'), 'keyword-space' ],
    [ '){', 'src/base/s3o_x.c', $in->("    if (a){\n    }"), 'brace-space' ],
    [ 'a,b', 'src/base/s3o_x.c', $in->('    x(a,b);'), 'comma-space' ],
    [ '(u_char *)a', 'src/base/s3o_x.c', $in->('    b = (u_char *)a;'),
      'cast-space' ],
    [ '(size_t)a', 'src/base/s3o_x.c', $in->('    b = (size_t)a;'),
      'cast-space' ],
    [ 'sizeof(size_t)', 'src/base/s3o_x.c', $in->('    b = sizeof(size_t);'),
      '' ],
    [ 'char* a', 'src/base/s3o_x.c', $in->('    char* a;'), 'pointer' ],
    [ 'an operator at the end', 'src/base/s3o_x.c',
      $in->("    if (a &&\n        b)\n    {\n    }"), 'operator' ],
    [ '"{" behind a wrapped condition', 'src/base/s3o_x.c',
      $in->("    if (a\n        && b) {\n    }"), 'wrapped-brace' ],

    [ '"{" behind a function', 'src/base/s3o_x.c',
      "${copyright}void\ns3o_x(void) {\n}\n", 'function-brace' ],
    [ 'the return type before the name', 'src/base/s3o_x.c',
      "${copyright}void s3o_x(void)\n{\n}\n", 'return-type' ],
    [ 'no return type', 'src/base/s3o_x.c',
      "${copyright}s3o_x(void)\n{\n}\n", 'return-type' ],

    [ 'else without a blank line', 'src/base/s3o_x.c',
      $in->("    if (a) {\n        b;\n    } else {\n        c;\n    }"),
      'else' ],
    [ 'else on a line of its own', 'src/base/s3o_x.c',
      $in->("    if (a) {\n        b;\n    }\n    else {\n\n    }"),
      'else' ],
    [ 'no blank line after a block', 'src/base/s3o_x.c',
      $in->("    if (a) {\n        b;\n    }\n    c;"), 'block-end' ],
    [ 'three blank lines', 'src/base/s3o_x.c',
      "${copyright}int  a;\n\n\n\nint  b;\n", 'blank-lines' ],
    [ 'one blank line between functions', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 4) . "\n" . function('s3o_y', 4),
      'function-blank' ],
    [ 'none between functions', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 4) . function('s3o_y', 4),
      'function-blank' ],
    [ 'one blank line before a comment and its function', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 4) . "\n/* y */\n\n"
      . function('s3o_y', 4), 'function-blank' ],
    [ 'one blank line after a function', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 4) . "\nint  y;\n", 'function-blank' ],

    [ 'a function of 40 lines', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 40), '' ],
    [ 'a function of 41 lines', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 41), 'note' ],
    [ 'a function of 80 lines', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 80), 'note' ],
    [ 'a function of 81 lines', 'src/base/s3o_x.c',
      $copyright . function('s3o_x', 81), 'function-size' ],
    [ 'a file of 500 lines', 'src/base/s3o_x.c',
      $copyright . "int  a;\n" x 494, '' ],
    [ 'a file of 501 lines', 'src/base/s3o_x.c',
      $copyright . "int  a;\n" x 495, 'note' ],
    [ 'a file of 801 lines', 'src/base/s3o_x.c',
      $copyright . "int  a;\n" x 795, 'file-size' ],

    [ 'a foreign name in the pure half', 'src/base/s3o_x.c',
      $copyright . function('x', 4), 'prefix' ],
    [ 'a foreign name in the glue', 'src/request/ngx_http_s3o_x.c',
      $copyright . function('s3o_x', 4), 'prefix' ],
    [ 'a foreign name in the module', 'ngx_http_s3o_presign_module.c',
      $copyright . function('init', 4), 'prefix' ],

    [ 'nginx in the pure half', 'src/base/s3o_x.c',
      $in->('    ngx_memzero(a, b);'), 'pure-ngx' ],
    [ 'an nginx header in the pure half', 'src/base/s3o_x.c',
      "$copyright#include <ngx_core.h>\n",
      'pure-include pure-ngx' ],
    [ 'a glue header in the pure half', 'src/base/s3o_x.c',
      "$copyright#include \"ngx_http_s3o_presign.h\"\n", 'pure-include' ],
    [ 'stdio in the pure half', 'src/base/s3o_x.h',
      "$copyright#include <stdio.h>\n", 'pure-include' ],
    [ 'OpenSSL in the pure half', 'src/base/s3o_x.c',
      "$copyright#include <openssl/evp.h>\n", 'openssl' ],
    [ 'OpenSSL in the glue', 'src/request/ngx_http_s3o_x.c',
      "$copyright#include <ngx_config.h>\n#include <openssl/evp.h>\n",
      'openssl' ],
    [ 'the pure half before nginx', 'src/request/ngx_http_s3o_x.h',
      "$copyright#include \"s3o_core.h\"\n#include <ngx_config.h>\n",
      'first-include' ],
    [ 'a system header before nginx', 'src/request/ngx_http_s3o_x.c',
      "$copyright#include <expat.h>\n", 'first-include' ],
    [ 'the pure half after nginx', 'src/request/ngx_http_s3o_x.c',
      "$copyright#include \"ngx_http_s3o_x.h\"\n#include \"s3o_core.h\"\n",
      '' ],
    [ 'OpenSSL where it belongs', 'src/base/s3o_crypto.c',
      "$copyright#include <openssl/evp.h>\n", '' ],
    [ 'and in the files beside it', 'src/base/s3o_crypto_state.h',
      "$copyright#include <openssl/sha.h>\n", '' ],

    [ 'a version in the glue', 'src/request/ngx_http_s3o_x.c',
      "$copyright#if (nginx_version >= 1023000)\n#endif\n", 'version' ],
    [ 'a version where it belongs', 'src/base/ngx_http_s3o_compat.h',
      "$copyright#if (nginx_version >= 1023000)\n#endif\n", '' ],

    [ 'a prototype without a comment', 'src/base/s3o_x.h',
      "${copyright}int  a;\n\ns3o_int_t s3o_x(int a,\n    int b);\n",
      'contract' ],
    [ 'two prototypes behind a comment', 'src/base/s3o_x.h',
      "$copyright/* Both. */\n\ns3o_int_t s3o_x(int a,\n    int b);\n"
      . "s3o_int_t *s3o_y(void);\n", '' ],
    [ 'a function type without a comment', 'src/base/s3o_x.h',
      "${copyright}typedef int (*s3o_x_pt)(int a);\n", '' ],
);

push @cases, map {
    [ "$_() in the pure half", 'src/base/s3o_x.c', $in->("    a = $_(b);"),
      'pure-call' ]
} qw(malloc calloc realloc free time gettimeofday printf fopen socket read
     write);

push @cases,
    [ 'a member called free', 'src/base/s3o_x.c',
      $in->('    a->free(b);'), '' ],
    [ 'malloc() in the glue', 'src/request/ngx_http_s3o_x.c',
      $copyright . "void\nngx_http_s3o_x(void)\n{\n    malloc(1);\n}\n", '' ];

is(rules($_->[1], $_->[2]), $_->[3], $_->[0]) for @cases;

is_deeply([ check_file('src/base/s3o_x.c', $in->("    x();\n\ty();")) ],
          [ [ 'src/base/s3o_x.c', 11, 'tab', 'a tab' ] ],
          'a fault has its line');

is_deeply([ map { $_->[3] }
            check_config("  \$ngx_addon_dir/src/base/a.c   \\\n"
                         . "  \$ngx_addon_dir/src/s3/b.h\"\n",
                         'src/base/a.c', 'src/s3/c.c', 't/unit/d.c', 'e.c') ],
          [ 'e.c is not listed', 'src/s3/c.c is not listed',
            'src/s3/b.h does not exist' ],
          'config lists exactly the existing sources');


# the tree of this repository

my @files = tree();

is(join('', map { "$_->[0]:$_->[1]: $_->[3]\n" }
            grep { $_->[2] ne 'note' }
            (map { check_file($_, slurp($_)) } @files),
            check_config(slurp('config'), @files), check_floors(@files)),
   '', 'the tree has no faults');


# the pure half

my @pure = glob 'src/*/s3o_*.c';
my $dir = File::Temp::tempdir(CLEANUP => 1);

my $allowed = qr/^(?:s3o_\w+|mem(?:cpy|cmp|set|move|chr)|str(?:n?cmp|len|chr)
                     |__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$/x;
my $cflags = join ' ', '-std=gnu99 -O1 -U_FORTIFY_SOURCE',
             map { "-I$_" } glob 'src/*';
my $openssl = qr/^(?:EVP_|OPENSSL_|CRYPTO_|OSSL_PARAM_|OSSL_PROVIDER_get0_name$
                     |SHA256_|ERR_clear_error$|OpenSSL_version$
                     |d2i_PrivateKey$)/x;

ok(@pure, 'the pure half has sources');

for my $source (@pure) {
    my $object = "$dir/x.o";
    my $out = `gcc $cflags -c -o $object $source 2>&1`;

    is($?, 0, "$source compiles without nginx") or diag($out);

    my @alien = grep { $_ !~ $allowed }
                grep { $source !~ m{/s3o_crypto\w*\.c$} || $_ !~ $openssl }
                map { /^\s*U (\w+)/ ? $1 : () } `nm -u $object`;

    is_deeply([ $?, @alien ], [ 0 ], "$source calls only functions on bytes");
}

for my $header (glob 'src/*/s3o_*.h') {
    my $out = `gcc $cflags -fsyntax-only -x c $header 2>&1`;

    is($?, 0, "$header compiles alone") or diag($out);
}

done_testing();
