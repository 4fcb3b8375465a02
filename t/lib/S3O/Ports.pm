package S3O::Ports;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Free TCP ports on 127.0.0.1 for tests that run in parallel.
#
# Binding to port 0 and remembering the number would race with other tests.  So
# a port is reserved by a lock on a file, which the kernel releases when the
# last process that holds it ends: nothing has to be cleaned up after a crash.
# The range is below the usual ephemeral ports; otherwise an outgoing connection
# of another program could take a port between the check and the bind.

use strict;
use warnings;

use Carp qw(croak);
use Fcntl qw(:flock O_CREAT O_RDWR);
use File::Spec;
use IO::Socket::INET;

use constant FIRST => 18000;
use constant LAST  => 31999;

my %held;    # port => lock file handle, for the life of this process


# reserves one more port and returns its number

sub free {
    my $dir = _lock_dir();
    my $range = LAST - FIRST + 1;
    my $start = int rand $range;

    for my $i (0 .. $range - 1) {
        my $port = FIRST + ($start + $i) % $range;

        next if $held{$port};

        sysopen my $lock, "$dir/$port", O_CREAT | O_RDWR, 0600 or next;
        flock $lock, LOCK_EX | LOCK_NB or next;

        # a program outside these tests may be listening

        next unless _bindable($port, 'tcp') && _bindable($port, 'udp');

        $held{$port} = $lock;
        return $port;
    }

    croak 'no free port on 127.0.0.1';
}


sub _bindable {
    my ($port, $proto) = @_;

    my $s = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1',
        LocalPort => $port,
        Proto     => $proto,
        ($proto eq 'tcp' ? (Listen => 1, ReuseAddr => 1) : ()),
    );

    return defined $s;
}


# one directory per user: the lock files of another user cannot be opened

sub _lock_dir {
    my $dir = File::Spec->catdir(File::Spec->tmpdir(), "s3o-ports-$>");

    mkdir $dir, 0700;
    -d $dir && -O _ or croak "$dir is not a directory of ours";

    return $dir;
}


1;
