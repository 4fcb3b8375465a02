#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Answers of the Outpost that show what was signed.  When S3 refuses a
# signature, its answer repeats the canonical request with the session token in
# it.  The client must not see this.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp);

my $token = 'FwoGZXIvYXdzE//+SESSION/TOKEN=';
my $encoded = 'FwoGZXIvYXdzE%2F%2F%2BSESSION%2FTOKEN%3D';
my $secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
my $id = 'ASIAIOSFODNN7EXAMPLE';

my $s3 = S3O::Outpost->new(access_key => $id, secret_key => $secret,
                           session_token => $token)->start();
my $t = S3O::Nginx->new();

$t->subst(ARN => $s3->arn(), OUTPOST => $s3->port(), KEY => $id,
          SECRET => $secret, TOKEN => $token);

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server     127.0.0.1:%%OUTPOST%%;
        keepalive  1;
    }

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=cache:1m;

    s3o_presign               proxy;
    s3o_presign_methods       GET HEAD PUT;
    s3o_presign_args          versionId;
    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=%%KEY%%
                              secret_access_key=%%SECRET%%
                              session_token=%%TOKEN%%;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        location /plain/ {
            proxy_pass  http://up;
        }

        location /kept/ {
            proxy_http_version  1.1;
            proxy_set_header    Connection "";
            proxy_pass          http://up;
        }

        location /unbuffered/ {
            proxy_buffering  off;
            proxy_pass       http://up;
        }

        location /small/ {
            proxy_buffer_size    1k;
            proxy_buffers        4 1k;
            proxy_pass           http://up;
        }

        location /cached/ {
            proxy_cache        cache;
            proxy_cache_valid  any 1m;
            proxy_pass         http://up;
        }

        location /gzip/ {
            gzip             on;
            gzip_types       *;
            gzip_min_length  1;
            proxy_pass       http://up;
        }

        location /pages/ {
            proxy_intercept_errors  on;
            error_page              403 502 /page.html;
            proxy_pass              http://up;
        }

        location /pages502/ {
            error_page  502 =503 /page.html;
            proxy_pass  http://up;
        }

        location = /page.html {
            s3o_presign  off;
        }
    }
}

EOC

mkdir $t->testdir() . '/html';
$t->write_file('html/page.html', 'a page')->run();

my @ways = qw(plain kept unbuffered small cached gzip);

# the answers of the Outpost, in its own words, to credentials that are wrong or
# no longer valid

my @refusals = (
    ['SignatureDoesNotMatch', $id, 'another secret', $token],
    ['ExpiredToken', $id, $secret, $token, expired => 1],
    ['InvalidToken', $id, $secret, "$token/other"],
    ['InvalidAccessKeyId', 'AKIAOTHER', $secret],
);

for my $case (@refusals) {
    my ($code, @credentials) = @$case;

    $s3->drop_credentials()->set_credentials(@credentials);

    for my $way (@ways) {
        for my $method ('GET', 'PUT', $way eq 'cached' ? 'GET' : ()) {
            $t->clear_log();
            $s3->clear();

            my $r = $t->request(method => $method, uri => "/$way/object",
                                headers => ['Accept-Encoding' => 'gzip'],
                                $method eq 'PUT' ? (body => 'hello') : ());
            my $name = "$way, $method, $code";

            is($s3->last()->{verdict}, $code, "$name: the Outpost refuses")
                if $s3->requests();
            is($r->{status}, 502, "$name: the client has a bad gateway");
            unlike(foreign($r),
                   qr/Error>|AKI?A|ASIA|Signature|TOKEN|\Q$code\E/,
                   "$name: the client gets nothing of the answer");
            ok($r->{complete}, "$name: the client's answer is complete");
            $t->error_log_like(qr/\[error\].* answered 40[03] "$code", /,
                               "$name: the log has the refusal");
        }

        # an answer to HEAD has no body that could show a signature

        my $r = $t->request(method => 'HEAD', uri => "/$way/h$code");
        like($r->{status}, $way eq 'cached' ? qr/^(?:40[03]|502)$/
                                            : qr/^40[03]$/,
             "$way, HEAD, $code: is refused");
    }
}

$s3->set_credentials($id, $secret, $token);

for my $case (['pages', 403, '403 a page'], ['pages502', 403, '503 a page'],
              ['pages502', 400, '503 a page'])
{
    my ($way, $status, $expected) = @$case;

    $s3->next_response($status, ['Content-Type', 'application/xml'],
                       "<Error><Code>SignatureDoesNotMatch</Code>$token");

    my $r = $t->request(uri => "/$way/page");
    is("$r->{status} $r->{body}", $expected,
       "$way: the administrator's page for $status");
}

# answers whose body may pass and answers whose body may not, whatever their
# type is

my $denied = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message>'
             . '</Error>';
my $auth = 'AWS4-HMAC-SHA256 Credential';

my $utf16 = sub { return $_[0] =~ s/(.)/\0$1/gsr };

my @bodies = (

    # status, headers, body, status for the client, whether the body passes

    [403, [], $denied, 403, 1],
    [400, [], '<Error><Code>EntityTooSmall</Code></Error>', 400, 1],
    [401, [], 'nobody', 401, 1],
    [403, [], '', 403, 1],
    [403, ['Content-Length', undef], $denied, 403, 1],
    [403, [], $denied . ' ' x 60000, 403, 1],
    [404, [], '<Error><Code>NoSuchKey</Code></Error>', 404, 1],
    [409, [], "<Error><Code>Conflict</Code></Error>", 409, 1],
    [200, [], 'about SignatureDoesNotMatch', 200, 1],
    [403, [], 'x' x 70000, 403, 0],
    [403, [], "<Error><Code>AccessDenied</Code><Token-0>$token</Token-0>",
     502, 0],
    [400, [], "no XML, but $token", 502, 0],
    [403, ['Content-Encoding', 'gzip'], "\x1f\x8bzipped", 403, 0],
    [403, [], "<?xml version=\"1.0\"?>\n<Error>\n <Code>ExpiredToken</Code>",
     502, 0],
    [403, [], 'x' x 8000 . '<Code>RequestTimeTooSkewed</Code>', 502, 0],
    [403, [], 'no XML: invalidtoken, of all things', 502, 0],
    [403, [], '<Error><Code>Signature&#68;oes&#x4e;otMatch</Code></Error>',
     502, 0],
    [403, [], '<Error><Code>Expired<!-- x --><![CDATA[Token]]></Code></Error>',
     502, 0],
    [403, [], "<s:Error xmlns:s='x'>\n<s:Code a='b'>\n InvalidToken\n</s:Code>"
     . '</s:Error>', 502, 0],
    [403, [], "\xfe\xff" . $utf16->('<Error><Code>InvalidToken</Code></Error>'),
     502, 0],
    [403, [], "<!-- <Code>ExpiredToken</Code> -->$denied", 403, 1],
    [403, [], $denied =~ s/<Me/<a><!-- @{[ 'x' x 3000 ]} --><\/a><Me/r, 403,
     1],
);

for my $case (@bodies) {
    my ($status, $headers, $body, $given, $passes) = @$case;

    for my $way (qw(plain kept unbuffered small)) {
        if ($headers->[0] && !defined $headers->[1]) {

            # this body ends when the connection closes

            $s3->next_response(raw => "HTTP/1.1 $status Forbidden\r\n"
                                      . "Connection: close\r\n\r\n$body");

        } else {
            $s3->next_response(status => $status, headers => $headers,
                               body => $body);
        }

        $t->clear_log();

        my $r = $t->request(uri => "/$way/body");
        my $name = "$way, $status with " . length($body) . ' bytes, "'
                   . substr($body, 0, 40) =~ s/[^ -~]/./gr . '"';

        is($r->{status}, $given, "$name: $given");

        $passes ? is($r->{body}, $body, "$name: the body passes")
                : unlike(foreign($r), qr/Error>|<Code|TOKEN|xxxx|\x1f\x8b/,
                         "$name: the body does not pass");
        is(scalar(grep { /withheld/ } $t->log_errors('error')),
           $passes ? 0 : 1, "$name: the log tells of a withheld body")
            if !$passes || $status == 403;
    }
}

# nginx reads the body in pieces, and the word that it looks for is split over
# two of them

for my $way (qw(cached small)) {
    for my $at (map { ($_ - 20, $_ - 6, $_ - 1) } 1024, 4096, 8192, 16384) {
        $s3->next_response(403, [], 'x' x $at . 'InvalidToken' . 'x' x 20000);
        is($t->request(uri => "/$way/word-$at")->{status}, 502,
           "$way: a word after $at bytes is found");
    }
}

# the connection to the client is kept all the time

my $c = $t->connect();
my @seen;

for my $n (1 .. 4) {
    $s3->next_response($n % 2 ? 403 : 200, [], $n % 2
                       ? '<Code>SignatureDoesNotMatch</Code>' : 'fine');

    my $r = $c->request(uri => '/kept/k');
    push @seen, $r ? $r->{status} : 'closed';
}

is("@seen", '502 200 502 200', 'refusals and answers on one connection');
$c->close();

# the log must not have the answer of the Outpost either

$t->clear_log();
$s3->set_credentials($id, 'another secret', $token);
$t->request(uri => '/plain/last?versionId=1');
$t->error_log_like(qr/withheld/, 'the last refusal is logged');
is(scalar(grep {
    m{\[info\].*\ s3o_presign:\ signed:\ method\ "GET",\ host\ "[^"]+",
      \ x-amz-date\ "\d{8}T\d{6}Z",
      \ x-amz-content-sha256\ "UNSIGNED-PAYLOAD",\ SignedHeaders=host;
      x-amz-content-sha256;x-amz-date;x-amz-security-token,
      \ path\ "/last",\ query\ "versionId=1"}x } $t->log_errors('info')), 1,
   'the log has what was signed, once');

my $log = slurp($t->testdir() . '/error.log') . slurp($t->testdir()
                                                      . '/access.log');
unlike($log, qr/\Q$token\E|$encoded|\Q$secret\E|$auth=/,
       'no log has token, secret or authorization, at debug level');

$t->done();


# Returns the answer without the XML document that nginx itself makes.

sub foreign {
    my ($r) = @_;

    return $r->{raw} =~ s{<\?xml\ version="1\.0"\ encoding="UTF-8"\?>\n
                          <Error><Code>(?:ServiceUnavailable|AccessDenied)
                          </Code><Message>[^<]+</Message>
                          <Resource>/\w+/\w+</Resource>
                          <RequestId>\w{32}</RequestId></Error>\z}{}xr;
}
