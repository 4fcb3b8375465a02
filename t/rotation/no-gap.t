#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Credentials change all the time under load, while nginx is reloaded, loses a
# worker and is upgraded on the fly.  No request fails, and each URL is signed
# with a set that was valid at that time.
#
# The clock of nginx moves half a second at a time, as fast as the machine can
# follow.  So no set of ten seconds ends only because the machine is slow.
# TEST_ROTATION_SECONDS makes the test longer, in seconds of that clock.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use List::Util qw(max sum0);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(spawn process_exited process_status slurp wait_until);
use S3O::Rotation qw(check_url comes gone set_number set_of write_set);
use S3O::Rotation::Daemon;
use S3O::Rotation::Load;
use S3O::Rotation::Service;

use constant {
    LIFE => 10,     # of all sets; half of it later there is another one
    FILE => 2,      # seconds between two sets of the file
};

my $seconds = $ENV{TEST_ROTATION_SECONDS} || 60;
my $start = time();

my $t = S3O::Nginx->new(log_level => 'info', workers => 4)->has('faketime')
        ->faketime($start, timers => 1);
my $dir = $t->testdir();
my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';
my $s = S3O::Rotation::Service->start(name => 'imds', life => LIFE,
                                      now => $start);

$t->subst(SOURCE => $s->source(), ARN => ARN,
          ENV => join ' ', map { "env $_;" }
                 grep { defined $t->_environment()->{$_} }
                 qw(LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS));

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

# the new binary needs the environment of the sanitizers, too

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

        location /status {
            s3o_presign_status  json;
            access_log          off;
        }
    }
}

EOC

new_file(1, $start);

my $nginx = S3O::Rotation::Daemon->start($t);

ok(comes($t, 0.002, sub { (left())[0] ? 1 : 0 }), 'the first set');

my $load = S3O::Rotation::Load->start($t, uris => ['/imds/x', '/file/x'],
                                      clients => 4, pause => 0.015);
my $clock = spawn(name => 'clock', cmd => \&run_clock);

until_passed(0.15);
ok($nginx->reload(), 'a reload');

until_passed(0.3);
my ($victim) = $nginx->workers();
kill 'KILL', $victim;
ok(gone($victim), 'a worker is killed');

until_passed(0.45);
kill 'HUP', $nginx->pid();
ok($nginx->reload(), 'two reloads in a row');

until_passed(0.6);
ok($nginx->upgrade(), 'an upgrade on the fly');

until_passed(1);
wait_until(sub { process_exited($clock) });
is(process_status($clock), 0, 'the clock went on all the time');

my @answers = $load->stop();

ok($nginx->stop(), 'the new nginx ends');

my %history = (imds => $s->history(), file => file_history());
my (%used, @failed, @wrong);

for my $a (@answers) {
    my ($name) = $a->{uri} =~ m{/(\w+)/};

    if ($a->{status} != ($name eq 'imds' ? 307 : 200)) {
        push @failed, "$a->{at} $a->{uri} $a->{status}";
        next;
    }

    # a worker may have read the clock just before it moved

    my $why = check_url($name, $history{$name}, $a->{url}, 1);

    push @wrong, "$a->{at} $why" if $why;
    $used{$name}{ set_number($name, $a->{url}) }++;
}

diag(sprintf '%d s, %d requests, %d failed, %d retried on a new connection, '
     . 'the slowest %.2f s; sets of imds %d (%d fetches), of file %d',
     $seconds, scalar @answers, scalar @failed,
     sum0(map { $_->{retries} } @answers), max(map { $_->{took} } @answers),
     scalar keys %{ $history{imds} }, $s->fetches(),
     scalar keys %{ $history{file} });

cmp_ok(scalar @answers, '>', 10 * $seconds, 'there was a load');
is(join("\n", @failed), '', 'no request failed');
is(join("\n", @wrong), '', 'no request was signed with a set that had ended');

for my $name (qw(imds file)) {
    my $given = keys %{ $history{$name} };
    my $pause = $name eq 'imds' ? LIFE / 2 : FILE;

    cmp_ok($given, '>=', 0.6 * $seconds / $pause,
           "$name: about a set in $pause seconds");
    cmp_ok(scalar keys %{ $used{$name} }, '>=', $given - 3,
           "$name: nearly all of them have signed");
}

my %logged = map { $_ => 1 } $t->read_file('key.log')
                             =~ m{^/imds/x 307 ASIAIMDS(\d{6})$}mg;

is(scalar keys %logged, scalar keys %{ $used{imds} },
   'the log tells which set has signed');

$t->todo_alerts(qr/worker process \d+ exited on signal 9/);
$t->done();


# Waits until so much time of the clock has passed.

sub until_passed {
    my ($part) = @_;

    wait_until(sub { process_exited($clock)
                     || (slurp("$dir/passed") || 0) >= $part * $seconds }, 900)
        or die "the clock stands still\n";
}


# The load runs in a process of its own.

sub run_clock {
    for my $half (1 .. 2 * $seconds) {
        my $now = $start + $half / 2;

        # Sends some requests of the load each time.  If all of them wait for
        # the first set of a new binary, the clock must move on.

        my $size = -s "$dir/key.log" // 0;

        wait_until(sub { (-s "$dir/key.log" // 0) > $size + 250 }, 5);

        # a set that will be needed soon may come late, but not later than this

        wait_until(sub { my @left = left();
                         @left && !grep { $_ < 4 } @left }, 5);

        $t->set_faketime($now);
        $s->set(now => $now);
        new_file(1 + $half / 2 / FILE, $now) if $half % (2 * FILE) == 0;
        $t->write_file('passed', $half / 2);
    }
}


# Returns the life that is left of the sets, or nothing if nginx does not say.

sub left {
    my $r = eval { $t->request(uri => '/status') } // return;
    my $said = eval { decode_json($r->{body}) } // return;

    return map { $_->{left} // 0 } @{ $said->{sources} };
}


# Replaces the file with another set; the set is noted before it can be used.

sub new_file {
    my ($n, $now) = @_;

    open my $log, '>>', "$dir/file.log" or die "file.log: $!\n";
    syswrite $log, sprintf "%d %.3f %d\n", $n, $now, $now + LIFE;
    write_set("$dir/credentials", set_of('file', $n), $now + LIFE, $user);
}


sub file_history {
    return { map { my ($n, $at, $expires) = split ' ';
                   ($n => { at => $at, expires => $expires }) }
             split /\n/, slurp("$dir/file.log") };
}
