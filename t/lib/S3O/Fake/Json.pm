package S3O::Fake::Json;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Credentials as services write them: JSON with the fields in the order of the
# real services, one in a line.

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use POSIX ();

our @EXPORT_OK = qw(credentials iso json_string);

my $json = JSON::PP->new->latin1->allow_nonref;

my %default = (
    AccessKeyId     => 'ASIAIOSFODNN7EXAMPLE',
    SecretAccessKey => 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    Token           => 'IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLXdlc3QtMiJ=',
);


# credentials(name => value, ...): of equal names the last counts, undef leaves
# a field out, a reference is encoded as JSON.  Defaults are keys, a token named
# "Token", and an end in six hours.

sub credentials {
    my @pairs = (%default, Expiration => iso(time + 6 * 3600), @_);
    my (%value, @order);

    while (my ($name, $value) = splice @pairs, 0, 2) {
        push @order, $name unless exists $value{$name};
        $value{$name} = $value;
    }

    my %rank = (Code => -3, LastUpdated => -2, Type => -1);

    return "{\n" . join(",\n", map { "  \"$_\" : " . json_string($value{$_}) }
                        sort { ($rank{$a} // 0) <=> ($rank{$b} // 0)
                               || $a cmp $b }
                        grep { defined $value{$_} } @order) . "\n}";
}


sub json_string {
    my ($value) = @_;

    return ref $value ? $json->encode($value) : $json->encode("$value");
}


sub iso {
    my ($epoch) = @_;

    return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $epoch);
}


1;
