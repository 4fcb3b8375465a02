package S3O::SigV4A;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The receiving side of AWS Signature Version 4A, written from its rules: it
# parses a signed request as it was received, says what S3 would refuse, and has
# the signature verified by two others, the openssl command and the package
# "cryptography" of Python.
#
#     my $e = examine(url => $url, headers => [...], credentials => {...});
#     is($e->{fault}, '', 'a request of the right form');
#     is(refuted($e), '', 'with the right signature');
#
# Signatures are never compared with others, as no two are equal.

use strict;
use warnings;

use Carp qw(croak);
use Digest::SHA qw(hmac_sha256);
use Exporter qw(import);
use File::Basename ();
use File::Temp ();
use JSON::PP ();
use Math::BigInt ();

use S3O::Process qw(capture find_program spew slurp);
use S3O::SigV4 qw(uri_encode uri_decode canonical_request);

our @EXPORT_OK = qw(examine refuted private_key public_key by_openssl
    by_python python python_reason python_version covers);

use constant {
    ALGORITHM => 'AWS4-ECDSA-P256-SHA256',
    SERVICE   => 's3-outposts',
};

# the order of P-256 minus two

my $LIMIT = pack 'H*', 'ffffffff00000000ffffffffffffffff'
                       . 'bce6faada7179e84f3b9cac2fc63254f';

my $json = JSON::PP->new->ascii;
my $script = File::Basename::dirname(__FILE__) . '/../sigv4a.py';
my $dir;             # files for openssl
my %pem;             # public keys by credentials


# private_key(access key id, secret) -> 64 hex digits

sub private_key {
    my ($access_key, $secret) = @_;

    for my $counter (1 .. 254) {
        my $c = hmac_sha256("\0\0\0\1" . ALGORITHM . "\0$access_key"
                            . chr($counter) . "\0\0\1\0", "AWS4A$secret");

        next if $c gt $LIMIT;

        my $d = Math::BigInt->from_hex(unpack 'H*', $c)->binc();

        return sprintf '%064s', substr $d->as_hex(), 2;
    }

    croak 'no private key';
}


# public_key(access key id, secret) -> x and y in hex digits, by openssl

sub public_key {
    my ($access_key, $secret) = @_;

    my ($status, $out) = capture(['openssl', 'ec', '-pubin', '-in',
                                  _pem($access_key, $secret), '-pubout',
                                  '-outform', 'DER', '-out', "$dir/spki"]);

    croak "openssl ec failed: $out" if $status;

    return unpack 'H*', substr slurp("$dir/spki"), -64;
}


# the file of a public key; openssl computes it of a private one, in the form
# of RFC 5915

sub _pem {
    my ($access_key, $secret) = @_;

    return $pem{$access_key, $secret} if $pem{$access_key, $secret};

    $dir //= File::Temp::tempdir('s3o-sigv4a-XXXXXXXX', TMPDIR => 1,
                                 CLEANUP => 1);

    my $file = "$dir/" . keys(%pem) . '.pem';

    spew("$dir/der", pack 'H*', '30310201010420'
                                . private_key($access_key, $secret)
                                . 'a00a06082a8648ce3d030107', 0600);

    my ($status, $out) = capture(['openssl', 'ec', '-inform', 'DER', '-in',
                                  "$dir/der", '-pubout', '-out', $file]);

    croak "openssl ec failed: $out" if $status;

    return $pem{$access_key, $secret} = $file;
}


# Each argument is a hash with access_key, secret_key, string_to_sign and
# signature.  Returns a verdict for each, '' when the signature is right.

sub by_openssl {
    return map { _by_openssl($_) } @_;
}


sub _by_openssl {
    my ($e) = @_;

    my $pem = _pem($e->{access_key}, $e->{secret_key});

    spew("$dir/text", $e->{string_to_sign});
    spew("$dir/signature", pack 'H*', $e->{signature});

    my ($status, $out) = capture(['openssl', 'dgst', '-sha256', '-verify',
                                  $pem, '-signature', "$dir/signature",
                                  "$dir/text"]);

    return $status == 0 && $out =~ /^Verified OK$/m ? '' : "openssl: $out";
}


# the Python of the distribution, as another one on the PATH may lack the
# package

sub python { return $ENV{S3O_PYTHON} || '/usr/bin/python3' }


my ($reason, $version);

sub python_reason {
    return $reason if defined $reason;

    return $reason = python() . ' is not there' if !find_program(python());

    my ($status, $out) = capture([python(), '-c', 'import cryptography; '
        . 'from cryptography.hazmat.backends.openssl.backend import backend; '
        . 'print(cryptography.__version__, "with", '
        . 'backend.openssl_version_text())']);

    chomp($version = $out);

    return $reason = $status ? python() . ' has no cryptography' : '';
}


sub python_version { return python_reason() ? '' : $version }


# one process for all, which derives the keys itself

sub by_python {
    my @all = @_;

    croak python_reason() if python_reason();

    my $file = File::Temp->new(TEMPLATE => 's3o-sigv4a-XXXXXXXX', TMPDIR => 1);

    print {$file} $json->encode([map {
        my $e = $_;
        +{ map { $_ => $e->{$_} }
           qw(access_key secret_key string_to_sign signature public_key) }
    } @all]);
    close $file;

    my ($status, $out) = capture([python(), '-W', 'ignore', $script],
                                 stdin => $file->filename, timeout => 120,
                                 env => { PYTHONDONTWRITEBYTECODE => 1 });

    croak "python failed with status $status: $out" if $status;

    return @{ $json->decode($out) };
}


# refuted(results of examine(), ...): what is wrong with any of them, in its
# form or by one of the verifiers; '' when nothing is

sub refuted {
    my @all = @_;

    return 'there is nothing' unless @all;

    my @wrong = grep { length } map { $_->{fault} } @all;

    return join '; ', @wrong if @wrong;

    return join '; ', grep { length } by_openssl(@all),
           python_reason() ? () : by_python(@all);
}


# covers(region set, region)

sub covers {
    my ($set, $region) = @_;

    for my $entry (split /,/, $set // '') {
        my $pattern = join '[a-z0-9-]*', map { quotemeta }
                      split /\*/, $entry, -1;

        return 1 if $region =~ /\A$pattern\z/;
    }

    return 0;
}


# examine(url =>, or method =>, target => as in the request line; headers =>
# [[name, value], ...], host included, or [name => value, ...] beside a url;
# credentials => {access key => {secret_key =>, session_token =>}}, region =>)
#
# Returns a hash with form, path, query (pairs), access_key, secret_key,
# region_set, date, expires, payload, signed_headers, canonical_request,
# string_to_sign, signature, and fault: '' or what is wrong.

sub examine {
    my %o = (method => 'GET', region => 'us-west-2', service => SERVICE, @_);

    my %e = (fault => '');

    my $done = eval {
        _request(\%o, \%e);
        defined $e{header}{authorization} ? _header_form(\%o, \%e)
                                          : _query_form(\%o, \%e);
        _scope(\%o, \%e);
        _signed(\%o, \%e);
        1;
    };

    if (!$done) {
        die $@ unless ref $@ eq 'HASH';
        $e{fault} = $@->{fault};
    }

    return \%e;
}


sub _fault { die { fault => $_[0] } }


sub _request {
    my ($o, $e) = @_;

    my @headers = @{ $o->{headers} // [] };

    if (@headers && !ref $headers[0]) {
        my @flat = @headers;
        @headers = ();
        push @headers, [splice @flat, 0, 2] while @flat;
    }

    if (defined $o->{url}) {
        my ($host, $target) = $o->{url} =~ m{\Ahttps?://([^/?\#]+)(/[^\#]*)\z}
            or _fault("not a URL: $o->{url}");
        unshift @headers, ['host', $host];
        $o->{target} = $target;
    }

    my ($path, $query) = split /\?/, $o->{target}, 2;

    _fault("the path $path is encoded in another way than it is signed")
        if uri_encode(uri_decode($path), 1) ne $path;

    $e->{path} = $path;
    $e->{headers} = \@headers;

    for my $piece (split /&/, $query // '', -1) {
        my ($name, $value) = split /=/, $piece, 2;

        _fault("the argument $piece is encoded in another way")
            if !defined $value || uri_encode(uri_decode($name)) ne $name
               || uri_encode(uri_decode($value)) ne $value;

        push @{ $e->{query} }, [uri_decode($name), uri_decode($value)];
    }

    for my $header (@headers) {
        my $name = lc $header->[0];

        _fault("$name is there twice")
            if defined $e->{header}{$name}
               && $name =~ /^(?:host|authorization|x-amz-.*)$/;
        $e->{header}{$name} = $header->[1];
    }

    $e->{query} //= [];
}


sub _query_form {
    my ($o, $e) = @_;

    my %p;
    my %known = map { $_ => 1 } qw(Algorithm Credential Date Expires Region-Set
                                   Security-Token SignedHeaders Signature);

    for my $pair (@{ $e->{query} }) {
        my ($name) = $pair->[0] =~ /^X-Amz-(.*)$/i or next;

        _fault("what is $pair->[0]?")
            if !$known{$name} || $pair->[0] !~ /^X-Amz-/;
        _fault("$pair->[0] is there twice") if defined $p{$name};
        $p{$name} = $pair->[1];
    }

    for my $name (grep { $_ ne 'Security-Token' } sort keys %known) {
        _fault("no X-Amz-$name") unless length($p{$name} // '');
    }

    _fault("the algorithm is $p{Algorithm}") if $p{Algorithm} ne ALGORITHM;
    _fault("$p{Expires} seconds") if $p{Expires} !~ /^[1-9]\d*$/
                                     || $p{Expires} > 604800;

    _fault('x-amz-region-set in both places')
        if defined $e->{header}{'x-amz-region-set'};

    $e->{form} = 'query';
    $e->{payload} = 'UNSIGNED-PAYLOAD';
    $e->{signed_query} = [grep { $_->[0] ne 'X-Amz-Signature' }
                          @{ $e->{query} }];
    @$e{qw(credential date expires region_set token signed_headers signature)}
        = @p{qw(Credential Date Expires Region-Set Security-Token SignedHeaders
                Signature)};
}


sub _header_form {
    my ($o, $e) = @_;

    my $header = $e->{header};

    _fault('arguments and a header that authenticate')
        if grep { $_->[0] =~ /^X-Amz-/i } @{ $e->{query} };

    my $algorithm;

    ($algorithm, @$e{qw(credential signed_headers signature)}) =
        $header->{authorization} =~ m{\A(\S+)[ ]Credential=([^\s,]+),[ ]
                                      SignedHeaders=([^\s,]+),[ ]
                                      Signature=([^\s,]+)\z}x
        or _fault("an authorization of another form: $header->{authorization}");

    _fault("the algorithm is $algorithm") if $algorithm ne ALGORITHM;

    for my $name (qw(x-amz-date x-amz-content-sha256 x-amz-region-set)) {
        _fault("no $name") unless length($header->{$name} // '');
    }

    $e->{form} = 'header';
    $e->{signed_query} = $e->{query};
    @$e{qw(date payload region_set token)}
        = @$header{qw(x-amz-date x-amz-content-sha256 x-amz-region-set
                      x-amz-security-token)};
}


sub _scope {
    my ($o, $e) = @_;

    my ($access_key, $scope) = split m{/}, $e->{credential}, 2;

    _fault("the date is $e->{date}") if $e->{date} !~ /^\d{8}T\d{6}Z$/;
    _fault('the scope is ' . ($scope // 'missing'))
        if ($scope // '') ne join '/', substr($e->{date}, 0, 8), $o->{service},
                                       'aws4_request';
    _fault("the region set $e->{region_set} has no $o->{region}")
        if !covers($e->{region_set}, $o->{region});

    my $set = $o->{credentials}{$access_key}
              // _fault("the access key is $access_key");

    _fault('the token is ' . ($e->{token} // 'missing'))
        if ($e->{token} // '') ne ($set->{session_token} // '');

    # DER of two numbers of up to 33 bytes

    _fault("the signature is $e->{signature}")
        if $e->{signature} !~ /\A30(?:[0-9a-f]{2}){7,71}\z/;

    $e->{access_key} = $access_key;
    $e->{secret_key} = $set->{secret_key};
    $e->{scope} = $scope;
}


sub _signed {
    my ($o, $e) = @_;

    my @names = split /;/, $e->{signed_headers}, -1;
    my %signed = map { $_ => 1 } @names;

    _fault("the signed headers are $e->{signed_headers}")
        if join(';', sort map { lc } keys %signed) ne $e->{signed_headers};

    for my $name (@names) {
        _fault("$name is signed and was not sent")
            unless defined $e->{header}{$name};
    }

    for my $name (sort keys %{ $e->{header} }) {
        _fault("$name is not signed")
            if $name =~ /^(?:host$|x-amz-)/ && !$signed{$name};
    }

    $e->{canonical_request} = canonical_request(
        method  => $o->{method},
        path    => $e->{path},
        query   => $e->{signed_query},
        headers => [grep { $signed{ lc $_->[0] } } @{ $e->{headers} }],
        payload => $e->{payload},
    );

    $e->{string_to_sign} = join "\n", ALGORITHM, $e->{date}, $e->{scope},
        Digest::SHA::sha256_hex($e->{canonical_request});
}


1;
