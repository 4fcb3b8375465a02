#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Other ways to run nginx: with one worker and with sixteen, with helper
# processes, with requests that wait during a reload or a stop, and "nginx -t"
# beside a running nginx or without a network.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(capture find_program wait_until);
use S3O::Rotation qw(ask check_url gone metrics set_number);
use S3O::Rotation::Clock;
use S3O::Rotation::Service;

use constant LIFE => 1000;

# the clock moves only in the steps of the test, and so does the time of a
# request that waits

my $t = S3O::Nginx->new(log_level => 'info', workers => 0)->has('faketime');
my $clock;


# one worker, and sixteen workers

for my $workers (1, 16) {
    my $s = S3O::Rotation::Service->start(name => 'n', life => LIFE);

    $clock = S3O::Rotation::Clock->new($t, $s);
    configure($s, $workers);
    $t->run();
    $clock->begin($workers)->settle();

    is(scalar $t->workers(), $workers, "$workers workers");

    # half of a set's life

    $clock->step(LIFE / 2) for 1 .. 3;

    my (%seen, @bad);

    ok(wait_until(sub {
        my $r = $t->request(uri => '/x');
        my $url = $r->{headers}{location}[0] // return 0;
        my $why = check_url('n', $s->history(), $url);

        push @bad, $why if $why;
        $seen{ $r->{headers}{'x-worker'}[0] } = 1
            if set_number('n', $url) == 4;

        keys %seen == $workers ? 1 : 0;
    }), 'all workers sign with the newest set');

    is("@bad", '', "all $workers workers sign with a live set");
    is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
       'one fetch at a time');
    is($s->fetches(), 4, 'each set was fetched once');

    $t->stop();
    $s->down();
}


# requests wait in a worker that is to exit; the new workers fetch for it

my $s = S3O::Rotation::Service->start(name => 'n', answer => 'hang');

$clock = S3O::Rotation::Clock->new($t, $s);
configure($s, 2, 'proxy_cache_path cache keys_zone=cache:1m;');
$t->run();
$clock->begin(2);

my @waiting = map { ask($t, '/waits/x') } 1 .. 20;

ok(wait_until(sub { waited() == 20 ? 1 : 0 }), 'requests wait');
ok($s->wait_for_fetches(1), 'a fetch is under way');

my @old = $t->workers();

ok($t->reload(), 'a reload while requests wait');
$clock->begin(2);
push @waiting, map { ask($t, '/waits/x') } 1 .. 20;
ok(wait_until(sub { waited() == 40 ? 1 : 0 }), 'more requests wait');

# a worker that has no request may end at once

cmp_ok(scalar(grep { gone($_, 0) } @old), '<', @old,
       'workers with waiting requests stay');

# the worker that began the fetch gives it up

$clock->pass(2.5);
ok(wait_until(sub { ($clock->sources_now())[0]{failures} }),
   'the fetch of an old worker fails');
ok($clock->next_fetch(0.5), 'a new worker fetches');

$s->set(answer => 'ok');
$clock->settle()->pass(0.5);

my %status;
$status{ $_->read_response()->{status} // 'none' }++ for @waiting;

is_deeply(\%status, { 307 => 40 }, 'all requests are served');
$_->close() for splice @waiting;
is(scalar(grep { !gone($_) } @old), 0, 'the old workers end');
is(keys %{ $s->history() }, 1, 'all requests get the same set');

# the cache manager and the cache loader must not fetch

is((sort { $b <=> $a } map { $_->{busy} } $s->asked('token'))[0], 1,
   'helper processes do not fetch');

$t->stop();
$s->down();


# when nginx is stopped, waiting requests are answered or cut off

$s = S3O::Rotation::Service->start(name => 'n', answer => 'hang');
$clock = S3O::Rotation::Clock->new($t, $s);
configure($s, 1);

for my $signal (qw(QUIT TERM)) {
    $t->clear_log();
    $t->run();
    $clock->begin(1);

    @waiting = map { ask($t, '/second/x') } 1 .. 5;
    ok(wait_until(sub { waited() == 5 ? 1 : 0 }), 'requests wait');

    kill $signal, $t->pid();
    $t->error_log_like($signal eq 'QUIT' ? qr/gracefully shutting down/
                                         : qr/ exiting/, $signal);

    # one second passes, in which the fetch brings nothing

    $t->pass(1.25) if $signal eq 'QUIT';

    my @got = map { my $r = $_->read_response();
                    $r ? $r->{status} : 'none' } @waiting;

    is("@got", join(' ', ($signal eq 'QUIT' ? 503 : 'none') x 5),
       "$signal while requests wait");

    ok(gone($t->pid()), 'nginx ends');
    $_->close() for splice @waiting;
    $t->stop();
}

$s->down();


# "nginx -t" sends no request to a service

$t = S3O::Nginx->new(log_level => 'info', workers => 0);
$s = S3O::Rotation::Service->start(name => 'n', life => 3600);
$clock = undef;
configure($s, 1);
$t->run();

my $number;

ok(wait_until(sub {
    my $url = $t->request(uri => '/x')->{headers}{location}[0] // return 0;
    $number = set_number('n', $url);
}), 'a running nginx');

my $fetches = $s->fetches();

for my $i (1 .. 3) {
    my ($status, $out) = $t->check_config(
        $t->read_file('nginx.conf') =~ s/^error_log .*/error_log stderr;/mr);

    is($status, 0,
       '"nginx -t" beside a running nginx is accepted') or diag($out);
}

sleep 1;
is($s->fetches(), $fetches, '"nginx -t" fetches nothing');
is(set_number('n', $t->request(uri => '/x')->{headers}{location}[0]),
   $number, '"nginx -t" does not touch the set in use');
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
    my ($status, $out) = check("resolver 169.254.169.253;\n"
        . "s3o_presign_credentials $source{$name};");

    is($status, 0, "nginx -t without a network: $name") or diag($out);
}

# without "resolver" a host name is looked up when nginx reads its configuration

my ($status, $out) = check("s3o_presign_credentials $source{web_identity};");

SKIP: {
    skip 'there is a network', 2 unless @alone;

    isnt($status, 0, 'a name without "resolver" needs a network');
    like($out, qr/host not found.*a "resolver" in http\{\} looks names up/,
         'the error tells how to look names up later');
}

$t->done();


sub configure {
    my ($s, $workers, $lines) = @_;

    $lines //= '';
    $lines .= "\n\n" . $clock->server() if $clock;

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
        listen  127.0.0.1:%%PORT_8080%% reuseport;

        location / {
        }

        location /status {
            s3o_presign         off;
            s3o_presign_status  prometheus;
        }

        location /waits/ {
            s3o_presign_credentials_wait  10m;
        }

        location /second/ {
            s3o_presign_credentials_wait  1s;
        }
    }
}

EOC
}


sub waited {
    return metrics($t->request(uri => '/status')->{body})
           ->{s3o_presign_waited_total};
}


# Runs "nginx -t" on a few lines of http{}, without a network where the system
# allows this.  Returns (exit status, output).

sub check {
    my ($lines) = @_;

    $t->write_file_expand('t.conf', "%%TEST_GLOBALS%%\nevents { }\n"
                          . "http {\n%%TEST_GLOBALS_HTTP%%\n$lines\n}\n");

    # with these options a lookup that nobody answers would take longer than the
    # test allows

    return capture(
        [@alone, $t->binary(), '-t', '-p', $t->testdir() . '/',
         '-c', 't.conf', '-e', 'stderr'],
        env => { %{ $t->_environment() }, HOME => '/nonexistent',
                 RES_OPTIONS => 'timeout:30 attempts:5' }, timeout => 100);
}
