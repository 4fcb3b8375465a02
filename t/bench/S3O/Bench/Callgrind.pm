package S3O::Bench::Callgrind;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Instructions where the processor does not count them: nginx runs in valgrind
# as one process.  Between what is to be told apart it is asked for a page
# that makes callgrind write down what it has counted since the last one.
# A page by itself is counted as well and taken away again, and the clock
# stands still, see preload.c, so that a few requests give what all others
# would.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Path ();
use File::Temp ();

use S3O::Bench::Dump qw(read_dump hash_model level priced);
use S3O::Bench::Setup qw(tool);
use S3O::Process qw(capture find_program process_exited slurp spawn spew
    wait_until);

our @EXPORT_OK = qw(has_callgrind callgrind_ready count_requests count_program
    count_config callgrind_file dumps_of);

# the least requests before counting, and those that are counted; seconds that
# nginx may take to start

use constant {
    WARM  => 3,
    TIMES => 10,
    START => 180,
};

# the function of nginx before which callgrind writes, and who calls it; it has
# no other use here

use constant BETWEEN => 'ngx_http_named_location';

use constant PAGE => <<'EOC';
        location = /between {
            error_page  418 = @between;
            return      418;
        }

        location @between {
            return  204;
        }
EOC

my $dir = File::Temp::tempdir('s3o-callgrind-XXXXXXXX', TMPDIR => 1,
                              CLEANUP => 1);
my ($preload, $ready, $model, $last);


# with "clock" in BENCH there is none, to try out what is done then

sub has_callgrind {
    return 0 if ($ENV{BENCH} // '') =~ /\bclock\b/
                || !find_program('valgrind');

    return 1 if $preload //= eval { tool('preload', '-shared', '-fPIC') };

    warn "valgrind cannot be used: $@";
    return 0;
}


# what is the same for all that is counted; also by itself, so that processes
# that count have it in common

sub callgrind_ready {
    return if $ready++;

    has_callgrind() or croak 'no valgrind';

    my $file = _file('blocks');

    _run($file, tool('blocks', '-lcrypto'));
    $model = hash_model(100, map { "$file.$_" } 2 .. 5);

    return;
}


# what was counted last, for callgrind_annotate

sub callgrind_file { return $last }


# of this process

sub _file {
    my ($name) = @_;

    my $file = "$dir/$$-$name";

    unlink $file, glob "$file.*";

    return $file;
}


sub _valgrind {
    my ($file, @options) = @_;

    return ('valgrind', '--tool=callgrind', "--log-file=$file.log",
            "--callgrind-out-file=$file", @options);
}


# Valgrind shows programs a processor without ADX instructions, which it knows
# all the same, and P-256 is made of.  Without BMI1 OpenSSL's SHA-256 hashes
# one block at a time and not two, so that each costs the same.

sub _environment {
    my ($flags) = slurp('/proc/cpuinfo') =~ /^flags\s*:(.*)/m;

    my %bit = (avx2 => 0x20, bmi2 => 0x100, adx => 0x80000);
    my $bits = 0;

    for my $name (keys %bit) {
        $bits |= $bit{$name} if ($flags // '') =~ /\b$name\b/;
    }

    return (OPENSSL_ia32cap => sprintf ':0x%x', $bits);
}


# count_requests(start, series, ...): start is a function that takes arguments
# of S3O::Bench::Setup::server() and returns a server; a series is
# { uris => [...], gate => function that dies unless the server it gets does
# what is to be measured, warm => requests before }.  Returns for each of them
# { user => instructions of a request, blocks => of SHA-256 }.

sub count_requests {
    my ($start, @series) = @_;

    callgrind_ready();

    my $file = _file('nginx');
    my $t = $start->(main => 'master_process off;', locations_more => PAGE,
                     run => sub { _start($_[0], $file) }) // return;

    my @counts = eval {
        my $c = $t->connect(timeout => 60);
        my $n = 0;
        my $between = sub {
            _get($c, '/between');
            return $last = "$file." . ++$n;
        };

        map { _count($t, $c, $between, $_) } @series;
    };
    my $error = $@;

    _end($t);

    croak $error if @counts != @series;

    return @counts;
}


sub _start {
    my ($t, $file) = @_;

    my %env = %{ $t->_environment() };
    my $pid_file = $t->testdir() . '/nginx.pid';

    $env{LD_PRELOAD} = join ' ', $preload, $env{LD_PRELOAD} // ();

    my $pid = $t->{pid} = spawn(
        cmd    => [_valgrind($file, '--instr-atstart=no',
                             '--dump-before=' . BETWEEN), $t->{binary},
                   '-p', $t->testdir() . '/', '-c', 'nginx.conf',
                   '-e', 'error.log'],
        name   => 'valgrind',
        stdout => $t->testdir() . '/stdout.log',
        stderr => $t->testdir() . '/stderr.log',
        env    => { %env, _environment() },
    );

    my $up = eval { wait_until(sub { -s $pid_file || process_exited($pid) },
                               START) };
    my $error = $@ || slurp("$file.log") . $t->read_file('stderr.log');

    return if $up && !process_exited($pid);

    _end($t);
    croak "nginx did not start in valgrind: $error";
}


# a signal that it handles might find it asleep

sub _end {
    my ($t) = @_;

    $t->stop(signal => 'KILL');
    File::Path::remove_tree($t->testdir());

    return;
}


sub _get {
    my ($c, $uri) = @_;

    my $r = $c->request(uri => $uri);

    croak "$uri: " . ($r ? "status $r->{status}" : 'no answer')
        unless $r && $r->{status} < 400;

    return;
}


sub _count {
    my ($t, $c, $between, $series) = @_;

    my @uris = @{ $series->{uris} };

    $series->{gate}->($t) if $series->{gate};

    _get($c, $_) for @uris, (@uris) x (($series->{warm} // WARM) / @uris);

    $between->();
    my $page = level(read_dump($between->()));

    my $n = 0;

    do {
        _get($c, $_) for @uris;
        $n += @uris;
    } while $n < ($series->{times} // TIMES);

    my ($all, $blocks) = priced(read_dump($between->()), $model);

    return {
        user   => ($all - $page) / $n,
        blocks => defined $blocks ? $blocks / $n : undef,
    };
}


# count_program(program, few, many): instructions of a program for each time
# that it does what it does as often as it is told

sub count_program {
    my ($program, $few, $many) = @_;

    my @total = map {
        my $file = _file('program');
        _run($file, $program, $_);
        read_dump($file)->{total};
    } $few, $many;

    return ($total[1] - $total[0]) / ($many - $few);
}


# dumps_of(program): what it says, and what each of its dumps has counted.  It
# collects only where it says so.

sub dumps_of {
    my ($program) = @_;

    my $file = _file('dumps');

    my ($status, $said) = capture([_valgrind($file, '--collect-atstart=no'),
                                   $program], timeout => 300,
                                  env => { _environment() });
    croak "$program failed with $status: $said" if $status;

    my $n = 0;
    my @totals;

    while (-e "$file." . ++$n) {
        push @totals, read_dump("$file.$n")->{total};
    }

    return ($said, @totals);
}


# count_config(nginx, configuration, function): what the function takes while
# "nginx -t" reads it

sub count_config {
    my ($t, $text, $function) = @_;

    my $file = _file('config');
    my $dir = $t->testdir();

    spew("$dir/check.conf", $t->expand($text, check => 1));

    my ($status, $said) = capture([_valgrind($file,
        "--toggle-collect=$function"), $t->{binary}, '-t', '-p', "$dir/",
        '-c', 'check.conf', '-e', 'stderr'], timeout => 300,
        env => { %{ $t->_environment() }, _environment() });
    croak "nginx -t failed with $status: $said" if $status;

    return read_dump($file)->{total};
}


sub _run {
    my ($file, @cmd) = @_;

    my ($status, $said) = capture([_valgrind($file), @cmd], timeout => 120,
                                  env => { _environment() });
    croak "@cmd failed with $status: $said" if $status;

    return;
}


1;
