package S3O::Process;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Child processes: started with an explicit environment, known by the process id
# that fork() returned, and stopped within a limited time.  What a test leaves
# running is stopped when the test ends, also when it dies or is interrupted.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Spec;
use File::Temp ();
use POSIX ();
use Time::HiRes qw(time sleep);

our @EXPORT_OK = qw(spawn capture stop_process process_exited process_status
    wait_until slurp spew control_dir find_program);

use constant POLL => 0.01;

my $owner = $$;
my %running;    # pid => name, children that were not reaped yet
my %status;     # pid => wait status of those that were


# an interrupted test must still reach the END blocks

for my $signal (qw(INT TERM HUP)) {
    $SIG{$signal} //= sub { exit 128 + ($signal eq 'INT' ? 2 : 15) };
}


# spawn(cmd => [...] or sub {...}, stdout => file, stderr => file, stdin =>
# file, env => {NAME => value, undef removes it}, name => text, dir => path)
# returns the process id

sub spawn {
    my %o = @_;

    my $name = $o{name} // (ref $o{cmd} eq 'ARRAY' ? $o{cmd}[0] : 'child');
    $o{parent} = $$;
    my $pid = fork // croak "fork() failed: $!";

    if ($pid) {
        $running{$pid} = $name;
        return $pid;
    }

    # the child must never run the END blocks or destructors of the test

    my $ok = eval { _child(%o); 1 };

    print STDERR "$name: $@" unless $ok;
    POSIX::_exit($ok ? 0 : 127);
}


sub _child {
    my %o = @_;

    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP CHLD PIPE);
    _die_with_parent($o{parent});

    for my $name (keys %{ $o{env} // {} }) {
        my $value = $o{env}{$name};
        defined $value ? ($ENV{$name} = $value) : delete $ENV{$name};
    }

    _redirect(\*STDIN, '<', $o{stdin} // '/dev/null');
    _redirect(\*STDOUT, '>>', $o{stdout}) if defined $o{stdout};
    _redirect(\*STDERR, '>>', $o{stderr}) if defined $o{stderr};

    if (defined $o{dir}) {
        chdir $o{dir} or die "chdir() to $o{dir} failed: $!\n";
    }

    if (ref $o{cmd} eq 'CODE') {
        $| = 1;
        $o{cmd}->();
        return;
    }

    no warnings 'exec';
    exec { $o{cmd}[0] } @{ $o{cmd} } or die "exec() failed: $!\n";
}


# A test that is killed runs no END block, and its servers would be left.  On
# Linux the kernel sends them TERM; Perl has no name for
# prctl(PR_SET_PDEATHSIG).

sub _die_with_parent {
    my ($parent) = @_;

    my %prctl = (x86_64 => 157, aarch64 => 167);
    my $number = $prctl{ (POSIX::uname())[4] } // return;

    return unless $^O eq 'linux';

    syscall $number, 1, POSIX::SIGTERM(), 0, 0, 0;

    # the parent may have ended before the call

    die "the test has ended\n" if getppid() != $parent;
}


sub _redirect {
    my ($handle, $mode, $file) = @_;

    # a handle already redirected by Test::More or prove may be a duplicate

    open $handle, $mode, $file or die "open() of $file failed: $!\n";
}


# runs a command to its end: returns (exit status, stdout and stderr together);
# a command that outlives the timeout is killed and has status 124

sub capture {
    my ($cmd, %o) = @_;

    my $timeout = $o{timeout} // 120;

    pipe my $r, my $w or croak "pipe() failed: $!";

    $o{parent} = $$;
    my $pid = fork // croak "fork() failed: $!";

    if (!$pid) {
        close $r;
        my $ok = eval {
            open STDOUT, '>&', $w or die "dup() failed: $!\n";
            open STDERR, '>&', $w or die "dup() failed: $!\n";
            _child(%o, cmd => $cmd);
            1;
        };
        print STDERR $@ unless $ok;
        POSIX::_exit($ok ? 0 : 127);
    }

    close $w;
    $running{$pid} = $cmd->[0];

    my ($out, $end) = ('', time() + $timeout);

    while (1) {
        vec(my $rin = '', fileno $r, 1) = 1;
        my $left = $end - time();
        my $n = $left > 0 ? select $rin, undef, undef, $left : 0;

        next if $n < 0 && $!{EINTR};
        last if $n <= 0;
        last unless sysread $r, $out, 65536, length $out;
    }

    my $left = $end - time();
    my $ended = wait_until(sub { process_exited($pid) }, $left > 1 ? $left : 1);

    if (!$ended) {
        stop_process($pid, signal => 'KILL');
        return (124, $out);
    }

    my $st = process_status($pid);
    return ($st & 127 ? 128 + ($st & 127) : $st >> 8, $out);
}


# true once the child has ended; its wait status is kept for process_status()

sub process_exited {
    my ($pid) = @_;

    return 1 unless $running{$pid};

    my $got = do { local $?; my $p = waitpid $pid, POSIX::WNOHANG();
                   $status{$pid} = $? if $p == $pid; $p };

    return 0 if $got == 0;

    delete $running{$pid};
    return 1;
}


sub process_status { return $status{ $_[0] } }


# stop_process(pid, signal => TERM, timeout => 5): the signal, a bounded wait,
# then KILL; returns true when the process ended by the first signal

sub stop_process {
    my ($pid, %o) = @_;

    return 1 if process_exited($pid);

    kill $o{signal} // 'TERM', $pid;

    return 1 if wait_until(sub { process_exited($pid) }, $o{timeout} // 5);

    kill 'KILL', $pid;
    wait_until(sub { process_exited($pid) }, 5);

    return 0;
}


# calls the function until it returns something true, and returns that; false
# when the time is over.  The first polls are close together, as most of what
# tests wait for takes a few milliseconds.

sub wait_until {
    my ($sub, $timeout) = @_;

    my $end = time() + ($timeout // 60);
    my $pause = POLL / 5;

    while (1) {
        my $result = $sub->();

        return $result if $result;
        return $result if time() >= $end;

        sleep $pause;
        $pause = POLL if ($pause *= 1.5) > POLL;
    }
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<:raw', $file or return '';
    local $/;

    return <$fh> // '';
}


sub spew {
    my ($file, $content, $mode) = @_;

    # readers (a faked clock, a control file) must never see half a file

    my $tmp = "$file.new.$$";

    open my $fh, '>:raw', $tmp or croak "open() of $tmp failed: $!";
    chmod $mode, $tmp if defined $mode;
    print {$fh} $content;
    close $fh or croak "write to $tmp failed: $!";
    rename $tmp, $file or croak "rename() to $file failed: $!";
}


# a directory for small files that change often: a disk would be flushed each
# time one replaces another, which takes milliseconds

sub control_dir {
    my $base = -d '/dev/shm' && -w _ ? '/dev/shm' : File::Spec->tmpdir();

    return File::Temp::tempdir('s3o-XXXXXXXX', DIR => $base);
}


sub find_program {
    my ($name) = @_;

    return -x $name ? $name : undef if $name =~ m{/};

    # servers live in sbin, which is not on an ordinary user's path

    for my $dir (split(/:/, $ENV{PATH} // ''), '/usr/sbin', '/sbin') {
        return "$dir/$name" if length $dir && -x "$dir/$name" && -f _;
    }

    return undef;
}


# the test does not wait long for a child that ignores TERM

END {
    if ($$ == $owner) {
        local ($?, $@, $!);
        kill 'TERM', $_ for keys %running;
        stop_process($_, timeout => 3) for keys %running;
    }
}


1;
