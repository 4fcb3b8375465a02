#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "make bench": what the module costs, beside nginx without it.  Prints tables
# and leaves them in $OUT/bench.md.
#
# BENCH has words: "long" for more rounds and ten million requests, and the
# names of sections (answers uploads growth memory) to run these only.

use strict;
use warnings;

use S3O::Bench::Answers qw(answers);
use S3O::Bench::Cost qw(how_counted);
use S3O::Bench::Growth qw(growth);
use S3O::Bench::Measure qw(CPUS);
use S3O::Bench::Memory qw(memory);
use S3O::Bench::Report qw(report_to say_line heading goals);
use S3O::Bench::Setup qw(out);
use S3O::Bench::Uploads qw(uploads);
use S3O::Nginx;
use S3O::Process qw(capture slurp find_program);

$| = 1;

my %word = map { $_ => 1 } split ' ', $ENV{BENCH} // '';
my $long = delete $word{long};

# what to do without, see has_perf() and has_callgrind()

delete @word{qw(valgrind clock)};

my %section = (
    answers => sub { answers(rounds => $long ? 15 : 5) },
    uploads => sub { uploads(rounds => $long ? 9 : 3) },
    growth  => sub { growth() },
    memory  => sub { memory(requests => $long ? 10_000_000 : 300_000) },
);

for my $name (keys %word) {
    die "bench: no section \"$name\"\n" unless $section{$name};
}

for my $program (qw(wrk curl openssl)) {
    die "bench: $program is not installed, see t/tools/deps.sh\n"
        unless find_program($program);
}

report_to(out() . '/bench.md');
machine();

for my $name (qw(answers uploads growth memory)) {
    $section{$name}->() if $section{$name} && (!%word || $word{$name});
}

heading('Goals');
goals();

print "\nThe tables are in ", out(), "/bench.md\n";


sub machine {
    my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*:\s*(.*)/m;
    my ($os) = slurp('/etc/os-release') =~ /^PRETTY_NAME="?([^"\n]*)/m;
    my (undef, $nginx) = capture([S3O::Nginx::binary(), '-v']);
    my (undef, $openssl) = capture(['openssl', 'version']);
    my ($load) = split ' ', slurp('/proc/loadavg');

    my $sha = slurp('/proc/cpuinfo') =~ /\b(?:sha_ni|sha2)\b/
              ? 'with' : 'without';

    chomp($nginx, $openssl);

    $nginx =~ s/^nginx version: //;
    $openssl =~ s/ \(Library.*//;

    say_line(join "\n", ($cpu // 'A processor without a name') . ', '
             . CPUS . " processors, $sha SHA instructions;",
             ($os // $^O) . ", $nginx, $openssl.",
             "The load of the machine at the start was $load.");
    say_line(how_counted());

    return;
}
