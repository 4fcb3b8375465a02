#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A body is kept in a file, and the file ends too early when it is hashed.  The
# worker or its thread logs this; nginx answers 500 and does not sign.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Test::More;

use S3O::HTTP;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Outpost::Wire qw(read_head read_body);
use S3O::PayloadSink;

use constant SIZE => 3_000_000;

my $t = S3O::Nginx->new();
my $s3 = S3O::Outpost->new();
my ($cutter, $sink) = ($t->port(8091), $t->port(8092));

# a server that fails, and that first may truncate the files of nginx

$t->run_daemon(sub { run_cutter($t->testdir() . '/client_body_temp') });
$t->run_daemon(sub { S3O::PayloadSink::run($sink, $s3->signer()) });

$s3->known_to($t, AIO => $t->missing('threads') ? 'off' : 'threads');

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       PUT;
    s3o_presign_payload       signed;
    %%TEST_OUTPOST%%

    client_max_body_size      4m;
    client_body_in_file_only  clean;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /turns/ {
            error_page  502 = @turns;
            proxy_pass  http://127.0.0.1:%%PORT_8091%%;
        }

        location @turns {
            s3o_presign      proxy;
            s3o_presign_key  key;
            proxy_pass       http://127.0.0.1:%%PORT_8092%%;
        }

        location /threads/ {
            error_page  502 = @threads;
            proxy_pass  http://127.0.0.1:%%PORT_8091%%;
        }

        location @threads {
            aio              %%AIO%%;
            s3o_presign      proxy;
            s3o_presign_key  key;
            proxy_pass       http://127.0.0.1:%%PORT_8092%%;
        }
    }
}

EOC

$t->waitforsocket($_) for $cutter, $sink;

my $body = join '', map { pack 'N', $_ * 2_654_435_761 % 2 ** 32 }
                    1 .. SIZE / 4;
my $good = '200 signed ' . SIZE . ' ' . sha256_hex($body);
my ($worker) = $t->workers();

for my $way (qw(turns threads)) {
    is(put("/$way/whole"), $good, "$way: a whole file");

    # truncated inside a piece, at the end of a piece, and before the first
    # piece

    for my $left (SIZE - 1, 1_048_576, 1, 0) {
        $t->clear_log();

        like(put("/$way/$left"), qr/^500 /, "$way: $left bytes of it");
        $t->error_log_like(qr/\[crit\] .* s3o_presign: hashing a body failed/,
                           "$way: $left bytes of it: the log says so");
    }

    is(put("/$way/whole"), $good, "$way: a whole file after that");
}

is(($t->workers())[0], $worker, 'the worker lives');

$t->done();


sub put {
    my ($uri) = @_;

    my $r = $t->request(method => 'PUT', uri => $uri, body => $body);

    return "$r->{status} $r->{body}";
}


sub run_cutter {
    my ($dir) = @_;

    my $listen = IO::Socket::INET->new(Listen => 16, ReuseAddr => 1,
        LocalAddr => '127.0.0.1', LocalPort => $cutter)
        // die "cannot listen on 127.0.0.1:$cutter: $@\n";

    while (1) {
        my $socket = $listen->accept() or next;
        my $c = S3O::HTTP->from_socket($socket, timeout => 60);
        my $r = read_head($c) or next;

        # reads all that nginx sends first, or nginx would find the file
        # truncated

        read_body($c, $r, 1);

        if ($r->{target} =~ m{/(\d+)$}) {
            my $left = $1;

            for my $file (glob "$dir/*") {
                truncate $file, $left or die "truncate() failed: $!\n";
            }
        }

        $c->close();
    }
}
