#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# s3o_presign_require names the values that must be there after the access
# phase, and $s3o_presign_segment_NAME is a name that can be one segment of a
# key only.

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN SECRET_KEY parse_url is_signed);
use S3O::Process qw(slurp wait_until);

my $t = S3O::Nginx->new(log_level => 'info');

$t->write_file('htpasswd', join('', map { "$_:{PLAIN}secret\n" }
               qw(alice a.b .. . 0 bob/x), "tab\tbed"), 0644);

$t->subst(ARN => ARN, SECRET => SECRET_KEY);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    log_format  result '$uri $status $s3o_presign_result [$s3o_presign_key]';
    access_log  %%TESTDIR%%/result.log result;

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                              secret_access_key=%%SECRET%%;

    # the map does not see the key behind the segment

    map $s3o_presign_segment_arg_who $hidden {
        default  folder;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        s3o_presign          redirect;
        s3o_presign_methods  GET PUT;
        s3o_presign_require  $arg_must;

        location /must/ {
        }

        location /both/ {
            s3o_presign_require  $arg_must "${arg_a}${arg_b}";
        }

        location /free/ {
            s3o_presign_require  off;
        }

        location /json/ {
            s3o_presign  json;
        }

        location /on/ {
            s3o_presign  on;
            return       200;
        }

        location /pass/ {
            s3o_presign  on;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }

        location /proxy/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }

        location /mode/ {
            s3o_presign  $arg_mode;
        }

        # $remote_user has its value in time, but not yet in "if"

        location /late/ {
            auth_request         /auth;
            auth_request_set     $who $upstream_http_x_who;
            s3o_presign_require  $who;
            s3o_presign_key
                users/$s3o_presign_segment_who/$s3o_presign_path;
        }

        location = /auth {
            s3o_presign  off;
            internal;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
            proxy_pass_request_body  off;
        }

        location /any/ {
            satisfy              any;
            allow                127.0.0.1;
            deny                 all;
            auth_request         /auth;
            auth_request_set     $who $upstream_http_x_who;
            s3o_presign_require  $who;
            s3o_presign_key      users/$who/$s3o_presign_path;
        }

        # "nginx -t" warns here: the name is used without its password

        location /claims/ {
            satisfy               any;
            allow                 127.0.0.1;
            deny                  all;
            auth_basic            a;
            auth_basic_user_file  %%TESTDIR%%/htpasswd;
            s3o_presign_require   $remote_user;
            s3o_presign_key       users/$remote_user/$s3o_presign_path;
        }

        location /user/ {
            auth_basic            a;
            auth_basic_user_file  %%TESTDIR%%/htpasswd;
            s3o_presign_list      on;
            s3o_presign_require   off;
            s3o_presign_key
                users/$s3o_presign_segment_remote_user/$s3o_presign_path;
        }

        location /segment/ {
            s3o_presign_require  off;
            s3o_presign_key
                a/$s3o_presign_segment_arg_who/$s3o_presign_path;
        }

        location /errors/ {
            s3o_presign_require  off;
            s3o_presign_errors   json;
            s3o_presign_key
                a/$s3o_presign_segment_arg_who/$s3o_presign_path;
        }

        location /hidden/ {
            s3o_presign_require  off;
            s3o_presign_key      $hidden/$s3o_presign_path;
        }

        location /set/ {
            s3o_presign_require  off;
            s3o_presign_list     on;
            set                  $folder a/$s3o_presign_segment_arg_who;
            s3o_presign_key      $folder/$s3o_presign_path;
        }

        location /key/ {
            s3o_presign_require  off;
            set                  $folder $s3o_presign_key;
            s3o_presign_key
                a/$s3o_presign_segment_arg_who/$s3o_presign_path;
        }

        location /where/ {
            s3o_presign_require       off;
            s3o_presign_access_point  $s3o_presign_segment_arg_where;
        }

        location /life/ {
            s3o_presign_require  off;
            s3o_presign_expires  $s3o_presign_segment_arg_life;
        }

        location /param/ {
            s3o_presign_require  off;
            s3o_presign_param    response-content-type
                                 text/$s3o_presign_segment_arg_type;
        }

        location /header/ {
            s3o_presign_require  off;
            s3o_presign          proxy;
            s3o_presign_header   x-amz-meta-who $s3o_presign_segment_arg_who;
            proxy_pass           http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen      127.0.0.1:%%PORT_8081%%;
        access_log  off;

        location / {
            add_header  X-Who $http_x_who;
            return      200 sent;
        }
    }
}

EOC

my $n = 0;


# values that are required

for my $where (qw(must json pass proxy)) {
    my $status = { json => 200, pass => 200, proxy => 200 }->{$where} // 307;

    answers("/$where/k?must=yes", $status, 'signed');
    answers("/$where/k?must=00", $status, 'signed');
    answers("/$where/k?$_", 403, 'require') for '', 'must=', 'must=0';
}

answers('/must/k?must=1', 307, 'signed');
answers('/mode/k?mode=redirect', 403, 'require');
answers('/mode/k?mode=redirect&must=1', 307, 'signed');
answers('/mode/k?mode=json', 403, 'require');
answers('/free/k', 307, 'signed');
answers('/both/k?must=1', 403, 'require');
answers('/both/k?must=1&b=1', 307, 'signed');
answers('/both/k?a=1&b=1', 403, 'require');
answers('/both/k?must=1&a=0', 403, 'require');

$t->error_log_like(qr/\[info\].*signed:\ "s3o_presign_require":\ the\ value
                   \ "\$arg_must"\ is\ empty/x,
                   'the log names the empty value');
$t->error_log_like(qr/the value "\$\{arg_a\}\$\{arg_b\}" is "0"/,
                   'and what was "0"');

my $r = request(uri => '/json/k');

like($r->{body}, qr/"Code":"AccessDenied","Message":"a\ value\ that
                    \ \\"s3o_presign_require\\"\ names\ is\ empty\ or
                    \ \\"0\\""/x,
                    'the answer says that a value is missing');
unlike($r->{body}, qr/arg_must/, 'the answer does not name the value');
answers('/must/k?must=1', 307, 'signed') for 1 .. 2;

# a missing value is found before anything else is checked

answers('/must/?uploads', 403, 'require');


# values that are known after the access phase only

is(key('/late/k', ['X-Who' => 'alice']), 'users/alice/k',
   'a name that a subrequest has found');
answers('/late/k', 403, 'require');
answers('/late/k', 403, 'require', ['X-Who' => $_]) for '0', 'a/b', '..';
answers('/any/k', 403, 'require', ['X-Who' => 'alice']);

is(key('/claims/k', user('alice', 'wrong')), 'users/alice/k',
   'with "satisfy any" nobody checks the password');


# segments

is(key('/user/k', user('alice')), 'users/alice/k', 'a name');
is(key('/user/k', user('a.b')), 'users/a.b/k', 'a name with a dot');
is(key('/user/k', user('0')), 'users/0/k', '"0" is a name');
is(key('/segment/k?who=%2F'), 'a/%252F/k',
   'a name with a percent sign is encoded again');
is(key('/segment/k?who=...'), 'a/.../k', 'three dots');
is(key('/segment/k?who=a\\b'), 'a/a%5Cb/k', 'a backslash');

answers('/user/k', 401, '-');
answers('/user/k', 403, 'require', user($_)) for '..', '.', 'bob/x', "tab\tbed";
answers('/user/?list-type=2', 307, 'signed', user('alice'));
answers('/user/?list-type=2', 403, 'require', user('..'));
answers("/$_/k?who=a", 307, 'signed') for qw(segment hidden set key);

for my $where (qw(segment hidden key)) {
    answers("/$where/k$_", 403, 'require')
        for '', '?who=', '?who=a/b', '?who=/', '?who=..', '?who=.';
    answers("/$where/k", 403, 'require', [], 'PUT');
}

# "set" reads the key too early, so it cannot be used later

answers("/set/k$_", 400, 'key') for '', '?who=a/b', '?who=..';
answers("/set/?list-type=2&prefix=$_", 400, 'key')
    for '', 'a//';

answers('/where/k', 403, 'require');
answers('/life/k', 403, 'require');
answers('/life/k?life=60', 307, 'signed');
answers('/param/k', 403, 'require');
answers('/param/k?type=a', 307, 'signed');
answers('/header/k', 500, 'require');
answers('/header/k?who=a', 200, 'signed');

$t->error_log_like(qr/\[info\].*signed:\ "\$arg_who"\ is\ empty\ and\ cannot
                   \ be\ one\ segment\ of\ a\ path/x,
                   'the log says that the segment is empty');
$t->error_log_like(qr/"\$arg_who" has a "\/" and cannot/, 'one with a slash');
$t->error_log_like(qr/"\$remote_user" is "\." or "\.\." and/, 'dots');
$t->error_log_like(qr/"\$remote_user" has a control character/, 'a tab');
$t->error_log_unlike(qr/could not be computed/, 'nothing has failed');

$r = request(uri => '/errors/k?who=..');

like($r->{body}, qr/"Code":"AccessDenied","Message":"a\ value\ is\ not\ one
                    \ segment\ of\ a\ path"/x,
                    'the answer says what a segment must be');

ok(is_signed(request(uri => '/segment/k?who=a')->{headers}{location}[0]),
   'a URL with a segment has a right signature');

$t->done();


sub request {
    $n++;

    return $t->request(@_);
}


sub user {
    my ($name, $password) = (@_, 'secret');

    return [Authorization => 'Basic ' . encode_base64("$name:$password", '')];
}


sub key {
    my ($uri, $headers) = @_;

    my $r = request(uri => $uri, headers => $headers // []);

    return $r->{status} == 307
           ? $r->{headers}{location}[0] =~ m{^https://[^/]+/([^?]*)\?} && $1
           : $r->{status};
}


sub answers {
    my ($uri, $status, $word, $headers, $method) = @_;

    my $r = request(uri => $uri, headers => $headers // [],
                    method => $method // 'GET');

    is("$r->{status} " . log_word(), "$status $word", $uri);
}


# nginx writes the line after the answer has been sent

sub log_word {
    my @lines;

    wait_until(sub {
        @lines = split /\n/, slurp($t->testdir() . '/result.log');
        @lines >= $n;
    }, 60);

    return (split ' ', $lines[-1])[2];
}
