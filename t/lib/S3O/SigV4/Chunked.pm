package S3O::SigV4::Chunked;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The aws-chunked encoding of a body: chunks, with or without signatures, and a
# trailer.  It is encoded as a client does, and decoded as S3 does.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex hmac_sha256_hex);

use S3O::SigV4 qw(EMPTY_SHA256);

use constant MIN_CHUNK => 8192;
use constant ECDSA_LENGTH => 144;


# encode(body, form => 'STREAMING-...', chunk => bytes per chunk, trailer =>
# [name, value], and of the signed request: date, scope, signature,
# signing_key); unsigned forms need none of the last four

sub encode {
    my ($body, %o) = @_;

    my $size = $o{chunk} // 65536;
    my @data;

    for (my $off = 0; $off < length $body; $off += $size) {
        push @data, substr $body, $off, $size;
    }

    my $sign = $o{form} =~ /-HMAC-SHA256-/;
    my $previous = $o{signature};
    my $out = '';

    for my $data (@data, '') {
        my $extension = '';

        if ($sign) {
            $previous = chunk_signature($data, $previous, %o);
            $extension = ";chunk-signature=$previous";
        }

        $out .= sprintf "%x%s\r\n", length $data, $extension;
        $out .= "$data\r\n" if length $data;
    }

    if ($o{trailer}) {
        my ($name, $value) = @{ $o{trailer} };

        $out .= "$name:$value\r\n";
        $out .= 'x-amz-trailer-signature:'
                . trailer_signature("$name:$value\n", $previous, %o) . "\r\n"
            if $sign;
    }

    return "$out\r\n";
}


sub chunk_signature {
    my ($data, $previous, %o) = @_;

    return hmac_sha256_hex(join("\n", 'AWS4-HMAC-SHA256-PAYLOAD', $o{date},
                                $o{scope}, $previous, EMPTY_SHA256,
                                sha256_hex($data)), $o{signing_key});
}


# What has to be verified of a chunk that is signed with SigV4A.  The signature
# of the chunk before is taken as it was received, so that all can be verified
# together at the end.  "*" fill up a signature to a fixed length and are no
# part of it.  undef when the signature has not this form.

sub ecdsa_item {
    my ($data, $previous, $signature, %o) = @_;

    my ($digits) = $signature =~ /\A(30(?:[0-9a-f]{2}){7,71})\**\z/
                   or return undef;

    return undef if length $signature != ECDSA_LENGTH;

    return {
        access_key     => $o{access_key},
        secret_key     => $o{secret_key},
        signature      => $digits,
        string_to_sign => join("\n", 'AWS4-ECDSA-P256-SHA256-PAYLOAD', $o{date},
                               $o{scope}, $previous, EMPTY_SHA256,
                               sha256_hex($data)),
    };
}


sub trailer_signature {
    my ($lines, $previous, %o) = @_;

    return hmac_sha256_hex(join("\n", 'AWS4-HMAC-SHA256-TRAILER', $o{date},
                                $o{scope}, $previous, sha256_hex($lines)),
                           $o{signing_key});
}


# decode(bytes, form =>, date => ...; for SigV4A access_key =>, secret_key =>,
# ecdsa => as in S3O::SigV4::Verify) returns (body, undef, {trailer}) or (undef,
# what is wrong)

sub decode {
    my ($bytes, %o) = @_;

    my $sign = $o{form} =~ /-(?:HMAC|ECDSA-P256)-SHA256-/;
    my $ecdsa = $o{form} =~ /-ECDSA-P256-SHA256-/;
    my $previous = $o{signature};
    my ($body, $last, $pos) = ('', undef, 0);
    my @ecdsa;

    while (1) {
        my $end = index $bytes, "\r\n", $pos;
        return (undef, 'a chunk has no header') if $end < 0;

        my $head = substr $bytes, $pos, $end - $pos;
        my ($hex, $signature) = $sign
            ? $head =~ /\A([0-9a-fA-F]{1,8});chunk-signature=([0-9a-f*]+)\z/
            : $head =~ /\A([0-9a-fA-F]{1,8})\z/;

        return (undef, "bad chunk header \"$head\"") unless defined $hex;

        my $size = hex $hex;
        $pos = $end + 2;

        return (undef, 'a chunk but the last is too small')
            if defined $last && $last < MIN_CHUNK && $size > 0;
        return (undef, 'a chunk is cut short')
            if $size && length($bytes) < $pos + $size + 2;

        my $data = substr $bytes, $pos, $size;

        if ($ecdsa) {
            my $item = ecdsa_item($data, $previous, $signature, %o)
                       // return (undef, "bad signature \"$signature\"");

            push @ecdsa, $item;
            $previous = $item->{signature};

        } elsif ($sign) {
            $previous = chunk_signature($data, $previous, %o);
            return (undef, 'signature of a chunk does not match')
                if $previous ne $signature;
        }

        last if $size == 0;

        return (undef, 'a chunk does not end with CRLF')
            if substr($bytes, $pos + $size, 2) ne "\r\n";

        $body .= $data;
        $last = $size;
        $pos += $size + 2;
    }

    return (undef, 'signature of a chunk does not match')
        if grep { length } @ecdsa ? $o{ecdsa}->(@ecdsa) : ();

    my ($trailer, $error) = _trailer(substr($bytes, $pos), $previous, %o);

    return defined $error ? (undef, $error) : ($body, undef, $trailer);
}


sub _trailer {
    my ($text, $previous, %o) = @_;

    return (undef, 'no empty line at the end') unless $text =~ s/\r\n\z//;

    my @lines = split /\r\n/, $text;
    my ($lines, $signature, %trailer) = ('', undef);

    for my $line (@lines) {
        my ($name, $value) = $line =~ /\A([^:\s]+):(.*)\z/
            or return (undef, "bad trailer line \"$line\"");

        if ($name eq 'x-amz-trailer-signature') {
            $signature = $value;
            next;
        }

        $lines .= "$name:$value\n";
        $trailer{ lc $name } = $value;
    }

    return (undef, 'a trailer that was not announced')
        if %trailer && $o{form} !~ /-TRAILER$/;

    if ($o{form} =~ /-HMAC-SHA256-.*-TRAILER$/) {
        return (undef, 'signature of the trailer does not match')
            if ($signature // '') ne trailer_signature($lines, $previous, %o);
    }

    return (\%trailer);
}


1;
