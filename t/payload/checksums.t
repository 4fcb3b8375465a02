#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A client may send a digest of its body in Content-MD5 or x-amz-checksum-*.
# The digest is always that of the object's bytes, never of the chunk framing
# around them.  A right digest is accepted and a wrong one is refused, for every
# way in which a body comes in (plain or aws-chunked) and goes out (unsigned,
# signed, or in signed chunks).

use strict;
use warnings;

use Compress::Raw::Zlib ();
use Digest::MD5 qw(md5_base64);
use Digest::SHA qw(sha256_base64 sha1_base64);
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(directives streams);
use S3O::SigV4::Chunked;
use S3O::SigV4A qw(python_reason);

use constant TRAILER => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
use constant CHUNKS => 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';

my @kinds = map { my $kind = $_; map { "$kind$_" } '', python_reason() ? ()
                                                                       : '4a' }
            qw(unsigned signed streaming);

my $t = S3O::Nginx->new(log_level => 'info');
my $s3 = S3O::Outpost->new(sigv4a => !python_reason())->start();

$s3->known_to($t, LOCATIONS => join '', map { <<"EOC" } @kinds);

        location /$_/named/ {
            @{[ directives($_) ]}
            s3o_presign_signed_headers  content-md5 x-amz-checksum-*;
            proxy_pass                  http://127.0.0.1:@{[ $s3->port() ]};
        }

        location /$_/unbuffered/ {
            @{[ directives($_) ]}
            s3o_presign_signed_headers  content-md5 x-amz-checksum-*;
            proxy_request_buffering     off;
            proxy_http_version          1.1;
            proxy_pass                  http://127.0.0.1:@{[ $s3->port() ]};
        }

        location /$_/unnamed/ {
            @{[ directives($_) ]}
            proxy_pass  http://127.0.0.1:@{[ $s3->port() ]};
        }
EOC

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      10m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        %%LOCATIONS%%
    }
}

EOC

my $body = join '', map { sprintf "%07d\n", $_ } 1 .. 25000;

my %sum = (
    'content-md5'           => sub { md5_base64($_[0]) . '==' },
    'x-amz-checksum-sha256' => sub { sha256_base64($_[0]) . '=' },
    'x-amz-checksum-sha1'   => sub { sha1_base64($_[0]) . '=' },
    'x-amz-checksum-crc32'  => \&crc32,
);

# the client signs its chunks with a key of its own, which nginx does not have

my %client = (date => '20240101T000000Z', signature => 'a' x 64,
              scope => '20240101/us-west-2/s3/aws4_request',
              signing_key => 'the key of somebody else', chunk => 30000);

my %incoming = (
    plain   => sub { ($body) },
    chunks  => sub { framed(CHUNKS) },
    trailer => sub { framed(TRAILER) },
);

for my $kind (@kinds) {
    for my $how (sort keys %incoming) {

        # unsigned mode refuses chunks that the client has signed

        next if $kind =~ /^unsigned/ && $how eq 'chunks';

        for my $name (sort keys %sum) {

            # S3 accepts one checksum header, and the trailer is one already

            next if $how eq 'trailer' && $name ne 'content-md5';

            for my $way (qw(named unbuffered)) {
                right($kind, $way, $how, $name);
                wrong($kind, $way, $how, $name);
            }

            unnamed($kind, $how, $name);
        }
    }
}

# a digest of the framed bytes is wrong, as the object has other bytes

my ($bytes, @headers) = framed(CHUNKS);

for my $kind (grep { !/^unsigned/ } @kinds) {
    my ($r, $last) = put($kind, 'named', 'wire', $bytes, @headers,
                         'content-md5' => $sum{'content-md5'}->($bytes));

    is("$r->{status} $last->{verdict}", '400 BadDigest',
       "$kind: a digest of the framed bytes is refused");
}

$t->done();


sub crc32 {
    return encode_base64(pack('N', Compress::Raw::Zlib::crc32($_[0])), '');
}


sub framed {
    my ($form) = @_;

    my @trailer = ('x-amz-checksum-crc32', crc32($body));
    my $bytes = S3O::SigV4::Chunked::encode($body, %client, form => $form,
        trailer => $form eq TRAILER ? \@trailer : undef);

    return ($bytes, 'Content-Encoding' => 'aws-chunked',
            'x-amz-content-sha256' => $form,
            'x-amz-decoded-content-length' => length $body,
            $form eq TRAILER ? ('x-amz-trailer' => $trailer[0]) : ());
}


sub put {
    my ($kind, $way, $key, $bytes, @headers) = @_;

    $s3->clear();

    my $r = $t->request(method => 'PUT', uri => "/$kind/$way/$key",
                        headers => \@headers, body => $bytes);

    return ($r, $s3->last());
}


sub stored {
    my ($key) = @_;

    my $there = $s3->object($key) // return 'not stored';

    return $there->{body} eq $body ? 'stored' : 'broken';
}


sub right {
    my ($kind, $way, $how, $name) = @_;

    my ($bytes, @headers) = $incoming{$how}->();
    my $sum = $sum{$name}->($body);
    my ($r, $last) = put($kind, $way, my $key = "$kind-$way-$how-$name",
                         $bytes, @headers, $name => $sum);

    is("$r->{status} $last->{verdict} " . stored($key), '200 ok stored',
       "$kind, $way, $how: a right $name is accepted");
    is($last->{header}{$name}, $sum, "$kind, $way, $how: $name is passed on");
    ok((grep { $_ eq $name } split /;/, $last->{signed_headers} // ''),
       "$kind, $way, $how: $name is signed");
}


# The module does not compare digests itself, so the server must refuse a wrong
# one.

sub wrong {
    my ($kind, $way, $how, $name) = @_;

    my ($bytes, @headers) = $incoming{$how}->();
    my ($r, $last) = put($kind, $way, my $key = "wrong-$kind-$way-$how-$name",
                         $bytes, @headers, $name => $sum{$name}->('other'));

    is("$r->{status} $last->{verdict} " . stored($key),
       '400 BadDigest not stored',
       "$kind, $way, $how: a wrong $name is refused");
}


# A digest is passed on and signed also where "s3o_presign_signed_headers" does
# not name it.

sub unnamed {
    my ($kind, $how, $name) = @_;

    my ($bytes, @headers) = $incoming{$how}->();

    my ($r, $last) = put($kind, 'unnamed', my $key = "un-$kind-$how-$name",
                         $bytes, @headers, $name => $sum{$name}->('other'));

    is("$r->{status} $last->{verdict} " . stored($key),
       '400 BadDigest not stored',
       "$kind, $how: a wrong $name is refused, if not configured");
    ok((grep { $_ eq $name } split /;/, $last->{signed_headers} // ''),
       "$kind, $how: $name is signed, if not configured");
}
