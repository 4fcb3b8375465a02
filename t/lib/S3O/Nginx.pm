package S3O::Nginx;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Drives a real nginx with the module that was built, in the vocabulary of
# nginx-tests:
#
#     my $t = S3O::Nginx->new()->has(qw/http_ssl/)->plan(3);
#     $t->write_file_expand('nginx.conf', <<'EOF');
#     %%TEST_GLOBALS%%
#     events { }
#     http {
#         %%TEST_GLOBALS_HTTP%%
#         server { listen 127.0.0.1:%%PORT_8080%%; ... }
#     }
#     EOF
#     $t->run();
#     like($t->http_get('/'), qr/200 OK/, 'a page is served');
#
# plan() counts two more tests that are made when the script ends: no alerts,
# no sanitizer errors.
#
# This file starts, reloads and stops the process; its parent classes do the
# rest: S3O::Nginx::Features finds what a machine lacks, S3O::Nginx::Config
# makes configurations and runs "nginx -t", S3O::Nginx::Client sends requests,
# and S3O::Nginx::Log reads the error log and makes the two final tests.

use strict;
use warnings;

use parent qw(S3O::Nginx::Config S3O::Nginx::Log S3O::Nginx::Client
    S3O::Nginx::Features);

use Carp qw(croak);
use Cwd ();
use File::Basename ();
use File::Path ();
use File::Temp ();
use Test::More ();
use Time::HiRes qw(time);

use S3O::Faketime;
use S3O::Ports;
use S3O::Process qw(spawn stop_process process_exited process_status wait_until
    slurp spew find_program);

my $owner = $$;
my @instances;      # all that were made, until the end of the script
my $planned;        # plan() or done() was called
my $finished;


# new(module => path, or 0 for none; log_level => 'debug'; workers => 1).
# TEST_NGINX_MODULE=static means that the module is built into nginx.

sub new {
    my ($class, %o) = @_;

    my $dir = File::Temp::tempdir('s3o-test-XXXXXXXX', TMPDIR => 1);
    chmod 0755, $dir;

    my $self = bless {
        testdir   => $dir,
        module    => $o{module} // _default_module(),
        log_level => $o{log_level} // 'debug',
        workers   => $o{workers} // 1,
        binary    => binary(),
        ports     => {},
        subst     => {},
        env       => {},
        daemons   => [],
    }, $class;

    # sanitizers of the workers write here, whichever user the workers have

    mkdir "$dir/sanitizer";
    chmod 01777, "$dir/sanitizer";

    push @instances, $self;

    return $self;
}


sub root {
    return Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../..');
}


sub _default_module {
    return 0 if ($ENV{TEST_NGINX_MODULE} // '') eq 'static';
    return Cwd::abs_path($ENV{TEST_NGINX_MODULE})
           // $ENV{TEST_NGINX_MODULE} if length($ENV{TEST_NGINX_MODULE} // '');
    return root() . '/build/ngx_http_s3o_presign_module.so';
}


sub binary {
    return find_program($ENV{TEST_NGINX_BINARY} || 'nginx')
           // croak 'nginx not found, set TEST_NGINX_BINARY';
}


sub plan {
    my ($self, $n) = @_;

    Test::More::plan(tests => $n + 2);
    $planned = 1;

    return $self;
}


# ends a script without plan(): makes the final tests now

sub done {
    my ($self) = @_;

    $planned = 1;
    _finish();
    Test::More::done_testing();
}


sub testdir { return $_[0]{testdir} }


# the real port for a number that a test uses; it stays the same in an instance

sub port {
    my ($self, $nominal) = @_;

    return $self->{ports}{ $nominal // 8080 } //= S3O::Ports::free();
}


sub write_file {
    my ($self, $name, $content, $mode) = @_;

    spew("$self->{testdir}/$name", $content, $mode);

    return $self;
}


sub read_file {
    my ($self, $name) = @_;

    return slurp("$self->{testdir}/$name");
}


# makes workers, which are not root, the owner of a file whose mode lets only
# the owner read it

sub own_by_worker {
    my ($self, $name) = @_;

    return $self if $> != 0;

    my ($uid, $gid) = (getpwnam $self->worker_user())[2, 3];
    chown $uid, $gid, "$self->{testdir}/$name" or croak "chown() failed: $!";

    return $self;
}


sub worker_user {
    my ($self) = @_;

    return $1 if $self->read_file('nginx.conf') =~ /^\s*user\s+([^\s;]+)/m;

    return $self->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';
}


# environment variables of nginx; undef removes one.  AWS_* of the caller are
# never passed on: a test must not depend on who runs it.

sub env {
    my ($self, %env) = @_;

    $self->{env}{$_} = $env{$_} for keys %env;

    return $self;
}


sub _environment {
    my ($self) = @_;

    my %env = map { $_ => undef } grep { /^AWS_/ } keys %ENV;

    # memory that is used before it was written is not zero by chance

    $env{MALLOC_PERTURB_} = 85;

    my @preload = grep { length } split /[\s:]+/,
                       $ENV{TEST_NGINX_PRELOAD} // '';
    push @preload, $self->{preload} // ();

    my $log = "log_path=$self->{testdir}/sanitizer/log";

    # libfaketime goes before the library of the sanitizer, which is told to
    # accept that: in the other order they call each other for ever at the start

    if ($self->{faketime}) {
        unshift @preload, S3O::Faketime::library();
        %env = (%env, $self->{faketime}->env());
        $log .= ':verify_asan_link_order=0';
    }

    $env{LD_PRELOAD} = join ' ', @preload if @preload;

    my %usual = (ASAN_OPTIONS => 'detect_leaks=0',
                 UBSAN_OPTIONS => 'print_stacktrace=1',
                 TSAN_OPTIONS => 'history_size=4');

    for my $name (keys %usual) {
        $env{$name} = ($ENV{$name} // $usual{$name}) . ":$log";
    }

    return { %env, %{ $self->{env} } };
}


# faketime('2024-03-01 12:00:00') before run(): nginx sees this time, which
# stands still.  set_faketime() moves the time, also while nginx runs, and
# pass() moves it by so many seconds.  With timers => 1 the timers of nginx go
# by it, too: what takes time happens after pass(), and never earlier, however
# slow the machine is.

sub faketime {
    my ($self, $time, %o) = @_;

    S3O::Faketime::library() or croak 'libfaketime is not installed';

    $self->{faketime} //= S3O::Faketime->new("$self->{testdir}/faketime", %o);
    $self->{faketime}->set($time);

    return $self;
}


sub set_faketime {
    my ($self, $time) = @_;

    croak 'faketime() was not called' unless $self->{faketime};
    $self->{faketime}->set($time);

    return $self;
}


sub pass {
    my ($self, $seconds) = @_;

    return $self->set_faketime($self->{faketime}->epoch() + $seconds);
}


sub faketime_file { return "$_[0]{testdir}/faketime" }


sub run {
    my ($self) = @_;

    croak 'nginx runs already' if $self->{pid};

    unlink "$self->{testdir}/nginx.pid";

    $self->{pid} = spawn(
        cmd    => [$self->{binary}, '-p', "$self->{testdir}/",
                   '-c', 'nginx.conf', '-e', 'error.log'],
        name   => 'nginx',
        stdout => "$self->{testdir}/stdout.log",
        stderr => "$self->{testdir}/stderr.log",
        env    => $self->_environment(),
    );

    # the pid file is written after the sockets were opened, so a connection
    # made now waits in the queue until a worker is there

    my $up = wait_until(sub {
        -s "$self->{testdir}/nginx.pid" || process_exited($self->{pid})
    }, 120);

    if (!$up || process_exited($self->{pid})) {
        my $st = process_status($self->{pid} // 0);

        stop_process(delete $self->{pid}, signal => 'KILL');
        $self->dump_config();
        $self->dump_log();
        croak 'nginx did not start'
              . (defined $st ? ", wait status $st" : '') . ': '
              . $self->read_file('stderr.log');
    }

    return $self;
}


sub pid { return $_[0]{pid} }


# process ids of the workers that take requests

sub workers {
    my ($self) = @_;

    return grep { my $title = slurp("/proc/$_/cmdline");
                  $title =~ /worker process/ && $title !~ /shutting down/ }
           $self->_children();
}


sub _children {
    my ($self) = @_;

    my $parent = $self->{pid} // return;
    my @found;

    for my $file (glob '/proc/[0-9]*/stat') {
        my ($pid, $ppid) = slurp($file) =~ /^(\d+) \(.*\) \S+ (\d+)/s or next;
        push @found, $pid if $ppid == $parent;
    }

    return @found;
}


# Reloads.  Returns true when the new configuration serves all new connections,
# false when nginx has refused it; the error log says why.

sub reload {
    my ($self, $timeout) = @_;

    my %old = map { $_ => 1 } $self->workers();
    my $size = -s $self->_log_file() // 0;

    kill 'HUP', $self->{pid};

    # A single process has no workers to be replaced.  It must not get another
    # signal before it is done: the handler asks for the time, and faketime
    # then allocates memory, perhaps within malloc().

    my $live = !%old
        ? sub { substr(slurp($self->_log_file()), $size)
                =~ /\[notice\].*\ reconfiguring\n.*
                    \ using\ the\ "\w+"\ event\ method/sx }
        : sub {
            my @new = grep { !$old{$_} } $self->workers();
            @new && !grep { _listens($_) } keys %old;
        };

    my $result = wait_until(sub {
        return 'live' if $live->();
        return 'refused' if substr(slurp($self->_log_file()), $size)
                            =~ /\[emerg\]/;
        return 'ended' if process_exited($self->{pid});
    }, $timeout // 60);

    return $result eq 'live';
}


# true when a process accepts connections, as an old worker still does for a
# moment after the new ones were started

sub _listens {
    my ($pid) = @_;

    my %listening;

    for my $file ("/proc/net/tcp", "/proc/net/tcp6") {
        for my $line (split /\n/, slurp($file)) {
            my @f = split ' ', $line;
            $listening{ $f[9] } = 1 if @f > 9 && $f[3] eq '0A';
        }
    }

    for my $fd (glob "/proc/$pid/fd/*") {
        my ($inode) = (readlink $fd // '') =~ /^socket:\[(\d+)\]/ or next;
        return 1 if $listening{$inode};
    }

    return 0;
}


# Stops nginx gracefully, or by another signal.  If it does not end in time it
# is killed, and the final test fails.

sub stop {
    my ($self, %o) = @_;

    if (my $pid = $self->{pid}) {
        my @children = $self->_children();

        if (!stop_process($pid, signal => $o{signal} // 'QUIT',
                          timeout => $o{timeout} // 60))
        {
            $self->add_alert('nginx did not stop in time');
            kill 'KILL', @children;
        }

        delete $self->{pid};
    }

    $self->stop_daemons();

    return $self;
}


# run_daemon(sub {...}) or run_daemon(program, argument, ...): stopped with
# nginx; returns the process id

sub run_daemon {
    my ($self, $code, @args) = @_;

    my $n = @{ $self->{daemons} };
    my $log = "$self->{testdir}/daemon-$n.log";

    my $pid = spawn(
        cmd    => ref $code eq 'CODE' ? sub { $code->($self, @args) }
                                      : [$code, @args],
        stdout => $log,
        stderr => $log,
    );

    push @{ $self->{daemons} }, $pid;

    return $pid;
}


sub stop_daemons {
    my ($self) = @_;

    while (defined(my $pid = pop @{ $self->{daemons} })) {
        stop_process($pid, timeout => 15);
    }

    return $self;
}


# waits until something listens on "127.0.0.1:port" or a real port

sub waitforsocket {
    my ($self, $peer, $timeout) = @_;

    $peer = "127.0.0.1:$peer" unless $peer =~ /:/;

    return wait_until(sub {
        IO::Socket::IP->new(PeerAddr => $peer, Timeout => 1) ? 1 : 0
    }, $timeout // 60);
}


sub waitforfile {
    my ($self, $file, $timeout) = @_;

    $file = "$self->{testdir}/$file" unless $file =~ m{^/};

    return wait_until(sub { -e $file }, $timeout // 60);
}


# Stops everything, makes the two final tests once for all instances, and
# removes the directories

sub _finish {
    return if $finished;
    $finished = 1;

    $_->stop() for @instances;

    if ($planned) {
        S3O::Nginx::Log::final_tests(@instances);
    }

    my $failed = $? || !Test::More->builder->is_passing();

    for my $self (@instances) {
        if ($failed) {
            $self->dump_config();
            $self->dump_log();
        }

        if ($ENV{TEST_NGINX_LEAVE}) {
            Test::More::diag("left: $self->{testdir}");

        } else {
            File::Path::remove_tree($self->{testdir});
        }
    }

    @instances = ();
}


END {
    if ($$ == $owner) {
        my $status = $?;
        eval { _finish(); 1 } or Test::More::diag($@);
        $? = $status;
    }
}


1;
