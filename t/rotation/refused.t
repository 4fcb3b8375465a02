#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Requests while a service fails for long.  Between two attempts requests do not
# wait, are told when the next attempt comes, and do not fill the log.  The
# clock of nginx moves only in the steps of the test, so a request that waits
# would get no answer.

use strict;
use warnings;

use List::Util qw(sum0);
use Test::More;

use S3O::HTTP;
use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(ask metrics);
use S3O::Rotation::Clock;
use S3O::Rotation::Service;

use constant { WORKERS => 2, STEP => 0.25, WAIT => 2, PAUSE => 5 };

my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS)
                  ->has('faketime');
my $s = S3O::Rotation::Service->start(name => 'one', down => 1);
my $other = S3O::Rotation::Service->start(name => 'other', down => 1);
my $clock = S3O::Rotation::Clock->new($t, $s, $other);

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

    add_header  X-Worker \$pid always;

@{[ $clock->server() ]}

    server {
        listen  127.0.0.1:%%PORT_8080%% reuseport;

        location /default/ {
        }

        location /long/ {
            s3o_presign_credentials_wait  60s;
        }

        location /flood/ {
            s3o_presign_credentials_wait  0;
        }

        location /other/ {
            s3o_presign_credentials       @{[ $other->source() ]};
            s3o_presign_credentials_wait  0;
        }

        # this source uses the keys of the source above to assume the role

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

$clock->begin(WORKERS)->settle();

# after the third failure in a row the pause is at least three seconds

for (1 .. 4 * 1.25 * PAUSE / STEP) {
    last if attempts() == 4;
    $clock->step(STEP);
}

is(attempts(), 4, 'attempts fail');

for my $uri ('/default/x', '/role/x') {
    my $r = $t->request(uri => $uri);

    is($r->{status}, 503, "$uri is refused, not waiting for the next attempt");
    like($r->{headers}{'retry-after'}[0], qr/^[4-7]$/,
         'the client is told to come after it');
}

is(waited(), 0, 'no request has waited');


# a request that comes shortly before the next attempt waits, until the attempt
# fails at the latest

my ($c, $steps);

for (1 .. 1.25 * PAUSE / STEP) {
    $clock->step(STEP);
    $c = ask($t, '/default/x');

    wait_until(sub { waited() || $c->socket()->sysread(my $byte, 1) })
        or die "neither waits nor is refused\n";
    last if waited();
}

is(attempts(), 4, 'the next attempt has not begun');
is(waited(), 1, 'a request waits for the next attempt');

$clock->step(STEP) for 1 .. WAIT / STEP;

is($c->read_response()->{status}, 503,
   'the request is refused after the configured time');

$clock->step(STEP) for 1 .. 2;

is(attempts(), 5, 'the attempt has failed');


# Many refusals: sources in shared memory have one line of level error a second
# for all workers, static ones one for each worker.

for my $case (['/flood/x', 1], ['/static/x', WORKERS]) {
    my ($uri, $lines) = @$case;
    my @c = one_for_each_worker();

    # this line has the count of earlier refusals

    $clock->step(1);
    $_->request(uri => $uri) for @c[0 .. $lines - 1];
    $t->clear_log();

    my $refused = 's3o_presign_refused_total{reason="credentials"}';
    my $before = value($refused);
    my (@lines, @errors);
    my $n = 0;

    for my $second (1 .. 3) {
        for my $case ([0.875, $second - 1], [0.125, $second]) {
            my ($step, $seconds) = @$case;

            $clock->step($step);

            for (1 .. 25) {
                $_->write("GET $uri HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    for @c;
                $_->read_response() for @c;
                $n += @c;
            }

            @lines = grep { /not signed/ } $t->log_errors('info');
            @errors = grep { /\[error\]/ } @lines;

            is(scalar @errors, $lines * $seconds,
               "$uri: as many errors as seconds, $seconds");
        }
    }

    is(value($refused) - $before, $n, 'all refusals are counted');
    is(scalar @lines, $n, 'each refusal has a line');

    # the next error has the count of the last second

    $clock->step(1);
    $_->request(uri => $uri) for @c[0 .. $lines - 1];
    $_->close() for @c;

    is(@errors + sum0(map { /, as for (\d+) requests since/ ? $1 : 0 }
                      grep { /\[error\]/ } $t->log_errors('error')),
       $n, 'an error says how many there were before');
}


# an error of one source does not hide those of another

$t->clear_log();
$t->request(uri => '/other/x');

is(scalar(grep { /not signed/ } $t->log_errors('error')), 1,
   'the first of another source is an error');


# a request that waits is served when the service is back

$c = ask($t, '/long/x');
ok(wait_until(sub { waited() == 2 ? 1 : 0 }),
   'a request may wait longer than the pause');
$s->up();

$clock->step(STEP) for 1 .. 1.25 * PAUSE / STEP + 4;

is($c->read_response()->{status}, 307, 'the request that waits is served');

my $r = $t->request(uri => '/other/x');

is($r->{status}, 503, 'another service still fails');
$other->up();
$clock->step($r->{headers}{'retry-after'}[0]);
$r = $t->request(uri => '/other/x');
is($r->{status}, 307, 'a client that comes again at that time is served');

$t->done();


sub one_for_each_worker {
    my %of;

    while (keys %of < WORKERS) {
        my $c = $t->connect();
        my $r = $c->request(uri => '/status');

        $of{ $r->{headers}{'x-worker'}[0] } //= $c;
    }

    return values %of;
}


# Returns the failures of the first source.

sub attempts { return ($clock->sources())[0]{failures} }

sub waited { return value('s3o_presign_waited_total') }


sub value {
    my ($name) = @_;

    return metrics($t->request(uri => '/status')->{body})->{$name};
}
