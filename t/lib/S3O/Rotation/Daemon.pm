package S3O::Rotation::Daemon;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# An nginx in the background, as on servers: it is no child of the test, and can
# be upgraded while it runs.
#
#     my $d = S3O::Rotation::Daemon->start($t);
#     $d->reload();
#     $d->upgrade();
#     $d->stop();

use strict;
use warnings;

use Carp qw(croak);
use Time::HiRes qw(sleep);

use S3O::Nginx;
use S3O::Process qw(capture slurp wait_until);
use S3O::Rotation qw(gone);

my $owner = $$;
my @daemons;


# starts nginx with the configuration that was written for $t

sub start {
    my ($class, $t) = @_;

    my $self = bless { t => $t, dir => $t->testdir() }, $class;

    $t->write_file('nginx.conf', $t->read_file('nginx.conf')
                                 =~ s/^daemon off;/daemon on;/mr);

    my ($rc, $out) = capture(
        [$t->binary(), '-p', "$self->{dir}/", '-c', 'nginx.conf',
         '-e', 'error.log'], env => $t->_environment(), timeout => 120);

    croak "nginx did not start: $out" if $rc;

    $self->_follow(wait_until(sub { $self->_pid_in('nginx.pid') }, 60));
    push @daemons, $self;

    return $self;
}


sub pid { return $_[0]{pid} }


# the process whose children $t takes for the workers

sub _follow {
    my ($self, $pid) = @_;

    $self->{pid} = $self->{t}{pid} = $pid;
}


sub _pid_in {
    my ($self, $file) = @_;

    return (slurp("$self->{dir}/$file") =~ /^(\d+)$/m)[0] // 0;
}


sub workers { return $_[0]{t}->workers() }


# true when new workers serve, and no old one takes connections

sub reload {
    my ($self, $timeout) = @_;

    my %old = map { $_ => 1 } $self->workers();

    kill 'HUP', $self->{pid};

    return wait_until(sub {
        my @new = grep { !$old{$_} } $self->workers();
        @new && !grep { S3O::Nginx::_listens($_) } keys %old;
    }, $timeout // 60);
}


# a new master process takes over, the old one ends

sub upgrade {
    my ($self) = @_;

    my $old = $self->{pid};

    kill 'USR2', $old;

    my $new = wait_until(sub {
        my $pid = $self->_pid_in('nginx.pid');
        -s "$self->{dir}/nginx.pid.oldbin" && $pid != $old ? $pid : 0;
    }, 60) or return 0;

    $self->{old} = $old;
    $self->_follow($new);

    wait_until(sub { scalar $self->workers() }, 60) or return 0;

    kill 'WINCH', $old;
    sleep 0.5;
    kill 'QUIT', $old;

    return gone($old);
}


# true when it ended by the signal

sub stop {
    my ($self, %o) = @_;

    my $pid = delete $self->{pid} // return 1;

    delete $self->{t}{pid};
    kill $o{signal} // 'QUIT', $pid;

    return gone($pid, $o{timeout});
}


END {
    if ($$ == $owner) {
        local ($?, $@, $!);

        for my $self (@daemons) {
            for my $pid (grep { $_ } @$self{qw(old pid)}) {
                kill 'TERM', $pid;
                gone($pid, 3) or kill 'KILL', $pid;
            }
        }
    }
}


1;
