#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Requests while a service is down for long: they do not wait between two
# attempts, are told when the next one comes, and do not fill the log.

use strict;
use warnings;

use List::Util qw(sum0);
use Test::More;
use Time::HiRes qw(time sleep);

use S3O::HTTP;
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(metrics);
use S3O::Rotation::Service;

my $t = S3O::Nginx->new(log_level => 'info', workers => 2);
my $s = S3O::Rotation::Service->start(name => 'one', down => 1);
my $other = S3O::Rotation::Service->start(name => 'other', down => 1);

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    keepalive_requests        100000;
    s3o_presign               redirect;
    s3o_presign_access_point  @{[ ARN ]};
    s3o_presign_credentials   @{[ $s->source() ]};

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /default/ {
        }

        location /long/ {
            s3o_presign_credentials_wait  30s;
        }

        location /flood/ {
            s3o_presign_credentials_wait  0;
        }

        location /other/ {
            s3o_presign_credentials  @{[ $other->source() ]};
        }

        # the keys of the source above assume the role

        location /role/ {
            s3o_presign_credentials  assume_role
                role_arn=arn:aws:iam::123456789012:role/web
                region=us-west-2 sts_endpoint=https://127.0.0.1:1
                source=imds source.endpoint=@{[ $s->endpoint() ]};
        }

        location /static/ {
            s3o_presign_credentials  static access_key_id=AKIDSTATIC
                secret_access_key=S expires=2020-01-01T00:00:00Z;
        }

        location /status {
            s3o_presign         off;
            s3o_presign_status  prometheus;
        }
    }
}

EOC

# after the third attempt in a row the pause is three seconds or more

after_attempt(4);

for my $uri ('/default/x', '/role/x') {
    my $began = time();
    my $r = $t->request(uri => $uri);
    my $took = time() - $began;

    is($r->{status}, 503, "$uri is refused");

  SKIP: {
        # the machine may have been busy until the next attempt

        skip 'too late', 1 if attempts() > 4;
        cmp_ok($took, '<', 1, 'without waiting for the next attempt');
    }

    like($r->{headers}{'retry-after'}[0], qr/^[1-7]$/,
         'the client may come after it');
}

is(value('s3o_presign_waited_total'), 0, 'no request has waited');


# who comes shortly before it waits, and no longer than it takes to fail

my $longest = 0;
my $end = time() + 8;

while (time() < $end) {
    my $began = time();
    my $r = $t->request(uri => '/default/x');
    my $took = time() - $began;

    $longest = $took if $took > $longest;
    sleep 0.2;
}

cmp_ok(value('s3o_presign_waited_total'), '>', 0, 'shortly before it some do');
cmp_ok($longest, '<', 3, 'for the configured time at most');


# a flood: in shared memory all workers have one line a second, of constants
# each its own

for my $uri ('/flood/x', '/static/x') {
    $t->clear_log();

    my $refused = 's3o_presign_refused_total{reason="credentials"}';
    my $before = value($refused);
    my @c = map { S3O::HTTP->connect(port => $t->port(8080)) } 1 .. 4;
    my $began = time();
    my $n = 0;

    while (time() < $began + 2.5) {
        $_->request(uri => $uri) for @c;
        $n += @c;
    }

    $_->close() for @c;

    my $took = time() - $began;
    my @lines = grep { /not signed/ } $t->log_errors('info');
    my @errors = grep { /\[error\]/ } @lines;
    my $counted = sum0(map { /, nor for (\d+) requests before/ ? $1 : 0 }
                       @errors);

    cmp_ok($n, '>', 100, "$uri: many requests");
    is(value($refused) - $before, $n, 'all are counted');
    is(scalar @lines, $n, 'each has a line');
    cmp_ok(scalar @errors, '<=', ($uri =~ /static/ ? 2 : 1) * ($took + 2),
           'but one a second is an error');
    cmp_ok(scalar @errors, '>=', 2, 'and one a second there is');
    cmp_ok($counted + @errors, '>=', $n / 4, 'which counts the others');
}


# sources do not hide each other

$t->clear_log();
$t->request(uri => '/other/x');

is(scalar(grep { /not signed/ } $t->log_errors('error')), 1,
   'the first of another source is an error');


# who waits is served when the service is back

$s->up();

my $r = $t->request(uri => '/long/x');

is($r->{status}, 307, 'a longer time than the pause is enough');

$other->set(answer => 'ok')->up();
$r = $t->request(uri => '/other/x');

if ($r->{status} == 503) {
    sleep $r->{headers}{'retry-after'}[0];
    $r = $t->request(uri => '/other/x');
}

is($r->{status}, 307, 'who comes again when told to is served');

$t->done();


# right after the n-th failed attempt

sub after_attempt {
    my ($count) = @_;

    wait_until(sub { attempts() >= $count ? 1 : 0 }, 30)
        or die "no $count attempts\n";
}


sub attempts {
    return value(q(s3o_presign_credentials_failures_total)
                 . q({source="imds",id="0"}));
}


sub value {
    my ($name) = @_;

    return metrics($t->request(uri => '/status')->{body})->{$name};
}
