#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# URLs that are bound to headers: "s3o_presign_header" in json, redirect and
# on, and the length of what is uploaded.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use S3O::Judge qw(REGION known_credentials static judge);
use S3O::Nginx;
use S3O::Presigned qw(ARN HOST);
use S3O::SigV4 qw(uri_encode verify);

use constant MISMATCH => qr/SignatureDoesNotMatch/;

my $json = JSON::PP->new()->utf8();
my $t = S3O::Nginx->new(log_level => 'info');

$t->subst(ARN => ARN, STATIC => static());

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%
    underscores_in_headers    on;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        client_max_body_size  0;
        s3o_presign_methods   GET HEAD PUT DELETE;

        # the URL is for one upload only

        location /upload/ {
            s3o_presign              json;
            s3o_presign_sign_method  PUT;
            s3o_presign_max_size     1000;
            s3o_presign_header       content-length $s3o_presign_arg_size;
            s3o_presign_header       content-type image/png;
            s3o_presign_header       x-amz-meta-user $s3o_presign_arg_user;
            s3o_presign_header       If-None-Match "*";
        }

        location /json/ {
            s3o_presign                 json;
            s3o_presign_multipart       on;
            s3o_presign_sign_method     $s3o_presign_arg_method;
            s3o_presign_signed_headers  x-amz-meta-* content-type;
            s3o_presign_header          content-length $s3o_presign_arg_size;
            s3o_presign_header          content-type $s3o_presign_arg_type;

            location /json/none/ {
                s3o_presign_header  x-amz-meta-a " b  c ";
            }

            location /json/limit/ {
                s3o_presign_max_size        10;
                s3o_presign_signed_headers  content-length x-amz-copy-source;
            }
        }

        location /window/ {
            s3o_presign         json;
            s3o_presign_window  10m;
            s3o_presign_header  x-amz-meta-user $s3o_presign_arg_user;
        }

        location /redirect/ {
            s3o_presign                 redirect;
            s3o_presign_signed_headers  x-amz-meta-b;
            s3o_presign_header          content-type image/png;
            s3o_presign_header          x-amz-meta-user $s3o_presign_arg_user;
            s3o_presign_header          content-length $s3o_presign_arg_size;
        }

        location /secret/ {
            s3o_presign         redirect;
            s3o_presign_header  x-of-the-site opensesame;

            location /secret/key/ {
                s3o_presign_header
                    x-amz-server-side-encryption-customer-key opensesame;
            }
        }

        location /limit/ {
            s3o_presign            redirect;
            s3o_presign_key        $s3o_presign_path;
            s3o_presign_max_size   10;
            s3o_presign_multipart  on;
            s3o_presign_copy       limit;
        }

        location /on/ {
            s3o_presign         on;
            s3o_presign_header  x-amz-meta-user alice;
            s3o_presign_header  content-length $s3o_presign_arg_size;
            try_files           /nowhere @said;
        }

        location @said {
            return 200 "$s3o_presign_uri $s3o_presign_url
$s3o_presign_date $s3o_presign_content_sha256 $s3o_presign_authorization";
        }

        location /mode/ {
            s3o_presign           $arg_mode;
            s3o_presign_payload   signed;
            s3o_presign_copy      mode;
            s3o_presign_max_size  10;
            s3o_presign_header    content-length $s3o_presign_arg_size;
            s3o_presign_header    x-amz-meta-user alice;
            proxy_pass            http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return 200 "$http_content_length $http_x_amz_meta_user";
        }
    }
}

EOC

# json: the answer names the headers to send, and the URL works only with them

my $o = ask('/upload/a.png?size=12&user=al%22ice');
my $told = { 'content-length' => '12', 'content-type' => 'image/png',
             'x-amz-meta-user' => 'al"ice', 'if-none-match' => '*' };

is_deeply($o->{headers}, $told, 'json: the answer has the headers');
is(with($o, {}), 'signed', 'json: S3 accepts the URL with these headers');
like(with($o, { 'content-length' => '13' }), MISMATCH,
     'json: S3 refuses a longer body');
like(with($o, { 'content-type' => 'image/gif' }), MISMATCH,
     'json: S3 refuses another content type');
like(with($o, { 'x-amz-meta-user' => 'bob' }), MISMATCH,
     'json: S3 refuses another user');
like(with($o, { 'if-none-match' => undef }), MISMATCH,
     'json: S3 refuses an upload that would replace an object');
like(judge($o->{url}, method => 'PUT'), MISMATCH,
     'json: S3 refuses the URL without any of the headers');

# the client's own headers of these names do not change the answer

$o = ask('/upload/a.png?size=12&user=al%22ice',
         ['Content-Type' => 'text/html', 'x-amz-meta-user' => 'bob',
          'x-amz-meta-USER' => 'eve']);
is_deeply($o->{headers}, $told, 'json: headers of the client do not count');

$o = ask('/json/a?type=text/x&method=PUT',
         ['content-type' => 'a/b', 'x-amz-meta-b' => 'c']);
is_deeply($o->{headers}, { 'content-type' => 'text/x', 'x-amz-meta-b' => 'c' },
          'json: headers that are signed but not bound may be added');
$o = ask('/json/a?method=PUT', ['content-type' => 'a/b']);
is_deeply($o->{headers}, { 'content-type' => 'a/b' },
          'json: a header without a bound value has the value of the client');
is_deeply(ask('/json/none/a?size=1')->{headers}, { 'x-amz-meta-a' => 'b  c' },
          'json: a location with headers of its own inherits none, and '
          . 'blanks are trimmed');

# a request without a body has no length

for my $case ([GET => 0], [HEAD => 0], [DELETE => 0], [PUT => 1])
{
    my ($method, $has) = @$case;

    $o = ask("/json/a?size=5&method=$method");
    is($o->{headers}{'content-length'}, $has ? '5' : undef,
       "$method: " . ($has ? 'a length' : 'no length'));
    is(with($o, {}), 'signed', "$method is signed");
}

$o = ask('/json/a?size=5&method=PUT&partNumber=1&uploadId=x');
is($o->{headers}{'content-length'}, 5,
   'json: the upload of a part has a length');
is(with($o, {}), 'signed', 'json: the URL of a part is signed');

# values that are not a length

refused("/json/a?method=PUT&size=$_", 400, 'length',
        qr/"\Q$_\E" cannot be the "content-length" of an upload: expected a/,
        "a length of \"$_\"")
    for '-1', '1e3', '007', '0x10', '1.5', '99999999999999999999';

refused("/json/a?method=PUT&type=a%0Ab", 500, 'headers',
        qr/the value of "s3o_presign_header content-type" has a control char/,
        'json: a value with a line break is refused');
refused("/json/a?method=PUT&type=a%FF", 500, 'headers',
        qr/the value of "s3o_presign_header content-type" is not valid UTF-8/,
        'json: a value that JSON cannot hold is refused');

# the size limit of uploads

is(ask('/upload/a?size=1000')->{headers}{'content-length'}, 1000,
   'an upload as large as the limit is accepted');
refused('/upload/a?size=1001', 413, 'length',
        qr/an upload of 1001 bytes is larger than "s3o_presign_max_size" of 1/,
        'an upload one byte larger is refused');
refused('/upload/a', 411, 'length',
        qr/the length of the upload is not known: "s3o_presign_max_size" needs/,
        'an upload without a length is refused');
refused('/json/limit/a?method=PUT&size=11', 413, 'length', qr/of 11 bytes/,
        'a nested location can have another limit');
refused('/json/limit/a?method=PUT&size=11&partNumber=1&uploadId=x', 413,
        'length', qr/of 11 bytes/, 'a part');
is(ask('/json/limit/a?method=GET')->{method}, 'GET', 'a download has no limit');
is(ask('/json/limit/a?method=POST&uploadId=x')->{method}, 'POST',
   'a request for the list of parts is not an upload');
is(ask('/json/limit/a?method=PUT', ['x-amz-copy-source' => 'a/b'])->{method},
   'PUT', 'a copy is not an upload');

my $r = $t->request(method => 'PUT', uri => '/json/limit/a?method=PUT',
                    body => 'x' x 9);
is($json->decode($r->{body})->{headers}{'content-length'}, 9,
   'the length of the request is signed where content-length is named');

# with s3o_presign_window the same values give the same URL

$o = ask('/window/a?user=alice');
is(ask('/window/a?user=alice')->{url}, $o->{url},
   'window: the same value has the same URL');
isnt(ask('/window/a?user=bob')->{url}, $o->{url},
     'window: another value has another URL');

# redirect: the client repeats its own headers at S3, so they must have the
# bound values

my @good = ('Content-Type' => 'image/png', 'X-Amz-Meta-User' => 'alice');

$r = redirect('a?user=alice', [@good, 'X-Amz-Meta-B' => 'c']);
is($r->{status}, 307, 'redirect: headers with the bound values are accepted');
is(judge($r->{headers}{location}[0], method => 'PUT',
         headers => [@good, 'x-amz-meta-b' => 'c', 'Content-Length' => 3]),
   'signed', 'redirect: S3 accepts the URL with these headers');
like(judge($r->{headers}{location}[0], method => 'PUT',
           headers => [@good[0, 1], 'x-amz-meta-b' => 'c']), MISMATCH,
     'redirect: S3 refuses the URL when a header is missing');

my $must = qr/: it must be "image\/png" here, once/;

for my $case (
    ['another value', ['Content-Type' => 'image/gif', @good[2, 3]],
     qr/the header "content-type" has another value$must/],
    ['none', [@good[2, 3]], qr/the header "content-type" is missing$must/],
    ['an empty one', ['Content-Type' => '', @good[2, 3]],
     qr/the header "content-type" has another value$must/],
    ['a list', ['Content-Type' => 'image/png, a/b', @good[2, 3]],
     qr/the header "content-type" has another value$must/],
    ['the same twice', [@good, 'x-amz-meta-USER' => 'alice'],
     qr/the header "x-amz-meta-user" is given twice: it must be "alice" here/],
    ['two', [@good, 'x-amz-meta-USER' => 'bob'],
     qr/the header "x-amz-meta-user" has another value: it must be "alice"/],
    ['one by another name', [@good, 'x_amz_meta_user' => 'bob'],
     qr/"x_amz_meta_user" is not in "s3o_presign_signed_headers"/],
    ['one that is not named', [@good, 'x-amz-meta-c' => 'd'],
     qr/"x-amz-meta-c" is not in "s3o_presign_signed_headers"/])
{
    my ($name, $headers, $re) = @$case;

    $r = redirect('a?user=alice', $headers);
    is($r->{status}, 400, "redirect: $name");
    $t->error_log_like($re, "$name: the reason");
}

is(redirect('a?user=alice&size=3', \@good)->{status}, 307,
   'redirect: the bound length is accepted');
is(redirect('a?user=alice&size=4', \@good)->{status}, 400,
   'redirect: another length is refused');
$t->error_log_like(qr/the header "content-length" has another value: it must/,
                   'redirect: the log says that the length is wrong');
is($t->request(uri => '/redirect/a?user=alice&size=4', headers => \@good)
   ->{status}, 307, 'redirect: a download has no bound length');

# the value of a header that only the site knows is not shown to the client

for my $path ('', 'key/') {
    $r = $t->request(uri => "/secret/${path}a");
    is($r->{status}, 400,
       'a request without the header that only the site knows is refused');
}

$t->error_log_like(qr/the header "x-of-the-site" is missing: it must be what/,
                   'the log names the missing header');
unlike(join("\n", $t->log_errors('info')), qr/opensesame/,
       'the log does not show the value of the header');

# a redirect of an upload signs the length where s3o_presign_max_size is set

$r = put('/limit/a', 10);
is($r->{status}, 307, 'limit: a small upload is redirected');
is(judge($r->{headers}{location}[0], method => 'PUT',
         headers => ['content-length' => 10]), 'signed',
   'limit: S3 accepts the length of the request');
like(judge($r->{headers}{location}[0], method => 'PUT',
           headers => ['content-length' => 11]), MISMATCH, 'limit: no other');
is(put('/limit/a', 11)->{status}, 413, 'limit: a larger upload is refused');
is(put('/limit/a?partNumber=1&uploadId=x', 11)->{status}, 413,
   'limit: a larger part is refused');
is($t->request(method => 'PUT', uri => '/limit/a', chunked => ['abc'])
   ->{status}, 411, 'limit: an upload without a length is refused');
is($t->request(uri => '/limit/a')->{status}, 307,
   'limit: a download is redirected');

my @copy = ('x-amz-copy-source' => uri_encode(ARN . '/object/b', 1));

is(judge($t->request(method => 'PUT', uri => '/limit/a', body => '',
                     headers => \@copy)->{headers}{location}[0],
         method => 'PUT', headers => \@copy), 'signed',
   'limit: a copy has no length');

# on: the URL, the header form, and $s3o_presign_uri

$r = $t->request(method => 'PUT', uri => '/on/k?size=3', body => 'abc',
                 headers => ['x-amz-meta-user' => 'bob']);
my ($uri, $url, $date, $hash, $authorization) = split /\s/, $r->{body}, 5;
my @sent = ('x-amz-meta-user' => 'alice', 'content-length' => 3);

is($url, 'https://' . HOST . $uri, 'on: the URI is that of the URL');
is(judge($url, method => 'PUT', headers => \@sent), 'signed',
   'on: S3 accepts the URL with the headers');
like(judge($url, method => 'PUT'), MISMATCH,
     'on: S3 refuses the URL without the headers');
like($authorization, qr/SignedHeaders=content-length;host;.*x-amz-meta-user,/,
     'on: the header form signs the bound headers, too');

my $v = verify(method => 'PUT', target => '/k', host => HOST, region => REGION,
               credentials => known_credentials(), body => 'abc',
               headers => [['Host', HOST], ['x-amz-date', $date],
                           ['x-amz-content-sha256', $hash],
                           ['Authorization', $authorization],
                           map { [@sent[$_, $_ + 1]] } 0, 2]);
is($v->{ok} ? 'signed' : "$v->{code}: $v->{message}", 'signed',
   'on: S3 accepts the header form');

# the mode is a variable: a proxied request must have the bound length

is(put('/mode/a?mode=proxy&size=3', 3)->{body}, '3 alice',
   'proxy: the bound length is sent');
is(put('/mode/a?mode=proxy&size=4', 3)->{status}, 400,
   'proxy: another length is refused');
is(put('/mode/a?mode=proxy', 10)->{body}, '10 alice',
   'proxy: a small upload is sent');
is(put('/mode/a?mode=proxy', 11)->{status}, 413,
   'proxy: a large upload is refused');
is($t->request(uri => '/mode/a?mode=proxy&size=4')->{body}, ' alice',
   'proxy: a download has no bound length');
is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy',
               chunked => ['abc'])->{status}, 411, 'proxy: of no length');
is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy&size=3',
               chunked => ['abc'])->{status}, 411,
   'proxy: an upload without a length is refused where one is bound');

is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy',
               headers => ['x-amz-copy-source' => 'mode/mode/b'])->{body},
   ' alice', 'proxy: a copy has no bound length');

my $framed = "3\r\nabc\r\n0\r\n\r\n";
my @framing = ('Content-Encoding' => 'aws-chunked',
               'x-amz-decoded-content-length' => 3,
               'x-amz-content-sha256' => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');

is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy&size=3',
               body => $framed, headers => \@framing)->{body}, '3 alice',
   'proxy: the bound length is that of the data in signed chunks');
is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy&size='
               . length $framed, body => $framed, headers => \@framing)
   ->{status}, 400,
   'proxy: the bound length is not that of the chunks with their framing');

$o = ask('/mode/a?mode=json&size=4', [], 'PUT');
is_deeply($o->{headers},
          { 'content-length' => 4, 'x-amz-meta-user' => 'alice' },
          'json: the mode by the same variable');

$t->done();


sub ask {
    my ($uri, $headers, $method) = @_;

    my $r = $t->request(uri => $uri, headers => $headers // [],
                        ($method ? (method => $method, body => 'x') : ()));

    return $r->{status} == 200 ? $json->decode($r->{body})
                               : { url => '', method => $r->{status} };
}


# S3's verdict on a client that sends the headers it was told, apart from
# these changes

sub with {
    my ($o, $other) = @_;

    my %headers = (%{ $o->{headers} }, %$other);

    return judge($o->{url}, method => $o->{method}, headers => [
                 map { defined $headers{$_} ? ($_ => $headers{$_}) : () }
                 sort keys %headers]);
}


sub refused {
    my ($uri, $status, $result, $re, $name) = @_;

    my $r = $t->request(uri => $uri);

    is($r->{status}, $status, "$name is $status");
    $t->error_log_like($re, "$name: the reason");
    like($r->{body}, qr/"Code":"\w+"/, "$name: as JSON");

    return;
}


sub redirect {
    my ($uri, $headers) = @_;

    return $t->request(method => 'PUT', uri => "/redirect/$uri", body => 'abc',
                       headers => $headers);
}


sub put {
    my ($uri, $size) = @_;

    return $t->request(method => 'PUT', uri => $uri, body => 'x' x $size);
}
