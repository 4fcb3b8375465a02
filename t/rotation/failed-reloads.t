#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Reloads that fail, one after the other, each with other sources, until shared
# memory is full.  The sources in use keep their credentials.  A reload that
# does not fail gets the room that the failed ones have left.

use strict;
use warnings;

use Test::More;

use S3O::HTTP;
use S3O::Nginx;
use S3O::Presigned qw(ARN is_signed);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(set_number set_of write_set);

use constant MANY => 80;

my $t = S3O::Nginx->new(log_level => 'info', workers => 2);
my $dir = $t->testdir();
my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';
my $end = time() + 86400;

# no interface has this address, so bind() fails, after nginx has taken the
# memory

my $broken = 'listen  192.0.2.1:%%PORT_8080%%;';

configure('aa', '');
$t->run();
is(wrong('aa'), '', MANY . ' sources');

for my $name (qw(bb cc dd ee ff)) {
    configure($name, $broken);
    ok(!$t->reload(), "a reload with others that fails, $name");
    is(wrong('aa'), '', 'the sources in use sign as before');
}

$t->error_log_like(qr/\[emerg\].*bind\(\) to 192\.0\.2\.1/,
                   'the log says why the reloads fail');
$t->error_log_unlike(qr/too many "s3o_presign_credentials"/,
                     'no reload fails for lack of room');

# workers also have room for files that change

write_set("$dir/aa-$_", set_of('aa', 1000 + $_), $end, $user) for 1, MANY;

ok(wait_until(sub { wrong('aa') eq '1 ' . MANY ? 1 : 0 }),
   'a file that changes is seen') or diag(wrong('aa'));
write_set("$dir/aa-$_", set_of('aa', $_), $end, $user) for 1, MANY;
ok(wait_until(sub { wrong('aa') eq '' ? 1 : 0 }), 'a second change is seen');

# a reload with too many sources

configure('gg', '', 250);
ok(!$t->reload(), 'more than there is room for');
$t->error_log_like(qr/\[emerg\].*too many "s3o_presign_credentials"/,
                   'the log says so');
is(wrong('aa'), '', 'the sources in use still sign');

# reloads with the same sources that do not fail

for my $name (qw(bb hh)) {
    configure($name, '');
    ok($t->reload(), "a reload with others that does not fail, $name");
    is(wrong($name), '', 'the new sources sign');
}

$t->todo_alerts(qr/bind\(\) to 192\.0\.2\.1/,
                qr/too many "s3o_presign_credentials"/);
$t->done();


sub configure {
    my ($name, $more, $count) = @_;

    my $locations = '';

    for my $n (1 .. $count // MANY) {
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

    s3o_presign                   redirect;
    s3o_presign_access_point      @{[ ARN ]};
    s3o_presign_credentials_wait  0;

    server {
        listen  127.0.0.1:%%PORT_8080%%;
        $more

$locations
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
