#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# restic through the recipe "An SDK": a repository is made, filled, read,
# restored and pruned.  Without TLS its SDK, minio-go, signs chunks.

use strict;
use warnings;

use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();
my $restic = $r->program('restic');
my $dir = $r->file('data');

$r->says([$restic, 'version']);

mkdir $dir;
srand 1;

# random data, which restic cannot compress

my $big = join '', map { pack 'L', rand 2 ** 32 } 0 .. 3 * 2 ** 20;

try('plain');
try('secure');

$r->done();


sub try {
    my ($way) = @_;

    my $url = $r->$way() . "/files/$way/repo";
    my $run = sub {
        my ($name, @args) = @_;

        return $r->works("$way: $name", [$restic, '-r', "s3:$url",
                                         '--no-cache', @args],
                         env => { RESTIC_PASSWORD => 'password' });
    };

    $r->file('data/large', $big);
    $r->file('data/small', 'one');

    $run->('init', 'init');
    ok(length $r->object("$way/repo/config"), "$way: a repository");

    $run->('backup', 'backup', '--host', 'h', $dir);
    cmp_ok($r->size("$way/"), '>', 12 << 20, "$way: all data is stored");

    $r->file('data/small', 'two');
    $run->('backup again', 'backup', '--host', 'h', $dir);
    $run->('check', 'check', '--read-data');

    my $list = $run->('snapshots', 'snapshots');
    my ($first) = $list =~ /^([0-9a-f]{8}) /m;

    like($list, qr/^2 snapshots$/m, "$way: two snapshots");

    $run->('restore', 'restore', $first // 'none', '--target',
           $r->file("old-$way"));
    $run->('restore', 'restore', 'latest', '--target', $r->file("new-$way"));

    ok(slurp($r->file("old-$way") . "$dir/large") eq $big,
       "$way: the same content");
    is(slurp($r->file("old-$way") . "$dir/small"), 'one',
       "$way: the old content of a changed file");
    is(slurp($r->file("new-$way") . "$dir/small"), 'two',
       "$way: the new content of a changed file");

    unlink "$dir/large";
    $run->('a third backup', 'backup', '--host', 'h', $dir);

    $run->('forget', 'forget', '--keep-last', '1', '--prune');
    $run->('check', 'check', '--read-data');
    cmp_ok($r->size("$way/"), '<', 1 << 20, "$way: pruned data is deleted");

    $r->refused("$way: a wrong password", qr/wrong password/,
                [$restic, '-r', "s3:$url", '--no-cache', 'snapshots'],
                env => { RESTIC_PASSWORD => 'other' });
    $r->refused("$way: a repository that is not there", qr/does not exist/,
                [$restic, '-r', "s3:$url-2", '--no-cache', 'snapshots'],
                env => { RESTIC_PASSWORD => 'password' });
}
