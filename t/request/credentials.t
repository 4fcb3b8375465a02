#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Credentials: static, from the environment and from files, with and without a
# session token, read at start and again at reload.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url is_signed);
use S3O::Process qw(slurp);

my $t = S3O::Nginx->new();
my $dir = $t->testdir();

# unusual profiles: [content, profile, access key, secret, token]

my $next = "aws_secret_access_key = SECRET\n";
my $plain = "aws_access_key_id = AKID\n$next";

my @ini = (
    ["[default]\n$plain", undef, 'AKID', 'SECRET'],
    ["[default]\n$plain" =~ s/\n/\r\n/gr, undef, 'AKID', 'SECRET'],
    ["\xef\xbb\xbf[default]\n$plain", undef, 'AKID', 'SECRET'],
    ["[default]\n$plain" =~ s/\n\z//r, undef, 'AKID', 'SECRET'],
    ["[default]\n$plain" =~ s/ = /=/gr, undef, 'AKID', 'SECRET'],
    ["[default]\n$plain" =~ s/ = /\t =\t/gr, undef, 'AKID', 'SECRET'],
    ["[default]\n$plain" =~ s/(aws_\w+)/uc $1/ger, undef, 'AKID', 'SECRET'],
    ["[ default ]  # mine\n$plain", undef, 'AKID', 'SECRET'],
    ["\n# a\n ; b\n[default]\n;c\n$plain# d", undef, 'AKID', 'SECRET'],
    ["[default]\n$plain" =~ s/SECRET/a#b;c=d/r, undef, 'AKID', 'a#b;c=d'],
    ["[default]\n$plain" =~ s/SECRET/ab #cd/r, undef, 'AKID', 'ab'],
    ["[default]\n$plain" =~ s/SECRET/ab\t; cd/r, undef, 'AKID', 'ab'],
    ["[default]\n${plain}aws_access_key_id = LAST\n", undef, 'LAST', 'SECRET'],
    ["[default]\naws_access_key_id = AKID\n[b]\nx = y\n[default]\n$next",
     undef, 'AKID', 'SECRET'],
    ["[a]\naws_access_key_id = A\n$next\[b]\naws_access_key_id = B\n$next",
     'b', 'B', 'SECRET'],
    ["[a.b-c/d\@e]\n$plain", 'a.b-c/d@e', 'AKID', 'SECRET'],
    ["[two words]\n$plain", 'two words', 'AKID', 'SECRET'],
    ["[profile a]\naws_access_key_id = NO\n$next\[a]\n$plain", 'a', 'AKID',
     'SECRET'],
    ["[default]\n${plain}s3 =\n  max_queue_size = 1\n  a = b\nregion = x\n",
     undef, 'AKID', 'SECRET'],
    ["[default]\n${plain}aws_session_token = to/ken+A==\n", undef, 'AKID',
     'SECRET', 'to/ken+A=='],
    ["[default]\n${plain}aws_session_token =\n", undef, 'AKID', 'SECRET'],
    ["[a]\naws_session_token = of-another\n[default]\n$plain", undef, 'AKID',
     'SECRET'],
);

# unusual JSON: [content, access key, secret, token]

my $json = '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "SECRET"';

my @json = (
    ["$json}", 'AKID', 'SECRET'],
    [" \r\n\t$json}\n\n", 'AKID', 'SECRET'],
    ["$json, \"SessionToken\": \"to/ken\"}", 'AKID', 'SECRET', 'to/ken'],
    ["$json, \"SessionToken\": null, \"Expiration\": null}", 'AKID', 'SECRET'],
    ["$json, \"SessionToken\": \"\", \"Expiration\": \"\"}", 'AKID', 'SECRET'],
    ["$json, \"Expiration\": \"2099-01-01T00:00:00Z\"}", 'AKID', 'SECRET'],
    ["$json, \"AccountId\": \"1\", \"x\": {\"AccessKeyId\": [1]}}", 'AKID',
     'SECRET'],
    ["$json}" =~ s/SECRET/\\u0053\\\/x/r, 'AKID', 'S/x'],
);

my (@cases, $locations);

for my $case (@ini) {
    my ($content, $profile, @set) = @$case;
    my $n = @cases;

    $t->write_file("ini-$n", $content, 0600);
    location("file path=$dir/ini-$n"
             . (defined $profile ? " 'profile=$profile'" : ''), @set[0 .. 2],
             'the profile ' . shown($content));
}

for my $case (@json) {
    my ($content, @set) = @$case;
    my $n = @cases;

    $t->write_file("json-$n", $content, 0640);
    location("file path=json-$n", @set[0 .. 2], shown($content));
}

location('static access_key_id=STATIC secret_access_key=S1',
         'STATIC', 'S1', undef, 'static');
location('static access_key_id=STATIC secret_access_key=S2',
         'STATIC', 'S2', undef, 'static, another secret');
location("static access_key_id=STATIC secret_access_key=S1 session_token=T/1=",
         'STATIC', 'S1', 'T/1=', 'static with a token');
location('env', 'ENVKEY', 'ENVSECRET', 'ENVTOKEN', 'env');

my $said = join ' ', map { "\$s3o_presign_$_" }
                     qw(access_key_id security_token url);

$t->write_file('changing', "[default]\naws_access_key_id = OLD\n"
                           . "aws_secret_access_key = OLDSECRET\n"
                           . "aws_session_token = OLDTOKEN\n", 0600);

$t->env(AWS_ACCESS_KEY_ID => 'ENVKEY', AWS_SECRET_ACCESS_KEY => 'ENVSECRET',
        AWS_SESSION_TOKEN => 'ENVTOKEN', AWS_SECURITY_TOKEN => 'not this',
        AWS_CREDENTIAL_EXPIRATION => '2099-01-01T00:00:00Z');

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  @{[ ARN ]};

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        s3o_presign  json;

        $locations

        location /changing/ {
            s3o_presign_credentials  file path=$dir/changing;
        }

        location /on/ {
            s3o_presign              on;
            s3o_presign_credentials  file path=$dir/changing;
            try_files                /nothing \@on;
        }

        location \@on {
            s3o_presign  off;
            return       200 "$said";
        }
    }
}

EOC

for my $case (@cases) {
    my ($id, $access_key, $secret, $token, $name) = @$case;
    my $u = url("/$id/x");

    is($u->{access_key}, $access_key, "$name: the key");
    is($u->{token}, $token, "$name: the token");
    ok(is_signed($u, secret_key => $secret), "$name: the signature");
}

# the signature covers the session token

my $u = url('/changing/x');

ok(is_signed($u, secret_key => 'OLDSECRET'),
   'the signature is right with the token');
ok(!is_signed($u, secret_key => 'OLDSECRET', session_token => undef),
   'the signature is wrong without the token');
is(scalar(grep { /Security-Token/i } map { $_->[0] } @{ $u->{query} }), 1,
   'the URL has the token once');
like($t->request(uri => '/on/x')->{body}, qr{^OLD OLDTOKEN https://},
     'the variables have the same credentials');


# a reload takes new content, and refuses bad content

my ($env) = grep { $_->[4] eq 'env' } @cases;

$t->write_file('changing', "[default]\naws_access_key_id = NEW\n"
                           . "aws_secret_access_key = NEWSECRET\n", 0600);
ok($t->reload(), 'nginx reloads');

$u = url('/changing/x');
is($u->{access_key}, 'NEW', 'the reload reads the access key again');
is($u->{token}, undef, 'the reload drops the old token');
ok(is_signed($u, secret_key => 'NEWSECRET'), 'the new secret signs');

$u = url("/$env->[0]/x");
is($u->{access_key}, 'ENVKEY', 'the access key of the environment stays');
ok(is_signed($u, secret_key => 'ENVSECRET'),
   'the secret of the environment still signs');

for my $bad (
    ['no lines of a profile', "NEWSECRET\n", 0600],
    ['no secret', "[default]\naws_access_key_id = X\n", 0600],
    ['the wrong mode', slurp("$dir/changing"), 0644])
{
    my ($what, $content, $mode) = @$bad;

    $t->write_file('changing', $content, $mode);
    ok(!$t->reload(), "$what: the reload is refused");
    is(url('/changing/x')->{access_key}, 'NEW', "$what: the old set stays");
}

$t->todo_alerts(qr/\[emerg\].*"s3o_presign_credentials file" "\S+changing": /);

$t->write_file('changing', "{\"Version\": 1, \"AccessKeyId\": \"JSON\","
                           . "\"SecretAccessKey\": \"JSONSECRET\"}", 0600);
ok($t->reload(), 'nginx reloads when the file is good again');
is(url('/changing/x')->{access_key}, 'JSON',
   'the reload reads the file in its new format');


# the log of this server has the debug level

my $log = slurp("$dir/error.log");
my @seen = grep { $log =~ /\b\Q$_\E\b/ }
           qw(ENVSECRET OLDSECRET NEWSECRET JSONSECRET);

is("@seen", '', 'no secret is in the log');
unlike(join("\n", $t->log_errors('info')), qr/TOKEN/,
       'no token is in the log above the debug level');

$t->stop();


# AWS_SECURITY_TOKEN, the old name of the session token in SDKs

my $old = S3O::Nginx->new();

$old->env(AWS_ACCESS_KEY_ID => 'ENVKEY', AWS_SECRET_ACCESS_KEY => 'ENVSECRET',
          AWS_SESSION_TOKEN => '', AWS_SECURITY_TOKEN => 'OLDNAME');
$old->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen                    127.0.0.1:%%PORT_8080%%;
        s3o_presign               json;
        s3o_presign_access_point  @{[ ARN ]};
        s3o_presign_credentials   env;

        location / { }
    }
}

EOC

$u = parse_url(decode_json($old->request(uri => '/x')->{body})->{url});
is($u->{token}, 'OLDNAME', 'the token is read by its old name');
ok(is_signed($u, secret_key => 'ENVSECRET'),
   'the token of the old name is signed');

$t->done();


sub location {
    my ($source, $access_key, $secret, $token, $name) = @_;

    my $id = 'case-' . @cases;

    push @cases, [$id, $access_key, $secret, $token, $name];

    $locations .= "location /$id/ { s3o_presign_credentials $source; }\n";
}


sub shown {
    my ($content) = @_;

    return '"' . ($content =~ s/\n/|/gr =~ s/[^ -~]/./gr) . '"';
}


# each request has a connection of its own, as a reload ends open connections

sub url {
    my ($uri) = @_;

    return parse_url(decode_json($t->request(uri => $uri)->{body})->{url});
}
