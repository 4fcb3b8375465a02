package S3O::Payload;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The kinds of signed bodies: as a whole, in chunks with SigV4, and, when Python
# can verify them, in chunks with SigV4A.
#
#     for my $kind (kinds()) {
#         ... directives($kind) ...
#         is(form_of($s3->last()->{payload}, $body), $kind, ...);

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);

use S3O::SigV4A qw(python_reason);

our @EXPORT_OK = qw(kinds directives streams form_of payload_of STREAMING
    STREAMING4A);

use constant {
    STREAMING   => 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    STREAMING4A => 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
};


sub kinds { return qw(signed streaming), python_reason() ? () : 'streaming4a' }


sub directives {
    my ($kind) = @_;

    return 's3o_presign_payload ' . ($kind =~ s/4a$//r) . ';'
           . ($kind =~ /4a$/ ? ' s3o_presign_algorithm sigv4a;' : '');
}


sub streams { return $_[0] =~ /^streaming/ }


# x-amz-content-sha256, for a body

sub payload_of {
    my ($kind, $body) = @_;

    return $kind eq 'streaming' ? STREAMING
           : $kind eq 'streaming4a' ? STREAMING4A : sha256_hex($body);
}


sub form_of {
    my ($payload, $body) = @_;

    for my $kind (qw(streaming streaming4a signed)) {
        return $kind if $payload eq payload_of($kind, $body);
    }

    return 'another';
}


1;
