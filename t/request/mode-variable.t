#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The mode is a variable: one request is redirected, another is proxied.

use strict;
use warnings;

use Test::More;

use S3O::Judge qw(judge);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Presigned qw(parse_url);

my $s3 = S3O::Outpost->new()->start();
my $t = S3O::Nginx->new();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    map $request_method $by_method {
        default  proxy;
        GET      redirect;
        HEAD     redirect;
    }

    map $http_x_mode $by_header {
        default  $http_x_mode;
        ""       off;
    }

    upstream %%HOST%% {
        server 127.0.0.1:%%OUTPOST%%;
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        return       200 "app|$request_uri|$http_x_url|$http_authorization";
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        s3o_presign_endpoint  http://s3-outposts.us-west-2.amazonaws.com;

        # GET is redirected, PUT is proxied

        location /both/ {
            s3o_presign          $by_method;
            s3o_presign_methods  GET HEAD PUT DELETE;
            proxy_pass           $s3o_presign_url;
        }

        # any mode before an application

        location /app/ {
            s3o_presign          $by_header;
            s3o_presign_methods  GET PUT;
            proxy_pass           http://127.0.0.1:%%PORT_8081%%;
            proxy_set_header     X-Url $s3o_presign_url;
        }

        # any mode without a content handler

        location /static/ {
            s3o_presign  $by_header;
            add_header   X-Url  $s3o_presign_url;
            add_header   X-Result  $s3o_presign_result always;
        }

        location /composed/ {
            s3o_presign  "re${arg_part}";
        }

        location /if/ {
            s3o_presign  off;
            root         %%TESTDIR%%/html;

            if ($arg_away) {
                s3o_presign  redirect;
            }
        }

        location /limit/ {
            s3o_presign  redirect;

            limit_except GET {
                deny  all;
            }
        }
    }
}

EOC

mkdir $t->testdir() . "/html$_" for '', qw(/static /if);
$t->write_file("html/$_/page.txt", 'a page') for qw(static if);
$t->run();

my %s3 = (host => $s3->host(),
          credentials => { $s3->access_key() =>
                           { secret_key => $s3->secret_key() } });


# a custom endpoint in plain HTTP: the verdict complains of the scheme only
# when all else is right

sub verdict {
    my ($url, %o) = @_;

    return judge($url =~ s/^http:/https:/r, %s3, %o);
}


# GET is redirected, PUT is proxied

my $r = $t->request(method => 'PUT', uri => '/both/a%20b', body => 'hello');
is($r->{status}, 200, 'PUT is proxied');
$s3->accepted('the Outpost accepts the signature');
is($s3->object('a b')->{body}, 'hello', 'the Outpost stores the object');

$s3->clear();
$r = $t->request(uri => '/both/a%20b');
is("$r->{status} " . verdict($r->{headers}{location}[0]), '307 signed',
   'GET is redirected');
is($r->{headers}{'cache-control'}[0], 'no-store',
   'the redirect may not be cached');

$r = $t->request(method => 'HEAD', uri => '/both/a%20b');
is("$r->{status} " . verdict($r->{headers}{location}[0], method => 'HEAD'),
   '307 signed', 'HEAD is redirected');
is(scalar $s3->requests(), 0, 'the Outpost gets no request for a redirect');

$r = $t->request(method => 'POST', uri => '/both/x', body => 'hello');
is("$r->{status} $r->{headers}{allow}[0]", '405 GET, HEAD, PUT, DELETE',
   'a method that is not allowed is refused');

# requests of alternating modes on one connection

my $c = $t->connect();
my @seen;

for my $method (qw(PUT GET DELETE HEAD PUT GET)) {
    $r = $c->request(method => $method, uri => '/both/k',
                     $method eq 'PUT' ? (body => 'x' x 70000) : ());
    push @seen, "$method $r->{status}";
}

is("@seen", 'PUT 200 GET 307 DELETE 204 HEAD 307 PUT 200 GET 307',
   'modes alternate on a connection');
is(join(' ', map { "$_->{method} $_->{verdict}" } $s3->requests()),
   'PUT ok DELETE ok PUT ok',
   'the Outpost gets only the requests of proxy mode');
$c->close();

# every word that the variable may have, and others

my @words = (

    # URI, X-Mode, status, what the body or the location says

    ['/app/x', undef, 200, qr{^app\|/app/x\|\|$}],
    ['/app/x', 'off', 200, qr{^app\|/app/x\|\|$}],
    ['/app/x', 'on', 200, qr{^app\|/app/x\|http://[^|]+&X-Amz-Sig[^|]+\|$}],
    ['/app/x', 'redirect', 307, qr{^http://.*&X-Amz-Signature=}],
    ['/app/x', 'json', 200, qr{^\{"url":"http://}],
    ['/app/x', 'proxy', 200,
     qr{^app\|/x\|http://[^|?]+/x\|AWS4-HMAC-SHA256 Credential=}],
    ['/app/x', 'Redirect', 500, qr/500/],
    ['/app/x', 'redirect 302', 500, qr/500/],
    ['/app/x', 'onn', 500, qr/500/],
    ['/app/', 'redirect', 400, qr/400/],
    ['/static/page.txt', undef, 200, qr/^a page$/],
    ['/static/page.txt', 'on', 200, qr/^a page$/],
    ['/static/page.txt', 'redirect', 307, qr{^http://}],
    ['/static/page.txt', 'proxy', 500, qr/<Code>InternalError</],
    ['/static/page.txt', 'onn', 500, qr/500/],
    ['/composed/x?part=direct', undef, 307, qr{^http://}],
    ['/composed/x?part=ject', undef, 500, qr/500/],
    ['/composed/x', undef, 500, qr/500/],
    ['/if/page.txt', undef, 200, qr/^a page$/],
    ['/if/page.txt?away=1', undef, 307, qr{^http://}],
    ['/limit/x', undef, 307, qr{^http://}],
);

for my $case (@words) {
    my ($uri, $mode, $status, $re) = @$case;

    $t->clear_log();
    $r = $t->request(uri => $uri,
                     headers => defined $mode ? ['X-Mode' => $mode] : []);

    my $name = "$uri, mode " . ($mode // 'by default');

    is($r->{status}, $status, "$name: $status");
    like($r->{headers}{location}[0] // $r->{body}, $re,
         "$name: the answer of this mode");
    is(verdict($r->{headers}{location}[0]), 'signed', "$name: signed")
        if $status == 307;

    if ($status != 500) {
        is(join("\n", $t->log_errors('error')), '', "$name: no error");
        next;
    }

    is($r->{headers}{'x-result'}[0], 'config', "$name: the variable says it")
        if $uri =~ /static/;
    $t->error_log_like(qr/\[error\].* not signed: /, "$name: the log says why");
    is(scalar($t->log_errors('error')), 1, "$name: the log says it once");
}

$r = $t->request(method => 'PUT', uri => '/limit/x', body => 'x');
is($r->{status}, 403, 'limit_except denies');

is(parse_url($t->request(uri => '/if/a%20b?away=1')->{headers}{location}[0])
   ->{key}, 'a b', 'in "if" the key is the part after the location');

$r = $t->request(uri => '/static/page.txt', headers => ['X-Mode' => 'on']);
is(verdict($r->{headers}{'x-url'}[0]), 'signed', '"on" fills the variable');

$r = $t->request(uri => '/static/page.txt');
is($r->{headers}{'x-url'}, undef, '"off" leaves it empty');

$t->done();
