#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# nginx carries the requests of curl to a real S3 server, which verifies their
# signatures.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;

my $t = S3O::Nginx->new()->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=cache:1m;

    %%TEST_OUTPOST%%

    upstream outpost {
        server     127.0.0.1:%%OUTPOST%%;
        keepalive  4;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        s3o_presign          proxy;
        s3o_presign_methods  GET HEAD PUT DELETE;

        location /files/ {
            proxy_pass  http://outpost$s3o_presign_uri;
        }

        location /kept/ {
            proxy_pass          http://outpost$s3o_presign_uri;
            proxy_http_version  1.1;
            proxy_set_header    Connection "";
        }

        location /headers/ {
            s3o_presign_signed_headers  content-type content-md5
                                        x-amz-meta-* x-amz-copy-source;
            s3o_presign_header          x-amz-meta-by    nginx;
            s3o_presign_header          x-amz-meta-agent $http_user_agent;
            proxy_pass                  http://outpost$s3o_presign_uri;
        }

        location /as/ {
            s3o_presign_param  response-content-disposition
                               "attachment; filename=\"$arg_as\"";
            s3o_presign_args   response-content-type;
            proxy_pass         http://outpost$s3o_presign_uri;
        }

        location /cached/ {
            s3o_presign_methods  GET HEAD;
            proxy_cache          cache;
            proxy_cache_key      $s3o_presign_key;
            proxy_cache_valid    1m;
            add_header           X-Cache $upstream_cache_status;
            proxy_pass           http://outpost$s3o_presign_uri;
        }

        location /sliced/ {
            slice                100k;
            s3o_presign_methods  GET;
            proxy_cache          cache;
            proxy_cache_key      $s3o_presign_key$slice_range;
            proxy_cache_valid    200 206 1m;
            proxy_set_header     Range $slice_range;
            proxy_pass           http://outpost$s3o_presign_uri;
        }

        location /wrong/ {
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=none%%SECRET%%;
            proxy_pass               http://outpost$s3o_presign_uri;
        }

        location /unknown/ {
            s3o_presign_credentials  static access_key_id=NOBODY
                                     secret_access_key=%%SECRET%%;
            proxy_pass               http://outpost$s3o_presign_uri;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $text = "The quick brown fox.\n";

operations($_) for qw(files kept);
client_headers();
parameters();
caches();
slices() unless $t->missing('http_slice_module');

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

refusals();

$t->done();


sub operations {
    my ($way) = @_;

    my $url = "$base/$way/dir/a%20b.txt";
    my $r = curl($url, upload => $text);
    is($r->{status}, 200, "$way: PUT");
    is($s3->signed(key => 'dir/a b.txt')->{body}, $text,
       "$way: the object is what was sent");

    $r = curl($url);
    is("$r->{status} $r->{body}", "200 $text", "$way: GET");

    my ($etag, $modified) = map { $r->{headers}{$_}[0] }
                            qw(etag last-modified);

    $r = curl($url, method => 'HEAD');
    is("$r->{status} $r->{headers}{'content-length'}[0]",
       '200 ' . length $text, "$way: HEAD");

    $r = curl($url, args => ['-r', '4-8']);
    is("$r->{status} $r->{body} $r->{headers}{'content-range'}[0]",
       '206 quick bytes 4-8/' . length $text, "$way: Range");

    $r = curl($url, args => ['-r', '1000-']);
    is($r->{status}, 416, "$way: a range beyond the object");

    for my $case (
        [304, 'If-None-Match' => $etag],
        [200, 'If-None-Match' => '"other"'],
        [200, 'If-Match' => $etag],
        [412, 'If-Match' => '"other"'],
        [304, 'If-Modified-Since' => $modified],
        [412, 'If-Unmodified-Since' => 'Sat, 01 Jan 2000 00:00:00 GMT'])
    {
        my ($status, @header) = @$case;

        is(curl($url, headers => \@header)->{status}, $status,
           "$way: GET with $header[0]: $header[1]");
    }

    $r = curl("$base/$way/none");
    is($r->{status}, 404, "$way: an object that is not there");
    like($r->{body}, qr/<Code>NoSuchKey</,
         "$way: the client gets the answer of S3");

    is(curl($url, method => 'DELETE')->{status}, 204, "$way: DELETE");
    is($s3->signed(key => 'dir/a b.txt')->{status}, 404,
       "$way: the object is gone");
}


# Signed headers are stored; headers that the configuration does not name do not
# reach the server.

sub client_headers {
    my @headers = ('Content-Type' => 'text/x-test; charset=utf-8',
                   'x-amz-meta-owner' => 'alice  and   bob',
                   'x-amz-meta-by' => 'mallory',
                   'x-amz-acl' => 'private',
                   'x-amz-storage-class' => 'STANDARD',
                   'Authorization' => 'AWS4-HMAC-SHA256 none',
                   'x-amz-date' => '20000101T000000Z',
                   'x-amz-content-sha256' => 'none');

    is(curl("$base/headers/h", upload => $text, headers => \@headers)
       ->{status}, 200, 'PUT with headers of all kinds');

    my $h = $s3->signed(key => 'h')->{headers};
    is($h->{'content-type'}[0], 'text/x-test; charset=utf-8',
       'the type is kept');
    like($h->{'x-amz-meta-owner'}[0], qr/^alice +and +bob$/,
         'metadata that is named is kept');
    is($h->{'x-amz-meta-by'}[0], 'nginx',
       'the configured header replaces that of the client');
    like($h->{'x-amz-meta-agent'}[0], qr/^curl/, 'a variable is added');

    my $r = $s3->fetch('http://' . $s3->host() . '/h');
    is($r->{status}, 403, 'nobody else can read the object');

    is(curl("$base/headers/acl", upload => $text,
            headers => ['x-amz-acl' => 'public-read'])->{status}, 501,
       'an ACL that opens the object is refused');
    is($s3->signed(key => 'acl')->{status}, 404,
       'the refused upload is not stored');

    is(curl("$base/files/plain", upload => $text,
            headers => ['x-amz-meta-owner' => 'alice'])->{status}, 400,
       'metadata that is not named is refused');
    is($s3->signed(key => 'plain')->{status}, 404,
       'the refused upload is not stored');

    # "hello" has this digest, and the server verifies it

    my @md5 = ('Content-MD5' => 'XUFAKrxLKna5cZ2REBfFkg==');

    is(curl("$base/headers/md5", upload => 'hello', headers => \@md5)
       ->{status}, 200, 'a digest that is right');

    $r = curl("$base/headers/md5", upload => 'hallo', headers => \@md5);
    is($r->{status}, 400, 'a digest that is wrong');
    like($r->{body}, qr/<Code>BadDigest</, 'the client gets the answer of S3');

    $r = curl("$base/headers/copy", method => 'PUT', upload => '',
              headers => ['x-amz-copy-source' => "/" . $s3->bucket() . "/h"]);
    is($r->{status}, 200, 'CopyObject where its header is named');
    is($s3->signed(key => 'copy')->{body}, $text, 'the copy is there');

    $r = curl("$base/files/copy", method => 'PUT', upload => '',
              headers => ['x-amz-copy-source' => "/" . $s3->bucket() . "/h"]);
    is("$r->{status} " . $s3->signed(key => 'copy')->{body}, "501 $text",
       'CopyObject is refused where its header is not named');
}


sub parameters {
    $s3->signed(method => 'PUT', key => 'p', body => $text);

    my $r = curl("$base/as/p?as=b.txt&response-content-type=text%2Fx%2Ba+b"
                 . '&utm=dropped');
    is("$r->{status} $r->{body}", "200 $text", 'GET with parameters');
    is($r->{headers}{'content-disposition'}[0],
       'attachment; filename="b.txt"',
       'response-content-disposition has come through');
    is($r->{headers}{'content-type'}[0], 'text/x+a b',
       'response-content-type has come through');
}


# A cache turns HEAD into GET and adds conditions.

sub caches {
    $s3->signed(method => 'PUT', key => 'c', body => $text);

    my $r = curl("$base/cached/c", method => 'HEAD');
    is("$r->{status} $r->{headers}{'x-cache'}[0]", '200 MISS',
       'HEAD fills a cache');

    $r = curl("$base/cached/c");
    is("$r->{status} $r->{headers}{'x-cache'}[0] $r->{body}",
       "200 HIT $text", 'GET is served from it');

    $r = curl("$base/cached/c", args => ['-r', '0-2']);
    is("$r->{status} $r->{body}", '206 The',
       'a range is served from the cache');
}


sub slices {
    my $body = join '', map { sprintf "%07d\n", $_ } 1 .. 40_000;

    $s3->signed(method => 'PUT', key => 's', body => $body);

    my $r = curl("$base/sliced/s");
    is($r->{status}, 200, 'GET in slices');
    ok($r->{body} eq $body, 'the slices make the whole body');

    $r = curl("$base/sliced/s", args => ['-r', '150000-250015']);
    is($r->{status}, 206, 'a range over slices');
    ok($r->{body} eq substr($body, 150_000, 100_016),
       'the range over slices is right');
}


# The client does not get the answer to a bad signature.

sub refusals {
    for my $case (['wrong', 'SignatureDoesNotMatch'],
                  ['unknown', 'InvalidAccessKeyId'])
    {
        my ($way, $code) = @$case;

        my $r = curl("$base/$way/p");
        is($r->{status}, 502, "$code: the client gets a bad gateway");
        unlike($r->{body}, qr/$code|HostId|StringToSign/,
               'the client does not get the body of the answer');
        $t->error_log_like(qr/answered 403 "$code", its body is withheld/,
                           'the log has the answer');


        # an answer without a body has no reason that nginx could read

        is(curl("$base/$way/p", method => 'HEAD')->{status}, 403,
           "HEAD with $code");
        is(curl("$base/$way/p", upload => 'x')->{status}, 502,
           "PUT with $code");
    }

    is($s3->signed(key => 'p')->{body}, $text, 'the object is untouched');
}
