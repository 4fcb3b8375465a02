#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# s3o_presign_status: how many requests all workers have signed, refused and
# made wait, and the state of each source, as JSON and for Prometheus.  It shows
# no secret.
#
# The clock of nginx moves only when the test moves it.

use strict;
use warnings;

use FindBin;
use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN ACCESS_KEY SECRET_KEY);
use S3O::Process qw(slurp wait_until);
use S3O::Rotation qw(comes metrics set_of write_set);
use S3O::Rotation::Service;

use constant WORKERS => 4;

my $now = time();
my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS)
        ->has('faketime')->faketime($now, timers => 1);
my $dir = $t->testdir();
my $imds = S3O::Rotation::Service->start(name => 'imds', life => 600,
                                         now => $now);
my $none = S3O::Rotation::Service->start(name => 'none', answer => 'error');

my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';

write_set("$dir/credentials", set_of('file', 1), $now + 500, $user);

$t->subst(IMDS => $imds->source(), NONE => $none->source(), ARN => ARN,
          STATIC => 'static access_key_id=' . ACCESS_KEY
                    . ' secret_access_key=' . SECRET_KEY);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_credentials       %%IMDS%%;
    s3o_presign_access_point      %%ARN%%;
    s3o_presign_credentials_wait  0;

    add_header  X-Worker $pid always;

    log_format  key  "$uri [$s3o_presign_access_key_id] $s3o_presign_result";
    access_log  %%TESTDIR%%/key.log  key;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        s3o_presign  redirect;

        location /redirect/ {
        }

        location /json/ {
            s3o_presign              json;
            s3o_presign_credentials  file path=%%TESTDIR%%/credentials;
        }

        location /on/ {
            s3o_presign  on;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }

        location /proxy/ {
            s3o_presign              proxy;
            s3o_presign_credentials  %%STATIC%%;
            s3o_presign_methods      GET PUT;
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_pass               http://127.0.0.1:%%PORT_8081%%;
        }

        location /payload/ {
            s3o_presign              proxy;
            s3o_presign_credentials  %%STATIC%%;
            s3o_presign_methods      PUT;
            s3o_presign_payload      signed;
            proxy_pass               http://127.0.0.1:%%PORT_8081%%;
        }

        location /none/ {
            s3o_presign_credentials  %%NONE%%;
        }

        location /waits/ {
            s3o_presign_credentials       %%NONE%%;
            s3o_presign_credentials_wait  7s;
        }

        location /list/ {
            s3o_presign_list  on;
            s3o_presign_key   "public/$s3o_presign_path";
        }

        location /where/ {
            s3o_presign_access_point  $arg_where;
        }

        location /require/ {
            s3o_presign_require  $arg_who;
        }

        location /life/ {
            s3o_presign_expires  $arg_life;
        }

        location /mode/ {
            s3o_presign  $arg_mode;
        }

        location = /status {
            s3o_presign_status;
        }

        location = /json {
            s3o_presign_status  json;
        }

        location = /metrics {
            s3o_presign_status  prometheus;
        }

        location = /denied {
            s3o_presign_status;
            deny  all;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        location / {
            return   200;
        }

        location /refused {
            return   403 "<Error><Code>SignatureDoesNotMatch</Code></Error>";
        }
    }
}

EOC

ok(comes($t, 0.002, sub { get('/redirect/x') == 307 ? 1 : 0 }),
   'a set that signs');
ok(comes($t, 0.002, sub { status()->{sources}[3]{failures} ? 1 : 0 }),
   'a source that fails');
ok(wait_until(sub { $t->workers() == WORKERS ? 1 : 0 }), 'all workers');


# any worker may get these requests

my $before = status();
my %expected = (
    signed => { map { $_ => 0 } qw(redirect json on proxy) },
    refused => { map { $_ => 0 } documented_words() },
    waited => 0,
);

for my $i (1 .. 20) {
    expect(signed => redirect => 307, '/redirect/x');
    expect(signed => json => 200, '/json/x');
    expect(signed => on => 200, '/on/x');
    expect(signed => proxy => 200, '/proxy/x');
}

expect(refused => method => 405, '/redirect/x', method => 'PUT') for 1 .. 5;
expect(refused => args => 400, '/redirect/x?x-amz-date=1');
expect(refused => key => 400, '/redirect/');
expect(refused => list => 400, '/list/?list-type=2&prefix=other') for 1 .. 2;
expect(refused => headers => 501, '/redirect/x',
       headers => ['x-amz-acl' => 'public-read']);
expect(refused => length => 411, '/proxy/x', method => 'PUT', body => 'x',
       headers => ['x-amz-content-sha256' =>
                       'STREAMING-UNSIGNED-PAYLOAD-TRAILER']);
expect(refused => payload => 400, '/payload/x', method => 'PUT',
       headers => ['Content-Encoding' => 'aws-chunked',
                   'x-amz-content-sha256' =>
                       'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
                   'x-amz-decoded-content-length' => 3],
       body => 'no chunks');
expect(refused => access_point => 404, '/where/x');
expect(refused => access_point => 500, '/where/x?where=nonsense');
expect(refused => expires => 500, '/life/x?life=nonsense');
expect(refused => require => 403, '/require/x');
expect(refused => credentials => 503, '/none/x') for 1 .. 3;
expect(refused => config => 500, '/mode/x?mode=nonsense');

# this request was signed, too

expect(refused => refused => 502, '/proxy/refused');
$expected{signed}{proxy}++;

# this time is longer than any pause between two attempts

$expected{refused}{credentials}++;
$expected{waited}++;

my $waits = $t->connect();

$waits->write("GET /waits/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
ok(wait_until(sub { status()->{waited} > $before->{waited} ? 1 : 0 }),
   'a request waits');
$t->pass(8);
is($waits->read_response()->{status}, 503,
   'a request that waits is refused in the end');
$waits->close();

my %not;
$not{$_} = 1 for grep { !$expected{refused}{$_} } keys %{ $expected{refused} };

is(join(' ', %not), '', 'each reason for a refusal has occurred');


# all workers show the same numbers

my %seen;

ok(wait_until(sub {
    my ($worker, $said) = ask('/status');
    $seen{$worker} = $said;
    keys %seen == WORKERS ? 1 : 0;
}), 'each worker was asked');

for my $said (values %seen) {
    my %grown = (waited => $said->{waited} - $before->{waited});

    for my $what (qw(signed refused)) {
        is(join(' ', sort keys %{ $said->{$what} }),
           join(' ', sort keys %{ $expected{$what} }), "the names of $what");

        $grown{$what} = { map { $_ => $said->{$what}{$_}
                                      - $before->{$what}{$_} }
                          keys %{ $said->{$what} } };
    }

    is_deeply(\%grown, \%expected, 'the counters of a worker are right');
}


# the sources, in the order of the configuration

my $said = status();
my @sources = @{ $said->{sources} };

is(join(' ', map { "$_->{id}:$_->{source}" } @sources),
   '0:imds 1:file 2:static 3:imds', 'the sources');
is(join(' ', map { $_->{state} } @sources), 'valid valid valid none', 'states');
is(join(' ', map { $_->{fetches} } @sources[0 .. 2]), '1 0 0', 'fetches');
is(join(' ', map { $_->{failures} } @sources[0 .. 2]), '0 0 0', 'failures');
cmp_ok($sources[3]{failures}, '>=', 1, 'the other service has failures');
cmp_ok($sources[3]{fetches}, '>=', $sources[3]{failures},
       'the other service has fetches');
like($sources[3]{error}, qr/^the service /, 'the other service has an error');
is(join('', map { $_->{error} } @sources[0 .. 2]), '', 'no other errors');

for my $i (0, 1) {
    my $life = $i ? 500 : 600;

    cmp_ok($sources[$i]{age}, '<=', 30, "$i: age");
    ok($sources[$i]{left} <= $life && $sources[$i]{left} >= $life - 30,
       "$i: left") or diag($sources[$i]{left});
}

is_deeply([@{ $sources[2] }{qw(age left)}], [undef, undef],
          'a static set has no age and no end');
is_deeply([@{ $sources[3] }{qw(age left)}], [undef, undef],
          'a source without a set has no age and no end');


# the same numbers for Prometheus

my $r = $t->request(uri => '/metrics');

like($r->{headers}{'content-type'}[0], qr{^text/plain; version=0\.0\.4},
     'the type of the format');

my %metric = %{ metrics($r->{body}) };
my (%help, %type, @order);

for my $line (split /\n/, $r->{body}) {
    $help{$1}++ if $line =~ /^# HELP (\w+) \S.*\.$/;
    $type{$1} = $2 if $line =~ /^# TYPE (\w+) (counter|gauge)$/;
    push @order, $1 if $line =~ /^(\w+)/;

    ok($line =~ /^# (?:HELP|TYPE) / || $line =~
       /^s3o_presign_\w+(?:\{\w+="[\w .-]*"(?:,\w+="[\w .-]*")*\})? -?\d+$/,
       'a line') or diag($line);
}

my %families = map { s/\{.*//r => 1 } keys %metric;

is(join(' ', sort keys %help), join(' ', sort keys %families),
   'each metric has a HELP line');
is(join(' ', sort keys %type), join(' ', sort keys %families),
   'each metric has a TYPE line');
is(scalar(grep { $_ > 1 } values %help), 0, 'once');
is(join(' ', sort grep { $type{$_} eq 'counter' } keys %type),
   join(' ', sort grep { /_total$/ } keys %type), 'counters end in _total');

my ($last, @broken) = ('');
my %closed;

for my $name (@order) {
    next if $name eq $last;
    push @broken, $name if $closed{$name}++;
    $last = $name;
}

is("@broken", '', 'the lines of a metric stand together');

$said = status();

is_deeply({ map { $_ => $metric{"s3o_presign_signed_total{mode=\"$_\"}"} }
            keys %{ $said->{signed} } }, $said->{signed}, 'the same: signed');
is_deeply({ map { my $reason = $_ eq 'refused' ? 'outpost' : $_;
                  $_ => $metric{"s3o_presign_refused_total"
                                . "{reason=\"$reason\"}"} }
            keys %{ $said->{refused} } }, $said->{refused},
          'the same: refused');
is($metric{'s3o_presign_outpost_refusals_total{code="SignatureDoesNotMatch"}'},
   $said->{refused}{refused}, 'the same: refused by the Outpost, by its code');
is($metric{'s3o_presign_outpost_refusals_total{code="other"}'}, 0,
   'the Outpost has refused with no other code');
is($metric{s3o_presign_waited_total}, $said->{waited}, 'the same: waited');

for my $s (@sources) {
    my $labels = qq({source="$s->{source}",id="$s->{id}"});
    my $name = 's3o_presign_credentials';

    is($metric{"${name}_valid$labels"}, $s->{state} eq 'valid' ? 1 : 0,
       "$labels: valid");
    is(defined $metric{"${name}_left_seconds$labels"}, defined $s->{left},
       "$labels: left");
    is(defined $metric{"${name}_age_seconds$labels"}, defined $s->{age},
       "$labels: age");
    is(defined $metric{"${name}_expiry_timestamp_seconds$labels"},
       defined $s->{left}, "$labels: expiry");
    is(defined $metric{"${name}_last_success_timestamp_seconds$labels"},
       defined $s->{age}, "$labels: last success");
    cmp_ok($metric{"${name}_fetches_total$labels"}, '>=', $s->{fetches},
           "$labels: fetches");
    cmp_ok($metric{"${name}_failures_total$labels"}, '>=', $s->{failures},
           "$labels: failures");
}


# counters by access point: access points from a variable count as "other"

my ($host) = $t->request(uri => '/redirect/x')->{headers}{location}[0]
             =~ m{^https://([^/]+)/};
my %point = %{ metrics($t->request(uri => '/metrics')->{body}) };
my %all;

for my $what (qw(signed refused)) {
    $all{$what} += $point{$_} for grep { /^s3o_presign_${what}_total/ }
                                  keys %point;

    my @of = map { $point{"s3o_presign_access_point_${what}_total"
                          . "{access_point=\"$_\"}"} } $host, 'other';

    is($of[0] + $of[1], $all{$what}, "by access point: $what");
    is($of[1], $what eq 'signed' ? 0 : 2,
       "by access point: $what, access points from a variable");
}

my $imds_of = '{source="imds",id="0"}';

is($metric{"s3o_presign_credentials_expiry_timestamp_seconds$imds_of"},
   $imds->history()->{1}{expires}, 'the metric tells when the set ends');
cmp_ok($metric{"s3o_presign_credentials_last_success_timestamp_seconds"
               . $imds_of}, '>=', $now,
       'the metric tells when the set was fetched');


# who may see the page, and what it shows

is(get('/denied'), 403, 'access can be denied');
is(get('/status', method => 'POST'), 405, 'POST');

my $client = $t->connect();

$client->write("GET /status HTTP/1.1\r\nHost: localhost\r\n"
               . "Transfer-Encoding: chunked\r\n\r\nno size\r\n");
is($client->read_response()->{status}, 400, 'a malformed body');
$client->close();
is(get('/status', method => 'HEAD'), 200, 'HEAD');
is($t->request(uri => '/json')->{headers}{'content-type'}[0],
   'application/json', 'JSON');

my $all = join '', map { $t->request(uri => $_)->{raw} } qw(/json /metrics);
my @secret = map { my $s = set_of($_, 1); @$s{qw(access_key secret_key token)} }
             qw(imds file);

is(scalar(grep { index($all, $_) >= 0 } @secret, ACCESS_KEY, SECRET_KEY), 0,
   'the page shows nothing of a set');


# the set of a file ends

# a worker reads the file again when it knows that time has passed

write_set("$dir/credentials", set_of('file', 2), $now + 60, $user);
$t->pass(1);
ok(wait_until(sub { status()->{sources}[1]{left} < 60 ? 1 : 0 }),
   'a set that ends soon');
$t->set_faketime($now + 61);
is(status()->{sources}[1]{state}, 'expired', 'the set has ended');
is(status()->{sources}[1]{left}, 0, 'the ended set has no life left');
is(get('/json/x'), 503, 'the ended set does not sign');


# the log tells which set has signed

my $set = set_of('imds', 1);

logged(qr{^/redirect/x \[$set->{access_key}\] signed$}m,
       'the log has the key that signed');
logged(qr{^/none/x \[-?\] credentials$}m,
       'the log has no key where no set signed');


# the counters are kept over a reload

my $signed = status()->{signed}{redirect};

ok($t->reload(), 'a reload');
is(status()->{signed}{redirect}, $signed, 'the counters go on');

$t->done();


sub get {
    my ($uri, %o) = @_;

    return $t->request(uri => $uri, %o)->{status};
}


sub expect {
    my ($what, $name, $status, $uri, %o) = @_;

    my $got = get($uri, %o);

    $expected{$what}{$name}++;
    fail("$uri: $got, not $status") if $got != $status;
}


sub ask {
    my ($uri) = @_;

    my $r = $t->request(uri => $uri);

    return ($r->{headers}{'x-worker'}[0], decode_json($r->{body}));
}


sub status { return (ask('/status'))[1] }


# a line may come a moment after the answer

sub logged {
    my ($re, $test) = @_;

    ok(wait_until(sub { $t->read_file('key.log') =~ $re }), $test);
}


# the words of $s3o_presign_result without the first

sub documented_words {
    my ($table) = slurp("$FindBin::Bin/../../docs/variables.md")
                  =~ /^## \$s3o_presign_result\n(.*?)(?=^## |\z)/ms;

    return grep { $_ ne 'signed' } $table =~ /^\| `(\w+)` \|/mg;
}
