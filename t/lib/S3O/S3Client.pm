package S3O::S3Client;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A client of an S3 server on 127.0.0.1, whatever host its URLs have: it does
# what a browser does with a redirect, and what an SDK does.  A parent class of
# S3O::Outpost and S3O::Radosgw, which have arn(), signer(), port() and more.

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


# Tells a configuration where this server is, before it is written: %%ARN%%,
# %%KEY%%, %%SECRET%%, %%HOST%%, %%OUTPOST%% (the port), what else is given, and
# %%TEST_OUTPOST%%, the directives of the access point and the credentials.

sub known_to {
    my ($self, $t, %more) = @_;

    my %o = (ARN => $self->arn(), KEY => $self->access_key(),
             SECRET => $self->secret_key(), OUTPOST => $self->port(),
             HOST => $self->host());
    my ($endpoint, $token) = ($self->endpoint(), $self->{session_token});

    $t->subst(%o, TEST_OUTPOST => join("\n    ",
        "s3o_presign_access_point  $o{ARN};",
        defined $endpoint ? "s3o_presign_endpoint      $endpoint;" : (),
        "s3o_presign_credentials   static access_key_id=$o{KEY}",
        "                          secret_access_key=$o{SECRET}"
        . (defined $token ? "\n                              session_token="
                            . $token : '') . ';'),
        defined $token ? (TOKEN => $token) : (), %more);

    return $self;
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


# what its name is not made of, if anything

sub endpoint { return undef }


sub _flat {
    my ($list) = @_;

    return [map { ref $_ ? @$_ : $_ } @{ $list // [] }];
}


1;
