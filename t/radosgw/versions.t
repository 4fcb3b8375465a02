#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Versions of objects that a real S3 server makes.  The client or the
# configuration asks for a version.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4 qw(uri_encode);

my $t = S3O::Nginx->new()->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods       GET HEAD PUT DELETE;

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;

        location /redirect/ {
            s3o_presign       redirect;
            s3o_presign_args  versionId;
        }

        location /proxy/ {
            s3o_presign       proxy;
            s3o_presign_args  versionId;
            proxy_pass        http://127.0.0.1:%%OUTPOST%%;
        }

        # the version is part of the path in this location

        location ~ ^/at/([^/]+)/(.+)$ {
            s3o_presign        redirect;
            s3o_presign_key    $2;
            s3o_presign_param  versionId $1;
        }

        location /none/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);

is($s3->signed(method => 'PUT', query => ['versioning', ''], body =>
   '<VersioningConfiguration><Status>Enabled</Status>'
   . '</VersioningConfiguration>')->{status}, 200, 'the server keeps versions');

versions($_) for qw(redirect proxy);

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub versions {
    my ($way) = @_;

    my $url = "$base/$way/$way%20key";
    my %o = (follow => $way eq 'redirect');

    my @ids = map { curl($url, %o, upload => $_)
                    ->{headers}{'x-amz-version-id'}[0] } 'one', 'two';

    is(scalar(grep { length } @ids), 2, "$way: two versions");

    my @query = map { '?versionId=' . uri_encode($_) } @ids;

    is(curl($url, %o)->{body}, 'two', "$way: the newest one");
    is(curl("$url$query[0]", %o)->{body}, 'one', "$way: the first one");
    is(curl("$url$query[1]", %o)->{body}, 'two', "$way: the second one");

    my $r = curl("$url$query[0]", %o, method => 'HEAD');
    is($r->{headers}{'x-amz-version-id'}[0], $ids[0],
       "$way: HEAD of the first one");

    is(curl("$base/at/$ids[0]/$way%20key", follow => 1)->{body}, 'one',
       "$way: chosen by the configuration");
    is(curl("$base/none/$way%20key$query[0]")->{status}, 400,
       "$way: versionId is refused where it is not named");

    # DELETE without a version only adds a delete marker

    is(curl($url, %o, method => 'DELETE')->{status}, 204, "$way: DELETE");
    is(curl($url, %o)->{status}, 404, "$way: the object seems to be gone");
    is(curl("$url$query[0]", %o)->{body}, 'one',
       "$way: the first version is not gone");

    is(curl("$url$query[0]", %o, method => 'DELETE')->{status}, 204,
       "$way: DELETE of the first one");
    is(curl("$url$query[0]", %o)->{status}, 404,
       "$way: the first version is gone");
    is(curl("$url$query[1]", %o)->{body}, 'two',
       "$way: the second version is not gone");
}
