#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Workers that go away in the middle of a fetch: one that is killed leaves the
# fetch to another one, and one that shall end does so at once and cleanly.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(check_url gone worker_of);
use S3O::Rotation::Service;

my $t = S3O::Nginx->new(log_level => 'info', workers => 4);
my $s = S3O::Rotation::Service->start(name => 'one', answer => 'hang',
                                       step => 'token');

configure($s->source());
$t->run();

# a killed worker.  A fetch gives up after two seconds without a byte, so it is
# killed as soon as it has asked.

for my $step (qw(token credentials)) {
    my ($killed, $fetches) = kill_in_fetch($step) or next;
    my $began = time();

    ok($s->wait_for_fetches($fetches + 1, 15), "$step: another worker asks");

    # the lease is for twenty seconds, each looks twice a second

    my $took = time() - $began;

    diag(sprintf 'asked again after %.2f s', $took);
    cmp_ok($took, '<', 2.5, "$step: soon");
    cmp_ok(worker_of($t, $s->port()) // 0, '!=', $killed, "$step: not itself");
}

$s->set(answer => 'ok', step => 'credentials');

ok(wait_until(sub { url() ? 1 : 0 }, 10), 'and in the end there is a set');
is(check_url('one', $s->history(), url()), '', 'that signs');
ok(wait_until(sub { $t->workers() == 4 ? 1 : 0 }), 'all workers are there');


# reload and shutdown in the middle of a fetch, at each step of it

my $n = 0;

for my $step (qw(token role credentials)) {
    for my $what ('reload', $step eq 'role' ? () : qw(QUIT TERM)) {
        my %o = (answer => 'hang', step => $step);
        my $service = S3O::Rotation::Service->start(name => 'two', %o);

        configure($service->source('role=step' . $n++),
                  $service->source());
        $t->run() unless $t->pid();
        $t->reload();

        ok($service->wait_for_fetches(2), "$what while $step is fetched");

        my @old = $t->workers();
        my $given_up = given_up(@old);
        my $began = time();

        if ($what eq 'reload') {
            ok($t->reload(), 'reloads');
            is(scalar(grep { !gone($_, 5) } @old), 0, 'all old workers end');

        } else {
            $t->stop(signal => $what);
            is(scalar(grep { !gone($_, 1) } @old), 0, 'all workers end');
        }

        my $took = time() - $began;

        # the fetch would be given up after two seconds, which is said; for
        # that long the machine may be busy

        ok($took < 1.5 || given_up(@old) == $given_up, 'at once')
            or diag($took);
        $service->down();
    }
}

$t->error_log_unlike(qr/open socket/, 'no socket is left open');
$t->error_log_unlike(qr/exited on signal (?!9)/, 'no worker crashed');
$t->todo_alerts(qr/worker process \d+ exited on signal 9/);

$t->done();


sub configure {
    my (@sources) = @_;

    my $locations = join '', map { <<"EOC" } 0 .. $#sources;
        location /$_/ {
            s3o_presign_credentials  $sources[$_];
        }

EOC

    $t->write_file_expand('nginx.conf', <<"EOC");

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign                   redirect;
    s3o_presign_access_point      @{[ ARN ]};
    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

$locations
        location / {
            s3o_presign  off;
        }
    }
}

EOC
}


# how many fetches of these workers were given up

sub given_up {
    my $pids = join '|', @_;

    return scalar grep { /\] (?:$pids)#.*no new credentials/ }
                  $t->log_errors('error');
}


sub url { return $t->request(uri => '/0/x')->{headers}{location}[0] }


# kills the worker that is waiting for an answer to a step; returns its id, and
# how many fetches there were before

sub kill_in_fetch {
    my ($step) = @_;

    $s->set(step => $step);

    my $fetches = $s->fetches();

    # the next fetch, from its beginning

    ok($s->wait_for_fetches($fetches + 1, 15), "$step: a fetch begins");
    sleep 0.15;

    my $pid = wait_until(sub { worker_of($t, $s->port()) }, 1);

    $fetches = $s->fetches();

    ok($pid, "$step: by one of the workers") or return;
    kill 'KILL', $pid;
    ok(gone($pid), "$step: which is killed");

    return ($pid, $fetches);
}
