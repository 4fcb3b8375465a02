#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Subrequests skip the access phase, so none of them is ever signed, whether
# an include, auth_request or a mirror makes it.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp);

my $token = 'FwoGZXIvYXdzE//+SESSION/TOKEN=';
my $s3 = S3O::Outpost->new(session_token => $token)->start();
my $t = S3O::Nginx->new()->has('http_auth_request', 'http_addition');

$s3->known_to($t, TOKEN => $token);

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    %%TEST_OUTPOST%%

    # an application that answers with the URL it was given

    server {
        listen  127.0.0.1:%%PORT_8081%%;
        return  200 "app[$http_x_url$http_x_auth]";
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        # locations that a subrequest may reach

        location /redirect/ {
            s3o_presign  redirect;
            deny         all;
        }

        location /json/ {
            s3o_presign  json;
            deny         all;
        }

        location /proxy/ {
            s3o_presign          proxy;
            s3o_presign_methods  GET PUT POST;
            deny                 all;
            proxy_pass           http://up;
        }

        location /on/ {
            s3o_presign       on;
            deny              all;
            proxy_set_header  X-Url  $s3o_presign_url;
            proxy_set_header  X-Auth $s3o_presign_authorization;
            proxy_pass        http://127.0.0.1:%%PORT_8081%%;
        }

        location /variable/ {
            s3o_presign  $arg_mode;
            proxy_pass   http://up;
        }

        # locations that make subrequests

        location /ssi/ {
            ssi  on;
        }

        location /ssi-on/ {
            s3o_presign  on;
            ssi          on;
        }

        location /objects/ {
            s3o_presign  proxy;
            ssi          on;
            ssi_types    *;
            proxy_pass   http://up;
        }

        location /addition/ {
            addition_types   *;
            add_before_body  /json/x;
            add_after_body   /proxy/x;
            try_files        /page.txt =404;
        }

        location /auth-proxy/ {
            auth_request  /proxy/auth;
            try_files     /page.txt =404;
        }

        location /auth-redirect/ {
            auth_request  /redirect/auth;
            try_files     /page.txt =404;
        }

        location /auth-on/ {
            auth_request  /on/auth;
            try_files     /page.txt =404;
        }

        location /auth-signed/ {
            s3o_presign       on;
            auth_request      /on/auth;
            auth_request_set  $got $upstream_http_x_url;
            add_header        X-Url $s3o_presign_url;
            try_files         /page.txt =404;
        }

        location /mirror/ {
            mirror      /proxy/mirrored;
            proxy_pass  http://127.0.0.1:%%PORT_8081%%;
        }

        location /mirror-signed/ {
            s3o_presign          proxy;
            s3o_presign_methods  GET PUT;
            mirror               /proxy/mirrored;
            proxy_pass           http://up;
        }

        location = /page.txt {
        }
    }
}

EOC

mkdir $t->testdir() . "/html$_" for '', '/ssi', '/ssi-on';

my $include = sub {
    return join '', map { "($_:<!--#include virtual=\"$_\" -->)" } @_;
};

my @signing = ('/redirect/x', '/json/x', '/proxy/x', '/on/x',
               '/variable/x?mode=redirect', '/variable/x?mode=json',
               '/variable/x?mode=proxy');

$t->write_file('html/page.txt', 'a page')
  ->write_file('html/ssi/page.html', 'begin ' . $include->(@signing) . ' end')
  ->write_file('html/ssi-on/page.html',
               '<!--#echo var="s3o_presign_url" default="none" -->'
               . $include->('/ssi-on/part.html', @signing) . ' end')
  ->write_file('html/ssi-on/part.html',
               'part[<!--#echo var="s3o_presign_url" default="none" -->'
               . '<!--#echo var="s3o_presign_authorization" default="" -->]')
  ->run();

$s3->put_object('page', 'object ' . $include->('/proxy/other', '/objects/page',
                                               '/objects/other', '/json/x')
                        . ' end');
$s3->put_object($_, "the object $_") for qw(other x);

my $leak = qr/X-Amz-Signature|Credential=|AWS4-HMAC|\Q$token\E|the object/;

# includes

my $r = ask('/ssi/page.html');
is($r->{status}, 200, 'a page with includes');
like($r->{body}, qr/^begin .* end$/s, 'the page is sent to its end');
unlike($r->{body}, $leak, 'the page has no URL and no object');
like($r->{body}, qr{\(/on/x:app\[\]\)},
     'an application answers an include of "on"');
is(scalar $s3->requests(), 0, 'the Outpost gets no request');
$t->error_log_like(qr/\[info\].* not signed: a subrequest/, 'the log says why');

$r = ask('/ssi-on/page.html');
like($r->{body}, qr/^https:.*X-Amz-Signature=[0-9a-f]{64}/,
     'a signed page shows its own URL');
my ($own, $rest) = $r->{body} =~ /^(\S+?)\((.*)$/s;
like($rest, qr/part\[none\]/, 'the included parts do not have this URL');
unlike($rest, $leak, 'includes in the parts have no URL');
is(scalar $s3->requests(), 0, 'the Outpost gets no request');

# an object that includes other objects, or itself

$r = ask('/objects/page');
is($r->{status}, 200, 'an object with includes');
like($r->{body}, qr/^object .* end$/s, 'the object is sent to its end');
unlike($r->{body}, $leak, 'the included parts are not signed');
is(join(' ', map { "$_->{verdict} $_->{target}" } $s3->requests()), 'ok /page',
   'the Outpost gets one request only');

$r = ask('/addition/x');
like($r->{body}, qr/a page/, 'a page with additions is served');
unlike($r->{body}, $leak, 'the additions are not signed');
is(scalar $s3->requests(), 0, 'the Outpost gets no request');

# auth_request

for my $case (['/auth-proxy/x', 403], ['/auth-redirect/x', 403],
              ['/auth-on/x', 200], ['/auth-signed/x', 200])
{
    my ($uri, $status) = @$case;

    $r = ask($uri);

    is($r->{status}, $status, "$uri: $status");
    is(scalar $s3->requests(), 0, "$uri: the Outpost gets no request");

    $uri eq '/auth-signed/x'
        ? like($r->{headers}{'x-url'}[0], qr/X-Amz-Signature=/,
               "$uri: the request itself is signed")
        : unlike($r->{raw}, $leak, "$uri: nothing is signed");
}

# mirrors

for my $method (qw(GET PUT)) {
    my $body = $method eq 'PUT' ? 'x' x 100000 : undef;

    $r = ask('/mirror/x', method => $method, body => $body);
    is("$r->{status} $r->{body}", '200 app[]', "$method with a mirror");
    sleep 0.1;
    is(scalar $s3->requests(), 0, 'the mirror sends nothing to the Outpost');

    $r = ask('/mirror-signed/x', method => $method, body => $body);
    is($r->{status}, 200, "a signed $method with a mirror");
    sleep 0.1;
    is(join(' ', map { "$_->{verdict} $_->{target}" } $s3->requests()),
       'ok /x', 'the Outpost gets the request, and not its mirror');
}

unlike(join("\n", $t->log_errors()), qr/\Q$token\E|Signature=/,
       'the log has no token and no signature');

$t->done();


sub ask {
    my ($uri, %o) = @_;

    $s3->clear();

    return $t->request(uri => $uri, %o);
}
