#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Credentials files that change while nginx runs: a good change is used within
# a second; a bad one is logged once and changes nothing.

use strict;
use warnings;

use POSIX qw(mkfifo);
use Test::More;

use S3O::Fake::Json qw(iso);
use S3O::Sources;

my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();

sub ini {
    my ($key, $secret) = @_;

    return "[default]\naws_access_key_id = $key\naws_secret_access_key = "
           . ($secret // "SECRET/$key") . "\n";
}

sub json {
    my ($key, %more) = @_;

    my %field = (Version => 1, AccessKeyId => "\"$key\"",
                 SecretAccessKey => "\"SECRET/$key\"", %more);

    return '{' . join(', ', map { "\"$_\": $field{$_}" }
                            grep { defined $field{$_} } sort keys %field)
           . '}';
}

# writes a file that workers can read; a rename makes it appear with all of
# its content

sub put {
    my ($name, $content, $mode) = @_;

    $t->write_file("$name.new", $content, $mode // 0600);
    $t->own_by_worker("$name.new");
    rename "$dir/$name.new", "$dir/$name" or die "rename() failed: $!";
}

sub secret_of { return "SECRET/$_[0]" }


# contents that replace a good file: [name, reason, content, mode]

my $process = 'expected "Version": 1';
my $lines = 'neither JSON nor lines of "[profile]" and "key = value"';
my $one = '(profile "default", line 1)';
my $mode = 'the file is accessible by others, expected a mode such as 0600 or '
           . '0640';
my $size = 'the file is empty or over 64k';
my $strange = 'is too long or has characters that it cannot have';

my @bad = (
    ['empty', $size, ''],
    ['large', $size, ini('LARGE') . '#' x 65536],
    ['half', "the secret access key is missing $one",
     substr(ini('HALF'), 0, 33)],
    ['line', "$lines (profile \"default\", line 3)",
     substr(ini('LINE'), 0, 45)],
    ['section', "$lines $one", '[defa'],
    ['profile', 'no such profile in the file (profile "default")',
     ini('P') =~ s/default/other/r],
    ['nokey', "the access key id is missing $one",
     "[default]\nregion = x\n"],
    ['binary', "$lines $one", "\x00\x01\x02\xff"],
    ['strange', "the access key id $strange $one", ini('A/B')],
    ['space', "the secret access key $strange $one",
     ini('SPACE', 'a b')],

    ['halfjson', 'not a JSON object', substr(json('HALF'), 0, 40)],
    ['trailing', 'not a JSON object', json('TRAILING') . '}'],
    ['twice', 'not a JSON object',
     json('TWICE') =~ s/}/, "AccessKeyId": "B"}/r],
    ['utf8', 'not a JSON object', json("A\xff")],
    ['nul', 'not a JSON object', json('A\u0000B')],
    ['noversion', $process, json('A', Version => undef)],
    ['version2', $process, json('A', Version => 2)],
    ['textversion', $process, json('A', Version => '"1"')],
    ['realversion', $process, json('A', Version => '1.0')],
    ['number', 'a field of the JSON is not a string',
     json('A', AccessKeyId => 1)],
    ['list', 'a field of the JSON is not a string',
     json('A', SecretAccessKey => '["x"]')],
    ['truetoken', 'a field of the JSON is not a string',
     json('A', SessionToken => 'true')],
    ['notime', '"Expiration" is not a time such as 2030-01-31T12:00:00Z',
     json('A', Expiration => '"tomorrow"')],
    ['seconds', 'a field of the JSON is not a string',
     json('A', Expiration => 4102444800)],
    ['past', 'the credentials have expired already',
     json('A', Expiration => '"' . iso(time - 60) . '"')],
    ['nosecret', 'the secret access key is missing',
     json('A', SecretAccessKey => undef)],

    (map { ["mode$_", $mode, ini('MODE'), oct $_] }
     qw(604 602 601 644 666 777)),
);


# each source begins with a good file

my @names = map { $_->[0] } @bad;
my @more = qw(rename place json shrink link unlink fifo directory same chmod);

for my $name (@names, @more) {
    put($name, ini('OLD'));
    $t->source($name => "file path=$dir/$name");
}

mkdir "$dir/data$_" for 1, 2;
put("data$_/set", ini("LINK$_")) for 1, 2;
unlink "$dir/link";
symlink "$dir/data1", "$dir/data" or die "symlink() failed: $!";
symlink 'data/set', "$dir/link" or die "symlink() failed: $!";

# a file that only root can read

if ($> == 0) {
    $t->write_file('private', ini('OLD'), 0600);
    $t->source(private => "file path=$dir/private");

    # "user" stands before the sources, so that nginx knows the workers' user
    # in time

    my $user = $t->worker_user();

    $t->main_lines("user $user " . getgrgid((getpwnam $user)[3]) . ';');
}

put('relative', ini('OLD') . ini('WEB') =~ s/default/web/r);
$t->source(relative => 'file path=relative profile=web');

$t->run_sources();

$t->signs($_ => { access_key => 'OLD', secret_key => secret_of('OLD') },
          "$_: signs")
    for $names[0], 'rename', 'json';
$t->signs(link => { access_key => 'LINK1', secret_key => secret_of('LINK1') },
          'a symbolic link');
$t->signs(relative => { access_key => 'WEB', secret_key => secret_of('WEB') },
          'a profile of a relative file');


# every kind of change is noticed within one second of nginx's clock

sub changes {
    my ($name, $key, $test) = @_;

    $t->pass(1);
    $t->signs($name, { access_key => $key, secret_key => secret_of($key),
                       session_token => $key =~ /TOKEN/ ? 'T/1+=' : undef },
              "$name: $test");
}

put('rename', ini('NEW'));
changes('rename', 'NEW', 'a rename');

put('json', json('TOKEN', SessionToken => '"T/1+="'));
changes('json', 'TOKEN', 'JSON after a profile');

put('json', json('UNTIL', Expiration => '"' . iso(time + 7200) . '"'));
changes('json', 'UNTIL', 'JSON with an end');

put('json', ini('BACK'));
changes('json', 'BACK', 'a profile after JSON');

# a corrected typing error: the length and the rest are the same

put('json', ini('BACK', 'SECRET/BACC'));
$t->pass(1);
$t->signs(json => { access_key => 'BACK', secret_key => 'SECRET/BACC' },
          'only the secret has changed');

for my $token (qw(TOKEN/1 TOKEN/2)) {
    put('json', json('BACK', SessionToken => "\"$token\""));
    $t->pass(1);
    $t->signs(json => { access_key => 'BACK', secret_key => secret_of('BACK'),
                        session_token => $token },
                        'only the token has changed');
}

open my $fh, '>', "$dir/place" or die "open() failed: $!";
print {$fh} ini('PLACE');
close $fh;
changes('place', 'PLACE', 'written over in its place');

put('shrink', ini('A'));
changes('shrink', 'A', 'a shorter file');

unlink "$dir/data";
symlink "$dir/data2", "$dir/data" or die "symlink() failed: $!";
changes('link', 'LINK2', 'another directory behind a link');

put('relative', ini('NO') . ini('WEB2') =~ s/default/web/r);
changes('relative', 'WEB2', 'a profile');

is_deeply([$t->fetch_errors()], [], 'there are no errors so far');

$t->error_log_like(qr/\[warn\].*private" seems not to be readable by the (?x:
                      )user of the workers/,
                   'a file that workers cannot read is warned of at start')
    if $> == 0;
$t->clear_log();


# all bad changes at once

put($_->[0], $_->[2], $_->[3]) for @bad;

mkfifo("$dir/fifo.new", 0600) or die "mkfifo() failed: $!";
$t->own_by_worker('fifo.new');
rename "$dir/fifo.new", "$dir/fifo" or die "rename() failed: $!";
push @bad, ['fifo', 'not a regular file'];

unlink "$dir/directory";
mkdir "$dir/directory", 0700;
$t->own_by_worker('directory');
push @bad, ['directory', 'not a regular file'];

put('chmod', ini('CHMOD'), 0644);
push @bad, ['chmod', $mode];

if ($> == 0) {
    $t->write_file('private', ini('NEW'), 0600);
    push @bad, ['private', 'open() failed (13: Permission denied)'];
}

unlink "$dir/unlink";
put('same', ini('OLD'));
$t->pass(1);

for my $case (@bad) {
    my ($name, $reason) = @$case;

    is($t->wait_for_error(file => "$dir/$name"), $reason, "$name: $reason");
}

$t->signs($_, { access_key => 'OLD', secret_key => secret_of('OLD') },
          "$_: the old set stays") for map { $_->[0] } @bad;
$t->signs(unlink => { access_key => 'OLD', secret_key => secret_of('OLD') },
          'the credentials of a removed file stay');
$t->signs(same => { access_key => 'OLD', secret_key => secret_of('OLD') },
          'a file with the same content does not change the credentials');

# a change of the mode is noticed, too

chmod 0600, "$dir/chmod";
changes('chmod', 'CHMOD', 'a mode');

# the bad file is tried again for some seconds, without a line in the log

$t->pass(1.5);

my %lines;
$lines{ $_->{file} // $_->{line} }++ for $t->fetch_errors();

is_deeply(\%lines, { map { ("$dir/$_->[0]" => 1) } @bad },
          'each bad change is logged once');

my @again = grep { /\[info\].*no new credentials/ } $t->log_errors('info');

cmp_ok(scalar @again, '>', 10, 'later attempts are logged at "info"');


# the next change is noticed at once, and logged again if it is bad

put($_, ini('FIXED')) for qw(empty halfjson mode644 unlink);
$t->pass(1);
$t->signs($_, { access_key => 'FIXED', secret_key => secret_of('FIXED') },
          "$_: the file is good again") for qw(empty halfjson mode644 unlink);

put('half', "[default]\n");
put('empty', '');
$t->pass(1);

is(scalar $t->fetch_errors(file => "$dir/$_"), 2,
   "$_: another bad change is logged")
    for qw(half empty);
$t->signs(empty => { access_key => 'FIXED', secret_key => secret_of('FIXED') },
          'the newest good credentials stay');

$t->hides('no secret is in the log', map { secret_of($_) }
          qw(OLD NEW TOKEN UNTIL BACK PLACE LINK1 LINK2 WEB WEB2 FIXED MODE
             CHMOD TRAILING TWICE));

$t->done();
