#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# GDAL: /vsis3 through the recipe "An SDK", /vsicurl through the same recipe
# and by redirects, as GDAL reads rasters in pieces.

use strict;
use warnings;

use FindBin ();
use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $python = '/usr/bin/python3';
my $r = S3O::Recipe->new('An SDK')->run();

$r->says([$r->program('gdalinfo'), '--version']);
$r->client([$python, "$FindBin::Bin/gdal.py", 'make', '-',
            $r->testdir() . '/home']);

my $folder = $r->testdir() . '/home';
my $raster = slurp($r->file('raster.tif'));
my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;

cmp_ok(length $raster, '>', 4_000_000, 'a raster');
$r->file('large', $big);

vsis3($_) for qw(plain secure);

$r->put('raster.tif', $raster);
vsicurl('proxied', $r);

my $direct = S3O::Recipe->new('Redirect downloads, proxy uploads', direct => 1)
                        ->run();

$direct->put('raster.tif', $raster);
vsicurl('redirected', $direct);
$r->done();


sub vsis3 {
    my ($way) = @_;

    my ($host) = $r->$way() =~ m{//(.*)};
    my %env = (
        AWS_S3_ENDPOINT      => $host,
        AWS_HTTPS            => $way eq 'plain' ? 'NO' : 'YES',
        AWS_VIRTUAL_HOSTING  => 'FALSE',
        VSIS3_CHUNK_SIZE     => 5,
        CURL_CA_BUNDLE       => $r->ca_file(),
        CPL_VSIL_USE_TEMP_FILE_FOR_RANDOM_WRITE => 'YES',
    );

    my $stage = sub {
        my ($stage, $n) = @_;
        $r->stage_works("vsis3, $way", $n, $python, 'gdal.py', $stage,
                        '/vsis3/files', env => \%env);
    };

    my %have = ('d/a b' => 'one', 'd/large' => $big, 'made/' => '',
                'raster.tif' => undef);

    $stage->('write', 5);
    $r->holds("$way: what was written", %have);
    like($r->header('d/large', 'etag'), qr/-3"$/, "$way: by parts");
    $r->put('raster.tif', $raster);
    $stage->('read', 5);

    if ($r->copies()) {
        $stage->('inside', 3);
        $have{'d/moved'} = delete $have{'d/a b'};
        $have{'d/copy'} = $big;
        $have{ s/^d/s/r } = $have{$_} for grep { /^d/ } keys %have;
        $have{'s/'} = '';
        $r->holds("$way: what was moved and copied", %have);

    } else {
        my $said = $r->stage("vsis3, $way", $python, 'gdal.py', 'inside',
                             '/vsis3/files', env => \%env);

        isnt($said->{Rename}, 'ok', "$way: no copies");
        is($r->object($_), $have{$_}, "$way: $_ is unchanged")
            for grep { defined $have{$_} } sort keys %have;
        $r->put($_ => 'x') for 'd/moved', 'd/copy', 's/x';
    }

    $stage->('delete', 3);
    delete @have{ grep { /^[ds]/ && ($r->copies() || $_ ne 'd/a b') }
                  keys %have };
    $r->holds("$way: what is left", %have);
    $r->asked('DELETE', $_) for keys %have;
}


sub vsicurl {
    my ($name, $r) = @_;

    $r->stage_works("vsicurl, $name", 5, $python, 'gdal.py', 'read',
                    '/vsicurl/' . $r->plain() . '/files',
                    folder => $folder, hosts => 1);
}
