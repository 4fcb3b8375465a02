package S3O::Fake::Dns;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A name server on UDP:
#
#     my $dns = S3O::Fake::Dns->new()->start();
#     $dns->names('sts.us-west-2.amazonaws.com' => ['127.0.0.1']);
#     ... resolver @{[ $dns->authority() ]} ipv6=off ...
#     my @asked = map { "$_->{type} $_->{name}" } $dns->requests();
#
# A name has a list of IPv4 addresses, or one of two words: "silent" for no
# answer, "servfail" for an error.  Other names do not exist.

use strict;
use warnings;

use parent qw(S3O::Fake);

use Carp qw(croak);
use IO::Socket::IP;
use Socket qw(SOCK_DGRAM inet_aton);

use constant TYPE_A => 1;
use constant TTL => 1;


sub names {
    my ($self, %names) = @_;

    return $self->set(names => { %{ $self->{state}{names} // {} }, %names });
}


sub listen_socket {
    my ($self) = @_;

    return IO::Socket::IP->new(LocalHost => $self->{host}, Type => SOCK_DGRAM,
                               LocalPort => $self->{port}, Proto => 'udp')
        // croak "cannot listen on $self->{host}:$self->{port}: $@";
}


# What follows runs in the process of the server.


sub serve {
    my ($self, $socket) = @_;

    my $parent = getppid();

    while (getppid() == $parent) {
        vec(my $rin = '', fileno $socket, 1) = 1;

        next unless 0 < select $rin, undef, undef, 0.5;

        my $peer = recv $socket, my $packet, 1500, 0;

        next unless defined $peer && length $packet > 16;

        my $answer = $self->_answer($packet);

        send $socket, $answer, 0, $peer if defined $answer;
    }
}


sub _answer {
    my ($self, $packet) = @_;

    my ($id, $flags, $questions) = unpack 'n n n', $packet;
    my ($name, $pos) = ('', 12);

    while (my $n = ord substr $packet, $pos, 1) {
        $name .= (length $name ? '.' : '') . substr $packet, $pos + 1, $n;
        $pos += 1 + $n;
    }

    my ($type) = unpack 'n', substr $packet, $pos + 1, 2;
    my $question = substr $packet, 12, $pos - 12 + 5;
    my $known = ($self->get('names') // {})->{ lc $name };

    $self->record({ name => $name, type => $type == TYPE_A ? 'A' : $type });

    my @addresses = ref $known && $type == TYPE_A ? @$known : ();
    my $code = !defined $known ? 3 : ref $known ? 0 : 2;

    return undef if ($known // '') eq 'silent';

    return pack('n6', $id, 0x8180 | $code, 1, scalar @addresses, 0, 0)
           . $question
           . join('', map { pack('n n n N n', 0xc00c, TYPE_A, 1, TTL, 4)
                            . inet_aton($_) } @addresses);
}


1;
