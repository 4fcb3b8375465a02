#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# How nginx passes on the bytes of a streamed body.  It sends some chunks from
# the buffers that they came in, and copies others.  Some clients send single
# bytes, or stop in the middle of a chunk.  Some upstreams stop reading and go
# on later, close the connection, or see the client go away.

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

# more bytes than the sockets hold on the way to an upstream that does not read

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

    # With TLSv1.3 the server sends messages after the handshake.  They would
    # wake nginx up even when it waits for no event, and so hide that fault.

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


# Waits until nginx has read this many bytes of a body, and has done all that it
# does with them before it waits for more.

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


# Returns the chunks that were signed, each as its size and the number of its
# bytes that were copied.

sub signed {
    my $log = slurp($t->testdir() . '/error.log');
    my @chunks;

    push @chunks, "$1 $2"
        while $log =~ /s3o_presign chunk of (\d+) bytes, (\d+) copied$/mg;

    return join ', ', @chunks;
}


# The whole body is there before it is sent, in memory or in a file.  nginx
# reads the file in pieces of 16k.  On a kept connection nginx gets only the
# events that it asks for.

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
        is(signed(), $chunks, "$place: no more is copied than needed");
    }
}


# A fast client fills nginx's buffer before nginx reads from it.  The bytes that
# nginx has read together with the header come first.  So the last chunk in the
# buffer lacks as many bytes at its end, and its bytes in the buffer are copied.

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
         "$kind: whole chunks in the buffer are not copied");
    $c->close();
}


# Returns how many bytes the client has written that the peer's system has not
# acknowledged: ioctl(SIOCOUTQ).

sub unacknowledged {
    my ($c) = @_;

    ioctl $c->socket(), 0x5411, my $n = pack 'i', 0 or die "ioctl: $!";

    return unpack 'i', $n;
}


# Sends each piece after nginx has read all pieces before it.

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

        # while nginx waits for the rest of a chunk, its first bytes are copied

        is(signed(), '65536 65535, 10 0',
           "$place: $name: the first bytes are copied")
            if $name =~ /^the last byte/;

        $c->close();
    }
}


# The upstream takes a few bytes at a time.

sub narrow {
    my ($place) = @_;

    my $size = 20 * CHUNK + 17;

    $s3->clear();

    my $r = $t->request(method => 'PUT', uri => "/$place/k", timeout => 60,
                        body => body($size));

    is(outcome($r, $size), '200 ok streaming stored',
       "$place: a slow upstream");
}


# Sends until nginx stops reading because it cannot write.  Returns the client
# and the number of bytes that it has sent.

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

    cmp_ok($sent, '<', LARGE, "$place: nginx stops reading");

    return ($c, $sent);
}


sub blocked {
    my ($place, $way) = @_;

    my ($c, $sent) = stuck($place, $way);

    # while nginx has room in its buffer, it reads single bytes

    for (1 .. 20) {
        last unless $c->write(substr(body(LARGE), $sent, 1), timeout => 0.05);
        $sent++;
    }

    $way->pass();
    $c->write(substr body(LARGE), $sent);
    is(outcome($c->read_response(), LARGE), '200 ok streaming stored',
       "$place: the upload stops inside a chunk and goes on");
    $c->close();
}


# A copied chunk waits because the upstream does not read.  Meanwhile nginx
# reads more of the body, which must not overwrite that chunk.

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

    is(signed(), '65536 65535',
       "$place: all but a chunk's last byte is copied");

    for my $size (30_000, 1, 35_000) {
        $more->($size) or last;
    }

    $narrow->pass();
    $c->write(substr body(LARGE), $sent);
    is(outcome($c->read_response(), LARGE), '200 ok streaming stored',
       "$place: the copied chunk is not overwritten");
    $c->close();
}


# The client goes away while chunks wait for the upstream.

sub left {
    my ($place) = @_;

    my ($c) = stuck($place, $narrow);

    $c->close();
    $narrow->pass();
    $t->error_log_like(qr/client prematurely closed connection/,
                       "$place: the client has gone");
    ok(wait_until(sub { scalar(() = $s3->requests()) }),
       "$place: the upload ends, too");
    is($s3->last()->{verdict}, 'IncompleteBody', "$place: it is incomplete");
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


# HTTP/2 padding counts for the window of flow control, but nginx does not keep
# it in the buffer.

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


# The first server takes a part of the body and closes the connection.  The
# second server gets the whole body, with new signatures from the first chunk
# on.

sub retried {
    $s3->clear();
    $t->clear_log();
    $narrow->block(100_000);

    my $c = $t->connect(timeout => 60);

    $c->write("PUT /streaming-retried/k HTTP/1.1\r\nHost: a\r\n"
              . 'Content-Length: ' . LARGE . "\r\n\r\n" . body(LARGE));

    ok(wait_until(sub { log_has(qr/writev\(\) not ready/) }),
       'the first server takes a part of the body');

    $narrow->cut();
    is(outcome($c->read_response(), LARGE), '200 ok streaming stored',
       'the second server gets the whole body');
    is(signed() =~ s/[1-9]\d* 0(?:, |$)//gr, '', 'no chunk is copied');
    $c->close();
    $narrow->pass();
}
