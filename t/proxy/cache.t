#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode with a cache: nginx turns HEAD into GET, fetches slices, updates
# its cache by itself, and asks once for many clients.  All these requests are
# signed, each at its own time.

use strict;
use warnings;

use Test::More;

use S3O::HTTP;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp wait_until);
use S3O::SigV4 qw(amz_date);

my $now = 1709294400;    # 2024-03-01 12:00:00 UTC

my $t = S3O::Nginx->new()->has(qw(faketime http_slice))->faketime($now);
my $host = 'my-ap-123456789012.op-01234567890123456.s3.test';

my $s3 = S3O::Outpost->new(host => { $host => 'us-west-2' },
                           session_token => 'TOKEN/of+the/module==',
                           clock_file => $t->faketime_file())->start();

$s3->known_to($t, HOST => $host, OUTPOST => '127.0.0.1:' . $s3->port());

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream %%HOST%% {
        server  %%OUTPOST%%;
    }

    upstream up {
        server  %%OUTPOST%%;
    }

    proxy_cache_path  %%TESTDIR%%/cache  keys_zone=zone:1m;

    s3o_presign_endpoint      http://s3.test;
    %%TEST_OUTPOST%%

    s3o_presign        proxy;
    proxy_cache        zone;
    proxy_cache_valid  200 206 10m;
    add_header         X-Cache $upstream_cache_status always;

    # without "proxy_cache_key"

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location /plain/ {
            s3o_presign_args  versionId;
            proxy_pass        http://up$s3o_presign_uri;
        }

        location /puts/ {
            s3o_presign_methods  GET HEAD PUT DELETE;
            proxy_pass           http://up;
        }
    }

    server {
        listen           127.0.0.1:%%PORT_8080%%;
        proxy_cache_key  $s3o_presign_url;

        location /c/ {
            proxy_pass  $s3o_presign_url;
        }

        location /head/ {
            proxy_cache_convert_head  off;
            proxy_cache_key           $request_method$s3o_presign_url;
            proxy_pass                $s3o_presign_url;
        }

        location /only-head/ {
            s3o_presign_methods       HEAD;
            proxy_cache_convert_head  off;
            proxy_cache_key           only$s3o_presign_url;
            proxy_pass                $s3o_presign_url;
        }

        location /revalidate/ {
            proxy_cache_revalidate  on;
            proxy_cache_key         revalidate$s3o_presign_url;
            proxy_pass              $s3o_presign_url;
        }

        location /revalidate-signed/ {
            proxy_cache_revalidate      on;
            s3o_presign_signed_headers  if-none-match if-modified-since;
            proxy_cache_key             signed$s3o_presign_url;
            proxy_pass                  $s3o_presign_url;
        }

        location /background/ {
            proxy_cache_key                background$s3o_presign_url;
            proxy_cache_background_update  on;
            proxy_cache_use_stale          updating error timeout;
            proxy_cache_valid              200 403 10m;
            proxy_pass                     $s3o_presign_url;
        }

        location /lock/ {
            proxy_cache_key   lock$s3o_presign_url;
            proxy_cache_lock  on;
            proxy_pass        $s3o_presign_url;
        }

        location /slices/ {
            slice             1k;
            proxy_set_header  Range $slice_range;
            proxy_cache_key   $s3o_presign_url$slice_range;
            proxy_pass        $s3o_presign_url;
        }

        location /slices-signed/ {
            slice                       1k;
            proxy_set_header            Range $slice_range;
            s3o_presign_signed_headers  range;
            proxy_cache_key             signed$s3o_presign_url$slice_range;
            proxy_pass                  $s3o_presign_url;
        }

        # a "proxy_pass" without variables, and a key of the URI

        location /plain-head/ {
            proxy_cache_convert_head  off;
            proxy_cache_key           $request_method$uri;
            proxy_pass                http://up;
        }

        location /plain-revalidate/ {
            proxy_cache_revalidate  on;
            proxy_cache_key         $uri;
            proxy_pass              http://up;
        }

        location /plain-background/ {
            proxy_cache_key                $uri;
            proxy_cache_background_update  on;
            proxy_cache_use_stale          updating error;
            proxy_pass                     http://up;
        }

        location /plain-slices/ {
            slice             1k;
            proxy_set_header  Range $slice_range;
            proxy_cache_key   $uri$slice_range;
            proxy_pass        http://up;
        }

        location /plain-slices-signed/ {
            slice                       1k;
            proxy_set_header            Range $slice_range;
            s3o_presign_signed_headers  range;
            proxy_cache_key             $uri$slice_range;
            proxy_pass                  http://up;
        }

        location /bypass/ {
            proxy_cache_bypass  $arg_again;
            proxy_pass          $s3o_presign_url;
        }
    }
}

EOC

my %body = map { $_ => "the object $_ " . 'o' x 300 } qw(k h n r);

$body{big} = join '', map { sprintf '%07d ', $_ } 1 .. 640;
$body{other} = reverse $body{big};
$s3->put_object($_, $body{$_}) for keys %body;
$s3->put_object($_, 'hello') for 'a b', 'c';

$t->run();

# GET and HEAD

cache_is('/c/k', "200 MISS $body{k}", 'GET', 'a GET fills the cache');
cache_is('/c/k', "200 HIT $body{k}", '', 'another one is a hit');

my $r = cache_is(['/c/k', method => 'HEAD'], '200 HIT ', '', 'a HEAD is a hit');
is($r->{headers}{'content-length'}[0], length $body{k}, 'HEAD has the size');

$r = cache_is(['/c/h', method => 'HEAD'], '200 MISS ', 'GET',
              'a HEAD fills the cache as a GET, and is signed as one');
is($r->{headers}{'content-length'}[0], length $body{h},
   'a HEAD answer has the size of the object');
cache_is('/c/h', "200 HIT $body{h}", '', 'a GET is a hit after the HEAD');

for my $way ('head', 'plain-head') {
    cache_is(["/$way/k", method => 'HEAD'], '200 MISS ', 'HEAD',
             "$way: proxy_cache_convert_head off: HEAD is signed as HEAD");
    cache_is(["/$way/k", method => 'HEAD'], '200 HIT ', '',
             "$way: the answer is kept in the cache");
    cache_is("/$way/k", "200 MISS $body{k}", 'GET',
             "$way: GET is another entry");
    cache_is("/$way/k", "200 HIT $body{k}", '',
             "$way: the answer is kept in the cache");
}

cache_is(['/only-head/k', method => 'HEAD'], '200 MISS ', 'HEAD',
         'HEAD is signed as HEAD where GET is not allowed');
cache_is('/only-head/k', qr/^405 - /, '', 'which stays forbidden');

cache_is('/bypass/k?again=1', "200 BYPASS $body{k}", 'GET',
         'proxy_cache_bypass asks the Outpost, signed');

cache_is(['/head/missing', method => 'HEAD'], '404 MISS ', 'HEAD',
         'a missing object');

# the default key is the object, no matter how the client writes it

for my $case (['HEAD', 'a%20b', '200 MISS ', 'GET'],
              ['HEAD', 'a%20b', '200 HIT ', ''],
              ['GET', 'a%20b', '200 HIT hello', ''],
              ['GET', '%61%20b', '200 HIT hello', ''],
              ['GET', 'a%20b?x=1', '200 HIT hello', ''],
              ['GET', 'a%20b?versionId=1', '200 MISS hello', 'GET'],
              ['GET', 'c', '200 MISS hello', 'GET'],
              ['HEAD', 'c', '200 HIT ', ''],
              ['HEAD', 'missing', '404 MISS ', 'GET'],
              ['GET', 'missing', qr/^404 MISS .*NoSuchKey/s, 'GET'])
{
    my ($method, $uri, $expected, $sent) = @$case;

    $r = cache_is(["/plain/$uri", method => $method,
                   port => $t->port(8081)], $expected, $sent,
                  "$method $uri under the default key");
    is($r->{headers}{'content-length'}[0], 5, 'a HEAD or GET has the size')
        if $r->{status} == 200;
}

# methods that do not use the cache

for my $case (['PUT', qr/^200 - /, 'PUT', body => 'one'],
              ['GET', '200 MISS one', 'GET'], ['DELETE', '204 - ', 'DELETE'],
              ['POST', qr/^405 - /, ''])
{
    my ($method, $expected, $sent, @body) = @$case;

    cache_is(['/puts/p', method => $method, port => $t->port(8081), @body],
             $expected, $sent, "$method where PUT and DELETE are allowed");
}

# ranges and conditions: nginx asks for the whole object, and answers them
# itself

cache_is(['/c/n', headers => [Range => 'bytes=0-9', 'If-None-Match' => '"x"']],
         '206 MISS ' . substr($body{n}, 0, 10), 'GET',
         'conditions and ranges are not passed on');
is(join(' ', grep { /^(?:range|if-.*)$/ } keys %{ $s3->last()->{header} }), '',
   'the Outpost is asked for the whole object');
cache_is(['/c/n', headers => [Range => 'bytes=0-9']],
         '206 HIT ' . substr($body{n}, 0, 10), '',
         'a range of the cached object');
cache_is(['/c/n', headers => ['If-None-Match' => $s3->object('n')->{etag}]],
         "200 HIT $body{n}", '', 'If-None-Match with another ETag');
cache_is(['/c/n', headers => ['If-None-Match' => '"'
                              . $s3->object('n')->{etag} . '"']],
         '304 HIT ', '', 'If-None-Match with the same ETag');

# revalidation

for my $way ('revalidate', 'revalidate-signed', 'plain-revalidate') {
    cache_is("/$way/r", "200 MISS $body{r}", 'GET', "$way: a first time");
    cache_is("/$way/r", "200 HIT $body{r}", '', "$way: a fresh entry");
    later(601);
    cache_is("/$way/r", "200 REVALIDATED $body{r}", 'GET',
             "$way: again after it has expired");

    my $last = $s3->last();

    is($last->{status}, 304, 'the Outpost answers that nothing has changed');
    like($last->{header}{'if-none-match'}, qr/^"[0-9a-f]{32}"$/,
         'the Outpost gets the ETag');
    is($last->{signed_headers} =~ /if-none-match/ ? 'signed' : 'not signed',
       $way =~ /signed/ ? 'signed' : 'not signed', 'If-None-Match is '
       . ($way =~ /signed/ ? 'signed where it is named' : 'not signed'));
    cache_is("/$way/r", "200 HIT $body{r}", '', 'the object is fresh again');
}

later(601);
$s3->put_object('r', 'another object');
cache_is('/revalidate/r', '200 EXPIRED another object', 'GET',
         'a changed object is fetched');

# slices

for my $way (map { ($_, "plain-$_") } 'slices', 'slices-signed') {
    cache_is(["/$way/big", headers => [Range => 'bytes=1000-1099']],
             '206 MISS ' . substr($body{big}, 1000, 100), 'GET GET',
             "$way: a range over two slices");
    is(join(' ', map { $_->{header}{range} } $s3->requests()),
       'bytes=0-1023 bytes=1024-2047', 'each slice is asked for');

    later(7);
    cache_is("/$way/big", "200 HIT $body{big}", 'GET GET GET',
             'the whole, two slices of which are there');
    is(join(' ', map { $_->{date} } $s3->requests()),
       join(' ', (amz_date($now)) x 3), 'the other slices are signed now');
    is(($s3->last()->{signed_headers} =~ /range/) ? 1 : 0,
       $way =~ /signed/ ? 1 : 0, 'Range is signed only where it is named');
    cache_is("/$way/big", "200 HIT $body{big}", '', 'all slices are cached');
    cache_is(["/$way/big", headers => [Range => 'bytes=1000-1100']],
             '206 HIT ' . substr($body{big}, 1000, 101), '',
             "$way: a range of the cached object");

    cache_is("/$way/other", "200 MISS $body{other}", join(' ', ('GET') x 5),
             "$way: a whole object that is not cached");
    is(join(' ', map { $_->{header}{range} } $s3->requests()),
       join(' ', map { "bytes=$_-" . ($_ + 1023) } map { 1024 * $_ } 0 .. 4),
       'each request is for its own slice');
}

# many clients at once, and one request to the Outpost

$s3->clear()->next_response(delay => 0.3, status => 200, body => 'once',
                            headers => ['Content-Type', 'text/plain']);

my @clients = map { $t->connect() } 1 .. 8;
$_->write("GET /lock/k HTTP/1.1\r\nHost: a\r\n\r\n") for @clients;

is(join(' ', map { $_->read_response()->{body} } @clients),
   join(' ', ('once') x 8), 'eight clients get an answer');
is(scalar($s3->requests()), 1, 'the Outpost gets one request');
$s3->accepted('the request to the Outpost is signed');
$_->close() for @clients;

# updates in the background: the copy of a request is signed at its own time

for my $way ('plain-background', 'background') {
    $s3->put_object('k', $body{k});
    cache_is("/$way/k", "200 MISS $body{k}", 'GET', "$way: a first time");
    $s3->put_object('k', 'a newer object');
    cache_is("/$way/k", "200 HIT $body{k}", '',
             "$way: the cache serves the old object while it is fresh");
    later(3600);
    cache_is("/$way/k", "200 STALE $body{k}", 'GET',
             "$way: the client gets the cached object");
    is($s3->last()->{date}, amz_date($now),
       "$way: the update has a signature of its own time");
    wait_cached("/$way/k", '200 HIT a newer object');
}

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

# updates that are refused

later(3600);
$s3->next_response(403, ['Content-Type', 'application/xml'],
    '<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>x-amz-security-'
    . 'token:' . $s3->session_token() . '</CanonicalRequest></Error>');
cache_is('/background/k', '200 STALE a newer object', 'GET',
         'an update that is refused does no harm to the answer');
wait_cached('/background/k', '200 HIT a newer object');
is(join(' ', grep { slurp($_) =~ /<Error>/ }
             glob $t->testdir() . '/cache/*'), '',
             'the refusal is not kept in the cache');

later(3600);
$s3->drop_credentials();
cache_is('/background/k', '200 STALE a newer object', 'not signed right GET',
         'an update with an unknown key does no harm either');
$s3->set_credentials($s3->access_key(), $s3->secret_key(),
                     $s3->session_token());
wait_cached('/background/k', '200 HIT a newer object');

# a refused slice ends the answer: it has begun already, and cannot become an
# error page

unlink glob $t->testdir() . '/cache/*';
later(700);
$s3->next_response(match => { key => 'big' }, status => 206,
    headers => ['Content-Range', 'bytes 0-1023/5120', 'ETag', '"e"'],
    body => substr $body{big}, 0, 1024);
$s3->next_response(403, [], '<Error><Code>ExpiredToken</Code><Token-0>'
                            . $s3->session_token() . '</Token-0></Error>');

$r = $t->request(uri => '/slices/big');
is($r->{status} . ' ' . length($r->{body}), '200 1024',
   'an answer ends before the slice that was refused');
unlike($r->{raw}, qr/TOKEN|Error/, 'the answer has nothing of the refusal');
$t->error_log_like(qr/\[error\].* 403 in slice response/,
                   'the log reports the refused slice');

at_configuration();

$t->done();


sub later {
    my ($seconds) = @_;

    $now += $seconds;
    $t->set_faketime($now);
}


# cache_is(uri or [uri, arguments of request()], "STATUS CACHE BODY", methods
# of the requests to the Outpost, name)

sub cache_is {
    my ($case, $expected, $sent, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($uri, %o) = ref $case ? @$case : $case;

    $s3->clear();

    my $r = $t->request(%o, uri => $uri);
    my $got = "$r->{status} " . ($r->{headers}{'x-cache'}[0] // '-')
              . " $r->{body}";

    ref $expected ? like($got, $expected, $name) : is($got, $expected, $name);

    # an update may come after the answer

    my @requests = $s3->wait_requests(scalar split / /, $sent =~ s/.*right //r);
    my @bad = grep { $_->{verdict} ne 'ok' } @requests;

    is(join(' ', @bad ? 'not signed right' : (),
                 map { $_->{method} } @requests), $sent,
       length $sent ? "with $sent of the Outpost" : 'without the Outpost');
    return $r;
}


sub wait_cached {
    my ($uri, $expected) = @_;

    my $got;

    wait_until(sub {
        my $r = $t->request(uri => $uri);
        $got = "$r->{status} $r->{headers}{'x-cache'}[0] $r->{body}";
        $got eq $expected;
    });

    is($got, $expected, 'the next answer has the object of the Outpost');
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
