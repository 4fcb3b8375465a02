package S3O::Fake;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A server on loopback that says what a test tells it to say, well or badly:
#
#     my $s = S3O::Fake->new()->start();
#     $s->always('/a' => { body => '{}' });
#     $s->once('GET /a' => { status => 500 }, { end => 'reset' });
#     ... requests to $s->authority() ...
#     is(scalar $s->requests('/a'), 3, 'it was asked three times');
#
# S3O::Fake::Imds, Container and Sts are classes of this one that act as the
# real services: their answer() returns the usual answer of a service, and
# answers that a test has set go before it.
#
# The server runs in processes of its own, one for each connection.  The test
# talks to them through files: set(), always() and once() take effect with the
# next request.
#
# An answer is a hash: status (200), reason, version ('1.1'), headers (a flat
# list), body; chunked => [parts] or the size of each; length => the value of
# Content-Length (undef: no such header); raw => all bytes, instead of all
# these.  Other keys say how it is sent: delay => seconds before it; silent =>
# 1: no answer; cut => the length for substr(): only so much is sent; drip =>
# [bytes, seconds]: so many bytes at a time; end => 'close' (the default),
# 'reset', or 'hold': the connection stays open until the peer closes it.  With
# turn => n the answer is sent when the test has called set(turn => n), or more.
# With drip => [bytes, 'turn'] so many bytes are sent each time that "turn"
# grows, and turns() counts the answers that were continued.

use strict;
use warnings;

use Carp qw(croak);
use Fcntl qw(:flock);
use File::Path ();
use IO::Socket::IP;
use JSON::PP ();
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Storable qw(freeze thaw);
use Time::HiRes qw(time sleep);

use S3O::HTTP;
use S3O::Outpost::Wire qw(read_head read_body linger);
use S3O::Ports;
use S3O::Process qw(spawn stop_process slurp spew control_dir wait_until);

my $json = JSON::PP->new->latin1->canonical;

my %reason = (200 => 'OK', 302 => 'Found', 400 => 'Bad Request',
    401 => 'Unauthorized', 403 => 'Forbidden', 404 => 'Not Found',
    405 => 'Method Not Allowed', 429 => 'Too Many Requests',
    500 => 'Internal Server Error', 503 => 'Service Unavailable');


# new(host => '127.0.0.1', port =>, tls => {cert =>, key =>}, greeting => bytes
# that are sent at once instead of any answer, reset => 1 to reset connections
# at once, and arguments of the derived class)

sub new {
    my ($class, %o) = @_;

    my $self = bless {
        host  => '127.0.0.1',
        %o,
        dir   => control_dir(),
        owner => $$,
        n     => 0,
        state => {},
        fixed => {},
    }, $class;

    mkdir "$self->{dir}/once";
    $self->{port} //= S3O::Ports::free();

    return $self;
}


sub port { return $_[0]{port} }


sub authority {
    my ($self) = @_;

    my $host = $self->{host} =~ /:/ ? "[$self->{host}]" : $self->{host};

    return "$host:$self->{port}";
}


sub url {
    my ($self, $path) = @_;

    return ($self->{tls} ? 'https' : 'http') . '://' . $self->authority()
           . ($path // '');
}


# the socket listens before the process starts, so nobody has to wait

sub start {
    my ($self) = @_;

    my $listen = $self->listen_socket();

    # loaded once here, and not in each process

    require IO::Socket::SSL if $self->{tls};

    $self->{pid} = spawn(
        cmd    => sub { $self->serve($listen) },
        name   => ref $self,
        stdout => "$self->{dir}/log",
        stderr => "$self->{dir}/log",
    );

    return $self;
}


sub listen_socket {
    my ($self) = @_;

    return IO::Socket::IP->new(
        LocalHost => $self->{host}, LocalPort => $self->{port},
        Listen => 128, ReuseAddr => 1,
        ($self->{host} =~ /:/ ? (V6Only => 1) : ()))
        // croak "cannot listen on $self->{host}:$self->{port}: $@";
}


# by Storable, as JSON is slow in Perl and the data may be large

sub _thaw {
    my ($file) = @_;

    my $data = slurp($file);

    return length $data ? thaw($data) : undef;
}


sub stop {
    my ($self) = @_;

    stop_process(delete $self->{pid}) if $self->{pid};

    return $self;
}


# what the server's processes read with get(): names and any data

sub set {
    my ($self, %values) = @_;

    $self->{state} = { %{ $self->{state} }, %values };
    spew("$self->{dir}/state", freeze($self->{state}));

    return $self;
}


sub get {
    my ($self, $name) = @_;

    return (_thaw("$self->{dir}/state") // {})->{$name};
}


# Answers for "METHOD /path", "/path" or "*"; the most exact key counts.
# always() sets answers until forget(); once() sets answers for one request
# each, which are used first.

sub always {
    my ($self, %answers) = @_;

    $self->{fixed} = { %{ $self->{fixed} }, %answers };
    spew("$self->{dir}/always", freeze($self->{fixed}));

    return $self;
}


sub forget {
    my ($self, @keys) = @_;

    delete @{ $self->{fixed} }{ @keys ? @keys : keys %{ $self->{fixed} } };

    return $self->always();
}


sub once {
    my ($self, $key, @answers) = @_;

    for my $answer (@answers) {
        my $name = sprintf '%s/once/%06d', $self->{dir}, ++$self->{n};

        spew($name, freeze({ key => $key, answer => $answer }));
    }

    return $self;
}


# all requests so far, or those that a key of always() matches: {method, target,
# path, query, headers => pairs, header => {lower => value}, body, raw_head,
# time, connection, sni, status}

sub requests {
    my ($self, $key) = @_;

    return grep { !defined $key || _means($key, $_) }
           map { $json->decode($_) } split /\n/, slurp("$self->{dir}/requests");
}


sub forget_requests {
    my ($self) = @_;

    unlink "$self->{dir}/requests";

    return $self;
}


sub wait_for_requests {
    my ($self, $key, $n, $timeout) = @_;

    return wait_until(sub { $self->requests($key) >= $n }, $timeout // 60);
}


# how many parts of answers went out in a turn

sub turns {
    my ($self, $turn) = @_;

    return scalar grep { $_ eq $turn } split /\n/, slurp("$self->{dir}/turns");
}


# What follows runs in the processes of the server.


# the answer when the test has set none; derived classes replace this

sub answer {
    my ($self, $r) = @_;

    return { status => 404, body => "nothing here\n" };
}


sub serve {
    my ($self, $listen) = @_;

    my (%children, $context);
    my $parent = getppid();
    my $n = 0;

    $SIG{TERM} = sub {
        kill 'KILL', keys %children;
        POSIX::_exit(0);
    };
    $SIG{PIPE} = 'IGNORE';

    if (my $tls = $self->{tls}) {
        $context = IO::Socket::SSL::SSL_Context->new(
            SSL_server => 1, SSL_cert_file => $tls->{cert},
            SSL_key_file => $tls->{key})
            // die "TLS failed: $IO::Socket::SSL::SSL_ERROR\n";
    }

    while (1) {
        vec(my $rin = '', fileno $listen, 1) = 1;

        my $ready = select $rin, undef, undef, 0.5;

        # a test that was killed could not stop this server

        $SIG{TERM}->() if getppid() != $parent;

        while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
            delete $children{$pid};
        }

        my $socket = $ready > 0 ? $listen->accept() : undef;
        next unless $socket;

        $n++;
        my $pid = fork // next;

        if ($pid) {
            $children{$pid} = 1;
            next;
        }

        $SIG{TERM} = 'DEFAULT';
        eval { $self->_connection($socket, $context, $n); 1 }
            or print STDERR $@;
        POSIX::_exit(0);
    }
}


# one request for each connection, as credentials are asked for seldom

sub _connection {
    my ($self, $socket, $context, $n) = @_;

    srand;

    if ($self->{reset} || defined $self->{greeting}) {
        $self->_send(S3O::HTTP->from_socket($socket),
                     { raw => $self->{greeting} // '',
                       end => $self->{reset} ? 'reset' : 'close' });
        return;
    }

    if ($context) {
        IO::Socket::SSL->start_SSL($socket, SSL_server => 1,
            SSL_reuse_ctx => $context, Timeout => 60)
            or die "TLS failed: $IO::Socket::SSL::SSL_ERROR\n";
    }

    my $c = S3O::HTTP->from_socket($socket, timeout => 60);
    my $r = read_head($c) // return;

    $r->{connection} = $n;
    $r->{sni} = $socket->get_servername() if $context;
    $r->{complete} = read_body($c, $r) ? 1 : 0;
    @{$r}{qw(path query)} = split /\?/, $r->{target}, 2;

    my $answer = $self->_scripted($r) // $self->_strict($r)
                 // $self->answer($r);

    $r->{status} = $answer->{status} // 200;
    $self->record($r);
    $self->_turn($c, $answer->{turn}) if $answer->{turn};
    $self->_send($c, $answer);
}


# refuses what every HTTP server refuses

sub _strict {
    my ($self, $r) = @_;

    return { status => 400, body => "malformed: $r->{malformed}\n" }
        if $r->{malformed};
    return { status => 400, body => "no Host\n" }
        unless length($r->{header}{host} // '');
    return { status => 400, body => "incomplete\n" } unless $r->{complete};

    return undef;
}


sub _means {
    my ($key, $r) = @_;

    return $key eq '*' || $key eq ($r->{path} // '')
           || $key eq $r->{method} . ' ' . ($r->{path} // '');
}


# an answer is taken by a rename, as several processes may look for one

sub _scripted {
    my ($self, $r) = @_;

    for my $file (sort glob "$self->{dir}/once/*") {
        next if $file =~ /taken$/;

        my $next = _thaw($file) // next;

        next unless _means($next->{key}, $r);
        return $next->{answer} if rename $file, "$file.taken";
    }

    my $fixed = _thaw("$self->{dir}/always") // {};

    return $fixed->{"$r->{method} $r->{path}"} // $fixed->{ $r->{path} }
           // $fixed->{'*'};
}


# recorded before the answer is sent, so that who has the answer finds the
# record

sub record {
    my ($self, $r) = @_;

    $self->_append('requests', $json->encode($r) . "\n");
}


sub _append {
    my ($self, $name, $line) = @_;

    open my $fh, '>>:raw', "$self->{dir}/$name" or die "cannot record: $!\n";
    flock $fh, LOCK_EX;
    syswrite $fh, $line;
    close $fh;
}


# false when the peer has closed before its turn

sub _turn {
    my ($self, $c, $n) = @_;

    while (($self->get('turn') // 0) < $n) {
        return 0 if $c->closed(0.02);
    }

    return 1;
}


sub _send {
    my ($self, $c, $answer) = @_;

    sleep $answer->{delay} if $answer->{delay};

    if (!$answer->{silent}) {
        my $bytes = $answer->{raw} // _bytes($answer);

        $bytes = substr $bytes, 0, $answer->{cut} if defined $answer->{cut};
        $self->_write($c, $bytes, @{ $answer->{drip} // [] });
    }

    my $end = $answer->{silent} ? 'hold' : $answer->{end} // 'close';

    if ($end eq 'hold') {
        $c->closed(300);

    } elsif ($end eq 'reset') {

        # the peer must have read what was sent, as a reset discards it

        sleep 0.1;
        setsockopt $c->socket(), SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
        POSIX::close(fileno $c->socket());
        return;

    } else {
        linger($c);
    }

    $c->close();
}


sub _write {
    my ($self, $c, $bytes, $size, $pause) = @_;

    if (!$size) {
        $c->write($bytes);
        return;
    }

    my $turn = $self->get('turn') // 0;

    while (length $bytes) {
        my $part = substr $bytes, 0, $size, '';

        if ($pause eq 'turn') {
            last unless $self->_turn($c, $turn + 1);
            $turn = $self->get('turn');
        }

        last if $c->write($part) < length $part;

        if ($pause eq 'turn') {
            $self->_append('turns', "$turn\n");
            next;
        }

        # stops when the peer has closed its side

        last if $c->closed($pause);
    }
}


sub _bytes {
    my ($answer) = @_;

    my $status = $answer->{status} // 200;
    my $body = $answer->{body} // '';
    my @headers = @{ $answer->{headers} // [] };

    if (defined(my $parts = $answer->{chunked})) {
        $parts = [unpack "(a$parts)*", $body] unless ref $parts;
        $body = join('', map { sprintf "%x\r\n%s\r\n", length, $_ } @$parts)
                . "0\r\n\r\n";
        push @headers, 'Transfer-Encoding', 'chunked';

    } elsif (!exists $answer->{length}) {
        push @headers, 'Content-Length', length $body;

    } elsif (defined $answer->{length}) {
        push @headers, 'Content-Length', $answer->{length};
    }

    push @headers, 'Connection', 'close';

    my $out = sprintf "HTTP/%s %s %s\r\n", $answer->{version} // '1.1', $status,
                      $answer->{reason} // $reason{$status} // 'Something';

    while (my ($name, $value) = splice @headers, 0, 2) {
        $out .= "$name: $value\r\n";
    }

    return "$out\r\n$body";
}


sub DESTROY {
    my ($self) = @_;

    return if ($self->{owner} // 0) != $$;

    local ($?, $@, $!);
    $self->stop();
    File::Path::remove_tree($self->{dir}) unless $ENV{TEST_NGINX_LEAVE};
}


1;
