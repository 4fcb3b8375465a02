#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Credentials that cannot be read: each is an error of "nginx -t", and no
# message shows a secret.

use strict;
use warnings;

use POSIX qw(mkfifo);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $t = S3O::Nginx->new();
my $dir = $t->testdir();

# the text that nginx must not show in any case

my $secret = 'TOPSECRETwJalrXUtnFEMIK7MDENGbPxRfiCY';
my $token = 'TOPSECRETIQoJb3JpZ2luX2VjEJr';

my $unknown = '"s3o_presign_credentials %s" directive has unknown parameter '
              . '"%s": expected %s';
my $static = '"access_key_id=", "secret_access_key=", "session_token=", '
             . '"expires="';
my $sources = '"s3o_presign_credentials" directive has invalid source "%s": '
              . 'expected "static", "env", "file", "imds", "container", '
              . '"web_identity", "assume_role" or "default"';
my $strange = 'is too long or has characters that it cannot have';
my $quoted = 'is in quotes, expected it without them';
my $time = 'expected a time such as 2030-01-31T12:00:00Z';


# static credentials: [parameters, message]

my $ak = 'access_key_id=AKIDEXAMPLE';
my $sk = "secret_access_key=$secret";

for my $case (
    ['vault', sprintf $sources, 'vault'],
    (map { [$_->[0], sprintf('"s3o_presign_credentials" directive has invalid '
                             . 'source "%s": the source is called "%s" here',
                             @$_)] }
     ['ec2', 'imds'], ['instance_profile', 'imds'], ['ecs', 'container'],
     ['eks', 'container'], ['irsa', 'web_identity'], ['sts', 'assume_role'],
     ['profile', 'file'], ['environment', 'env']),
    ["file $dir/x", sprintf($unknown, 'file', '...', '"path=", "profile=", '
     . '"config=", "format=", "role=", each with its value behind the "="')],
    ['Static', qr/^\Q@{[ $sources =~ s{%s.*}{}r ]}\E/],
    ['""', qr/^\Q@{[ $sources =~ s{%s.*}{}r ]}\E/],
    ["$sk static", qr/^\Q@{[ $sources =~ s{%s.*}{}r ]}\E/],
    [$secret, qr/^\Q@{[ $sources =~ s{%s.*}{}r ]}\E/],

    ['static', '"s3o_presign_credentials static": the access key id is '
     . 'missing'],
    ["static $sk", '"s3o_presign_credentials static": the access key id is '
     . 'missing'],
    ["static $ak", '"s3o_presign_credentials static": the secret access key '
     . 'is missing'],

    ["static $ak secret=$secret", sprintf $unknown, 'static', 'secret',
     $static],
    ["static $ak $sk profile=default", sprintf $unknown, 'static', 'profile',
     $static],
    ["static AKIDEXAMPLE $secret", sprintf $unknown, 'static', '...',
     "$static, each with its value behind the \"=\""],
    ["static $ak $sk $token==", sprintf $unknown, 'static', '...', $static],
    ["static =$secret", sprintf $unknown, 'static', '...',
     "$static, each with its value behind the \"=\""],
    ["static Access_Key_Id=A $sk", sprintf $unknown, 'static', '...', $static],
    ["env $ak", sprintf $unknown, 'env', 'access_key_id', 'no parameters'],
    ["file file=$dir/x", sprintf $unknown, 'file', 'file',
     '"path=", "profile=", "config=", "format=", "role="'],

    ["static $ak $ak $sk", '"s3o_presign_credentials static" directive has '
     . 'duplicate parameter "access_key_id"'],
    ["static $ak $sk secret_access_key=TOPSECRET2", '"s3o_presign_credentials '
     . 'static" directive has duplicate parameter "secret_access_key"'],
    ["static access_key_id= $sk", '"s3o_presign_credentials static" directive '
     . 'has empty parameter "access_key_id"'],
    ["static $ak secret_access_key=", '"s3o_presign_credentials static" '
     . 'directive has empty parameter "secret_access_key"'],
    ["static $ak $sk session_token=", '"s3o_presign_credentials static" '
     . 'directive has empty parameter "session_token"'],

    (map { ["static 'access_key_id=$_' $sk", '"s3o_presign_credentials '
            . "static\": the access key id $strange"] }
     'AKID/EXAMPLE', 'AKID,EXAMPLE', 'AKID=', 'AKID EXAMPLE', "AKID\xc3\xa9",
     'A' x 129, 'AKID"EXAMPLE', '<AKID>', '${AKID}', '{{AKID}}', '`AKID`'),
    (map { ["static 'access_key_id=$_' $sk", '"s3o_presign_credentials '
            . "static\": the access key id $quoted"] }
     '"AKIDEXAMPLE"', '"AKIDEXAMPLE', 'AKIDEXAMPLE"', "\\'AKIDEXAMPLE\\'",
     '""'),
    (map { ["static $ak 'secret_access_key=$_'", '"s3o_presign_credentials '
            . "static\": the secret access key $quoted"] }
     "\"$secret\"", "\\'$secret\\'", "\"$secret", "$secret\""),
    (map { ["static $ak $sk 'session_token=$_'", '"s3o_presign_credentials '
            . "static\": the session token $quoted"] }
     "\"$token\"", "\\'$token\\'"),
    (map { ["static $ak \"secret_access_key=$_\"", '"s3o_presign_credentials '
            . "static\": the secret access key $strange"] }
     "$secret ", "a$secret\\n", "$secret\xff", $secret x 20),
    (map { ["static $ak $sk \"session_token=$_\"", '"s3o_presign_credentials '
            . "static\": the session token $strange"] }
     "$token ", "$token\\r\\nX-Evil: 1", "\x7f$token"),

    (map { ["static $ak $sk expires=$_", '"s3o_presign_credentials static" '
            . "has invalid expiration \"$_\": $time"] }
     'tomorrow', '2030-01-31', '2030-02-30T00:00:00Z', '2030-01-31T25:00:00Z',
     '1900-01-01T00:00:00Z', '1700000000', '2030-01-31T12:00:00', 'never'))
{
    refused($case->[0], $case->[1]);
}

accepted("static $ak $sk", 'static');
accepted("static $ak $sk session_token=$token", 'static with a token');
accepted("static $ak $sk expires=$_", "an expiration of $_")
    for '2099-12-31T23:59:59Z', '2099-12-31T23:59:59.123456Z',
        '2099-12-31T23:59:59+02:00', '2099-12-31t23:59:59z';
accepted('static access_key_id=' . 'A' x 128 . " $sk", 'a long key id');
accepted("static $ak 'secret_access_key=a#b;c=d/e+f'", 'a secret of signs');

# expired credentials are accepted, as a reload may renew them

my ($status, $out) = check("static $ak $sk expires=2020-01-01T00:00:00Z");

is($status, 0, 'expired credentials do not keep nginx from starting');
like($out, qr/\[warn\] \S+ credentials of "\w+ static" have expired/,
     'expired credentials are warned of');


# credentials of the environment

my %env = (AWS_ACCESS_KEY_ID => 'AKIDEXAMPLE',
           AWS_SECRET_ACCESS_KEY => $secret);
my $needs = '"s3o_presign_credentials env" needs AWS_ACCESS_KEY_ID and '
            . 'AWS_SECRET_ACCESS_KEY in the environment of the master process';

for my $case (
    [{}, $needs],
    [{ AWS_ACCESS_KEY_ID => '', AWS_SECRET_ACCESS_KEY => $secret }, $needs],
    [{ AWS_SECRET_ACCESS_KEY => $secret }, $needs],
    [{ AWS_ACCESS_KEY_ID => 'AKIDEXAMPLE' },
     '"s3o_presign_credentials env": the secret access key is missing'],
    [{ %env, AWS_SECRET_ACCESS_KEY => "$secret\n" },
     "\"s3o_presign_credentials env\": the secret access key $strange"],
    [{ %env, AWS_ACCESS_KEY_ID => '"AKIDEXAMPLE"' },
     "\"s3o_presign_credentials env\": the access key id $quoted"],
    [{ %env, AWS_SECRET_ACCESS_KEY => "'$secret'" },
     "\"s3o_presign_credentials env\": the secret access key $quoted"],
    [{ %env, AWS_SESSION_TOKEN => "\"$token\"" },
     "\"s3o_presign_credentials env\": the session token $quoted"],
    [{ %env, AWS_ACCESS_KEY_ID => 'a/b' },
     "\"s3o_presign_credentials env\": the access key id $strange"],
    [{ %env, AWS_SESSION_TOKEN => "$token\t" },
     "\"s3o_presign_credentials env\": the session token $strange"],
    [{ %env, AWS_CREDENTIAL_EXPIRATION => 'soon' }, '"s3o_presign_credentials '
     . "env\" has invalid expiration \"soon\": $time"])
{
    refused('env', $case->[1], env => $case->[0]);
}

accepted('env', 'env', env => \%env);
accepted('env', 'env with all', env => {
    %env, AWS_SESSION_TOKEN => $token,
    AWS_CREDENTIAL_EXPIRATION => '2099-12-31T23:59:59Z' });


# files: [content, mode, message]

my $ini = "[default]\naws_access_key_id = AKIDEXAMPLE\n"
          . "aws_secret_access_key = $secret\n";
my $others = 'the file is accessible by others, expected a mode such as 0600 '
             . 'or 0640';
my $neither = 'neither JSON nor lines of "[profile]" and "key = value"';
my $no_profile = 'no such profile in the file';
my $size = 'the file is empty or over 64k';
my $no_version = 'expected "Version": 1';
my $no_string = 'a field of the JSON is not a string';
my $json = qq({"Version": 1, "AccessKeyId": "AKIDEXAMPLE",
               "SecretAccessKey": "$secret");

my $n = 0;

for my $case (
    (map { [$ini, $_, $others] } 0644, 0604, 0602, 0601, 0666, 0777),
    ['', 0600, $size],
    ["$ini#" . 'x' x 65536, 0600, $size],

    ["$secret\n", 0600, $neither],
    ["aws_secret_access_key = $secret\n", 0600, $neither],
    ["[default\naws_secret_access_key = $secret\n", 0600, $neither],
    ["$ini$secret\n", 0600, $neither, 4],
    ["$ini = x\n", 0600, $neither, 4],
    ["[default]\naws_secret_access_key = TOP\n $secret\n", 0600, $neither, 3],
    ["\0$ini", 0600, $neither],
    ["[other]\n$secret\n", 0600, $neither, 2],
    ["[default]\n\tregion = x\n", 0600, 'the access key id is missing'],
    ["\n\n$ini" =~ s/(key = )(.*)/$1"$2"/r, 0600,
     "the secret access key $quoted", 3],
    ["${ini}role_arn = arn:aws:iam::123456789012:role/web\n", 0600,
     'it has "role_arn", which needs "config="'],
    (map { ["${ini}$_ = $secret\n", 0600, 'it has "sso_*", '
            . '"credential_process" or "login_session", which is not '
            . 'supported: let a timer write the credentials to a JSON file '
            . 'with "aws configure export-credentials"'] }
     'sso_session', 'SSO_Start_URL', 'credential_process', 'login_session'),

    [$ini =~ s/default/other/r, 0600, $no_profile],
    [$ini =~ s/default/Default/r, 0600, $no_profile],
    [$ini =~ s/default/profile default/r, 0600, $no_profile],
    ["# nothing\n", 0600, $no_profile],
    [" \n\n", 0600, $no_profile],
    [$ini =~ s/.*secret.*//r, 0600, 'the secret access key is missing'],
    [$ini =~ s/(secret.*=).*/$1/r, 0600, 'the secret access key is missing'],
    [$ini =~ s/.*key_id.*//r, 0600, 'the access key id is missing'],
    [$ini =~ s/AKID/AK ID/r, 0600, "the access key id $strange"],
    [$ini =~ s/(id = )(.*)/$1"$2"/r, 0600, "the access key id $quoted"],
    [$ini =~ s/(id = )(.*)/$1'$2'/r, 0600, "the access key id $quoted"],
    [$ini =~ s/(key = )(.*)/$1"$2"/r, 0600,
     "the secret access key $quoted"],
    ["${ini}aws_session_token = \"$token\"\n", 0600,
     "the session token $quoted"],
    ["$json}" =~ s/"AKIDEXAMPLE"/"\\"AKIDEXAMPLE\\""/r, 0600,
     "the access key id $quoted"],
    ["$json, \"SessionToken\": \"'$token'\"}", 0600,
     "the session token $quoted"],
    [$ini =~ s/SECRET/SECRET\x01/r, 0600, "the secret access key $strange"],
    ["${ini}aws_session_token = $token $token\n", 0600,
     "the session token $strange"],

    ['{', 0600, 'not a JSON object'],
    [$json, 0600, 'not a JSON object'],
    ["$json} x", 0600, 'not a JSON object'],
    ["$json, \"AccessKeyId\": \"$secret\"}", 0600, 'not a JSON object'],
    ["$json, \"SessionToken\": \"$token\\u0000\"}", 0600,
     'not a JSON object'],
    ['{}', 0600, $no_version],
    ["$json}" =~ s/1/2/r, 0600, $no_version],
    ["$json}" =~ s/1/"1"/r, 0600, $no_version],
    ["$json}" =~ s/"Version": 1,//r, 0600, $no_version],
    ["$json}" =~ s/"AKIDEXAMPLE"/7/r, 0600, $no_string],
    ["$json}" =~ s/"AKIDEXAMPLE"/null/r, 0600, 'the access key id is missing'],
    ["$json}" =~ s/"AKIDEXAMPLE"/""/r, 0600, 'the access key id is missing'],
    ["$json}" =~ s/AccessKeyId/accessKeyId/r, 0600,
     'the access key id is missing'],
    ["$json}" =~ s/"TOP.*?"/{"a": "$secret"}/r, 0600, $no_string],
    ["$json}" =~ s/TOP/TOP\\n/r, 0600, "the secret access key $strange"],
    ["$json, \"SessionToken\": [\"$token\"]}", 0600, $no_string],
    ["$json, \"Expiration\": 1893456000}", 0600, $no_string],
    ["$json, \"Expiration\": \"soon\"}", 0600, '"Expiration" is not a time '
     . 'such as 2030-01-31T12:00:00Z'])
{
    my ($content, $mode, $why, $line) = @$case;
    my $name = sprintf 'file-%02d', ++$n;

    # the message names the line of the file

    $why .= $why eq $no_profile ? ' (profile "default")'
            : ' (profile "default", line ' . ($line // 1) . ')'
        if $content !~ /^\{/ && $why ne $others && $why ne $size;

    $t->write_file($name, $content, $mode);
    refused("file path=$dir/$name",
            "\"s3o_presign_credentials file\" \"$dir/$name\": $why",
            name => sprintf 'a file of mode %o and "%s"', $mode,
                    substr($content, 0, 30) =~ s/[^ -~]+/./gr);
}

$t->write_file('ini', $ini, 0600)->write_file('json', "$json}", 0640);

accepted("file path=$dir/ini", 'a profile');
accepted('file path=ini', 'a path that is relative to the configuration');
accepted("file path=$dir/ini profile=default", 'a profile by its name');
accepted("file path=$dir/json", 'JSON');

# a bad line in another profile is skipped with a warning

for my $case (["$ini\n[]\n", 5], ["$ini\[other]\n$secret\n", 5],
              ["[other]\nx = y\n$secret\n= x\n$ini", 3])
{
    my ($content, $line) = @$case;

    $t->write_file('skipped', $content, 0600);

    my ($rc, $text) = check("file path=$dir/skipped");

    is($rc, 0, "line $line, of another profile: accepted");
    like($text, qr/\[warn\].*skipped": line $line is neither (?x:
                   )"\[profile\]" nor "key = value" and is skipped in /,
         "line $line: a warning");
    unlike($text, qr/TOPSECRET/, "line $line: no secret is shown");
}

refused("file path=$dir/ini profile=other",
        "\"s3o_presign_credentials file\" \"$dir/ini\": $no_profile "
        . '(profile "other")');
refused("file path=$dir/json profile=default",
        "\"s3o_presign_credentials file\" \"$dir/json\": JSON has no profiles, "
        . 'expected no "profile="');
refused('file', '"s3o_presign_credentials file" needs "path="');
refused('file profile=default', '"s3o_presign_credentials file" needs '
                                . '"path="');
refused("file path=$dir/nowhere", "\"s3o_presign_credentials file\" \"$dir/"
        . 'nowhere": open() failed (2: No such file or directory)');
refused("file path=$dir/ini/x", "\"s3o_presign_credentials file\" \"$dir/"
        . 'ini/x": open() failed (20: Not a directory)');
refused("file path=$dir", "\"s3o_presign_credentials file\" \"$dir\": not a "
                          . 'regular file');

# a FIFO without a writer would block its reader

mkfifo("$dir/fifo", 0600) or die "mkfifo() failed: $!";
refused("file path=$dir/fifo", "\"s3o_presign_credentials file\" \"$dir/fifo\""
                               . ': not a regular file');

symlink "$dir/ini", "$dir/link" or die "symlink() failed: $!";
accepted("file path=$dir/link", 'a symbolic link');

# credentials that no location uses must be readable, too: one may use them
# after a reload

($status) = $t->check_server('s3o_presign_credentials file path=/nowhere;'
                             . 'location / { }');
is($status, 1, 'a source that no location uses is read');

$t->done();


sub check {
    my ($source, %o) = @_;

    return $t->check_location('s3o_presign_access_point ' . ARN . ";\n"
        . "s3o_presign json;\ns3o_presign_credentials $source;", %o);
}


sub refused {
    my ($source, $message, %o) = @_;

    my ($rc, $text) = check($source, %o);
    my ($said) = $text =~ /\[emerg\] \d+#\d+: (.*?) in \S+check\.conf:\d+$/m;
    my $name = $o{name} // $source =~ s/\Q$dir\E/DIR/gr =~ s/(.{50}).*/$1.../sr;

    $said //= $text;

    subtest "refused: $name" => sub {
        is($rc, 1, 'nginx -t fails');
        ref $message ? like($said, $message, 'the message says why')
                     : is($said, $message, 'the message says why');
        unlike($text, qr/TOPSECRET/, 'the message shows no secret');
    };
}


sub accepted {
    my ($source, $name, %o) = @_;

    my ($rc, $text) = check($source, %o);

    is($rc, 0, "accepted: $name") or diag($text);
    unlike($text, qr/TOPSECRET/, "no secret is shown: $name");
}
