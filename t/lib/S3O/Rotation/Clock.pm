package S3O::Rotation::Clock;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# One clock for an nginx and the services that it asks.  It stands still until
# the test moves it, so that nothing depends on how long something takes.  The
# timers of nginx go by it, too, so each worker has to be woken when it has
# moved.
#
#     my $clock = S3O::Rotation::Clock->new($t, $service, ...);
#     $t->write_file_expand('nginx.conf', ... $clock->server() ...)->run();
#     $clock->begin(2)->settle();
#     $clock->step(0.5);

use strict;
use warnings;

use S3O::HTTP;
use S3O::Process qw(slurp wait_until);

use constant PORT => 8099;


sub new {
    my ($class, $t, @services) = @_;

    my $now = int time;

    $t->faketime($now, timers => 1);
    $_->set(now => $now) for @services;

    return bless { t => $t, services => \@services }, $class;
}


sub now { return $_[0]{t}{faketime}->epoch() }


# a part of http{}: a port with "reuseport", so that each worker can be reached
# by a connection that is kept open

sub server {
    my ($self) = @_;

    return <<"EOC";
    server {
        listen              127.0.0.1:@{[ $self->{t}->port(PORT) ]} reuseport;
        access_log          off;
        keepalive_timeout   3650d;
        keepalive_time      3650d;
        keepalive_requests  1000000000;
        s3o_presign         off;

        location / {
            add_header  X-Worker \$pid;
            return      204;
        }

        location /status {
            s3o_presign_status  json;
        }
    }
EOC
}


# connects to so many workers, and lets them look at their sources once

sub begin {
    my ($self, $workers) = @_;

    $_->close() for values %{ delete $self->{worker} // {} };

    wait_until(sub {
        my $c = S3O::HTTP->connect(port => $self->{t}->port(PORT));
        my $pid = $c->request(uri => '/')->{headers}{'x-worker'}[0];

        $self->{worker}{$pid} //= $c;
        keys %{ $self->{worker} } == $workers ? 1 : 0;
    }, 120) or die "no $workers workers\n";

    # the first look is a millisecond after the start

    return $self->pass(0.5);
}


# moves the clock, and returns when all workers have run the timers that are due

sub pass {
    my ($self, $seconds) = @_;

    my $now = $self->now() + $seconds;

    # the services first, as nginx may fetch as soon as its clock has moved

    $_->set(now => $now) for @{ $self->{services} };
    $self->{t}->set_faketime($now);

    return $self->look();
}


# the same, and returns when all fetches have ended

sub step {
    my ($self, $seconds) = @_;

    return $self->pass($seconds)->settle();
}


# In one turn of its event loop a worker handles events, then timers, then what
# was put off, such as the second of two requests that arrive together.  So when
# the second one is answered, everything that was due has begun.  All workers
# are woken at once.

sub look {
    my ($self) = @_;

    my @c = values %{ $self->{worker} };

    $_->write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" x 2) for @c;

    for (@c, @c) {
        $_->read_response() // die "a worker does not answer\n";
    }

    return $self;
}


# waits until no fetch is running: each one has failed, or was answered and read

sub settle {
    my ($self) = @_;

    wait_until(sub {
        my $begun = 0;
        $self->{sources} = [$self->sources_now()];
        $begun += $_->{fetches} - $_->{failures} for $self->sources();

        # most of the time there is nothing to do

        return 1 if $begun == ($self->{settled} // 0);

        my $answered = map { $_->asked('credentials') }
                       @{ $self->{services} };

        return 0 if $begun != $answered || $self->_fetching();

        $self->{settled} = $begun;
        $self->look();
        return 1;
    }) or die "a fetch does not end\n";

    return $self;
}


# does a worker have a connection to a service?

sub _fetching {
    my ($self) = @_;

    my %port = map { sprintf('%04X', $_->port()) => 1 } @{ $self->{services} };

    for my $line (split /\n/, slurp('/proc/net/tcp')) {
        my ($peer, $state) = (split ' ', $line)[2, 3];

        # established, or closed by the service alone

        return 1 if ($peer // '') =~ /:(\w+)$/ && $port{$1}
                    && $state =~ /^0[18]$/;
    }

    return 0;
}


# moves the clock in steps of so many seconds, at most 60, until another fetch
# begins; true if one does

sub next_fetch {
    my ($self, $seconds) = @_;

    my $begun = sub {
        my $sum = 0;
        $sum += $_->{fetches} for $self->sources_now();
        return $sum;
    };

    my $before = $begun->();

    for (1 .. 60) {
        return 1 if $self->pass($seconds)->$begun() > $before;
    }

    return 0;
}


# what the status page had of each source at the last settle(): {fetches,
# failures}

sub sources { return @{ $_[0]{sources} } }


sub sources_now {
    my ($self) = @_;

    my ($c) = values %{ $self->{worker} };
    my $text = $c->request(uri => '/status')->{body};
    my @sources;

    push @sources, { fetches => $1, failures => $2 }
        while $text =~ /"fetches":(\d+),"failures":(\d+)/g;

    return @sources;
}


1;
