#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# rclone through the recipe "An SDK": it keeps the time of a file in metadata,
# and copies an object onto itself to change the time.

use strict;
use warnings;

use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();
my $rclone = $r->program('rclone');

$r->says([$rclone, 'version']);

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;
my $dir = $r->file('up');

mkdir $dir;
mkdir "$dir/sub";
$r->file('up/a b+ä.txt', 'one');
$r->file('up/sub/large', $big);

my %have = ("up/a b+\xc3\xa4.txt" => 'one', 'up/sub/large' => $big);

run('copy', ['copy', $dir, 's3:files/up']);
$r->holds('what was copied up', %have);
like($r->header('up/sub/large', 'etag'), qr/-3"$/, 'by parts');

like(run('lsf', ['lsf', '-R', '--format', 'ps', 's3:files/up']),
     qr/^a b\+ä\.txt;3\n.*^sub\/large;12582928\n/ms, 'names and sizes');
like(run('lsf of version 2', ['lsf', '-R', '--s3-list-version', '2',
                              's3:files/up/sub']),
     qr/^large$/m, 'names');
is(run('cat', ['cat', 's3:files/up/a b+ä.txt']), 'one', 'content');
run('check', ['check', '--download', $dir, 's3:files/up']);

if ($r->copies()) {
    inside();

} else {
    utime 1000000000, 1000000000, "$dir/a b+\xc3\xa4.txt", "$dir/sub/large";
    $r->client([$rclone, 'copy', $dir, 's3:files/up'], with());
    $r->holds('nothing was emptied', %have);
    refused('moveto', qr/s3o_presign_copy/,
            ['moveto', 's3:files/up/sub/large', 's3:files/in/large']);
    $r->holds('nothing was lost', %have);
    run('copy', ['copy', $dir, 's3:files/in']);
    $r->holds('copied again', %have = (%have, map { s/^up/in/r => $have{$_} }
                                              keys %have));
}

# downloads

my ($large) = grep { m{^in/.*large$} } sort keys %have;

run('copy down', ['copy', 's3:files/in', $r->file('down')]);
ok(slurp($r->file($large =~ s/^in/down/r)) eq $big, 'the same content');
is((stat $r->file($large =~ s/^in/down/r))[9],
   int $r->header($large, 'x-amz-meta-mtime'), 'the time of the file');

run('rcat', ['rcat', 's3:files/in/rcat'], stdin => $r->file('piped', 'piped'));
$have{'in/rcat'} = 'piped';
$r->holds('a pipe', %have);

# requests that are refused

refused('a public object', qr/x-amz-acl/i,
        ['copyto', '--s3-acl', 'public-read', $r->file('piped'),
         's3:files/in/rcat2']);
refused('tags', qr/x-amz-tagging/i,
        ['copyto', '--header-upload', 'x-amz-tagging: a=b', $r->file('piped'),
         's3:files/in/rcat2']);
$r->holds('none of it was done', %have);

# deletes

run('sync', ['sync', $r->file('down'), 's3:files/in']);
delete @have{qw(in/rcat)};
$r->holds('what is not there is gone here', %have);

run('deletefile', ['deletefile', "s3:files/$large"]);
delete $have{$large};
$r->holds('one less', %have);

run('purge', ['purge', 's3:files/in']);
delete @have{ grep { /^in/ } keys %have };
$r->holds('all of a folder', %have);

run('delete', ['delete', 's3:files/up']);
$r->holds('nothing is left');

$r->put(tls => 'over TLS');
is(run('cat over TLS', ['cat', 's3:files/tls'],
       env => { RCLONE_CONFIG_S3_ENDPOINT => $r->secure() }),
   'over TLS', 'content over TLS');
run('copy over TLS', ['copy', $dir, 's3:files/up'],
    env => { RCLONE_CONFIG_S3_ENDPOINT => $r->secure() });
$r->holds('what was copied over TLS', tls => 'over TLS',
          "up/a b+\xc3\xa4.txt" => 'one', 'up/sub/large' => $big);

$r->done();


# a file with a new time is not uploaded again: rclone only sets the time

sub inside {
    utime 1000000000, 1000000000, "$dir/a b+\xc3\xa4.txt", "$dir/sub/large";
    run('copy after touch', ['copy', $dir, 's3:files/up']);
    $r->holds('nothing was emptied', %have);
    like($r->header($_, 'x-amz-meta-mtime'), qr/^1000000000/,
         "$_ has a new time")
        for sort keys %have;
    is(grep({ $_->{headers}{'x-amz-copy-source'} } $r->sent()), 2,
       'objects were copied onto themselves');

    run('touch',
        ['touch', '-t', '2002-02-02T02:02:02', 's3:files/up/sub/large']);
    $r->holds('nothing was emptied by a touch', %have);

    run('copyto', ['copyto', 's3:files/up/a b+ä.txt', 's3:files/in/a']);
    run('moveto', ['moveto', 's3:files/up/sub/large', 's3:files/in/large']);
    $have{'in/a'} = 'one';
    $have{'in/large'} = delete $have{'up/sub/large'};
    $r->holds('copied and moved inside', %have);

    run('copy by parts inside', ['copyto', '--s3-copy-cutoff', '5M',
                                 '--s3-chunk-size', '5M', 's3:files/in/large',
                                 's3:files/in/larger']);
    $have{'in/larger'} = $big;
    $r->holds('a copy by parts', %have);
}


sub with {
    my (%o) = @_;

    return (%o, env => {
        RCLONE_CONFIG                      => '/dev/null',
        AWS_CA_BUNDLE                      => undef,
        RCLONE_CONFIG_S3_TYPE              => 's3',
        RCLONE_CONFIG_S3_PROVIDER          => 'Other',
        RCLONE_CONFIG_S3_ENDPOINT          => $r->plain(),
        RCLONE_CONFIG_S3_ACCESS_KEY_ID     => 'anything',
        RCLONE_CONFIG_S3_SECRET_ACCESS_KEY => 'anything',
        RCLONE_S3_NO_CHECK_BUCKET          => 'true',
        RCLONE_S3_UPLOAD_CUTOFF            => '5M',
        RCLONE_S3_CHUNK_SIZE               => '5M',
        RCLONE_RETRIES                     => 1,
        RCLONE_LOW_LEVEL_RETRIES           => 2,
        %{ $o{env} // {} },
    });
}


sub run {
    my ($name, $args, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return $r->works($name, [$rclone, @$args], with(%o))
           =~ s/^.*NOTICE: .*\n//mgr;
}


sub refused {
    my ($name, $re, $args, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return $r->refused($name, $re, [$rclone, @$args], with(%o));
}
