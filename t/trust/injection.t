#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Line breaks and other bytes in values that a configuration takes from a
# request: they add no header, no argument and no line of a log.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Presigned qw(parse_url);
use S3O::SigV4;
use S3O::Process qw(wait_until);

my $t = S3O::Nginx->new();
my $s3 = S3O::Outpost->new()->start();

my %known = ($s3->access_key() => { secret_key => $s3->secret_key() });

$s3->known_to($t, OUTPOST => '127.0.0.1:' . $s3->port());

# $raw, $in_path and $s3o_presign_arg_v are the client's bytes, decoded

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods       GET PUT;

    map $uri $in_path {
        ~^/[^/]+/(?<raw>[\s\S]*)$  $raw;
    }

    upstream kept {
        server     %%OUTPOST%%;
        keepalive  2;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /redirect/ {
            s3o_presign        redirect;
            s3o_presign_key    k;
            s3o_presign_param  response-content-disposition $s3o_presign_arg_v;
            s3o_presign_param  response-content-type        $in_path;
        }

        location /json/ {
            s3o_presign                 json;
            s3o_presign_key             k;
            s3o_presign_param           response-content-type $in_path;
            s3o_presign_signed_headers  x-amz-meta-*;
        }

        location /param/ {
            s3o_presign        proxy;
            s3o_presign_key    k;
            s3o_presign_param  response-content-disposition $s3o_presign_arg_v;
            s3o_presign_param  response-content-type        $in_path;
            proxy_pass         http://%%OUTPOST%%;
        }

        location /header/ {
            s3o_presign         proxy;
            s3o_presign_key     k;
            s3o_presign_header  X-Amz-Meta-A $s3o_presign_arg_v;
            s3o_presign_header  X-Amz-Meta-B $in_path;
            proxy_pass          http://%%OUTPOST%%;
        }

        # as everywhere in nginx, a header line of the configuration can be
        # broken; the lines that result are treated as if the client had sent
        # them

        location /own-line/ {
            s3o_presign       proxy;
            s3o_presign_key   k;
            proxy_set_header  X-Own $s3o_presign_arg_v;
            proxy_set_header  X-Path $in_path;
            proxy_pass        http://%%OUTPOST%%;
        }

        location /kept/ {
            s3o_presign              proxy;
            s3o_presign_key          k;
            proxy_http_version       1.1;
            proxy_set_header         X-Own $s3o_presign_arg_v;
            proxy_set_header         Connection "";
            proxy_request_buffering  off;
            proxy_pass               http://kept;
        }

        # values in the request line

        location /method-line/ {
            s3o_presign      proxy;
            s3o_presign_key  k;
            proxy_method     $s3o_presign_arg_v;
            proxy_pass       http://%%OUTPOST%%;
        }

        location /uri-line/ {
            s3o_presign      proxy;
            s3o_presign_key  k;
            proxy_pass       http://%%OUTPOST%%/$s3o_presign_arg_v;
        }

        location /key/ {
            s3o_presign      redirect;
            s3o_presign_key  $s3o_presign_arg_v;
        }

        location /default-key/ {
            s3o_presign  redirect;
        }

        location /access-point/ {
            s3o_presign               redirect;
            s3o_presign_access_point  $s3o_presign_arg_v;
        }

        location /expires/ {
            s3o_presign          redirect;
            s3o_presign_expires  $s3o_presign_arg_v;
        }

        location /mode/ {
            s3o_presign  $s3o_presign_arg_v;
        }

        location /method/ {
            s3o_presign              redirect;
            s3o_presign_sign_method  $s3o_presign_arg_v;
        }
    }
}

EOC

$s3->put_object('k', 'the object');
$t->run();

my @bytes = ("\r\n", "\n", "\r", "\0", "\r\n\r\n", "\x0b", "\x7f", "\xff",
             "\xe2\x80\xa8", "\xc4\x8a", '"', '\\', '&x=y', '%0d%0a', '#?',
             "\t");

my $evil = 'x-amz-acl: public-read-write';

for my $bytes (@bytes) {
    my $name = join ' ', map { sprintf '%02x', ord } split //, $bytes;
    my $value = "a${bytes}$evil${bytes}Location: x";
    my $encoded = S3O::SigV4::uri_encode($value);
    my $in_path = $encoded =~ s/%00//gr;    # nginx itself refuses that one
    my $path = $value =~ tr/\0//dr;

    for my $mode (qw(redirect json)) {
        my $r = $t->request(uri => "/$mode/$in_path?v=$encoded");
        my $url = $mode eq 'json' ? (eval { JSON::PP::decode_json($r->{body}) }
                                     // {})->{url}
                                  : $r->{headers}{location}[0];

        is(judge($url), 'signed', "$name: $mode with it in a parameter");
        is(args($url)->{'response-content-type'}, $path,
           "$name: $mode: the argument has the whole value");
        is(names($r), 'as ever', "$name: $mode: no other header");
    }

    for my $mode (qw(param header own-line)) {
        $s3->clear();

        my $r = $t->request(uri => "/$mode/$in_path?v=$encoded");
        my $last = ($s3->requests())[-1];

        if (!$last) {
            is($mode ne 'param' && $bytes =~ /[\0-\x08\x0a-\x1f\x7f]/
               ? $r->{status} : "nothing sent, $r->{status}", 500,
               "$name: $mode: it is refused");
            next;
        }

        # S3 refuses a control character that is not a line break

        is($last->{malformed} && $mode eq 'own-line' ? 'ok' : $last->{verdict},
           'ok', "$name: $mode: the request is signed as it was sent");
        is(join(' ', grep { /^(?:x-amz-acl|location)$/ }
                     map { lc $_->[0] } @{ $last->{headers} })
           =~ s/^location( location)?$//r, '',
           "$name: $mode: no header that S3 acts on");
    }

    for my $uri ("/key/?v=$encoded", "/default-key/$encoded",
                 "/access-point/k?v=$encoded", "/expires/k?v=$encoded",
                 "/mode/k?v=$encoded", "/method/k?v=$encoded")
    {
        my $r = $t->request(uri => $uri);
        my $url = $r->{headers}{location}[0];

        ok($url ? judge($url) eq 'signed' && names($r) eq 'as ever'
                : $r->{status} =~ /^(?:400|405|500)$/,
           "$name: $uri is signed whole, or refused")
            or diag($r->{raw});
    }
}

# one request stays one, on a connection that is used again

my $second = "GET /other HTTP/1.1\r\nHost: " . $s3->host() . "\r\n\r\n";

for my $value ("a\r\n\r\n$second", "a\r\nContent-Length: 0\r\n\r\n$second",
               'a' . "\r\n" x 2, "a\r\nContent-Length: 5",
               "a\r\nContent-Length: 4", "a\r\nTransfer-Encoding: chunked",
               "a\r\ncontent-LENGTH:5", "a\r\nContent-Length:  0")
{
    for my $what ([], [method => 'PUT', body => 'hello'],
                  [method => 'PUT', body => '', headers => ['X-A' => 'b' x 99]])
    {
        $s3->clear();

        my $r = $t->request(uri => '/kept/?v='
                            . S3O::SigV4::uri_encode($value), @$what);

        is($r->{status} . ' ' . $s3->requests(), '500 0',
           ($what->[1] // 'GET') . ': a header that ends the request, '
           . $value =~ s/([^ -~])/sprintf '%02x', ord $1/ger);
    }
}

$t->error_log_like(qr/"proxy_set_header" changes where the request ends/,
                   'the log explains the refusal');

# the next server may take a malformed line for another header: a blank before
# the colon, a line that continues the one before, half a line break

$t->clear_log();

for my $value ("a\r\nTransfer-Encoding : chunked",
               "a\r\nTransfer-Encoding\t: chunked",
               "a\r\nContent-Length : 0", "a\r\n Transfer-Encoding: chunked",
               "a\r\n\tTransfer-Encoding: chunked", "a\r\n more",
               "a\r\nTransfer-Encoding\0: chunked", "a\r\nnothing",
               "a\r\n\x0bTransfer-Encoding: chunked", "a\r\n: chunked",
               "a\r\nTransfer(-)Encoding: chunked", "a\r\nX Y: chunked",
               "a\rTransfer-Encoding: chunked",
               "a\nTransfer-Encoding: chunked", "a\n\rX: y", "a\0b", "a\r",
               "a\n", "a\r\r\nX: y", "a\r\n\nX: y")
{
    my $name = $value =~ s/([^ -~])/sprintf '%02x', ord $1/ger;

    for my $what ([], [method => 'PUT', body => 'hello']) {
        $s3->clear();

        my $r = $t->request(uri => '/kept/?v='
                            . S3O::SigV4::uri_encode($value), @$what);

        is($r->{status} . ' ' . $s3->requests(), '500 0',
           ($what->[1] // 'GET') . ": what is no header line, $name");
    }
}

$t->error_log_like(qr/a line of the request is not a header/,
                   'the log explains the malformed line');

# values in the request line add no second line

for my $value ("GET /x HTTP/1.0\r\nX-More: y", "GET x", "GET\r\nX: y") {
    my $name = $value =~ s/([^ -~])/sprintf '%02x', ord $1/ger;

    for my $way (qw(method-line uri-line)) {
        next if $way eq 'uri-line' && $value eq 'GET x';

        $s3->clear();

        my $r = $t->request(uri => "/$way/?v="
                            . S3O::SigV4::uri_encode($value));

        is($r->{status} . ' ' . $s3->requests(), '500 0', "$way: $name");
    }
}

$s3->clear();
$t->request(uri => '/method-line/?v=GET');
$s3->accepted('a method that is one');

# tokens of all characters, and unusual values, are header lines

for my $value ("a\r\n!#\$%&'*+-.^_`|~09azAZ: b", "a\r\nX-A:b", "a\r\nX-A:",
               "a\r\nX-A: : b\t\xff", "a\tb")
{
    $s3->clear();

    my $r = $t->request(uri => '/kept/?v=' . S3O::SigV4::uri_encode($value));

    is($r->{status} . ' ' . $s3->requests(), '200 1',
       'a header line, ' . $value =~ s/([^ -~])/sprintf '%02x', ord $1/ger);
}

for my $what ([], [method => 'PUT', body => 'hello'], [body => 'of a GET'],
              [method => 'PUT', body => 'x' x 200000],
              [method => 'PUT', body => ''])
{
    $t->request(uri => '/kept/?v=a', @$what);
    $s3->accepted('a value with its end in the right place is sent');
}

# each line of the log begins as nginx begins a line

is(join("\n", grep { !m{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] } }
              log_lines()), '', 'no line of the log is the client\'s');

$t->done();


# returns the log without the entries of several lines that nginx and the
# module write at debug level

sub log_lines {
    my $text = $t->read_file('error.log');

    wait_until(sub { $t->read_file('error.log') eq $text }, 1);

    $text =~ s{^\S+ \S+ \[debug\] .*\n(?:(?!\d{4}/\d\d/\d\d ).*\n)*}{}mg;

    return split /\n/, $text;
}


sub judge {
    my ($url) = @_;

    my $u = eval { parse_url($url) } or return 'not a URL: ' . ($url // '-');

    my $v = S3O::SigV4::verify(method => 'GET',
        target => $url =~ s{^\w+://[^/]+}{}r, headers => [['host', $u->{host}]],
        credentials => \%known, region => 'us-west-2', host => $s3->host());

    return $v->{ok} ? 'signed' : "$v->{code}: $v->{message}";
}


sub args {
    my ($url) = @_;

    return (eval { parse_url($url) } // {})->{args} // {};
}


# returns the names of the headers of an answer

sub names {
    my ($r) = @_;

    my @other = grep { !/^(?:server|date|content-length|content-type|location
                           |connection|cache-control)$/x }
                keys %{ $r->{headers} };

    return @other ? join ' ', sort @other : 'as ever';
}
