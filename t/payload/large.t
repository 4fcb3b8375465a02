#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Bodies of 64 MiB and of 1 GiB, or of 256 MiB with SigV4A.  "make test" uses a
# quarter or a sixteenth of these sizes.  Every chunk is verified, the memory of
# the worker does not grow with the body, and nginx serves other requests
# meanwhile.

use strict;
use warnings;

use Digest::SHA ();
use Test::More;
use Time::HiRes qw(sleep time);

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(payload_of);
use S3O::PayloadSink;
use S3O::Size qw(large);
use S3O::SigV4A qw(python_reason);
use S3O::SigV4A::Verifier;
use S3O::Process qw(slurp spawn process_exited process_status);

use constant MiB => 1_048_576;
use constant GROWTH => 8 * MiB;

my $t = S3O::Nginx->new(log_level => 'notice')->has(qw(curl http_v2));

# the test uses only its host name and keys

my $s3 = S3O::Outpost->new();
my $port = $t->port(8090);
my $verifier = python_reason() ? undef : S3O::SigV4A::Verifier->new();
my @streaming = ('streaming', $verifier ? 'streaming4a' : ());

$s3->known_to($t);

$t->run_daemon(sub {
    S3O::PayloadSink::run($port, $s3->signer(),
                          verifier => $verifier && $verifier->path());
});

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream up {
        server     127.0.0.1:%%PORT_8090%%;
        keepalive  1;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      0;
    proxy_http_version        1.1;
    proxy_set_header          Connection "";

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% http2;
        server_name  localhost;

        location /signed/ {
            s3o_presign_payload  signed;
            proxy_pass           http://up$s3o_presign_uri;
        }

        location /streaming/ {
            s3o_presign_payload      streaming;
            proxy_request_buffering  off;
            proxy_pass               http://up$s3o_presign_uri;
        }

        location /streaming4a/ {
            s3o_presign_algorithm    sigv4a;
            s3o_presign_payload      streaming;
            proxy_request_buffering  off;
            proxy_pass               http://up$s3o_presign_uri;
        }

        # another location reads the body before one that signs gets it

        location /late/ {
            s3o_presign  off;
            error_page   502 = @late;
            proxy_pass   http://127.0.0.1:%%PORT_8091%%;
        }

        location @late {
            s3o_presign_key      late;
            s3o_presign_payload  signed;
            proxy_pass           http://up$s3o_presign_uri;
        }

        location = /other {
            s3o_presign  off;
            return       204;
        }

        location /buffered/ {
            s3o_presign_payload  streaming;
            proxy_pass           http://up$s3o_presign_uri;
        }
    }
}

EOC

$t->waitforsocket($port);

my $file = $t->testdir() . '/zeros';
my %sum;

# the first requests allocate memory that every worker needs once

put($_, MiB) for qw(signed late buffered), @streaming;
put($_, MiB, h2 => 1) for 'late', @streaming;

big($_, large(64, 16) * MiB) for qw(signed late buffered), @streaming;
big($_, large(64, 16) * MiB, h2 => 1) for 'late', @streaming;

left();

big($_, large(1024, 64) * MiB) for qw(signed late streaming);
big('streaming4a', large(256, 64) * MiB) if $verifier;

$t->done();


sub big {
    my ($way, $size, %o) = @_;

    my $name = $size / MiB . " MiB, $way" . ($o{h2} ? ', HTTP/2' : '');
    my $begin = time;
    my $r = put($way, $size, %o);
    my $took = time - $begin;

    is("$r->{exit} $r->{status} $r->{body}", '0 200 '
       . ($way =~ /^(?:signed|late)$/ ? 'signed'
          : payload_of($way eq 'buffered' ? 'streaming' : $way))
       . " $size " . sum($size), "$name: stored");

    # a sanitizer keeps freed memory for a while

    cmp_ok($r->{grown}, '<', $ENV{TEST_NGINX_PRELOAD} ? 8 * GROWTH : GROWTH,
           "$name: the worker's memory does not grow");

    is($r->{unserved}, 0, "$name: others are served meanwhile");

    note(sprintf '%s: %.1f s, RSS +%d kB at most, another request waited '
                 . '%.0f ms at most', $name, $took, $r->{grown} / 1024,
                 $r->{wait} * 1000);
}


# Clients go away while their bodies are read, hashed or sent.

sub left {
    my ($worker) = $t->workers();

    for my $h2 (0, 1) {
        for my $seconds (0.1, 0.2, 0.3, 0.4, 0.5) {
            put('late', 64 * MiB, h2 => $h2, seconds => $seconds);
        }
    }

    is(put('late', MiB)->{status}, 200,
       'an upload after clients that went away');
    is(($t->workers())[0], $worker, 'the worker lives');
}


# Runs curl in a process of its own and watches the worker meanwhile.

sub put {
    my ($way, $size, %o) = @_;

    open my $fh, '>', $file or die "open: $!";
    truncate $fh, $size or die "truncate: $!";
    close $fh;

    my $base = 'http://127.0.0.1:' . $t->port($o{h2} ? 8081 : 8080);
    my $out = $t->testdir() . '/answer';
    unlink glob "$out*";

    my $pid = spawn(
        cmd => ['curl', '-q', '-sS', '-m', $o{seconds} // 300, '-T', $file,
                '-o', $out, '-w', '%{http_code}',
                $o{h2} ? '--http2-prior-knowledge' : (),
                "$base/$way/zeros"],
        name => 'curl', stdout => "$out.status", stderr => "$out.errors");

    my $before = rss();
    my ($most, $wait, $unserved) = (0, 0, 0);

    while (!process_exited($pid)) {
        my $begin = time;
        my $r = $t->request(uri => '/other');

        my $took = time - $begin;
        my $grown = rss() - $before;

        $unserved++ unless $r && $r->{status} == 204;

        $wait = $took if $took > $wait;
        $most = $grown if $grown > $most;
        sleep 0.02;
    }

    return { exit => process_status($pid), status => slurp("$out.status"),
             body => slurp($out), grown => $most, wait => $wait,
             unserved => $unserved };
}


sub rss {
    my ($pid) = $t->workers();

    return slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB/m ? $1 * 1024 : 0;
}


sub sum {
    my ($size) = @_;

    return $sum{$size} //= Digest::SHA->new(256)->addfile($file)->hexdigest();
}
