#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/outpost.md, as far as it can be tested without an Outpost: its policies
# name actions and resources that exist, AWS's models know its commands, and
# its configuration runs, with a role from a stand-in of the metadata service
# and a real S3 server.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Book;
use S3O::Fake::Imds;
use S3O::Nginx;
use S3O::Oracle;
use S3O::Process qw(capture slurp spew wait_until);

use constant PAGE => 'docs/outpost.md';

my $root = S3O::Nginx::root();
my $text = slurp("$root/" . PAGE);
my $known = decode(slurp("$root/t/docs/s3-outposts-actions.json"));

my ($arn) = $text =~ /^\s+(arn:aws:s3-outposts:\S+);/m;
my ($outpost) = $arn =~ /^(.*)\/accesspoint\//;

my $b = S3O::Book->new(page => PAGE, sts => 1)->has(qw(botocore));
my $imds = S3O::Fake::Imds->new()->start();

policies();
methods();
commands();
alert();

at_work();

$b->done();


sub decode { return JSON::PP->new->decode($_[0]) }


sub fenced {
    my ($language) = @_;

    return $text =~ /^```\Q$language\E\n(.*?)^```$/msg;
}


sub policies {
    my @policies = map { decode($_) } fenced('json');

    is(scalar @policies, 4, 'the policies are JSON');

    my $n = 0;

    for my $statement (map { @{ $_->{Statement} } } @policies) {
        my $name = $statement->{Sid} // 'Trust';

        is($n, 0, 'the first policy says who may have the role') or next
            if !$n++ && $name ne 'Trust';

        is(join("\n", faults($statement)), '', "a good statement: $name");
    }
}


# returns the faults of a statement

sub faults {
    my ($s) = @_;

    my @actions = listed($s->{Action});
    my @faults;

    if ($actions[0] eq 'sts:AssumeRole') {
        return $s->{Principal}{Service} eq 'ec2.amazonaws.com' ? ()
               : 'no instance may have it';
    }

    my %types = map { type($_) => 1 } listed($s->{Resource});

    push @faults, "no resource of this Outpost: $_"
        for grep { !defined type($_) } listed($s->{Resource});

    for my $action (@actions) {
        next if $action eq 's3-outposts:*' && $s->{Effect} eq 'Deny';

        my $on = $known->{actions}{ $action =~ s/^s3-outposts://r };

        push @faults, "no action: $action" unless $on;
        push @faults, "$action is not of @{[ sort keys %types ]}"
            if $on && grep { my $type = $_; !grep { $_ eq $type } @$on }
                      keys %types;
    }

    return (@faults, map { condition($_, $s->{Condition}{$_}) }
                     sort keys %{ $s->{Condition} // {} });
}


sub condition {
    my ($operator, $tests) = @_;

    my @faults;

    for my $key (sort keys %$tests) {
        my $type = $known->{conditions}{$key} // 'None';
        my $values = $known->{values}{$key};

        push @faults, "$operator of $key, which is $type"
            unless $operator =~ /^\u\L$type\E/i;
        push @faults, "$key is never $tests->{$key}"
            if $values && !grep { $_ eq $tests->{$key} } @$values;
        push @faults, "$key is another access point"
            if $type eq 'ARN' && $tests->{$key} ne $arn;
    }

    return @faults;
}


sub listed { return ref $_[0] ? @{ $_[0] } : $_[0] }


# the ARN of an object in an access point is one, too

sub type {
    my ($resource) = @_;

    my ($rest) = $resource =~ m{^\Q$outpost\E/(.+)$} or return;

    return $rest =~ m{^(?:bucket/files|accesspoint/my-ap)/object/.} ? 'object'
           : $rest eq 'bucket/files' ? 'bucket'
           : $rest eq 'accesspoint/my-ap' ? 'accesspoint' : undef;
}


# the table of actions by directive

sub methods {
    my ($section) = $text =~ /^## What each method needs\n(.*)/ms;
    my @actions = map { /`s3-outposts:(\w+)`/g }
                  grep { /^\|/ } split /\n/, $section;

    cmp_ok(scalar @actions, '>', 10, 'there is a table of actions');
    is(join(' ', grep { !$known->{actions}{$_} } @actions), '',
       'each action of the table exists');

    my $directives = slurp("$root/ngx_http_s3o_presign_module.c");

    is(join(' ', grep { $directives !~ /"$_"/ }
                 $section =~ /^\| `(s3o_\w+)/mg), '',
       'the table names existing directives');
}


# each "aws ..." command is an operation with its parameters in AWS's models

sub commands {
    my @commands = map { s/\\\n//gr } map { /^(aws (?:.*\\\n)*.*)$/mg }
                   fenced('sh');

    cmp_ok(scalar @commands, '>=', 10, 'there are commands');

    my $script = $b->testdir() . '/commands.py';

    spew($script, <<'EOP');
import shlex, sys
import botocore.session
from botocore import xform_name

session = botocore.session.get_session()

for line in sys.argv[1:]:
    _, service, operation, *options = shlex.split(line)
    model = session.get_service_model(service)
    names = {xform_name(n, '-'): n for n in model.operation_names}

    if operation not in names:
        print(line, '-> no such operation')
        continue

    shape = model.operation_model(names[operation]).input_shape
    members = shape.members if shape else {}
    known = {'--' + xform_name(n, '-') for n in members}
    given = {o for o in options if o.startswith('--')}
    needed = {'--' + xform_name(n, '-')
              for n in (shape.required_members if shape else [])}

    if service == 's3control':
        known.add('--account-id')

    if given - known or needed - given:
        print(line, '->', sorted(given - known), sorted(needed - given))
EOP

    my ($rc, $out) = capture([S3O::Oracle::python(), $script, @commands]);

    is($rc, 0, 'the models are read');
    is($out, '', 'the commands have valid options');
}


sub alert {
    my $rules = slurp("$root/docs/examples/alerts.yml");
    my ($section) = $text =~ /^## 7\. The alert\n(.*?)^## /ms;
    my @names = $section =~ /`(S3oPresign\w+)`/g;

    is(scalar @names, 2, 'alerts are named');
    is(join(' ', grep { $rules !~ /alert: \Q$_\E$/m } @names), '',
       'each alert that is named exists');

    my ($yaml) = fenced('yaml');
    my $file = $b->testdir() . '/prometheus.yml';

    spew($file, $yaml);

    my ($rc, $out) = capture(['/usr/bin/python3', '-c',
        'import sys, yaml; c = yaml.safe_load(open(sys.argv[1])); '
        . 'print(c["scrape_configs"][0]["static_configs"][0]["targets"][0])',
        $file]);

    is($out, "files.example.com:443\n",
       'the configuration of Prometheus is YAML');
}


sub at_work {
    my $session = $b->s3()->session_token(3600);

    $imds->role(web => { AccessKeyId     => $session->{access_key},
                         SecretAccessKey => $session->{secret_key},
                         Token           => $session->{session_token},
                         Expiration      => $session->{expiration} });

    $b->env(AWS_EC2_METADATA_SERVICE_ENDPOINT =>
            'http://' . $imds->authority());

    my $url = $b->recipe('4. nginx and the module');

    $b->open();

    my $content = "a report\n" x 20000;
    my $home = $b->testdir();

    spew("$home/report.pdf", $content);

    for my $command (map { /^(curl .*)$/mg } fenced('sh')) {
        my @words = split ' ', $command =~ s/alice/alice:secret/r
                                        =~ s{https://[^/]+}{$url}r;
        my $out;

        my $ok = wait_until(sub {
            (my $rc, $out) = capture([@words, '-sS', '-f', '--noproxy', '*',
                                      $b->curl_args()], dir => $home);
            $rc == 0 && ($command !~ /ready/ || $out eq "ready\n");
        }, $command =~ /ready/ ? 60 : 1);

        ok($ok, $command) or diag($out);
    }

    ok(($b->object('report.pdf') // '') eq $content, 'the file is stored');
    ok(slurp("$home/copy.pdf") eq $content, 'the file comes back unchanged');

    my $metrics = $b->ask("$url/metrics")->{body};

    like($metrics, qr/^s3o_presign_credentials_valid\{source="imds",.*\} 1$/m,
         'the metrics are shown');

    $b->ask("$url/files/report.pdf");
    $b->ask("$url/files/report.pdf", method => 'DELETE',
            args => ['-u', 'alice:secret']);

    logged();
}


# the lines of the page, except for addresses and times

sub logged {
    my ($section) = $text =~ /^## 6\. The log\n(.*?)^## /ms;
    my ($lines) = $section =~ /^```\n(.*?)^```$/ms;
    my $log = $b->place('/var/log/nginx/files.log');

    my $all = sub { return join '', grep { !m{/metrics} }
                                    slurp($log) =~ /^.*\n/mg };

    wait_until(sub { 4 <= (() = $all->() =~ /\n/g) }, 30);

    my $plain = sub {
        return $_[0] =~ s/^[\d.]+ //mgr =~ s/\[[^\]]+\]/[]/gr
                     =~ s/ 20[\d:TZ.-]+$/ time/mgr;
    };

    is($plain->($all->()), $plain->($lines),
       'the access log has the lines of the page');

    my ($error) = $section =~ /^(s3o_presign: .*)$/m;

    like($b->read_file('nginx/log/error.log'), qr/\Q$error\E/,
         'the error log has the line of the page');
}
