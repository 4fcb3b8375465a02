#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Relative links of a page or a playlist work through the recipe "Playlists
# and pages", and do not work where the page itself is redirected.  The client
# is wget, which follows links as players and browsers do.

use strict;
use warnings;

use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $r = S3O::Recipe->new('Playlists and pages', direct => 1,
                         server => <<'EOC');
    location /redirected/ {
        s3o_presign  redirect;
    }
EOC

$r->run();

my $wget = $r->program('wget');

$r->says([$wget, '--version']);

$r->asked('PUT', 'show/index.html', headers => ['Content-Type' => 'text/html'],
          body => '<html><img src="image.png"><img src="sub/b.png">');
$r->put('show/image.png', 'an image');
$r->put('show/sub/b.png', 'another');

my ($status, $files) = page('redirected');

isnt($status, 0, 'redirected: wget did not get all');
like($files, qr/index\.html/, 'redirected: the page is there');
unlike($files, qr/\.png/, 'redirected: the files of its links are missing');

($status, $files) = page('media');

is($status, 0, 'proxied: wget gets all files') or diag($files);
is(join(' ', sort map { slurp($_) } grep { /png/ } split ' ', $files),
   'an image another', 'proxied: the files of its links are there');

like($r->works('an image by itself',
               [$wget, '-nv', '-S', '-O', '-', '--ca-certificate',
                $r->ca_file(), $r->plain() . '/media/show/image.png'],
               hosts => 1),
     qr/307 .*an image/s, 'a file without links is redirected');

$r->done();


# fetches a page and its links: (status of wget, names of the files)

sub page {
    my ($location) = @_;

    my $dir = $r->file($location);
    my ($status, $out) = $r->client(
        [$wget, '-nv', '-p', '-H', '--no-config', '-e', 'robots=off',
         '--ca-certificate', $r->ca_file(), '-t', 1, '-P', $dir,
         $r->plain() . "/$location/show/index.html"], hosts => 1);

    my @files;
    my @folders = ($dir);

    while (defined(my $folder = shift @folders)) {
        for my $name (glob "$folder/*") {
            push @{ -d $name ? \@folders : \@files }, $name;
        }
    }

    return ($status, join ' ', @files);
}
