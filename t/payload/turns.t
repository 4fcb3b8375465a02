#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The hash of a body never keeps a worker from its other connections.  When a
# client sends as fast as nginx reads, nginx hashes a limited amount in each
# turn of the event loop.  The rest is hashed in the next turns, or by the
# threads of "aio threads".

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Nginx;
use S3O::Outpost;
use S3O::PayloadSink;
use S3O::Process qw(slurp spew spawn process_exited process_status wait_until);
use S3O::Size qw(large);

use constant {
    MiB  => 1_048_576,
    TURN => 524_288,
};

my $t = S3O::Nginx->new(log_level => 'debug')->has(qw(curl http_v2 debug));
my $threads = !$t->missing('threads');

# the test uses only its host name and keys

my $s3 = S3O::Outpost->new();
my $port = $t->port(8090);

$s3->known_to($t, AIO => $threads ? 'threads' : 'off',
              NAMED => $threads ? 'threads=$pool' : 'off',
              POOL => $threads ? 'thread_pool named threads=2; '
                                 . 'thread_pool full threads=1 max_queue=0;'
                               : '');

$t->run_daemon(sub { S3O::PayloadSink::run($port, $s3->signer()) });

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

%%POOL%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server     127.0.0.1:%%PORT_8090%%;
        keepalive  4;
    }

    map $arg_pool $pool {
        ""       named;
        default  $arg_pool;
    }

    s3o_presign               proxy;
    s3o_presign_methods       PUT;
    s3o_presign_payload       signed;
    %%TEST_OUTPOST%%

    client_max_body_size      0;
    proxy_http_version        1.1;
    proxy_set_header          Connection "";

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        location /small/ {
            proxy_pass               http://up$s3o_presign_uri;
        }

        location /large/ {
            client_body_buffer_size  1m;
            proxy_pass               http://up$s3o_presign_uri;
        }

        location /memory/ {
            client_body_buffer_size  16m;
            proxy_pass               http://up$s3o_presign_uri;
        }

        # another location reads the body before one that signs gets it

        location /late/ {
            s3o_presign  off;
            error_page   502 = @late;
            proxy_pass   http://127.0.0.1:%%PORT_8091%%;
        }

        location @late {
            s3o_presign_key  late;
            proxy_pass       http://up$s3o_presign_uri;
        }

        location /threads/ {
            aio                      %%AIO%%;
            client_body_buffer_size  1m;
            proxy_pass               http://up$s3o_presign_uri;
        }

        location /named/ {
            aio                      %%NAMED%%;
            client_body_buffer_size  1m;
            proxy_pass               http://up$s3o_presign_uri;
        }

        location /late-threads/ {
            s3o_presign  off;
            error_page   502 = @late_threads;
            proxy_pass   http://127.0.0.1:%%PORT_8091%%;
        }

        location @late_threads {
            aio              %%AIO%%;
            s3o_presign_key  late;
            proxy_pass       http://up$s3o_presign_uri;
        }
    }
}

EOC

$t->waitforsocket($port);

my $data = join '', map { pack 'N*', map { $_ * 2_654_435_761 % 2 ** 32 }
                          $_ * 1024 .. $_ * 1024 + 1023 }
                0 .. large(4095, 1023);
my $file = $t->testdir() . '/body';
spew($file, $data);

my $framed = framed($data);
spew("$file.framed", $framed);

my @framed = ('x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER',
              'content-encoding: aws-chunked',
              'x-amz-decoded-content-length: ' . length $data);


# uploads one after another

for my $case (['small', 20_480], ['large', MiB], ['memory', 16 * MiB]) {
    my ($way, $buffer) = @$case;

    for my $form ('', 'chunked', 'framed') {
        my $name = "$way buffer, " . ($form || 'length');
        my $log = logged(sub { is(upload($way, $form), good(), $name) });
        my ($most, $waits) = turns($log);

        # nginx hashes up to the limit of what one read brings; the rest waits,
        # and nginx reads no more before that is done

        cmp_ok($most->{hashed}, '<=', TURN, "$name: hashed in a turn");
        cmp_ok($most->{read}, '<=', TURN + $buffer, "$name: read in a turn");

        # nginx stops reading when it has read as much as was there at first,
        # which is less than the limit where it reads in small pieces

        cmp_ok($waits, '>', 0, "$name: more than one turn")
            if $buffer >= MiB && $form ne 'chunked';
    }
}

for my $way (qw(small large late)) {
    my $name = "$way, HTTP/2";
    my $log = logged(sub { is(upload($way, '', h2 => 1), good(), $name) });
    my ($most, $waits) = turns($log);

    cmp_ok($most->{hashed}, '<=', TURN, "$name: hashed in a turn");
    cmp_ok($waits, '>', 0, "$name: more than one turn");
}

is(upload('small', 'framed', h2 => 1), good(), 'framed, HTTP/2');

my $log = logged(sub { is(upload('late', ''), good(), 'read elsewhere') });
my ($most) = turns($log);

cmp_ok($most->{hashed}, '<=', TURN, 'read elsewhere: hashed in a turn');


# several uploads share the limit of one turn

$log = logged(sub {
    my @put = map { start($_ % 2 ? 'small' : 'large', '') } 1 .. 6;

    wait_until(sub { !grep { !process_exited($_->{pid}) } @put }, 300);

    is(join("\n", map { result($_) } @put), join("\n", (good()) x 6),
       'six at a time');
});
($most) = turns($log);

cmp_ok($most->{hashed}, '<=', TURN, 'six at a time: hashed in a turn');


SKIP: {
    skip('nginx is built without threads') unless $threads;

    my $by_thread = qr/s3o_presign hash: \d+, by a thread/;

    for my $way (qw(threads named late-threads)) {
        for my $form ($way =~ /late/ ? '' : ('', 'chunked', 'framed')) {
            my $name = "$way, " . ($form || 'length');

            $log = logged(sub { is(upload($way, $form), good(), $name) });

            next if $form eq 'chunked';

            # on a busy machine a framed body arrives in small pieces, which
            # are hashed at once

            for (2 .. 10) {
                last if $log =~ $by_thread || $form eq '';
                $log = logged(sub { upload($way, $form) });
            }

            like($log, $by_thread, "$name: hashed by a thread");
        }
    }

    is(upload('threads', '', h2 => 1), good(), 'threads, HTTP/2');

    my @put = map { start('threads', '') } 1 .. 6;

    wait_until(sub { !grep { !process_exited($_->{pid}) } @put }, 300);

    is(join("\n", map { result($_) } @put), join("\n", (good()) x 6),
       'threads, six at a time');

    # a thread pool that does not exist

    is(upload('named', '', args => '?pool=none'), good(), 'no such pool');
    $t->error_log_like(qr/\[error\] .*thread pool "none" not found/,
                       'no such pool: the log says so');

    # a pool whose queue has no room beside the task that runs

    my @results;

    $log = logged(sub {
        @put = map { start('named', '', args => '?pool=full') } 1 .. 6;

        wait_until(sub { !grep { !process_exited($_->{pid}) } @put }, 300);

        @results = map { result($_) } @put;
    });
    ($most) = turns($log);

    is(join("\n", @results), join("\n", (good()) x 6),
       'a full pool, six at a time');
    like($log, qr/thread pool "full" queue overflow/,
         'a full pool: nginx has tried the pool');
    cmp_ok($most->{hashed}, '<=', TURN, 'a full pool: hashed in a turn');
}


# clients that go away at any moment of the upload

my ($worker) = $t->workers();

for my $way (qw(small large late threads late-threads)) {
    for my $h2 (0, 1) {
        my @put = map { start($way, '', h2 => $h2, seconds => 0.02 * $_) }
                  1 .. 8;

        wait_until(sub { !grep { !process_exited($_->{pid}) } @put }, 300);
    }

    is(upload($way, ''), good(),
       "$way: an upload after clients that went away");
}

is(($t->workers())[0], $worker, 'the worker lives');


# At a reload, uploads that have begun end in the old worker, also when only the
# hash is left to do.

for my $way (qw(small large late threads late-threads)) {
    my @put = map { start($way, '') } 1 .. 3;

    sleep 0.05;
    $t->reload();

    wait_until(sub { !grep { !process_exited($_->{pid}) } @put }, 300);

    is(join("\n", map { result($_) } @put), join("\n", (good()) x 3),
       "$way: at a reload");
}

$t->done();


sub good { return 'signed ' . length($data) . ' ' . sha256_hex($data) }


# Returns the body in chunks that the client has not signed.

sub framed {
    my ($text) = @_;

    my $framing = '';

    for (my $at = 0; $at < length $text; $at += 65_536) {
        my $piece = substr $text, $at, 65_536;
        $framing .= sprintf("%x\r\n", length $piece) . "$piece\r\n";
    }

    return "${framing}0\r\n\r\n";
}


my $count;

sub start {
    my ($way, $form, %o) = @_;

    my $out = $t->testdir() . '/answer-' . ++$count;
    my $base = 'http://127.0.0.1:' . $t->port($o{h2} ? 8081 : 8080);

    my @form = $form eq 'chunked' ? ('-H', 'Transfer-Encoding: chunked')
               : $form eq 'framed' ? map { ('-H', $_) } @framed : ();

    my $pid = spawn(
        cmd => ['curl', '-q', '-sS', '-g', '--noproxy', '*',
                '-m', $o{seconds} // 300, '-H', 'Expect:',
                '-T', $file . ($form eq 'framed' ? '.framed' : ''),
                '-o', $out, $o{h2} ? '--http2-prior-knowledge' : (), @form,
                "$base/$way/body" . ($o{args} // '')],
        name => 'curl', stdout => "$out.said", stderr => "$out.errors");

    return { pid => $pid, out => $out };
}


sub result {
    my ($put) = @_;

    my $status = process_status($put->{pid});

    return $status ? "curl: $status" : slurp($put->{out});
}


sub upload {
    my $put = start(@_);

    wait_until(sub { process_exited($put->{pid}) }, 310);

    return result($put);
}


# Runs the code and returns what nginx logs meanwhile.

sub logged {
    my ($sub) = @_;

    my $before = length slurp($t->testdir() . '/error.log');

    $sub->();

    return substr slurp($t->testdir() . '/error.log'), $before;
}


# Returns the most bytes that were read and hashed in one turn of the event
# loop, and how often something was left for the next turn.

sub turns {
    my ($text) = @_;

    my %most = (read => 0, hashed => 0);
    my $waits = 0;

    for my $turn (split /epoll timer: /, $text) {
        my %n = (read => 0, hashed => 0);

        $n{read} += $1 while $turn =~ /request body recv (\d+)/g;
        $n{hashed} += $1 while $turn =~ /s3o_presign hash: \+(\d+)/g;
        $waits += () = $turn =~ /s3o_presign hash: .* waits/g;

        for my $what (keys %n) {
            $most{$what} = $n{$what} if $n{$what} > $most{$what};
        }
    }

    return (\%most, $waits);
}
