#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# git-lfs, whose server gives it a URL for each object: a presigned URL from
# the recipe "A URL as JSON", or a URL of a location that redirects, as in the
# recipe "Redirect uploads".

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use FindBin ();
use Test::More;

use S3O::Docs;
use S3O::Process qw(slurp);
use S3O::Recipe;

my $uploads = S3O::Docs::block('Redirect uploads')->{conf};
my $r = S3O::Recipe->new('A URL as JSON', direct => 1, server => <<"EOC");
    location /files/ {
        $uploads
    }

    location /downloads/ {
        s3o_presign  redirect;
    }
EOC

$r->run();

my $git = $r->program('git');

$r->program('git-lfs');
$r->says([$git, 'lfs', 'version']);

my $server = 'http://127.0.0.1:' . $r->port(8090);

$r->run_daemon('/usr/bin/python3', "$FindBin::Bin/lfs.py", $r->port(8090),
               $r->plain());
$r->waitforsocket($r->port(8090)) or BAIL_OUT('the batch server is not up');

git('lfs install', 'lfs', 'install');
git('a name', 'config', '--global', 'user.name', 'nobody');
git('an address', 'config', '--global', 'user.email', 'nobody@example.com');
git('no locks', 'config', '--global', 'lfs.locksverify', 'false');

my %have;

try($_) for qw(json redirect);

$r->done();


sub git {
    my ($name, @args) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return $r->works($name, [$git, @args], hosts => 1);
}


sub try {
    my ($way) = @_;

    my $work = $r->file("work-$way");
    my $origin = $r->file("$way.git");
    my @lfs = ('-c', "lfs.url=$server/$way");

    # each way has files of its own, so that none is on the server already

    my $small = "small, by $way";
    my $big = join '', map { sprintf "%s%12d\n", substr($way, 0, 3), $_ }
                       0 .. 3 * 65536;

    git("$way: a repository", 'init', '-q', '--bare', '-b', 'main', $origin);
    git("$way: and one to work in", 'init', '-q', '-b', 'main', $work);
    git("$way: remote", '-C', $work, 'remote', 'add', 'origin', $origin);
    git("$way: track", '-C', $work, 'lfs', 'track', '*.bin');
    $r->file("work-$way/small.bin", $small);
    $r->file("work-$way/large.bin", $big);
    git("$way: add", '-C', $work, 'add', '.');
    git("$way: commit", '-C', $work, 'commit', '-q', '-m', 'a');

    git("$way: push", @lfs, '-C', $work, 'push', '-q', 'origin', 'main');
    @have{ map { 'lfs/' . sha256_hex($_) } $small, $big } = ($small, $big);
    $r->holds("$way: the objects are there", %have);

    git("$way: clone", @lfs, 'clone', '-q', $origin, $r->file("clone-$way"));
    is(slurp($r->file("clone-$way/small.bin")), $small, "$way: small");
    ok(slurp($r->file("clone-$way/large.bin")) eq $big, "$way: large");

    git("$way: fsck", '-C', $r->file("clone-$way"), 'lfs', 'fsck');
}
