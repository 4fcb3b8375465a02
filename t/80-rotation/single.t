#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# One process that is master and worker ("master_process off"): it fetches and
# refreshes.  After a reload in this mode nginx itself has no connections any
# more, neither for clients nor for a fetch; it must go on living, also when the
# reload takes away the sources that were being fetched.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(process_exited wait_until);
use S3O::Rotation qw(check_url set_number);
use S3O::Rotation::Service;

my $t = S3O::Nginx->new(log_level => 'info', workers => 0);

my $s = S3O::Rotation::Service->start(name => 'one', life => 3);
my $slow = S3O::Rotation::Service->start(name => 'slow', answer => 'hang');

configure($s->source());
$t->run();

ok(signs(1), 'the first set signs');
ok(signs(2), 'and the next one');
is($t->workers(), 0, 'there are no workers');

is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
   'never two fetches at a time');

$t->stop();


# reloads, one after another; what is asked for after them cannot be sent

for my $reload ('with the same source', 'with another one', 'without any') {
    configure($slow->source());
    $slow->set(answer => 'hang');

    my $fetches = $slow->fetches();

    $t->run();
    ok($slow->wait_for_fetches($fetches + 1), "a fetch is under way");

    configure($reload =~ /same/ ? $slow->source()
              : $reload =~ /another/ ? $s->source() : undef);

    ok($t->reload(), "a reload $reload");
    kill 'HUP', $t->pid();
    sleep 0.1;
    ok($t->reload(), 'two in a row');

    $slow->set(answer => 'ok');
    sleep 1.5;

    ok(!process_exited($t->pid()), 'nginx lives');

    my $began = time();

    $t->stop();
    cmp_ok(time() - $began, '<', 5, 'and ends at once');
    $t->error_log_unlike(qr/signal 11|exited on signal/, 'in peace');
}

configure($slow->source());
$slow->set(answer => 'hang');

my $fetches = $slow->fetches();
my $began = time();

$t->run();
ok($slow->wait_for_fetches($fetches + 1), 'a fetch under way');
$t->stop();
cmp_ok(time() - $began, '<', 5, 'does not hold up the end');

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
    s3o_presign_credentials_wait  1s;

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


# the number of the set that signs now; 0 when the URL is not right

sub newest {
    my $url = $t->request(uri => '/x')->{headers}{location}[0] // return 0;
    my $why = check_url('one', $s->history(), $url);

    diag($why) if $why;

    return $why ? 0 : set_number('one', $url);
}


sub signs {
    my ($at_least) = @_;

    return wait_until(sub { newest() >= $at_least ? 1 : 0 }, 8);
}
