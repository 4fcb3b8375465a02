package S3O::Size;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# How much data a test moves: large(full, small) is "full" in "make test-large",
# which sets TEST_LARGE, and "small" in "make test", which should take minutes
# and proves the same with less.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(large);


sub large {
    my ($full, $small) = @_;

    return $ENV{TEST_LARGE} ? $full : $small;
}


1;
