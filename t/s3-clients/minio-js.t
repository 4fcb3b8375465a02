#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# minio-js, from npm, through the recipe "An SDK": over TLS it sends
# Content-MD5, without TLS it signs the body itself.

use strict;
use warnings;

use Test::More;

use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;

$r->file('large', $big);

try('plain');
try('secure');

$r->done();


sub try {
    my ($way) = @_;

    my $name = 'minio-js ' . $r->npm('minio') . ", $way";
    my %have = ('d/a b+&.txt' => 'text', 'd/large' => $big,
                'd/small' => 'small', 'stream' => $big);

    diag("with $name");

    $r->stage_works($name, 5, 'node', 'minio.js', 'put', $r->$way());
    $r->holds("$name: what was put", %have);
    like($r->header($_, 'etag'), qr/-3"$/, "$name: $_ in parts")
        for qw(d/large stream);
    is($r->header('d/a b+&.txt', 'x-amz-meta-by'), 'minio', "$name: metadata");

    $r->stage_works($name, 8, 'node', 'minio.js', 'get', $r->$way());

    if ($r->copies()) {
        $r->stage_works($name, 2, 'node', 'minio.js', 'copy', $r->$way());
        @have{qw(d/copy d/both)} = ('text', $big . 'small');
        $r->holds("$name: what was copied, and its sources", %have);

    } else {
        my $said = $r->stage($name, 'node', 'minio.js', 'copy', $r->$way());

        # composeObject() fails without giving the reason

        like($said->{copyObject}, qr/s3o_presign_copy/, "$name: no copy");
        $r->holds("$name: nothing was lost", %have);
    }

    my $said = $r->stage($name, 'node', 'minio.js', 'refused', $r->$way());

    like($said->{'a copy from elsewhere'}, qr/^\w+: .*s3o_presign_copy/,
         "$name: no copy from elsewhere");
    like($said->{'a policy'}, qr/^NotImplemented: .*policy/,
         "$name: no policy");
    like($said->{'not there'}, qr/^NoSuchKey/, "$name: S3's own errors");
    $r->holds("$name: none of it was done", %have);

    $r->stage_works($name, 3, 'node', 'minio.js', 'delete', $r->$way());
    delete @have{'d/small', 'stream', 'd/a b+&.txt'};
    $r->holds("$name: three less", %have);
    is($r->uploads(), 0, "$name: no upload is left");

    $r->asked('DELETE', $_) for keys %have;
}
