package S3O::Hostile;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What hostile clients may come with: methods, paths, arguments and headers,
# many of which are none.  And what a location allows, as the tests understand
# it: forbidden() judges what was signed there.
#
# All of it is made with rand(), so that srand() repeats it.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(pick bytes make_method make_path make_args make_headers
    forbidden dropped);

my @names = qw(uploads uploadId partNumber list-type prefix delimiter max-keys
    versionId tagging acl delete versions X-Amz-Signature X-Amz-Date x-amz-acl
    X-Amz-Expires AWSAccessKeyId Signature response-content-type a uploadid
    continuation-token torrent x-id encoding-type fetch-owner part-number-marker
    start-after select restore policy marker key-marker);

my %operation = map { $_ => 1 } qw(uploads uploadId partNumber list-type
    versionId tagging acl delete versions torrent select restore policy);

my @header_names = ('Authorization', 'X-Amz-Date', 'x-amz-security-token',
    'x-amz-content-sha256', 'x-amz-copy-source', 'X-Amz-Acl', 'x-amz-meta-a',
    'X-AMZ-META-B', 'x_amz_acl', 'Content-Type', 'Connection', 'Range',
    'If-None-Match', 'Content-Encoding', 'Cookie', 'Content-MD5', 'TE',
    'Proxy-Authorization', 'Accept-Encoding', 'x-amz-decoded-content-length',
    'x-amz-trailer', 'X-Forwarded-For', 'Upgrade', 'a b', '', 'x-amz-', 'Host');


sub pick { return $_[int rand @_] }


sub bytes {
    my ($max, @set) = @_;

    return join '', map { @set ? pick(@set) : chr int rand 256 }
                    1 .. int rand $max + 1;
}


sub make_method {
    my $method = rand() < 0.9 ? pick(qw(GET GET GET HEAD PUT DELETE POST))
                 : pick(qw(PATCH OPTIONS get CONNECT TRACE PROPFIND X-Y),
                        'A' x int rand 200, bytes(10, 'A' .. 'Z', '_', '-'));

    return length $method ? $method : 'GET';
}


sub make_path {
    my $kind = rand();

    return 'a/b.txt' if $kind < 0.3;
    return '' if $kind < 0.4;
    return pick('a b', "\xc3\xa9", '%c3%a9', 'a%2fb', 'a//b', 'a/./b', '%2B+',
                'x/../y', "'();:@&=\$,~", '%25', '...') if $kind < 0.55;
    return join '/', map { pick('a', '..', '.', '', '...', '%2e%2e', '%2E',
                                'b c', '%00', '%2f', '%5c..', "\xc3\xa9",
                                '%c3%a9',
                                '%ff', "\xff", 'tenant', '%', '%2', '%zz', '+',
                                '%25', ';a=b', ':', '@', '%0d%0a', '%7f', '~') }
                     1 .. 1 + int rand 6 if $kind < 0.7;
    return join '', map { sprintf '%%%02x', int rand 256 } 1 .. rand 40
        if $kind < 0.8;
    return bytes(60) if $kind < 0.9;
    return bytes(1500, 'a' .. 'z', '/') if $kind < 0.97;
    return 'x' x int rand 9000;
}


# make_args(prefix of the keys that may be listed)

sub make_args {
    my ($prefix) = @_;

    my $kind = rand();

    return '' if $kind < 0.5;
    return '?' . bytes(80) if $kind < 0.55;
    return '?' . pick('uploads', 'uploads=', 'uploadId=u',
                      'uploadId=u&partNumber=1', 'partNumber=1',
                      'list-type=2', "list-type=2&prefix=${prefix}a",
                      'list-type=2&prefix=other', 'versionId=3',
                      'list-type=2&prefix=', 'list-type=2&list-type=2',
                      'uploadId=u&uploadId=v', 'partNumber=0&uploadId=u')
        if $kind < 0.75;

    my $n = $kind > 0.97 ? 120 + int rand 20 : 1 + int rand 5;

    return '?' . join pick('&', '&', '&', '&&', ';'), map {
        my $name = pick(@names);
        $name =~ s/(.)/sprintf '%%%02X', ord $1/e if rand() < 0.1;
        $name . pick('', '=', '=1', '=a%20b', '=%', '=%00', '=+', '==',
                     '=' . bytes(20), '=2')
    } 1 .. $n;
}


# lines

sub make_headers {
    my @lines;

    push @lines, 'Host: ' . (rand() < 0.97 ? 'a'
                             : pick('b:80', '', 'a b', bytes(5)))
        unless rand() < 0.01;

    for (1 .. (rand() < 0.5 ? 0 : int rand 6)) {
        my $value = pick('', 'a', 'a  b', " \ta\t ", '*', 'bytes=0-1', '"e"',
                         'aws-chunked', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
                         'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'close',
                         'x-amz-meta-a, host', 'gzip', "\xff\xfe", 'x' x 3000,
                         bytes(30, map { chr } 9, 32 .. 255));

        my $name = pick(@header_names);

        next if $name eq 'Host' && rand() < 0.9;

        $value =~ tr/\r\n//d unless rand() < 0.02;
        push @lines, "$name: $value";
    }

    push @lines, 'Accept: */*' for 1 .. (rand() < 0.01 ? 150 : 0);

    return @lines;
}


# dropped(the query as it was sent, what was verified): what asks for another
# operation must not be left out in silence

sub dropped {
    my ($query, $v) = @_;

    my %signed_args = map { $_->[0] => 1 } @{ $v->{query} };

    return map { "dropped $_" } grep { $operation{$_} && !$signed_args{$_} }
           map { s/=.*//sr =~ tr/+/ /r =~ s/%(..)/chr hex $1/ger }
           split /&/, $query // '';
}


# forbidden(what the location allows, method, what was verified): what it does
# not allow in a method, key and query.  It allows methods and args; and
# multipart, list, operations => names; prefix is that of its keys, and params
# are arguments that the location adds.

sub forbidden {
    my ($a, $method, $v) = @_;

    my $prefix = $a->{prefix};
    my %arg = map { $_->[0] => $_->[1] }
              grep { $_->[0] !~ /^X-Amz-(?:Algorithm|Credential|Date|Expires
                     |Region-Set|SignedHeaders|Security-Token|Signature)$/x }
              @{ $v->{query} };

    my $is = join ' ', $method, sort keys %arg;

    # a listing of what is below

    return listing($a, $method, $v->{key}, \%arg) ? () : "bucket: $is"
        if $v->{key} eq '' || exists $arg{'list-type'};

    return "key $v->{key}" unless $v->{key} =~ m{^\Q$prefix\E}
                                  && $v->{key} !~ m{(?:^|/)\.\.?(?:/|$)}
                                  && $v->{key} !~ /[\0-\x1f\x7f]/;

    return () if $a->{multipart}
        && $is =~ /^(?:POST[ ]uploads|PUT[ ]partNumber[ ]uploadId
                    |(?:POST|DELETE)[ ]uploadId|GET[ ](?:encoding-type[ ])?
                    (?:max-parts[ ])?(?:part-number-marker[ ])?uploadId)$/x;

    return () if $a->{operations}
        && $is =~ /^(?:GET|PUT)[ ]tagging(?:[ ]versionId)?$/x;

    return "method $is" unless grep { $_ eq $method } @{ $a->{methods} };

    my %named = map { $_ => 1 } @{ $a->{args} }, @{ $a->{params} // [] };
    my @other = grep { !$named{$_} } sort keys %arg;
    my @lost = grep { !exists $arg{$_} } @{ $a->{params} // [] };

    return ((@other ? "arguments @other" : ()), (@lost ? "no @lost" : ()));
}


# one that the location allows, and of what is below its prefix

sub listing {
    my ($a, $method, $key, $arg) = @_;

    my %own = map { $_ => 1 } qw(prefix delimiter max-keys encoding-type);
    my @other = grep { !$own{$_} } sort keys %$arg;

    return 0 if !$a->{list} || $key ne '';

    # a HEAD that is proxied has the prefix, as a cache makes a GET of it

    return "@other" eq '' && keys %$arg <= exists $arg->{prefix}
        if $method eq 'HEAD';

    return 0 if $method ne 'GET'
                || ($arg->{prefix} // '') !~ m{^\Q$a->{prefix}\E};

    return 1 if "@other" =~ /^(?:marker)?$/;
    return $arg->{'list-type'} eq '2'
           && !grep { !/^(?:continuation-token|fetch-owner|list-type
                          |start-after)$/x } @other
        if exists $arg->{'list-type'};

    return $a->{operations}
           && "@other" =~ /^(?:key-marker )?(?:uploads|versions)$/;
}


1;
