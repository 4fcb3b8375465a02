#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# The check of the floors: each fault that is planted in a small source tree
# is found, and a tree without faults has none.

use strict;
use warnings;

use Cwd ();
use FindBin ();
use Test::More;

my $root = Cwd::abs_path("$FindBin::Bin/../..");

require "$root/t/tools/floors.pl";

# two floors; the higher one uses declarations of every kind from the lower
# one

my %good = (
    'src/base/s3o_a.h' => <<'EOF',
typedef struct {
    size_t  len;
} s3o_a_t;


extern const char  *s3o_words[];

size_t s3o_a(const s3o_a_t *a);
EOF

    'src/base/s3o_a.c' => <<'EOF',
#include "s3o_a.h"


const char  *s3o_words[] = { "s3o_b", NULL };


/* s3o_b() is of a higher floor */

size_t
s3o_a(const s3o_a_t *a)
{
    return a->len;
}
EOF

    'src/s3/s3o_b.h' => <<'EOF',
#include "s3o_a.h"


size_t s3o_b(const s3o_a_t *a);
EOF

    'src/s3/s3o_b.c' => <<'EOF',
#include "s3o_b.h"
#include <string.h>


static size_t s3o_help(const s3o_a_t *a);


static struct {
    size_t  (*call)(const s3o_a_t *a);
} s3o_table = { s3o_a };


size_t
s3o_b(const s3o_a_t *a)
{
    return s3o_help(a) + strlen(s3o_words[0]);
}


static size_t
s3o_help(const s3o_a_t *a)
{
    return s3o_table.call(a);
}
EOF

    'ngx_http_s3o_presign_module.c' => <<'EOF',
#include "s3o_b.h"


ngx_module_t  ngx_http_s3o_presign_module = { s3o_b };
EOF
);


sub faults {
    my %house = (%good, @_);

    return join "\n", map { "$_->[0]:$_->[1]: $_->[3] [$_->[2]]" }
                      floors::faults(floors::house(%house));
}

sub with {
    my ($path, $from, $to) = @_;
    my $text = $good{$path};

    $text =~ s/\Q$from\E/$to/ or die "no \"$from\" in $path\n";

    return ($path => $text);
}


is(faults(), '', 'the small tree has no faults');

is(faults('src/request/ngx_http_s3o_c.h' => "void ngx_http_s3o_c(void);\n",
          'src/request/ngx_http_s3o_c.c' => "#include \"ngx_http_s3o_c.h\"\n\n"
              . "\nvoid\nngx_http_s3o_c(void)\n{\n"
              . "    x(&ngx_http_s3o_presign_module);\n}\n"),
   '', 'every floor may name the module itself');

# uses of a higher floor: an include, a call, an entry of a table, a variable

like(faults(with('src/base/s3o_a.c', '#include "s3o_a.h"',
                 qq{#include "s3o_a.h"\n#include "s3o_b.h"})),
     qr{^src/base/s3o_a\.c:2: s3o_b\.h is of a higher floor \[include-up\]$}m,
     'an include of a higher floor');

like(faults(with('src/base/s3o_a.c', 'a->len;', 's3o_b(a);')),
     qr{^src/base/s3o_a\.c:12: s3o_b is of a higher floor, .* \[use-up\]$}m,
     'a call of a higher floor');

like(faults(with('src/base/s3o_a.c', 'size_t' . "\n" . 's3o_a(',
                 "void  *s3o_p[] = { s3o_b };\n\n\nsize_t\ns3o_a(")),
     qr{s3o_b is of a higher floor}, 'an entry of a table');

like(faults(with('src/base/s3o_a.h', 'size_t s3o_a(',
                 "static inline size_t\ns3o_i(s3o_a_t *a)\n{\n"
                 . "    return s3o_b(a);\n}\n\nsize_t s3o_a(")),
     qr{^src/base/s3o_a\.h:\d+: s3o_b is of a higher floor}m,
     'a call in a header');

like(faults('src/cellar/s3o_c.h' => "\n"), qr{\[floor\]}, 'an unknown folder');

# headers

is(faults('src/s3/s3o_c.c' => "\n\n\nvoid\ns3o_c(void)\n{\n}\n"),
   'src/s3/s3o_c.c:1: it has no s3o_c.h [own-header]', 'no header');

is(faults(with('src/base/s3o_a.c', '#include "s3o_a.h"', '')),
   'src/base/s3o_a.c:1: it does not include s3o_a.h [own-header]',
   'its own header is not included');

is(faults(with('src/base/s3o_a.h', 'extern const char  *s3o_words[];', '')),
   'src/base/s3o_a.c:4: s3o_words is used elsewhere, and not declared in'
   . ' s3o_a.h [own-header]', 'a variable that its header does not have');

is(faults(with('src/base/s3o_a.h', 'size_t s3o_a(const s3o_a_t *a);', ''),
          with('src/s3/s3o_b.h', 'size_t s3o_b(',
               "size_t s3o_a(const s3o_a_t *a);\nsize_t s3o_b(")),
   "src/base/s3o_a.c:10: s3o_a is used elsewhere, and not declared in s3o_a.h"
   . " [own-header]\n"
   . "src/s3/s3o_b.h:4: it declares s3o_a, which is another file's"
   . ' [own-header]', 'a function that another header has');

# circles: of calls, of includes, of both, and of three steps

my @more = (
    'src/s3/s3o_c.h' => "\n\nvoid s3o_c(void);\n",
    'src/s3/s3o_c.c' => "#include \"s3o_c.h\"\n\n\nvoid\ns3o_c(void)\n{\n"
                        . "    s3o_d();\n}\n",
    'src/s3/s3o_d.h' => "\n\nvoid s3o_d(void);\n",
);

sub d {
    my ($name) = @_;

    return ('src/s3/s3o_d.c' => "#include \"s3o_d.h\"\n\n\nvoid\ns3o_d(void)"
                                . "\n{\n    $name();\n}\n");
}

is(faults(@more, d('x')), '', 'calls in one direction are no circle');

is(faults(@more, d('s3o_c')),
   join("\n", map { "src/s3/s3o_$_.c:1: leads back to itself, in a circle of"
                    . ' s3o_c s3o_d [circle]' } qw(c d)),
   'a circle of calls');

like(faults(@more, d('x'), 'src/s3/s3o_d.h' => "#include \"s3o_c.h\"\n"
                                               . "void s3o_d(void);\n"),
     qr{circle of s3o_c s3o_d}, 'a circle of an include and a call');

like(faults(@more, d('s3o_e'),
            'src/s3/s3o_e.h' => "void s3o_e(void);\n",
            'src/s3/s3o_e.c' => "#include \"s3o_e.h\"\n\n\n"
                                . "void\ns3o_e(void)\n{\n    y(s3o_c);\n}\n"),
     qr{circle of s3o_c s3o_d s3o_e}, 'three steps, the last by a pointer');

like(faults('src/s3/s3o_f.h' => "#include \"s3o_g.h\"\n",
            'src/s3/s3o_g.h' => "#include \"s3o_f.h\"\n"),
     qr{^src/s3/s3o_f\.h:1: .* circle of s3o_f s3o_g}m, 'a circle of headers');

# a static name in a file does not mean the same name in another file

is(faults('src/base/s3o_h.h' => "\n",
          'src/base/s3o_h.c' => "#include \"s3o_h.h\"\n\n\n"
                                . "static size_t\ns3o_b(void)\n{\n}\n\n\n"
                                . "static void  *s3o_t = s3o_b;\n"),
   '', 'a static function of the same name');

# the tree of this repository

my $said = qx{perl '$root/t/tools/floors.pl'};

is($?, 0, 'the tree has no faults') or diag($said);
like($said, qr{^floors:\ \d+\ files,\ \d+\ arrows,\ 0\ includes\ up,\ 0\ uses
               \ up,\ 0\ without\ a\ header,\ 0\ files\ in\ circles$}mx,
     'the check says that it found none');

done_testing();
