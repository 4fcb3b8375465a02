#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A request is signed once, however often its signature is used; once more for
# each location that an internal redirect leads to; a subrequest is not
# signed.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(wait_until);

my $t = S3O::Nginx->new()->has(qw(debug http_auth_request http_slice));

my $account = '123456789012.op-01234567890123456.s3-outposts.us-west-2'
              . '.amazonaws.com';
my ($one, $two) = map { "$_-ap-$account" } qw(one two);

my $s3 = S3O::Outpost->new(name => 'one-ap',
                           host => { map { $_ => 'us-west-2' } $one, $two })
         ->start();
my $arn = $s3->arn();

$t->subst(ONE => $arn, TWO => $arn =~ s/one-ap$/two-ap/r,
          OUTPOST => '127.0.0.1:' . $s3->port(), ACCESS => $s3->access_key(),
          SECRET => $s3->secret_key(),
          ADD => $t->missing('http_addition') ? ''
                                              : 'add_after_body  /proxy/k;');

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ONE%%;
    s3o_presign_methods       GET HEAD PUT;
    s3o_presign_credentials   static access_key_id=%%ACCESS%%
                              secret_access_key=%%SECRET%%;

    log_format  urls  '$uri $s3o_presign_url $s3o_presign_url';
    access_log  %%TESTDIR%%/urls.log  urls;

    proxy_cache_path  %%TESTDIR%%/cache  keys_zone=zone:1m;

    upstream two {
        server  127.0.0.1:%%PORT_8099%%;
        server  %%OUTPOST%%;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        location /redirect/ {
            s3o_presign  redirect;
            add_header   X-Url     $s3o_presign_url;
            add_header   X-Uri     $s3o_presign_uri;
            add_header   X-Expires $s3o_presign_expires;
        }

        location /json/ {
            s3o_presign  json;
            add_header   X-Url $s3o_presign_url;
        }

        location /on/ {
            s3o_presign  on;
            try_files    /page.html =404;
            add_header   X-Url  $s3o_presign_url$s3o_presign_uri;
            add_header   X-Auth "$s3o_presign_authorization $s3o_presign_date";
        }

        location /unused/ {
            s3o_presign  on;
            try_files    /page.html =404;
            access_log   off;
        }

        location /proxy/ {
            s3o_presign  proxy;
            proxy_pass   http://%%OUTPOST%%;
            add_header   X-Auth $s3o_presign_authorization;
        }

        # an address that refuses connections comes first

        location /retry/ {
            s3o_presign  proxy;
            proxy_pass   http://two;
        }

        # internal redirects

        location /missing/ {
            s3o_presign              proxy;
            proxy_pass               http://%%OUTPOST%%;
            proxy_intercept_errors   on;
            error_page               404 = /fallback$uri;
        }

        location /fallback/ {
            s3o_presign               proxy;
            s3o_presign_access_point  %%TWO%%;
            proxy_pass                http://%%OUTPOST%%;
        }

        location /missing-named/ {
            s3o_presign             proxy;
            proxy_pass              http://%%OUTPOST%%;
            proxy_intercept_errors  on;
            error_page              404 = @two;
        }

        location @two {
            s3o_presign               proxy;
            s3o_presign_access_point  %%TWO%%;
            s3o_presign_key           k;
            proxy_pass                http://%%OUTPOST%%;
        }

        location /missing-denied/ {
            s3o_presign             proxy;
            proxy_pass              http://%%OUTPOST%%;
            proxy_intercept_errors  on;
            error_page              404 = @denied;
        }

        location @denied {
            s3o_presign  proxy;
            deny         all;
            proxy_pass   http://%%OUTPOST%%;
        }

        location /on-denied/ {
            s3o_presign  on;
            try_files    /none @on-denied;
        }

        location @on-denied {
            s3o_presign  on;
            deny         all;
            add_header   X-Url  $s3o_presign_url always;
            add_header   X-Auth $s3o_presign_authorization always;
        }

        location /try/ {
            try_files  $uri @one;
        }

        location @one {
            s3o_presign      redirect;
            s3o_presign_key  from$uri;
        }

        location /rewritten/ {
            rewrite  ^/rewritten/(.*)$ /proxy/$1 last;
        }

        location /accel/ {
            proxy_pass  http://127.0.0.1:%%PORT_8081%%;
        }

        # from a location that signs to another one that signs

        location /twice/ {
            s3o_presign       on;
            proxy_set_header  X-Url $s3o_presign_url;
            proxy_pass        http://127.0.0.1:%%PORT_8081%%;
        }

        location /internal/ {
            internal;
            s3o_presign               redirect;
            s3o_presign_access_point  %%TWO%%;
            add_header                X-Url $s3o_presign_url;
        }

        location /after/ {
            post_action  /fallback/k;
            return       200 "before";
        }

        # subrequests

        location /page/ {
            ssi  on;
        }

        location /asked/ {
            auth_request  /proxy/k;
            try_files     /page.html =404;
        }

        location /asked-redirect/ {
            auth_request  /redirect/k;
            try_files     /page.html =404;
        }

        location /mirrored/ {
            mirror     /proxy/mirror;
            try_files  /page.html =404;
        }

        location /added/ {
            %%ADD%%
            try_files  /page.html =404;
        }

        # parts of an authorized request

        location /slices/ {
            slice              1k;
            s3o_presign        proxy;
            proxy_cache        zone;
            proxy_cache_key    $s3o_presign_url$slice_range;
            proxy_cache_valid  200 206 1h;
            proxy_set_header   Range $slice_range;
            proxy_pass         http://%%OUTPOST%%;
        }

        location /slices-denied/ {
            slice             1k;
            deny              all;
            s3o_presign       proxy;
            proxy_set_header  Range $slice_range;
            proxy_pass        http://%%OUTPOST%%;
        }

        location = /slices-on {
            slice             1k;
            s3o_presign       on;
            s3o_presign_key   big;
            proxy_set_header  Range $slice_range;
            proxy_set_header  X-Url $s3o_presign_url;
            proxy_pass        http://127.0.0.1:%%PORT_8081%%/part;
        }
    }

    # an application

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            add_header  X-Accel-Redirect /internal$request_uri;
            return      200 "a ticket for $http_x_url";
        }

        location = /accel/proxied {
            add_header  X-Accel-Redirect /fallback/k;
            return      200;
        }

        location /part {
            root  %%TESTDIR%%/html;
        }
    }
}

EOC

mkdir $t->testdir() . "/html$_" for '', '/page';
$t->write_file('html/page.html', 'a page');
$t->write_file('html/part', 'p' x 4000);
$t->write_file('html/page/one.html',
    '<!--# include virtual="/proxy/k" --><!--# include virtual="/redirect/k"'
    . ' --><!--# include virtual="/json/k" --><!--# include virtual="/page/x"'
    . ' -->');

$s3->put_object('big', join '', map { sprintf '%07d ', $_ } 1 .. 640);
$s3->put_object('k', 'of the first');
S3O::Outpost::Objects->new($s3->dir())
    ->write_object($two, $_, 'of the second', headers => {})
    for qw(k missing/k);

$t->run();

# URI, arguments of request(), number of signatures, number of requests to the
# Outpost and their host, status

for my $case (
    ['/redirect/k', {}, 1, [], 307],
    ['/json/k', {}, 1, [], 200],
    ['/on/k', {}, 2, [], 200],          # one in each of the two forms
    ['/unused/k', {}, 0, [], 200],
    ['/proxy/k', {}, 1, [$one], 200],
    ['/proxy/k', { method => 'HEAD' }, 1, [$one], 200],
    ['/proxy/p', { method => 'PUT', body => 'x' x 100000 }, 1, [$one], 200],
    ['/retry/k', {}, 1, [$one], 200],
    ['/missing/k', {}, 1, [$one], 200],
    ['/missing/x', {}, 2, [$one, $two], 404],
    ['/missing-named/x', {}, 2, [$one, $two], 200],
    ['/missing-denied/x', {}, 1, [$one], 403],
    ['/on-denied/k', {}, 0, [], 403],
    ['/try/k', {}, 1, [], 307],
    ['/rewritten/k', {}, 1, [$one], 200],
    ['/accel/k', {}, 1, [], 307],
    ['/accel/proxied', {}, 1, [$two], 200],
    ['/twice/k', {}, 3, [], 307],
    ['/internal/k', {}, 0, [], 404],
    ['/after/k', {}, 1, [$two], 200],
    ['/page/one.html', {}, 0, [], 200],
    ['/asked/k', {}, 0, [], 403],
    ['/asked-redirect/k', {}, 0, [], 403],
    ['/mirrored/k', {}, 0, [], 200],
    ['/added/k', {}, 0, [], 200],
    ['/slices/big', {}, 5, [($one) x 5], 200],
    ['/slices/big', {}, 0, [], 200],
    ['/slices-denied/big', {}, 0, [], 403],
) {
    my ($uri, $what, $signed, $hosts, $status) = @$case;
    my $name = ($what->{method} // 'GET') . " $uri";

    my $r = ask($uri, %$what);

    is($r->{status}, $status, "$name is answered with $status");

    my @requests = $s3->wait_requests(scalar @$hosts);

    is(join(' ', map { $_->{header}{host} } @requests), "@$hosts",
       'requests come to the Outpost: ' . @$hosts);
    is(join(' ', map { $_->{verdict} } @requests),
       join(' ', ('ok') x @$hosts),
       "$name: each request to the Outpost is signed right");
    is(signatures(), $signed, "signatures: $signed");
}

# the answers of such requests

is(ask('/missing-named/x')->{body}, 'of the second', 'a named location signs');

my $r = ask('/twice/k');
my ($location, $url) = map { $r->{headers}{$_}[0] } qw(location x-url);

like($location, qr{^https://\Q$two\E/twice/k\?},
     'what X-Accel-Redirect leads to is signed for its own location');
is($url, $location, 'the variable has the last URL');

is(ask('/slices/big')->{body}, $s3->object('big')->{body},
   'an object in slices is whole');

is(join(' ', grep { /^x-/ } keys %{ ask('/on-denied/k')->{headers} }), '',
   'a location that refuses does not show the signature of another one');

# a slice that the cache lacks is signed on its own, with its own time

unlink grep { -f && S3O::Process::slurp($_) =~ /bytes=2048-3071/ }
       glob $t->testdir() . '/cache/*';
$r = ask('/slices/big');
is("$r->{body} " . signatures(), $s3->object('big')->{body} . ' 1',
   'a slice that the cache lacks is signed');
$s3->accepted('the Outpost accepts the signature');
is($s3->last()->{header}{range}, 'bytes=2048-3071',
   'the signed slice is the missing one');

# "on" is for an application: the slices are not signed

$r = ask('/slices-on');
is("$r->{status} " . length $r->{body}, '200 4000', 'slices of an application');
is(signatures(), 2, 'slices of an application are not signed');

$t->done();


sub ask {
    my ($uri, %o) = @_;

    $t->clear_log();
    $s3->clear();

    return $t->request(%o, uri => $uri);
}


# returns the number of signatures that the module says it has made

sub signatures {
    wait_until(sub { $t->read_file('error.log')
                     =~ /http (?:close request|keepalive)|close http connection/
               }, 2);

    return scalar(() = $t->read_file('error.log')
                       =~ /s3o_presign canonical request/g);
}
