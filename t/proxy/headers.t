#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Headers in proxy mode: which headers of the client reach the Outpost, and
# which are signed.  No "proxy_set_header" of the user can change either.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;

my $token = 'FwoGZXIvYXdzE//+SESSION/TOKEN=';
my $s3 = S3O::Outpost->new(session_token => $token)->start();
my $t = S3O::Nginx->new();

$s3->known_to($t, TOKEN => $token);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT DELETE;
    %%TEST_OUTPOST%%

    # headers that a user has set for all servers

    proxy_set_header  Host                  $http_host;
    proxy_set_header  Authorization         "Basic dTpw";
    proxy_set_header  X-Amz-Date            "yesterday";
    proxy_set_header  x-amz-content-sha256  "none";
    proxy_set_header  X-AMZ-SECURITY-TOKEN  $http_x_token;
    proxy_set_header  X-Amz-Acl             "private";
    proxy_set_header  X-Forwarded-For       $proxy_add_x_forwarded_for;
    proxy_set_header  Connection            $http_connection;
    proxy_set_header  Upgrade               $http_upgrade;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /inherited/ {
            proxy_pass  http://up;
        }

        location /own/ {
            proxy_set_header  Host           evil.example;
            proxy_set_header  Authorization  $http_authorization;
            proxy_set_header  X-Real-IP      $remote_addr;
            proxy_set_header  x-amz-date     "";
            proxy_pass        http://up;
        }

        location /none/ {
            proxy_set_header            X-Other  "yes";
            proxy_pass_request_headers  off;
            s3o_presign_signed_headers  x-amz-meta-* x-other;
            proxy_pass                  http://up;
        }

        location /http11/ {
            proxy_http_version  1.1;
            proxy_set_header    Connection "";
            proxy_pass          http://up;
        }

        location /plain/ {
            proxy_set_header  X-Plain  "yes";
            proxy_pass        http://up;
        }

        location /signed/ {
            proxy_set_header            X-Plain  "yes";
            s3o_presign_signed_headers  content-type content-md5 cache-control
                                        content-length if-none-match
                                        x-amz-meta-* x-amz-storage-class
                                        x-plain;
            proxy_pass                  http://up;
        }

        location /forced/ {
            proxy_set_header            If-None-Match    "*";
            proxy_set_header            X-Amz-Meta-Owner $remote_addr;
            proxy_set_header            X-Passed         $http_x_passed;
            add_header  X-Seen          $http_x_own always;
            s3o_presign_signed_headers  if-none-match x-amz-meta-*;
            proxy_pass                  http://up;
        }

        location /copy/ {
            proxy_set_header            X-Plain "yes";
            s3o_presign_signed_headers  x-amz-* x-amz-copy-source;
            proxy_pass                  http://up;
        }

        # a user who sets a header here wants it to be sent

        location /set/ {
            s3o_presign_signed_headers  x-amz-tagging;
            proxy_set_header            X-Amz-Tagging    "a=b";
            proxy_set_header            X-Amzn-Trace-Id  $http_x_amzn_trace_id;
            proxy_set_header            x-amz-cf-id      $http_x_amz_cf_id;
            proxy_set_header            Cookie           $http_cookie;
            proxy_set_header            Content-MD5      $arg_md5;
            proxy_set_header            X-Amz-Acl        "private";
            proxy_pass                  http://up;
        }

        location /unnamed/ {
            proxy_set_header  X-Amz-Acl      $arg_a;
            proxy_set_header  X-Amz-Meta-By  $arg_by;
            proxy_pass        http://up;
        }

        location /cookie/ {
            s3o_presign_signed_headers  cookie;
            proxy_set_header            X-Plain "yes";
            proxy_pass                  http://up;
        }

        location /added/ {
            proxy_set_header            X-Plain "yes";
            s3o_presign_header          x-amz-meta-user  $remote_addr;
            s3o_presign_header          Cache-Control    "max-age=60,  public";
            s3o_presign_header          X-Amz-Meta-Other $arg_other;
            s3o_presign_header          X-Amz-Meta-Raw   $s3o_presign_arg_raw;
            s3o_presign_header          x-amz-acl        $arg_own;
            s3o_presign_signed_headers  x-amz-meta-*;
            proxy_pass                  http://up;
        }
    }
}

EOC

# headers that a client may send to do harm, and headers that happen to come
# along

my @hostile = (
    'Authorization' => 'AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host, '
                       . 'Signature=0',
    'X-Amz-Date' => '20200101T000000Z', 'x-amz-content-sha256' => '0' x 64,
    'X-Amz-Security-Token' => 'mine', 'x-amz-region-set' => '*',
    'x-amz-expected-bucket-owner' => '123456789012', 'X-Token' => 'mine too',
    'X-Amz-Acl' => 'bucket-owner-full-control', 'X-Amz-Cf-Id' => 'a CDN',
    'Amz-Sdk-Request' => 'attempt=1; max=3', 'X-Amz-User-Agent' => 'an SDK',
    'Upgrade' => 'websocket', 'TE' => 'trailers', 'Keep-Alive' => '300',
);

my @ours = qw(host authorization x-amz-content-sha256 x-amz-date
              x-amz-security-token);

for my $way (qw(inherited own none http11 plain signed copy added)) {
    for my $method (qw(GET PUT)) {
        my @named = $way eq 'added' ? ('x-amz-meta-user')
                    : $way eq 'copy' ? ('x-amz-expected-bucket-owner',
                                        'x-amz-user-agent') : ();

        $t->request(method => $method, uri => "/$way/k", headers => \@hostile,
                    $method eq 'PUT' ? (body => 'hello') : ());

        my $name = "$way, $method";
        my $last = $s3->last();

        $s3->accepted("$name: a request with hostile headers is accepted");
        is(join(' ', amz($last)), join(' ', sort @ours, @named),
           "$name: exactly these headers of AWS are sent");
        is($last->{header}{'x-amz-security-token'}, $token,
           "$name: the token is the server's");
        is(twice($last), '', "$name: no header is sent twice");
        is(join(' ', grep { defined $last->{header}{$_} }
                     qw(upgrade te keep-alive expect)),
           $way eq 'inherited' ? 'upgrade' : '',
           "$name: hop-by-hop headers do not pass");
    }
}

# Headers that ask for something that would not be done: nginx refuses the
# request and sends nothing.

for my $case (['X-Amz-Acl' => 'public-read-write', 501],
              ['X-Amz-Grant-Read' => 'id="x"', 501],
              ['x-amz-copy-source' => '/other/key', 501, 'copy'],
              ['X-AMZ-Copy-Source-Range' => 'bytes=0-1', 501],
              ['x-amz-storage-class' => 'GLACIER', 501, 'signed copy'],
              ['x-amz-meta-a' => 'b', 400, 'none signed copy added'],
              ['X-Amz-Tagging' => 'a=b', 400, 'copy'],
              ['X-Amz-Unheard-Of' => '1', 400, 'copy'],
              ['x-amz-expected-bucket-owner' => '1', 403, 'copy'])
{
    my ($header, $value, $status, $named) = @$case;

    for my $way (qw(inherited own none http11 plain signed copy added)) {
        next if grep { $_ eq $way } split / /, $named // '';

        $s3->clear();

        my $r = $t->request(method => 'PUT', uri => "/$way/k", body => 'x',
                            headers => [$header => $value]);

        is("$r->{status}, " . scalar $s3->requests() . ' sent',
           "$status, 0 sent", "$way: $header: $value");
    }
}

# headers that the configuration sets

my $md5 = 'XUFAKrxLKna5cZ2REBfFkg==';

$t->request(method => 'PUT', uri => "/set/k?md5=$md5", body => 'hello',
            headers => ['X-Amzn-Trace-Id' => 'Root=1', 'Cookie' => 'a=b; c=d',
                        'X-Amz-Cf-Id' => 'a CDN', 'Content-MD5' => 'wrong']);
$s3->accepted('proxy_set_header: the request is accepted');

my $set = $s3->last();

is(join('|', map { $set->{header}{$_} // '' }
             qw(x-amz-tagging x-amzn-trace-id x-amz-cf-id cookie content-md5
                x-amz-acl)),
   "a=b|Root=1|a CDN|a=b; c=d|$md5|",
   'proxy_set_header: all is sent, except default values');
is($set->{signed_headers}, 'content-md5;host;x-amz-cf-id;'
   . 'x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-tagging',
   'proxy_set_header: all that S3 wants signed is signed');

for my $case (['a=public-read', 'x-amz-acl'], ['by=me', 'x-amz-meta-by']) {
    my ($args, $header) = @$case;

    $s3->clear();

    my $r = $t->request(uri => "/unnamed/k?$args");

    is("$r->{status}, " . scalar $s3->requests() . ' sent', '500, 0 sent',
       "proxy_set_header: $args is not dropped");
    $t->error_log_like(qr/\[error\].*"$header" of "proxy_set_header" is not/,
                       'the log has the reason');
}

$t->request(uri => '/unnamed/k?a=private');
$s3->accepted('proxy_set_header: a default value is accepted');
ok(!exists $s3->last()->{header}{'x-amz-acl'},
   'proxy_set_header: a default value is left out');

# cookies are for the site and not for S3, unless the configuration names them

for my $case (['plain', '', ''], ['cookie', 'a=b; c=d', 'cookie;host']) {
    my ($way, $value, $signed) = @$case;

    $t->request(uri => "/$way/k", headers => ['Cookie' => 'a=b; c=d']);
    $s3->accepted("$way: a request with cookies is accepted");
    is($s3->last()->{header}{cookie} // '', $value,
       "$way: cookies are sent only if named");
    like($s3->last()->{signed_headers}, qr/^$signed/,
         "$way: cookies are signed if sent");
}

# headers that the client's Connection header names are for this hop only

for my $way (qw(inherited plain signed http11)) {
    for my $connection (['X-Secret, close'], ['close,x-secret'],
                        ['X-SECRET', 'close'], ['close', "\tx-secret ,"],
                        ['x-no-such, X-Secret, close'])
    {
        $t->request(uri => "/$way/k", headers => [
            'X-Secret' => 'hop', 'X-Open' => 'end',
            map { ('Connection' => $_) } @$connection]);

        my $name = "$way, Connection: " . join(' and ', @$connection);
        my $last = $s3->last();

        $s3->accepted("$name: the request is accepted");
        is(join(' ', grep { defined $last->{header}{$_} }
                     qw(x-secret x-open)), 'x-open',
           "$name: headers that Connection names do not pass");
    }
}

# a request is refused if it would mean something else without the named header

for my $case (['PUT', 'x-amz-meta-a' => 'b'], ['PUT', 'If-None-Match' => '*'],
              ['DELETE', 'If-Match' => '"e"'], ['PUT', 'Content-MD5' => $md5],
              ['GET', 'X-Amz-Checksum-Mode' => 'ENABLED'])
{
    my ($method, $header, $value) = @$case;

    $s3->clear();

    my $r = $t->request(method => $method, uri => '/signed/k',
                        headers => [$header => $value,
                                    'Connection' => "close, \L$header"],
                        $method eq 'PUT' ? (body => 'hello') : ());

    is("$r->{status}, " . scalar $s3->requests() . ' sent', '400, 0 sent',
       "Connection names $header of a $method");
}

# Connection names headers of the client, not those that the server sets

$s3->put_object('forced', 'first');

for my $headers ([], ['x-passed' => 'a', 'x-own' => 'c']) {
    my $r = $t->request(method => 'PUT', uri => '/forced/forced', body => 'x',
                        headers => [@$headers, 'Connection' =>
                                    'if-none-match, x-amz-meta-owner, close, '
                                    . 'X-Own,X-Passed']);
    my $last = $s3->last();
    my $name = @$headers ? 'sent by the client, too' : 'set by the server';

    $s3->accepted("Connection names headers $name: accepted");
    is(join('|', map { $last->{header}{$_} // '' }
                 qw(if-none-match x-amz-meta-owner x-passed)),
       '*|127.0.0.1|', "headers $name: are sent as they are set");
    is("$r->{status} " . $s3->object('forced')->{body}, '412 first',
       "headers $name: have their effect");
    is(($r->{headers}{'x-seen'} // [''])->[0], @$headers ? 'c' : '',
       "headers $name: nginx itself still sees them");
}

# headers that Connection cannot remove

for my $connection ('host', 'Authorization, x-amz-date, x-amz-security-token',
                    'content-length, close', 'connection',
                    'x-amz-content-sha256, transfer-encoding')
{
    my $r = $t->request(method => 'PUT', uri => '/plain/k', body => 'hello',
                        headers => ['Connection' => $connection]);

    $s3->accepted("Connection: $connection: does not harm the request");
    is("$r->{status} " . $s3->last()->{body}, '200 hello',
       "Connection: $connection: the body is sent");
}

# headers that the configuration names are signed: names, what the client sends,
# what arrives

my @signed = (
    [[], ''],
    [['Content-Type' => 'text/plain; charset=utf-8'], 'content-type'],
    [['x-amz-meta-a' => 'b'], 'x-amz-meta-a'],
    [['X-Amz-Meta-B' => '1', 'x-amz-meta-a' => '2', 'X-AMZ-META-B' => '3'],
     'x-amz-meta-a x-amz-meta-b'],
    [['x-amz-meta-a' => "  many   blanks \t inside  "], 'x-amz-meta-a'],
    [['Cache-Control' => 'max-age=60,  public', 'x-amz-meta-e' => ''],
     'cache-control x-amz-meta-e'],
    [['x-amz-meta-utf8' => "\xc3\xa9t\xc3\xa9"], 'x-amz-meta-utf8'],
    [['x-amz-storage-class' => 'OUTPOSTS', 'x-amz-acl' => 'private'],
     'x-amz-storage-class'],
    [['X-Plain' => 'of the client'], ''],
    [['Content-MD5' => 'XUFAKrxLKna5cZ2REBfFkg=='], 'content-md5'],
    [['If-None-Match' => '*'], 'if-none-match'],
    [['X-Amz-Meta-' . 'x' x 100 => 'y' x 2000], 'x-amz-meta-' . 'x' x 100],
);

for my $case (@signed) {
    my ($sent, $names) = @$case;

    my $r = $t->request(method => 'PUT', uri => '/signed/s', body => 'hello',
                        headers => $sent);
    my $name = join(', ', map { substr $_, 0, 40 } @$sent) || 'nothing';
    my $last = $s3->last();

    $s3->accepted("signed with $name");
    is($last->{signed_headers},
       join(';', sort split(/ /, $names), 'host', 'x-amz-content-sha256',
                      'x-amz-date', 'x-amz-security-token', 'content-length',
                      'x-plain'),
       "$name: all headers that are named are signed");

    # the value is passed on unchanged, without the blanks around it

    my @values = map { $_->[1] } grep { lc $_->[0] eq lc($sent->[0] // '') }
                 @{ $last->{headers} };
    my $value = $sent->[0] && $sent->[0] eq 'X-Plain' ? 'yes' : $sent->[1];

    is($values[0], $value =~ s/^\s+|\s+$//gr, "$name: the value is unchanged")
        if defined $value && length $value;
}

is(join('|', map { $_->[1] } grep { lc $_->[0] eq 'x-amz-meta-a' }
             @{ $s3->last()->{headers} }), '',
   'a header that is not named is not sent');

# a request without any header, as HTTP/1.0 allows

my $worker = join ' ', $t->workers();

$t->http("GET /inherited/$_ HTTP/1.0\r\n\r\n") for 1 .. 3;
$s3->accepted('a request without headers is accepted');
is($s3->last()->{target}, '/3', 'each request without headers is sent');
is(join(' ', $t->workers()), $worker, 'the same worker has sent them');

# headers that the server adds are sent, signed, and replace those of the client

for my $case (
    ['/added/1', [], 'max-age=60,  public', '127.0.0.1', undef],
    ['/added/2?other=x%20y', ['Cache-Control' => 'no-cache',
                              'x-amz-meta-user' => 'somebody'],
     'max-age=60,  public', '127.0.0.1', 'x%20y'],
    ['/added/3', ['X-Amz-Meta-Other' => 'of the client'],
     'max-age=60,  public', '127.0.0.1', 'of the client'])
{
    my ($uri, $headers, @values) = @$case;

    $t->request(method => 'PUT', uri => $uri, body => '', headers => $headers);

    my $last = $s3->last();

    $s3->accepted("$uri is accepted with the added headers");
    is_deeply([@{ $last->{header} }{qw(cache-control x-amz-meta-user
                                       x-amz-meta-other)}], \@values,
              "$uri: the values");
    is(twice($last), '', "$uri: no added header is sent twice");
    like($last->{signed_headers}, qr/^cache-control;.*;x-amz-meta-user\b/,
         "$uri: all added headers are signed");
}

# a value of the client that would be refused is replaced, if there is another

$s3->clear();
$t->request(method => 'PUT', uri => '/added/acl?own=private', body => '',
            headers => ['x-amz-acl' => 'public-read']);
$s3->accepted('a value of the server in place of a bad one is accepted');
is($s3->last()->{header}{'x-amz-acl'}, 'private',
   'the value of the server is sent');

$s3->clear();
is($t->request(method => 'PUT', uri => '/added/acl', body => '',
               headers => ['x-amz-acl' => 'public-read'])->{status}, 501,
   'a bad value that nothing replaces is refused');
is(scalar($s3->requests()), 0, 'and not sent');

# a value with a line break would become two headers

$s3->clear();
my $r = $t->request(uri => '/added/x?raw=a%0d%0ax-amz-acl:%20public-read');
is($r->{status}, 500, 'a line break in an added header is an error');
is(scalar $s3->requests(), 0, 'nothing is sent with a line break in a header');
$t->error_log_like(qr/\[error\].*"s3o_presign_header" .*control character/,
                   'the log has the reason');

$t->request(uri => '/added/x?raw=a%09b');
$s3->accepted('a tab is no line break');

$t->done();


# Returns the lower-case names of headers that belong to AWS.

sub amz {
    my ($request) = @_;

    return sort grep { /^(?:x-amz-.*|authorization|host)$/ }
           map { lc $_->[0] } @{ $request->{headers} };
}


sub twice {
    my ($request) = @_;

    my %n;
    $n{ lc $_->[0] }++ for @{ $request->{headers} };

    return join ' ', sort grep { $n{$_} > 1 } keys %n;
}
