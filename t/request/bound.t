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

        # one upload, and no other

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

# json: the client is told what to send, and the URL works with nothing else

my $o = ask('/upload/a.png?size=12&user=al%22ice');
my $told = { 'content-length' => '12', 'content-type' => 'image/png',
             'x-amz-meta-user' => 'al"ice', 'if-none-match' => '*' };

is_deeply($o->{headers}, $told, 'json: the headers are told');
is(with($o, {}), 'signed', 'json: S3 takes the URL with them');
like(with($o, { 'content-length' => '13' }), MISMATCH, 'not a byte more');
like(with($o, { 'content-type' => 'image/gif' }), MISMATCH, 'not another type');
like(with($o, { 'x-amz-meta-user' => 'bob' }), MISMATCH, 'not another user');
like(with($o, { 'if-none-match' => undef }), MISMATCH,
     'not in place of what is there');
like(judge($o->{url}, method => 'PUT'), MISMATCH, 'not without any');

# what the client sends of these by itself counts for nothing

$o = ask('/upload/a.png?size=12&user=al%22ice',
         ['Content-Type' => 'text/html', 'x-amz-meta-user' => 'bob',
          'x-amz-meta-USER' => 'eve']);
is_deeply($o->{headers}, $told, 'json: headers of the client do not count');

$o = ask('/json/a?type=text/x&method=PUT',
         ['content-type' => 'a/b', 'x-amz-meta-b' => 'c']);
is_deeply($o->{headers}, { 'content-type' => 'text/x', 'x-amz-meta-b' => 'c' },
          'those that are signed besides do');
$o = ask('/json/a?method=PUT', ['content-type' => 'a/b']);
is_deeply($o->{headers}, { 'content-type' => 'a/b' },
          'without a value the header is the client\'s');
is_deeply(ask('/json/none/a?size=1')->{headers}, { 'x-amz-meta-a' => 'b  c' },
          'a location with its own has no others, and no blanks around');

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
is($o->{headers}{'content-length'}, 5, 'a part has a length');
is(with($o, {}), 'signed', 'and is signed');

# what is no length

refused("/json/a?method=PUT&size=$_", 400, 'length',
        qr/"\Q$_\E" cannot be the "content-length" of an upload: expected a/,
        "a length of \"$_\"")
    for '-1', '1e3', '007', '0x10', '1.5', '99999999999999999999';

refused("/json/a?method=PUT&type=a%0Ab", 500, 'headers',
        qr/the value of "s3o_presign_header content-type" has a control char/,
        'a line break');
refused("/json/a?method=PUT&type=a%FF", 500, 'headers',
        qr/the value of "s3o_presign_header content-type" is not valid UTF-8/,
        'what JSON cannot hold');

# the largest upload

is(ask('/upload/a?size=1000')->{headers}{'content-length'}, 1000,
   'as large as is allowed');
refused('/upload/a?size=1001', 413, 'length',
        qr/an upload of 1001 bytes is larger than "s3o_presign_max_size" of 1/,
        'a byte more');
refused('/upload/a', 411, 'length',
        qr/the length of the upload is not known: "s3o_presign_max_size" needs/,
        'no length');
refused('/json/limit/a?method=PUT&size=11', 413, 'length', qr/of 11 bytes/,
        'a limit further in');
refused('/json/limit/a?method=PUT&size=11&partNumber=1&uploadId=x', 413,
        'length', qr/of 11 bytes/, 'a part');
is(ask('/json/limit/a?method=GET')->{method}, 'GET', 'a download has none');
is(ask('/json/limit/a?method=POST&uploadId=x')->{method}, 'POST',
   'the list of parts is no upload');
is(ask('/json/limit/a?method=PUT', ['x-amz-copy-source' => 'a/b'])->{method},
   'PUT', 'nor is a copy');

my $r = $t->request(method => 'PUT', uri => '/json/limit/a?method=PUT',
                    body => 'x' x 9);
is($json->decode($r->{body})->{headers}{'content-length'}, 9,
   'the length of the request, where the header is named');

# with a window the same values have the same URL

$o = ask('/window/a?user=alice');
is(ask('/window/a?user=alice')->{url}, $o->{url}, 'window: the same URL');
isnt(ask('/window/a?user=bob')->{url}, $o->{url}, 'window: one for each value');

# a redirect: the client sends its own again, so they have to be right

my @good = ('Content-Type' => 'image/png', 'X-Amz-Meta-User' => 'alice');

$r = redirect('a?user=alice', [@good, 'X-Amz-Meta-B' => 'c']);
is($r->{status}, 307, 'redirect: headers that are right');
is(judge($r->{headers}{location}[0], method => 'PUT',
         headers => [@good, 'x-amz-meta-b' => 'c', 'Content-Length' => 3]),
   'signed', 'and S3 takes the URL with them');
like(judge($r->{headers}{location}[0], method => 'PUT',
           headers => [@good[0, 1], 'x-amz-meta-b' => 'c']), MISMATCH,
     'but not without one');

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
   'redirect: the length that is bound');
is(redirect('a?user=alice&size=4', \@good)->{status}, 400, 'another');
$t->error_log_like(qr/the header "content-length" has another value: it must/,
                   'the reason is said');
is($t->request(uri => '/redirect/a?user=alice&size=4', headers => \@good)
   ->{status}, 307, 'a download has no length');

# what the site keeps to itself stays there

for my $path ('', 'key/') {
    $r = $t->request(uri => "/secret/${path}a");
    is($r->{status}, 400, 'a header that only the site knows');
}

$t->error_log_like(qr/the header "x-of-the-site" is missing: it must be what/,
                   'is named');
unlike(join("\n", $t->log_errors('info')), qr/opensesame/, 'and not told');

# a redirect of an upload signs its length where that is limited

$r = put('/limit/a', 10);
is($r->{status}, 307, 'limit: an upload');
is(judge($r->{headers}{location}[0], method => 'PUT',
         headers => ['content-length' => 10]), 'signed', 'limit: as it is');
like(judge($r->{headers}{location}[0], method => 'PUT',
           headers => ['content-length' => 11]), MISMATCH, 'limit: no other');
is(put('/limit/a', 11)->{status}, 413, 'limit: a larger one');
is(put('/limit/a?partNumber=1&uploadId=x', 11)->{status}, 413,
   'limit: a larger part');
is($t->request(method => 'PUT', uri => '/limit/a', chunked => ['abc'])
   ->{status}, 411, 'limit: of a length that is not told');
is($t->request(uri => '/limit/a')->{status}, 307, 'limit: a download');

my @copy = ('x-amz-copy-source' => uri_encode(ARN . '/object/b', 1));

is(judge($t->request(method => 'PUT', uri => '/limit/a', body => '',
                     headers => \@copy)->{headers}{location}[0],
         method => 'PUT', headers => \@copy), 'signed',
   'limit: a copy has no length');

# on: both forms, and the URI alone

$r = $t->request(method => 'PUT', uri => '/on/k?size=3', body => 'abc',
                 headers => ['x-amz-meta-user' => 'bob']);
my ($uri, $url, $date, $hash, $authorization) = split /\s/, $r->{body}, 5;
my @sent = ('x-amz-meta-user' => 'alice', 'content-length' => 3);

is($url, 'https://' . HOST . $uri, 'on: the URI is that of the URL');
is(judge($url, method => 'PUT', headers => \@sent), 'signed', 'on: the URL');
like(judge($url, method => 'PUT'), MISMATCH, 'on: not without the headers');
like($authorization, qr/SignedHeaders=content-length;host;.*x-amz-meta-user,/,
     'on: the header form has them, too');

my $v = verify(method => 'PUT', target => '/k', host => HOST, region => REGION,
               credentials => known_credentials(), body => 'abc',
               headers => [['Host', HOST], ['x-amz-date', $date],
                           ['x-amz-content-sha256', $hash],
                           ['Authorization', $authorization],
                           map { [@sent[$_, $_ + 1]] } 0, 2]);
is($v->{ok} ? 'signed' : "$v->{code}: $v->{message}", 'signed',
   'on: and is right');

# a mode by a variable: what is sent from here has the length that is bound

is(put('/mode/a?mode=proxy&size=3', 3)->{body}, '3 alice', 'proxy: the length');
is(put('/mode/a?mode=proxy&size=4', 3)->{status}, 400, 'proxy: another');
is(put('/mode/a?mode=proxy', 10)->{body}, '10 alice', 'proxy: a small one');
is(put('/mode/a?mode=proxy', 11)->{status}, 413, 'proxy: a large one');
is($t->request(uri => '/mode/a?mode=proxy&size=4')->{body}, ' alice',
   'proxy: a download');
is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy',
               chunked => ['abc'])->{status}, 411, 'proxy: of no length');
is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy&size=3',
               chunked => ['abc'])->{status}, 411, 'proxy: nor that is bound');

is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy',
               headers => ['x-amz-copy-source' => 'mode/mode/b'])->{body},
   ' alice', 'proxy: a copy has none');

my $framed = "3\r\nabc\r\n0\r\n\r\n";
my @framing = ('Content-Encoding' => 'aws-chunked',
               'x-amz-decoded-content-length' => 3,
               'x-amz-content-sha256' => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');

is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy&size=3',
               body => $framed, headers => \@framing)->{body}, '3 alice',
   'proxy: the length of the data in a framing');
is($t->request(method => 'PUT', uri => '/mode/a?mode=proxy&size='
               . length $framed, body => $framed, headers => \@framing)
   ->{status}, 400, 'proxy: not that of the framing');

$o = ask('/mode/a?mode=json&size=4', [], 'PUT');
is_deeply($o->{headers},
          { 'content-length' => 4, 'x-amz-meta-user' => 'alice' },
          'json by the same variable');

$t->done();


sub ask {
    my ($uri, $headers, $method) = @_;

    my $r = $t->request(uri => $uri, headers => $headers // [],
                        ($method ? (method => $method, body => 'x') : ()));

    return $r->{status} == 200 ? $json->decode($r->{body})
                               : { url => '', method => $r->{status} };
}


# the verdict of S3 on what a client sends that does as it is told, but for this

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
