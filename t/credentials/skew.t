#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A clock that differs from "Date" of STS or the Outpost: one warning for each
# of them while the difference lasts, whether they refuse or accept.

use strict;
use warnings;

use Test::More;

use S3O::Fake;
use S3O::Fake::Sts;
use S3O::Faketime;
use S3O::Outpost::Objects;
use S3O::Process qw(wait_until);
use S3O::Sources;
use S3O::TLS;

my $now = S3O::Faketime::to_epoch('2030-01-31 12:00:00');
my $t = S3O::Sources->new()->has('faketime')->still($now);
my $dir = $t->testdir();
my $tls = S3O::TLS->new();
my $pair = $tls->cert('localhost');
my $outpost = S3O::Fake->new()->start();
my %sts;

$t->write_file('token', 'IDENTITY', 0644);

# [source, seconds that its service is ahead, whether STS accepts the token,
# the text of the warning, if there is one]

my @cases = (
    ['same', 0, 1],
    ['near', 299, 1],
    ['nearer', -299, 1],
    ['ahead', 300, 1, '300 s behind'],
    ['behind', -1200, 1, '1200 s ahead of'],
    ['refuses', -86400, 0, '86400 s ahead of'],
    ['none', undef, 1],
    ['strange', 'yesterday', 1],
);

for my $case (@cases) {
    my ($name, $by, $right) = @$case;

    $sts{$name} = S3O::Fake::Sts->new(tls => $pair, name => 'localhost')
                  ->start();
    $sts{$name}->set(web_identity_token => $right ? 'IDENTITY' : 'OTHER',
                     date => date($by), set => {
                         Expiration => S3O::Fake::Json::iso($now + 900) });
    $t->source($name => 'web_identity role_arn=arn:aws:iam::123456789012:role/x'
               . " token_file=$dir/token region=us-west-2 sts_endpoint="
               . $sts{$name}->url()  =~ s/127\.0\.0\.1/localhost/r
               . ' trusted_certificate=' . $tls->ca_file());
}

$t->source(proxied => 'static access_key_id=A secret_access_key=S; '
           . 's3o_presign proxy; proxy_pass ' . $outpost->url());
$t->source(cached => 'static access_key_id=A secret_access_key=S; '
           . 's3o_presign proxy; proxy_cache c; proxy_cache_valid 10d; '
           . 'proxy_pass ' . $outpost->url());
$t->http_lines("resolver 127.0.0.1; proxy_cache_path $dir/cache "
               . 'keys_zone=c:1m;');
$t->run_sources();

# the port in a line says which source it is of

my %port = map { $sts{$_}->port() => $_ } keys %sts;

ok(wait_until(sub { !grep { $_->{source} eq 'web_identity'
                            && $_->{fetches} == 0 } $t->states() }),
   'all sources are fetched');

for my $case (@cases) {
    my ($name, undef, $right) = @$case;

    $right ? $t->comes_to_sign($name => 'ASIASTSEXAMPLE', "$name: signs")
           : ok($t->wait_for_error(from => 'localhost:'
                                           . $sts{$name}->port()),
                "$name: fails");
}

is_deeply(warnings_of('STS'), { map { $_->[3] ? ($_->[0] => [$_->[3]]) : () }
                                @cases },
          'one warning for each source whose clock differs');

# a warning is repeated only after the clock was right

for (1 .. 3) {
    my $before = $sts{refuses}->requests();

    $t->pass(6);
    $sts{refuses}->wait_for_requests('*', $before + 1);
    $t->states();
}

is(scalar @{ warnings_of('STS')->{refuses} // [] }, 1,
   'the warning is logged once');

$sts{refuses}->set(date => date($now));

# the Outpost, whose refusals are read as well

my $warnings = sub { scalar @{ warnings_of('the Outpost')->{''} // [] } };

answer(200, 0);
get('proxied');
is($warnings->(), 0, 'the Outpost: a clock that is right');

$t->pass(1);
answer(403, -1000);
get('proxied');
is($warnings->(), 1, 'the Outpost: a clock that is wrong');
is_deeply(warnings_of('the Outpost')->{''}, ['1019 s ahead of'],
          'the warning has the difference');

$t->pass(1);
get('proxied') for 1, 2;
is($warnings->(), 1, 'the warning is logged once');

# "Date" of a cached answer is old, and says nothing about the clock

$t->pass(1);
answer(200, 0);
get('proxied');
get('cached');
$t->pass(7200);
get('cached');
is($warnings->(), 1, 'a cached answer causes no warning');

# the same for an answer from a cache on the way

$outpost->always('*' => { status => 200, headers => [Age => 7200,
                                                     Date => date(0)] });
$t->pass(1);
get('proxied');
is($warnings->(), 1, 'an answer with "Age" causes no warning');

answer(200, 0);
$t->pass(1);
get('proxied');
is($warnings->(), 2, 'the warning is logged again after the clock was right');

# one server has the right time and another has not: no warning each time

for (1 .. 3) {
    answer(200, 7220);
    $t->pass(1);
    get('proxied');
    answer(200, 0);
    $t->pass(1);
    get('proxied');
}

is($warnings->(), 2, 'at most one warning an hour');

$t->done();


sub date {
    my ($by) = @_;

    return $by if !defined $by || $by =~ /[a-z]/;
    return S3O::Outpost::Objects::http_date($now + $by);
}


sub answer {
    my ($status, $by) = @_;

    $outpost->always('*' => { status => $status, body => 'x',
                              headers => ['Date', date($by)] });
}


sub get { return $t->request(uri => "/$_[0]/x") }


# returns: name of the source, or '' for none => texts of its warnings

sub warnings_of {
    my ($who) = @_;

    my %said;

    for my $line ($t->log_errors('warn')) {
        my ($what) = $line =~ /\[warn\].*the clock of this host is (.*) (?x:
                               )that of \Q$who\E; signatures/ or next;
        my ($port) = $line =~ /from localhost:(\d+)/;

        push @{ $said{ $port ? $port{$port} : '' } }, $what;
    }

    return \%said;
}
