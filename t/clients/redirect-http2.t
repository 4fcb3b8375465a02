#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirected uploads over HTTP/2.  nginx reads the body before it answers, so
# that no client loses the answer.  Where nginx answers without the body, it
# delays the reset of the stream.  curl 7.88 is the strictest client: it reports
# a failure when a reset follows the answer.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(node versions);
use S3O::Judge qw(static judge);
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(capture spawn process_exited process_status wait_until);
use S3O::Size qw(large);

use constant RUNS => large(60, 12);

my $t = S3O::Nginx->new()->has(qw(http_v2));

$t->subst(ARN => ARN, STATIC => static());

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       GET PUT POST;
    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%

    client_max_body_size      0;

    # if nginx waited for a body that does not come, the test would get no
    # answer in time

    client_body_timeout       1h;

    server {
        listen       127.0.0.1:%%PORT_8080%% http2;
        server_name  localhost;

        location /up/ {
            s3o_presign  redirect;
        }

        location /url/ {
            s3o_presign  json;
        }

        # nginx reads only the bytes that are already on the way

        location /now/ {
            s3o_presign          redirect;
            s3o_presign_discard  size=0;
        }

        location /some/ {
            s3o_presign          redirect;
            s3o_presign_discard  size=1m;
        }

        # a body that is read before the answer must not be written to disk

        location /no-disk/ {
            s3o_presign              redirect;
            client_body_buffer_size  1k;
        }

        location /limited/ {
            s3o_presign           redirect;
            client_max_body_size  10k;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $file = $t->testdir() . '/body';
my @small = (1, 382, 65536);
my @large = (65537, large(8_000_000, 1_000_000));

note(versions(qw(curl nghttp node)));

SKIP: {
    my $reason = $t->missing('curl_http2');
    skip $reason, 27 if $reason;

    is(run_curl($_), RUNS, "curl: $_ bytes")
        for 1, 382, 60000, 65536, 65537;
    is(run_curl($_, 'pipe'), RUNS, "curl: $_ bytes from a pipe")
        for 382, 65536;

    at_the_same_time($_) for 65537, 1_000_000, large(8_000_000, 2_000_000);
    other_places();
}

SKIP: {
    my $reason = $t->missing('nghttp');
    skip $reason, @small + @large if $reason;

    is(run_nghttp($_), RUNS, "nghttp: $_ bytes") for @small;
    is(run_nghttp($_, 5), 5, "nghttp: $_ bytes") for @large;
}

SKIP: {
    my $reason = $t->missing('node');
    skip $reason, 3 * (@small + @large) + 8 if $reason;

    for my $form ('a length', 'no length', 'pieces') {
        node_is($_, $form, RUNS) for @small;
        node_is($_, $form, 10) for @large;
    }

    node_expect();
    node_limits();
}

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub write_body {
    my ($size) = @_;

    $t->write_file('body', 'x' x $size);
}


sub curl_command {
    my ($uri, $pipe) = @_;

    return ('curl', '-q', '-s', '-m', 60, '-i', '--http2-prior-knowledge',
            $pipe ? ('-X', 'PUT', '-T', '-') : ('-T', $file), "$base$uri");
}


sub run_curl {
    my ($size, $pipe) = @_;

    my $good = 0;

    write_body($size);
    $t->clear_log();

    for (1 .. RUNS) {
        my ($exit, $out) = capture([curl_command('/up/k', $pipe)],
                                   stdin => $file);
        $good++ if $exit == 0 && $out =~ m{^HTTP/2 307 }
                   && $out =~ /^location: https:/m;
    }

    # curl waits for the end of the stream, so nginx must not delay it

    put_off(0, "curl: $size bytes, at once");

    return $good;
}


# Tests how often nginx has delayed the end of a stream.  nginx logs this when
# it has answered.

sub put_off {
    my ($expected, $name) = @_;

    SKIP: {
        skip 'nginx is built without debug', 1 if $t->missing('debug');

        my $n;

        wait_until(sub {
            $n = () = $t->read_file('error.log')
                      =~ /event timer add: \S+ 200:/g;
            $n >= $expected;
        }, 60);

        is($n, $expected, $name);
    }
}


# Without reading the body nginx cannot be sure that a slow client sees the
# answer.  Before the reset was delayed, at best every second curl got its
# answer.  A client that is too slow sees the reset (exit code 92).  No client
# waits until its timeout (exit code 28).

sub at_the_same_time {
    my ($size) = @_;

    write_body($size);
    $t->clear_log();

    my @pids = map {
        spawn(cmd => [curl_command('/now/k')], stdin => '/dev/null',
              stdout => '/dev/null');
    } 1 .. 20;

    wait_until(sub { !grep { !process_exited($_) } @pids }, 90);

    my @status = map { my $st = process_status($_);
                       defined $st ? $st >> 8 : 'none' } @pids;
    my $good = grep { $_ eq 0 } @status;

    note("curl: $size bytes, 20 at a time, $good answers");
    is(join(' ', grep { !/^(?:0|92)$/ } @status), '',
       "curl: $size bytes, 20 at a time, none waits for its timeout");
    put_off(20, 'the ends of their streams are delayed');
}


# Uploads this many bytes; returns the exit code of curl and the status.

sub curl_status {
    my ($uri, $size, $pipe) = @_;

    write_body($size);

    my ($exit, $out) = capture([curl_command($uri, $pipe)], stdin => $file);
    my ($status) = $out =~ m{^HTTP/2 (\d+)};

    return "$exit " . ($status // 'no answer');
}


sub other_places {
    for my $pipe (0, 1) {
        my $how = $pipe ? 'from a pipe' : 'from a file';

        is(curl_status('/url/k', 1000, $pipe), '0 200', "json, $how");
        is(curl_status('/no-disk/k', 65536, $pipe), '0 307',
           "64 kB are read first, $how");
        is(curl_status('/limited/k', 1000, $pipe), '0 307',
           "client_max_body_size, $how");
    }

    $t->error_log_unlike(qr/buffered to a temporary file/,
                         'nothing is written to disk');
}


sub run_nghttp {
    my ($size, $runs) = @_;

    my $good = 0;

    write_body($size);

    for (1 .. $runs // RUNS) {
        my ($exit, $out) = capture(['nghttp', '-v', '-n', '-t', 60, '-d', $file,
                                    '-H', ':method: PUT', "$base/up/k"]);

        $good++ if $exit == 0 && $out =~ /:status: 307/;
    }

    return $good;
}


sub node_is {
    my ($size, $form, $runs) = @_;

    my $got = node(<<'EOC', "$base", $size, $form, $runs);
const http2 = require('http2');
const body = Buffer.alloc(Number(args[1]), 'x'), form = args[2];

function put(done) {
    const session = http2.connect(args[0]);
    const headers = {':method': 'PUT', ':path': '/up/k'};
    if (form === 'a length') {
        headers['content-length'] = body.length;
    }
    const request = session.request(headers);
    let status = 'no answer', ended = false;
    const end = (what) => {
        if (!ended) {
            ended = true;
            session.destroy();
            done(what);
        }
    };
    session.on('error', (e) => end('session ' + e.code));
    request.on('response', (h) => { status = h[':status']; });
    request.on('error', (e) => end(status + ' ' + e.code));
    request.on('end', () => end(String(status)));
    request.resume();
    if (form === 'pieces') {
        const half = body.length >> 1;
        request.write(body.subarray(0, half));
        setTimeout(() => request.end(body.subarray(half)), 2);
    } else {
        request.end(body);
    }
}

const found = {};
let left = Number(args[3]);
(function next(what) {
    if (what) {
        found[what] = (found[what] || 0) + 1;
    }
    left-- > 0 ? put(next) : answer(found);
})();
EOC

    is_deeply($got, { 307 => $runs }, "node: $size bytes, $form");
}


# How many bytes nginx reads before it answers.  It reads the whole body when
# the announced length is within the limit, and nothing when the announced
# length is above the limit.  Without an announced length it reads up to the
# limit, and the bytes that are on their way.

sub node_limits {
    for my $case (['/up/', 64 << 20], ['/some/', 1 << 20]) {
        my ($uri, $limit) = @$case;
        my $name = "$uri, $limit bytes";

        my ($status, $sent) = @{ node_sends($uri, $limit, $limit) };
        is("$status $sent", "307 $limit", "$name: the whole body is read");

        ($status, $sent) = @{ node_sends($uri, $limit + 1, 1) };
        is("$status $sent", '307 1', "$name, and one: nothing is read");

        ($status, $sent) = @{ node_sends($uri, 0, 2 * $limit) };
        ok($status eq '307' && $sent >= $limit && $sent < $limit + 500_000,
           "$name, no length: little more than the limit is read")
            or diag("status $status after $sent bytes");
    }
}


# Sends up to $there bytes of a body with the announced length $length (0: not
# announced).  Returns the status, and the number of bytes sent before it came.

sub node_sends {
    my ($uri, $length, $there) = @_;

    return node(<<'EOC', $base, "${uri}k", $length, $there);
const session = require('http2').connect(args[0]);
const headers = {':method': 'PUT', ':path': args[1]};
if (Number(args[2])) {
    headers['content-length'] = Number(args[2]);
}
const request = session.request(headers);
const piece = Buffer.alloc(16384, 'x');
let left = Number(args[3]), sent = 0, over = false;

request.on('error', () => {});
request.on('response', (h) => {
    over = true;
    session.destroy();
    answer([h[':status'], sent]);
});

(function next(n) {
    sent += n;
    if (over) {
        return;
    }
    if (left === 0) {
        if (sent > 1) {
            request.end();
        }
        return;
    }
    const part = piece.subarray(0, Math.min(left, piece.length));
    left -= part.length;
    request.write(part, () => next(part.length));
})(0);
EOC
}


# A client waits for "100 Continue", which nginx does not send over HTTP/2.

sub node_expect {
    $t->clear_log();

    my $got = node(<<'EOC', $base);
const http2 = require('http2');
const session = http2.connect(args[0]);
const request = session.request({':method': 'PUT', ':path': '/up/k',
    'content-length': 1000, expect: '100-continue'}, {endStream: false});
request.on('response', (h) => {
    session.destroy();
    answer([h[':status'], h['location']]);
});
EOC

    is("$got->[0] " . judge($got->[1], method => 'PUT'), '307 signed',
       'with Expect: the answer comes without the body');
    unlike($t->read_file('error.log'),
           qr/event timer add: \S+ (?:30000|29\d\d\d):/,
           'with Expect: nginx starts no timer for the body');
}
