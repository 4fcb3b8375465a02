#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Counters by access point.  The first 64 access points of a configuration each
# have a counter, and all others share one.  Counters are kept over reloads; the
# place of an access point that is no longer configured can be given to another
# one.  Access points of a configuration that failed are not shown.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN ACCESS_KEY SECRET_KEY);
use S3O::Rotation qw(metrics);

use constant { PLACES => 64, MORE => 6 };

my $t = S3O::Nginx->new();

configure('a', PLACES + MORE);
$t->run();

get($_) for 1 .. PLACES + MORE;
is($t->request(uri => '/1/x', method => 'PUT')->{status}, 405, 'refused');

my %m = by_point();

is(scalar(grep { ($m{"signed a$_"} // 0) == 1 } 1 .. PLACES), PLACES,
   'the first ones each have a counter');
is($m{'signed other'}, MORE, 'all others share one counter');
is("$m{'refused a1'} $m{'refused a2'} $m{'refused other'}", '1 0 0',
   'refusals are counted');
is(scalar keys %m, 2 * (PLACES + 1), 'there are no more');

configure('a', 2);
ok($t->reload(), 'a reload with some of them');
get($_) for 1 .. 2;
%m = by_point();
is("$m{'signed a1'} $m{'signed a2'} $m{'signed other'}", '2 2 ' . MORE,
   'the counters of these are kept');
is(scalar keys %m, 6, 'the others are not shown');

configure('b', 3);
ok($t->reload(), 'a reload with others');
get($_) for 1 .. 3;
%m = by_point();
is("$m{'signed b1'} $m{'signed b3'} $m{'signed other'}", '1 1 ' . MORE,
   'the new ones get places that are free now');
is(scalar keys %m, 8, 'there are no more');

# no interface has this address, so bind() fails, after nginx has taken the
# memory

for my $name (qw(c d)) {
    configure($name, PLACES, 'listen 192.0.2.1:%%PORT_8080%%;');
    ok(!$t->reload(), "a reload with others that fails, $name");
}

my %failed = by_point();
is_deeply(\%failed, \%m, 'nothing has changed');

configure('e', PLACES - 3);
ok($t->reload(), 'a reload with as many as there are free places');
get($_) for 1 .. PLACES - 3;
%m = by_point();
is(scalar(grep { ($m{"signed e$_"} // 0) == 1 } 1 .. PLACES - 3), PLACES - 3,
   'reloads that failed have taken no places');
is(scalar keys %m, 2 * (PLACES - 2), 'there are no more');

# this request ends in a worker that is two configurations old: the place of its
# access point belongs to another one

my $late = $t->connect();

$late->write("GET /1/x HTTP/1.1\r\n");
$t->request(uri => '/metrics');
configure('f', 3);
ok($t->reload(), 'a reload');
configure('g', PLACES);
ok($t->reload(), 'a reload with others in all places');

my %before = by_point();

$late->write("Host: localhost\r\n\r\n");
is($late->read_response()->{status}, 307, 'an old worker signs');
$late->close();
%m = by_point();

my @more = grep { $m{$_} != $before{$_} } keys %m;

is("@more", 'signed other', 'it counts for no access point of another name');
is($m{'signed other'}, $before{'signed other'} + 1, 'it counts');

$t->todo_alerts(qr/bind\(\) to 192\.0\.2\.1/);
$t->done();


sub configure {
    my ($name, $n, $more) = @_;

    $more //= '';

    my $locations = join '', map {
        my $arn = ARN =~ s{[^/]+$}{ap-$name$_}r;
        "        location /$_/ { s3o_presign_access_point $arn; }\n"
    } 1 .. $n;

    $t->subst(CREDENTIALS => 'static access_key_id=' . ACCESS_KEY
                             . ' secret_access_key=' . SECRET_KEY);
    $t->write_file_expand('nginx.conf', <<"EOC");

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_credentials  %%CREDENTIALS%%;

    server {
        listen  127.0.0.1:%%PORT_8080%%;
        $more

$locations
        location / {
            s3o_presign_status  prometheus;
        }
    }

    s3o_presign  redirect;
}

EOC
}


sub get {
    my ($n) = @_;

    my $status = $t->request(uri => "/$n/x")->{status};

    fail("/$n/x: $status") if $status != 307;
}


# Returns "signed NAME" => count.

sub by_point {
    my $m = metrics($t->request(uri => '/metrics')->{body});

    return map {
        /^s3o_presign_access_point_(\w+)_total
         \{access_point="(?:ap-)?([a-z]+\d*)/x ? ("$1 $2" => $m->{$_}) : ()
    } keys %$m;
}
