#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# t/tools/build.sh refuses source code of another version than the nginx that
# will load the module.

use strict;
use warnings;

use File::Temp ();
use Test::More;

use S3O::Nginx;
use S3O::Process qw(capture spew);

my $dir = File::Temp::tempdir(CLEANUP => 1);

# a source tree whose configure reports that it ran, and its arguments

mkdir "$dir/$_" for qw(tree tree/src tree/src/core);
spew("$dir/tree/src/core/nginx.h", qq{#define NGINX_VERSION "1.31.1"\n});
spew("$dir/tree/configure", "#!/bin/sh\necho \"reached: \$*\"\nexit 1\n", 0755);

for my $case (
    ['nginx', 1, 'nginx version: nginx/1.31.1'],
    ['nginx of a distribution', 1, 'nginx version: nginx/1.31.1 (Ubuntu)'],
    ['freenginx', 1, 'nginx version: freenginx/1.31.1'],
    ['OpenResty\'s core', 1, 'nginx version: openresty/1.31.1'],
    ['OpenResty', 1, 'nginx version: openresty/1.31.1.2'],
    ['Tengine', 1, "Tengine version: Tengine/3.2.0\n"
                   . 'nginx version: nginx/1.31.1'],
    ['Angie', 1, "Angie version: Angie/1.13.0\nnginx version: nginx/1.31.1"],
    ['a later nginx', 0, 'nginx version: nginx/1.31.10'],
    ['an earlier nginx', 0, 'nginx version: nginx/1.31.0'],
    ['a version that has other dots', 0, 'nginx version: nginx/1.3101'],
    ['a relative of another version', 0, 'nginx version: openresty/1.29.2.1'],
    ['a path with the version', 0, "nginx version: nginx/1.22.1\n"
                                   . 'built in /opt/1.31.1'])
{
    my ($name, $right, $says) = @$case;

    spew("$dir/nginx", "#!/bin/sh\ncat <<'EOV'\n$says\n"
         . "configure arguments: --with-http_ssl_module --with-of='a b'\n"
         . "EOV\n", 0755);

    my ($status, $out) = capture(
        ['bash', S3O::Nginx::root() . '/t/tools/build.sh'],
        env => { NGINX_SRC => "$dir/tree", NGINX_BIN => "$dir/nginx",
                 OUT => "$dir/out", SANITIZE => undef });

    isnt($status, 0, "$name: configure fails, and nothing is built");
    like($out, $right ? qr/reached: --with-http_ssl_module --with-of=a b /
                      : qr/\Q$dir\E\/nginx is not nginx 1\.31\.1, the version/,
         $name . ($right ? ' is taken' : ' is refused'));
}

done_testing();
