#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Directives whose value is a variable: the mode, the method that is signed
# and the expiry.  The value is checked for each request as strictly as a
# constant.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN HOST SECRET_KEY parse_url own_query is_signed);

my $t = S3O::Nginx->new(log_level => 'info');

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    map \$arg_write \$verb {
        1        PUT;
        default  "";
    }

    server {
        listen                    127.0.0.1:%%PORT_8080%%;
        server_name               localhost;

        s3o_presign_access_point  @{[ ARN ]};
        s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                                  secret_access_key=@{[ SECRET_KEY ]};
        add_header                X-Result \$s3o_presign_result always;

        location /mode/ {
            s3o_presign       \$s3o_presign_arg_mode;
            s3o_presign_args  a;
            proxy_set_header  X-Url \$s3o_presign_url;
            proxy_pass        http://127.0.0.1:%%PORT_8081%%;
        }

        location /part/ {
            s3o_presign  "re\$arg_mode";
        }

        location /method/ {
            s3o_presign              json;
            s3o_presign_methods      GET PUT;
            s3o_presign_sign_method  \$arg_method;
            s3o_presign_multipart    on;
            s3o_presign_list         on;
        }

        location /map/ {
            s3o_presign              json;
            s3o_presign_methods      HEAD GET PUT;
            s3o_presign_sign_method  \$verb;
        }

        location /fixed/ {
            s3o_presign              redirect 303;
            s3o_presign_methods      PUT;
            s3o_presign_sign_method  PUT;
        }

        location /expires/ {
            s3o_presign          json;
            s3o_presign_expires  \$s3o_presign_arg_ttl;
        }

        location /minutes/ {
            s3o_presign          json;
            s3o_presign_expires  \${arg_ttl}m;
        }

        location /window/ {
            s3o_presign          json;
            s3o_presign_expires  \$arg_ttl;
            s3o_presign_window   1h;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return 200 "\$http_x_url|\$http_authorization|\$request_uri";
        }
    }
}

EOC

my $expected = 'expected "off", "on", "redirect", "json" or "proxy"';


# s3o_presign

my $r = $t->request(uri => '/mode/k?mode=redirect&a=1');
is($r->{status}, 307, 'redirect');
ok(is_signed($r->{headers}{location}[0]), 'redirect: the signature');
is(own_query($r->{headers}{location}[0]), 'a=1', 'redirect: the argument');

$r = $t->request(uri => '/mode/k?mode=json&a=1');
is($r->{headers}{'content-type'}[0], 'application/json', 'json');
ok(is_signed(decode_json($r->{body})->{url}), 'json: the signature');

$r = $t->request(uri => '/mode/k?mode=on&a=1');
my ($url, $authorization, $uri) = split /\|/, $r->{body};
ok(is_signed($url), 'on: the signature');
is($authorization, '', 'on: the header form is for the application');
is($uri, '/mode/k?mode=on&a=1', 'on: the request is not changed');

$r = $t->request(uri => '/mode/k?mode=proxy&a=1');
($url, $authorization, $uri) = split /\|/, $r->{body};
is($url, 'https://' . HOST . '/k?a=1', 'proxy: a bare URL');
like($authorization, qr/^AWS4-HMAC-SHA256 /, 'proxy: signed in a header');
is($uri, '/k?a=1', 'proxy: the signed request is sent');

$r = $t->request(uri => '/mode/k?mode=off&a=1');
is($r->{body}, '||/mode/k?mode=off&a=1', 'off: nothing is signed');
is($r->{headers}{'x-result'}, undef, 'off: nothing was refused');

is($t->request(uri => '/part/k?mode=direct')->{status}, 307,
   'a value may be a word with a variable in it');

for my $case (
    ['/mode/k', ''],
    ['/mode/k?mode=', ''],
    ['/mode/k?mode=Redirect', 'Redirect'],
    ['/mode/k?mode=redirect+307', 'redirect 307'],
    ['/mode/k?mode=307', '307'],
    ['/mode/k?mode=redirect%00', 'redirect?'],
    ['/mode/k?mode=a%0d%0a2026/01/01+[alert]+forged', 'a??2026/01/01 [alert] '
     . 'forged'],
    ['/mode/k?mode=' . 'x' x 2000, 'x' x 256],
    ['/part/k?mode=ject', 'reject'])
{
    my ($from, $value) = @$case;

    refused($from, 's3o_presign', $value, $expected);
}


# s3o_presign_sign_method: [URI, method of the request, signed method]

for my $case (
    ['/method/k?method=PUT', 'GET', 'PUT'],
    ['/method/k?method=GET', 'GET', 'GET'],
    ['/method/k?method=GET', 'POST', 'GET'],
    ['/method/k?method=PUT', 'PUT', 'PUT'],
    ['/method/k?method=', 'PUT', 'PUT'],
    ['/method/k', 'GET', 'GET'],
    ['/map/k?write=1', 'GET', 'PUT'],
    ['/map/k?write=1', 'HEAD', undef],
    ['/map/k', 'GET', 'GET'],
    ['/method/k?method=POST&uploads', 'GET', 'POST', 'uploads='],
    ['/method/k?method=PUT&partNumber=2&uploadId=ID', 'GET', 'PUT',
     'partNumber=2&uploadId=ID'],
    ['/method/k?method=DELETE&uploadId=ID', 'GET', 'DELETE', 'uploadId=ID'],
    ['/method/?method=GET&list-type=2', 'POST', 'GET', 'list-type=2'])
{
    my ($from, $method, $signed, $query) = @$case;

    $r = $t->request(uri => $from, method => $method);

    is($r->{status}, 200, "$method $from");
    next unless defined $signed;

    my $json = decode_json($r->{body});

    is($json->{method}, $signed, "$method $from: the method");
    is(own_query($json->{url}), $query // '', "$method $from: the query");
    ok(is_signed($json->{url}, method => $signed),
       "$method $from: the signature");
}

$r = $t->request(uri => '/fixed/k');
is($r->{status}, 303, 'a redirect may sign a fixed method');
ok(is_signed($r->{headers}{location}[0], method => 'PUT'),
   'the redirect is signed for the fixed method');

for my $case (
    ['/method/k?method=DELETE', 'GET'], ['/method/k?method=HEAD', 'GET'],
    ['/method/k?method=put', 'GET'], ['/method/k?method=OPTIONS', 'GET'],
    ['/method/k?method=PUT%20', 'GET'], ['/method/k?method=$arg_x', 'PUT'],
    ['/method/k', 'HEAD'], ['/method/k?method=', 'DELETE'],
    ['/method/k', 'OPTIONS'])
{
    my ($from, $method) = @$case;

    $r = $t->request(uri => $from, method => $method);

    is($r->{status}, 405, "$method $from is not allowed");
    is($r->{headers}{allow}[0], 'GET, PUT',
       "$method $from: the methods that are allowed");
    is($r->{headers}{'x-result'}[0], 'method', "$method $from: the result");
}

is($t->request(uri => '/method/k?method=PUT&uploadId=ID')->{status}, 400,
   'the signed method decides which step of an upload the request is');
is($t->request(uri => '/method/?method=HEAD&list-type=2')->{status}, 400,
   'the signed method decides whether the request is a listing');


# s3o_presign_expires

for my $case (
    ['/expires/k?ttl=1', 1],
    ['/expires/k?ttl=90', 90],
    ['/expires/k?ttl=5m', 300],
    ['/expires/k?ttl=1h+30m', 5400],
    ['/expires/k?ttl=7d', 604800],
    ['/expires/k?ttl=604800s', 604800],
    ['/minutes/k?ttl=10', 600],
    ['/window/k?ttl=2h', 10800],
    ['/window/k?ttl=3601', 7201])
{
    my ($from, $seconds) = @$case;

    $url = decode_json($t->request(uri => $from)->{body})->{url};

    is(parse_url($url)->{expires}, $seconds, $from);
    ok(is_signed($url), "$from: the signature");
}

my $time = 'expected a time from 1s to 7d';
my $above = 'expected more than "s3o_presign_window", and both together at '
            . 'most 7d';

for my $case (
    ['/expires/k', '', $time],
    ['/expires/k?ttl=', '', $time],
    ['/expires/k?ttl=0', '0', $time],
    ['/expires/k?ttl=-1', '-1', $time],
    ['/expires/k?ttl=604801', '604801', $time],
    ['/expires/k?ttl=8d', '8d', $time],
    ['/expires/k?ttl=1y', '1y', $time],
    ['/expires/k?ttl=500ms', '500ms', $time],
    ['/expires/k?ttl=1e3', '1e3', $time],
    ['/expires/k?ttl=99999999999999999999', '99999999999999999999', $time],
    ['/expires/k?ttl=%0a1', '?1', $time],
    ['/minutes/k?ttl=', 'm', $time],
    ['/minutes/k?ttl=10081', '10081m', $time],
    ['/window/k?ttl=1h', '1h', $above],
    ['/window/k?ttl=1', '1', $above],
    ['/window/k?ttl=7d', '7d', $above])
{
    my ($from, $value, $why) = @$case;

    refused($from, 's3o_presign_expires', $value, $why);
}

$t->done();


# tests the answer 500, one line in the log that says why, and no signature

sub refused {
    my ($from, $directive, $value, $why) = @_;

    my $name = $from =~ s/(.{50}).*/$1.../sr;

    $t->clear_log();

    my $answer = $t->request(uri => $from);
    my @lines = $t->log_errors('notice');
    my ($said) = ($lines[0] // '')
                 =~ /\[error\].*s3o_presign: not signed: (.*?), client: /;

    is($answer->{status}, 500, "refused: $name");
    is($said, "\"$directive\" yields \"$value\": $why", "the reason: $name");
    is(scalar @lines, 1, "one line in the log: $name") or diag(@lines);
    unlike($answer->{raw}, qr/X-Amz-|AWS4/, "not signed: $name");
}
