#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A source that a reload removes leaves nothing in shared memory, and neither
# does a source of a failed reload.  Old workers that still have requests keep
# signing with their sets.
#
# The clock of nginx moves only when the test moves it.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Ports;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(in_memory set_of write_set);

use constant SWEEP => 2.5;

my $now = time();
my $t = S3O::Nginx->new(log_level => 'info', workers => 1)
        ->has('faketime')->faketime($now, timers => 1);
my $dir = $t->testdir();

# this listener makes a reload fail after its files were read

my $taken = IO::Socket::IP->new(Listen => 1, LocalAddr => '127.0.0.1',
                                LocalPort => S3O::Ports::free())
            or die "listen: $@";

my $status = 'location /status { s3o_presign_status; }';

$t->subst(ARN => ARN);
configure('a');

my $user = $t->worker_user();

write_set("$dir/$_", set_of($_, 1), $now + 86400, $user) for qw(a b c);
$t->env(MALLOC_PERTURB_ => undef)->run();     # it fills what is freed

plan skip_all => 'the memory of another process may not be read'
    unless in_memory($t->pid(), 'x');

ok(found('a'), 'a source is in shared memory');

# this request ends in an old worker, which has signed nothing before

my $client = $t->connect();

$client->write("GET /files/slow HTTP/1.1\r\nHost: localhost\r\n");

my ($old) = $t->workers();

$t->pass(0.6);
$t->request(uri => '/status');


# a reload with another source

configure('b');
ok($t->reload(), 'a reload with another source');
$t->pass(SWEEP);

ok(wait_until(sub { !found('a') }), 'the old source is gone');
ok(found('b'), 'the new source is in shared memory');
is(key(), set_of('b', 1)->{access_key}, 'the source in use signs');
ok(kill(0, $old), 'the old worker still runs');

$client->write("Connection: close\r\n\r\n");

my $r = $client->read_response();

is($r->{status}, 307, 'the request of the old worker is answered');
like($r->{headers}{location}[0] // '',
     qr/Credential=\Q@{[ set_of('a', 1)->{access_key} ]}\E%2F/,
     'the old worker signs with its credentials');


# a failed reload

configure('c', 'listen 127.0.0.1:' . $taken->sockport() . ';');
ok(!$t->reload(), 'a reload fails after it has read a third source');
$t->error_log_like(qr/\[emerg\].*bind\(\) to 127/,
                   'the log says why the reload fails');
ok(wait_until(sub { !found('c') }), 'the source of the failed reload is gone');
ok(found('b'), 'the source in use is still there');
is(key(), set_of('b', 1)->{access_key}, 'the source in use signs');


# a source that comes back is read again

configure('a');
ok($t->reload(), 'the first source comes back');
is(key(), set_of('a', 1)->{access_key}, 'the source in use signs');
$t->pass(SWEEP);
ok(wait_until(sub { !found('b') }), 'the second source is gone');


# a configuration without sources; the zone serves the status page

configure(undef);
ok($t->reload(), 'no source at all');
$t->pass(SWEEP);
ok(wait_until(sub { !found('a') }), 'nothing of a source is left');

$t->todo_alerts(qr/bind\(\) to 127\.0\.0\.1/, qr/could not bind/);

$t->done();


sub configure {
    my ($source, $more) = @_;

    $more //= '';

    my $location = defined $source ? <<"EOL" : '';
        location /files/ {
            s3o_presign              redirect;
            s3o_presign_credentials  file path=$dir/$source;
        }
EOL

    $t->write_file_expand('nginx.conf', <<"EOC");

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point      %%ARN%%;
    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;
        $more

$location
        $status
    }
}

EOC
}


# Returns whether the secret of a source is in the shared memory of the master.

sub found {
    my ($name) = @_;

    my $secret = set_of($name, 1)->{secret_key};

    return in_memory($t->pid(), $secret)->{$secret}{shared};
}


sub key {
    return ($t->request(uri => '/files/x')->{headers}{location}[0] // '')
           =~ /Credential=(\w+)%2F/ ? $1 : undef;
}
