#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The version: one place in the sources has it, and CHANGES, README, the
# package, the binary, the log at start, and the metrics show the same.

use strict;
use warnings;

use Cwd ();
use FindBin ();
use Test::More;

use S3O::Nginx;
use S3O::Process qw(slurp);
use S3O::Rotation qw(metrics);

my $root = Cwd::abs_path("$FindBin::Bin/../..");

my ($version) = slurp("$root/src/base/ngx_http_s3o_version.h")
                =~ /^#define S3O_PRESIGN_VERSION  "(\d+\.\d+\.\d+)"$/m;

ok($version, 'the source has a version') or $version = 'none';

my ($changes) = slurp("$root/CHANGES") =~ /\A\nChanges with version (\S+)\n/;

is($changes, $version, 'CHANGES begins with the version');

my ($readme) = slurp("$root/README.md") =~ /^This is version (\S+)\. /m;

is($readme, $version, 'README has the version');

my ($package) = slurp("$root/debian/changelog") =~ /\A\S+ \(([\d.]+)-\d+\) /;

is($package, $version, 'the package has the version');

my @elsewhere = grep { slurp($_) =~ /\Q"$version"\E/ }
                grep { !m{/ngx_http_s3o_version\.h$} }
                glob "$root/*.c $root/src/*/*.[ch]";

is("@elsewhere", '', 'no other source has the version');

my $t = S3O::Nginx->new();

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location / {
            s3o_presign_status  prometheus;
        }
    }
}

EOC

my ($first) = $t->read_file('error.log') =~ /\[notice\] .*?(s3o_presign: .*)$/m;

like($first, qr{^s3o_presign:\ ngx_http_s3o_presign_module/\Q$version\E,
                \ with\ \S}x, 'the first notice in the log has the version');

my ($info) = grep { /^s3o_presign_build_info/ }
             keys %{ metrics($t->request(uri => '/')->{body}) };

like($info, qr/\{version="\Q$version\E",nginx="[\d.]+",openssl="[^"]+"\}$/,
     'the metric has the version');

SKIP: {
    my $module = $t->{module};

    skip 'the module is a part of nginx', 1 if !$module || !-f $module;

    ok(index(slurp($module), "ngx_http_s3o_presign_module/$version") >= 0,
       'the binary has the version');
}

$t->done();
