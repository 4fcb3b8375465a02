package S3O::Narrow;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A TCP proxy with little room between nginx and a server: it reads what nginx
# sends in pieces of all sizes and with small buffers, so that nginx cannot
# write all that it has.  The way can be blocked and cut off.
#
#     my $narrow = S3O::Narrow->new(port => $t->port(8091), to => $s3->port(),
#                                   file => $t->testdir() . '/narrow');
#     $t->run_daemon(sub { $narrow->run() });
#     $narrow->block(100_000);    # after so many bytes of a connection
#     $narrow->cut();             # what is blocked: a reset
#     $narrow->pass();

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER SO_RCVBUF);
use Time::HiRes qw(sleep);

use S3O::Process qw(slurp spew);

use constant PIECES => (1, 4096, 777, 65_536, 3, 20_000);


sub new {
    my ($class, %o) = @_;

    return bless { %o }, $class;
}


sub block { spew($_[0]{file}, $_[1]) }
sub cut   { spew($_[0]{file}, 'cut') }
sub pass  { unlink $_[0]{file} }


sub run {
    my ($self) = @_;

    my $listen = IO::Socket::INET->new(Listen => 16, ReuseAddr => 1,
        LocalAddr => '127.0.0.1', LocalPort => $self->{port})
        // die "cannot listen: $@\n";

    setsockopt $listen, SOL_SOCKET, SO_RCVBUF, 16_384;

    $SIG{PIPE} = 'IGNORE';
    $SIG{CHLD} = 'IGNORE';

    while (1) {
        my $client = $listen->accept() or next;
        my $pid = fork // die "fork() failed: $!\n";

        next if $pid;

        my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $self->{to}) // die "cannot connect: $@\n";

        $self->_carry($client, $server);
        exit 0;
    }
}


sub _carry {
    my ($self, $client, $server) = @_;

    my $select = IO::Select->new($client, $server);
    my ($carried, $n) = (0, 0);

    while (my @ready = $select->can_read(60)) {
        for my $from (@ready) {
            my $to = $from == $client ? $server : $client;

            if ($from == $client && !$self->_is_open($carried)) {
                setsockopt $client, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
                return;
            }

            my $size = (PIECES)[$n++ % scalar(() = PIECES)];

            sysread $from, my $data, $size or return;
            $carried += length $data if $from == $client;

            my $off = 0;

            while ($off < length $data) {
                my $n = syswrite $to, $data, length($data) - $off, $off;
                return unless defined $n;
                $off += $n;
            }
        }
    }
}


# waits while the way is blocked; false when it is cut off

sub _is_open {
    my ($self, $carried) = @_;

    for (1 .. 6000) {
        my $what = slurp($self->{file});

        return 1 if $what eq '' || $what =~ /^\d/ && $carried < $what;
        return 0 if $what eq 'cut';

        sleep 0.01;
    }

    return 0;
}


1;
