package S3O::HTTP;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A raw HTTP/1.x client: the test decides about every byte that is sent and sees
# every byte of the answer.  All waits have one common deadline.
#
#     my $c = S3O::HTTP->connect(port => 8080);
#     my $r = $c->request(method => 'GET', uri => '/x');   # keep-alive
#     is($r->{status}, 200);

use strict;
use warnings;

use Carp qw(croak);
use Errno qw(EAGAIN EINTR EWOULDBLOCK);
use IO::Socket::IP;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time);

use constant TIMEOUT => 60;


# connect(host => '127.0.0.1', port =>, timeout => seconds for one exchange, ssl
# => 1, sni => name, ca => file, cert =>, key =>, alpn => [protocols])

sub connect {
    my ($class, %o) = @_;

    $o{host} //= '127.0.0.1';
    $o{timeout} //= TIMEOUT;

    my $s = IO::Socket::IP->new(
        PeerHost => $o{host},
        PeerPort => $o{port},
        Timeout  => $o{timeout},
    ) or croak "cannot connect to $o{host}:$o{port}: $@";

    setsockopt $s, IPPROTO_TCP, TCP_NODELAY, 1;

    if ($o{ssl}) {
        _handshake($s, %o)
            or croak "TLS with $o{host}:$o{port} failed: "
                     . $IO::Socket::SSL::SSL_ERROR;
    }

    return $class->from_socket($s, %o);
}


# one TLS context for all connections of a kind, as each new one reads all
# certificates of the system, which takes longer than everything else

my %context;

sub _handshake {
    my ($s, %o) = @_;

    require IO::Socket::SSL;

    my $verify = defined $o{ca};
    my @alpn = @{ $o{alpn} // [] };
    my $id = join "\0", map { $_ // '' } @o{qw(ca cert key)}, @alpn;

    $context{$id} //= IO::Socket::SSL::SSL_Context->new(
        SSL_verify_mode     => $verify ? 1 : 0,
        SSL_ca_file         => $o{ca} // '',
        SSL_verifycn_scheme => $verify ? 'http' : 'none',
        (defined $o{cert} ? (SSL_cert_file => $o{cert},
                             SSL_key_file => $o{key}) : ()),
        (@alpn ? (SSL_alpn_protocols => \@alpn) : ()),
    ) // return 0;

    return IO::Socket::SSL->start_SSL(
        $s,
        SSL_reuse_ctx => $context{$id},
        Timeout       => $o{timeout},
        SSL_verify_mode     => $verify ? 1 : 0,
        SSL_verifycn_scheme => $verify ? 'http' : 'none',
        (defined $o{sni} ? (SSL_hostname => $o{sni},
                            SSL_verifycn_name => $o{sni}) : ()),
    );
}


# the same reader and writer over a socket that was accepted or made elsewhere

sub from_socket {
    my ($class, $socket, %o) = @_;

    $socket->blocking(0);

    return bless {
        socket  => $socket,
        ssl     => $socket->isa('IO::Socket::SSL'),
        timeout => $o{timeout} // TIMEOUT,
        buf     => '',
        eof     => 0,
    }, $class;
}


sub socket { return $_[0]{socket} }


# Sends all bytes; returns how many were sent before the peer closed or the time
# was over.  What arrives meanwhile is kept, as a server may answer, and then
# stop reading, in the middle of an upload.

sub write {
    my ($self, $bytes, %o) = @_;

    local $SIG{PIPE} = 'IGNORE';

    my $end = time() + ($o{timeout} // $self->{timeout});
    my $off = 0;

    while ($off < length $bytes) {
        my $n = syswrite $self->{socket}, $bytes, 65536, $off;

        if (defined $n && $n > 0) {
            $off += $n;
            next;
        }

        last unless $self->_again();
        last unless $self->_wait_writable($end);

        last if $o{until_answer} && length $self->{buf};
    }

    return $off;
}


# reads what has arrived, without waiting; false when the peer has closed

sub _fill_now {
    my ($self) = @_;

    my $n = sysread $self->{socket}, $self->{buf}, 65536, length $self->{buf};

    return 1 if defined $n && $n > 0;
    return 1 if !defined $n && $self->_again();

    $self->{eof} = 1;
    return 0;
}


sub _again {
    my ($self) = @_;

    if ($self->{ssl}) {
        my $e = $IO::Socket::SSL::SSL_ERROR;
        return 1 if $e == IO::Socket::SSL::SSL_WANT_READ()
                    || $e == IO::Socket::SSL::SSL_WANT_WRITE();
        return 0;
    }

    return $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
}


sub _wait_readable {
    my ($self, $end) = @_;

    my $left = $end - time();
    return 0 if $left <= 0;

    vec(my $rin = '', fileno $self->{socket}, 1) = 1;
    my $n = select $rin, undef, undef, $left;

    return $n > 0 || ($n < 0 && $!{EINTR});
}


# waits until more can be written, and reads what arrives meanwhile, as two
# peers that only write would wait for each other

sub _wait_writable {
    my ($self, $end) = @_;

    my $left = $end - time();
    return 0 if $left <= 0;

    if ($self->{ssl}) {
        my $e = $IO::Socket::SSL::SSL_ERROR;
        return $self->_wait_readable($end)
            if $e == IO::Socket::SSL::SSL_WANT_READ();
    }

    vec(my $win = '', fileno $self->{socket}, 1) = 1;
    my $rin = $self->{ssl} || $self->{eof} ? undef : $win;
    my $readable = $rin;

    my $n = select $readable, $win, undef, $left;

    return $!{EINTR} if $n < 0;

    $self->_fill_now() if $n && defined $rin
                          && vec $readable, fileno $self->{socket}, 1;
    return $n > 0;
}


# waits for more bytes: false at end of file or when the time is over

sub fill {
    my ($self, $end) = @_;

    $end //= time() + $self->{timeout};

    while (!$self->{eof}) {
        my $had = length $self->{buf};

        $self->_fill_now() or return 0;
        return 1 if length $self->{buf} > $had;
        $self->_wait_readable($end) or return 0;
    }

    return 0;
}


# everything until the peer closes

sub read_all {
    my ($self, $timeout) = @_;

    my $end = time() + ($timeout // $self->{timeout});

    1 while $self->fill($end);

    my $all = $self->{buf};
    $self->{buf} = '';

    return $all;
}


# true if the peer closes (and sends nothing more) within the time

sub closed {
    my ($self, $timeout) = @_;

    my $end = time() + ($timeout // $self->{timeout});

    1 while $self->fill($end);

    return $self->{eof} && !length $self->{buf};
}


# Reads one response; undef if none arrives.  method => 'HEAD' says that no body
# follows.  Interim (1xx) responses are collected in {interim}, unless interim
# => 1 asks for the next response of any kind.

sub read_response {
    my ($self, %o) = @_;

    my $end = time() + ($o{timeout} // $self->{timeout});
    my (@interim, $raw);

    while (1) {
        my $head = $self->_read_head($end) // return undef;
        my $r = parse_head($head) // croak "not HTTP: $head";

        if ($r->{status} =~ /^1/ && !$o{interim}) {
            push @interim, $r;
            next;
        }

        $r->{interim} = \@interim;
        $r->{body} = '';
        $r->{raw} = $head;
        $r->{complete} = 1;

        $self->_read_body($r, $end) unless $r->{status} =~ /^(?:1|204|304)/
                                           || ($o{method} // '') eq 'HEAD';
        return $r;
    }
}


sub _read_head {
    my ($self, $end) = @_;

    while ($self->{buf} !~ /\r?\n\r?\n/) {
        return undef unless $self->fill($end);
    }

    $self->{buf} =~ s/^(.*?\r?\n\r?\n)//s;
    return $1;
}


sub _read_body {
    my ($self, $r, $end) = @_;

    my $te = $r->{headers}{'transfer-encoding'};
    my $cl = $r->{headers}{'content-length'};

    if ($te && $te->[0] =~ /chunked/i) {
        $self->read_chunked($r, $end);
        return;
    }

    if ($cl) {
        while (length $self->{buf} < $cl->[0]) {
            last unless $self->fill($end);
        }

        $r->{complete} = length $self->{buf} >= $cl->[0];
        $r->{body} = substr $self->{buf}, 0, $cl->[0], '';

    } else {
        $r->{body} = $self->read_all($end - time());
        $r->{complete} = $self->{eof};
    }

    $r->{raw} .= $r->{body};
}


sub read_chunked {
    my ($self, $r, $end) = @_;

    while (1) {
        my $line = $self->_take_line($end);
        my $size = defined $line && $line =~ /^([0-9a-fA-F]+)/ ? hex $1 : undef;

        if (!defined $size) {
            $r->{complete} = 0;
            return;
        }

        $r->{raw} .= $line;
        last if $size == 0;

        while (length $self->{buf} < $size + 2) {
            last unless $self->fill($end);
        }

        my $data = substr $self->{buf}, 0, $size + 2, '';
        $r->{raw} .= $data;

        if (length $data < $size + 2) {
            $r->{body} .= substr $data, 0, $size;
            $r->{complete} = 0;
            return;
        }

        $r->{body} .= substr $data, 0, $size;
    }

    # trailer fields, up to the empty line

    while (defined(my $line = $self->_take_line($end))) {
        $r->{raw} .= $line;
        last if $line =~ /^\r?\n/;
    }
}


sub _take_line {
    my ($self, $end) = @_;

    while ($self->{buf} !~ /\n/) {
        return undef unless $self->fill($end);
    }

    $self->{buf} =~ s/^([^\n]*\n)//;
    return $1;
}


# request(method => 'GET', uri => '/', headers => [name => value, ...], body =>
# bytes, host => 'localhost', version => '1.1', close => 1, expect => 1,
# chunked => [parts]).  Host, Content-Length and Connection are added only
# when they were not given; undef as value of a given name leaves it out.

sub request {
    my ($self, %o) = @_;

    my $method = $o{method} // 'GET';
    my $head = build_head(%o, method => $method);

    my $body = $o{chunked}
               ? join('', map { sprintf("%x\r\n%s\r\n", length, $_) }
                          grep { length } @{ $o{chunked} }) . "0\r\n\r\n"
               : $o{body} // '';

    my ($sent, $interim);

    if ($o{expect}) {
        $self->write($head);

        my $r = $self->read_response(%o, method => $method, interim => 1)
                // return undef;

        if ($r->{status} != 100) {
            $r->{sent} = 0;
            return $r;
        }

        $interim = $r;
        $sent = $self->write($body, until_answer => 1);

    } else {
        $sent = $self->write($head . $body) - length $head;
    }

    my $r = $self->read_response(%o, method => $method) // return undef;

    unshift @{ $r->{interim} }, $interim if $interim;
    $r->{sent} = $sent < 0 ? 0 : $sent;

    return $r;
}


sub build_head {
    my %o = @_;

    my @pairs = @{ $o{headers} // [] };
    my %given;

    for (my $i = 0; $i < @pairs; $i += 2) {
        $given{ lc $pairs[$i] } = 1;
    }

    unshift @pairs, 'Host', $o{host} // 'localhost' unless $given{host};
    push @pairs, 'Connection', 'close' if $o{close} && !$given{connection};
    push @pairs, 'Expect', '100-continue' if $o{expect} && !$given{expect};

    if ($o{chunked}) {
        push @pairs, 'Transfer-Encoding', 'chunked'
            unless $given{'transfer-encoding'};

    } elsif (defined $o{body} && !$given{'transfer-encoding'}) {
        push @pairs, 'Content-Length', length $o{body}
            unless $given{'content-length'};
    }

    my $head = sprintf "%s %s HTTP/%s\r\n", $o{method} // 'GET',
                       $o{uri} // '/', $o{version} // '1.1';

    while (my ($name, $value) = splice @pairs, 0, 2) {
        $head .= "$name: $value\r\n" if defined $value;
    }

    return $head . "\r\n";
}


# response text -> {version, status, reason, headers => {lower => [values]},
# header_list => [[name, value], ...]}

sub parse_head {
    my ($text) = @_;

    my ($head) = split /\r?\n\r?\n/, $text, 2;
    my ($first, @lines) = split /\r?\n/, $head // '';

    ($first // '') =~ m{^HTTP/(\d(?:\.\d)?) (\d{3})(?: (.*))?$} or return undef;

    my %r = (version => $1, status => $2, reason => $3 // '', headers => {},
             header_list => []);

    for my $line (@lines) {
        my ($name, $value) = $line =~ /^([^:]+):[ \t]*(.*?)[ \t]*$/ or next;
        push @{ $r{header_list} }, [$name, $value];
        push @{ $r{headers}{ lc $name } }, $value;
    }

    return \%r;
}


# a whole response as text -> the same hash, with {body} and {raw}

sub parse {
    my ($text, %o) = @_;

    my $self = bless { buf => $text, eof => 1, timeout => 0 }, __PACKAGE__;

    return $self->read_response(%o);
}


sub close {
    my ($self) = @_;

    my $s = delete $self->{socket} or return;
    $self->{ssl} ? $s->close(SSL_no_shutdown => 1) : CORE::close $s;
}


1;
