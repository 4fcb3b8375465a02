package S3O::Fuzz::Http2;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Exchanges over HTTP/2: the requests of S3O::Fuzz::Http1 on streams of a
# connection, which t/fuzz-server/h2.py sends as they should be, with names and
# values that no header should have, or with frames that are none.

use strict;
use warnings;

use parent qw(S3O::Fuzz::Http1);

use Carp qw(croak);
use File::Basename ();
use IPC::Open2 qw(open2);

use S3O::Clients qw(debian_python);
use S3O::Hostile qw(pick bytes);
use S3O::Process qw(capture find_program);

use constant STREAMS => 12;

my $script = File::Basename::dirname(__FILE__)
             . '/../../../fuzz-server/h2.py';


# why it cannot be used, or ''

sub reason {
    my $python = debian_python();

    return "$python is not there" unless find_program($python);
    return (capture([$python, '-c', 'import hpack, hyperframe']))[0]
           ? "$python has no hpack or no hyperframe" : '';
}


sub new {
    my ($class, %o) = @_;

    my $self = $class->SUPER::new(%o);

    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;

    $self->{pid} = open2($self->{out}, $self->{in}, debian_python(), '-W',
                         'ignore', $script, $o{port});

    return $self;
}


sub exchange {
    my ($self, $take) = @_;

    my $kind = pick(qw(sure sure sure sure names names odd reset mutate mutate
                       cut));
    my @requests = map { $self->make_request() } 1 .. 1 + int rand STREAMS;
    my @headers = map { [_headers($_, $kind)] } @requests;

    _spoil($_) for grep { $kind eq 'names' && rand() < 0.7 } @headers;

    my ($ended, $answers) = $self->_ask($kind, \@headers, \@requests);

    $take->(undef, fault => $ended) if $ended =~ /^broken/;
    $take->(undef, fault => 'no answer', text => "$kind: "
            . join "\n", map { "@$_" } map { @$_ } @headers)
        if $kind eq 'sure' && $ended eq 'silent';

    my @lines = map { [map { "$_->[0]: $_->[1]" } @$_] } @headers;

    # one byte more in a block changes what later blocks of a connection mean

    my $unknown = $kind eq 'mutate' || $kind eq 'odd';

    for my $n (sort { $a <=> $b } keys %$answers) {
        my $q = $n % 2 ? $requests[($n - 1) / 2] : undef;

        $take->($answers->{$n}, unknown => $unknown,
                sent => $q && !$unknown ? $lines[($n - 1) / 2]
                                        : [map { @$_ } @lines],
                clean => $q && $kind eq 'sure' ? S3O::Fuzz::Http1::_clean($q)
                                               : undef);
    }

    return scalar @requests;
}


# of a request, as pairs

sub _headers {
    my ($q, $kind) = @_;

    # what goes out without a WINDOW_UPDATE of the server

    $q->{body} = substr $q->{body}, 0, 60000;

    my @pairs = ([':method', $q->{method}], [':scheme', 'http'],
                 [':path', S3O::Fuzz::Http1::uri($q)]);

    for my $line (@{ $q->{lines} }) {
        my ($name, $value) = $line =~ /^([^:]*): ?(.*)$/s or next;

        # no client has them; the first Host is the authority

        next if $name =~ /^(?:connection|upgrade|te|)$/i;
        $name = ':authority' if lc $name eq 'host' && @pairs == 3;
        push @pairs, [lc $name, $value =~ s/^[ \t]+|[ \t]+$//gr];
    }

    push @pairs, ['content-length', length $q->{body}]
        if length $q->{body} && rand() < 0.5;

    if ($kind eq 'sure') {
        my $mark = S3O::Fuzz::Http1::mark($q);

        push @pairs, [$mark =~ /^([^:]+): (.*)$/] if defined $mark;
    }

    return @pairs;
}


# names, values and orders that there should not be

sub _spoil {
    my ($pairs) = @_;

    my @odd = ([':path', '/proxy-get/other'], [':method', 'PUT'],
               [':unknown', 'a'], ['transfer-encoding', 'chunked'],
               ['connection', 'x-amz-meta-a'], ['te', 'x'],
               ['host', "a\r\nx-amz-acl: public-read"], ['X-Amz-Acl', 'a'],
               ['x-b', "b\r\nx-amz-acl: public-read"], ['x-b', "b\0c"],
               ["x-b: c\r\nx-amz-acl", 'public-read'], ["x b", 'c'],
               ['content-length', pick('5', '-1', '0', '99999', '1 1', '')],
               ['content-type', "a\nb"], ['x-amz-meta-a', " \r\n b"],
               ['x_amz_acl', 'public-read'], ['x-amz-meta-a', bytes(20)],
               ['cookie', 'a=b'], ['cookie', 'c=d'], ['', 'a'],
               [':path', "/proxy-put/a b"], [':path', "/proxy-put/a\r\nb: c"],
               [':path', ''], [':method', "GET /proxy-get/x HTTP/1.1\r\na:"],
               [':authority', "a\r\nb: c"], [':scheme', 'x' x 300]);

    for (1 .. 1 + int rand 3) {
        my $at = int rand 1 + @$pairs;
        my $kind = rand();

        if ($kind < 0.6) {
            splice @$pairs, $at, 0, pick(@odd);

        } elsif ($kind < 0.7 && @$pairs > 1) {
            splice @$pairs, $at, 1;

        } elsif ($at < @$pairs) {
            my ($name, $value) = @{ $pairs->[$at] };

            substr $value, rand 1 + length $value, 0,
                   pick("\r\n", "\n", "\0", ' ', '%', '..', bytes(5));
            $pairs->[$at] = [$name, $value];
        }
    }
}


# request(method =>, uri =>, headers => [name => value, ...], body =>): the
# response of a server that is asked well, on a connection of its own; "refused"
# where it has ended that or the stream, and "hangs"

sub request {
    my ($self, %o) = @_;

    my @headers = ([':method', $o{method} // 'GET'], [':scheme', 'http'],
                   [':path', $o{uri}], [':authority', 'localhost']);
    my @more = @{ $o{headers} // [] };

    while (my ($name, $value) = splice @more, 0, 2) {
        push @headers, [lc $name, $value];
    }

    push @headers, ['content-length', length $o{body}] if defined $o{body};

    my ($ended, $answers) = $self->_ask('sure', [\@headers],
                                        [{ body => $o{body} // '' }], 1);
    my $r = $answers->{1};

    return $r if $r && $r->{complete};
    return $ended eq 'silent' ? 'hangs' : 'refused';
}


# (what became of the connection, {stream => parsed response})

sub _ask {
    my ($self, $kind, $headers, $requests, $seed) = @_;

    my @streams = map {
        join(',', map { join ':', map { unpack 'H*', $_ } @$_ }
                  @{ $headers->[$_] })
        . '/' . unpack 'H*', $requests->[$_]{body}
    } 0 .. $#$requests;

    $seed //= int rand 1 << 31;
    print { $self->{in} } join(' ', $kind, $seed, @streams), "\n";
    $self->{in}->flush();

    my %answers;

    while (defined(my $line = readline $self->{out})) {
        my ($n, $list, $body, $end)
            = $line =~ m{^(\d+) ([0-9a-f:,]+)/([0-9a-f]*) (\d)}
            or return ($line =~ s/\s+$//r, \%answers);

        $answers{$n} = _response($list, pack 'H*', $body);
        $answers{$n}{complete} = $end == 1;
    }

    croak 'h2.py has ended';
}


sub _response {
    my ($list, $body) = @_;

    my %r = (headers => {}, body => $body, raw => '');

    for my $pair (split /,/, $list) {
        my ($name, $value) = map { pack 'H*', $_ } split /:/, $pair, -1;

        push @{ $r{headers}{ lc $name } }, $value;
        $r{raw} .= "$name: $value\n";
    }

    $r{status} = $r{headers}{':status'}[0] // 0;
    $r{raw} .= "\n$body";

    return \%r;
}


sub DESTROY {
    my ($self) = @_;

    local $?;
    close $_ for grep { $_ } @$self{qw(in out)};
    waitpid $self->{pid}, 0 if $self->{pid};
}


1;
