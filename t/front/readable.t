#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Files that workers read while nginx runs: "nginx -t" warns of files that
# they cannot read, wherever "user" stands in the configuration.

use strict;
use warnings;

use Test::More;

use S3O::Sources;

plan skip_all => 'needs root: other users\' workers have no other user'
    if $> != 0;

my $t = S3O::Sources->new();
my $dir = $t->testdir();

# the users of the workers when "user" is not set

my ($user) = ($t->configure_arguments() =~ /--user=(\S+)/, 'nobody');
my $group = getgrgid((getpwnam $user)[3]);
my $other = 'games';
my $line = "user $user $group;";

plan skip_all => "there is no user \"$other\"" unless getpwnam $other;

my $ini = "[default]\naws_access_key_id = AKID\n"
          . "aws_secret_access_key = SECRET\n";
my $arn = 'role_arn=arn:aws:iam::123456789012:role/web';
my $reload = 'changes will be seen at reload only';
my $never = 'no credentials can be fetched';

# [name, mode, owner, group]; 0 is root

my $uid = getpwnam $user;
my $gid = getgrnam $group;

for my $file (['root', 0600, 0, 0], ['owner', 0600, $uid, 0],
              ['group', 0640, 0, $gid], ['nogroup', 0600, 0, $gid],
              ['ungroup', 0040, $uid, $gid], ['token', 0600, 0, 0],
              ['open', 0644, 0, 0], ['extra', 0640, 0, 12345],
              ['closed/set', 0640, 0, $gid], ['passed/set', 0640, 0, $gid])
{
    my ($name, $mode, @owner) = @$file;

    mkdir "$dir/$1" if $name =~ m{(.*)/};
    $t->write_file($name, $name =~ /token|open/ ? 'TOKEN' : $ini, $mode);
    chown @owner, "$dir/$name" or die "chown: $!";
}

chmod 0700, "$dir/closed";
chmod 0711, "$dir/passed";
symlink 'root', "$dir/link" or die "symlink: $!";

my $sts = "$arn region=us-west-2 sts_endpoint=https://127.0.0.1";
my $agent = 'uri=http://127.0.0.1/';

for my $case (
    ['file', 'root', "file path=$dir/root", $reload],
    ['file', 'link', "file path=$dir/link", $reload],
    ['file', 'nogroup', "file path=$dir/nogroup", $reload],
    ['file', 'ungroup', "file path=$dir/ungroup", $reload],
    ['file', 'closed/set', "file path=$dir/closed/set", $reload],
    ['file', 'extra', "file path=$dir/extra", $reload],
    ['web_identity', 'token', "web_identity $sts token_file=$dir/token",
     $never],
    ['container', 'token', "container $agent token_file=$dir/token", $never],

    ['file', 'owner', "file path=$dir/owner"],
    ['file', 'group', "file path=$dir/group"],
    ['file', 'passed/set', "file path=$dir/passed/set"],
    ['web_identity', 'open', "web_identity $sts token_file=$dir/open"],
    ['container', 'open', "container $agent token_file=$dir/open"],
    ['container', 'missing', "container $agent token_file=$dir/missing"])
{
    my ($source, $file, $params, $why) = @$case;

    my $warning = "\"s3o_presign_credentials $source\" \"$dir/$file\" seems "
                  . 'not to be readable by the user of the workers: '
                  . ($why // '');

    for my $place (['no "user"', sub { $_[0] }],
                   ['"user" before http{}', sub { "$line\n$_[0]" }],
                   ['"user" behind http{}', sub { "$_[0]\n$line\n" }])
    {
        my ($test, $where) = @$place;

        my ($status, $out) = check($params, $where);

        is($status, 0, "$source \"$file\", $test: accepted") or diag($out);

        if ($why) {
            like($out, qr/\[warn\] [^\n]*\Q$warning\E in \S+check.conf:\d+$/m,
                 "$source \"$file\", $test: a warning");

        } else {
            unlike($out, qr/\[warn\]/, "$source \"$file\", $test: no warning");
        }
    }
}

# the warning is written even where "error_log" leaves warnings out

my ($status, $out) = check("file path=$dir/root", sub {
    $t->expand($_[0]) =~ s/^error_log .*/error_log stderr;/mr });

is($status, 0, '"error_log" of level "error": accepted');
like($out, qr/\[warn\].* seems not to be readable/,
     '"error_log" of level "error": a warning');

# the user of the workers decides, and whether there are workers

($status, $out) = check("file path=$dir/owner",
                        sub { "$_[0]\nuser $other;\n" });

is($status, 0, 'another user: accepted');
like($out, qr/\[warn\].* seems not to be readable/, 'another user: a warning');

for my $case (['root', 'user root;'],
              ['no workers', "master_process off; $line"])
{
    my ($test, $text) = @$case;

    ($status, $out) = check("file path=$dir/root", sub { "$_[0]\n$text\n" });

    is($status, 0, "$test: accepted");
    unlike($out, qr/seems not/, "$test: no warning");
}

$t->done();


sub check {
    my ($params, $where) = @_;

    $t->source(a => $params);

    return $t->check_config($where->($t->config()));
}
