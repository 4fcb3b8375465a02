#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode with a cache: nginx turns HEAD into GET, fetches slices, and
# updates its cache by itself.  All these requests are signed.

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(wait_until);

my $t = S3O::Nginx->new()->has('http_slice');
my $faked = !$t->missing('faketime');

$t->faketime('20240301T120000Z') if $faked;

my $s3 = S3O::Outpost->new(session_token => 'FwoGZXIvYXdzE//+TOKEN=',
                           $faked ? (clock_file => $t->faketime_file())
                                  : ())->start();

$s3->known_to($t);

$t->write_file('users', "user:{PLAIN}secret\n");

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=cache:1m;

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    s3o_presign               proxy;
    %%TEST_OUTPOST%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        proxy_cache        cache;
        proxy_cache_valid  200 206 1h;
        add_header         X-Cache $upstream_cache_status always;

        location /plain/ {
            s3o_presign_args  versionId;
            proxy_pass        http://up$s3o_presign_uri;
        }

        location /head/ {
            proxy_cache_convert_head  off;
            proxy_cache_key           $request_method$uri;
            proxy_pass                http://up;
        }

        location /puts/ {
            s3o_presign_methods  GET HEAD PUT DELETE;
            proxy_pass           http://up;
        }

        location /closed/ {
            auth_basic            "closed";
            auth_basic_user_file  users;
            proxy_pass            http://up;
        }

        location /slices/ {
            slice             1k;
            proxy_cache_key   $uri$slice_range;
            proxy_set_header  Range $slice_range;
            proxy_pass        http://up;
        }

        location /signed-slices/ {
            slice                       1k;
            proxy_cache_key             $uri$slice_range;
            proxy_set_header            Range $slice_range;
            s3o_presign_signed_headers  range;
            proxy_pass                  http://up;
        }

        location /background/ {
            proxy_cache_valid              200 1m;
            proxy_cache_use_stale          updating error;
            proxy_cache_background_update  on;
            proxy_pass                     http://up;
        }

        location /revalidated/ {
            proxy_cache_valid       200 1m;
            proxy_cache_revalidate  on;
            proxy_pass              http://up;
        }
    }
}

EOC

head_and_get();
other_methods();
doors();
slices();

SKIP: {
    skip $t->missing('faketime'), 8 if !$faked;

    updates();
}

at_configuration();

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


# Sends a request; returns "status, cache status, requests that came to the
# Outpost".

sub ask {
    my ($method, $uri, %o) = @_;

    $s3->clear();

    my $r = $t->request(method => $method, uri => $uri, %o);
    my $sent = join ',', map { "$_->{method} $_->{verdict}" } $s3->requests();

    return (join(' ', $r->{status}, $r->{headers}{'x-cache'}[0] // '-',
                 $sent || 'none'), $r);
}


sub head_and_get {
    $s3->put_object($_, 'hello') for 'a b', 'c';

    my @steps = (

        # the first HEAD fetches the object, and the cache serves all later
        # requests

        ['HEAD', '/plain/a%20b', '200 MISS GET ok', ''],
        ['HEAD', '/plain/a%20b', '200 HIT none', ''],
        ['GET', '/plain/a%20b', '200 HIT none', 'hello'],
        ['GET', '/plain/%61%20b', '200 HIT none', 'hello'],
        ['GET', '/plain/a%20b?x=1', '200 HIT none', 'hello'],
        ['GET', '/plain/a%20b?versionId=1', '200 MISS GET ok', 'hello'],
        ['GET', '/plain/c', '200 MISS GET ok', 'hello'],
        ['HEAD', '/plain/c', '200 HIT none', ''],
        ['HEAD', '/plain/missing', '404 MISS GET ok', ''],
        ['GET', '/plain/missing', '404 MISS GET ok', qr/NoSuchKey/],

        # or HEAD is passed on

        ['HEAD', '/head/a%20b', '200 MISS HEAD ok', ''],
        ['HEAD', '/head/a%20b', '200 HIT none', ''],
        ['GET', '/head/a%20b', '200 MISS GET ok', 'hello'],
        ['GET', '/head/a%20b', '200 HIT none', 'hello'],
        ['HEAD', '/head/missing', '404 MISS HEAD ok', ''],
    );

    for my $case (@steps) {
        my ($method, $uri, $expected, $body) = @$case;

        my ($seen, $r) = ask($method, $uri);

        is($seen, $expected, "$method $uri: $expected");
        ref $body ? like($r->{body}, $body, "$method $uri: body")
                  : is($r->{body}, $body, "$method $uri: body");
        is($r->{headers}{'content-length'}[0], 5, "$method $uri: length")
            if $expected =~ /^200/;
    }
}


sub other_methods {
    is((ask('PUT', '/puts/k', body => 'one'))[0], '200 - PUT ok',
       'PUT does not use the cache');
    is((ask('GET', '/puts/k'))[0], '200 MISS GET ok', 'GET fills the cache');
    is((ask('DELETE', '/puts/k'))[0], '204 - DELETE ok',
       'DELETE does not use the cache');
    is((ask('POST', '/puts/k'))[0], '405 - none', 'POST is refused');
}


# A request for a cached object passes the same checks as any other.

sub doors {
    my $user = ['Authorization' => 'Basic '
                                   . encode_base64('user:secret', '')];

    $s3->put_object('secret', 'hello');

    for my $case ([[], '401 - none'], [$user, '200 MISS GET ok'],
                  [$user, '200 HIT none'], [[], '401 - none'])
    {
        my ($headers, $expected) = @$case;

        is((ask('GET', '/closed/secret', headers => $headers))[0], $expected,
           'a protected location' . (@$headers ? ', with the password' : '')
           . ": $expected");
    }

    is((ask('GET', '/plain/a%20b?tagging'))[0], '400 - none',
       'another operation is not served from the cache');
    is((ask('GET', '/plain/a%20b?X-Amz-Date=1'))[0], '400 - none',
       'a presigned request is not served from the cache');
}


# nginx itself makes requests for the parts of an object.

sub slices {
    my $body = join '', map { chr 65 + $_ % 26 } 0 .. 3499;

    for my $way (qw(slices signed-slices)) {
        $s3->put_object('large', $body);

        my ($seen, $r) = ask('GET', "/$way/large");
        is($seen, '200 MISS ' . join(',', ('GET ok') x 4),
           "$way: an object is fetched in four requests");
        is($r->{body}, $body, "$way: the object is whole");
        is(join(' ', map { $_->{header}{range} } $s3->requests()),
           'bytes=0-1023 bytes=1024-2047 bytes=2048-3071 bytes=3072-4095',
           "$way: each request is for its part");
        is($s3->last()->{signed_headers} =~ /range/ ? 'signed' : 'not signed',
           $way eq 'slices' ? 'not signed' : 'signed', "$way: the range");

        ($seen, $r) = ask('GET', "/$way/large");
        is($seen, '200 HIT none',
           "$way: the cache has the object the next time");
        is($r->{body}, $body, "$way: the cached object is whole");

        ($seen, $r) = ask('GET', "/$way/large",
                          headers => ['Range' => 'bytes=1000-1100']);
        is($r->{status}, 206, "$way: a range of the cached object");
        is($r->{body}, substr($body, 1000, 101), "$way: the range is right");

        $s3->put_object('other', $body);
        ($seen, $r) = ask('GET', "/$way/other",
                          headers => ['Range' => 'bytes=2000-2100']);
        is("$seen $r->{body}", '206 MISS GET ok,GET ok '
           . substr($body, 2000, 101),
           "$way: a range of an object that is not cached");
    }
}


# The clock stands still, so the cached files become stale when the test says
# so.

sub updates {
    $s3->put_object('fresh', 'old');

    ask('GET', '/background/fresh');
    $s3->put_object('fresh', 'new');

    my ($seen, $r) = ask('GET', '/background/fresh');
    is("$seen $r->{body}", '200 HIT none old',
       'the cache serves the old object');

    $t->set_faketime('20240301T120102Z');

    ($seen, $r) = ask('GET', '/background/fresh');
    like("$seen $r->{body}", qr/^200 STALE .* old$/,
         'a stale object is served during the update');

    my @seen = $s3->wait_requests(1);

    is(join(' ', map { "$_->{method} $_->{verdict}" } @seen), 'GET ok',
       'the update in the background is signed');
    is(wait_until(sub { (ask('GET', '/background/fresh'))[1]->{body} eq 'new' },
                  60), 1, 'the update brings the new object');

    $s3->put_object('same', 'hello');
    is((ask('GET', '/revalidated/same'))[0], '200 MISS GET ok',
       'an object is fetched');
    is((ask('GET', '/revalidated/same'))[0], '200 HIT none',
       'a fresh object is not fetched again');

    $t->set_faketime('20240301T120204Z');

    is((ask('GET', '/revalidated/same'))[0], '200 REVALIDATED GET ok',
       'a stale object is fetched with a condition');
    is($s3->last()->{status}, 304, 'the object had not changed');
}


# Where only HEAD is allowed, it cannot become GET.

sub at_configuration {
    my $common = "proxy_cache_path %%TESTDIR%%/x keys_zone=x:1m;\n"
        . 's3o_presign_access_point ' . $s3->arn() . ";\n"
        . 's3o_presign_credentials static access_key_id=a '
        . "secret_access_key=b;\n"
        . "server {\nlisten 127.0.0.1:%%PORT_8080%%;\nlocation / {\n"
        . "s3o_presign proxy;\ns3o_presign_methods HEAD;\n"
        . "proxy_pass http://127.0.0.1:1;\n";

    my ($status, $said) = $t->check_http("$common proxy_cache x;\n}\n}\n");

    is($status, 1, 'HEAD without GET under a cache is refused');
    like($said, qr/HEAD but not GET.*proxy_cache_convert_head/,
         'the error tells the remedy');

    ($status, $said) = $t->check_http("$common proxy_cache x;\n"
        . "proxy_cache_convert_head off;\n}\n}\n");
    is($status, 0, 'the remedy helps') or diag($said);

    ($status, $said) = $t->check_http("$common }\n}\n");
    is($status, 0, 'without a cache the remedy is not needed') or diag($said);
}
