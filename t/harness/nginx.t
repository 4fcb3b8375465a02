#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The harness itself: an nginx without the module, driven by S3O::Nginx.

use strict;
use warnings;

use File::Path ();
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

use S3O::Nginx;
use S3O::Process qw(capture slurp process_exited wait_until);

my $t = S3O::Nginx->new(module => 0)->plan(47);

$t->subst(WORD => 'first')->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location / {
            return 200 "%%WORD%%";
        }

        location /file/ {
            alias %%TESTDIR%%/;
        }

        location /early {
            return 413;
        }

        location /upload {
            client_max_body_size 10m;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        client_max_body_size 10m;
        return 200 "$http_x_one|$http_transfer_encoding";
    }
}

EOC

$t->write_file('page.txt', 'x' x 100000)->run();

# requests

like($t->http_get('/'), qr/^HTTP.1.. 200 OK.*first$/s, 'http_get');
like($t->http_get('/', 'X-A' => 1), qr/200/, 'http_get with a header');
unlike($t->http_head('/'), qr/first/, 'http_head has no body');
like($t->http("GET / HTTP/1.0\r\nHost: x\r\n\r\n"), qr/first$/, 'raw bytes');

my $r = $t->request(uri => '/file/page.txt');
is($r->{status}, 200, 'status of a parsed response');
is($r->{reason}, 'OK', 'reason of a parsed response');
is(length $r->{body}, 100000, 'body of a parsed response');
is($r->{headers}{'content-length'}[0], 100000, 'header by its lower name');
ok($r->{complete}, 'body is complete');

$r = $t->request(method => 'PUT', uri => '/upload', body => 'abc',
                 headers => ['X-One' => 'a, b']);
is($r->{body}, 'a, b|', 'a header reaches the server');

$r = $t->request(method => 'PUT', uri => '/upload', chunked => ['a', 'bc']);
is($r->{status}, 200, 'chunked request');

$r = $t->request(method => 'PUT', uri => '/upload', body => 'abc', expect => 1);
is($r->{status}, 200, 'expect, answered');
is($r->{interim}[0]{status}, 100, 'expect, interim response is seen');

$r = $t->request(method => 'PUT', uri => '/early', body => 'x' x 3000000);
is($r->{status}, 413, 'response that comes before the body was sent');

my $c = $t->connect();
is($c->request(uri => '/')->{body}, 'first', 'keep-alive, first request');
is($c->request(uri => '/', method => 'HEAD')->{body}, '', 'keep-alive, HEAD');
is($c->request(uri => '/')->{body}, 'first', 'keep-alive, third request');
$c->close();

# ports and files

isnt($t->port(8080), $t->port(8081), 'ports differ');
is($t->port(8080), $t->port(8080), 'a port stays');
is($t->read_file('page.txt'), 'x' x 100000, 'read_file');
ok($t->waitforsocket($t->port(8080)), 'waitforsocket');
ok(!$t->waitforfile('nowhere', 0.05), 'waitforfile that never comes');

# reload

my @before = $t->workers();
is(scalar @before, 1, 'one worker');

$t->subst(WORD => 'second');
$t->write_file('nginx.conf', $t->read_file('nginx.conf') =~ s/first/second/r);
ok($t->reload(), 'reload');
is(join(' ', map { $t->request()->{body} } 1 .. 5), join(' ', ('second') x 5),
   'every connection after a reload meets the new configuration');

$t->write_file('good.conf', $t->read_file('nginx.conf'));
$t->write_file('nginx.conf', $t->read_file('good.conf') . "bogus on;\n");
ok(!$t->reload(), 'reload of a bad configuration fails');
is($t->request()->{body}, 'second', 'the old configuration stays');
is(scalar(() = $t->alerts()), 1, 'the failed reload logs an alert');
$t->todo_alerts(qr/unknown directive "bogus"/);
is(scalar(() = $t->alerts()), 0, 'an allowed alert is not counted');
$t->write_file('nginx.conf', $t->read_file('good.conf'));

# error log

$t->request(uri => '/file/missing');
$t->error_log_like(qr/open\(\).*missing" failed/, 'error_log_like');
$t->error_log_unlike(qr/no such words/, 'error_log_unlike');
is(scalar(grep { /missing/ } $t->log_errors('error')), 1, 'log_errors');
$t->clear_log();

# the connection may not have ended yet

is(scalar(grep { /missing/ } $t->log_errors('debug')), 0, 'clear_log');

# configurations that do not run

my ($st, $out) = $t->check_location('return 204;');
is($st, 0, 'check_location accepts') or diag($out);

($st, $out) = $t->check_location("return 204;\nbogus;");
is($st, 1, 'check_location refuses');
like($out, qr/unknown directive "bogus" in .*check.conf:/,
     'the message names the directive and the file');

my $start = time();
$t->check_server('return 204;') for 1 .. 20;
diag(sprintf '%.1f ms per check_config()', (time() - $start) * 50);

# daemons

my $pid = $t->run_daemon(sub { sleep 100 });
ok(!process_exited($pid), 'run_daemon');
$t->stop();
ok(process_exited($pid), 'stop ends daemons');

# faults that must be noticed: a script of its own fails for each

for my $case (
    ['an alert', "2024/01/01 00:00:00 [alert] 1#1: bang\n",
     qr/not ok 1 - no alerts/],
    ['a sanitizer report', "x.c:1:1: runtime error: shift of 99\n",
     qr/not ok 2 - no sanitizer errors/])
{
    my ($name, $line, $re) = @$case;

    $t->write_file('line', $line)->write_file('sub.t', <<'EOS');
use strict; use warnings;
use S3O::Nginx; use S3O::Process qw(slurp spew);
my $t = S3O::Nginx->new(module => 0)->plan(0);
spew($t->testdir() . '/error.log', slurp($ARGV[0]));
EOS

    my ($status, $text) = capture([$^X, (map { "-I$_" } @INC),
                                   $t->testdir() . '/sub.t',
                                   $t->testdir() . '/line']);
    isnt($status, 0, "$name fails a script");
    like($text, $re, "$name: the message names the fault");
}

# a script that is killed cannot clean up, but its processes end

$t->write_file('killed.t', <<'EOS');
use strict; use warnings;
use S3O::Nginx;
$| = 1;
my $t = S3O::Nginx->new(module => 0);
$t->write_file_expand('nginx.conf', "%%TEST_GLOBALS%%\nevents { }\n")->run();
print 'pids ', $t->pid(), ' ', $t->run_daemon('sleep', 100), "\n";
print 'dir ', $t->testdir(), "\n";
kill 'KILL', $$;
EOS

my (undef, $said) = capture([$^X, (map { "-I$_" } @INC),
                             $t->testdir() . '/killed.t']);
my @left = $said =~ /^pids (\d+) (\d+)/m;

is(scalar @left, 2, 'a killed script had two processes');
ok(wait_until(sub { !grep { slurp("/proc/$_/stat") =~ /\) [^ZX] /s } @left },
              60), 'the processes of a killed script end');
File::Path::remove_tree($1) if $said =~ m{^dir (/\S+/s3o-test-\w+)$}m;

# a faked clock

SKIP: {
    my $reason = $t->missing('faketime');
    skip $reason, 3 if $reason;

    my $f = S3O::Nginx->new(module => 0)->faketime('2024-03-01 12:00:00');

    $f->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;

        location / {
            return 204;
        }

        location /silent {
            proxy_read_timeout 200ms;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }
}

EOC

    # accepts connections and never answers

    my $silent = IO::Socket::INET->new(Listen => 5, ReuseAddr => 1,
        LocalAddr => '127.0.0.1', LocalPort => $f->port(8081))
        or die "cannot listen: $@";

    $f->run();

    is($f->request()->{headers}{date}[0], 'Fri, 01 Mar 2024 12:00:00 GMT',
       'faked time');

    $f->set_faketime('20240229T235959Z');
    is($f->request()->{headers}{date}[0], 'Thu, 29 Feb 2024 23:59:59 GMT',
       'faked time is set while nginx runs');

    # timers must run although the clock stands

    is($f->request(uri => '/silent')->{status}, 504,
       'timers run under a faked clock');
}
