package S3O::Faketime;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A wall clock for a child process, by libfaketime.  The time stands still until
# the test moves it, so that signatures can be compared byte for byte.
# CLOCK_MONOTONIC stays real, as nginx runs its timers by it, unless a test asks
# for "timers", which then stand still, too.

use strict;
use warnings;

use Carp qw(croak);
use POSIX ();
use Time::Local qw(timegm);

use S3O::Process qw(spew);


sub library {
    my ($lib) = (glob('/usr/lib/*/faketime/libfaketime.so.1'),
                 glob('/usr/lib*/faketime/libfaketime.so.1'),
                 glob('/usr/local/lib/faketime/libfaketime.so.1'));
    return $lib;
}


# new(file, timers => 1): "file" is the timestamp file that the process reads;
# with "timers" its timers go by this clock

sub new {
    my ($class, $file, %o) = @_;

    return bless { file => $file, timers => $o{timers} }, $class;
}


sub file { return $_[0]{file} }


# set('2024-03-01 12:00:00'), set('20240301T120000Z') or set(seconds since the
# epoch, whole ones or not); always UTC

sub set {
    my ($self, $time) = @_;

    my $epoch = to_epoch($time);
    my $ms = sprintf '%.0f', $epoch * 1000;
    my $text = POSIX::strftime('%Y-%m-%d %H:%M:%S', gmtime int $ms / 1000);

    # in the middle of a millisecond, as libfaketime rounds down a
    # floating-point number

    $text .= sprintf '.%03d5', $ms % 1000 if $ms % 1000;

    # workers that run as another user must read it

    spew($self->{file}, "$text\n", 0644);
    $self->{epoch} = $epoch;
}


sub epoch { return $_[0]{epoch} }


# The environment for the child.  The caller sets LD_PRELOAD, as there may be
# more than one library to preload.  The timestamp file is read at each look at
# the clock.  NO_FAKE_STAT keeps the times of files real, as they only tell
# whether a file has changed.  The semaphore and the shared memory of
# libfaketime are for several programs with one clock, and would be left behind
# by a process that is killed.

sub env {
    my ($self) = @_;

    my $real = $self->{timers} ? 0 : 1;

    return (
        FAKETIME_TIMESTAMP_FILE      => $self->{file},
        FAKETIME_NO_CACHE            => 1,
        FAKETIME_DONT_FAKE_MONOTONIC => $real,
        DONT_FAKE_MONOTONIC          => $real,
        NO_FAKE_STAT                 => 1,
        FAKETIME_FORCE_MONOTONIC_FIX => 0,
        FAKETIME                     => undef,
        TZ                           => 'UTC',
    );
}


sub to_epoch {
    my ($time) = @_;

    return $time if $time =~ /^\d{1,12}(?:\.\d+)?$/;

    $time =~ /^(\d{4})-?(\d\d)-?(\d\d)[ T](\d\d):?(\d\d):?(\d\d)(\.\d+)?Z?$/
        or croak "not a time: \"$time\"";

    return timegm($6, $5, $4, $3, $2 - 1, $1) + ($7 // 0);
}


1;
