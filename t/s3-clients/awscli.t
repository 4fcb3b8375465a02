#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The AWS CLI through the recipe "An SDK": version 2 of Debian, and the first
# "aws" in the path, which may be a newer one.

use strict;
use warnings;

use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;
my $large = $r->file('large', $big);
my $small = $r->file('a', 'one');

$r->file($_, "content of $_") for 'b c+d.txt', 'e';

my %version;
my $debian = '/usr/bin/aws';
my $first = $r->program('aws');

-x $debian or BAIL_OUT("$debian is not there: run \"make test-clients\"");

try($debian, 'plain');
try_some($_, 'secure') for $debian, version($first) eq version($debian)
                                    ? () : $first;

$r->done();


sub try {
    my ($aws, $way) = @_;

    my $version = version($aws);
    my $url = $r->$way();

    my $s3 = sub { [$aws, '--endpoint-url', $url, 's3', @_] };
    my $api = sub { [$aws, '--endpoint-url', $url, 's3api', @_] };

    # uploads and downloads

    $r->works("$version: cp", $s3->('cp', $small, 's3://files/d/a'));
    $r->works("$version: cp of a name with blanks",
              $s3->('cp', $r->file('b c+d.txt'), 's3://files/d/b c+d.txt',
                    '--metadata', 'by=cli'));
    $r->works("$version: cp by parts",
              $s3->('cp', $large, 's3://files/d/large'));

    my %have = ('d/a' => 'one', 'd/b c+d.txt' => 'content of b c+d.txt',
                'd/large' => $big);

    $r->holds("$version: what was uploaded", %have);
    like($r->header('d/large', 'etag'), qr/-\d+"$/, "$version: in parts");

    $r->works("$version: cp back",
              $s3->('cp', 's3://files/d/large', "$large.back"));
    ok(slurp("$large.back") eq $big, "$version: the same content");

    # lists and headers

    like($r->works("$version: ls of a prefix",
                   $s3->('ls', 's3://files/d/')),
         qr/ 3 a\n.* 20 b c\+d\.txt\n.* 12582928 large\n/s,
         "$version: names and sizes");
    like($r->works("$version: ls", $s3->('ls', 's3://files')), qr/PRE d\//,
         "$version: prefixes");
    like($r->works("$version: head-object",
                   $api->('head-object', '--bucket', 'files',
                          '--key', 'd/b c+d.txt')),
         qr/"by": "cli"/, "$version: metadata");
    $r->works("$version: head-bucket",
              $api->('head-bucket', '--bucket', 'files'));

    # copies inside the bucket

    %have = inside($version, $s3, %have) if $r->copies();

    $r->refused("$version: mv of it", qr/s3o_presign_copy/,
                $s3->('mv', 's3://files/d/large', 's3://files/d/gone'))
        unless $r->copies();
    $r->holds("$version: nothing was lost", %have);

    # folders, up and down

    mkdir $r->file('up');
    $r->file("up/$_", "file $_") for 1 .. 3;
    $r->works("$version: sync up",
              $s3->('sync', $r->file('up'), 's3://files/up'));
    $have{"up/$_"} = "file $_" for 1 .. 3;
    $r->holds("$version: the files of the folder", %have);

    unlink $r->file('up/2');
    $r->works("$version: sync --delete",
              $s3->('sync', '--delete', $r->file('up'), 's3://files/up'));
    delete $have{'up/2'};
    $r->holds("$version: what is gone there is gone here", %have);

    $r->works("$version: sync down",
              $s3->('sync', 's3://files/up', $r->file("down-$version")));
    is(slurp($r->file("down-$version/3")), 'file 3',
       "$version: the new file was downloaded");

    # operations that S3 on Outposts does not have, and operations that are
    # not allowed

    $r->refused("$version: an ACL", qr/NotImplemented/,
                $api->('get-object-acl', '--bucket', 'files',
                       '--key', 'd/large'));
    $r->refused("$version: public objects", qr/x-amz-acl/i,
                $s3->('cp', $small, 's3://files/d/p', '--acl', 'public-read'));
    $r->refused("$version: a copy of another bucket's object", qr/s3o_presign/,
                $api->('copy-object', '--bucket', 'files', '--key', 'd/c',
                       '--copy-source', 'other/d/large'));
    $r->holds("$version: none of it was done", %have);

    # deletes

    $r->works("$version: rm", $s3->('rm', 's3://files/d/large'));
    delete $have{'d/large'};
    $r->holds("$version: one less", %have);

    $r->works("$version: delete-objects",
              $api->('delete-objects', '--bucket', 'files', '--delete',
                     'Objects=[{Key=up/1},{Key=up/3}]'));
    delete @have{qw(up/1 up/3)};
    $r->holds("$version: two less", %have);

    $r->works("$version: rm --recursive",
              $s3->('rm', '--recursive', 's3://files/'));
    $r->holds("$version: nothing is left");
}


# copies, and the objects that they leave

sub inside {
    my ($version, $s3, %have) = @_;

    $r->works("$version: mv",
              $s3->('mv', 's3://files/d/a', 's3://files/d/moved'));
    $have{'d/moved'} = delete $have{'d/a'};
    $r->holds("$version: what was moved is elsewhere", %have);

    $r->works("$version: mv of a name with blanks",
              $s3->('mv', 's3://files/d/b c+d.txt', 's3://files/d/ä b.txt'));
    $have{"d/\xc3\xa4 b.txt"} = delete $have{'d/b c+d.txt'};
    $r->holds("$version: names of all letters", %have);

    $r->works("$version: cp in place",
              $s3->('cp', 's3://files/d/moved', 's3://files/d/moved',
                    '--metadata-directive', 'REPLACE', '--metadata', 'a=b',
                    '--content-type', 'text/x-cli'));
    $r->holds("$version: the content is as it was", %have);
    is($r->header('d/moved', 'x-amz-meta-a'), 'b', "$version: metadata is new");
    is($r->header('d/moved', 'content-type'), 'text/x-cli',
       "$version: the type is new");

    $r->works("$version: cp by parts inside",
              $s3->('cp', 's3://files/d/large', 's3://files/d/larger'));
    $have{'d/larger'} = $big;
    $r->holds("$version: the copy has all parts", %have);

    $r->works("$version: sync inside",
              $s3->('sync', 's3://files/d', 's3://files/s'));
    $have{ s/^d/s/r } = $have{$_} for keys %have;
    $r->holds("$version: a second folder", %have);

    return %have;
}


# over TLS, where newer versions send checksums behind the body

sub try_some {
    my ($aws, $way) = @_;

    my $version = version($aws) . ', TLS';
    my @s3 = ($aws, '--endpoint-url', $r->$way(), 's3');

    $r->works("$version: cp", [@s3, 'cp', $small, 's3://files/t/a']);
    $r->works("$version: cp by parts", [@s3, 'cp', $large, 's3://files/t/b']);
    $r->holds("$version: what was uploaded", 't/a' => 'one', 't/b' => $big);

    my %have = ('t/a' => 'one', 't/b' => $big);

    if ($r->copies()) {
        $r->works("$version: mv",
                  [@s3, 'mv', 's3://files/t/a', 's3://files/t/c']);
        $r->works("$version: cp by parts inside",
                  [@s3, 'cp', 's3://files/t/b', 's3://files/t/d']);
        $have{'t/c'} = delete $have{'t/a'};
        $have{'t/d'} = $big;
        $r->holds("$version: what was moved", %have);
    }

    $r->works("$version: cp back", [@s3, 'cp', 's3://files/t/b', "$large.t"]);
    ok(slurp("$large.t") eq $big, "$version: the same content");
    $r->refused("$version: a key of the client's", qr/x-amz-server-side/,
                [@s3, 'cp', $small, 's3://files/t/b', '--sse-c', 'AES256',
                 '--sse-c-key', 'k' x 32]);
    $r->holds("$version: it is as it was", %have);
    $r->works("$version: rm --recursive",
              [@s3, 'rm', '--recursive', 's3://files/t/']);
    $r->holds("$version: nothing is left");
}


sub version {
    my ($aws) = @_;

    return $version{$aws} //= do {
        my $said = ($r->client([$aws, '--version']))[1];
        my ($number) = $said =~ m{aws-cli/(\S+)};
        diag("with aws-cli $number");
        $number;
    };
}
