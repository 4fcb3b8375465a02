#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# No gap: credentials change every second under load, while nginx is reloaded,
# loses a worker and is upgraded on the fly, and no request fails; each URL is
# signed with a set that was valid then.
#
# TEST_ROTATION_SECONDS makes it longer.

use strict;
use warnings;

use List::Util qw(max sum0);
use Test::More;
use Time::HiRes qw(time sleep);

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(spawn stop_process slurp wait_until);
use S3O::Rotation qw(check_url gone set_number set_of write_set);
use S3O::Rotation::Daemon;
use S3O::Rotation::Load;
use S3O::Rotation::Service;

my $seconds = $ENV{TEST_ROTATION_SECONDS} || 16;

my $t = S3O::Nginx->new(log_level => 'info', workers => 4);
my $dir = $t->testdir();
my $s = S3O::Rotation::Service->start(name => 'imds', life => 2);

$t->subst(SOURCE => $s->source(), ARN => ARN,
          ENV => join ' ', map { "env $_;" }
                 grep { defined $t->_environment()->{$_} }
                 qw(LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS));

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

# sanitizers have to reach the new binary

%%ENV%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_expires       1s;

    log_format  key  "$request_uri $status $s3o_presign_access_key_id";
    access_log  %%TESTDIR%%/key.log  key;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /imds/ {
            s3o_presign              redirect;
            s3o_presign_credentials  %%SOURCE%%;
        }

        location /file/ {
            s3o_presign              json;
            s3o_presign_credentials  file path=%%TESTDIR%%/credentials;
        }
    }
}

EOC

my $rotator = rotate_file();

ok($t->waitforfile('credentials'), 'a file');

my $nginx = S3O::Rotation::Daemon->start($t);

my $load = S3O::Rotation::Load->start($t, uris => ['/imds/x', '/file/x'],
                                      clients => 4, pause => 0.015);
my $end = time() + $seconds;

pause(0.15);
ok($nginx->reload(), 'a reload');

pause(0.15);
my ($victim) = $nginx->workers();
kill 'KILL', $victim;
ok(gone($victim), 'a worker is killed');

pause(0.15);
kill 'HUP', $nginx->pid();
ok($nginx->reload(), 'two reloads in a row');

pause(0.15);
ok($nginx->upgrade(), 'an upgrade on the fly');

sleep max(0.5, $end - time());

my @answers = $load->stop();
stop_process($rotator);

ok($nginx->stop(), 'the new nginx ends');

my %history = (imds => $s->history(), file => file_history());
my (%used, @failed, @wrong);

for my $a (@answers) {
    my ($name) = $a->{uri} =~ m{/(\w+)/};

    if ($a->{status} != ($name eq 'imds' ? 307 : 200)) {
        push @failed, "$a->{at} $a->{uri} $a->{status}";
        next;
    }

    my $why = check_url($name, $history{$name}, $a->{url});

    push @wrong, "$a->{at} $why" if $why;
    $used{$name}{ set_number($name, $a->{url}) }++;
}

diag(sprintf '%d s, %d requests, %d failed, %d retried on a new connection, '
     . 'the slowest %.2f s; sets of imds %d (%d fetches), of file %d',
     $seconds, scalar @answers, scalar @failed,
     sum0(map { $_->{retries} } @answers), max(map { $_->{took} } @answers),
     scalar keys %{ $history{imds} }, $s->fetches(),
     scalar keys %{ $history{file} });

cmp_ok(scalar @answers, '>', 50 * $seconds, 'there was a load');
is(join("\n", @failed), '', 'no request failed');
is(join("\n", @wrong), '', 'and none was signed with a set that had ended');

for my $name (qw(imds file)) {
    my $given = keys %{ $history{$name} };

    cmp_ok($given, '>=', 0.6 * $seconds, "$name: about a set a second");
    cmp_ok(scalar keys %{ $used{$name} }, '>=', $given - 3,
           "$name: nearly all of them have signed");
}

my %logged = map { $_ => 1 } $t->read_file('key.log')
                             =~ m{^/imds/x 307 ASIAIMDS(\d{6})$}mg;

is(scalar keys %logged, scalar keys %{ $used{imds} },
   'the log tells which set has signed');

$t->todo_alerts(qr/worker process \d+ exited on signal 9/);
$t->done();


sub pause { sleep $seconds * $_[0] }


# a file that is replaced every second, by sets of three seconds

sub rotate_file {
    return spawn(name => 'rotator', cmd => sub {
        open my $log, '>', "$dir/file.log" or die "file.log: $!\n";
        my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';
        my $next = time();

        for my $n (1 .. 1000) {
            my $now = time();

            # before it can be used

            syswrite $log, sprintf "%d %.3f %d\n", $n, $now, $now + 3;
            write_set("$dir/credentials", set_of('file', $n), $now + 3, $user);

            $next += 1;
            sleep max(0.01, $next - time());
        }
    });
}


sub file_history {
    return { map { my ($n, $at, $expires) = split ' ';
                   ($n => { at => $at, expires => $expires }) }
             split /\n/, slurp("$dir/file.log") };
}
