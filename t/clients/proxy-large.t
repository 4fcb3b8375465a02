#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# nginx carries uploads of up to 1 GiB (64 MiB in "make test"), buffered and
# streamed, over HTTP/1.1 and HTTP/2.  All bytes arrive, and the memory of the
# worker does not grow.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(versions sparse_file);
use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp wait_until);
use S3O::Size qw(large);

use constant {
    MiB   => 1024 * 1024,
    GROWS => 8 * 1024,             # kB
};

my $t = S3O::Nginx->new(log_level => 'info')->has('curl');
my $s3 = S3O::Outpost->new(discard => 1)->start();
my $h2 = $t->missing('http_v2') || $t->missing('curl_http2');

$s3->known_to($t, HTTP2 => $h2 ? '' : 'http2');

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_methods       PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      2g;
    proxy_http_version        1.1;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% %%HTTP2%%;
        server_name  localhost;

        location /buffered/ {
            proxy_pass  http://127.0.0.1:%%OUTPOST%%;
        }

        location /streamed/ {
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

note(versions('curl'));

my %sizes = ('no byte' => 0, 'one byte' => 1, '1 MiB' => MiB,
             large('1 GiB', '64 MiB') => large(1024, 64) * MiB);
my %base = ('HTTP/1.1' => 'http://127.0.0.1:' . $t->port(8080),
            'HTTP/2'   => 'http://127.0.0.1:' . $t->port(8081));

my $worker;

warm_up();

for my $way (qw(buffered streamed)) {
    upload($way, 'HTTP/1.1', $_) for by_size();

    SKIP: {
        skip $h2, 3 * keys %sizes if $h2;
        upload($way, 'HTTP/2', $_) for by_size();
    }
}

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub by_size { return sort { $sizes{$a} <=> $sizes{$b} } keys %sizes }


# the memory that a worker needs for its first request is not growth

sub warm_up {
    wait_until(sub { ($worker) = $t->workers() }, 60);

    $t->request(method => 'PUT', uri => "/$_/k", body => 'x')
        for qw(buffered streamed);
}


sub upload {
    my ($way, $version, $size) = @_;

    my $name = "$way, $version, $size";
    my $file = sparse_file($t->testdir() . '/body', $sizes{$size});

    my $before = memory($worker, 'VmRSS');

    forget_peak($worker);

    my $r = curl("$base{$version}/$way/k", file => $file, timeout => 900,
                 args => $version eq 'HTTP/2' ? ['--http2-prior-knowledge']
                                              : []);

    my $peak = memory($worker, 'VmHWM');
    my $last = $s3->last();

    is("$r->{exit} $r->{status}", '0 200', "$name is carried");
    is("$last->{verdict} $last->{body_length}", "ok $sizes{$size}",
       "$name, the request is signed and complete");

    SKIP: {
        skip 'sanitizers take memory', 1 if $ENV{TEST_NGINX_PRELOAD};

        cmp_ok($peak - $before, '<', GROWS, "$name, memory grows by "
               . ($peak - $before) . " kB to $peak kB");
    }
}


# in kB

sub memory {
    my ($pid, $field) = @_;

    my ($kB) = slurp("/proc/$pid/status") =~ /^$field:\s+(\d+) kB/m;

    return $kB;
}


sub forget_peak {
    my ($pid) = @_;

    open my $fh, '>', "/proc/$pid/clear_refs" or die "clear_refs: $!";
    print {$fh} "5\n";
    close $fh or die "clear_refs: $!";
}
