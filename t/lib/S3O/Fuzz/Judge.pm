package S3O::Fuzz::Judge;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Is an answer, or a request that came to the Outpost, what its location
# allows?  S3O::SigV4 verifies the signatures, S3O::Fuzz::Places says what is
# allowed, and nothing here knows the module.
#
#     my $judge = S3O::Fuzz::Judge->new(credentials => {...}, ecdsa => sub);
#     my @faults = $judge->answer($r, sent => [header lines], ...);
#     my @faults = $judge->forwarded($_) for $s3->requests();

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use JSON::PP ();

use S3O::Fuzz::Places qw(place_of arn_of REGION);
use S3O::Hostile qw(forbidden dropped);
use S3O::Presigned qw(parse_url);
use S3O::SigV4 qw(uri_decode);

# what S3 must refuse of what a client may send under a right signature

my $clients_fault = qr/^(?:BadDigest|IncompleteBody|MissingContentLength)$/;
my $framing = qr/^(?:a\ chunk\ |bad\ chunk\ header|bad\ trailer\ line
                 |a\ trailer\ that|no\ empty\ line|The\ decoded\ length)/x;

# of headers that ask for what happens anyway

my %harmless = (
    'x-amz-acl' => qr/^(?:private|bucket-owner-full-control)$/,
    'x-amz-storage-class' => qr/^(?:OUTPOSTS|STANDARD)$/,
    'x-amz-server-side-encryption' => qr/^AES256$/,
    'x-amz-tagging' => qr/^$/,
    'x-amz-expected-bucket-owner' => qr/^\d{12}$/,
);


sub new {
    my ($class, %o) = @_;

    return bless { %o, token => (values %{ $o{credentials} })[0]
                                {session_token},
                   secret => (values %{ $o{credentials} })[0]{secret_key} },
                 $class;
}


# answer(a parsed response, sent => the header lines of the request, or of all
# that it could have been, unknown => 1 where nobody knows what names and values
# the server has read, clean => {method, path, query} where there is no doubt
# which one it was): what is wrong.  What it signed is counted in signed; where
# it signed an unknown header, in undecided.

sub answer {
    my ($self, $r, %o) = @_;

    my $h = $r->{headers};
    my $said = ($h->{'content-type'}[0] // '') =~ m{^application/json}
               && $r->{body} =~ /^\{"url"/
               ? eval { JSON::PP::decode_json($r->{body}) } : undef;
    my $location = $h->{location}[0];
    my $url = $said ? $said->{url} : $location // $h->{'x-url'}[0];
    my @wrong = $self->_told($r, $url);

    return @wrong unless defined $url;

    # a page of nginx's own: the folder of a location, with its slash

    return @wrong if $r->{status} == 301;

    my $u = eval { parse_url($url) } or return (@wrong, "not a URL: $url");
    my $place = place_of($u->{host}) // return "a host of nobody: $u->{host}";

    return "$place->{name} answers where " . ($h->{'x-where'}[0] // 'nobody')
           . ' was asked' if ($h->{'x-where'}[0] // '') ne $place->{name};

    my $method = $said ? $said->{method} : $h->{'x-seen-method'}[0];
    my $v = $self->_verified($u, $method, $r, $said, %o);

    return () if !$v;
    return "$v->{code} $v->{message} $url" unless $v->{ok};

    $self->{signed}++;
    push @{ $self->{sample} }, $self->_oracle_item($u, $method, $v)
        if !@{ $self->{sample} // [] } || rand() < 0.01;

    push @wrong, "$u->{scheme}" if $u->{scheme} ne 'https';
    push @wrong, "expires in $v->{expires}"
        if $v->{expires} != $place->{expires};

    return (@wrong, $self->_allowed($place, $method, $v),
            $self->_names($place, $v),
            $o{clean} ? _meant($place, $v, %{ $o{clean} }) : (),
            $place->{mode} eq 'on' ? $self->_authorization($u, $r, $v) : ());
}


# nothing but a URL and an Authorization header tells of credentials

sub _told {
    my ($self, $r, $url) = @_;

    my $raw = $r->{raw};

    return 'the secret is told' if index($raw, $self->{secret}) >= 0;
    return 'something is told'
        if !defined $url && $raw =~ /Signature=[0-9a-f]{64}|\Q$self->{token}\E/;
    return ();
}


# what the verifier says, with the values of the headers that were signed: the
# client's, whichever of several it was

sub _verified {
    my ($self, $u, $method, $r, $said, %o) = @_;

    my ($target) = $u->{url} =~ m{^\w+://[^/]+(.*)$};
    my @names = grep { $_ ne 'host' }
                split /;/, $u->{args}{'X-Amz-SignedHeaders'} // '';
    my @ways = _ways(\@names, $r, $said, $o{sent});
    my $first;

    for my $way (@ways) {
        my $v = S3O::SigV4::verify(
            method => $method, target => $target, host => $u->{host},
            headers => [['host', $u->{host}], @$way],
            credentials => $self->{credentials}, region => REGION,
            $self->{ecdsa} ? (ecdsa => $self->{ecdsa}) : ());

        $v->{sent} = $way;
        return $v if $v->{ok};
        $first //= $v;
    }

    # S3 may refuse the client's own, which is repeated there

    return undef if $first->{message} =~ /^Repeated header: content-/;
    return $first unless $o{unknown} && @names;

    $self->{undecided}++;

    return undef;
}


# lists of pairs that may be right

sub _ways {
    my ($names, $r, $said, $sent) = @_;

    return [map { my $value = $said->{headers}{$_} // return;
                  utf8::encode($value);
                  [$_ => $value] } @$names] if $said;

    my %seen = ('content-type' => 'x-seen-type', 'x-amz-meta-a' => 'x-seen-a',
                'x-amz-meta-b' => 'x-seen-b', 'content-md5' => 'x-seen-md5');
    my @ways = ([]);

    for my $name (@$names) {
        my @values = map { /^([^:]*?)[ \t]*:[ \t]*(.*?)[ \t]*\r?$/s
                           && lc($1) =~ tr/_/-/r eq $name ? $2 : () }
                     @{ $sent // [] };
        my @seen = grep { defined } map { $r->{headers}{$_}[0] }
                   $seen{$name} // ();
        my %had;

        # of a line that is a name without a colon nginx makes a header with an
        # empty value, and no line of that form is among the values

        my @choices = grep { !$had{ join "\0", scalar @$_, @$_ }++ }
                      [@values], (map { [$_] } @seen), _runs(@values), [''];

        @ways = map { my $way = $_;
                      map { [@$way, map { [$name, $_] } @$_] } @choices }
                @ways;
        splice @ways, 64;
    }

    return @ways;
}


# those of one request, where the lines of several are known

sub _runs {
    my @values = @_;

    return map { my $n = $_; map { [@values[$_ .. $_ + $n - 1]] }
                             0 .. @values - $n }
           1 .. (@values < 5 ? @values : 5);
}


# the algorithm, the operation, and the form of the payload

sub _allowed {
    my ($self, $place, $method, $v) = @_;

    my @wrong = forbidden($place, $method, $v);
    my $algorithm = $place->{algorithm} eq 'sigv4' ? 'AWS4-HMAC-SHA256'
                                                   : 'AWS4-ECDSA-P256-SHA256';
    my %payload = (
        unsigned  => qr/^(?:STREAMING-)?UNSIGNED-PAYLOAD(?:-TRAILER)?$/,
        signed    => qr/^[0-9a-f]{64}$/,
        streaming => qr/^(?:[0-9a-f]{64}
                        |STREAMING-AWS4-(?:HMAC|ECDSA-P256)-SHA256-PAYLOAD)$/x,
    );

    push @wrong, "algorithm $v->{algorithm}" if $v->{algorithm} ne $algorithm;
    push @wrong, "payload $v->{payload}"
        if $v->{payload} !~ $payload{ $place->{payload} };

    return @wrong;
}


# no header has a meaning that the location does not allow

sub _names {
    my ($self, $place, $v, @sent) = @_;

    my %value = map { lc $_->[0] => $_->[1] } @sent ? @sent : @{ $v->{sent} };
    my %names = map { $_ => 1 } split(/;/, $v->{signed_headers}),
                grep { /^x-amz-/ } keys %value;
    my @wrong;

    for my $name (sort keys %names) {
        next if $name =~ /^(?:host|content-type|content-md5|x-amz-meta-.*
                          |x-amz-checksum-\w+|x-amz-sdk-checksum-algorithm)$/x;
        next if @sent && $name =~ /^(?:x-amz-date|x-amz-content-sha256
                                   |x-amz-security-token|content-encoding|content-length)$/x;
        next if @sent && $name =~ /^(?:x-amz-trailer
                                   |x-amz-decoded-content-length)$/x
                && $v->{payload} =~ /^STREAMING/;
        next if @sent && $name eq 'x-amz-region-set'
                && $place->{algorithm} eq 'sigv4a';
        next if $place->{copy}
                && $name =~ /^x-amz-(?:copy-source.*|(?:metadata|tagging)
                             -directive)$/x;
        next if !@sent && $harmless{$name}
                && ($value{$name} // '') =~ $harmless{$name};

        push @wrong, "header $name: " . ($value{$name} // '');
    }

    push @wrong, _source($place, $value{'x-amz-copy-source'})
        if defined $value{'x-amz-copy-source'};

    return @wrong;
}


# within what the location shows

sub _source {
    my ($place, $source) = @_;

    my $text = uri_decode($source) =~ s{^/}{}r;
    my $arn = arn_of($place->{name}) . '/object/';

    return () if $text =~ m{^\Q$arn\E\Q$place->{prefix}\E}
                 && $text !~ m{(?:^|/)\.\.?(?:/|$)} && $text !~ /\?/;
    return "copies from $source";
}


# it is the request that was sent, and no other

sub _meant {
    my ($place, $v, %clean) = @_;

    my @wrong = dropped($clean{query}, $v);

    push @wrong, "$v->{method} instead of $clean{method}"
        if defined $v->{method} && $v->{method} ne $clean{method};

    return @wrong if ($place->{key} // '') =~ /arg_key/ || $v->{key} eq '';

    my $key = $place->{prefix} . uri_decode($clean{path});

    push @wrong, "the key $v->{key} instead of $key" if $v->{key} ne $key;

    return @wrong;
}


# the header form of the same request, in mode "on"

sub _authorization {
    my ($self, $u, $r, $url) = @_;

    my $h = $r->{headers};
    my ($path, $query) = $u->{url} =~ m{^\w+://[^/]+([^?]*)\??(.*)$};
    my $own = join '&', grep { !/^X-Amz-/ } split /&/, $query;
    my $four_a = $url->{algorithm} =~ /ECDSA/;

    my $v = S3O::SigV4::verify(
        method => $h->{'x-seen-method'}[0], host => $u->{host},
        target => $path . (length $own ? "?$own" : ''),
        headers => [['host', $u->{host}], @{ $url->{sent} },
                    ['authorization', $h->{'x-auth'}[0] // ''],
                    ['x-amz-date', $h->{'x-date'}[0] // ''],
                    ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
                    ['x-amz-security-token', $self->{token}],
                    $four_a ? ['x-amz-region-set', '*'] : ()],
        credentials => $self->{credentials}, region => REGION,
        $self->{ecdsa} ? (ecdsa => $self->{ecdsa}) : ());

    return $v->{ok} ? () : "Authorization: $v->{code} $v->{message}";
}


# forwarded(one of the Outpost's requests): what is wrong with it.  A request
# of which there is no doubt bears what was meant: x-fuzz is the method, the
# rest of the path in hex digits and the hash of the body.

sub forwarded {
    my ($self, $r) = @_;

    my $message = $r->{message} // '';
    my $passed_on = ($r->{payload} // '')
                    eq 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

    return "$r->{verdict} $message\n$r->{raw_head}"
        unless $r->{verdict} eq 'ok' || $r->{verdict} =~ $clients_fault
               || $message =~ /^Repeated header: (?:content-|range)/
               || ($r->{malformed} // '') =~ /^header line/
               || ($passed_on && $message =~ $framing);

    return () if $r->{malformed};

    my $place = place_of($r->{header}{host})
                // return "a host of nobody\n$r->{raw_head}";

    $self->{forwarded}{ $place->{name} }++;

    my %signed = map { $_ => 1 } split /;/, $r->{signed_headers} // '';
    my @wrong = $place->{mode} eq 'proxy' ? () : "$place->{name} forwards";

    # where a header is there twice nothing was verified

    push @wrong, $self->_allowed($place, $r->{method}, $r),
                 $self->_names($place, $r, @{ $r->{headers} })
        if defined $r->{payload} && defined $r->{signed_headers};

    push @wrong, 'the content type is not signed'
        if defined $r->{header}{'content-type'} && !$signed{'content-type'}
           && defined $r->{signed_headers};
    push @wrong, 'cookies' if defined $r->{header}{cookie};
    push @wrong, 'the header of the location is not there'
        if $place->{header} && defined $r->{signed_headers}
           && (($r->{header}{'x-amz-meta-place'} // '') ne $place->{name}
               || !$signed{'x-amz-meta-place'});
    push @wrong, _marked($place, $r);

    return map { "$_\n$r->{raw_head}" } @wrong;
}


sub _marked {
    my ($place, $r) = @_;

    my ($method, $hex, $sha) = ($r->{header}{'x-fuzz'} // '')
        =~ /^(\S+) ([0-9a-f]*) ([0-9a-f]*)$/ or return ();

    my @wrong = defined $r->{key}
                ? _meant($place, $r, method => $method,
                         path => pack 'H*', $hex) : ();

    push @wrong, 'another body' if length $sha && $r->{verdict} eq 'ok'
                                   && defined $r->{body}
                                   && sha256_hex(_data($r)) ne $sha;
    return @wrong;
}


# without the framing that the module has put round it

sub _data {
    my ($r) = @_;

    return $r->{body} unless $r->{payload} =~ /^STREAMING-AWS4/;

    my ($data, $left) = ('', $r->{body});

    while ($left =~ s/^([0-9a-fA-F]+);[^\r\n]*\r\n// && hex $1) {
        $data .= substr $left, 0, hex $1, '';
        $left =~ s/^\r\n//;
    }

    return $data;
}


# what botocore signs to compare: it knows SigV4, text, and each name once

sub _oracle_item {
    my ($self, $u, $method, $v) = @_;

    my %had;

    return () if $v->{algorithm} ne 'AWS4-HMAC-SHA256'
        || grep { $had{ lc $_->[0] }++ || $_->[1] =~ /[^ -~]/ }
           @{ $v->{query} }, @{ $v->{sent} };

    my $set = $self->{credentials}{ $v->{access_key} };

    return { form => 'query', method => $method, host => $u->{host},
             key => $v->{key}, date => $v->{date}, expires => $v->{expires},
             region => REGION, access_key => $v->{access_key},
             secret_key => $set->{secret_key},
             session_token => $set->{session_token},
             query => [grep { $_->[0] !~ /^X-Amz-/ } @{ $v->{query} }],
             headers => $v->{sent}, expected => $v->{signature} };
}


1;
