package S3O::Fuzz::Http1;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Exchanges over HTTP/1.1: some requests on a connection, as they should be, in
# slow pieces, cut off, mutated, or with a framing that contradicts itself.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Time::HiRes qw(sleep time);

use S3O::Fuzz::Places qw(arn_of);
use S3O::Hostile qw(pick bytes make_method make_path make_args make_headers);
use S3O::HTTP;

# what a request that is in doubt is given for its answers, and how long nothing
# may come until it has none

use constant { WAIT => 30, DOUBT => 2, SILENCE => 0.06 };


# new(places => [...], port =>)

sub new {
    my ($class, %o) = @_;

    return bless { %o }, $class;
}


# A request in parts: where, method, path (behind the location), query, lines,
# body; marked where there is no doubt how it reads.

sub make_request {
    my ($self, $places) = @_;

    my $place = pick(@{ $places // $self->{places} });
    my %q = (place => $place, path => make_path(), query => '', lines => [],
             body => '', method => rand() < 0.7
                                   ? pick(@{ $place->{methods} })
                                   : make_method());

    if (($place->{key} // '') =~ /arg_key/) {

        # nginx resolves no segments of an argument

        $q{path} = pick('a/../b', '../a', 'a/./b', '..', 'a/..', '%2e%2e/a')
            if rand() < 0.2;
        $q{query} = '?key=' . $q{path} =~ tr/#&//dr
                    . ($place->{name} =~ /method/
                       ? '&method=' . pick('GET', 'PUT', '', 'DELETE') : '');
        $q{path} = '';

    } elsif (rand() < 0.2) {
        ($q{method}, $q{query}) = _operation($place);
        $q{path} = '' if $q{query} =~ /prefix|^uploads=$/;

    } else {
        $q{query} = rand() < 0.5 ? '' : make_args($place->{prefix});
    }

    # what ends the request line, or begins it anew, and what is cut off

    for (@q{qw(path query)}) {
        tr/\r\n \0//d;
        tr/?#//d if rand() < 0.5;
    }

    $q{query} = "?$q{query}" if length $q{query} && $q{query} !~ /^\?/;
    $q{lines} = [map { tr/\r\n\0//dr } rand() < 0.6 ? _tame() : make_headers()];
    push @{ $q{lines} }, 'x-amz-copy-source: ' . _source($place)
        if $place->{copy} && rand() < 0.6;

    my $payload = join "\n", @{ $q{lines} };

    $q{body} = rand() < 0.9 ? bytes(300) : bytes(40) x (1 + int rand 4000)
        if $q{method} =~ /^(?:PUT|POST)$/;
    $q{sure} = $payload !~ /aws-chunked|STREAMING/;

    return \%q;
}


# what is an operation for some locations, and none for others

sub _operation {
    my ($place) = @_;

    my $prefix = pick($place->{prefix}, $place->{prefix}, 'other/') . 'a';

    return @{ pick(['GET', 'list-type=2'], ['GET', "prefix=$prefix"],
                   ['GET', "list-type=2&prefix=$prefix&delimiter=/"],
                   ['HEAD', ''], ['POST', 'uploads='], ['GET', 'uploadId=u'],
                   ['PUT', 'uploadId=u&partNumber=7'], ['POST', 'uploadId=u'],
                   ['DELETE', 'uploadId=u'], ['GET', 'tagging'],
                   ['PUT', 'tagging='], ['GET', "versions&prefix=$prefix"],
                   ['GET', 'uploads='], ['GET', 'versionId=1&partNumber=2'],
                   ['POST', 'delete'], ['GET', 'acl']) };
}


# headers that a request may have

sub _tame {
    my $host = 'Host: ' . pick('a', 'localhost');

    return ($host, map { pick('x-amz-meta-a: ' . pick('1', ' a  b ', "\xe9"),
                              'X-Amz-Meta-B: b', 'Content-Type: text/plain',
                              'Authorization: Basic YTpi', 'Cookie: a=b',
                              'If-None-Match: "e"', 'Accept: */*', 'TE: gzip',
                              'Connection: keep-alive, x-b', 'X-B: b',
                              'Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==',
                              'x-amz-acl: private', 'amz-sdk-request: 1',
                              'x-amz-tagging: a=b', 'x-amz-acl: public-read',
                              'X-Amz-Meta-Place: other', 'Range: bytes=0-1') }
                   1 .. int rand 4);
}


sub _source {
    my ($place) = @_;

    my ($name, $prefix) = @$place{qw(name prefix)};
    my $arn = arn_of($name);

    return pick("/bucket/$name/a", "bucket/$name/a%20b", "/bucket/$name/../x",
                "/other/$name/a", "/bucket/proxy-get/a", "bucket/$name/",
                "$arn/object/${prefix}a", "$arn/object/other/a",
                "/bucket/$name/a?versionId=1", "/bucket/$name/" . make_path())
           =~ tr/\r\n\0//dr;
}


# the mark by which the request is known at the Outpost

sub mark {
    my ($q) = @_;

    return if length $q->{path} > 1024 || $q->{path} =~ /[?#]/;

    return "x-fuzz: $q->{method} " . unpack('H*', $q->{path}) . ' '
           . ($q->{sure} ? sha256_hex($q->{body}) : '');
}


sub uri {
    my ($q) = @_;

    return "/$q->{place}{name}/$q->{path}$q->{query}";
}


# as bytes

sub _text {
    my ($q, @framing) = @_;

    my @lines = (@{ $q->{lines} }, $q->{marked} ? mark($q) : ());
    my $body = $q->{body};

    if (@framing) {
        push @lines, @framing;

    } elsif (length $body && rand() < 0.2) {
        push @lines, 'Transfer-Encoding: chunked';
        $body = _chunks($body);

    } elsif (length $body) {
        push @lines, 'Content-Length: ' . length $body;
    }

    my $host = rand() < 0.03
               ? 'http://' . pick('a', 'localhost:1', '[::1]') : '';

    return "$q->{method} $host@{[ uri($q) ]} HTTP/"
           . (rand() < 0.97 ? '1.1' : '1.0') . "\r\n"
           . join('', map { "$_\r\n" } @lines) . "\r\n" . $body;
}


sub _chunks {
    my ($left) = @_;

    my $out = '';

    while (length $left) {
        my $piece = substr $left, 0, 1 + int rand 5000, '';
        $out .= sprintf "%x\r\n%s\r\n", length $piece, $piece;
    }

    return "${out}0\r\n\r\n";
}


# one exchange: the number of requests that were sent; answers go to the sub,
# as what S3O::Fuzz::Judge's answer() takes

sub exchange {
    my ($self, $take) = @_;

    my $kind = rand();
    my @requests = map { $self->make_request() } 1 .. 1 + int rand 12;

    return $self->_in_order($take, @requests) if $kind < 0.45;
    return $self->_at_once($take, @requests) if $kind < 0.6;
    return $self->_in_doubt($take, 2, $self->_conflict()) if $kind < 0.75;
    return $self->_in_doubt($take, 1, _garbage()) if $kind < 0.77;

    splice @requests, 3;

    my $all = join '', map { _text($_) } @requests;

    return $self->_in_doubt($take, scalar @requests,
                            $kind < 0.92 ? _mutate($all)
                                         : substr $all, 0, rand length $all);
}


sub _connect { return S3O::HTTP->connect(port => $_[0]{port}) }


# each when the one before was answered

sub _in_order {
    my ($self, $take, @requests) = @_;

    my ($c, $sent) = (undef, 0);

    for my $q (@requests) {
        $c //= $self->_connect();
        $q->{marked} = 1;

        my $text = _text($q);

        rand() < 0.1 ? _in_pieces($c, $text) : $c->write($text);
        $sent++;

        my $r = $self->_answer($c, $q, $take);

        $take->(undef, fault => 'no answer', text => $text)
            unless $r || $c->{eof} && $c->{served};

        if (!$r || ($r->{headers}{connection}[0] // '') ne 'keep-alive'
            || length $c->{buf})
        {
            $c->close();
            undef $c;
        }
    }

    $c->close() if $c;

    return $sent;
}


# all of them, before there is an answer

sub _at_once {
    my ($self, $take, @requests) = @_;

    my $c = $self->_connect();

    $_->{marked} = 1 for @requests;

    my $text = join '', map { _text($_) } @requests;

    rand() < 0.2 ? _in_pieces($c, $text) : $c->write($text);

    for my $q (@requests) {
        $self->_answer($c, $q, $take) or last;
    }

    $take->(undef, fault => 'no answer', text => $text)
        unless $c->{served} || $c->{eof};
    $c->close();

    return scalar @requests;
}


sub _answer {
    my ($self, $c, $q, $take) = @_;

    my $r = eval { $c->read_response(method => $q->{method}, timeout => WAIT) }
            // return undef;

    $c->{served}++;
    $take->($r, sent => $q->{lines}, clean => _clean($q),
            method => $q->{method});

    return $r;
}


# what there is no doubt of

sub _clean {
    my ($q) = @_;

    return undef if "$q->{path}$q->{query}" =~ /#|^[^?]*\?[^?]*\?/
                    || $q->{path} =~ /[?]/;
    return { method => $q->{method}, path => $q->{path},
             query => $q->{query} =~ s/^\?//r };
}


sub _in_pieces {
    my ($c, $text) = @_;

    my $pieces = 0;

    while (length $text) {
        my $n = ++$pieces > 20 ? length $text : 1 + int rand 200;

        $c->write(substr $text, 0, $n, '') or last;
        sleep 0.001;
    }
}


# bytes that may be any number of requests

sub _in_doubt {
    my ($self, $take, $count, $text) = @_;

    my $c = $self->_connect();
    my $end = time() + DOUBT;

    rand() < 0.1 ? _in_pieces($c, $text) : $c->write($text);

    # it ends when the server has closed, or where nothing more comes

    my $silence = rand() < 0.3 ? 0 : SILENCE;

    while (time() < $end) {
        my $had = length $c->{buf};
        my $until = time() + $silence;

        $c->fill($until < $end ? $until : $end);
        last if length $c->{buf} == $had;
    }

    my $all = $c->{buf};
    my @lines = split /\r?\n/, $text;

    $c->close();

    # as many answers as there are in it, whatever they answer

    while ($all =~ m{\G.*?(HTTP/1\.1 \d{3} .*?)(?=HTTP/1\.1 \d{3} |\z)}gs) {
        my $r = eval { S3O::HTTP::parse($1) } // next;

        $take->($r, sent => \@lines);
    }

    return $count;
}


# a body that is a request by itself, of a length that is in doubt

sub _conflict {
    my ($self) = @_;

    my @uploads = grep { grep { $_ eq 'PUT' } @{ $_->{methods} } }
                  @{ $self->{places} };
    my $q = $self->make_request(\@uploads);
    my $inner = _text($self->make_request());

    $q->{method} = pick('PUT', 'PUT', 'POST', 'GET');
    $q->{body} = rand() < 0.5 ? $inner : _broken_chunks($inner);

    my $n = pick(length $q->{body}, 0, 1, int rand 300, '+5', '-1', '0x5',
                 ' 7', '5 ', '18446744073709551616', '5, 6', '');
    my @te = map { "Transfer-Encoding: $_" }
             pick(['chunked'], ['xchunked'], ['chunked, identity'],
                  ['identity'], ['chunked', 'identity'], ["\tchunked"],
                  ['CHUNKED'], ['gzip, chunked'], ["chunked\0"])->@*;
    my @framing = pick(["Content-Length: $n", @te],
                       [@te, "Content-Length: $n"], \@te,
                       ["Content-Length: $n", 'Content-Length: '
                                              . length $q->{body}],
                       ["Content-Length: $n"], ["Transfer-Encoding : chunked"],
                       ["Content-Length : $n"], ["Content_Length: $n"],
                       ["Transfer-Encoding: chunked\r\n\tx"])->@*;

    push @framing, 'Expect: 100-continue' if rand() < 0.1;

    return _text($q, @framing) . _text($self->make_request());
}


sub _broken_chunks {
    my ($text) = @_;

    my $n = length $text;
    my $size = pick(sprintf('%x', $n), sprintf('%X', $n), sprintf('%x', $n + 2),
                    sprintf('%x', int $n / 2), sprintf('%x;a=b', $n),
                    sprintf(' %x', $n), sprintf('%x ', $n), 'ffffffffffffffff',
                    '-1', '', '0', sprintf('%09x', $n));

    return "$size" . pick("\r\n", "\r\n", "\n", '') . $text
           . pick("\r\n", "\r\n", '', "\n")
           . pick("0\r\n\r\n", "0\r\n", "0\r\nx-amz-acl: public-read\r\n\r\n",
                  "00000\r\n\r\n", '');
}


sub _mutate {
    my ($text) = @_;

    for (1 .. 1 + int rand 5) {
        my $at = int rand 1 + length $text;
        my $kind = rand();

        if ($kind < 0.3) {
            substr $text, $at, 1, chr int rand 256;

        } elsif ($kind < 0.45) {
            substr $text, $at, int rand 30, '';

        } elsif ($kind < 0.6) {
            substr $text, $at, 0, substr $text, rand length $text,
                                         int rand 60;

        } else {
            substr $text, $at, 0, pick("\r\n", "\n", "\r", "\0", ' ', ':', '?',
                "\r\n\r\n", "Content-Length: 5\r\n", '%00', '/../', '%2e%2e/',
                "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", '#', '&', '=',
                "\r\nx-amz-acl: public-read\r\n", "\r\n x", "\t", '%', '..',
                "GET /proxy-get/b HTTP/1.1\r\nHost: a\r\n\r\n",
                "x-amz-copy-source: /bucket/proxy-copy/a\r\n");
        }
    }

    return $text;
}


sub _garbage {
    return pick(bytes(300), "GET /redirect-get/k\r\n" . bytes(50),
                'GET /proxy-get/' . bytes(100) . " HTTP/9.9\r\n\r\n",
                "\x16\x03\x01" . bytes(100), "PRI * HTTP/2.0\r\n\r\n",
                "PUT /proxy-put/k HTTP/1.1\r\nHost: a\r\nTransfer-"
                . "Encoding: chunked\r\n\r\n" . bytes(20));
}


1;
