package S3O::Nginx::Client;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Requests to an nginx under test.  A parent class of S3O::Nginx.  A port
# given here is a real one: port => $t->port(8081).

use strict;
use warnings;

use S3O::HTTP;


sub connect {
    my ($self, %o) = @_;

    return S3O::HTTP->connect(%o, port => $o{port} // $self->port(8080));
}


# request(method =>, uri =>, headers => [pairs], body =>, port =>, ssl =>, ...)
# on a connection of its own: the parsed response, or undef if none came.  The
# last byte of a response leaves nginx before its file of the cache has its
# name and before the request is logged; so the end of the connection is waited
# for, which comes after both.

sub request {
    my ($self, %o) = @_;

    my $c = $self->connect(%o);
    my $r = $c->request(close => 1, %o);

    my $connection = $r ? $r->{headers}{connection}[0] // '' : '';

    $c->closed($o{timeout}) if $connection eq 'close' && $r->{complete};
    $c->close();

    return $r;
}


# http("GET / HTTP/1.0\r\n\r\n"): all bytes of the answer as one string

sub http {
    my ($self, $request, %o) = @_;

    my $c = $o{socket} // $self->connect(%o);

    $c->write($request);
    my $all = $c->read_all($o{timeout});
    $c->close();

    return $all;
}


sub http_get {
    my ($self, $uri, %headers) = @_;

    return $self->http(S3O::HTTP::build_head(
        version => '1.0', uri => $uri, close => 1, headers => [%headers]));
}


sub http_head {
    my ($self, $uri, %headers) = @_;

    return $self->http(S3O::HTTP::build_head(
        version => '1.0', method => 'HEAD', uri => $uri, close => 1,
        headers => [%headers]));
}


1;
