package S3O::Outpost;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A stand-in for an Outpost on 127.0.0.1 that verifies everything:
#
#     my $s3 = S3O::Outpost->new(clock => '20240301T120000Z')->start();
#     ... let nginx send requests to $s3->port() ...
#     $s3->accepted('the upload was signed right');
#     is($s3->object('a/b.txt')->{body}, 'hello', 'and stored');
#
# The server runs in a process of its own, see S3O::Outpost::Server; the two
# talk through files.

use strict;
use warnings;

use parent qw(S3O::S3Client);

use Carp qw(croak);
use File::Path ();
use File::Temp ();
use IO::Socket::INET;
use JSON::PP ();
use Test::More ();

use S3O::Faketime;
use S3O::Outpost::Objects;
use S3O::Outpost::Server;
use S3O::Ports;
use S3O::SigV4A::Verifier;
use S3O::Process qw(spawn stop_process wait_until slurp spew
    control_dir);

my $json = JSON::PP->new->latin1->canonical;

my %default = (
    partition  => 'aws',
    region     => 'us-west-2',
    account    => '123456789012',
    outpost    => 'op-01234567890123456',
    name       => 'my-ap',
    service    => 's3-outposts',
    access_key => 'AKIAIOSFODNN7EXAMPLE',
    secret_key => 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    verify     => 1,
);


# new(region =>, account =>, outpost =>, name => of the access point, host =>
# name, or {name => region, ...} (by default made of the former), access_key =>,
# secret_key =>, session_token =>, clock => time (default: the real time),
# clock_file => path, such as faketime_file(), tls => {cert =>, key =>}, verify
# => 0 to accept everything, discard => 1 to count the bytes of bodies and not
# keep them, keep_body => the longest body that requests() returns (64 kB),
# sigv4a => 1 to accept SigV4A, too: then python_reason() of S3O::SigV4A must be
# '')

sub new {
    my ($class, %o) = @_;

    my $self = bless {
        %default, %o,
        dir     => File::Temp::tempdir('s3o-outpost-XXXXXXXX', TMPDIR => 1),
        control => control_dir(),
        owner   => $$,
    }, $class;

    mkdir "$self->{control}/next";

    $self->{host} //= "$self->{name}-$self->{account}.$self->{outpost}"
                      . ".s3-outposts.$self->{region}."
                      . ($self->{partition} eq 'aws-cn' ? 'amazonaws.com.cn'
                                                        : 'amazonaws.com');

    $self->{clock_file} //= "$self->{control}/clock";
    $self->set_clock($o{clock}) if defined $o{clock};

    $self->{verifier} = S3O::SigV4A::Verifier->new() if $o{sigv4a};

    $self->set_credentials($self->{access_key}, $self->{secret_key},
                           $self->{session_token});

    return $self;
}


# one whose name a client finds: a port that is known before, and "localhost"

sub reachable {
    my ($class, %o) = @_;

    my $port = S3O::Ports::free();

    return $class->new(port => $port, endpoint => "http://localhost:$port",
        host => "my-ap-123456789012.op-01234567890123456.localhost:$port", %o);
}


sub arn {
    my ($self) = @_;

    return "arn:$self->{partition}:s3-outposts:$self->{region}"
           . ":$self->{account}:outpost/$self->{outpost}/accesspoint/"
           . $self->{name};
}


sub host { return $_[0]->_first_host() }
sub region { return $_[0]{region} }
sub access_key { return $_[0]{access_key} }
sub secret_key { return $_[0]{secret_key} }
sub session_token { return $_[0]{session_token} }
sub port { return $_[0]{port} }
sub endpoint { return $_[0]{endpoint} }
sub tls_port { return $_[0]{tls_port} }
sub dir { return $_[0]{dir} }
sub pid { return $_[0]{pid} }


# the arguments with which S3O::SigV4 signs for this Outpost

sub signer {
    my ($self) = @_;

    return (host => $self->host(),
            map { $_ => $self->{$_} } grep { defined $self->{$_} }
            qw(access_key secret_key session_token region service));
}


sub start {
    my ($self) = @_;

    croak 'runs already' if $self->{pid};

    my @listen;

    $self->{port} //= S3O::Ports::free();
    push @listen, [_listen($self->{port}), undef];

    if ($self->{tls}) {
        $self->{tls_port} //= S3O::Ports::free();
        push @listen, [_listen($self->{tls_port}), $self->{tls}];
    }

    # the sockets listen before the process starts, so nobody has to wait

    $self->{pid} = spawn(
        cmd    => sub { S3O::Outpost::Server::run(%$self, listen => \@listen) },
        name   => 'outpost',
        stdout => "$self->{dir}/log",
        stderr => "$self->{dir}/log",
    );

    return $self;
}


sub _listen {
    my ($port) = @_;

    return IO::Socket::INET->new(Listen => 128, ReuseAddr => 1,
                                 LocalAddr => '127.0.0.1', LocalPort => $port)
           // croak "cannot listen on 127.0.0.1:$port: $@";
}


sub stop {
    my ($self) = @_;

    stop_process(delete $self->{pid}) if $self->{pid};

    return $self;
}


# set_credentials(access key, secret key, token, expired => 1) adds or replaces
# one set of keys; drop_credentials() forgets all

sub set_credentials {
    my ($self, $access_key, $secret_key, $token, %o) = @_;

    $self->{credentials}{$access_key} = {
        secret_key    => $secret_key,
        session_token => $token,
        %o,
    };

    spew("$self->{control}/credentials.json",
         $json->encode($self->{credentials}));

    return $self;
}


sub drop_credentials {
    my ($self) = @_;

    $self->{credentials} = {};
    spew("$self->{control}/credentials.json", '{}');

    return $self;
}


sub set_clock {
    my ($self, $time) = @_;

    spew($self->{clock_file}, S3O::Faketime::to_epoch($time) . "\n");

    return $self;
}


# seconds since the epoch, as the server sees them

sub clock {
    my ($self) = @_;

    my $text = slurp($self->{clock_file}) =~ s/\s+\z//r;

    return length $text ? S3O::Faketime::to_epoch($text) : time;
}


# next_response(status, [header pairs], body) or next_response(status =>,
# headers =>, body =>, delay => seconds, early => 1 (before the body is read),
# close => 1, drop => 1 (no answer at all), raw => bytes, match => {method =>,
# key =>}, times => n).  The request is still verified and recorded.

sub next_response {
    my ($self, @args) = @_;

    my %o = @args && $args[0] =~ /^\d{3}$/
            ? (status => $args[0], headers => $args[1], body => $args[2],
               @args[3 .. $#args])
            : @args;

    $o{status} //= 200;
    my $times = delete $o{times} // 1;

    for (1 .. $times) {
        my $name = sprintf '%08d.json', ++$self->{canned};
        spew("$self->{control}/next/$name", $json->encode(\%o));
    }

    return $self;
}


# all requests so far, oldest first: hashes with method, target, path, key,
# query, headers (pairs in order), header (lower name => first value), raw_head,
# body_length, body_sha256, body (to 64 kB), verdict ('ok' or an error code),
# message, status, form, payload, signed_headers, access_key, date, expires,
# canonical_request, tls, sni, connection, connection_request ...

sub requests {
    my ($self) = @_;

    return map { _decode($_) } split /\n/, slurp("$self->{dir}/requests");
}


sub _decode {
    my $r = $json->decode($_[0]);

    $r->{header}{ lc $_->[0] } //= $_->[1] for @{ $r->{headers} };

    return $r;
}


# how many request headers have arrived so far, also of requests whose body is
# still being sent

sub heads { return -s "$_[0]{dir}/heads" || 0 }


# waits until there are more than n

sub wait_heads {
    my ($self, $n, $timeout) = @_;

    return wait_until(sub { $self->heads() > $n }, $timeout // 60);
}


# The last request.  If there was none, a hash that says so, so that a test that
# uses it fails and does not end its script.

sub last {
    my ($self) = @_;

    return $self->_last()
           // { verdict => 'nothing came', method => '', target => '',
                header => {}, payload => '', date => '', version => '' };
}


sub _last {
    my ($self) = @_;

    # read from the end, as the file grows with each request

    open my $fh, '<:raw', "$self->{dir}/requests" or return undef;

    my $size = -s $fh;
    my ($n, $tail, $pos) = (16384, '', -1);

    while ($size) {
        seek $fh, $n < $size ? $size - $n : 0, 0;
        read $fh, $tail, $n;
        $pos = rindex $tail, "\n", length($tail) - 2;
        last if $pos >= 0 || $n >= $size;
        $n *= 8;
    }

    return $size ? _decode(substr $tail, $pos + 1) : undef;
}


sub clear {
    my ($self) = @_;

    unlink "$self->{dir}/requests";

    return $self;
}


# waits until there are n requests, and returns all

sub wait_requests {
    my ($self, $n, $timeout) = @_;

    wait_until(sub { (() = slurp("$self->{dir}/requests") =~ /\n/g) >= $n },
               $timeout // 60);

    return $self->requests();
}


# tests that the last request was accepted, or refused with a code

sub accepted {
    my ($self, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return $self->_verdict_is('ok', $name // 'request is accepted');
}


sub refused {
    my ($self, $code, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return $self->_verdict_is($code, $name // "request is refused as $code");
}


sub _verdict_is {
    my ($self, $verdict, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $r = $self->last();
    my $ok = Test::More::is($r->{verdict}, $verdict, $name);

    if (!$ok) {
        Test::More::diag($r->{message} // '');
        Test::More::diag($r->{raw_head} // '');
        Test::More::diag("expected here:\n$r->{canonical_request}")
            if $r->{canonical_request};
        Test::More::diag(slurp("$self->{dir}/log"));
    }

    return $ok;
}


# an object, read without a request: undef, or {body, size, etag, headers, key}

sub object {
    my ($self, $key, $host) = @_;

    return $self->_objects()->read_object($host // $self->_first_host(), $key);
}


sub put_object {
    my ($self, $key, $body, %headers) = @_;

    $self->_objects()->write_object($self->_first_host(), $key, $body,
        headers => { map { lc $_ => $headers{$_} } keys %headers });

    return $self;
}


sub _objects {
    my ($self) = @_;

    return S3O::Outpost::Objects->new($self->{dir});
}


sub _first_host {
    my ($self) = @_;

    return ref $self->{host} ? (sort keys %{ $self->{host} })[0]
                             : $self->{host};
}


sub log { return slurp("$_[0]{dir}/log") }


sub DESTROY {
    my ($self) = @_;

    return if ($self->{owner} // 0) != $$;

    local ($?, $@, $!);
    $self->stop();
    File::Path::remove_tree($self->{control});
    File::Path::remove_tree($self->{dir}) unless $ENV{TEST_NGINX_LEAVE};
}


1;
