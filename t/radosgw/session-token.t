#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Temporary credentials that a real STS has issued, from each kind of source,
# used for redirects and in proxy mode.

use strict;
use warnings;

use JSON::PP ();
use Test::More;
use Time::Local qw(timegm);

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4 qw(uri_decode);

# at the debug level nginx itself would log what it sends

my $t = S3O::Nginx->new(log_level => 'info')->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new(sts => 1)->start();
my $session = $s3->session_token(3600);

$t->subst(ARN => $s3->arn(), S3 => $s3->sts_port(),
          KEY => $session->{access_key}, SECRET => $session->{secret_key},
          TOKEN => $session->{session_token}, END => $session->{expiration});

# S3 compares the whole token, so a shorter token is a wrong one

$t->subst(BAD => substr $session->{session_token}, 4);

$t->write_file('credentials', <<"EOC", 0600);
[default]
aws_access_key_id = $session->{access_key}
aws_secret_access_key = $session->{secret_key}
aws_session_token = $session->{session_token}
EOC

write_json($session);

$t->env(AWS_ACCESS_KEY_ID => $session->{access_key},
        AWS_SECRET_ACCESS_KEY => $session->{secret_key},
        AWS_SESSION_TOKEN => $session->{session_token},
        AWS_CREDENTIAL_EXPIRATION => $session->{expiration});

my @sources = qw(static file json env);

$t->subst(STATIC => 'static access_key_id=%%KEY%% secret_access_key=%%SECRET%%'
                    . ' session_token=%%TOKEN%% expires=%%END%%',
          FILE   => 'file path=%%TESTDIR%%/credentials',
          JSON   => 'file path=%%TESTDIR%%/credentials.json',
          ENV    => 'env');

my $locations = join '', map { location($_) } @sources;

$t->write_file_expand('nginx.conf', $t->expand(<<"EOC"))->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_endpoint      http://localhost:%%S3%%;
    s3o_presign_methods       GET HEAD PUT DELETE;
    s3o_presign_expires       2h;

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;
$locations
        location /redirect/bad/ {
            s3o_presign              redirect;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     session_token=%%BAD%%;
        }

        location /redirect/none/ {
            s3o_presign              redirect;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%;
        }

        location /proxy/none/ {
            s3o_presign              proxy;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%;
            proxy_pass               http://127.0.0.1:%%S3%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);

operations($_) for @sources;
lifetime();
tokens();
replaced();

# a token must not be in a log

for my $file (qw(error.log access.log)) {
    my $log = uri_decode($t->read_file($file));

    ok(index($log, substr $session->{session_token}, 8, 40) < 0,
       "no token in $file");
    ok(index($log, $session->{secret_key}) < 0, "no secret in $file");
}

$t->done();


sub location {
    my ($source) = @_;

    return <<"EOC";
        location /redirect/$source/ {
            s3o_presign              redirect;
            s3o_presign_credentials  %%\U$source\E%%;
        }

        location /proxy/$source/ {
            s3o_presign              proxy;
            s3o_presign_credentials  %%\U$source\E%%;
            proxy_pass               http://127.0.0.1:%%S3%%;
        }

EOC
}


sub operations {
    my ($source) = @_;

    for my $way (qw(redirect proxy)) {
        my %o = (follow => $way eq 'redirect');
        my $url = "$base/$way/$source/dir/a%20b+c";
        my $text = "$source $way";

        my $r = curl($url, %o, upload => $text);
        is($r->{status}, 200, "$source, $way: PUT") or diag($r->{body});

        $r = curl($url, %o);
        is("$r->{status} $r->{body}", "200 $text", "$source, $way: GET");
        is($s3->signed(key => 'dir/a b+c')->{body}, $text,
           "$source, $way: the object is what was sent");
        is(curl($url, %o, method => 'HEAD')->{status}, 200,
           "$source, $way: HEAD");
        is(curl($url, %o, method => 'DELETE')->{status}, 204,
           "$source, $way: DELETE");
    }
}


# A URL must not outlive its token.  A file of the AWS CLI's form does not tell
# the end of the token.

sub lifetime {
    my ($y, $mo, $d, $h, $m, $s) = $session->{expiration}
        =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/;
    my $end = timegm($s, $m, $h, $d, $mo - 1, $y);

    for my $source (@sources) {
        my $url = curl("$base/redirect/$source/a")->{headers}{location}[0];
        my ($date, $life) = $url =~ /X-Amz-Date=(\w+)&X-Amz-Expires=(\d+)&/;
        my ($hour, $minute, $second) = $date =~ /T(..)(..)(..)Z/;
        my $day = timegm(0, 0, 0, substr($date, 6, 2),
                         substr($date, 4, 2) - 1, substr $date, 0, 4);
        my $at = $day + $hour * 3600 + $minute * 60 + $second;

        is($at + $life, $source eq 'file' ? $at + 7200 : $end,
           "$source: the URL ends no later than the token");
    }
}


sub tokens {
    $s3->signed(method => 'PUT', key => 'a', body => 'text');

    my $url = curl("$base/redirect/static/a")->{headers}{location}[0];

    is(curl($url)->{body}, 'text', 'a URL with a token');

    my $without = $url =~ s/&X-Amz-Security-Token=[^&]+//r;
    isnt($without, $url, 'the URL has a token');
    is(curl($without)->{status}, 403, 'the URL is refused without its token');
    like(curl($url =~ s/(X-Amz-Security-Token=.{20})(.)/
                        $1 . ($2 eq 'A' ? 'B' : 'A')/erx)->{status},
         qr/^40[03]$/, 'the URL is refused with another token');
    is(curl($url =~ s/(\w)$/$1 eq '0' ? 1 : 0/er)->{status}, 403,
       'the URL is refused with another signature');

    like(curl("$base/redirect/bad/a", follow => 1)->{status}, qr/^40[03]$/,
         'half a token is refused');
    is(curl("$base/redirect/none/a", follow => 1)->{status}, 403,
       'keys of a session without their token are refused');

    my $r = curl("$base/proxy/none/a");
    like($r->{status}, qr/^(?:403|502)$/,
         'keys without their token are refused in proxy mode');
    unlike($r->{body}, qr/text|\Q$session->{secret_key}\E/,
           'the refusal shows no secret');
}


# A reload brings the next token, and old URLs are still valid.

sub replaced {
    my $old = curl("$base/redirect/json/a")->{headers}{location}[0];
    my $next = $s3->session_token(1800);

    write_json($next);
    ok($t->reload(), 'a reload with the next token');

    my $r = curl("$base/redirect/json/a", follow => 1);
    is("$r->{status} $r->{body}", '200 text', 'the next token is accepted');
    like($r->{url}, qr/\Q$next->{access_key}\E/,
         'the URL has the next access key');

    $r = curl("$base/proxy/json/a");
    is("$r->{status} $r->{body}", '200 text',
       'the next token is accepted in proxy mode');

    is(curl($old)->{body}, 'text', 'the old URL is still valid');
}


sub write_json {
    my ($set) = @_;

    $t->write_file('credentials.json', JSON::PP->new->encode({
        Version         => 1,
        AccessKeyId     => $set->{access_key},
        SecretAccessKey => $set->{secret_key},
        SessionToken    => $set->{session_token},
        Expiration      => $set->{expiration},
    }), 0600);
}
