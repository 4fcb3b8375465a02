#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Other shapes of nginx: one worker and sixteen, helper processes, requests
# that wait while nginx is reloaded or stopped, "nginx -t" beside a running
# nginx and without a network.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(capture find_program wait_until);
use S3O::Rotation qw(check_url gone set_number);
use S3O::Rotation::Service;

my $t = S3O::Nginx->new(log_level => 'info', workers => 0);
my $dir = $t->testdir();


# one worker, and sixteen

for my $workers (1, 16) {
    my $s = S3O::Rotation::Service->start(name => 'n', life => 2);

    configure($s, $workers);
    $t->run();

    ok(wait_until(sub { $t->workers() == $workers ? 1 : 0 }),
       "$workers workers");
    ok($s->wait_for_sets(4, 15), 'rotate');

    my (%seen, @bad);
    my $n = 3;

    ok(wait_until(sub {
        my $r = $t->request(uri => '/x');
        my $url = $r->{headers}{location}[0] // return 0;
        my $why = check_url('n', $s->history(), $url);

        push @bad, $why if $why;
        $seen{ $r->{headers}{'x-worker'}[0] } = 1
            if set_number('n', $url) >= $n;

        keys %seen == $workers ? 1 : 0;
    }, 15), 'all of them sign with a new set');

    is("@bad", '', 'that is alive');
    is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
       'one fetch at a time');

    # but those that were given up, on a busy machine

    my $failed = grep { /no new credentials/ } $t->log_errors('info');

    cmp_ok($s->fetches(), '<=', 1 + $failed + keys %{ $s->history() },
           'and one for each set');

    $t->stop();
    $s->down();
}


# requests that wait in a worker that shall end: the next ones fetch for it

my $s = S3O::Rotation::Service->start(name => 'n', answer => 'hang');

configure($s, 2, 'proxy_cache_path cache keys_zone=cache:1m;');
$t->run();

my @waiting = map { ask('/waits/x') } 1 .. 20;

sleep 0.3;

my @old = $t->workers();

ok($t->reload(), 'a reload while requests wait');
push @waiting, map { ask('/waits/x') } 1 .. 20;
sleep 0.3;

# one that no request came to may end at once

cmp_ok(scalar(grep { gone($_, 0) } @old), '<', @old, 'their workers stay');

$s->set(answer => 'ok');

my %status;
$status{ $_->read_response(timeout => 12)->{status} // 'none' }++ for @waiting;

is_deeply(\%status, { 307 => 40 }, 'all requests are served');
$_->close() for splice @waiting;
is(scalar(grep { !gone($_, 5) } @old), 0, 'and the old workers end');
is(keys %{ $s->history() }, 1, 'one set for all');

# the cache manager and the cache loader are no workers

is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
   'helper processes do not fetch');

$t->stop();
$s->down();


# requests that wait when nginx is stopped are answered, or cut off

$s = S3O::Rotation::Service->start(name => 'n', answer => 'hang');
configure($s, 1);

for my $signal (qw(QUIT TERM)) {
    $t->run();

    @waiting = map { ask('/second/x') } 1 .. 5;
    sleep 0.3;

    my $began = time();
    kill $signal, $t->pid();

    my @got = map { my $r = $_->read_response(timeout => 5);
                    $r ? $r->{status} : 'none' } @waiting;

    is("@got", join(' ', ($signal eq 'QUIT' ? 503 : 'none') x 5),
       "$signal while requests wait");

    ok(gone($t->pid(), 5), 'nginx ends');
    cmp_ok(time() - $began, '<', 4, 'soon');
    $_->close() for splice @waiting;
    $t->stop();
}

$s->down();


# "nginx -t" asks nobody

$s = S3O::Rotation::Service->start(name => 'n', life => 3600);
configure($s, 1);
$t->run();
ok(wait_until(sub { $t->request(uri => '/x')->{status} == 307 ? 1 : 0 }),
   'a running nginx');

my $fetches = $s->fetches();

for my $i (1 .. 3) {
    my ($status, $out) = $t->check_config(
        $t->read_file('nginx.conf') =~ s/^error_log .*/error_log stderr;/mr);

    is($status, 0, '"nginx -t" beside it') or diag($out);
}

sleep 1;
is($s->fetches(), $fetches, 'asks for nothing');
is(set_number('n', $t->request(uri => '/x')->{headers}{location}[0]), 1,
   'and takes nothing away');
$t->stop();

my $sts = 'role_arn=arn:aws:iam::123456789012:role/x region=us-west-2';
my %source = (
    imds         => 'imds',
    role         => 'imds role=a',
    ipv6         => 'imds endpoint=http://[fd00:ec2::254]',
    ecs          => 'container uri=/v2/credentials/x',
    eks          => 'container uri=http://169.254.170.23/v1/credentials',
    web_identity => "web_identity $sts token_file=/nonexistent",
    assume_role  => "assume_role $sts source=imds",
    default      => 'default',
);

my @alone = ('unshare', '-n');

@alone = () if !find_program('unshare') || (capture([@alone, 'true']))[0];

for my $name (sort keys %source) {
    my ($status, $out, $took) = check("resolver 169.254.169.253;\n"
        . "s3o_presign_credentials $source{$name};");

    is($status, 0, "nginx -t without a network: $name") or diag($out);
    # a question that nobody answers takes five seconds and more

    cmp_ok($took, '<', 4, "$name: at once");
}

# a name needs somebody to ask, now or later

my ($status, $out) = check("s3o_presign_credentials $source{web_identity};");

SKIP: {
    skip 'there is a network', 2 unless @alone;

    isnt($status, 0, 'a name without "resolver" is looked up now');
    like($out, qr/host not found.*a "resolver" in http\{\} looks names up/,
         'and the error says what helps');
}

$t->done();


sub configure {
    my ($s, $workers, $lines) = @_;

    $lines //= '';

    $t->write_file_expand('nginx.conf', <<"EOC");

%%TEST_GLOBALS%%

worker_processes  $workers;

events {
}

http {
    %%TEST_GLOBALS_HTTP%%
    $lines

    s3o_presign                   redirect;
    s3o_presign_access_point      @{[ ARN ]};
    s3o_presign_expires           1s;
    s3o_presign_credentials       @{[ $s->source() ]};
    s3o_presign_credentials_wait  0;

    add_header  X-Worker \$pid always;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location / {
        }

        location /waits/ {
            s3o_presign_credentials_wait  20s;
        }

        location /second/ {
            s3o_presign_credentials_wait  1s;
        }
    }
}

EOC
}


sub ask {
    my ($uri) = @_;

    my $c = $t->connect();

    $c->write("GET $uri HTTP/1.1\r\nHost: localhost\r\n"
              . "Connection: close\r\n\r\n");
    return $c;
}


# "nginx -t" on a few lines of http{}, with no network where that can be had:
# (exit status, output, seconds)

sub check {
    my ($lines) = @_;

    $t->write_file_expand('t.conf', "%%TEST_GLOBALS%%\nevents { }\n"
                          . "http {\n%%TEST_GLOBALS_HTTP%%\n$lines\n}\n");

    my $began = time();
    my ($status, $out) = capture(
        [@alone, $t->binary(), '-t', '-p', "$dir/", '-c', 't.conf',
         '-e', 'stderr'],
        env => { %{ $t->_environment() }, HOME => '/nonexistent' });

    return ($status, $out, time() - $began);
}
