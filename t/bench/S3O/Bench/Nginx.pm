package S3O::Bench::Nginx;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The nginx of the tests, but for what it says: a goal that is not met is no
# reason to show configurations and logs.

use strict;
use warnings;

use parent 'S3O::Nginx';


# {worker} is there as soon as it has started

sub dump_config { return $_[0]{worker} ? () : $_[0]->SUPER::dump_config() }
sub dump_log    { return $_[0]{worker} ? () : $_[0]->SUPER::dump_log() }


# memory that malloc() fills would be a part of the cost

sub _environment {
    my ($self) = @_;

    return { %{ $self->SUPER::_environment() }, MALLOC_PERTURB_ => undef };
}


1;
