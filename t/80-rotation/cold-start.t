#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Requests that come before the first set: they wait a bounded time, hold up
# nothing else, and are all served when the set comes.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);

use S3O::HTTP;
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(capture spawn stop_process wait_until);
use S3O::Rotation qw(check_url metrics rss);
use S3O::Rotation::Service;

use constant MANY => 1000;

my $t = S3O::Nginx->new(log_level => 'info');
my $s = S3O::Rotation::Service->start(name => 'one', answer => 'hang');

$t->subst(SOURCE => $s->source(), ARN => ARN);
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
            s3o_presign_credentials_wait  30s;
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
            s3o_presign_credentials_wait  30s;
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


# the time that it takes while a fetch is under way, which is given up after
# two seconds, and what comes after it

for my $case (['/never/x', 0], ['/short/x', 0.5], ['/default/x', 1.2]) {
    my ($uri, $time) = @$case;

    $t->clear_log();
    ok($s->wait_for_fetches($s->fetches() + 1), 'a fetch begins');

    my $began = time();
    my $r = $t->request(uri => $uri);
    my $took = time() - $began;

    is($r->{status}, 503, "$uri is not served");
    like($r->{headers}{'retry-after'}[0], qr/^[1-7]$/,
         'the client may come again');
    ok($took >= $time && $took < $time + 1.6, "after $time s")
        or diag($took);

    my @lines = grep { /not signed/ } $t->log_errors('notice');

    is(scalar @lines, 1, 'and one line in the log') or diag(@lines);
}


# meanwhile

my @waiting = map { ask("/long/$_") } 1 .. 50;
my $began = time();

is($t->request(uri => '/other')->{status}, 200, 'others are served')
    for 1 .. 5;
cmp_ok(time() - $began, '<', 1, 'at once');

my $number = connections();

cmp_ok($number, '>=', 51, 'connections wait');

$_->close() for splice @waiting;

ok(wait_until(sub { connections() < 5 }, 3), 'clients that go are forgotten');


# waiting takes no memory but what a request has anyway

@waiting = map { ask("/long/$_?versionId=$_") } 1 .. 300;

ok(wait_until(sub { connections() > 300 }, 5), '300 requests wait');
sleep 0.3;

my $before = rss($worker);

sleep 2.5;

my $grown = rss($worker) - $before;

diag("grown by $grown kB in 2.5 s");
cmp_ok($grown, '<', 1000, 'memory does not grow');

$_->close() for splice @waiting;


# the same for the streams of a connection

my $gone = fork_h2load(50);

SKIP: {
    skip 'h2load is not installed', 1 unless $gone;

    my $before = waited();

    ok(wait_until(sub { waited() >= $before + 50 }, 5), 'HTTP/2: streams wait');
    stop_process($gone->{pid}, signal => 'KILL');
}


# when the set comes

my $upload = $t->connect();
$upload->write("PUT /proxied/x HTTP/1.1\r\nHost: localhost\r\n"
               . "Content-Length: 5\r\nConnection: close\r\n\r\nhello");

my $early = waited();

@waiting = map { ask("/long/$_") } 1 .. MANY;

ok(wait_until(sub { waited() >= $early + MANY }, 20), MANY . ' requests wait');

my $h2 = fork_h2load(200);

sleep 0.5;
$began = time();

$s->set(answer => 'ok');

my (%status, @bad);

for my $c (@waiting) {
    my $r = $c->read_response(timeout => 15);

    $status{ $r ? $r->{status} : 'none' }++;
    $c->close();

    push @bad, $r->{headers}{location}[0] if $r;
}

my $took = time() - $began;

diag(sprintf '%d served within %.2f s', MANY, $took);

is_deeply(\%status, { 307 => MANY }, 'all are served');
# the service may have been given up a moment ago, until the next attempt

cmp_ok($took, '<', 9, 'soon');

my $history = $s->history();
@bad = grep { $_ } map { check_url('one', $history, $_) } @bad;

is(join("\n", @bad), '', 'and each URL is right');

like($upload->read_all(), qr/ 200 .*got 5 AWS4-HMAC-SHA256 /s,
     'an upload goes on with its body');

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


# HTTP/2 without a set: by another configuration

$s->set(answer => 'hang');
$t->write_file('nginx.conf', $t->read_file('nginx.conf')
                             =~ s/credentials +imds/$& role=other/r);
ok($t->reload(), 'another source');

SKIP: {
    my $why = $t->missing('nghttp');
    skip $why, 4 if $why;

    ok($s->wait_for_fetches($s->fetches() + 1), 'a fetch begins');
    $began = time();

    my (undef, $out) = capture(['nghttp', '-nv', '--no-dep',
        'http://127.0.0.1:' . $t->port(8081) . '/short/x']);

    like($out, qr/:status: 503/, 'HTTP/2: not served');
    like($out, qr/retry-after: [1-7]\b/, 'HTTP/2: the client may come again');

    my $took = time() - $began;

    ok($took >= 0.5 && $took < 2, 'HTTP/2: after the time') or diag($took);
}

$t->done();


sub ask {
    my ($uri) = @_;

    my $c = $t->connect();

    $c->write("GET $uri HTTP/1.1\r\nHost: localhost\r\n"
              . "Connection: close\r\n\r\n");
    return $c;
}


sub connections { return $t->request(uri => '/other')->{body} }


sub waited {
    return metrics($t->request(uri => '/status')->{body})
           ->{s3o_presign_waited_total};
}


# a client that asks for many things at a time on one connection

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

    local $/;
    my $text = readline $h2->{out};

    return $text // '';
}
