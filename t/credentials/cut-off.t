#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A host that is cut off for hours: after the first fetch the services of the
# credentials are gone, or do not answer.  Until the end of the credentials,
# redirects and proxied requests are signed with SigV4A, and no URL lives
# longer; then requests are refused until a service is back.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use JSON::PP qw(decode_json);
use List::Util qw(min);
use Test::More;
use Time::HiRes qw(time sleep);

use S3O::Fake::Imds;
use S3O::Fake::Json qw(iso);
use S3O::Fake::Sts;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Presigned qw(parse_url);
use S3O::Process qw(wait_until);
use S3O::Secrets;
use S3O::SigV4 qw(amz_epoch);
use S3O::SigV4A qw(private_key python_reason);
use S3O::TLS;

plan skip_all => python_reason() if python_reason();

use constant {
    HOUR    => 3600,
    EXPIRES => 4 * 3600,
    ROLE    => 'arn:aws:iam::123456789012:role/web',
};

my $t = S3O::Nginx->new(log_level => 'info', workers => 2)
        ->has(qw(faketime openssl));

# the clock begins at the real time, as certificates are checked

my $start = int time;
my $now = $start;

$t->faketime($now);

my $s3 = S3O::Outpost->new(clock_file => $t->faketime_file(), sigv4a => 1)
         ->start();
my $tls = S3O::TLS->new();
my $pair = $tls->cert('localhost');

# the longest lives of an instance profile and a role: 6 hours and 12 hours

my @names = qw(imds_gone imds_silent sts_gone sts_silent);
my %life = map { $_ => /^imds/ ? 6 * HOUR : 12 * HOUR } @names;
my (%fake, %set, %end, @secrets, @tokens);

for my $name (@names) {
    $fake{$name} = $name =~ /^imds/ ? S3O::Fake::Imds->new()
                   : S3O::Fake::Sts->new(tls => $pair, name => 'localhost');
    $fake{$name}->start();
    hand_out($name, 1);
}

$t->subst(ARN => $s3->arn(), OUTPOST => $s3->port(),
          LOCATIONS => join '', map { <<"EOC" } @names);

        location /$_/ {
            s3o_presign_credentials  @{[ source($_) ]};

            location /$_/redirect/ {
                s3o_presign          redirect;
                s3o_presign_expires  @{[ EXPIRES ]}s;
            }

            location /$_/proxy/ {
                s3o_presign          proxy;
                s3o_presign_payload  streaming;
                proxy_pass           http://127.0.0.1:@{[ $s3->port() ]};
            }
        }
EOC

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point      %%ARN%%;
    s3o_presign_algorithm         sigv4a;
    s3o_presign_methods           GET PUT;

    # by default each refused request would wait for two seconds

    s3o_presign_credentials_wait  0;

    log_format  result  '$request_uri $status $s3o_presign_result';
    access_log  %%TESTDIR%%/result.log result;

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;

        %%LOCATIONS%%

        location = /status {
            s3o_presign_status  json;
        }
    }
}

EOC

$s3->put_object('a', 'the object');

for my $name (@names) {
    wait_until(sub { redirect($name) eq 'go' ? 1 : 0 });
    is(redirect($name) . proxy($name), 'good', "$name is there");
}

# the line is cut

for my $name (@names) {
    $name =~ /gone/ ? $fake{$name}->stop()
                    : $fake{$name}->always('*' => { silent => 1 });
}

my @edges = (-2 * HOUR - 7, -45, -31, -30, -29, -1, 0, 1, 60);
my %times = map { $_ => 1 } map({ $start + $_ * HOUR / 2 } 1 .. 23),
            map { my $end = $_; map { $end + $_ } @edges }
            values %end;
my %late;

for my $at (sort { $a <=> $b } keys %times) {
    at($at);

    for my $name (@names) {
        my $left = $end{$name} - $now;
        my $when = sprintf '%s, %d s before its end', $name, $left;

        is(redirect($name), $left >= 30 ? 'go' : 'no', "$when: a redirect");
        is(proxy($name), $left >= 1 ? 'od' : 'no', "$when: a proxied upload");

        # the last URL lives as long as the credentials

        next unless $late{$name} && abs($left) < 2;

        is($s3->fetch($late{$name})->{status}, $left >= 0 ? 200 : 403,
           "$when: the last URL");
    }

    # there is time for more than one attempt, while the credentials are about
    # to end

    linger_at($at) if grep { $at == $end{$_} - 45 } @names;
}

is_deeply([map { $_->{valid} ? 1 : 0 } sources()], [(0) x 4],
          'the status page shows no valid credentials');
is(scalar(grep { $_->{failures} > 1 && length $_->{error} } sources()), 4,
   'the status page has failed fetches and the reason');

my $log = $t->read_file('error.log');

for my $name (@names) {
    my $port = $fake{$name}->port();
    my @lines = $log =~ /(no new credentials .*:$port\b.*)/g;

    cmp_ok(scalar @lines, '>=', 2, "$name: attempts are in the log");
    cmp_ok(scalar @lines, '<=', attempts($name),
           "$name: there are not too many attempts");
}

# one line for each refused request, most of level "info", and no line for
# other requests

is(scalar(() = $log =~ /not signed: no valid credentials/g),
   scalar(() = $t->read_file('result.log') =~ / 503 credentials$/mg),
   'a line for each refusal');

# the line is back

for my $name (@names) {
    hand_out($name, 2);
    $name =~ /gone/ ? $fake{$name}->start() : $fake{$name}->forget('*');
}

for my $name (@names) {
    ok(wait_until(sub { redirect($name) eq 'go' ? 1 : 0 }),
       "$name: redirects are back");
    is(proxy($name), 'od', "$name: proxied requests are back");
    is($s3->last()->{access_key}, $set{$name}{AccessKeyId},
       "$name: new credentials sign");
}

my $secrets = S3O::Secrets->new(secret_key => \@secrets,
                                session_token => \@tokens,
                                dates => [map { substr S3O::SigV4::amz_date($_),
                                                0, 8 } $start, $now]);

$secrets->log_is_clean($t, 'the log of all that');

$t->done();


sub source {
    my ($name) = @_;

    my $fake = $fake{$name};

    return 'imds endpoint=http://' . $fake->authority() if $name =~ /^imds/;

    return join ' ', 'assume_role role_arn=' . ROLE, 'region=us-west-2',
        'duration=12h', 'source=static', 'source.access_key_id=AKIDINNER',
        'source.secret_access_key=INNER/SECRET+of=all',
        'sts_endpoint=https://localhost:' . $fake->port(),
        'trusted_certificate=' . $tls->ca_file();
}


# makes the n-th credentials, which live from now on, and tells the Outpost

sub hand_out {
    my ($name, $n) = @_;

    my $id = uc $name =~ s/_//r;
    my $token = $name =~ /^imds/ ? 'Token' : 'SessionToken';

    $end{$name} = $now + $life{$name};
    $set{$name} = {
        AccessKeyId     => "ASIA$id$n",
        SecretAccessKey => sha256_hex("secret of $name $n"),
        $token          => sha256_hex("token of $name $n") . '+/==',
        Expiration      => iso($end{$name}),
    };

    push @secrets, $set{$name}{SecretAccessKey};
    push @tokens, $set{$name}{$token};

    $s3->set_credentials(@{ $set{$name} }{qw(AccessKeyId SecretAccessKey),
                                          $token});

    return $fake{$name}->role(web => $set{$name}) if $name =~ /^imds/;

    $fake{$name}->set(set => $set{$name}, now => $now, role => ROLE,
        keys => { AKIDINNER => { secret_key => 'INNER/SECRET+of=all' } });
}


sub at {
    my ($time) = @_;

    $now = $time;
    $t->set_faketime($now);
    sleep 0.02;
}


# returns "go" when the redirect is right and the Outpost accepts the URL,
# "no" for a right refusal, or the fault

sub redirect {
    my ($name) = @_;

    my $r = $t->request(uri => "/$name/redirect/a");

    return refusal($r) if $r->{status} != 307;

    my $url = $r->{headers}{location}[0];
    my $u = parse_url($url);

    return "signed at $u->{date}" if amz_epoch($u->{date}) != $now;
    return "signed by $u->{access_key}"
        if $u->{access_key} ne $set{$name}{AccessKeyId};
    return "expires after $u->{expires}"
        if $u->{expires} != min(EXPIRES, $end{$name} - $now);

    $r = $s3->fetch($url);
    $late{$name} = $url;

    return "$r->{status} " . $s3->last()->{verdict}
        if $r->{status} != 200 || $r->{body} ne 'the object';

    return 'go';
}


sub proxy {
    my ($name) = @_;

    my $body = "$now " x 7000;
    my $r = $t->request(method => 'PUT', uri => "/$name/proxy/$name",
                        body => $body);

    return refusal($r) if $r->{status} != 200;

    my $last = $s3->last();

    return "$last->{verdict} of $last->{algorithm}"
        if "$last->{verdict} $last->{algorithm}"
           ne 'ok AWS4-ECDSA-P256-SHA256';

    return $s3->object($name)->{body} eq $body ? 'od' : 'another body';
}


sub refusal {
    my ($r) = @_;

    return join(' ', $r->{status}, map { $_ // 'none' }
                     $r->{headers}{'retry-after'}[0],
                     $r->{headers}{location}[0]) =~ /^503 [1-9]\d? none$/
           ? 'no' : "status $r->{status}";
}


# waits for real seconds; requests go on meanwhile

my %lingered;

sub linger_at {
    my ($at) = @_;

    my $end = time + 8;
    my @wrong;

    while (time < $end) {
        for my $name (grep { $end{$_} > $at } @names) {
            my $got = redirect($name);
            push @wrong, "$name: $got" if $got ne 'go';
        }

        sleep 0.1;
    }

    is("@wrong", '', 'for eight seconds requests go on');
}


# Returns the largest number of attempts: after 1, 2, 4 ... seconds, each up
# to a quarter sooner, and at most five seconds apart.  Timers use the real
# time.

sub attempts {
    my ($name) = @_;

    my ($n, $at, $pause) = (1, 0, 0.75);
    my $took = time - $start;

    while ($at < $took) {
        $at += $pause;
        $pause = min(2 * $pause, 0.75 * 5);
        $n++;
    }

    return $n;
}


sub sources {
    return grep { $_->{source} ne 'static' }
           @{ decode_json($t->request(uri => '/status')->{body})->{sources} };
}
