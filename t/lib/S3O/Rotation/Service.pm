package S3O::Rotation::Service;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The metadata service of an instance (IMDSv2), only for credentials: each fetch
# gets the next set.  It serves several connections at the same time, and
# records what it was asked and what it gave.
#
#     my $s = S3O::Rotation::Service->start(name => 'a', life => 3);
#     s3o_presign_credentials  @{[ $s->source() ]};
#     $s->set(answer => 'hang');
#     is($s->fetches(), 1);

use strict;
use warnings;

use File::Path ();
use IO::Socket::INET;
use JSON::PP qw(decode_json encode_json);
use POSIX ();
use Time::HiRes qw(time);

use S3O::Ports;
use S3O::Process qw(spawn stop_process slurp spew control_dir wait_until);
use S3O::Rotation qw(set_of);

my $owner = $$;
my @dirs;


# start(name => 'imds', and the arguments of set()); with down => 1 nothing
# listens

sub start {
    my ($class, %o) = @_;

    my $self = bless {
        name => delete $o{name} // 'imds',
        port => S3O::Ports::free(),
        dir  => control_dir(),
    }, $class;

    push @dirs, $self->{dir};

    my $down = delete $o{down};

    $self->{control} = { life => 3600, answer => 'ok', step => 'credentials',
                         rotate => 1 };
    $self->set(%o);
    $self->up() unless $down;

    return $self;
}


# set(life => seconds that a set lives, expires => when it ends, instead of
# "life", now => the time, undef for the real one; or start => a real time, and
# speed => how many times faster the time goes since then, rotate => 0 to give
# the newest set again, answer => ok, error (500), hang (until the answer is
# changed) or close, and step => the request for which: token, role or
# credentials)

sub set {
    my ($self, %o) = @_;

    $self->{control} = { %{ $self->{control} }, %o };
    spew("$self->{dir}/control", encode_json($self->{control}));

    return $self;
}


sub up {
    my ($self) = @_;

    return $self if $self->{pid};

    $self->{pid} = spawn(cmd => sub { $self->_serve() }, name => 'service',
                         stderr => "$self->{dir}/stderr");

    wait_until(sub {
        IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}") ? 1 : 0
    }, 60) or die 'the service does not start: '
                  . slurp("$self->{dir}/stderr");

    return $self;
}


sub down {
    my ($self) = @_;

    my $pid = delete $self->{pid} // return $self;

    stop_process($pid, signal => 'KILL');

    return $self;
}


sub name { return $_[0]{name} }
sub port { return $_[0]{port} }
sub endpoint { return "http://127.0.0.1:$_[0]{port}" }


# the source and its parameters for the directive

sub source {
    my ($self, @more) = @_;

    return join ' ', 'imds', 'endpoint=' . $self->endpoint(), @more;
}


# what it was asked for: {at (by its clock), real, step, fetch (its number),
# busy (fetches that had not ended), n, role and expires of a set that it gave};
# of a request that hangs the step is "hang", and "of" which one that is

sub asked {
    my ($self, $step) = @_;

    return grep { !defined $step || $_->{step} eq $step }
           map { decode_json($_) } split /\n/, slurp("$self->{dir}/log");
}


sub fetches { return scalar $_[0]->asked('token') }


# number of a set => {at, expires}

sub history {
    my ($self) = @_;

    my %given;
    $given{ $_->{n} } //= $_ for grep { $_->{n} } $self->asked();

    return \%given;
}


# waits until so many sets were handed out

sub wait_for_sets {
    my ($self, $count, $timeout) = @_;

    return wait_until(sub { keys %{ $self->history() } >= $count ? 1 : 0 },
                      $timeout // 60);
}


sub wait_for_fetches {
    my ($self, $count, $timeout) = @_;

    return wait_until(sub { $self->fetches() >= $count ? 1 : 0 },
                      $timeout // 60);
}


# how many requests for a step have hung, if only for a while

sub hung {
    my ($self, $step) = @_;

    return scalar grep { $_->{of} eq $step } $self->asked('hang');
}


sub _serve {
    my ($self) = @_;

    my $listen = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $self->{port}, Listen => 64,
        ReuseAddr => 1) or die "listen: $@\n";

    open $self->{log}, '>>', "$self->{dir}/log" or die "log: $!\n";

    # numbers continue after a restart

    my ($last) = sort { $b <=> $a } map { $_->{n} // 0 } $self->asked();

    @$self{qw(n fetch open)} = ($last // 0, $self->fetches(), {});

    my %clients;

    while (1) {
        my $rin = '';
        vec($rin, fileno $_, 1) = 1
            for $listen, map { $_->{socket} }
                         grep { !$_->{request} } values %clients;

        select $rin, undef, undef, 0.02;

        if (vec $rin, fileno $listen, 1) {
            my $s = $listen->accept() or next;
            $s->blocking(0);
            $clients{$s} = { socket => $s, buf => '' };
        }

        # requests that the client has given up are noticed before newer ones

        for my $c (sort { ($b->{seen} // 0) <=> ($a->{seen} // 0) }
                   values %clients)
        {
            $self->_read($c) or delete $clients{ $c->{socket} };
        }
    }
}


# false when nothing is left to do for a client

sub _read {
    my ($self, $c) = @_;

    my $n = sysread $c->{socket}, $c->{buf}, 4096, length $c->{buf};

    if (defined $n ? $n == 0 : !$!{EAGAIN}) {
        delete $self->{open}{ $c->{of} } if $c->{of};
        return 0;
    }

    if (!$c->{request}) {
        return 1 if $c->{buf} !~ /\r\n\r\n/;
        $c->{request} = 1;
    }

    my $control = decode_json(slurp("$self->{dir}/control"));
    my ($step, $fetch) = $self->_step($c->{buf});

    $self->_note(step => 'hang', of => $step)
        if $control->{answer} eq 'hang' && $step eq $control->{step}
           && !$c->{hangs}++;

    # recorded when it is asked for, even if it is never answered

    if (!$c->{seen}++ && $step eq 'token') {
        $fetch = $c->{fetch} = ++$self->{fetch};
        $self->{open}{$fetch} = 1;
        $self->_note(step => $step, fetch => $fetch);
    }

    $c->{of} = $c->{fetch} // $fetch;

    my $answer = $step eq $control->{step} ? $control->{answer} : 'ok';

    return 1 if $answer eq 'hang';

    my ($status, $body) = $answer eq 'ok'
        ? $self->_answer($step, $c, $c->{of}, $control)
        : (500, '');

    delete $self->{open}{ $c->{of} }
        if $status != 200 || $step eq 'credentials';

    if ($answer ne 'close') {
        $c->{socket}->blocking(1);
        $c->{socket}->print("HTTP/1.1 $status Status\r\nContent-Length: "
                            . length($body)
                            . "\r\nConnection: close\r\n\r\n$body");
    }

    close $c->{socket};
    return 0;
}


# which step a request is, and of which fetch

sub _step {
    my ($self, $request) = @_;

    my $roles = '/latest/meta-data/iam/security-credentials/';

    return 'token' if $request =~ m{\APUT /latest/api/token HTTP/1\.1\r\n}
                      && $request =~ /^x-aws-ec2-metadata-token-ttl-seconds:/m;

    my ($fetch) = $request =~ /^x-aws-ec2-metadata-token: FETCH-(\d+)\r$/m;

    return ('none', 0) unless $fetch;
    return ('role', $fetch) if $request =~ m{\AGET \Q$roles\E HTTP};
    return ('credentials', $fetch) if $request =~ m{\AGET \Q$roles\E[\w-]+ };
    return ('none', 0);
}


sub _answer {
    my ($self, $step, $c, $fetch, $control) = @_;

    return (200, "FETCH-$fetch") if $step eq 'token';
    return (401, '') if $step eq 'none';

    if ($step eq 'role') {
        $self->_note(step => $step, fetch => $fetch);
        return (200, "the-role\n");
    }

    my $now = _now($control);

    if ($control->{rotate} || !$self->{n}) {
        $self->{n}++;
        $self->{expires} = int($control->{expires} // $now + $control->{life});
    }

    my $set = set_of($self->{name}, $self->{n});
    my $at = sub { POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) };

    my ($role) = $c->{buf} =~ m{/([\w-]+) HTTP};

    $self->_note(step => $step, fetch => $fetch, n => $self->{n},
                 at => $now, role => $role, expires => $self->{expires});

    return (200, encode_json({
        Code            => 'Success',
        Type            => 'AWS-HMAC',
        LastUpdated     => $at->($now),
        AccessKeyId     => $set->{access_key},
        SecretAccessKey => $set->{secret_key},
        Token           => $set->{token},
        Expiration      => $at->($self->{expires}),
    }));
}


sub _now {
    my ($control) = @_;

    my ($start, $speed) = @$control{qw(start speed)};

    return $start + (time() - $start) * $speed if $speed;
    return $control->{now} // time();
}


sub _note {
    my ($self, %what) = @_;

    syswrite $self->{log}, encode_json({ at => time(), real => time(),
        busy => scalar keys %{ $self->{open} }, %what }) . "\n";
}


END {
    if ($$ == $owner) {
        local ($?, $@, $!);
        File::Path::remove_tree(@dirs);
    }
}


1;
