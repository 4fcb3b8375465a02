#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# nginx with one process that is master and worker ("master_process off")
# fetches and refreshes.  After a reload in this mode nginx itself has no
# connections left, neither for clients nor for a fetch.  It must not crash,
# even when the reload removes sources that are being fetched.
#
# The clock moves only when the test moves it, so a fetch that hangs does not
# end by itself.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(process_exited process_status wait_until);
use S3O::Rotation qw(check_url comes set_number);
use S3O::Rotation::Service;

my $now = time();
my $t = S3O::Nginx->new(log_level => 'info', workers => 0)->has('faketime')
        ->faketime($now, timers => 1);

my $s = S3O::Rotation::Service->start(name => 'one', life => 20, now => $now);
my $slow = S3O::Rotation::Service->start(name => 'slow', answer => 'hang');

configure($s->source());
$t->run();

ok(comes($t, 0.002, sub { $s->fetches() }), 'the only process fetches');
ok(wait_until(sub { newest() == 1 }), 'the first set signs');

# half of the set's life passes

$s->set(now => $now + 10);
$t->set_faketime($now + 10);
ok(wait_until(sub { newest() == 2 }), 'the next set signs');
is($t->workers(), 0, 'there are no workers');

is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
   'never two fetches at a time');

$t->stop();


# reloads one after another; fetches after them cannot be sent

for my $reload ('with the same source', 'with another one', 'without any') {
    configure($slow->source());
    $slow->set(answer => 'hang');

    my $fetches = $slow->fetches();

    $t->run();
    ok(comes($t, 0.002, sub { $slow->fetches() > $fetches }),
       'a fetch is under way');

    configure($reload =~ /same/ ? $slow->source()
              : $reload =~ /another/ ? $s->source() : undef);

    ok($t->reload(), "a reload $reload");
    ok($t->reload(), "$_ reload in a row") for 'a second', 'a third';

    $slow->set(answer => 'ok');

    for (1 .. 5) {
        $t->pass(0.5);
        sleep 0.3;
    }

    ok(!process_exited($t->pid()), 'nginx lives');
    ends('and ends by itself');
    $t->error_log_unlike(qr/signal 11|exited on signal/,
                         'no process of nginx has crashed');
}

configure($slow->source());
$slow->set(answer => 'hang');

my $fetches = $slow->fetches();

$t->run();
ok(comes($t, 0.002, sub { $slow->fetches() > $fetches }), 'a fetch under way');
ends('does not hold up the end');

$t->todo_alerts(qr/worker_connections are not enough/);
$t->done();


sub configure {
    my ($source) = @_;

    my $directive = $source ? "s3o_presign_credentials  $source;" : '';
    my $mode = $source ? 'redirect' : 'off';

    $t->write_file_expand('nginx.conf', <<"EOC");

%%TEST_GLOBALS%%

master_process  off;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    $directive
    s3o_presign_access_point      @{[ ARN ]};
    s3o_presign_expires           1s;
    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location / {
            s3o_presign  $mode;
        }

        location /none {
            s3o_presign  off;
            return       204;
        }
    }
}

EOC
}


# Returns the number of the set that signs now, or 0 when the URL is not right.

sub newest {
    my $url = $t->request(uri => '/x')->{headers}{location}[0] // return 0;
    my $why = check_url('one', $s->history(), $url);

    diag($why) if $why;

    return $why ? 0 : set_number('one', $url);
}


# Stops nginx and tests that no signal has killed it.

sub ends {
    my ($test) = @_;

    my $pid = $t->pid();

    $t->stop();
    is(process_status($pid), 0, $test);
}
