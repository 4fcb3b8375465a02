#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Uploads in chunks that are signed with SigV4A, byte for byte.  The lengths are
# as announced.  The openssl command and Python's cryptography accept each
# signature, and both refuse a changed body.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(STREAMING4A);
use S3O::SigV4::Chunked;
use S3O::SigV4A qw(by_openssl by_python python_reason);

plan skip_all => python_reason() if python_reason();

use constant SIZE => 2 * 65536 + 1000;

my $t = S3O::Nginx->new()->has('openssl');
my $s3 = S3O::Outpost->new(sigv4a => 1, keep_body => 2 * SIZE,
                           session_token => 'a/token+of=some/length')->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_algorithm     sigv4a;
    s3o_presign_payload       streaming;
    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location / {
            s3o_presign_region_set  us-west-2 eu-*;
            proxy_pass              http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

# signatures have several lengths; so many uploads have some of each

my (%lengths, @all);

for my $n (1 .. 40) {
    my $size = $n == 1 ? SIZE : $n;
    my $r = $t->request(method => 'PUT', uri => "/$n", body => 'a' x $size);

    push @all, $s3->last();
    $lengths{ length $_ }++ for signatures($all[-1]{body});

    next if $r->{status} == 200 && $all[-1]{verdict} eq 'ok';
    fail("upload $n: $r->{status} $all[-1]{verdict}");
}

my $r = $all[0];
my $h = $r->{header};

is($r->{verdict}, 'ok', 'an upload in chunks');
is($r->{payload}, STREAMING4A, 'the payload hash names the form of SigV4A');
is($h->{'content-length'}, SIZE + 2 * (5 + 165) + 3 + 165 + 1 + 165,
   'the length can be computed');
is($r->{body_length}, $h->{'content-length'}, 'the length is right');
is($h->{'x-amz-decoded-content-length'}, SIZE,
   'the length of the data is right');
is($h->{'content-encoding'}, 'aws-chunked', 'the encoding is aws-chunked');
is($h->{'x-amz-region-set'}, 'us-west-2,eu-*',
   'the region set is the configured one');
is($r->{signed_headers}, 'content-encoding;content-length;host;'
   . 'x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;'
   . 'x-amz-region-set;x-amz-security-token', 'all these headers are signed');
is($s3->object('1')->{body}, 'a' x SIZE, 'the upload is stored');

my ($seed) = $h->{authorization} =~ /Signature=(.*)\z/;

like($seed, qr/\A30[0-9a-f]{130,142}\z/, 'the seed signature is not padded');
is(join(' ', keys %lengths), 144, 'signatures of chunks have a fixed length');
ok((grep { /\*\*\z/ } map { signatures($_->{body}) } @all),
   'some signatures of chunks are padded with stars');

# both verifiers accept the signatures and refuse each change

my %ask = (openssl => \&by_openssl, cryptography => \&by_python);

for my $who (sort keys %ask) {
    is(complaint($who, $r->{body}), '', "$who: the body is right");

    for my $case (changes($r->{body})) {
        my ($name, $body, %o) = @$case;

        isnt($body, $r->{body}, "$who: $name changes the body") if !%o;
        isnt(complaint($who, $body, %o), '', "$who: $name is refused");
    }
}

$t->done();


sub signatures { return $_[0] =~ /;chunk-signature=([^\r]*)\r/g }


sub complaint {
    my ($who, $body, %o) = @_;

    my ($data, $error) = S3O::SigV4::Chunked::decode($body,
        form => STREAMING4A, date => $r->{date}, scope => $r->{scope},
        signature => $seed, access_key => $s3->access_key(),
        secret_key => $s3->secret_key(), ecdsa => $ask{$who}, %o);

    return $error // ($data eq 'a' x SIZE ? '' : 'another body');
}


sub changes {
    my ($body) = @_;

    my @changes;
    my @signatures = signatures($body);

    for my $n (0 .. $#signatures) {
        my $changed = $signatures[$n];

        # the change is in the last number, so that the signature still has the
        # right form

        substr($changed, 130, 1) =~ tr/0-9a-f/1-9a-f0/;
        push @changes, ["signature $n",
                        $body =~ s/\Q$signatures[$n]/$changed/r];
    }

    for my $pos (300, 80000, SIZE) {
        my $changed = $body;

        substr($changed, $pos, 1) = 'b';
        push @changes, ["byte $pos", $changed];
    }

    my ($first, $second) = @signatures;

    push @changes,
        ['two signatures exchanged',
         $body =~ s/\Q$first/-/r =~ s/\Q$second/$first/r =~ s/=-/=$second/r],
        ['a size', $body =~ s/\r\n3e8;/\r\n3e7;/r],
        ['a star less', $body =~ s/([0-9a-f*]{143})[0-9a-f*]\r/$1\r/r],
        ['a star more', $body =~ s/([0-9a-f*]{144})\r/$1*\r/r],
        ['no last chunk', $body =~ s/\r\n0;chunk.*\z/\r\n/sr],
        ['no end', substr($body, 0, -2)],
        ['another seed', $body, signature => $first],
        ['a seed with stars', $body, signature => "$seed**"],
        ['another date', $body, date => '20000101T000000Z'],
        ['a scope with a region', $body,
         scope => $r->{scope} =~ s{/}{/us-west-2/}r],
        ['another key', $body, secret_key => 'another'],
        ['another form', $body,
         form => 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', signing_key => 'key'];

    return @changes;
}
