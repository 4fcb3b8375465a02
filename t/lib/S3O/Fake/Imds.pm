package S3O::Fake::Imds;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The metadata service of EC2 instances, only version 2 and as strict as the
# real one; with helper => 1 it is the helper of IAM Roles Anywhere, which
# answers the same requests.
#
#     my $imds = S3O::Fake::Imds->new()->start();
#     $imds->role(web => { AccessKeyId => 'ASIA1' });
#     ... endpoint=http://@{[ $imds->authority() ]} ...
#
# Fields of a set that are not given have default values; undef leaves a field
# out.

use strict;
use warnings;

use parent qw(S3O::Fake);

use Digest::SHA qw(hmac_sha256_hex);
use POSIX ();
use Time::HiRes qw(time);

use S3O::Fake::Json qw(credentials iso);

use constant ROLES => '/latest/meta-data/iam/security-credentials';
use constant TOKEN => '/latest/api/token';


sub new {
    my ($class, %o) = @_;

    my $self = $class->SUPER::new(key => join('', map { rand } 1 .. 4), %o);

    return $self->set(role => undef, set => {}, epoch => 0);
}


# the role of the instance and its credentials; without a name there is none

sub role {
    my ($self, $name, $set) = @_;

    return $self->set(role => $name, set => $set // {});
}


# lets all tokens expire that were given so far

sub expire_tokens {
    my ($self) = @_;

    return $self->set(epoch => $self->{state}{epoch} + 1);
}


# all tokens in requests so far

sub tokens {
    my ($self) = @_;

    return grep { defined }
           map { $_->{header}{'x-aws-ec2-metadata-token'} } $self->requests();
}


# What follows runs in the processes of the server.


sub answer {
    my ($self, $r) = @_;

    my $h = $r->{header};
    my $path = $r->{path};

    $path =~ s{(?<=.)/\z}{};

    return $self->_token($r) if $path eq TOKEN;

    return error(405) if $r->{method} ne 'GET';
    return error(401) unless $self->_valid($h->{'x-aws-ec2-metadata-token'});

    my $role = $self->get('role');

    return error(404) unless $path =~ m{\A\Q@{[ ROLES ]}\E(?:/(.+))?\z};

    my $asked = $1;

    return error(404) unless defined $role;
    return text("$role") unless defined $asked;
    return error(404) if $asked ne ($role =~ /(\S+)/)[0];

    return text($self->_credentials());
}


sub _credentials {
    my ($self) = @_;

    my $set = $self->get('set');

    # the answer of the helper when it could not renew the credentials

    my %failed = (AccessKeyId => '', SecretAccessKey => '', Token => '',
                  Expiration => '0001-01-01T00:00:00Z');

    return credentials(
        Code        => 'Success',
        LastUpdated => $self->{helper} ? iso(time) =~ s/Z/.123456789+02:00/r
                                       : iso(time),
        Type        => 'AWS-HMAC',
        ($self->{helper} && $set->{failed} ? %failed : ()),
        %$set, failed => undef,
    );
}


# a token contains the time of its end

sub _token {
    my ($self, $r) = @_;

    my $ttl = $r->{header}{'x-aws-ec2-metadata-token-ttl-seconds'};

    return error(405) if $r->{method} ne 'PUT';
    return error($self->{helper} ? 400 : 403)
        if defined $r->{header}{'x-forwarded-for'};
    return error(400) unless ($ttl // '') =~ /\A[0-9]{1,5}\z/ && $ttl >= 1
                             && $ttl <= 21600;

    # no two are equal

    my $token = join '.', $self->get('epoch'), int(time() + $ttl),
                          substr(rand, 2, 12);

    return text($token . '.' . hmac_sha256_hex($token, $self->{key}),
                'x-aws-ec2-metadata-token-ttl-seconds' => $ttl);
}


sub _valid {
    my ($self, $token) = @_;

    my ($text, $epoch, $until, $mac)
        = ($token // '') =~ /\A(([0-9]+)\.([0-9]+)\.[0-9]+)\.([0-9a-f]+)\z/
        or return 0;

    return $mac eq hmac_sha256_hex($text, $self->{key})
           && $epoch == $self->get('epoch') && $until > time();
}


sub text {
    my ($body, @headers) = @_;

    return { headers => ['Content-Type', 'text/plain', 'Server', 'EC2ws',
                         @headers],
             body => $body };
}


# an HTML page, like those of EC2

sub error {
    my ($status) = @_;

    return { status => $status, headers => ['Content-Type', 'text/html'],
             body => qq{<?xml version="1.0" encoding="iso-8859-1"?>\n}
                     . "<html><head><title>$status</title></head>"
                     . "<body><h1>$status</h1></body></html>\n" };
}


1;
