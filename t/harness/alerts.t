#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/examples: alerts for Prometheus and a dashboard for Grafana.  Their
# metrics and labels exist, and the documentation has all metrics.  promtool
# checks the alerts where it is installed.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Oracle;
use S3O::Presigned qw(ARN);
use S3O::Process qw(capture slurp);
use S3O::Rotation qw(set_of write_set);

my $root = S3O::Nginx::root();
my $examples = "$root/docs/examples";
my $t = S3O::Nginx->new();
my $dir = $t->testdir();
my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';

write_set("$dir/credentials", set_of('file', 1), time() + 5000, $user);

$t->subst(ARN => ARN);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /files/ {
            s3o_presign               redirect;
            s3o_presign_access_point  %%ARN%%;
            s3o_presign_credentials   file path=%%TESTDIR%%/credentials name=a;
        }

        location = /metrics {
            s3o_presign_status  prometheus;
        }
    }
}

EOC

# the labels of each metric, with those that Prometheus adds

my %label;

for (split /\n/, $t->request(uri => '/metrics')->{body}) {
    my ($name, $labels) = /^(\w+)(?:\{(.*)\})? \d+$/ or next;

    $label{$name}{$_} = 1 for qw(instance job), ($labels // '') =~ /(\w+)="/g;
}

my ($table) = slurp("$root/docs/directives.md")
              =~ /^\| metric \| labels \|\n(.*?)\n\n/ms;

is(join(' ', sort map { /^\| `(\w+)`/ ? $1 : () } split /\n/, $table // ''),
   join(' ', sort keys %label), 'the documentation names all metrics');

my $alerts = yaml("$examples/alerts.yml");
my %alert;

for my $rule (map { @{ $_->{rules} } } @{ $alerts->{groups} }) {
    my $name = $rule->{alert};

    $alert{$name}++;
    is_metric($rule->{expr}, $name);
    like($rule->{labels}{severity}, qr/^(?:critical|warning|info)$/,
         "$name: a severity");
    is(scalar(grep { length $rule->{annotations}{$_} } qw(summary description)),
       2, "$name: a summary and a description");

    # the text of an alert uses only labels that its expression keeps

    my @said = map { /\$labels\.(\w+)/g } values %{ $rule->{annotations} };
    my ($by) = $rule->{expr} =~ /\bby \(([\w, ]+)\)/;
    my %left = map { $_ => 1 } $by ? split /, /, $by
               : map { keys %{ $label{$_} } } metrics_of($rule->{expr});

    is(join(' ', grep { !$left{$_} } @said), '',
       "$name: the labels of the text exist");
}

is(join(' ', grep { $alert{$_} > 1 } keys %alert), '',
   'each alert has its own name');
cmp_ok(scalar keys %alert, '>=', 5, 'there are alerts');

my $board = decode_json(slurp("$examples/dashboard.json"));
my %id;

for my $panel (@{ $board->{panels} }) {
    $id{ $panel->{id} }++;
    is_metric($_->{expr}, $panel->{title}) for @{ $panel->{targets} };
}

is(scalar(grep { $_ > 1 } values %id), 0, 'each panel has its own id');
is_metric($_->{query}{query}, $_->{name})
    for grep { $_->{type} eq 'query' } @{ $board->{templating}{list} };

SKIP: {
    my ($tool) = grep { -x } map { "$_/promtool" } split /:/, $ENV{PATH};

    skip 'no promtool', 2 if !$tool;

    for (['check', 'alerts.yml'], ['test', 'alerts.test.yml']) {
        my ($what, $file) = @$_;
        my ($status, $out) = capture([$tool, $what, 'rules',
                                      "$examples/$file"]);

        is($status, 0, "promtool $what rules $file") or diag($out);
    }
}

$t->done();


sub yaml {
    my ($file) = @_;

    my ($status, $out) = capture([S3O::Oracle::python(), '-c',
        'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])),'
        . ' sys.stdout)', $file]);

    is($status, 0, "$file is YAML") or diag($out);

    return $status == 0 ? decode_json($out) : { groups => [] };
}


sub metrics_of {
    my ($expr) = @_;

    return $expr =~ /\b(s3o_\w+)/g;
}


sub is_metric {
    my ($expr, $name) = @_;

    my @metrics = metrics_of($expr);
    my @unknown = grep { !$label{$_} } @metrics;

    while ($expr =~ /\b(s3o_\w+)\{([^}]*)\}/g) {
        my ($metric, $labels) = ($1, $2);

        push @unknown, map { $label{$metric}{$_} ? () : "$metric: $_" }
                       $labels =~ /(\w+)\s*(?:=~?|!~|!=)/g;
    }

    while ($expr =~ /\bby \(([\w, ]+)\)/g) {
        push @unknown, grep { my $l = $_; !grep { $label{$_}{$l} } @metrics }
                       split /, /, $1;
    }

    is("@unknown", '', "$name: metrics and labels that exist");
    ok(scalar @metrics, "$name: has a metric");
}
