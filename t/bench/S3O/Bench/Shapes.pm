package S3O::Bench::Shapes;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Hostile inputs, which cost a worker more than they cost the sender.  Each is
# counted at a size and at four times the size, where n log n is less than five
# times as much.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);

use S3O::Bench::Callgrind qw(count_config count_requests dumps_of);
use S3O::Bench::Nginx;
use S3O::Bench::Report qw(heading table goal num);
use S3O::Bench::Setup qw(here out server credentials TOKEN KEY);
use S3O::Glue;
use S3O::Presigned qw(ARN);
use S3O::Process qw(capture);

our @EXPORT_OK = qw(shapes shape_goals regions access_points MOST);

use constant MOST => 5;

my @regions = qw(af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2
    ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
    ap-southeast-3 ap-southeast-4 ap-southeast-5 ca-central-1 ca-west-1
    eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1
    eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 sa-east-1
    us-east-1 us-east-2 us-west-1 us-west-2);


# [name, n, instructions at n, at 4 n] of each

sub shapes {
    return _configured(), map {
        my ($said, @totals) = dumps_of($_);

        map {
            my ($name, $n) = split /\|/;
            [$name, $n, splice @totals, 0, 2];
        } split /\n/, $said;
    } _programs();
}


# what a configuration has many of: sources while they are read, and access
# points, parameters and headers while locations are merged

sub _configured {
    my @rows = (['sources in a configuration', 'ngx_http_s3o_set_credentials'],
                ['locations, an access point each',
                 'ngx_http_s3o_merge_loc_conf']);
    my $n = 1000;

    return map {
        my ($name, $function) = @$_;
        [$name, $n, map { _count($function, $_) } $n, 4 * $n];
    } @rows;
}


sub _count {
    my ($function, $n) = @_;

    my $locations = join '', map {
        my $arn = ARN =~ s/reports$/ap-$_/r;

        "location /$_/ { s3o_presign redirect; s3o_presign_access_point $arn; "
        . "s3o_presign_param a$_ b; s3o_presign_credentials static "
        . "access_key_id=A$_ secret_access_key=B; }\n"
    } 1 .. $n;

    return count_config(S3O::Bench::Nginx->new(),
        "%%TEST_GLOBALS%%\nevents { }\nhttp {\n%%TEST_GLOBALS_HTTP%%\n"
        . "server {\nlisten 127.0.0.1:%%PORT_8080%%;\n$locations}\n}\n",
        $function);
}


# blocks of SHA-256 of a request: always the same region, and all in turn

sub regions {
    my %arn = map { $_ => ARN =~ s/us-west-2/$_/r } @regions;

    return map { $_->{blocks} } _in_turn(\%arn, ['us-west-2'], \@regions);
}


# instructions of a request: so many access points in turn, and four times as
# many

sub access_points {
    my ($n) = @_;

    my @names = map { sprintf '%05d', $_ } 1 .. 4 * $n;
    my %arn = map { $_ => ARN =~ s/reports$/ap-$_/r } @names;

    return map { $_->{user} } _in_turn(\%arn, [@names[0 .. $n - 1]], \@names);
}


sub _in_turn {
    my ($arn, @series) = @_;

    my $map = join '', map { "        $_ $arn->{$_};\n" } sort keys %$arn;

    my $start = sub {
        server(@_, http => join("\n", '    map_hash_max_size 65536;',
            '    map_hash_bucket_size 256;', '    map $arg_ap $arn {',
            "$map    }",
            '    s3o_presign_access_point $arn;', '    ' . credentials(TOKEN)),
            locations => "        location /l/ { s3o_presign redirect; }\n");
    };

    return count_requests($start, map {
        { uris => [map { '/l/' . KEY . "?ap=$_" } @$_] }
    } @series);
}


sub shape_goals {
    my @shapes = shapes();

    heading('Hostile shapes');
    table(['', 'n', 'instructions', 'at 4 n', 'times'],
          map { [$_->[0], map({ num($_) } @$_[1 .. 3]),
                 num($_->[3] / $_->[2])] } @shapes);

    goal("$_->[0]: 4 n over n", $_->[3] / $_->[2], MOST) for @shapes;

    my ($few, $many) = access_points(2500);

    goal('10,000 access points in turn, over 2,500', 4 * $many / $few, MOST);

    my ($one, $all) = regions();

    goal('blocks of SHA-256, all regions in turn, over one', $all / $one, 1)
        if $one;

    return;
}


sub _programs {
    my $glue = S3O::Glue->new(out());
    my $program = out() . '/bench/shapes_glue';

    return _program() unless $glue;

    my $said = $glue->build(here() . '/shapes_glue.c', $program);
    croak $said if $said;

    return (_program(), $program);
}


sub _program {
    my $program = out() . '/bench/shapes';
    my $src = here() . '/../../src';

    my ($status, $said) = capture(['gcc', '-std=gnu99', '-W', '-Wall',
        '-Werror', '-O1', (map { "-I$_" } glob "$src/*"), '-o', $program,
        here() . '/shapes.c', glob("$src/*/s3o_*.c"), '-lcrypto'],
        timeout => 300);
    croak "gcc: $said" if $status;

    return $program;
}


1;
