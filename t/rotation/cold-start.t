#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Requests that come before the first set.  They wait for a limited time, do not
# delay other requests, and are all served when the set comes.  The clock of
# nginx moves only in the steps of the test.

use strict;
use warnings;

use Test::More;

use S3O::HTTP;
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(process_exited spawn stop_process wait_until);
use S3O::Rotation qw(ask check_url metrics rss);
use S3O::Rotation::Clock;
use S3O::Rotation::Service;

# requests that wait look for a set every 25 milliseconds

use constant { MANY => 1000, STEP => 0.25, LOOK => 0.125 };

my $t = S3O::Nginx->new(log_level => 'info')->has('faketime');
my $s = S3O::Rotation::Service->start(name => 'one', answer => 'hang');
my $clock = S3O::Rotation::Clock->new($t, $s);

$t->subst(SOURCE => $s->source(), ARN => ARN, CLOCK => $clock->server());
$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

worker_rlimit_nofile  4096;

events {
    worker_connections  3000;
}

http {
    %%TEST_GLOBALS_HTTP%%

    keepalive_requests            100000;
    http2_max_concurrent_streams  400;

    s3o_presign_credentials   %%SOURCE%%;
    s3o_presign_access_point  %%ARN%%;

%%CLOCK%%

    server {
        listen  127.0.0.1:%%PORT_8080%% backlog=2000;
        listen  127.0.0.1:%%PORT_8081%% http2;

        location /default/ {
            s3o_presign  redirect;
        }

        location /long/ {
            s3o_presign                   redirect;
            s3o_presign_args              versionId;
            s3o_presign_key               $uri;
            s3o_presign_credentials_wait  10m;
        }

        location /short/ {
            s3o_presign                   json;
            s3o_presign_credentials_wait  500ms;
        }

        location /never/ {
            s3o_presign                   redirect;
            s3o_presign_credentials_wait  0;
        }

        location /proxied/ {
            s3o_presign                   proxy;
            s3o_presign_methods           PUT;
            s3o_presign_credentials_wait  10m;
            proxy_pass                    http://127.0.0.1:%%PORT_8082%%;
        }

        location /other {
            return 200 $connections_active;
        }

        location /status {
            s3o_presign_status  prometheus;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8082%%;
        return  200 "got $content_length $http_authorization";
    }
}

EOC

my ($worker) = wait_until(sub { ($t->workers())[0] });


$clock->begin(1);

# How long requests wait while a fetch is under way.  nginx gives up a fetch
# after two seconds.

for my $case (['/never/x', 0], ['/short/x', 0.5], ['/default/x', 2]) {
    my ($uri, $time) = @$case;

    $t->clear_log();
    ok($clock->next_fetch(STEP), 'a fetch begins');

    my $before = waited();
    my $c = ask($t, $uri);

    if ($time) {
        ok(wait_until(sub { waited() > $before ? 1 : 0 }), "$uri waits");
        $clock->pass(STEP) for 2 .. $time / STEP;
        is(is_answered($c), 0, "$uri is not answered at once");
        $clock->pass(STEP);
    }

    my $r = $c->read_response();

    is($r->{status}, 503, "$uri is not served, after $time s");
    like($r->{headers}{'retry-after'}[0], qr/^[1-7]$/,
         'the client is told when to come again');
    $c->close();

    my @lines = grep { /not signed/ } $t->log_errors('notice');

    is(scalar @lines, 1, 'the log has one line') or diag(@lines);
}


# other requests are served while some wait

my @waiting = map { ask($t, "/long/$_") } 1 .. 50;

ok(wait_until(sub { connections() >= 51 ? 1 : 0 }), 'connections wait');
is($t->request(uri => '/other')->{status}, 200, 'others are served')
    for 1 .. 5;

$_->close() for splice @waiting;

ok(wait_until(sub { connections() < 5 }),
   'nginx closes the connections of clients that go away');


# a request that waits takes no memory beside what each request has

my $number = waited();

@waiting = map { ask($t, "/long/$_?versionId=$_") } 1 .. 300;

ok(wait_until(sub { waited() >= $number + 300 }), '300 requests wait');
$clock->pass(LOOK) for 1 .. 10;

my $before = rss($worker);

$clock->pass(LOOK) for 1 .. 20;

my $grown = rss($worker) - $before;

diag("grown by $grown kB in 2.5 s");
cmp_ok($grown, '<', 1000, 'memory does not grow');

$_->close() for splice @waiting;


# streams of one HTTP/2 connection do the same

my $gone = fork_h2load(50);

SKIP: {
    skip 'h2load is not installed', 1 unless $gone;

    my $before = waited();

    ok(wait_until(sub { waited() >= $before + 50 }), 'HTTP/2: streams wait');
    stop_process($gone->{pid}, signal => 'KILL');
}

ok(wait_until(sub { connections() < 5 }),
   'nginx closes the connections of all that went away');


# the set comes

my $upload = $t->connect();
$upload->write("PUT /proxied/x HTTP/1.1\r\nHost: localhost\r\n"
               . "Content-Length: 5\r\nConnection: close\r\n\r\nhello");

@waiting = map { ask($t, "/long/$_") } 1 .. MANY;

my $h2 = fork_h2load(200);

$number += 300 + ($gone ? 50 : 0) + 1 + MANY + ($h2 ? 200 : 0);
ok(wait_until(sub { waited() == $number ? 1 : 0 }), MANY . ' requests wait');

$s->set(answer => 'ok');

# nginx may have given up the service a moment ago, and then waits for its next
# attempt

$clock->settle();

for (1 .. 7 / STEP) {
    last if keys %{ $s->history() };
    $clock->step(STEP);
}

# the next time that waiting requests look for a set

$clock->pass(LOOK);

my (%status, @bad);

for my $c (@waiting) {
    my $r = $c->read_response();

    $status{ $r ? $r->{status} : 'none' }++;
    $c->close();

    push @bad, $r->{headers}{location}[0] if $r;
}

is_deeply(\%status, { 307 => MANY }, 'all requests that waited are served');

my $history = $s->history();
@bad = grep { $_ } map { check_url('one', $history, $_) } @bad;

is(join("\n", @bad), '', 'each URL is right');

like($upload->read_all(), qr/ 200 .*got 5 AWS4-HMAC-SHA256 /s,
     'a waiting upload is sent with its body');
$upload->close();

is(keys %$history, 1, 'one set was enough');

my $answered = MANY;

SKIP: {
    skip 'h2load is not installed', 1 unless defined $h2;

    like(finish_h2load($h2), qr/3xx, .*\b0 failed|, 200 3xx/,
         'HTTP/2: all streams of a connection are served');
    $answered += 200;
}

is(metrics($t->request(uri => '/status')->{body})
   ->{'s3o_presign_signed_total{mode="redirect"}'}, $answered,
   'nothing was signed for clients that went');


# HTTP/2 without a set; another configuration gives a source that has none

$s->set(answer => 'hang');
$t->write_file('nginx.conf', $t->read_file('nginx.conf')
                             =~ s/credentials +imds/$& role=other/r);
ok($t->reload(), 'another source');
$clock->begin(1);

SKIP: {
    my $why = $t->missing('nghttp');
    skip $why, 5 if $why;

    ok($clock->next_fetch(STEP), 'a fetch begins');

    my $before = waited();
    my $file = $t->testdir() . '/nghttp.out';
    my $pid = spawn(cmd => ['nghttp', '-nv', '--no-dep', 'http://127.0.0.1:'
                            . $t->port(8081) . '/short/x'],
                    stdout => $file, stderr => $file);

    ok(wait_until(sub { waited() > $before ? 1 : 0 }),
       'HTTP/2: a request waits');
    $clock->pass(STEP);
    unlike($t->read_file('nghttp.out'), qr/:status:/,
           'HTTP/2: the request is not answered at once');
    $clock->pass(STEP);
    wait_until(sub { process_exited($pid) });

    my $out = $t->read_file('nghttp.out');

    like($out, qr/:status: 503/, 'HTTP/2: the request is not served');
    like($out, qr/retry-after: [1-7]\b/,
         'HTTP/2: the client is told when to come again');
}

$t->done();


# Returns 1 when an answer has come; 0 is no proof, as an answer may be on its
# way.

sub is_answered {
    my ($c) = @_;

    vec(my $rin = '', fileno $c->socket(), 1) = 1;

    return scalar select $rin, undef, undef, 0;
}


sub connections { return $t->request(uri => '/other')->{body} }


sub waited {
    return metrics($t->request(uri => '/status')->{body})
           ->{s3o_presign_waited_total};
}


# h2load sends many requests at a time on one connection.

sub fork_h2load {
    my ($n) = @_;

    return undef if $t->missing('h2load');

    pipe my $out, my $in or die "pipe: $!";
    my $pid = spawn(name => 'h2load', cmd => sub {
        open STDOUT, '>&', $in or die "dup: $!\n";
        exec 'h2load', '-n', $n, '-c', 1, '-m', $n,
             'http://127.0.0.1:' . $t->port(8081) . '/long/h2';
    });

    close $in;
    return { out => $out, pid => $pid };
}


sub finish_h2load {
    my ($h2) = @_;

    wait_until(sub { process_exited($h2->{pid}) })
        or stop_process($h2->{pid}, signal => 'KILL');

    local $/;
    my $text = readline $h2->{out};

    return $text // '';
}
