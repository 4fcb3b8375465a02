package S3O::Oracle;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A second, independent signer: botocore, the SDK for Python, signs the same
# requests.
#
#     plan skip_all => S3O::Oracle->reason() unless S3O::Oracle->available();
#     my @signed = S3O::Oracle->sign({form => 'query', access_key => ..., });
#     is($signed[0]{signature}, ...);

use strict;
use warnings;

use Carp qw(croak);
use File::Basename ();
use File::Temp ();
use JSON::PP ();

use S3O::Process qw(capture find_program);
use S3O::SigV4 qw(amz_date);

my $json = JSON::PP->new->ascii;
my $script = File::Basename::dirname(__FILE__) . '/../oracle.py';

# the Python of the distribution, as another one on the PATH may lack botocore

sub python { return $ENV{S3O_PYTHON} || '/usr/bin/python3' }


my $reason;

sub reason {
    return $reason //= !find_program(python()) ? python() . ' is not there'
        : (capture([python(), '-c', 'import botocore.auth']))[0] == 0 ? ''
        : python() . ' has no botocore';
}


sub available { return reason() eq '' }


# sign({...}, {...}): each hash has the arguments of S3O::SigV4::presign() or,
# with form => 'header', of authorization().  One process signs all.  Returns as
# many hashes: url, signature, canonical_request, string_to_sign, authorization

sub sign {
    my ($class, @requests) = @_;

    my @input = map { _request($_) } @requests;

    my $file = File::Temp->new(TEMPLATE => 's3o-oracle-XXXXXXXX', TMPDIR => 1);
    print {$file} $json->encode(\@input);
    close $file;

    my ($status, $out) = capture([python(), '-W', 'ignore', $script],
                                 stdin => $file->filename, timeout => 300,
                                 env => { PYTHONDONTWRITEBYTECODE => 1 });

    croak "botocore failed with status $status: $out" if $status;

    return @{ $json->decode($out) };
}


sub _request {
    my ($in) = @_;

    my %r = (form => 'query', method => 'GET', service => S3O::SigV4::SERVICE,
             expires => 900, payload_hash => 'UNSIGNED-PAYLOAD', date => time,
             %$in);

    $r{date} = amz_date($r{date}) if $r{date} =~ /^\d+$/;
    $r{$_} = S3O::SigV4::_pairs($r{$_}) for qw(query headers);

    # botocore would take "" for a token

    delete $r{session_token} unless length($r{session_token} // '');

    return { map { $_ => $r{$_} } grep { defined $r{$_} }
             qw(form access_key secret_key session_token date region service
                method scheme host key query headers expires payload_hash) };
}


1;
