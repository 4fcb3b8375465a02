#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# s3cmd through the recipe "An SDK".

use strict;
use warnings;

use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();
my $s3cmd = $r->program('s3cmd');

$r->says([$s3cmd, '--version']);

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;
my $large = $r->file('large', $big);

try('plain');
try('secure');

$r->done();


sub try {
    my ($way) = @_;

    my ($host) = $r->$way() =~ m{//(.*)};
    my $config = $r->file("s3cfg-$way", <<"EOF2");
[default]
access_key = anything
secret_key = anything
host_base = $host
host_bucket = $host
bucket_location = us-west-2
use_https = @{[ $way eq 'secure' ? 'True' : 'False' ]}
multipart_chunk_size_mb = 5
max_retries = 1
EOF2

    my @cmd = ($s3cmd, '-c', $config, '--ca-certs', $r->ca_file(),
               '--no-progress');
    my $run = sub { my $name = shift; $r->works("$way: $name", [@cmd, @_]) };
    my $refused = sub {
        my ($name, $re, @args) = @_;
        $r->refused("$way: $name", $re, [@cmd, @args]);
    };

    $run->('put', 'put', $r->file('a', 'one'), 's3://files/d/a b+ä');
    $run->('put with metadata', 'put', $r->file('b', 'two'), 's3://files/d/b',
           '--add-header', 'x-amz-meta-by: s3cmd', '--mime-type', 'text/x-a');
    $run->('put by parts', 'put', $large, 's3://files/d/large');

    my %have = ("d/a b+\xc3\xa4" => 'one', 'd/b' => 'two', 'd/large' => $big);

    $r->holds("$way: what was put", %have);
    like($r->header('d/large', 'etag'), qr/-3"$/, "$way: by parts");
    is($r->header('d/b', 'x-amz-meta-by'), 's3cmd', "$way: metadata");

    like($run->('ls', 'ls', 's3://files/d/'),
         qr{ 3 +s3://files/d/a b\+ä\n.*12582928 +s3://files/d/large\n}s,
         "$way: names and sizes");
    like($run->('ls of the bucket', 'ls', 's3://files'), qr{DIR +s3://files/d/},
         "$way: prefixes");
    like($run->('la', 'du', 's3://files/d/'), qr/^ *12582934 /m, "$way: du");

    my $info = $run->('info', 'info', 's3://files/d/b');

    like($info, qr/MIME type: +text\/x-a/, "$way: the type");
    like($info, qr/File size: +3/, "$way: the size");

    $run->('get', 'get', 's3://files/d/large', "$large.$way");
    ok(slurp("$large.$way") eq $big, "$way: the same content");

    # copies inside the bucket

    if ($r->copies()) {
        $run->('cp', 'cp', 's3://files/d/b', 's3://files/d/copy');
        $run->('mv', 'mv', 's3://files/d/a b+ä', 's3://files/d/moved ä');
        $have{'d/copy'} = 'two';
        $have{"d/moved \xc3\xa4"} = delete $have{"d/a b+\xc3\xa4"};
        $r->holds("$way: copied and moved", %have);

        $run->('cp by parts',
               'cp', 's3://files/d/large', 's3://files/d/larger');
        $have{'d/larger'} = $big;
        $r->holds("$way: a large copy", %have);

        # s3cmd sends the headers of the object back, and this server keeps
        # "Content-Encoding: aws-chunked", which S3 does not keep

        $r->put('d/b', 'two');
        $run->('modify', 'modify', '--add-header', 'x-amz-meta-by: modify',
               's3://files/d/b');
        is($r->header('d/b', 'x-amz-meta-by'), 'modify', "$way: new metadata");
        $r->holds("$way: and the same content", %have);

    } else {
        $refused->('mv', qr/s3o_presign_copy/, 'mv', 's3://files/d/b',
                   's3://files/d/moved');
        $r->holds("$way: nothing was lost", %have);
    }

    # a folder

    mkdir $r->file('up');
    $r->file("up/$_", "file $_") for 1 .. 3;
    $run->('sync', 'sync', $r->file('up') . '/', 's3://files/up/');
    $have{"up/$_"} = "file $_" for 1 .. 3;
    $r->holds("$way: the files of a folder", %have);

    unlink $r->file('up/2');
    $run->('sync --delete-removed', 'sync', '--delete-removed',
           $r->file('up') . '/', 's3://files/up/');
    delete $have{'up/2'};
    $r->holds("$way: what is gone there is gone here", %have);

    # requests that are refused

    $refused->('a public object', qr/x-amz-acl/i, 'put', '--acl-public',
               $r->file('a'), 's3://files/d/p');
    $refused->('an ACL', qr/NotImplemented|501/, 'setacl', '--acl-public',
               's3://files/d/b');
    $refused->('a copy from elsewhere', qr/s3o_presign_copy|404/,
               'cp', 's3://other/d/b', 's3://files/d/p');
    $r->holds("$way: none of it was done", %have);

    # deletes

    $run->('del', 'del', 's3://files/d/b');
    delete $have{'d/b'};
    $r->holds("$way: one less", %have);

    $run->('del of several', 'del', 's3://files/up/1', 's3://files/up/3',
           's3://files/d/large');
    delete @have{'up/1', 'up/3', 'd/large'};
    $r->holds("$way: three less", %have);

    $run->('del --recursive', 'del', '--recursive', '--force', 's3://files/');
    $r->holds("$way: nothing is left");
}
