package S3O::Fake::Container;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The credentials agent of ECS tasks, and with eks => 1 that of EKS Pod
# Identity:
#
#     my $agent = S3O::Fake::Container->new(eks => 1)->start();
#     $agent->set(token => 'abc', '/v1/credentials' => { Expiration => ... });
#
# When a token is set, it must be the whole value of "Authorization".

use strict;
use warnings;

use parent qw(S3O::Fake);

use S3O::Fake::Json qw(credentials json_string);


sub answer {
    my ($self, $r) = @_;

    my $token = $self->get('token');
    my $set = $self->get($r->{target});
    my $given = $r->{header}{authorization};

    return $self->_error(405, 'MethodNotAllowed') if $r->{method} ne 'GET';

    if (defined $token) {
        return $self->_error(400, 'MissingToken') unless defined $given;
        return $self->_error(401, 'InvalidToken') if $given ne $token;

    } elsif (defined $given) {
        return $self->_error(400, 'UnexpectedToken');
    }

    return $self->_error(404, 'NoIdFound') unless $set;

    # the fields beside the credentials differ

    my @more = $self->{eks} ? (AccountId => '123456789012')
                            : (RoleArn => 'arn:aws:iam::123456789012:role/x');

    return { headers => ['Content-Type', 'application/json'],
             body => credentials(@more, %$set) };
}


sub _error {
    my ($self, $status, $code) = @_;

    return { status => $status, headers => ['Content-Type', 'text/plain'],
             body => "$code\n" } if $self->{eks};

    return { status => $status, headers => ['Content-Type', 'application/json'],
             body => '{"code":' . json_string($code)
                     . ',"message":"no credentials","HTTPErrorCode":'
                     . "$status}" };
}


1;
