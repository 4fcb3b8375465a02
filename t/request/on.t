#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "s3o_presign on": the request is checked and signed, and another handler
# answers.

use strict;
use warnings;

use Test::More;

use S3O::Judge qw(TOKEN REGION TEMPORARY_KEY known_credentials static judge
    args_of);
use S3O::Nginx;
use S3O::Presigned qw(ARN HOST ACCESS_KEY parse_url);
use S3O::SigV4 qw(verify);

my $t = S3O::Nginx->new();

$t->subst(ARN => ARN, STATIC => static(), TEMPORARY => static('token'));

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%

    # an application that answers with the URL and key it was given

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return  200 "$http_x_url|$http_x_key|$request_method";
        }

        # an application that asks nginx to hand out the URL
        # (X-Accel-Redirect)

        location /ticket/ {
            add_header  X-Accel-Redirect /outpost$request_uri;
            return      200 "a ticket";
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        proxy_set_header  X-Url $s3o_presign_url;
        proxy_set_header  X-Key $s3o_presign_key;

        location /app/ {
            s3o_presign          on;
            s3o_presign_methods  GET HEAD PUT;
            proxy_pass           http://127.0.0.1:%%PORT_8081%%;
        }

        location /denied/ {
            s3o_presign  on;
            deny         all;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }

        location /ticket/ {
            proxy_pass  http://127.0.0.1:%%PORT_8081%%;
        }

        location /outpost/ticket/ {
            internal;
            s3o_presign  redirect;
        }

        location /both/ {
            s3o_presign  on;
            add_header   X-Url $s3o_presign_url;
            try_files    /page.txt =404;
        }

        location /fallback/ {
            s3o_presign  on;
            try_files    $uri @app;
        }

        location @app {
            proxy_pass  http://127.0.0.1:%%PORT_8081%%;
        }

        # all variables that the header form needs

        location /headers/ {
            s3o_presign                 on;
            s3o_presign_methods         GET HEAD PUT DELETE;
            s3o_presign_signed_headers  x-amz-meta-* content-type range;
            s3o_presign_args            versionId;
            try_files                   /nowhere @done;

            location /headers/token/ {
                %%TEMPORARY%%
                try_files  /nowhere @done;
            }

            location /headers/put/ {
                s3o_presign_sign_method  PUT;
                try_files                /nowhere @done;
            }
        }

        # any method

        location @done {
            add_header  X-Url     $s3o_presign_url;
            add_header  X-Host    $s3o_presign_host;
            add_header  X-Method  $s3o_presign_method;
            add_header  X-Auth    $s3o_presign_authorization;
            add_header  X-Date    $s3o_presign_date;
            add_header  X-Sha     $s3o_presign_content_sha256;
            add_header  X-Token   $s3o_presign_security_token;
            add_header  X-Id      $s3o_presign_access_key_id;

            return  204;
        }
    }
}

EOC

mkdir $t->testdir() . '/html';
mkdir $t->testdir() . '/html/fallback';
$t->write_file('html/page.txt', 'a page')
  ->write_file('html/fallback/there.txt', 'there');
$t->run();

# an application that receives the URL

for my $method (qw(GET PUT)) {
    my $r = $t->request(method => $method, uri => '/app/a%20b?x=1',
                        $method eq 'PUT' ? (body => 'x' x 100000) : (),
                        headers => ['X-Url' => 'https://evil.example/']);
    my ($url, $key, $with) = split /\|/, $r->{body};

    is("$r->{status} $with", "200 $method", "$method reaches the application");
    is(judge($url, method => $method), 'signed',
       "$method: the application gets a URL for this method");
    is($key, 'a b', "$method: the application gets the key");
    is($r->{headers}{location}, undef, "$method: the answer is not a redirect");
    is($r->{headers}{'cache-control'}, undef,
       "$method: Cache-Control is not changed");
}

is($t->request(method => 'HEAD', uri => '/app/x')->{status}, 200,
   'HEAD reaches the application');

for my $case (['DELETE', '/app/x', 405], ['GET', '/app/', 400],
              ['GET', '/app/%ff', 400], ['GET', '/app/x?X-Amz-Date=', 400],
              ['GET', '/app/x?acl', 501], ['GET', '/denied/x', 403])
{
    my ($method, $uri, $status) = @$case;

    is($t->request(method => $method, uri => $uri)->{status}, $status,
       "$method $uri is refused and never reaches the application");
}

# the application decides, and nginx signs

my $r = $t->request(uri => '/ticket/a.iso');
is("$r->{status} " . judge($r->{headers}{location}[0]), '307 signed',
   'X-Accel-Redirect leads to a presigned URL');
is(parse_url($r->{headers}{location}[0])->{key}, 'a.iso',
   'the URL is for the key');
is($t->request(uri => '/outpost/ticket/a.iso')->{status}, 404,
   'the internal location is not reached without the application');

# files of nginx itself

$r = $t->request(uri => '/both/b.txt');
is($r->{body}, 'a page', 'try_files serves a file');
is(judge($r->{headers}{'x-url'}[0]), 'signed',
   'a variable has a URL next to the file');
is(parse_url($r->{headers}{'x-url'}[0])->{key}, 'b.txt',
   'the key is that of the request, not of the file');

is($t->request(uri => '/fallback/there.txt')->{body}, 'there',
   'try_files finds a file');
$r = $t->request(uri => '/fallback/b%20c');
my ($url, $key) = split /\|/, $r->{body};
is(judge($url), 'signed', 'try_files hands the URL to a named location');
is("$key, " . parse_url($url)->{key}, 'b c, b c',
   'the named location gets the key');

# the header form and the URL of the same request

my @forms = (
    ['GET', '/headers/a%20b', [], []],
    ['HEAD', '/headers/a', [], []],
    ['PUT', '/headers/a', [], []],
    ['DELETE', '/headers/a?versionId=%2Fv%2B1', [], []],
    ['GET', '/headers/token/a', [], []],
    ['GET', '/headers/token/a?versionId=2',
     ['Range' => 'bytes=0-1', 'X-Amz-Meta-B' => ' 2   3 '],
     ['range', 'x-amz-meta-b']],
    ['PUT', '/headers/a', ['Content-Type' => 'text/plain',
                           'x-amz-meta-z' => 'b', 'x-amz-meta-a' => 'c',
                           'X-Amz-Meta-Z' => 'a'],
     ['content-type', 'x-amz-meta-a', 'x-amz-meta-z']],
    ['GET', '/headers/a', ['x-amz-acl' => 'private', 'X-Amz-Date' => 'now',
                           'Authorization' => 'Basic eDp5',
                           'x-amz-security-token' => 'mine'], []],
    ['GET', '/headers/put/a', [], []],
);

for my $case (@forms) {
    my ($method, $uri, $sent, $signed) = @$case;

    $r = $t->request(method => $method, uri => $uri, headers => $sent);

    my $name = "$method $uri" . (@$sent ? " with @$sent" : '');
    my %h = map { $_ => $r->{headers}{"x-$_"}[0] // '' }
            qw(url host method auth date sha token id);

    my $asked = $uri =~ m{/put/} ? 'PUT' : $method;
    my $token = $uri =~ /token/ ? TOKEN : '';

    is(join(' ', @h{qw(method host sha token id)}),
       join(' ', $asked, HOST, 'UNSIGNED-PAYLOAD', $token,
                 $token ? TEMPORARY_KEY : ACCESS_KEY),
       "$name: method, host, payload, token and key id");

    my %is_signed = map { $_ => 1 } @$signed;
    my @pairs;

    for (my $i = 0; $i < @$sent; $i += 2) {
        push @pairs, @$sent[$i, $i + 1] if $is_signed{ lc $sent->[$i] };
    }

    is(judge($h{url}, method => $asked, headers => \@pairs), 'signed',
       "$name: S3 takes the URL");
    is(args_of($h{url})->{'X-Amz-Date'}, $h{date},
       "$name: the date is the same");
    is(header_form(\%h, @pairs), 'signed', "$name: S3 accepts the headers");
}

$t->done();


# judges the request that an application sends with these headers, to the URL
# without its authentication

sub header_form {
    my ($h, @pairs) = @_;

    my ($target) = $h->{url} =~ m{^https://[^/]+(.*)$};
    my ($path, $query) = split /\?/, $target;

    $query = join '&', grep { !/^X-Amz-/ } split /&/, $query;

    my @headers = (['host', $h->{host}], ['x-amz-date', $h->{date}],
                   ['x-amz-content-sha256', $h->{sha}],
                   ['authorization', $h->{auth}]);

    push @headers, ['x-amz-security-token', $h->{token}] if length $h->{token};
    push @headers, [splice @pairs, 0, 2] while @pairs;

    my $v = verify(
        method      => $h->{method},
        target      => $path . (length $query ? "?$query" : ''),
        headers     => \@headers,
        credentials => known_credentials(),
        region      => REGION,
        host        => HOST,
    );

    return $v->{ok} ? 'signed' : "$v->{status} $v->{code}: $v->{message}";
}
