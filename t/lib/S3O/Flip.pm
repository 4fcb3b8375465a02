package S3O::Flip;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A TCP proxy between nginx and a server that can change one byte on the way:
# the first byte of a pattern, or the one at an offset from there.  next()
# orders one change.
#
#     my $flip = S3O::Flip->new(port => $t->port(8091), to => $s3->port(),
#                               file => $t->testdir() . '/flip');
#     $t->run_daemon(sub { $flip->run() });
#     $flip->next('pattern');

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;

use S3O::Process qw(slurp spew);


sub new {
    my ($class, %o) = @_;

    return bless { %o }, $class;
}


sub next {
    my ($self, $pattern, $offset) = @_;

    spew($self->{file}, ($offset // 0) . " $pattern");
}


# true when the byte was found and changed

sub done { return !-e $_[0]{file} }


sub run {
    my ($self) = @_;

    my $listen = IO::Socket::INET->new(Listen => 16, ReuseAddr => 1,
        LocalAddr => '127.0.0.1', LocalPort => $self->{port})
        // die "cannot listen: $@\n";

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

    while (my @ready = $select->can_read(60)) {
        for my $from (@ready) {
            my $to = $from == $client ? $server : $client;

            sysread $from, my $data, 65536 or return;
            $self->_change(\$data) if $from == $client;

            my $off = 0;

            while ($off < length $data) {
                my $n = syswrite $to, $data, length($data) - $off, $off;
                return unless defined $n;
                $off += $n;
            }
        }
    }
}


sub _change {
    my ($self, $data) = @_;

    return unless -e $self->{file};

    my ($offset, $pattern) = slurp($self->{file}) =~ /\A(\d+) (.+)\z/s
        or return;
    my $pos = index $$data, $pattern;

    return if $pos < 0;

    substr($$data, $pos + $offset, 1) ^= "\x01";
    unlink $self->{file};
}


1;
