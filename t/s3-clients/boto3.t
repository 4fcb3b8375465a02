#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# boto3 through the recipe "An SDK": the one of Debian, and the one of the
# first Python in the path, if it is another and has boto3.

use strict;
use warnings;

use Test::More;

use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;

$r->file('large', $big);

my @pythons = ('/usr/bin/python3');
my $first = $r->program('python3');

push @pythons, $first
    if (versions($first) // '') ne (versions('/usr/bin/python3') // 'none')
       && defined versions($first);

try($pythons[0], 'plain');
try($_, 'secure') for @pythons;
try($pythons[1], 'plain') if $pythons[1];

$r->done();


sub versions {
    my ($python) = @_;

    return ($r->client([$python, '-c', 'import boto3; '
                        . 'print("boto3", boto3.__version__)']))[1]
           =~ /^boto3 (\S+)$/m ? $1 : undef;
}


sub try {
    my ($python, $way) = @_;

    my $name = 'boto3 ' . versions($python) . ", $way";
    my %have = ('d/a b+&.txt' => 'text', 'd/nothing' => '', 'd/large' => $big,
                'd/whole' => $big, 'stream' => $big);

    diag("with $name");

    my $fine = sub {
        my ($stage, $n) = @_;

        $r->stage_works($name, $n, $python, 'sdk.py', $stage, $r->$way());
    };

    $fine->('put', 5);
    $r->holds("$name: what was put", %have);
    like($r->header('d/large', 'etag'), qr/-3"$/, "$name: in parts");
    is($r->header('d/a b+&.txt', 'x-amz-meta-by'), 'boto3', "$name: metadata");

    $fine->('get', 14);
    is(scalar $r->uploads(), 0, "$name: no upload is left");

    if ($r->copies()) {
        $fine->('copy', 4);
        @have{qw(d/copy d/larger d/again)} = ('text', $big, $big);
        $r->holds("$name: what was copied, and its sources", %have);
        is($r->header('d/a b+&.txt', 'x-amz-meta-by'), 'copy',
           "$name: new metadata");
        is($r->header('d/a b+&.txt', 'content-type'), 'text/x-new',
           "$name: a new type");

    } else {
        my $said = $r->stage($name, $python, 'sdk.py', 'copy', $r->$way());

        like($said->{$_}, qr/s3o_presign_copy/, "$name: no $_")
            for sort keys %$said;
        $r->holds("$name: nothing was lost", %have);
    }

    my $said = $r->stage($name, $python, 'sdk.py', 'refused', $r->$way());

    like($said->{'an ACL'}, qr/^NotImplemented: .*acl/i, "$name: no ACL");
    like($said->{'a public object'}, qr/^\w+: .*x-amz-acl/,
         "$name: no public object");
    like($said->{tags}, qr/^\w+: .*x-amz-tagging.*s3o_presign_signed_headers/,
         "$name: no tags");
    like($said->{'a storage class'}, qr/^\w+: .*x-amz-storage-class/,
         "$name: no storage class");
    like($said->{'another owner'}, qr/^AccessDenied: .*owner/,
         "$name: no other owner");
    is($said->{'the id of a request'}, 'ok', "$name: the id of a request");
    like($said->{'a new bucket'}, qr/^MethodNotAllowed: .*s3o_presign_methods/,
         "$name: no new bucket");
    like($said->{retention}, qr/^\w+: .*x-amz-object-lock-legal-hold/,
         "$name: no retention");
    like($said->{'a copy from elsewhere'}, qr/^\w+: .*s3o_presign_copy/,
         "$name: no copy from elsewhere");
    like($said->{'another bucket'}, qr/^404|^405|^NoSuch/,
         "$name: another bucket is not reached");
    $r->holds("$name: refused requests change nothing", %have);

    $fine->('delete', 1);
    delete $have{'d/nothing'};
    $r->holds("$name: one less", %have);

    $fine->('delete_some', 1);
    delete @have{'d/whole', 'd/a b+&.txt'};
    $r->holds("$name: two less", %have);

    $fine->('delete_all', 1);
    $r->holds("$name: all below a prefix", stream => $big);

    $r->asked('DELETE', 'stream');
}
