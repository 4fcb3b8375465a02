package S3O::S3Client;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A client of an S3 server on 127.0.0.1, whatever host its URLs have: it does
# what a browser does with a redirect, and what an SDK does.  A parent class of
# S3O::Outpost and S3O::Radosgw, which have signer(), port() and tls_port().

use strict;
use warnings;

use Carp qw(croak);

use S3O::HTTP;
use S3O::SigV4;


# fetch(url, method => 'GET', headers => [pairs], body =>, ...): sends the
# request for this URL, with its Host, to this server; https goes to the TLS
# port if there is one, and port => overrides

sub fetch {
    my ($self, $url, %o) = @_;

    my ($scheme, $host, $uri) = $url =~ m{\A(https?)://([^/?#]+)([^#]*)\z}
        or croak "not an absolute URL: \"$url\"";

    my $tls = $scheme eq 'https' && defined $self->tls_port()
              && !defined $o{port};

    my $c = $o{connection}
            // S3O::HTTP->connect(%o, host => '127.0.0.1',
                                  port => $o{port}
                                          // ($tls ? $self->tls_port()
                                                   : $self->port()),
                                  ssl => $tls, sni => $host =~ s/:\d+$//r);

    my $r = $c->request(%o, uri => $uri =~ m{^/} ? $uri : "/$uri",
                        host => $host, close => !$o{connection});

    $c->close() unless $o{connection};

    return $r;
}


# presigned(method =>, key =>, query =>, headers =>, expires =>, body =>, ...)
# signs the query and sends the request

sub presigned {
    my ($self, %o) = @_;

    my %sign = (date => $self->clock(), $self->signer(), %o);
    my $signed = S3O::SigV4::presign(%sign);

    return $self->fetch($signed->{url}, %o,
                        headers => _flat($o{headers}));
}


# signed(...): the same with an Authorization header

sub signed {
    my ($self, %o) = @_;

    my %sign = (date => $self->clock(), $self->signer(), %o);
    my $signed = S3O::SigV4::authorization(%sign);

    return $self->fetch($signed->{url}, %o,
                        headers => _flat($signed->{headers}));
}


# the time of signatures; overridden by servers that have their own clock

sub clock { return time }


sub tls_port { return undef }


sub _flat {
    my ($list) = @_;

    return [map { ref $_ ? @$_ : $_ } @{ $list // [] }];
}


1;
