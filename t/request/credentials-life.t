#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The life of credentials: no URL outlives the set that signed it, and where
# none is valid the answer is 503 and nothing is signed.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Faketime;
use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url is_signed);

my $t = S3O::Nginx->new()->has('faketime');
my $dir = $t->testdir();

my $start = S3O::Faketime::to_epoch('2024-03-01 12:02:00');
my $end = '2024-03-01T12:07:00Z';                           # 300 s later

my $set = 'access_key_id=AKID secret_access_key=SECRET session_token=TOKEN';
my %sources = (
    static => "static $set expires=$end",
    env    => 'env',
    file   => "file path=$dir/json",
);

write_json('AKID', $end);

$t->env(AWS_ACCESS_KEY_ID => 'AKID', AWS_SECRET_ACCESS_KEY => 'SECRET',
        AWS_SESSION_TOKEN => 'TOKEN', AWS_CREDENTIAL_EXPIRATION => $end);

my $said = join ' ', map { "\$s3o_presign_$_" } qw(url expires expires_at);

my $locations = join '', map { <<"EOC" } sort keys %sources;
        location /$_/ {
            s3o_presign_credentials  $sources{$_};

            location /$_/json/ {
                s3o_presign  json;
            }

            location /$_/redirect/ {
                s3o_presign  redirect;
            }

            location /$_/window/ {
                s3o_presign         redirect;
                s3o_presign_window  5m;
            }

            location /$_/short/ {
                s3o_presign          json;
                s3o_presign_expires  10s;
            }

            location /$_/on/ {
                s3o_presign       on;
                proxy_set_header  X-Said "$said";
                proxy_pass        http://127.0.0.1:%%PORT_8081%%;
            }

            location /$_/proxy/ {
                s3o_presign       proxy;
                proxy_set_header  X-Said \$http_x_none;
                proxy_pass        http://127.0.0.1:%%PORT_8081%%;
            }
        }

EOC

$t->faketime($start)->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen                    127.0.0.1:%%PORT_8080%%;
        server_name               localhost;

        s3o_presign_access_point  @{[ ARN ]};
        add_header                X-Result \$s3o_presign_result always;

$locations
        location /sorry/ {
            s3o_presign              json;
            s3o_presign_credentials  $sources{static};
            error_page               503 \@sorry;
        }

        location \@sorry {
            return 503 "[\$s3o_presign_url\$s3o_presign_uri\$s3o_presign_authorization\$s3o_presign_security_token\$s3o_presign_access_key_id\$s3o_presign_date\$s3o_presign_expires] \$s3o_presign_result";
        }

        location /for-ever/ {
            s3o_presign              json;
            s3o_presign_expires      7d;
            s3o_presign_credentials  static $set;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return 200 "backend \$http_x_said|\$http_authorization";
        }
    }
}

EOC

my @modes = qw(json redirect window short on proxy);

# seconds since the start -> the answer of each mode: the number of seconds
# that the URL still lives, 1 where only the signature is known, or 503

my @clock = (
    [0,   json => 300, redirect => 300, window => 300, short => 10,
          on => 300,   proxy => 1],
    [120, json => 180, redirect => 180, window => 180, short => 10,
          on => 180,   proxy => 1],
    [270, json => 30,  redirect => 30,  window => 30,  short => 10,
          on => 30,    proxy => 1],
    [271, json => 503, redirect => 503, window => 503, short => 10,
          on => 503,   proxy => 1],
    [290, json => 503, redirect => 503, window => 503, short => 10,
          on => 503,   proxy => 1],
    [291, json => 503, redirect => 503, window => 503, short => 503,
          on => 503,   proxy => 1],
    [299, json => 503, redirect => 503, window => 503, short => 503,
          on => 503,   proxy => 1],
    [300, map { $_ => 503 } @modes],
    [400, map { $_ => 503 } @modes],
);

for my $moment (@clock) {
    my ($seconds, %expected) = @$moment;

    $t->set_faketime($start + $seconds);

    for my $source (sort keys %sources) {
        is_deeply({ map { $_ => life("/$source/$_/x", $seconds) } @modes },
                  \%expected, "$source, after $seconds s");
    }

    is(life('/for-ever/x', $seconds), 604800, "no end, after $seconds s");
}


# what must be in no answer, and how the log reports the refusal

$t->set_faketime($start + 301);

my $number = qr/^[1-9]\d?$/;

for my $mode (@modes) {
    # the log gets at most one error a second

    sleep 1.1;
    $t->clear_log();

    my $r = $t->request(uri => "/file/$mode/x");

    is($r->{status}, 503, "$mode: no valid credentials");
    like($r->{headers}{'retry-after'}[0], $number,
         "$mode: Retry-After says when the client may come again");
    is($r->{headers}{'x-result'}[0], 'credentials', "$mode: the result");
    is($r->{headers}{location}, undef, "$mode: no location");
    unlike($r->{raw} =~ s/^x-amz-request-id: \w+\r$//mr,
           qr/X-Amz|backend|amazonaws|AKID|TOKEN/i,
           "$mode: nothing is signed or passed on");

    my @lines = $t->log_errors('notice');

    is(scalar @lines, 1, "$mode: one line in the log") or diag(@lines);
    like($lines[0], qr/\[error\].*s3o_presign: not signed: no valid cred/,
         "$mode: the log says why");
}

my $r = $t->request(uri => '/sorry/x');
is($r->{status}, 503,
   'a request with an error page of the site is answered with 503');
like($r->{headers}{'retry-after'}[0], $number,
     'the error page has the Retry-After header, too');
is($r->{body}, '[] credentials',
   'the variables of the signature are empty in the error page');


# a reload reads the files again

write_json('NEWKEY', '2024-03-01T13:00:00Z');
ok($t->reload(), 'nginx reloads');

my $u = parse_url(decode_json($t->request(uri => '/file/json/x')->{body})
                  ->{url});

is($u->{access_key}, 'NEWKEY', 'the reload reads new credentials');
is($u->{expires}, 900, 'URLs of the new credentials live their full time');
is($t->request(uri => '/static/json/x')->{status}, 503,
   'credentials that are not in a file stay expired after the reload');
$t->error_log_like(qr/\[warn\].*credentials of "\w+ static" have expired/,
                   'the reload warns of expired credentials');

$t->done();


sub write_json {
    my ($access_key, $expiration) = @_;

    $t->write_file('json', qq({"Version": 1, "AccessKeyId": "$access_key",
                               "SecretAccessKey": "SECRET",
                               "SessionToken": "TOKEN",
                               "Expiration": "$expiration"}), 0600);
}


# returns the seconds that the URL in an answer still lives, or the status, or
# a text that says what is wrong with the URL

sub life {
    my ($uri, $now) = @_;

    my $answer = $t->request(uri => $uri);
    my $json = $answer->{body} =~ /^\{/ ? decode_json($answer->{body}) : {};
    my ($said, $authorization) = $answer->{body} =~ /^backend (.*)\|(.*)/;
    my ($url, $in, $at) = split / /, $said // '';

    return $answer->{status} if $answer->{status} >= 400;
    if ($uri =~ /proxy/) {
        return $authorization =~ /^AWS4-HMAC-SHA256 Credential=AKID/
               ? 1 : 'not signed';
    }

    $url = $json->{url} // $answer->{headers}{location}[0] // $url;
    $in //= $json->{expires_in};
    $at //= $json->{expires_at};

    my $p = parse_url($url);
    my $signed = S3O::Faketime::to_epoch($p->{date}) - $start - $now;
    my $life = $signed + $p->{expires};
    my $max_age = $answer->{headers}{'cache-control'}[0] // '';

    return 'not signed' unless is_signed($p, secret_key => 'SECRET');
    return "said $in" if defined $in && $in != $life;
    return "said $at" if defined $at
                         && S3O::Faketime::to_epoch($at) != $start + $now
                                                            + $life;
    return "kept for $1" if $max_age =~ /max-age=(\d+)/ && $1 > $life;

    return $life;
}
