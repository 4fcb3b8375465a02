#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# No process of nginx has a replaced secret anywhere in its memory.  A worker
# that ends wipes the secrets that it has.
#
# The clock of nginx moves only when the test moves it.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Json qw(iso);
use S3O::Fake::Sts;
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(find_program slurp spawn stop_process wait_until);
use S3O::Rotation qw(comes in_memory set_number set_of url_of write_set);
use S3O::Rotation::Service;
use S3O::TLS;

use constant WORKERS => 3;

my $now = time();
my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS)
        ->has(qw/openssl socket_ssl faketime/)->faketime($now, timers => 1);
my $dir = $t->testdir();
my $s = S3O::Rotation::Service->start(name => 'imds', life => 50, now => $now);

my $tls = S3O::TLS->new();
my $sts = S3O::Fake::Sts->new(tls => $tls->cert('localhost'))->start();
my $token = 'IDENTITY-TOKEN-' . 'x1y2z3' x 20;

$t->write_file('token', $token, 0644);
sts_gives(1);

$t->subst(SOURCE => $s->source(), ARN => ARN,
          STS => "web_identity role_arn=arn:aws:iam::123456789012:role/x"
                 . " token_file=$dir/token region=us-west-2"
                 . ' trusted_certificate=' . $tls->ca_file()
                 . ' sts_endpoint=https://localhost:' . $sts->port());
$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_expires       1s;
    add_header                X-Worker $pid;

    # this is longer than a request can wait, as the clock does not move by
    # itself

    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /imds/ {
            s3o_presign              redirect;
            s3o_presign_credentials  %%SOURCE%%;
        }

        location /file/ {
            s3o_presign              redirect;
            s3o_presign_credentials  file path=%%TESTDIR%%/credentials;
        }

        location /sts/ {
            s3o_presign              redirect;
            s3o_presign_credentials  %%STS%%;
        }
    }
}

EOC

my $user = $t->worker_user();
my $for_ever = $now + 86400;

write_set("$dir/credentials", set_of('file', 1), $for_ever, $user);
$t->env(MALLOC_PERTURB_ => undef)->run();     # it fills what is freed

plan_skip() unless in_memory($t->pid(), 'x');

ok(comes($t, 0.002, sub { came(imds => 1) && came(web_identity => 1) }),
   'both services were asked');
ok(all_workers_signed('imds', 1), 'all workers have signed with the first set');
ok(all_workers_signed('file', 1),
   'all workers have signed with the set of the file');
ok(all_workers_signed('sts', 1), 'all workers have signed with the set of STS');

# from now on no request comes; half of a set's life passes twice, and the third
# sets stay

for my $n (2, 3) {
    $now += 25;

    write_set("$dir/credentials", set_of('file', $n), $for_ever, $user);
    sts_gives($n);
    $s->set(now => $now, life => $n < 3 ? 50 : 600);
    $t->pass(25);

    ok(wait_until(sub { came(imds => $n) }), "set $n of the instance");
    ok(wait_until(sub { came(web_identity => $n) }), "set $n of STS");
    ok(wait_until(sub { came(file => $n - 1) }), "set $n of the file");
}

# each worker looks twice a second

$t->pass(1);

my $newest = 3;
my @texts = map { my $name = $_; map { secret($name, $_) } 1, 2 }
            qw(imds file sts);
push @texts, substr $token, 24;

my @current = (secret('imds', $newest), secret('file', 3), secret('sts', 3));

for my $pid ($t->workers(), $t->pid()) {
    my $who = $pid == $t->pid() ? 'the master' : 'a worker';
    my $found;

    # a worker wipes old secrets when it gets to run

    wait_until(sub {
        $found = in_memory($pid, @texts, @current);
        return !grep { $_->{own} || $_->{shared} } @$found{@texts};
    });

    is(join(' ', map { my $n = $_;
                       map { "$n: $_ $found->{ $texts[$n] }{$_}" }
                       grep { $found->{ $texts[$n] }{$_} } qw(own shared) }
                 0 .. $#texts), '', "$who: no old secret");

    # the search finds the secrets that are in use

    is(scalar(grep { $found->{$_}{shared} == 1 } @current), 3,
       "$who: shared memory has each current secret once");
    cmp_ok($found->{$_}{own}, '<=', $who eq 'the master' ? 0 : 1,
           "$who: it has at most one own copy of a current secret")
        for @current;
}


# a worker ends

SKIP: {
    skip 'gdb is not installed', 3 unless find_program('gdb');

    write_set("$dir/credentials", set_of('file', 4), $for_ever, $user);
    $t->pass(1);
    ok(all_workers_signed('file', 4), 'a set that stays');

    my ($worker) = $t->workers();
    my $gdb = spawn(name => 'gdb', cmd => [
        'gdb', '-nx', '-batch', '-p', $worker,
        '-ex', 'handle all nostop noprint pass',
        '-ex', 'break exit',
        '-ex', "shell touch $dir/attached",
        '-ex', 'continue',
        '-ex', "shell touch $dir/exiting; until test -e $dir/seen;"
               . ' do sleep 0.05; done',
        '-ex', 'detach',
    ], stdout => "$dir/gdb.log", stderr => "$dir/gdb.log");

    $t->waitforfile('attached');
    skip 'gdb may not attach', 2
        if slurp("/proc/$worker/status") !~ /^TracerPid:\s+[1-9]/m;

    my $before = in_memory($worker, secret('file', 4));
    my ($own) = map { $_->{own} } values %$before;

    cmp_ok($own, '>', 0, 'a living worker has the secret');
    kill 'QUIT', $worker;

    if ($t->waitforfile('exiting')) {
        my $after = in_memory($worker, secret('file', 4));

        is((map { $_->{own} } values %$after)[0], 0,
           'a worker that ends has wiped the secret');

    } else {
        fail('gdb does not see the end');
        diag($t->read_file('gdb.log'));
    }

    $t->write_file('seen', '');
    stop_process($gdb, timeout => 10);
}

$t->done();


# Sets of STS live fifty seconds, except the third.

sub sts_gives {
    my ($n) = @_;

    my $set = set_of('sts', $n);
    my $life = $n < 3 ? 50 : 600;

    $sts->set(web_identity_token => $token, set => {
        AccessKeyId     => $set->{access_key},
        SecretAccessKey => $set->{secret_key},
        SessionToken    => $set->{token},
        Expiration      => iso($now + $life),
    });
}


# Returns whether so many sets have come while nginx runs.

sub came {
    my ($source, $n) = @_;

    return $n == grep { /\[notice\].* new credentials "$source"/ }
                 $t->log_errors('notice');
}


# Returns what is left of a secret after free() has overwritten its first bytes.

sub secret {
    my ($name, $n) = @_;

    return substr set_of($name, $n)->{secret_key}, 24;
}


sub plan_skip {
    $t->stop();
    plan(skip_all => 'the memory of other processes cannot be read');
}


sub all_workers_signed {
    my ($name, $at_least) = @_;

    my %seen;

    return wait_until(sub {
        my $r = $t->request(uri => "/$name/x");
        my $url = url_of($r);

        $seen{ $r->{headers}{'x-worker'}[0] } = 1
            if $url && set_number($name, $url) >= $at_least;

        keys %seen == WORKERS ? 1 : 0;
    });
}
