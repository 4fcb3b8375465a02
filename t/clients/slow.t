#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Uploads that last longer than a signature is valid: 20 minutes, by a clock
# that the test sets.  A proxied request is signed when nginx sends it, not when
# the client's header comes.  A redirect does not wait for a body.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use S3O::Clients qw(node);
use S3O::HTTP;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Presigned qw(parse_url);
use S3O::Process qw(slurp spawn spew stop_process wait_until);

my $t = S3O::Nginx->new()->has('faketime');

$t->faketime('20240301T120000Z');

my $s3 = S3O::Outpost->new(clock_file => $t->faketime_file())->start();

$s3->known_to($t, HTTP2 => $t->missing('http_v2') ? '' : 'http2');

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_methods       PUT;
    %%TEST_OUTPOST%%

    proxy_http_version        1.1;

    # if nginx waited for a body that does not come, the test would get no
    # answer in time

    client_body_timeout       1h;

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

        location /redirected/ {
            s3o_presign_discard  time=1s;
            s3o_presign           redirect;
            client_max_body_size  0;
        }
    }
}

EOC

# the time of the signature, for a request that begins at 12:00 and ends at
# 12:20

my %signed = (buffered => '20240301T122000Z', streamed => '20240301T120000Z');

for my $way (sort keys %signed) {
    slow($way);
    slow_chunks($way) if $way eq 'buffered';

    SKIP: {
        my $reason = $t->missing('http_v2') || $t->missing('node');
        skip $reason, 3 if $reason;

        slow_http2($way);
    }
}

late();
redirected();

SKIP: {
    my $reason = $t->missing('http_v2') || $t->missing('node');
    skip $reason, 4 if $reason;

    redirected_http2();
}

$t->done();


sub at {
    $t->set_faketime("20240301T$_[0]00Z");
}


sub stored_when {
    my ($r, $key) = @_;

    my $last = $s3->last();

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict},
           $last->{date}, ($s3->object($key) // {})->{body} // 'missing';
}


sub slow {
    my ($way) = @_;

    at(1200);

    my $seen = $s3->heads();
    my $c = $t->connect();
    $c->write("PUT /$way/slow HTTP/1.1\r\nHost: localhost\r\n"
              . "Content-Length: 9\r\n\r\nslo");

    begun($way, $seen);
    at(1220);
    $c->write('wly sl');

    is(stored_when($c->read_response(), 'slow'),
       "200 ok $signed{$way} slowly sl", "$way: 20 minutes for 9 bytes");

    # the next request on the connection is signed anew

    my $r = $c->request(method => 'PUT', uri => "/$way/next", body => 'next');
    is(stored_when($r, 'next'), '200 ok 20240301T122000Z next',
       "$way: the next request has its own date");
    $c->close();
}


# Waits until a worker has the request: when the Outpost has its header, or for
# half a second where nginx sends nothing before the body has ended.  If that
# were too short, the date would still be right, as nginx signs at the end
# there.

sub begun {
    my ($way, $seen) = @_;

    $way eq 'buffered' ? sleep 0.5 : $s3->wait_heads($seen);
}


sub slow_chunks {
    my ($way) = @_;

    at(1200);

    my $c = $t->connect();
    $c->write("PUT /$way/chunks HTTP/1.1\r\nHost: localhost\r\n"
              . "Transfer-Encoding: chunked\r\n\r\n3\r\nslo\r\n");
    sleep 0.5;
    at(1220);
    $c->write("1\r\nw\r\n0\r\n\r\n");

    is(stored_when($c->read_response(), 'chunks'),
       "200 ok $signed{$way} slow", "$way: chunks");
    $c->close();
}


# The client waits for a file before it sends the second half.

sub slow_http2 {
    my ($way) = @_;

    my ($sent, $go) = map { $t->testdir() . "/$_-$way" } 'sent', 'go';
    my $seen = $s3->heads();

    at(1200);

    my $pid = spawn(cmd => sub {
        wait_until(sub { slurp($sent) }, 60);
        begun($way, $seen);
        at(1220);
        spew($go, 'go');
    });

    my @args = ('http://127.0.0.1:' . $t->port(8081), $way, $go, $sent);
    my $got = node(<<'EOC', @args);
const http2 = require('http2'), fs = require('fs');
const session = http2.connect(args[0]);
const request = session.request({':method': 'PUT',
    ':path': '/' + args[1] + '/h2', 'content-length': 4});
request.on('response', (h) => {
    session.destroy();
    answer([h[':status']]);
});
request.write('sl', () => fs.writeFileSync(args[3], 'sent'));
(function poll() {
    fs.existsSync(args[2]) ? request.end('ow') : setTimeout(poll, 20);
})();
EOC

    is(stored_when({ status => $got->[0] }, 'h2'),
       "200 ok $signed{$way} slow", "$way: over HTTP/2");
    stop_process($pid);
}


# The test server must refuse old signatures itself, or the tests would prove
# nothing.

sub late {
    at(1220);

    $s3->signed(method => 'PUT', key => 'late', body => 'x',
                date => '20240301T120000Z');
    is($s3->last()->{verdict}, 'RequestTimeTooSkewed',
       'a signature of 20 minutes ago is refused');
}


# The client announces 1 GB and never sends it; nginx would wait for it longer
# than the client.

sub redirected {
    at(1200);

    for my $expect ("Expect: 100-continue\r\n", '') {
        my $c = $t->connect(timeout => 30);
        $c->write("PUT /redirected/k HTTP/1.1\r\nHost: localhost\r\n$expect"
                  . "Content-Length: 1000000000\r\n\r\n");
        my $r = $c->read_response() // { status => 'no answer' };
        my $url = ($r->{headers}{location} // [''])->[0];

        is("$r->{status} " . ($url && parse_url($url)->{date}),
           '307 20240301T120000Z', 'a redirect does not wait for the body, '
           . ($expect ? 'with' : 'without') . ' Expect');
        $c->close();
    }
}


# nginx reads the body first, but it waits for a missing body no longer than
# "s3o_presign_discard" says.

sub redirected_http2 {
    for my $size (1000, 1000000) {
        $t->clear_log();

        my $got = node(<<'EOC', 'http://127.0.0.1:' . $t->port(8081), $size);
const session = require('http2').connect(args[0]);
const request = session.request({':method': 'PUT', ':path': '/redirected/k',
                                 'content-length': Number(args[1])});
request.on('response', (h) => {
    session.destroy();
    answer([h[':status']]);
});
request.write('x');
EOC

        is($got->[0], 307,
           "HTTP/2: a redirect comes without a body of $size bytes");

        SKIP: {
            skip 'nginx is built without debug', 1 if $t->missing('debug');

            like(join(' ', waits()), qr/^1000( 1000)*$/,
                 "HTTP/2: nginx waits a second for a body of $size bytes");
        }
    }
}


# Returns the milliseconds of each timer that nginx set to wait for more of a
# body.

sub waits {
    return $t->read_file('error.log') =~ /event timer add: \S+ (1000):/g;
}
