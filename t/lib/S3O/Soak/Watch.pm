package S3O::Soak::Watch;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Memory and descriptors of an nginx under load, each second, and whether they
# grow:
#
#     my $watch = S3O::Soak::Watch->new($t);
#     $watch->sample() each second;
#     my @grown = $watch->grown();
#
# Workers come and go with reloads.  So a leak in them is looked for in two
# ways: within the life of a worker, by its age, and from worker to worker of
# the same age.

use strict;
use warnings;

use Exporter qw(import);
use Time::HiRes qw(time);

use S3O::Process qw(slurp);
use S3O::Rotation qw(rss);

our @EXPORT_OK = qw(slope);

# What is warm after so many seconds of a worker's life; what may be grown in
# the last two thirds of a run, kilobytes and descriptors of the master and of
# workers of the same age; and in a second of a worker's life.

use constant {
    WARM => 3, MASTER => 1024, WORKER => 1024, FDS => 3,
    AGE => 20, AGE_FDS => 1,
};


sub new {
    my ($class, $t) = @_;

    return bless { t => $t, start => time(), samples => [], first => {} },
                 $class;
}


sub sample {
    my ($self) = @_;

    my $now = time() - $self->{start};
    my %live = map { $_ => 1 } $self->{t}->workers();

    for my $pid ($self->{t}->pid(), $self->{t}->_children()) {
        my $rss = rss($pid) or next;

        $self->{first}{$pid} //= $now;
        push @{ $self->{samples} }, {
            at => $now, pid => $pid, rss => $rss,
            age => $now - $self->{first}{$pid},
            fds => scalar(() = glob "/proc/$pid/fd/*"),
            kind => $pid == $self->{t}->pid() ? 'master'
                    : $live{$pid} ? 'worker' : 'old',
        };
    }
}


sub samples {
    my ($self, $kind) = @_;

    return grep { $_->{kind} eq $kind } @{ $self->{samples} };
}


# rows of what was measured: [what, value, bound, unit]

sub measured {
    my ($self) = @_;

    my ($end) = sort { $b <=> $a } map { $_->{at} } @{ $self->{samples} };
    my $window = $end * 2 / 3;
    my @late = grep { $_->{at} >= $end / 3 } @{ $self->{samples} };
    my @master = grep { $_->{kind} eq 'master' } @late;
    my @worker = grep { $_->{kind} eq 'worker' && $_->{age} >= WARM } @late;

    # and all of them at an age that each has

    my @same = grep { $_->{age} < WARM + 4 } @worker;

    return (
        ['memory of the master', $window * _slope(rss => @master), MASTER,
         'kB'],
        ['memory of workers of the same age', $window * _slope(rss => @same),
         WORKER, 'kB'],
        ['memory of a worker while it lives', _life(rss => @worker), AGE,
         'kB a second'],
        ['descriptors of the master', $window * _slope(fds => @master), FDS,
         ''],
        ['descriptors of workers of the same age',
         $window * _slope(fds => @same), FDS, ''],
        ['descriptors of a worker while it lives', _life(fds => @worker),
         AGE_FDS, 'a second'],
    );
}


# each worker that lived for long enough, by itself; the middle one of all

sub _life {
    my ($what, @samples) = @_;

    my %life;
    push @{ $life{ $_->{pid} } }, $_ for @samples;

    my @slopes = sort { $a <=> $b }
                 map { slope([map { $_->{age} } @$_],
                             [map { $_->{$what} } @$_]) }
                 grep { @$_ >= 4 } values %life;

    return @slopes ? $slopes[$#slopes / 2] : 0;
}


# those that have grown, as words

sub grown {
    my ($self) = @_;

    return map { sprintf '%s: %+.1f %s, and %s are allowed', @$_[0, 1, 3, 2] }
           grep { $_->[1] > $_->[2] } $self->measured();
}


sub _slope {
    my ($what, @samples) = @_;

    return slope([map { $_->{at} } @samples], [map { $_->{$what} } @samples]);
}


# of the straight line through points, by least squares

sub slope {
    my ($x, $y) = @_;

    my $n = @$x or return 0;
    my ($sx, $sy, $sxx, $sxy) = (0, 0, 0, 0);

    for my $i (0 .. $n - 1) {
        $sx += $x->[$i];
        $sy += $y->[$i];
        $sxx += $x->[$i] ** 2;
        $sxy += $x->[$i] * $y->[$i];
    }

    my $d = $n * $sxx - $sx * $sx;

    return $d > 1e-9 ? ($n * $sxy - $sx * $sy) / $d : 0;
}


1;
