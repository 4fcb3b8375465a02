package S3O::OwnNetwork;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A network of a test's own, "unshare -n": nothing but a loopback interface,
# which has the addresses that services have by default, and all ports are
# free.
#
#     S3O::OwnNetwork::enter('169.254.170.2/32', 'fd00:ec2::23/128');
#
# runs the program again, there; it skips where that cannot be.

use strict;
use warnings;

use Test::More ();

use S3O::Process qw(capture find_program);


sub enter {
    my @addresses = @_;

    return if $ENV{TEST_S3O_NETWORK};

    my $skip = sub { Test::More::plan(skip_all => "@_") };

    $skip->('needs root') if $> != 0;

    my $ip = find_program('ip') // $skip->('ip is not installed');
    my $unshare = find_program('unshare')
                  // $skip->('unshare is not installed');

    my @up = ("$ip link set lo up",
              map { "$ip addr add $_ dev lo" . (/:/ ? ' nodad' : '') }
              @addresses);

    my ($status, $out) = capture([$unshare, '-n', 'sh', '-c',
                                  join ' && ', @up]);

    $skip->("no network of one's own: $out") if $status;

    $ENV{TEST_S3O_NETWORK} = 1;
    exec $unshare, '-n', 'sh', '-c', join(' && ', @up, 'exec "$@"'), 'sh', $^X,
         (map { "-I$_" } grep { !ref } @INC), $0, @ARGV
        or die "exec() failed: $!";
}


1;
