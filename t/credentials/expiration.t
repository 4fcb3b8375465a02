#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Each form of an expiration: how long the credentials live by the status
# page, how long a URL lives, and what happens after the end.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Container;
use S3O::Faketime;
use S3O::Process qw(wait_until);
use S3O::Sources;

my $start = S3O::Faketime::to_epoch('2030-01-31 12:00:00');
my $t = S3O::Sources->new()->has('faketime')->still($start);
my $dir = $t->testdir();
my $agent = S3O::Fake::Container->new()->start();

# form => seconds until the end; undef: no end

my @forms = (
    ['2030-01-31T12:10:00Z', 600],
    ['2030-01-31t12:10:00z', 600],
    ['2030-01-31T12:10:00.1Z', 600],
    ['2030-01-31T12:10:00.999999999Z', 600],
    ['2030-01-31T12:10:00.' . '9' x 100 . 'Z', 600],
    ['2030-01-31T13:10:00+01:00', 600],
    ['2030-01-31T17:40:00.5+05:30', 600],
    ['2030-01-31T04:10:00-08:00', 600],
    ['2030-02-01T12:09:00+23:59', 600],
    ['2030-01-31T12:10:00-00:00', 600],
    ['2030-01-31T12:09:60Z', 599],
    ['2030-01-31T12:00:31Z', 31],
    ['2030-02-01T00:00:00Z', 43200],
    ['2032-02-29T12:00:00Z', 759 * 86400],
    ['9999-12-31T23:59:59Z', 253402300799 - $start],
);

my %left;

for my $i (0 .. $#forms) {
    my ($form, $left) = @{ $forms[$i] };

    $agent->set("/$i" => { Expiration => $form });
    $t->source("agent$i" => 'container uri=' . $agent->url("/$i"));

    write_json("json$i", "\"$form\"");
    $t->source("json$i" => "file path=$dir/json$i");

    $left{"agent$i"} = $left{"json$i"} = $left;
}

# a file may have no expiration, and a profile never has one

for my $case (['missing', undef], ['null', 'null'], ['empty', '""']) {
    my ($name, $value) = @$case;

    write_json($name, $value);
    $t->source($name => "file path=$dir/$name");
    $left{$name} = undef;
}

$t->write_file('profile', "[default]\naws_access_key_id = A\n"
                          . "aws_secret_access_key = B\n", 0600);
$t->source(profile => "file path=$dir/profile");
$left{profile} = undef;

# credentials whose rest is too short to be of use

$agent->set('/dying' => { Expiration => '2030-01-31T12:00:29Z' });
$t->source(dying => 'container uri=' . $agent->url('/dying'));
$left{dying} = 29;


$t->run_sources();
ok(wait_until(sub { !grep { !$_->{fetches} || $_->{state} eq 'none' }
                    grep { $_->{source} eq 'container' } $t->states() }),
   'all agents have answered');

my %form = map { ("agent$_" => $forms[$_][0], "json$_" => $forms[$_][0]) }
           0 .. $#forms;

for my $name ($t->names()) {
    my $left = $left{$name};
    my $expected = !defined $left ? 900 : $left < 30 ? 503
                 : $left < 900 ? $left : 900;
    my $u = $t->signed($name);

    is($u->{expires} // $u->{status}, $expected,
       substr($name . ' ' . ($form{$name} // ''), 0, 60) . ': the URL lives '
       . "for $expected s");
}

my @states = $t->states();

for my $name ($t->names()) {
    my $state = shift @states;

    is($state->{left}, $left{$name}, "$name: the set lives for "
                                     . ($left{$name} // 'ever'));
    is($state->{state}, 'valid', "$name: it is valid") if $name eq 'dying';
}

is_deeply([$t->fetch_errors()], [], 'there are no errors');


# after the end

$t->pass(601);

my %after = (agent0 => 503, json0 => 503, agent10 => 503, json12 => 200,
             agent14 => 200, missing => 200, profile => 200);

is_deeply({ map { $_ => $t->signed($_)->{status} } keys %after }, \%after,
          'after the end nothing is signed');

my ($state) = $t->states();
is($state->{state}, 'expired', 'the set has expired');


# an expired file is logged once

$t->comes_to_sign(json0 => 'status 503', 'and signs no more');
is($t->wait_for_error(file => "$dir/json0"),
   'the credentials have expired already',
   'the log says that the file has expired');
$t->pass(2);
is(scalar $t->fetch_errors(file => "$dir/json0"), 1,
   'the expired file is logged once');

write_json('json0', '"2030-01-31T13:00:00Z"', 'NEW');
$t->pass(0.5);
$t->comes_to_sign(json0 => 'NEW', 'until there is another one');

$t->done();


sub write_json {
    my ($name, $expiration, $key) = @_;

    $key //= 'KEY';

    $t->write_file("$name.new", qq({"Version": 1, "AccessKeyId": "$key",)
        . '"SecretAccessKey": "SECRET"'
        . (defined $expiration ? ", \"Expiration\": $expiration" : '') . '}',
        0600);
    $t->own_by_worker("$name.new");
    rename "$dir/$name.new", "$dir/$name" or die "rename() failed: $!";
}
