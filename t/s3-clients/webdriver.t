#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# S3O::WebDriver: the browser ends when its test ends, whatever ended the
# test.

use strict;
use warnings;

use File::Temp ();
use Test::More;

use S3O::Nginx;
use S3O::Process qw(capture slurp spew wait_until);
use S3O::WebDriver;

BAIL_OUT('chromium is not installed: run "make test-clients"')
    unless S3O::WebDriver::available();

my $dir = File::Temp::tempdir(CLEANUP => 1);
my $lib = S3O::Nginx::root() . '/t/lib';

my %end = (
    'it dies'                      => 'die "over\n"',
    'it is interrupted'            => 'kill "TERM", $$; sleep 60',
    'chromedriver does not answer' => 'kill "STOP", $b->{pid}; '
                                      . '$b->{http}->timeout(1); exit',
    'it ends well'                 => '$b->stop()',
);

for my $name (sort keys %end) {
    spew("$dir/test.pl", 'use S3O::WebDriver; $| = 1; '
         . "my \$b = S3O::WebDriver->new(dir => '$dir'); "
         . 'print "$b->{pid} $b->{browser} $b->{profile}\n"; '
         . "$end{$name};\n");

    my ($status, $out) = capture([$^X, "-I$lib", "$dir/test.pl"],
                                 timeout => 300);
    my ($driver, $browser, $profile) = $out =~ /^(\d+) (\d+) (\S+)$/m;

    ok($profile, "$name: a browser was started") or diag($out);
    ok(wait_until(sub { !grep { slurp("/proc/$_/cmdline") =~ /\S/ }
                        $driver, $browser }, 60),
       "$name: the browser and its driver have ended");
}

done_testing();
