package S3O::Vectors;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The test vectors of t/vectors, as bytes.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Basename ();
use JSON::PP ();

our @EXPORT_OK = qw(cases presign_input header_input);


# cases('presign-cases'): the list of cases of a file

sub cases {
    my ($name) = @_;

    my $file = File::Basename::dirname(__FILE__) . "/../../vectors/$name.json";

    open my $fh, '<:raw', $file or croak "open() of $file failed: $!";
    local $/;

    return @{ _bytes(JSON::PP->new->utf8->decode(<$fh>))->{cases} };
}


# returns the data with all keys and values of requests as bytes

sub _bytes {
    my ($data) = @_;

    return { map { $_ => _bytes($data->{$_}) } keys %$data }
        if ref $data eq 'HASH';
    return [map { _bytes($_) } @$data] if ref $data eq 'ARRAY';
    return $data if ref $data || !defined $data;

    utf8::encode($data) if utf8::is_utf8($data);

    return $data;
}


# the arguments for S3O::SigV4::presign() and authorization() of one case

sub presign_input {
    my ($case) = @_;

    my $in = $case->{in};

    return (
        (map { $_ => $in->{$_} } qw(access_key secret_key session_token date
                                    method query expires)),
        key     => $in->{key} // '',
        headers => $in->{signed_headers},
        region  => $case->{expect}{signing_region},
        host    => $case->{expect}{host},
    );
}


sub header_input {
    my ($case) = @_;

    my $in = $case->{in};

    return (
        (map { $_ => $in->{$_} } qw(access_key secret_key session_token date
                                    method query payload_hash)),
        key     => $in->{key} // '',
        headers => $in->{signed_headers},
        region  => (split m{/}, $case->{expect}{string_to_sign})[1],
        host    => $case->{expect}{host},
    );
}


1;
