#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Many sources: each signs with its own set.  Reloads bring other sources, and
# nginx finds room for them in shared memory.

use strict;
use warnings;

use Test::More;

use S3O::HTTP;
use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url is_signed);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(set_number set_of write_set);

use constant MANY => 64;

my $t = S3O::Nginx->new(log_level => 'info', workers => 2);
my $dir = $t->testdir();
my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';
my $end = time() + 86400;
my @names = qw(aa bb cc dd ee ff);

# this source is in every configuration

write_set("$dir/always", set_of('always', 1), $end, $user);

configure($names[0], MANY);
$t->run();

is(wrong($names[0]), '', MANY . ' sources at start');

for my $name (@names[1 .. $#names], $names[0], $names[1]) {
    configure($name, MANY);
    ok($t->reload(), "a reload with others, $name");
    is(wrong($name), '', 'each signs with its own set');
    is(key('always'), set_of('always', 1)->{access_key},
       'the source that stays keeps its set');
}


# the files of the new sources are read when they change

my @some = (1, MANY / 2, MANY);

write_set("$dir/$names[1]-$_", set_of($names[1], 1000 + $_), $end, $user)
    for @some;

ok(wait_until(sub {
    grep({ number("$names[1]-$_") != 1000 + $_ } @some) ? 0 : 1;
}), 'a file that changes is seen');


# too many sources

configure('gg', 300);
ok(!$t->reload(), 'more than there is room for: the reload is refused');
$t->error_log_like(qr/\[emerg\].*too many "s3o_presign_credentials"/,
                   'the log says why the reload is refused');
is(number("$names[1]-1"), 1001, 'the old sources sign as before');
is(key('always'), set_of('always', 1)->{access_key},
   'the source that stays signs as before');

configure($names[2], MANY);
ok($t->reload(), 'a reload with fewer sources is accepted');
is(wrong($names[2]), '', 'the fewer sources sign');

$t->todo_alerts(qr/too many "s3o_presign_credentials"/);
$t->done();


sub configure {
    my ($name, $count) = @_;

    my $locations = '';

    for my $n (1 .. $count) {
        write_set("$dir/$name-$n", set_of($name, $n), $end, $user);
        $locations .= "location /$name-$n/ { s3o_presign_credentials file "
                      . "path=$name-$n; }\n";
    }

    $t->write_file_expand('nginx.conf', <<"EOC");

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               redirect;
    s3o_presign_access_point  @{[ ARN ]};

    server {
        listen  127.0.0.1:%%PORT_8080%%;

$locations
        location /always/ {
            s3o_presign_credentials  file path=always;
        }
    }
}

EOC
}


# Returns the numbers of a name's sources that do not sign as they should.

sub wrong {
    my ($name) = @_;

    my $c = S3O::HTTP->connect(port => $t->port(8080));
    my @wrong;

    for my $n (1 .. MANY) {
        my $r = $c->request(uri => "/$name-$n/x");
        my $url = $r->{headers}{location}[0];
        my $set = set_of($name, $n);

        push @wrong, $n
            unless $url && set_number($name, $url) == $n
                   && is_signed($url, secret_key => $set->{secret_key});
    }

    $c->close();

    return join ' ', @wrong;
}


# Return the key that signs, or the status; and the number in the key.

sub key {
    my ($name) = @_;

    my $r = $t->request(uri => "/$name/x");
    my $url = $r->{headers}{location}[0] // return $r->{status};

    return parse_url($url)->{access_key};
}


sub number { return (key($_[0]) =~ /(\d{6})$/)[0] + 0 }
