#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# C programs that link a file or two of the glue without nginx, for what no
# request can bring about: memory that fails, a process that dies between two
# instructions.  Each *.c here is a program that writes TAP, and one test; its
# "link: ..." names the objects of the module that it is linked with.

use strict;
use warnings;

use Cwd ();
use File::Basename qw(basename dirname);
use FindBin ();
use Test::More;

use S3O::Process qw(slurp);

my $root = Cwd::abs_path("$FindBin::Bin/../..");
my $module = Cwd::abs_path($ENV{TEST_NGINX_MODULE}
                           // "$root/build/ngx_http_s3o_presign_module.so");
my $out = dirname($module // '');

plan skip_all => 'needs the objects of the module beside it'
    unless -f "$out/objs/Makefile" && -f "$out/objs/addon/base/s3o_time.o";

my $makefile = slurp("$out/objs/Makefile") =~ s/\\\n//gr;
my $cflags = variable('CFLAGS');
my $incs = variable('ALL_INCS');
my $src = -d "$out/nginx/src" ? "$out/nginx" : undef;

plan skip_all => 'needs the headers of nginx' unless $src;

my $bin = "$out/glue";
mkdir $bin;

run($_) for sort glob "$root/t/glue/*.c";

done_testing();


sub variable {
    my ($name) = @_;

    return $makefile =~ /^\Q$name\E\s*=\s*(.*)/m ? $1 : '';
}


sub run {
    my ($file) = @_;

    my $name = basename($file, '.c');
    my ($link) = slurp($file) =~ m{link: (.*?)\n \*/}s
        or return fail("$name: no line of what it links");

    my $objects = join ' ', map { /^-/ ? $_ : glob "$out/objs/addon/*/$_.o" }
                            grep { $_ ne '*' } split ' ', $link;

    my $said = qx{cd '$src' && cc -fPIC $cflags $incs -I '$root/t/glue' \\
                  -o '$bin/$name' '$file' $objects 2>&1};

    return fail("$name builds") || diag($said) if $?;

    subtest $name => sub {
        my @lines = split /\n/, qx{'$bin/$name' 2>&1};
        my $status = $?;
        my ($plan) = map { /^1\.\.(\d+)$/ ? $1 : () } @lines;
        my $n = 0;

        for my $line (@lines) {
            if ($line =~ /^(not )?ok \d+ - (.*)/) {
                $n++;
                ok(!$1, $2);

            } elsif ($line =~ /^SKIP (.*)/) {
                plan skip_all => $1;

            } elsif ($line !~ /^1\.\./) {
                diag($line);
            }
        }

        is($status, 0, 'it ends with 0');
        is($plan, $n, 'it ran all that it planned');
    };
}
