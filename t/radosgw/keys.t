#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Odd and random keys, through a real S3 server and back.  In whatever way an
# object was stored, every other way finds it under the same bytes.

use strict;
use warnings;

use Digest::SHA qw(sha1_hex);
use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);

use S3O::HTTP;
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4 qw(uri_encode uri_decode);

use constant {
    SECONDS => 4,     # for random keys
    AT_LEAST => 50,   # of them, however long that takes
};

my $t = S3O::Nginx->new(log_level => 'info')->has('radosgw');
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods       GET PUT;

    client_max_body_size      0;
    keepalive_requests        1000000;

    upstream outpost {
        server              127.0.0.1:%%OUTPOST%%;
        keepalive           4;
        keepalive_requests  1000000;
    }

    server {
        listen         127.0.0.1:%%PORT_8080%%;
        server_name    localhost;
        merge_slashes  off;

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /proxy/ {
            s3o_presign         proxy;
            s3o_presign_list    on;
            proxy_http_version  1.1;
            proxy_set_header    Connection "";
            proxy_pass          http://outpost$s3o_presign_uri;
        }

        location = /json {
            s3o_presign              json;
            s3o_presign_key          $s3o_presign_arg_key;
            s3o_presign_sign_method  $s3o_presign_arg_method;
        }
    }
}

EOC

my $json = JSON::PP->new->utf8;
my $nginx = $t->connect(timeout => 60);
my $direct = S3O::HTTP->connect(port => $s3->port(), timeout => 60);

my %put = (proxy => \&put_proxy, redirect => \&put_redirect,
           json => \&put_json);
my %get = (proxy => \&get_proxy, redirect => \&get_redirect,
           json => \&get_json, direct => \&get_direct);
my @letters = split //, 'abcXYZ019';
my @signs = split //, q{/ %+?#&=~!*'()[].;:@,$"\\<>|};
my %stored;
my $exchanges = 0;

srand($ENV{S3O_SEED} // 20261121);

for my $key (odd_keys()) {
    is(join('; ', map { round_trip($key, $_) } sort keys %put), '',
       'the key "' . shown($key) . '"');
}

random_keys();
listing();

is(join('', $t->log_errors('warn')), '', 'nginx logs no warning');

$t->done();


sub odd_keys {
    my @keys = (
        'a', 'a b', ' ', ' a ', 'a+b', 'a%b', 'a%20b', '%', '%%', '%2F', '%2f',
        'a%2Fb', 'a%252Fb', '%00', '+', '++', 'a&b=c', 'a=b', 'a?b', '?', '#',
        'a#b', '&', '=', ';', 'a;b', '~', "~!*'()", '!', '*', "'", '(', ')',
        '@', 'a@b', ':', 'a:b', 'http://host/a?b#c', ',', '$', '"', '<a>', '\\',
        'a\\b', '^', '`', '{a}', '[b]', '|', 'a//b', '//', '///a', '/a', 'a/',
        'a//', 'dir/', '-', '_', '.a', '..a', 'a.', 'a..', '...', 'a/.../b',
        'a/.b/..c', "\xc3\xa9", "e\xcc\x81", "\xe2\x82\xac", "\xe6\x97\xa5"
        . "\xe6\x9c\xac", "\xf0\x9f\x98\x80", "\xc2\xa0", "\xc2\x85",
        "\xe2\x80\xa8", "\xef\xbb\xbfbom", "\xef\xbf\xbd", "\xef\xbf\xbf",
        "\xf4\x8f\xbf\xbf", 'X-Amz-Signature=0', '?X-Amz-Signature=0&a',
        'a?list-type=2', '?uploads', '?acl', '?delete', 'favicon.ico',
        'robots.txt', 'index.html', 'A', '0', '00', 'null', 'x' x 1024,
        ("d/" x 511) . 'ab', "\xe2\x82\xac" x 341,
    );

    # all bytes that can stand alone

    push @keys, join '', map { chr } 0x20 .. 0x2d, 0x30 .. 0x7e;

    return @keys;
}


# Tries as many keys as the time allows, in all ways in turn.

sub random_keys {
    my @puts = sort keys %put;
    my $end = time + SECONDS;
    my ($n, @failed) = (0);

    while (time < $end || $n < AT_LEAST) {
        my $key = random_key();
        my $error = round_trip($key, $puts[$n++ % @puts]);

        push @failed, shown($key) . " $error" if $error;
        last if @failed >= 20;
    }

    is(join("\n", @failed), '', 'random keys');
    cmp_ok($n, '>=', AT_LEAST, 'enough random keys were tried');

    diag("\n$n random keys, " . keys(%stored) . ' objects, '
         . "$exchanges transfers of bodies that were compared");
}


# Segments have all kinds of characters, but are never "."  or "..".

sub random_key {
    my $left = 1 + int rand(rand() < 0.1 ? 1024 : 60);
    my $key = '';

    while (1) {
        my $c = random_character();

        last if ($left -= length $c) < 0;
        $key .= $c;
    }

    $key = 'k' if $key eq '';
    $key =~ s{(^|/)(\.\.?)(?=/|$)}{$1-$2}g;

    return substr $key, 0, 1024 if $key !~ /[\x80-\xff]/;
    return length $key > 1024 ? 'k' : $key;
}


sub random_character {
    my $kind = rand;
    my $code = $kind < 0.30 ? 0x20 + rand 0x5f
               : $kind < 0.55 ? ord $letters[rand @letters]
               : $kind < 0.80 ? ord $signs[rand @signs]
               : $kind < 0.87 ? 0x80 + rand 0x700
               : $kind < 0.94 ? 0x800 + rand 0xd000 - 0x800
               : 0x10000 + rand 0x10ffff - 0x10000;

    my $c = chr int $code;
    utf8::encode($c);

    return $c;
}


# Puts in one way and gets in all ways; returns what was wrong.

sub round_trip {
    my ($key, $way) = @_;

    my $body = sha1_hex("$exchanges $key") . " $way $key";
    my $status = $put{$way}->($key, $body);

    return "PUT by $way: $status" if $status ne '200';

    $stored{$key} = 1;

    for my $by (sort keys %get) {
        my $got = $get{$by}->($key);

        $exchanges++;
        return "PUT by $way, GET by $by: $got" if $got ne $body;
    }

    return ();
}


# A client may send the same path in more than one spelling.

sub spelled {
    my ($key) = @_;

    my $way = int rand 4;

    return uri_encode($key, 1) if $way == 0;
    return uri_encode($key) if $way == 1;
    return $key =~ s/(.)/sprintf '%%%02x', ord $1/gser if $way == 2;

    # this spelling escapes only what HTTP requires

    return $key =~ s/([ %?#])/sprintf '%%%02X', ord $1/ger;
}


sub put_proxy {
    my ($key, $body) = @_;

    return $nginx->request(method => 'PUT', uri => '/proxy/' . spelled($key),
                           body => $body)->{status};
}


sub get_proxy {
    my ($key) = @_;

    return answer($nginx->request(uri => '/proxy/' . spelled($key)));
}


sub put_redirect {
    my ($key, $body) = @_;

    my $r = $nginx->request(method => 'PUT', uri => '/redirect/'
                            . spelled($key), body => $body);
    my $url = location($r, $key) or return "not redirected: $r->{status}";

    return $s3->fetch($url, method => 'PUT', body => $body,
                      connection => $direct)->{status};
}


sub get_redirect {
    my ($key) = @_;

    my $r = $nginx->request(uri => '/redirect/' . spelled($key));
    my $url = location($r, $key) or return "not redirected: $r->{status}";

    return answer($s3->fetch($url, connection => $direct));
}


# The location must spell the path in the same way in which S3 signs it.

sub location {
    my ($r, $key) = @_;

    my $url = $r->{headers}{location}[0] // return;
    my $path = uri_encode($key, 1);

    return $url =~ m{^http://[^/?]+/\Q$path\E\?[^/]+$} ? $url : undef;
}


sub put_json {
    my ($key, $body) = @_;

    my $url = handed_out($key, 'PUT');

    return $s3->fetch($url, method => 'PUT', body => $body,
                      connection => $direct)->{status};
}


sub get_json {
    my ($key) = @_;

    return answer($s3->fetch(handed_out($key, 'GET'),
                             connection => $direct));
}


sub handed_out {
    my ($key, $method) = @_;

    my $r = $nginx->request(uri => "/json?method=$method&key="
                            . uri_encode($key));

    return $json->decode($r->{body})->{url};
}


# This way does not go through nginx.

sub get_direct {
    my ($key) = @_;

    return answer($s3->signed(key => $key, connection => $direct));
}


sub answer {
    my ($r) = @_;

    return $r->{status} == 200 ? $r->{body} : "$r->{status} $r->{body}";
}


# Tests what a listing through the proxy shows, page by page.

sub listing {
    my ($token, %listed) = ('');

    for my $page (1 .. 1 + keys %stored) {
        my $r = $nginx->request(
            uri => '/proxy/?list-type=2&encoding-type=url&max-keys=300'
                   . (length $token ? "&continuation-token=$token" : ''));

        last if $r->{status} != 200;

        $listed{ uri_decode(unescaped($_)) }++
            for $r->{body} =~ m{<Key>([^<]*)</Key>}g;

        ($token) = $r->{body}
                   =~ m{<NextContinuationToken>([^<]+)</NextContinuation}
            or last;

        # the token is a key without escapes
        $token = uri_encode(unescaped($token));
    }

    is_deeply([map { shown($_) } sort keys %listed],
              [map { shown($_) } sort keys %stored],
              'a listing through the proxy has all keys, and no other');
}


sub unescaped {
    my ($text) = @_;

    my %char = (lt => '<', gt => '>', quot => '"', apos => "'", amp => '&');

    return $text =~ s/&(\w+);/$char{$1}/gr;
}


sub shown {
    my ($key) = @_;

    my $text = $key =~ s/([^!-~])/sprintf '\\x%02x', ord $1/gser;

    return length $text > 120 ? substr($text, 0, 100) . '... '
                                . length($key) . ' bytes' : $text;
}
