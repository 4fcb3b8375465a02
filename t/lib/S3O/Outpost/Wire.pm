package S3O::Outpost::Wire;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Reads requests byte for byte, and writes responses: the transport of
# S3O::Outpost::Server, over a connection of S3O::HTTP.

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use Time::HiRes qw(time);

use S3O::Outpost::Objects;

our @EXPORT_OK = qw(read_head read_body respond linger IDLE);

use constant IDLE => 60;
use constant MAX_HEAD => 131072;

my %reason = (200 => 'OK', 204 => 'No Content', 206 => 'Partial Content',
    304 => 'Not Modified', 307 => 'Temporary Redirect', 400 => 'Bad Request',
    403 => 'Forbidden', 404 => 'Not Found', 405 => 'Method Not Allowed',
    411 => 'Length Required', 412 => 'Precondition Failed',
    416 => 'Requested Range Not Satisfiable', 500 => 'Internal Server Error',
    501 => 'Not Implemented', 503 => 'Slow Down');


# closes only when the peer has stopped sending: a connection that is closed
# with unread data is reset, and the peer may not get the response

sub linger {
    my ($c) = @_;

    return if $c->{eof};

    # a TLS connection cannot be shut down in one direction: wait only if the
    # peer is known to be in the middle of a body

    return if $c->{ssl} && !$c->{unread};
    shutdown $c->socket(), 1 unless $c->{ssl};

    my $end = time() + 2;

    while ($c->fill($end)) {
        $c->{buf} = '';
    }
}


sub read_head {
    my ($c) = @_;

    my $end = time() + IDLE;

    while (index($c->{buf}, "\r\n\r\n") < 0) {
        return undef if length $c->{buf} > MAX_HEAD;
        $c->fill($end) or return undef;
    }

    my $pos = index $c->{buf}, "\r\n\r\n";
    my $head = substr $c->{buf}, 0, $pos + 4, '';
    my ($line, @lines) = split /\r\n/, $head;

    my %r = (headers => [], header => {}, raw_head => $head, time => time());

    $r{malformed} = 'request line'
        unless ($line // '') =~ m{\A([A-Z]+) (\S+) HTTP/1\.([01])\z};
    @r{qw(method target version)} = ($1 // '', $2 // '', '1.' . ($3 // 0));
    $r{malformed} //= 'bytes in request line' if $r{target} =~ /[^\x21-\x7e]/;

    for my $h (@lines) {
        my ($name, $value)
            = $h =~ /\A([!#\$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\z/s;

        if (!defined $name || $value =~ /[\x00-\x08\x0a-\x1f\x7f]/) {
            $r{malformed} //= "header line \"$h\"";
            next;
        }

        push @{ $r{headers} }, [$name, $value];
        $r{header}{ lc $name } //= $value;
    }

    return \%r;
}


# false when the peer stopped before the end; with "discard" the bytes of the
# body are only counted

sub read_body {
    my ($c, $r, $discard) = @_;

    my $h = $r->{header};

    $r->{body} = '';

    if (defined $h->{'transfer-encoding'}) {
        my %body = (body => '', raw => '', complete => 1);
        $c->read_chunked(\%body, time() + IDLE);
        $r->{body} = $body{body};
        $r->{chunked} = JSON::PP::true();
        return $body{complete};
    }

    my $length = $h->{'content-length'} // 0;
    return 0 unless $length =~ /^\d{1,15}$/;

    my @parts;
    my $got = length $c->{buf};

    # There is no limit while more arrives, as a gigabyte takes long.  Pieces
    # are joined once at the end: a growing buffer would be copied each time.

    while ($got < $length) {
        push @parts, $c->{buf} if length $c->{buf} && !$discard;
        $c->{buf} = '';
        last unless $c->fill(time() + IDLE);
        $got += length $c->{buf};
    }

    if ($discard) {
        $r->{received} = $got < $length ? $got : $length;
        $c->{buf} = $got > $length ? substr $c->{buf}, $length - $got : '';
        return $got >= $length;
    }

    $r->{body} = join '', @parts, $c->{buf};
    $c->{buf} = length $r->{body} > $length
                ? substr $r->{body}, $length, length $r->{body}, '' : '';

    return length $r->{body} == $length;
}


sub respond {
    my ($c, $r, $status, $headers, $body, $now, $keep) = @_;

    my @pairs = ('x-amz-id-2', 'q3Lk1+example/host+id=',
                 'x-amz-request-id', '4442587FB7D0A2F9',
                 'Date', S3O::Outpost::Objects::http_date($now),
                 @$headers, 'Server', 'AmazonS3');

    my %given = map { lc $_ => 1 } @pairs[grep { !($_ & 1) } 0 .. $#pairs];

    push @pairs, 'Content-Length', length $body
        unless $status == 204 || $status == 304 || $given{'content-length'}
               || $given{'transfer-encoding'};
    push @pairs, 'Connection', 'close' unless $keep;

    my $out = sprintf "HTTP/1.1 %d %s\r\n", $status,
                      $reason{$status} // 'Something';

    while (my ($name, $value) = splice @pairs, 0, 2) {
        $out .= "$name: $value\r\n";
    }

    $out .= "\r\n";
    $out .= $body unless $r->{method} eq 'HEAD' || $status == 204
                         || $status == 304;

    $c->write($out);
}


1;
