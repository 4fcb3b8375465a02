#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "make install" and "make uninstall", to where nginx looks for modules or to
# another place, and the manual page of the package.

use strict;
use warnings;

use File::Temp ();
use Test::More;

use S3O::Nginx;
use S3O::Process qw(capture slurp spew);

my $root = S3O::Nginx::root();
my $dir = File::Temp::tempdir(CLEANUP => 1);
my $module = 'ngx_http_s3o_presign_module.so';

# a module that is already built, and an nginx with a directory of its own

mkdir "$dir/out";
spew("$dir/out/$module", 'a module');
spew("$dir/nginx", "#!/bin/sh\necho 'configure arguments: --prefix=/opt/nginx "
     . "--modules-path=/opt/nginx/modules --with-compat' >&2\n", 0755);

for my $case (['as nginx says', "$dir/nginx", '/opt/nginx/modules'],
              ['where nginx does not say', '/bin/true',
               '/usr/lib/nginx/modules'],
              ['a directory of its own', "$dir/nginx", '/srv/m',
               'MODULES=/srv/m'])
{
    my ($name, $nginx, $place, @more) = @$case;
    my $file = "$dir/root$place/$module";

    is(make('install', "NGINX_BIN=$nginx", @more), 0, "$name: install");
    is(-e $file ? slurp($file) : 'nothing', 'a module', "$name: it is there");
    is(sprintf('%o', (stat $file)[2] & 0777), '644', "$name: its mode");

    is(make('uninstall', "NGINX_BIN=$nginx", @more), 0, "$name: uninstall");
    ok(!-e $file, "$name: it is gone");
}

# the manual page has all directives and variables

my ($status, $page) = capture([$^X, "$root/t/tools/man.pl"]);

is($status, 0, 'the manual page is made');

my $c = slurp("$root/ngx_http_s3o_presign_module.c");
my @directives = $c =~ /ngx_string\("(s3o_presign\w*)"\)/g;

cmp_ok(scalar @directives, '>', 20, 'there are directives');
is(join(' ', grep { $page !~ /^\.SS \Q$_\E$/m } @directives), '',
   'each directive is in the manual page');

my $index = (split /^## /m, slurp("$root/docs/directives.md"))[0];

is(join(' ', grep { $index !~ /^\|\ \[\Q$_\E\]\(#\Q$_\E\)\ \|/mx }
                  @directives), '',
   'each directive is in the index of the documentation');

my $names = join '', map { slurp($_) }
            glob "$root/src/front/ngx_http_s3o_{variables,signed_values}.c";
my @variables = $names =~ /ngx_string\("(s3o_presign_\w+)"\)/g;

cmp_ok(scalar @variables, '>', 10, 'there are variables');
is(join(' ', grep { $page !~ /^\.B \$\Q$_\E/m } @variables), '',
   'each variable is in the manual page');
unlike($page, qr/\]\(|<!--|`/, 'the manual page has no Markdown');

done_testing();


# runs make without a build

sub make {
    my ($target, @more) = @_;

    my ($status, $said) = capture(
        ['make', '-C', $root, '-o', 'build', $target, "OUT=$dir/out",
         "DESTDIR=$dir/root", @more]);
    diag($said) if $status;

    return $status;
}
