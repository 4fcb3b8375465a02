#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# s3fs-fuse through the recipe "An SDK": ordinary programs write, read,
# rename, change and remove files.  s3fs makes a copy for rename() and
# chmod().

use strict;
use warnings;

use POSIX ();
use Test::More;

use S3O::Process qw(find_program process_exited slurp spawn stop_process
    wait_until);
use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();
my $s3fs = $r->program('s3fs');
my $umount = find_program('fusermount3') // $r->program('fusermount');
my $mount = $r->file('mnt');

-w '/dev/fuse' or BAIL_OUT('/dev/fuse cannot be used: s3fs cannot be tried');

$r->says([$s3fs, '--version']);

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;
my $pid;

mkdir $mount;
mkdir $r->file('cache');
$r->write_file('home/passwd', "anything:anything\n", 0600);

try('plain');
try('secure');

$r->done();


sub mount {
    my ($way, @more) = @_;

    # in the foreground, so that its process is known; its TLS library uses
    # only the certificates of the machine

    my $log = $r->file('s3fs.log', '');

    $pid = spawn(
        cmd    => [$s3fs, 'files', $mount, '-f',
                   '-o', 'passwd_file=' . $r->file('passwd'),
                   '-o', 'url=' . $r->$way(), '-o', 'use_path_request_style',
                   '-o', 'endpoint=us-west-2', '-o', 'multipart_size=5',
                   '-o', 'stat_cache_expire=0', '-o', 'retries=1',
                   $way eq 'secure' ? ('-o', 'no_check_certificate') : (),
                   @more],
        env    => { no_proxy => '*' },
        stdout => $log,
        stderr => $log,
    );

    wait_until(sub { process_exited($pid) || mounted() }, 60);

    return ok(mounted(), "$way: it is mounted") || diag(slurp($log));
}


sub mounted { return slurp('/proc/mounts') =~ / \Q$mount\E / }


sub umount {
    $r->client([$umount, '-u', $mount]) if mounted();
    stop_process($pid, timeout => 30) if $pid;
    $r->client([$umount, '-uz', $mount]) if mounted();
}


# runs a usual command

sub run {
    my ($name, @cmd) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return $r->works($name, \@cmd);
}


sub try {
    my ($way) = @_;

    mount($way) or return umount();

    my %have = ('dir/' => '', 'dir/a b' => 'one', 'dir/large' => $big);

    run("$way: mkdir", 'mkdir', "$mount/dir");
    run("$way: cp", 'cp', $r->file('a', 'one'), "$mount/dir/a b");
    run("$way: cp, large", 'cp', $r->file('large', $big), "$mount/dir/large");
    $r->holds("$way: what was written", %have);
    like($r->header('dir/large', 'etag'), qr/-\d+"$/, "$way: by parts");

    like(run("$way: ls", 'ls', '-l', "$mount/dir"),
         qr/ 3 .* a b\n.* 12582928 .* large\n/s, "$way: names and sizes");
    run("$way: cmp", 'cmp', $r->file('large'), "$mount/dir/large");

    %have = inside($way, %have) if $r->copies();

    if (!$r->copies()) {
        $r->client(['mv', "$mount/dir/a b", "$mount/dir/moved"]);
        $r->holds("$way: nothing was lost", %have);
    }

    my ($folder) = map { s{/\z}{}r } grep { m{/\z} } keys %have;
    my ($one) = grep { $have{$_} eq 'one' } keys %have;

    run("$way: rm", 'rm', "$mount/$one");
    delete $have{$one};
    $r->holds("$way: one less", %have);

    run("$way: rm -r", 'rm', '-r', "$mount/$folder");
    $r->holds("$way: nothing is left");

    umount();

    # requests that are refused

    mount($way, '-o', 'default_acl=public-read') or return umount();
    $r->refused("$way: a public object", qr/cp: /,
                ['cp', $r->file('a'), "$mount/public"]);
    $r->holds("$way: nothing of the refused request is stored");
    umount();
}


# rename() and changes of metadata, and the objects that they leave

sub inside {
    my ($way, %have) = @_;

    run("$way: mv", 'mv', "$mount/dir/a b", "$mount/dir/moved");
    $have{'dir/moved'} = delete $have{'dir/a b'};
    $r->holds("$way: renamed", %have);

    run("$way: mv, large", 'mv', "$mount/dir/large", "$mount/dir/larger");
    $have{'dir/larger'} = delete $have{'dir/large'};
    $r->holds("$way: renamed, large", %have);

    run("$way: chmod", 'chmod', '600', "$mount/dir/moved", "$mount/dir/larger");
    run("$way: touch", 'touch', '-d', '2002-02-02', "$mount/dir/moved");
    $r->holds("$way: nothing was emptied", %have);
    is((stat "$mount/dir/moved")[2] & 07777, 0600, "$way: a new mode");
    is($r->header('dir/moved', 'x-amz-meta-mode'), 0100600,
       "$way: the new mode is stored");

    run("$way: chown", 'chown', '1:1', "$mount/dir/moved") if $> == 0;
    $r->holds("$way: nor was it by chown", %have);

    run("$way: append", 'sh', '-c', 'echo -n more >> "$0"', "$mount/dir/moved");
    $have{'dir/moved'} = 'onemore';
    $r->holds("$way: appended", %have);

    run("$way: truncate", 'truncate', '-s', 3, "$mount/dir/moved");
    $have{'dir/moved'} = 'one';
    $r->holds("$way: cut", %have);

    run("$way: mv of a folder", 'mv', "$mount/dir", "$mount/folder");
    %have = map { s/^dir/folder/r => $have{$_} } keys %have;
    $r->holds("$way: a folder of another name", %have);

    return %have;
}


END { local $?; umount() if $r }
