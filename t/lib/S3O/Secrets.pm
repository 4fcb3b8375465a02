package S3O::Secrets;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Looks for secrets where they must not be, in all forms in which a mistake
# could write them, whole or in part.
#
#     my $secrets = S3O::Secrets->new(secret_key => $s, session_token => $t,
#                                     region => 'us-west-2');
#     is($secrets->in($t->read_file('access.log')), '', 'no secret there');
#     $secrets->log_is_clean($t, 'the error log');
#
# Keys that are derived from a secret for a day and a region are as good as the
# secret on that day, so they are looked for, too.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64);
use Test::More ();

use S3O::SigV4 qw(amz_date uri_encode);

# so many bytes of a secret do not appear by chance

use constant PART => 10;


# new(secret_key => text or list, session_token => text or list, region => name
# or list, dates => [YYYYMMDD, ...] (yesterday to tomorrow), service =>
# 's3-outposts')

sub new {
    my ($class, %o) = @_;

    my $self = bless { forms => {} }, $class;
    my @dates = @{ $o{dates}
                   // [map { substr amz_date(time + 86400 * $_), 0, 8 }
                       -1 .. 1] };

    for my $secret (_list($o{secret_key})) {
        $self->_add('secret key', $secret);

        for my $date (@dates) {
            for my $region (_list($o{region} // 'us-west-2')) {
                $self->_add_keys($secret, $date, $region, $o{service});
            }
        }
    }

    $self->_add('session token', $_) for _list($o{session_token});

    return $self;
}


sub _list {
    my ($value) = @_;

    return ref $value ? @$value : defined $value ? ($value) : ();
}


# the four keys between the secret and a signature

sub _add_keys {
    my ($self, $secret, $date, $region, $service) = @_;

    my $key = "AWS4$secret";

    for my $part ($date, $region, $service // 's3-outposts', 'aws4_request') {
        $key = hmac_sha256($part, $key);
        $self->_add("key of $date/$region up to $part", $key);
    }
}


sub _add {
    my ($self, $name, $bytes) = @_;

    my $hex = unpack 'H*', $bytes;
    my $base64 = encode_base64($bytes, '');

    # what follows other bytes has its base64 shifted

    my %form = (
        'as it is'        => $bytes,
        'percent-encoded' => uri_encode($bytes),
        'hex'             => $hex,
        'upper-case hex'  => uc $hex,
        'spaced hex'      => join(' ', unpack '(H2)*', $bytes),
        'escaped'         => join('', map { sprintf '\x%02X', ord }
                                      split //, $bytes),
        'JSON'            => $bytes =~ s{/}{\\/}gr,
        'base64'          => $base64,
        'base64 at 1'     => substr(encode_base64("x$bytes", ''), 4),
        'base64 at 2'     => substr(encode_base64("xx$bytes", ''), 4),
        'URL base64'      => $base64 =~ tr{+/=}{-_}rd,
    );

    for my $kind (sort keys %form) {
        my $text = $form{$kind};

        # any part that is twice as long contains one of these

        for (my $i = 0; $i + PART <= length $text; $i += PART) {
            my $part = substr $text, $i, PART;

            next if $kind ne 'as it is' && index($bytes, $part) >= 0;
            $self->{forms}{$part} //= "$name, $kind";
        }
    }
}


# what is found in a text; '' when nothing is

sub in {
    my ($self, $text) = @_;

    my $forms = $self->{forms};
    my $re = $self->{re} //= do {
        my $any = join '|', map { quotemeta } sort keys %$forms;
        qr/($any)/;
    };

    my %found;

    # one pass over the text for all of them

    $found{ $forms->{$1} } = 1 while $text =~ /$re/g;

    return join '; ', sort keys %found;
}


# signatures, which are good until the URL expires

sub signatures_in {
    my ($self, $text) = @_;

    return join '; ', $text =~ /(Signature(?:=|%3D|\\x3D)[0-9a-f]{16})/gi;
}


# the entries of an error log, which may have more than one line each

sub entries {
    my ($text) = @_;

    return split m{^(?=\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] )}m, $text;
}


# three tests: lines of the module, at any level, have no secret and no
# signature; lines of anybody above level "debug" have none either; and no line
# at all has a secret key

sub log_is_clean {
    my ($self, $t, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my @entries = entries($t->read_file('error.log'));
    my @own = grep { /s3o_presign/ } @entries;
    my @above = grep { !/^\S+ \S+ \[debug\]/ } @entries;

    my $good = 1;

    $good &= Test::More::is($self->_faults(@own), '',
        "$name: what the module says has no secret and no signature");
    $good &= Test::More::is($self->_faults(@above), '',
        "$name: nor has anything above debug level");

    # debug lines may have the session token, which is a part of presigned URLs

    my $keys = join '; ', grep { !/^session token/ }
                          split /; /, $self->in(join '', @entries);

    $good &= Test::More::is($keys, '',
        "$name: no line at all has a secret key or what is derived from it");

    return $good;
}


sub _faults {
    my ($self, @entries) = @_;

    return join "\n", map {
        my $found = join '; ', grep { length } $self->in($_),
                                               $self->signatures_in($_);
        length $found ? "$found in: $_" : ();
    } @entries;
}


1;
