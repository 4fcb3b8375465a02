#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The AWS SDK for JavaScript v3 with lib-storage, from npm, through the recipe
# "An SDK": over TLS its checksums follow the body, without TLS they precede
# it.

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

    my $name = 'JS SDK ' . $r->npm('@aws-sdk/client-s3') . ", $way";
    my %have = ('d/a b+&.txt' => 'text', 'd/nothing' => '', 'd/whole' => $big,
                'd/file' => $big, 'd/sum' => 'text', 'd/large' => $big,
                'd/small' => 'small', 'stream' => $big);

    diag("with $name");

    $r->stage_works($name, 8, 'node', 'sdk.js', 'put', $r->$way());
    $r->holds("$name: what was put", %have);
    like($r->header($_, 'etag'), qr/-3"$/, "$name: $_ in parts")
        for qw(d/large stream);
    is($r->header('d/a b+&.txt', 'x-amz-meta-by'), 'js', "$name: metadata");

    $r->stage_works($name, 10, 'node', 'sdk.js', 'get', $r->$way());

    if ($r->copies()) {
        $r->stage_works($name, 3, 'node', 'sdk.js', 'copy', $r->$way());
        @have{qw(d/copy d/larger)} = ('text', $big);
        $r->holds("$name: what was copied, and its sources", %have);
        is($r->header('d/a b+&.txt', 'x-amz-meta-by'), 'copy',
           "$name: new metadata");

    } else {
        my $said = $r->stage($name, 'node', 'sdk.js', 'copy', $r->$way());

        like($said->{$_}, qr/s3o_presign_copy/, "$name: no $_")
            for sort keys %$said;
        $r->holds("$name: nothing was lost", %have);
    }

    my $said = $r->stage($name, 'node', 'sdk.js', 'refused', $r->$way());

    like($said->{'an ACL'}, qr/^NotImplemented: .*acl/i, "$name: no ACL");
    like($said->{'a public object'}, qr/^\w+: .*x-amz-acl/,
         "$name: no public object");
    like($said->{'another owner'}, qr/^AccessDenied: .*owner/,
         "$name: no other owner");
    like($said->{'a copy from elsewhere'}, qr/^\w+: .*s3o_presign_copy/,
         "$name: no copy from elsewhere");
    like($said->{'not there'}, qr/^NoSuchKey/, "$name: S3's own errors");
    $r->holds("$name: none of it was done", %have);

    $r->stage_works($name, 2, 'node', 'sdk.js', 'delete', $r->$way());
    delete @have{'d/small', 'd/file', 'd/a b+&.txt', 'd/sum'};
    $r->holds("$name: four less", %have);

    $r->asked('DELETE', $_) for keys %have;
}
