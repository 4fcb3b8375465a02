#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# t/tools/deps.sh: its output while it installs, with an apt-get that installs
# nothing and waits until its progress was reported.

use strict;
use warnings;

use File::Temp ();
use Test::More;

use S3O::Nginx;
use S3O::Process qw(spawn process_exited process_status stop_process wait_until
    slurp spew);

my $root = S3O::Nginx::root();
my $dir = File::Temp::tempdir(CLEANUP => 1);

program('dpkg-query', 'exit 1');
program('id', 'echo 0');
program('sleep', "echo \$PPID >>$dir/teller", 'exec /bin/sleep 0.05');

installs();
fails();
nothing_to_do();

done_testing();


sub program {
    my ($name, @lines) = @_;

    mkdir "$dir/bin";
    spew("$dir/bin/$name", join("\n", '#!/bin/sh', @lines, ''), 0755);

    return;
}


# returns (status, output)

sub deps {
    my $out = "$dir/out";

    unlink $out, "$dir/teller";
    spew($out, '');

    my $pid = spawn(cmd => ['sh', "$root/t/tools/deps.sh", 'style'],
                    stdout => $out, stderr => $out, env => {
                        PATH => "$dir/bin:$ENV{PATH}",
                        S3O_POLICY_RC_D => "$dir/policy" });

    wait_until(sub { process_exited($pid) }, 120);
    stop_process($pid);

    return (process_status($pid), slurp($out));
}


# the process that reports the progress has ended

sub quiet {
    my ($pid) = slurp("$dir/teller") =~ /^(\d+)/
        or return fail('the progress was reported');

    return ok(wait_until(sub { !kill 0, $pid }, 60),
              'the progress report ends');
}


sub installs {
    program('apt-get',
            'case "$*" in *" -s "*) echo "Inst a"; echo "Inst b"; exit;; esac',
            'echo "Get:1 a"; echo "Unpacking a"; echo "Setting up a"',
            'n=0',
            "until grep -q ' 1 set up of 2' $dir/out; do",
            '    /bin/sleep 0.1; n=$((n + 1)); [ $n -lt 600 ] || exit 1',
            'done',
            "[ -e $dir/policy ] && echo 'Setting up b'");

    my ($status, $out) = deps();

    is($status, 0, 'installing ends well');
    like($out, qr/^deps\.sh:\ 1\ fetched,\ 1\ unpacked,\ 1\ set\ up
                  \ of\ 2\ packages$/mx, 'the progress is reported');
    is(scalar(my @same = $out =~ / 1 set up of/g), 1,
       'the progress is reported once');
    unlike($out, qr/^Setting up/m, 'other lines of apt-get are not shown');
    ok(!-e "$dir/policy", 'daemons may start again');
    quiet();
}


sub fails {
    program('apt-get', 'echo "E: no such package"', 'exit 100');

    my ($status, $out) = deps();

    isnt($status, 0, 'a package that cannot be installed is a failure');
    like($out, qr/^E: no such package$/m, 'the error of apt-get is shown');
    ok(!-e "$dir/policy", 'daemons may start again after the failure');
}


sub nothing_to_do {
    program('dpkg-query', 'for p; do echo "$p installed"; done');

    my ($status, $out) = deps();

    is("$status $out", '0 ', 'nothing is shown when all packages are there');
}
