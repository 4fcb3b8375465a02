package S3O::Bench::Measure;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What one worker process spends while something sends it requests: its time
# on a processor from the kernel's own account, its instructions from perf.
# Only the worker counts; whatever makes the load, and the servers behind, run
# on another processor.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Temp ();

use S3O::Process qw(capture find_program slurp spew);

our @EXPORT_OK = qw(has_perf has_kernel load run record spend median cpu_ns rss
    pinned CPUS WORKER_CPU LOAD_CPU);

# how many processors, which is the worker's, and which that of all the rest

use constant CPUS => scalar(() = slurp('/proc/cpuinfo') =~ /^processor\b/mg);
use constant WORKER_CPU => 0;
use constant LOAD_CPU => CPUS > 1 ? 1 : 0;

my $dir = File::Temp::tempdir('s3o-measure-XXXXXXXX', TMPDIR => 1,
                              CLEANUP => 1);
my %probed;


# are there counters of instructions, in user mode and in the kernel?  With
# "valgrind" or "clock" in BENCH there are none, to try out what is done then.

sub has_perf   { return _probe('u') }
sub has_kernel { return _probe('k') }


sub _probe {
    my ($mode) = @_;

    return 0 if ($ENV{BENCH} // '') =~ /\b(?:valgrind|clock)\b/;

    return $probed{$mode} //= do {
        my ($status, $out)
            = find_program('perf')
            ? capture(['perf', 'stat', '-x,', '-e', "instructions:$mode",
                       'true'])
            : (1, '');
        $status == 0 && $out =~ /^[1-9]\d*,.*instructions/m ? 1 : 0;
    };
}


sub pinned {
    my ($cpu, @cmd) = @_;

    return CPUS > 1 && find_program('taskset')
           ? ('taskset', '-c', $cpu, @cmd) : @cmd;
}


sub median {
    my @n = sort { $a <=> $b } grep { defined } @_;

    return undef unless @n;
    return $n[$#n / 2] if @n % 2;
    return ($n[@n / 2 - 1] + $n[@n / 2]) / 2;
}


# nanoseconds that a process has been on a processor

sub cpu_ns {
    my ($pid) = @_;

    return $1 if slurp("/proc/$pid/schedstat") =~ /^(\d+) /;

    # where the kernel keeps no such account, ticks of 10 ms

    my @f = split ' ', slurp("/proc/$pid/stat") =~ s/^.*\) //r;
    croak "no process $pid" unless @f > 12;

    return ($f[11] + $f[12]) * 10_000_000;
}


# KiB of resident memory, and of these what is not a part of a file: code that
# lies in libraries is there once for all processes

sub rss {
    my ($pid) = @_;

    my $status = slurp("/proc/$pid/status");

    return map { $status =~ /^$_:\s+(\d+) kB/m ? $1 : 0 } qw(VmRSS RssAnon);
}


# spend(pid, cmd => [...], timeout =>) runs a command and returns what the
# process has spent until it ended: cpu in nanoseconds, user and kernel
# instructions or undef; out is what the command said

sub spend {
    my ($pid, %o) = @_;

    my @cmd = _counted(['-p', $pid], pinned(LOAD_CPU, @{ $o{cmd} }));

    my $before = cpu_ns($pid);
    my ($status, $out) = capture(\@cmd, timeout => $o{timeout} // 120);
    my $cpu = cpu_ns($pid) - $before;

    croak "@{ $o{cmd} } failed with $status: $out" if $status;

    return { cpu => $cpu, out => $out, _counts() };
}


# run(command) is the same of the command itself, but for the time

sub run {
    my ($cmd) = @_;

    my @cmd = _counted([], pinned(WORKER_CPU, @$cmd));
    my ($status, $out) = capture(\@cmd, timeout => 120);

    croak "@$cmd failed with $status: $out" if $status;

    return { out => $out, _counts() };
}


# record(pid, url) returns the stacks of a process under load, one for so many
# user instructions, as "perf script" prints them

sub record {
    my ($pid, $url) = @_;

    my ($status, $said) = capture(['perf', 'record', '-q', '-e',
        'instructions:u', '-c', 499_979, '--call-graph', 'dwarf,8192',
        '-o', "$dir/perf.data", '-p', $pid, '--',
        pinned(LOAD_CPU, 'wrk', '-t1', '-c32', '-d2s', $url)], timeout => 60);
    croak "perf record failed with $status: $said" if $status;

    ($status, my $text) = capture(['sh', '-c', "perf script -i $dir/perf.data"
        . ' -F ip,sym,symoff,dso 2>/dev/null'], timeout => 120);
    croak "perf script failed with $status" if $status;

    return $text;
}


sub _counted {
    my ($whom, @cmd) = @_;

    my @events = ((has_perf() ? 'instructions:u' : ()),
                  (has_kernel() ? 'instructions:k' : ()));

    unlink "$dir/perf";

    return @events ? ('perf', 'stat', '-x,', '-e', join(',', @events), @$whom,
                      '-o', "$dir/perf", '--', @cmd) : @cmd;
}


sub _counts {
    my $text = slurp("$dir/perf");
    my %n;

    $n{$2} = $1 while $text =~ /^(\d+),.*?instructions:([uk])/mg;

    return (user => $n{u}, kernel => $n{k});
}


# load(pid, url, seconds => 1, connections => 32, script => text in Lua) has
# wrk send requests and returns what one of them cost, and: requests, p50, p99
# in microseconds

sub load {
    my ($pid, $url, %o) = @_;

    my @script;

    if (defined $o{script}) {
        spew("$dir/load.lua", $o{script});
        @script = ('-s', "$dir/load.lua");
    }

    my $s = $o{seconds} // 1;
    my $r = spend($pid, timeout => $s + 30, cmd => ['wrk', '-t1',
        '-c' . ($o{connections} // 32), "-d${s}s", '--latency', @script,
        $url]);

    my ($n) = $r->{out} =~ /^\s*(\d+) requests in /m;

    croak "wrk: $r->{out}" if !$n || $r->{out} =~ /Non-2xx|Socket errors/;

    return {
        requests => $n,
        cpu      => $r->{cpu} / $n,
        p50      => _us($r->{out} =~ /^\s*50%\s+(\S+)/m),
        p99      => _us($r->{out} =~ /^\s*99%\s+(\S+)/m),
        map { $_ => defined $r->{$_} ? $r->{$_} / $n : undef }
        qw(user kernel),
    };
}


sub _us {
    my ($n, $unit) = ($_[0] // '') =~ /^([\d.]+)(us|ms|s)$/ or return undef;

    return $n * { us => 1, ms => 1000, s => 1_000_000 }->{$unit};
}


1;
