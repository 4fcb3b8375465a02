#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode and headers: which of the client's reach the Outpost, which are
# signed, and that no "proxy_set_header" of the user's can break either.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;

my $token = 'FwoGZXIvYXdzE//+SESSION/TOKEN=';
my $s3 = S3O::Outpost->new(session_token => $token)->start();
my $t = S3O::Nginx->new();

$t->subst(ARN => $s3->arn(), OUTPOST => $s3->port(), TOKEN => $token,
          KEY => $s3->access_key(), SECRET => $s3->secret_key());

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
    s3o_presign_methods       GET PUT;
    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=%%KEY%%
                              secret_access_key=%%SECRET%%
                              session_token=%%TOKEN%%;

    # whatever somebody has set for all of his servers

    proxy_set_header  Host                  $http_host;
    proxy_set_header  Authorization         "Basic dTpw";
    proxy_set_header  X-Amz-Date            "yesterday";
    proxy_set_header  x-amz-content-sha256  "none";
    proxy_set_header  X-AMZ-SECURITY-TOKEN  $http_x_token;
    proxy_set_header  X-Amz-Acl             "public-read";
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
            add_header  X-Seen          $http_x_amz_meta_own always;
            s3o_presign_signed_headers  if-none-match x-amz-meta-*;
            proxy_pass                  http://up;
        }

        location /copy/ {
            proxy_set_header            X-Plain "yes";
            s3o_presign_signed_headers  x-amz-* x-amz-copy-source;
            proxy_pass                  http://up;
        }

        location /added/ {
            proxy_set_header            X-Plain "yes";
            s3o_presign_header          x-amz-meta-user  $remote_addr;
            s3o_presign_header          Cache-Control    "max-age=60,  public";
            s3o_presign_header          X-Amz-Meta-Other $arg_other;
            s3o_presign_header          X-Amz-Meta-Raw   $s3o_presign_arg_raw;
            s3o_presign_signed_headers  x-amz-meta-*;
            proxy_pass                  http://up;
        }
    }
}

EOC

# what a client may send to harm itself or others

my @hostile = (
    'Authorization' => 'AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host, '
                       . 'Signature=0',
    'X-Amz-Date' => '20200101T000000Z', 'x-amz-content-sha256' => '0' x 64,
    'X-Amz-Security-Token' => 'mine', 'x-amz-acl' => 'public-read-write',
    'X-Amz-Grant-Read' => 'id="x"', 'x-amz-copy-source' => '/other/key',
    'X-AMZ-Copy-Source-Range' => 'bytes=0-1', 'x-amz-meta-a' => 'b',
    'X-Amz-Tagging' => 'a=b', 'x-amz-region-set' => '*',
    'x-amz-storage-class' => 'GLACIER', 'X-Amz-Unheard-Of' => '1',
    'x-amz-expected-bucket-owner' => '1', 'X-Token' => 'mine too',
    'Upgrade' => 'websocket', 'TE' => 'trailers', 'Keep-Alive' => '300',
);

my @ours = qw(host authorization x-amz-content-sha256 x-amz-date
              x-amz-security-token);

for my $way (qw(inherited own none http11 plain signed copy added)) {
    for my $method (qw(GET PUT)) {
        my @named = $way eq 'signed' ? ('x-amz-meta-a', 'x-amz-storage-class')
                    : $way eq 'added' ? ('x-amz-meta-a', 'x-amz-meta-user')
                    : $way eq 'copy' ? ('x-amz-copy-source', 'x-amz-meta-a',
                                        'x-amz-tagging',
                                        'x-amz-storage-class',
                                        'x-amz-unheard-of',
                                        'x-amz-expected-bucket-owner') : ();

        $t->request(method => $method, uri => "/$way/k", headers => \@hostile,
                    $method eq 'PUT' ? (body => 'hello') : ());

        my $name = "$way, $method";
        my $last = $s3->last();

        $s3->accepted("$name: a request with hostile headers is taken");
        is(join(' ', amz($last)), join(' ', sort @ours, @named),
           "$name: with these headers of the signature and no others");
        is($last->{header}{'x-amz-security-token'}, $token,
           "$name: the token is the server's");
        is(twice($last), '', "$name: no header is there twice");
        is(join(' ', grep { defined $last->{header}{$_} }
                     qw(upgrade te keep-alive expect)),
           $way eq 'inherited' ? 'upgrade' : '',
           "$name: what is between two hops stays there");
    }
}

# headers that the client's Connection names are for this hop only

for my $way (qw(inherited plain signed http11)) {
    for my $connection (['X-Secret, close'], ['close,x-secret'],
                        ['X-SECRET', 'close'], ['close', "\tx-secret ,"],
                        ['x-amz-meta-a, X-Secret, close'])
    {
        $t->request(uri => "/$way/k", headers => [
            'X-Secret' => 'hop', 'X-Open' => 'end', 'x-amz-meta-b' => '1',
            'x-amz-meta-a' => '2',
            map { ('Connection' => $_) } @$connection]);

        my $name = "$way, Connection: " . join(' and ', @$connection);
        my $last = $s3->last();

        $s3->accepted("$name: the request is taken");
        is(join(' ', grep { defined $last->{header}{$_} }
                     qw(x-secret x-open)), 'x-open',
           "$name: what it names does not pass");
    }
}

# it names the client's headers, not those that the server sets

$s3->put_object('forced', 'first');

for my $headers ([], ['If-None-Match' => '*', 'X-Amz-Meta-Owner' => '127.0.0.1',
                      'x-passed' => 'a', 'x-amz-meta-own' => 'c'])
{
    my $r = $t->request(method => 'PUT', uri => '/forced/forced', body => 'x',
                        headers => [@$headers, 'Connection' =>
                                    'if-none-match, x-amz-meta-owner, close, '
                                    . 'X-Amz-Meta-Own,X-Passed']);
    my $last = $s3->last();
    my $name = @$headers ? 'sent by the client, too' : 'set by the server';

    $s3->accepted("Connection names headers $name: the request is taken");
    is(join('|', map { $last->{header}{$_} // '' }
                 qw(if-none-match x-amz-meta-owner x-amz-meta-own x-passed)),
       '*|127.0.0.1||', "headers $name: are sent as they are set");
    is("$r->{status} " . $s3->object('forced')->{body}, '412 first',
       "headers $name: and have their effect");
    is(($r->{headers}{'x-seen'} // [''])->[0], @$headers ? 'c' : '',
       "headers $name: here they are seen as ever");
}

# what it cannot name

for my $connection ('host', 'Authorization, x-amz-date, x-amz-security-token',
                    'content-length, close', 'connection',
                    'x-amz-content-sha256, transfer-encoding')
{
    my $r = $t->request(method => 'PUT', uri => '/plain/k', body => 'hello',
                        headers => ['Connection' => $connection]);

    $s3->accepted("Connection: $connection: does not harm the request");
    is("$r->{status} " . $s3->last()->{body}, '200 hello',
       "Connection: $connection: nor its body");
}

# signed because the configuration says so: names, what is sent, what arrives

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
       "$name: all that is named");

    # the value is passed on as it is: only blanks at its ends are nobody's

    my @values = map { $_->[1] } grep { lc $_->[0] eq lc($sent->[0] // '') }
                 @{ $last->{headers} };
    my $value = $sent->[0] && $sent->[0] eq 'X-Plain' ? 'yes' : $sent->[1];

    is($values[0], $value =~ s/^\s+|\s+$//gr, "$name: as it was sent")
        if defined $value && length $value;
}

is(join('|', map { $_->[1] } grep { lc $_->[0] eq 'x-amz-meta-a' }
             @{ $s3->last()->{headers} }), '', 'and no more than that');

# headers that the server adds: sent, signed, and instead of the client's

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

    $s3->accepted("$uri is taken with what is added");
    is_deeply([@{ $last->{header} }{qw(cache-control x-amz-meta-user
                                       x-amz-meta-other)}], \@values,
              "$uri: the values");
    is(twice($last), '', "$uri: none of them twice");
    like($last->{signed_headers}, qr/^cache-control;.*;x-amz-meta-user\b/,
         "$uri: all are signed");
}

# a value with a line break would be two headers

$s3->clear();
my $r = $t->request(uri => '/added/x?raw=a%0d%0ax-amz-acl:%20public-read');
is($r->{status}, 500, 'a line break in an added header is an error');
is(scalar $s3->requests(), 0, 'and nothing is sent');
$t->error_log_like(qr/\[error\].*"s3o_presign_header" .*control character/,
                   'which the log explains');

$t->request(uri => '/added/x?raw=a%09b');
$s3->accepted('a tab is none');

$t->done();


# lower-case names of headers that belong to AWS

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
