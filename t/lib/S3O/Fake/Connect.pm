package S3O::Fake::Connect;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A proxy for CONNECT, which connects to this host for any name:
#
#     my $proxy = S3O::Fake::Connect->new()->start();
#     $proxy->set(authorization => 'Basic dTpw');
#     is(($proxy->requests())[0]{target}, 'sts.example.com:443');
#
# always() and once() with the key "*" answer instead of making a tunnel;
# set(head => text) sets the head of the answer when a tunnel is made.

use strict;
use warnings;

use parent qw(S3O::Fake);

use IO::Socket::IP;

use S3O::HTTP;
use S3O::Outpost::Wire qw(read_head);


# What follows runs in the processes of the server.


sub _connection {
    my ($self, $socket, undef, $n) = @_;

    my $c = S3O::HTTP->from_socket($socket, timeout => 60);
    my $r = read_head($c) // return;

    $r->{connection} = $n;
    $r->{path} = $r->{target};

    my $answer = $self->_scripted($r) // $self->_refusal($r);

    $r->{status} = $answer ? $answer->{status} // 200 : 200;
    $self->record($r);

    return $self->_send($c, $answer) if $answer;

    my ($port) = $r->{target} =~ /:(\d+)\z/;
    my $to = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $port)
        or return $self->_send($c, { status => 502 });

    $c->write($self->get('head') // "HTTP/1.1 200 Connection established\r\n"
                                    . "Via: 1.1 fake\r\n\r\n");
    _pass($socket, $to);
}


sub _refusal {
    my ($self, $r) = @_;

    my $wanted = $self->get('authorization');
    my $given = $r->{header}{'proxy-authorization'};

    return { status => 405 } if $r->{method} ne 'CONNECT';
    return { status => 400, body => 'no port' } if $r->{target} !~ /:\d+\z/;
    return { status => 400, body => 'another Host' }
        if ($r->{header}{host} // '') ne $r->{target};
    return { status => 407, headers => ['Proxy-Authenticate', 'Basic'] }
        if ($given // '') ne ($wanted // '');

    return undef;
}


sub _pass {
    my ($one, $other) = @_;

    my %to = (fileno $one => $other, fileno $other => $one);
    my @open = ($one, $other);

    while (@open == 2) {
        my $rin = '';
        vec($rin, fileno $_, 1) = 1 for @open;
        select $rin, undef, undef, 60 or last;

        for my $s (@open) {
            next unless vec $rin, fileno $s, 1;

            sysread $s, my $data, 65536 or return;
            syswrite $to{ fileno $s }, $data;
        }
    }
}


1;
