#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The variables: their values in each mode and in each place, and that none of
# them shows a signature before the access phase has passed.

use strict;
use warnings;

use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Judge qw(TOKEN TEMPORARY_KEY judge args_of);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp wait_until);
use S3O::SigV4 qw(amz_epoch);

my @names = qw(url uri host key method expires expires_at date authorization
               content_sha256 security_token access_key_id result path arg_x);

my $s3 = S3O::Outpost->new(access_key => TEMPORARY_KEY,
                           session_token => TOKEN)->start();
my $t = S3O::Nginx->new();

$t->subst(ARN => $s3->arn(), OUTPOST => $s3->port(), KEY => TEMPORARY_KEY,
          SECRET => $s3->secret_key(), TOKEN => TOKEN,
          FORMAT => join(',', map { "\"$_\":\"\$s3o_presign_$_\"" } @names),
          EACH => join("\n            ",
                       map { 'add_header X-' . tr/_/-/r
                             . " \$s3o_presign_$_ always;" } @names));

$t->write_file('users', 'user:{PLAIN}secret' . "\n");

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    log_format  values escape=json '{%%FORMAT%%,"uri_of":"$request_uri",'
                                   '"map":"$has_url"}';
    access_log  %%TESTDIR%%/values.log values;

    map $s3o_presign_url $has_url {
        volatile;
        default  a-url;
        ""       none;
    }

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=%%KEY%%
                              secret_access_key=%%SECRET%%
                              session_token=%%TOKEN%%;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        location /redirect/ {
            s3o_presign  redirect;
            %%EACH%%
        }

        location /json/ {
            s3o_presign              json;
            s3o_presign_sign_method  PUT;
            s3o_presign_methods      PUT;
            %%EACH%%
        }

        location /on/ {
            s3o_presign         on;
            s3o_presign_expires 1h;
            s3o_presign_key     "on/$s3o_presign_path";
            %%EACH%%
        }

        location /proxy/ {
            s3o_presign          proxy;
            s3o_presign_methods  GET PUT;
            proxy_pass           http://up;
            %%EACH%%
        }

        # the answer takes more than a second

        location /slow/ {
            s3o_presign       on;
            proxy_set_header  X-Url $s3o_presign_url;
            proxy_pass        http://up;
            %%EACH%%
        }

        location /off/ {
            %%EACH%%
            return  200;
        }

        # locations that are reached by internal redirects

        location /error-page/ {
            s3o_presign  on;
            error_page   404 /shown;
        }

        location /error-named/ {
            s3o_presign  on;
            error_page   404 = @shown;
        }

        location /try-files/ {
            s3o_presign  on;
            try_files    /nowhere /shown;
        }

        location /try-named/ {
            s3o_presign  on;
            try_files    /nowhere @shown;
        }

        location /try-signing/ {
            s3o_presign  on;
            try_files    /nowhere @signing;
        }

        location = /shown {
            internal;
            %%EACH%%
            return  200 "$has_url $s3o_presign_url";
        }

        location @shown {
            %%EACH%%
            return  200 "$has_url $s3o_presign_url";
        }

        location @signing {
            s3o_presign      on;
            s3o_presign_key  secret;
            deny             all;
            return           200 "[$s3o_presign_url]";
        }

        # directives that read the variables too early

        location /return/ {
            s3o_presign  on;
            deny         all;
            return       307 $s3o_presign_url;
        }

        location /return-basic/ {
            s3o_presign           on;
            auth_basic            "closed";
            auth_basic_user_file  users;
            return                200 "[$s3o_presign_uri]";
        }

        location /return-request/ {
            s3o_presign   on;
            auth_request  /auth;
            return        200 "[$s3o_presign_authorization]";
        }

        location /return-any/ {
            s3o_presign           on;
            satisfy               any;
            allow                 all;
            auth_basic            "closed";
            auth_basic_user_file  users;
            return                200 "[$s3o_presign_security_token]";
        }

        location /rewrite/ {
            s3o_presign  on;
            deny         all;
            rewrite      ^ https://x.example/?$s3o_presign_url redirect;
        }

        location /set/ {
            s3o_presign  on;
            set          $early "[$s3o_presign_url]";
            add_header   X-Early $early;
            try_files    /page.txt =404;
        }

        location /if/ {
            s3o_presign  on;

            if ($s3o_presign_url) {
                return 200 "yes";
            }

            deny  all;
        }

        # locations whose access phase refuses

        location /deny/ {
            s3o_presign  on;
            deny         all;
            error_page   403 /shown;
            proxy_pass   http://up;
        }

        location /basic/ {
            s3o_presign           on;
            auth_basic            "closed";
            auth_basic_user_file  users;
            try_files             /page.txt =404;
            %%EACH%%
        }

        location /request/ {
            s3o_presign       on;
            auth_request      /auth;
            auth_request_set  $given $s3o_presign_url;
            add_header        X-Given $given always;
            try_files         /page.txt =404;
            %%EACH%%
        }

        location /any/ {
            s3o_presign           on;
            satisfy               any;
            deny                  all;
            auth_basic            "closed";
            auth_basic_user_file  users;
            try_files             /page.txt =404;
            %%EACH%%
        }

        location = /auth {
            internal;

            if ($http_x_user) {
                return 204;
            }

            return  403;
        }
    }
}

EOC

mkdir $t->testdir() . "/html$_" for '', '/on';
$t->write_file($_, 'a page') for 'html/page.txt', 'html/on/a b';
$s3->put_object($_, 'hello') for 'a b', 'k';

my %signed = map { $_ => 1 } grep { !/^(?:key|result|path|arg_x)$/ } @names;
my $logged = 0;

values_of_modes();
same_bytes();
internal_redirects();
too_early();
closed_doors();

$t->done();


# sends a request; returns the answer, its X- headers and the line in the log

sub ask {
    my ($uri, %o) = @_;

    my $r = $t->request(uri => $uri, %o);
    my %h = map { my $name = tr/_/-/r; $_ => ($r->{headers}{"x-$name"}
                                              // [''])->[0] } @names;

    # nginx writes the line after the answer has been sent

    my ($file, @lines) = ($t->testdir() . '/values.log');

    wait_until(sub { @lines = split /\n/, slurp($file); @lines > $logged },
               60);
    $logged = @lines;

    return ($r, \%h, decode_json($lines[-1]));
}


# returns the names of the variables that have a value

sub filled {
    my ($values) = @_;

    return join ' ', grep { length($values->{$_} // '') } @names;
}


sub values_of_modes {
    my $all = join ' ', @names;
    my $query = join ' ', grep { $_ ne 'authorization' } @names;

    for my $case (['redirect', 'GET', 'GET', 'a b', 900, $query],
                  ['json', 'PUT', 'PUT', 'a b', 900, $query],
                  ['on', 'GET', 'GET', 'on/a b', 3600, $all])
    {
        my ($mode, $method, $for, $key, $life, $names) = @$case;

        my ($r, $h, $log) = ask("/$mode/a%20b?x=1%202+3", method => $method);
        my $date = args_of($h->{url})->{'X-Amz-Date'};

        is(judge($h->{url}, method => $for, credentials => known(),
                 host => $s3->host()), 'signed', "$mode: \$s3o_presign_url");
        is(filled($h), $names,
           "$mode: the variables that have a value in a header");
        is(join('|', @{$h}{qw(key method expires date path arg_x result
                              content_sha256 security_token access_key_id)}),
           join('|', $key, $for, $life, $date, 'a b', '1 2 3', 'signed',
                     'UNSIGNED-PAYLOAD', TOKEN, TEMPORARY_KEY),
           "$mode: the values of the variables");
        is("https://$h->{host}$h->{uri}", $h->{url},
           "$mode: host and URI are those of the URL");
        is($h->{expires_at}, iso(amz_epoch($date) + $life),
           "$mode: the time when the URL ends");
        is_deeply({ map { $_ => $log->{$_} } @names }, $h,
                  "$mode: the log has the same values");
        is($log->{map}, 'a-url', "$mode: a map has the URL");
    }

    # in proxy mode the signature is in headers, which are made later

    my ($r, $h, $log) = ask('/proxy/a%20b?x=1');
    my $sent = $s3->last();

    $s3->accepted('proxy: the Outpost accepts the request');
    is($h->{url}, 'https://' . $s3->host() . '/a%20b',
       'proxy: the URL has no signature');
    is($h->{uri}, $sent->{target}, 'proxy: the URI is the one that is sent');
    is(filled($h), join(' ', grep { !/^expires/ } @names),
       'proxy: the variables that have a value');
    is(join('|', @{$h}{qw(authorization date content_sha256 security_token
                          host)}),
       join('|', map { $sent->{header}{$_} }
                 qw(authorization x-amz-date x-amz-content-sha256
                    x-amz-security-token host)),
       'proxy: the variables are the headers that the Outpost gets');
    is_deeply({ map { $_ => $log->{$_} } @names }, $h,
              'proxy: the log has the same values');

    (undef, $h, $log) = ask('/off/a?x=1');
    is(filled($h) . '|' . filled($log), 'path arg_x|path arg_x',
       'off: only path and arguments have a value');
    is($log->{map}, 'none', 'off: a map has no URL');

    (undef, $h, $log) = ask('/redirect/?x=%zz');
    is(filled($log), 'result', 'a refused request has a result only');
    is($log->{result}, 'args', 'the result of a refused request says why');
}


# a request keeps its values, even over seconds

sub same_bytes {
    $s3->next_response(status => 200, body => 'late', delay => 1.1);

    my ($r, $h, $log) = ask('/slow/k');

    is($r->{body}, 'late', 'an answer that takes more than a second');
    is($h->{url}, $s3->last()->{header}{'x-url'},
       'the URL in the header of the answer is the one the application got');
    is_deeply({ map { $_ => $log->{$_} } @names }, $h,
              'the log has the same URL and the other values');
}


sub internal_redirects {
    for my $where (qw(error-page error-named try-files try-named)) {
        my ($r, $h, $log) = ask("/$where/missing");

        my ($map, $url) = split / /, $r->{body};
        my $verdict = judge($url, credentials => known(),
                            host => $s3->host());

        is("$map $verdict", 'a-url signed', "$where: the URL keeps its value");
        is("$h->{url}|$h->{key}|$h->{result}", "$url|missing|signed",
           "$where: the key and the result keep their values");
        is("$log->{url} $log->{map}", "$url a-url",
           "$where: the log has the URL");
        is(join(' ', grep { $signed{$_} } split / /, filled($h)),
           join(' ', grep { $signed{$_} } @names),
           "$where: the log has all other values");
    }

    my ($r, undef, $log) = ask('/try-signing/x');

    is($r->{body}, '[]',
       'a location that signs does not see the signature of another');
    is($log->{url}, '', 'the log of this location has no URL');
}


# "return", "rewrite" and "set" run before the access phase

sub too_early {
    for my $case (['/return/x', 307], ['/return-basic/x', 200],
                  ['/return-request/x', 200], ['/return-any/x', 200],
                  ['/rewrite/x', 302], ['/set/x', 200], ['/if/x', 403])
    {
        my ($uri, $status) = @$case;

        $t->clear_log();

        my ($r, undef, $log) = ask($uri);

        is($r->{status}, $status, "$uri is answered with $status");
        unlike($r->{raw}, qr/X-Amz-|AWS4-HMAC|\Q${\TOKEN}\E/i,
               "$uri: the answer has no signature and no token");
        $t->error_log_like(qr/\[error\].*"\$s3o_presign_\w+"\ is\ empty\ before
                              \ the\ access\ phase.*"s3o_presign\ redirect"/x,
                           "$uri: the log says what to use instead");
        is(join(' ', grep { $signed{$_} } split / /, filled($log)),
           $uri eq '/set/x' ? join(' ', grep { $signed{$_} } @names) : '',
           "$uri: the access log has " . ($uri eq '/set/x' ? 'all' : 'none'));
    }
}


sub closed_doors {
    my $user = 'Basic ' . encode_base64('user:secret', '');
    my $wrong = 'Basic ' . encode_base64('user:guess', '');

    for my $case (
        ['/deny/x', [], 403],
        ['/basic/x', [], 401],
        ['/basic/x', [Authorization => $wrong], 401],
        ['/basic/x', [Authorization => $user], 200],
        ['/request/x', [], 403],
        ['/request/x', ['X-User' => 1], 200],
        ['/any/x', [], 401],
        ['/any/x', [Authorization => $wrong], 401],
        ['/any/x', [Authorization => $user], 200])
    {
        my ($uri, $headers, $status) = @$case;

        $t->clear_log();

        my ($r, $h, $log) = ask($uri, headers => $headers);
        my $name = "$uri" . (@$headers ? " with $headers->[1]" : '');
        my $open = $status == 200;

        is($r->{status}, $status, "$name: $status");
        is(judge($h->{url}, credentials => known(), host => $s3->host()),
           $open ? 'signed' : 'not a URL', "$name: the URL");
        is(join(' ', grep { $signed{$_} } split / /, filled($h)),
           $open ? join(' ', grep { $signed{$_} } @names) : '',
           "$name: the other values");
        is(judge($log->{url}, credentials => known(), host => $s3->host()),
           $open ? 'signed' : 'not a URL', "$name: the log");
        is($log->{result}, $open ? 'signed' : '', "$name: the result");
        is(($r->{headers}{'x-given'} // [''])->[0], '',
           "$name: auth_request_set gets nothing");
        $t->error_log_unlike(qr/is empty before the access phase/,
                             "$name: the log has no error");
    }
}


sub known {
    return { TEMPORARY_KEY() => { secret_key => $s3->secret_key(),
                                  session_token => TOKEN } };
}


sub iso {
    my @t = gmtime $_[0];

    return sprintf '%04d-%02d-%02dT%02d:%02d:%02dZ', $t[5] + 1900, $t[4] + 1,
                   @t[3, 2, 1, 0];
}
