#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# How the bytes of a streamed body come and go: where chunks are sent out of
# the buffers that they came in, and where they are copied; clients that send
# single bytes or stop in the middle of a chunk; an upstream that cannot be
# written to, and goes on, is cut off, or is left by the client.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Narrow;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives streams form_of);
use S3O::Process qw(capture slurp spew wait_until);
use S3O::SigV4A qw(python_reason);
use S3O::TLS;

use constant CHUNK => 65536;

# more than what sockets take on the way to an upstream that reads nothing

use constant LARGE => 12_000_000;

my $t = S3O::Nginx->new()->has(qw(curl debug http_v2));
my $ca = S3O::TLS->new();
my $host = S3O::Outpost->new()->host();
my $s3 = S3O::Outpost->new(tls => $ca->cert($host),
                           sigv4a => !python_reason())->start();

my ($narrow, $narrow_tls) = map {
    my ($port, $to) = @$_;

    S3O::Narrow->new(port => $t->port($port), to => $to,
                     file => $t->testdir() . "/narrow-$port");
} [8091, $s3->port()], [8092, $s3->tls_port()];

for my $way ($narrow, $narrow_tls) {
    $t->run_daemon(sub { $way->run() });
}

my @kinds = grep { streams($_) } kinds();
my @buffers = qw(16k 128k 1m);

$s3->known_to($t, TLS => $s3->tls_port());
$t->subst(LOCATIONS => $t->expand(locations()));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream retried {
        server  127.0.0.1:%%PORT_8091%% max_fails=0;
        server  127.0.0.1:%%OUTPOST%% max_fails=0 backup;
    }

    proxy_next_upstream       error non_idempotent;

    # what comes after the handshake would wake a write that waits for nothing

    proxy_ssl_protocols       TLSv1.2;
    proxy_http_version        1.1;
    proxy_set_header          Connection "";

    upstream kept {
        server     127.0.0.1:%%TLS%%;
        keepalive  1;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      100m;

    server {
        listen       127.0.0.1:%%PORT_8080%% rcvbuf=256k;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        %%LOCATIONS%%
    }
}

EOC

$t->waitforsocket($t->port($_)) for 8091, 8092;

my $worker = wait_until(sub { ($t->workers())[0] });
my %body;

for my $kind (@kinds) {
    referred($kind);
    at_once($kind);
    pieces($kind, $_) for @buffers, 'tls';
}

for my $buffer (@buffers) {
    narrow("streaming-narrow-$buffer");
    blocked("streaming-narrow-$buffer", $narrow);
    left("streaming-narrow-$buffer");
    cut_off("streaming-narrow-$buffer");
    http2("streaming-narrow-$buffer");
}

copied('streaming-narrow-1m');

narrow('streaming-narrow-tls');
blocked('streaming-narrow-tls', $narrow_tls);
retried();

is(($t->workers())[0], $worker, 'the worker lives');

$t->done();


sub locations {
    my @to = ('http://127.0.0.1:%%OUTPOST%%', 'http://127.0.0.1:%%PORT_8091%%');
    my $text = '';

    for my $kind (@kinds) {
        for my $buffer (@buffers) {
            $text .= location($kind, $buffer, $buffer, 'off', $to[0])
                     . location($kind, "narrow-$buffer", $buffer, 'off',
                                $to[1]);
        }

        $text .= location($kind, 'memory', '16m', 'on', $to[0])
                 . location($kind, 'file', '16k', 'on', $to[0])
                 . location($kind, 'retried', '16m', 'on', 'http://retried')
                 . location($kind, 'file-tls', '16k', 'on', 'https://kept')
                 . location($kind, 'tls', '128k', 'off', 'https://kept')
                 . location($kind, 'narrow-tls', '128k', 'off',
                            'https://127.0.0.1:%%PORT_8092%%');
    }

    return $text;
}


sub location {
    my ($kind, $name, $buffer, $buffering, $to) = @_;

    my $payload = directives($kind);
    my $file = $name =~ /^file/ ? 'clean' : 'off';

    return <<"EOC";

        location /$kind-$name/ {
            $payload
            client_body_in_file_only  $file;
            client_body_buffer_size   $buffer;
            proxy_request_buffering   $buffering;
            proxy_pass                $to\$s3o_presign_uri;
        }
EOC
}


sub body {
    my ($size) = @_;

    my $line = join '', map { chr(($_ * 11 + $size) % 256) } 1 .. 1021;

    return $body{$size} //= substr $line x ($size / 1021 + 1), 0, $size;
}


sub begin {
    my ($place, $size) = @_;

    $s3->clear();
    $t->clear_log();

    my $c = $t->connect(timeout => 60);

    $c->write("PUT /$place/k HTTP/1.1\r\nHost: a\r\n"
              . "Content-Length: $size\r\n\r\n");

    return $c;
}


sub outcome {
    my ($r, $size) = @_;

    my $last = $s3->last();
    my $there = $s3->object('k');

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict},
           form_of($last->{payload}, body($size)),
           !$there ? 'missing' : $there->{body} eq body($size) ? 'stored'
                                                               : 'broken';
}


sub log_has {
    my ($re) = @_;

    return slurp($t->testdir() . '/error.log') =~ $re;
}


# waits until nginx has read so much of a body, and has done with it what it
# does before it waits for more

sub received {
    my ($size) = @_;

    return wait_until(sub {
        my $log = slurp($t->testdir() . '/error.log');
        my $sum = 0;

        while ($log =~ /request body (?:preread|recv) (\d+)$/mg) {
            $sum += $1;
            return index($log, 'worker cycle', pos $log) > 0 if $sum >= $size;
        }

        return 0;
    });
}


# the chunks that were signed: [size, how much of it was copied]

sub signed {
    my $log = slurp($t->testdir() . '/error.log');
    my @chunks;

    push @chunks, "$1 $2"
        while $log =~ /s3o_presign chunk of (\d+) bytes, (\d+) copied$/mg;

    return join ', ', @chunks;
}


# A body that is there, in memory or in a file that is read in pieces of 16k.
# Over a connection that was kept no event comes but those that are asked for.

sub referred {
    my ($kind) = @_;

    my $size = 4 * CHUNK + 1000;

    for (["$kind-memory" => '65536 0, ' x 4 . '1000 0'],
         (["$kind-file" => '65536 49152, ' x 4 . '1000 0']) x 2,
         (["$kind-file-tls" => '65536 49152, ' x 4 . '1000 0']) x 2)
    {
        my ($place, $chunks) = @$_;

        $s3->clear();
        $t->clear_log();

        my $r = $t->request(method => 'PUT', uri => "/$place/k",
                            body => body($size));

        is(outcome($r, $size), "200 ok $kind stored", "$place: stored");
        is(signed(), $chunks, "$place: what is copied");
    }
}


# A client that is fast: all that the buffer takes is there before nginx reads.
# What was read along with the header goes before it, and the same amount is
# left of the buffer, and copied.

sub at_once {
    my ($kind) = @_;

    my $size = 4 * CHUNK + 1000;

    $s3->clear();
    $t->clear_log();

    kill 'STOP', $worker or die "kill: $!";

    my $c = $t->connect();
    my $head = "PUT /$kind-128k/k HTTP/1.1\r\nHost: a\r\n"
               . "Content-Length: $size\r\n\r\n";
    my $first = 2 * CHUNK + 1024;

    $c->write($head . substr body($size), 0, $first);

    my $there = wait_until(sub { unacknowledged($c) == 0 });

    kill 'CONT', $worker or die "kill: $!";

    ok($there, "$kind: a buffer is full before nginx reads");
    $c->write(substr body($size), $first);
    is(outcome($c->read_response(), $size), "200 ok $kind stored",
       "$kind: stored");
    like(signed(), qr/^65536 0, 65536 0, 65536 [1-9]\d*, /,
         "$kind: what was in it is not copied");
    $c->close();
}


# what the peer's system does not have yet: ioctl(SIOCOUTQ)

sub unacknowledged {
    my ($c) = @_;

    ioctl $c->socket(), 0x5411, my $n = pack 'i', 0 or die "ioctl: $!";

    return unpack 'i', $n;
}


# each piece is sent when nginx has read all before it

sub pieces {
    my ($kind, $buffer) = @_;

    my $place = "$kind-$buffer";

    for (['single bytes', (1) x 200],
         ['the last byte of a chunk', CHUNK - 1, 1, 10],
         ['a byte more than a chunk', CHUNK + 1, CHUNK - 1],
         ['a byte on each side', CHUNK - 1, 2, CHUNK - 2, 2, CHUNK - 1],
         ['single bytes round the end', CHUNK - 6, (1) x 12, 5000],
         ['first one byte', 1, CHUNK - 1, 1, CHUNK],
         ['a stop in the middle', 30000, 30000, 30000, 90000, 5],
         ['as large as chunks', (CHUNK) x 3],
         ['as large as the buffer', (131072) x 2, 1])
    {
        my ($name, @pieces) = @$_;

        my $size = eval join '+', @pieces;
        my $c = begin($place, $size);
        my $sent = 0;

        for my $piece (@pieces) {
            $c->write(substr body($size), $sent, $piece);
            $sent += $piece;
            received($sent) or last;
        }

        is($sent, $size, "$place: $name: nginx reads on") or next;

        my $r = $c->read_response();

        is(outcome($r, $size), "200 ok $kind stored", "$place: $name");

        # nothing of a chunk waits where it came in

        is(signed(), '65536 65535, 10 0', "$place: $name: is copied")
            if $name =~ /^the last byte/;

        $c->close();
    }
}


# an upstream that takes a few bytes at a time

sub narrow {
    my ($place) = @_;

    my $size = 20 * CHUNK + 17;

    $s3->clear();

    my $r = $t->request(method => 'PUT', uri => "/$place/k", timeout => 60,
                        body => body($size));

    is(outcome($r, $size), '200 ok streaming stored', "$place: a narrow way");
}


# sends until nginx reads no more as it cannot write; returns the client, and
# how much it could send

sub stuck {
    my ($place, $way) = @_;

    $way->block(100_000);

    my $c = begin($place, LARGE);
    my $sent = 0;

    while ($sent < LARGE) {
        my $n = $c->write(substr(body(LARGE), $sent, 300_000), timeout => 1);

        $sent += $n;
        last if $n < 300_000;
    }

    cmp_ok($sent, '<', LARGE, "$place: nginx does not read without end");

    return ($c, $sent);
}


sub blocked {
    my ($place, $way) = @_;

    my ($c, $sent) = stuck($place, $way);

    # as long as there is room a byte at a time comes in

    for (1 .. 20) {
        last unless $c->write(substr(body(LARGE), $sent, 1), timeout => 0.05);
        $sent++;
    }

    $way->pass();
    $c->write(substr body(LARGE), $sent);
    is(outcome($c->read_response(), LARGE), '200 ok streaming stored',
       "$place: in the middle of a chunk it stops and goes on");
    $c->close();
}


# What was copied is on its way, and cannot be written, while more comes in that
# will be.

sub copied {
    my ($place) = @_;

    $narrow->block(100_000);

    my $c = begin($place, LARGE);
    my $sent = 0;
    my $more = sub {
        my ($size) = @_;

        $t->clear_log();
        $c->write(substr body(LARGE), $sent, $size);
        $sent += $size;

        return received($size);
    };

    while ($sent < LARGE - 2 * CHUNK) {
        $more->(CHUNK - 1) && $more->(1) or last;
        last if log_has(qr/writev\(\) not ready/);
    }

    is(signed(), '65536 65535', "$place: a chunk of which all is copied");

    for my $size (30_000, 1, 35_000) {
        $more->($size) or last;
    }

    $narrow->pass();
    $c->write(substr body(LARGE), $sent);
    is(outcome($c->read_response(), LARGE), '200 ok streaming stored',
       "$place: is not overwritten");
    $c->close();
}


# the client goes away while chunks are on their way

sub left {
    my ($place) = @_;

    my ($c) = stuck($place, $narrow);

    $c->close();
    $narrow->pass();
    $t->error_log_like(qr/client prematurely closed connection/,
                       "$place: the client has gone");
    ok(wait_until(sub { scalar(() = $s3->requests()) }),
       "$place: so has the upload");
    is($s3->last()->{verdict}, 'IncompleteBody', "$place: it is not complete");
    narrow($place);
}


sub cut_off {
    my ($place) = @_;

    my ($c) = stuck($place, $narrow);

    $narrow->cut();

    my $r = $c->read_response();

    is($r->{status}, 502, "$place: cut off in the middle of a chunk");
    $c->close();
    $narrow->pass();
    narrow($place);
}


# padding is a part of the window, but never in the buffer

sub http2 {
    my ($place) = @_;

    my $size = 20 * CHUNK + 17;
    my $url = 'http://127.0.0.1:' . $t->port(8081) . "/$place/k";

    $s3->clear();

    my $r = curl($url, upload => body($size), timeout => 60,
                 args => ['--http2-prior-knowledge']);

    is(outcome($r, $size), '200 ok streaming stored', "$place: HTTP/2");

    SKIP: {
        my $why = $t->missing('nghttp');
        skip $why, 1 if $why;

        my $file = $t->testdir() . '/body';

        spew($file, body($size));
        $s3->clear();

        my ($exit, $out) = capture(['nghttp', '-v', '-n', '-t', 60, '-b', 200,
                                    '-d', $file, '-H', ':method: PUT', $url]);
        my ($status) = $out =~ /:status: (\d+)/;

        is(outcome({ status => $status }, $size), '200 ok streaming stored',
           "$place: HTTP/2 with padding");
    }
}


# the second server gets all of it, signed from its beginning

sub retried {
    $s3->clear();
    $t->clear_log();
    $narrow->block(100_000);

    my $c = $t->connect(timeout => 60);

    $c->write("PUT /streaming-retried/k HTTP/1.1\r\nHost: a\r\n"
              . 'Content-Length: ' . LARGE . "\r\n\r\n" . body(LARGE));

    ok(wait_until(sub { log_has(qr/writev\(\) not ready/) }),
       'a server that takes a part of the body');

    $narrow->cut();
    is(outcome($c->read_response(), LARGE), '200 ok streaming stored',
       'and is cut off: another gets all of it');
    is(signed() =~ s/[1-9]\d* 0(?:, |$)//gr, '', 'of which nothing is copied');
    $c->close();
    $narrow->pass();
}
