#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Workers that go away during a fetch.  When a worker is killed, another worker
# takes over the fetch.  A worker that is to exit does so at once and cleanly.
#
# The clock of nginx moves only when the test moves it.  So a fetch is given up,
# and a lease ends, only when the test lets time pass.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(check_url comes gone worker_of);
use S3O::Rotation::Service;

my $now = time();

my $t = S3O::Nginx->new(log_level => 'info', workers => 4)->has('faketime')
        ->faketime($now, timers => 1);
my $s = S3O::Rotation::Service->start(name => 'one', answer => 'hang',
                                       step => 'token', now => $now);

configure($s->source());
$t->run();

# Kills the worker that fetches: first while the first fetch hangs, and then
# while the second one hangs at a later step.

my $fetches = 1;

for my $step (qw(token credentials)) {
    $s->set(step => $step);
    ok(comes($t, 0.002, sub { $s->hung($step) }), "$step: a fetch hangs");

    my $killed = wait_until(sub { worker_of($t, $s->port()) });

    ok($killed, "$step: one of the workers fetches") or next;
    kill 'KILL', $killed;
    ok(gone($killed), "$step: the worker that fetches is killed");
    is($s->fetches(), $fetches, "$step: only that worker has asked");

    # the lease lasts twenty seconds, and each worker looks at it twice a second

    ok(comes($t, 0.005, sub { $s->fetches() > $fetches }),
       "$step: another worker asks before the lease is over");
    isnt(wait_until(sub { worker_of($t, $s->port()) }), $killed,
         "$step: the killed worker does not ask");
    $fetches++;
}

$s->set(answer => 'ok', step => 'credentials');

ok(wait_until(sub { url() ? 1 : 0 }), 'the last fetch brings a set');
is(check_url('one', $s->history(), url()), '', 'the set signs');
is($s->fetches(), $fetches, 'no further fetch was needed');
ok(wait_until(sub { $t->workers() == 4 ? 1 : 0 }), 'all workers are there');


# reload and shutdown during a fetch, at each of its steps

my $n = 0;

for my $step (qw(token role credentials)) {
    for my $what ('reload', $step eq 'role' ? () : qw(QUIT TERM)) {
        my %o = (answer => 'hang', step => $step, now => $now);
        my $service = S3O::Rotation::Service->start(name => 'two', %o);

        configure($service->source('role=step' . $n++),
                  $service->source());
        $t->run() unless $t->pid();
        $t->reload();

        # a request with a known role skips the request for the role

        my $hang = $step eq 'role' ? 1 : 2;

        ok(comes($t, 0.002, sub { $service->hung($step) >= $hang }),
           "$what while $step is fetched");

        my @old = $t->workers();

        if ($what eq 'reload') {
            ok($t->reload(), 'reloads');
            is(scalar(grep { !gone($_) } @old), 0, 'all old workers end');

        } else {
            $t->stop(signal => $what);
            is(scalar(grep { !gone($_) } @old), 0, 'all workers end');
        }

        is(given_up(@old), 0, 'no worker logs that its fetch has failed');
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


# Returns how many fetches of these workers were given up.

sub given_up {
    my $pids = join '|', @_;

    return scalar grep { /\] (?:$pids)#.*no new credentials/ }
                  $t->log_errors('error');
}


sub url { return $t->request(uri => '/0/x')->{headers}{location}[0] }
