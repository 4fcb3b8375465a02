package S3O::Size;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# How much a test moves: large(full, small) is the first in "make test-large",
# where TEST_LARGE is set, and the second in "make test", which is to end in
# minutes and proves the same with less.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(large);


sub large {
    my ($full, $small) = @_;

    return $ENV{TEST_LARGE} ? $full : $small;
}


1;
