#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Keys: from every kind of location and from s3o_presign_key.  The signed key
# has the bytes of the object's name, and other keys are refused.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN SECRET_KEY parse_url own_query is_signed);

my $t = S3O::Nginx->new(log_level => 'info');

my $locations = <<'EOC';
        location /p/ {
            if ($arg_if) {
                s3o_presign_expires  1h;
            }
        }

        location /noslash {
        }

        location ^~ /caret/ {
        }

        location "/two words/" {
        }

        location /outer/ {
            location ^~ /outer/inner/ {
            }

            location ~ \.txt$ {
            }

            location = /outer/exact {
                s3o_presign_key  nested/exact;
            }
        }

        location ~ ^/regex/ {
        }

        location ~ ^/capture/(.*)$ {
            s3o_presign_key  $1;
        }

        location ~ ^/named/(?<which>[^/]*)/(?<rest>.*)$ {
            s3o_presign_key  $rest;
        }

        location ~* ^/CASE/ {
        }

        location = /exact {
            s3o_presign_key  "constant key/+%2F";
        }

        location = /arg {
            s3o_presign_key  $s3o_presign_arg_key;
        }

        location = /raw-arg {
            s3o_presign_key  $arg_key;
        }

        location = /header {
            s3o_presign_key  $http_x_key;
        }

        location = /map {
            s3o_presign_key  $mapped;
        }

        location /tenant/ {
            s3o_presign_key  tenant/$s3o_presign_path;
        }

        location /uri/ {
            s3o_presign_key  $uri;
        }

        location /break/ {
            rewrite  ^/break/(.*)$  /other/$1 break;
        }

        location /last/ {
            rewrite  ^/last/(.*)$  /p/$1 last;
        }

        location /try/ {
            s3o_presign  off;
            try_files    /nothing @named;
        }

        location @named {
        }

        location /json/ {
            s3o_presign  json;
        }

        location /proxy/ {
            s3o_presign  proxy;
            proxy_pass   $s3o_presign_url;
        }

        location /on/ {
            s3o_presign  on;
            proxy_pass   $s3o_presign_url;
        }

        location /list/ {
            s3o_presign_list  on;
        }

        location /error/ {
            s3o_presign  off;
            error_page   404 =200 /p/of-an-error;
            return       404;
        }
EOC

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    map \$arg_name \$mapped {
        a        "of a/map";
        dots     ../map;
        default  "";
    }

    s3o_presign               redirect;
    s3o_presign_access_point  @{[ ARN ]};
    s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                              secret_access_key=@{[ SECRET_KEY ]};

    server {
        listen         127.0.0.1:%%PORT_8080%%;
        server_name    localhost;

$locations
    }

    server {
        listen         127.0.0.1:%%PORT_8081%%;
        server_name    localhost;
        merge_slashes  off;

$locations
    }
}

EOC

my %port = (on => $t->port(8080), off => $t->port(8081));

# URI -> the path that is signed, or "refused" where nginx would change the
# key; a third value is the path with merge_slashes off

my @keys = (
    ['a', '/a'],
    ['a/b/c.txt', '/a/b/c.txt'],
    ['a/', '/a/'],
    ['a%20b', '/a%20b'],
    ['a+b', '/a%2Bb'],
    ['a%2Bb', '/a%2Bb'],
    ['a%2Fb', '/a/b'],
    ['a%2fb', '/a/b'],
    ['a%252Fb', '/a%252Fb'],
    ['a%25252Fb', '/a%25252Fb'],
    ['a%25', '/a%25'],
    ['a%2520b', '/a%2520b'],
    ['a//b', 400, '/a//b'],
    ['a%2F%2Fb', 400, '/a//b'],
    ['a///b//', 400, '/a///b//'],
    ['/a', 400, '//a'],
    ['%2Fa', 400, '//a'],
    ['/', 400, '//'],
    ['a//', 400, '/a//'],
    ['a/./b', 400],
    ['a/.', 400],
    ['a/..', 400],
    ['./a', 400],
    ['../p/a', 400],
    ['a/../b', 400],
    ['a/%2e%2e/b', 400],
    ['a/..%2Fb', 400],
    ['a/.%2e%2fb/%2E/c', 400],
    ['%20/../%20', 400],
    ['a/...', '/a/...'],
    ['..a/.b/c..', '/..a/.b/c..'],
    ['a%3Fb%23c', '/a%3Fb%23c'],
    ['a?b', '/a'],
    ['a?b//c/../d', '/a'],
    ['a#b', 400],
    ['a?b#c', 400],
    ['#', 400],
    ['%C3%A9', '/%C3%A9'],
    ["\xc3\xa9", '/%C3%A9'],
    ['e%CC%81', '/e%CC%81'],
    ['%F0%9F%98%80', '/%F0%9F%98%80'],
    ['%EF%BF%BF', '/%EF%BF%BF'],
    ['%61%7e%2D%5f%2E', '/a~-_.'],
    ['!*\'()', '/%21%2A%27%28%29'],
    [':@&=$,;', '/%3A%40%26%3D%24%2C%3B'],
    ['"<>\\^`{|}', '/%22%3C%3E%5C%5E%60%7B%7C%7D'],
    ['%5C..%5C', '/%5C..%5C'],
    ['a%20%20b%20', '/a%20%20b%20'],
    ['x' x 1024, '/' . 'x' x 1024],
    ['%C3%A9' x 512, '/' . '%C3%A9' x 512],
    ['%20' x 1024, '/' . '%20' x 1024],

    # keys that no object can have, or that S3 would refuse

    ['', 400],
    ['x' x 1025, 414],
    ['%C3%A9' x 512 . 'x', 414],
    ['%01', 400],
    ['a%0Ab', 400],
    ['a%0D%0AHost:%20x', 400],
    ['a%09b', 400],
    ['a%1Fb', 400],
    ['a%7Fb', 400],
    ['%FF', 400],
    ['a%80', 400],
    ['%C3', 400],
    ['%C3%28', 400],
    ['%C0%AF', 400],
    ['%E0%80%AF', 400],
    ['%ED%A0%80', 400],
    ['%F4%90%80%80', 400],
    ['%F8%88%80%80%80', 400],
    ["\xe9", 400],

    # refusals of nginx itself

    ['a%00b', 400],
    ['%zz', 400],
    ['%', 400],
);

for my $merge (qw(on off)) {
    for my $place ('p', 'capture', 'named/x', 'caret', 'outer/inner') {
        for my $case (@keys) {
            my ($uri, $expected, $unmerged) = @$case;

            $expected = $unmerged if $merge eq 'off' && defined $unmerged;

            signed($merge, "/$place/$uri", $expected,
                   $place eq 'p' ? 'thoroughly' : undef);
        }
    }
}


# the key that a location makes of a URI: [URI, path, path with merge_slashes
# off]

for my $case (
    ['/p/a?if=1', '/a'],
    ['/p/../p/a', 400],
    ['//p/a', 400, '//p/a'],
    ['/p', '/p'],
    ['/%70/a', '/a'],
    ['/noslash', 400],
    ['/noslash/a', '//a'],
    ['/noslash//a', 400, '///a'],
    ['/noslashes', '/es'],
    ['/two%20words/a', '/a'],
    ['/two+words/a', '/two%2Bwords/a'],
    ['/outer/a', '/a'],
    ['/outer/inner/', 400],
    ['/outer/inner', '/inner'],
    ['/outer/a.txt', '/outer/a.txt'],
    ['/outer/exact', '/nested/exact'],
    ['/regex/a%20b', '/regex/a%20b'],
    ['/regex/', '/regex/'],
    ['/regex//a', 400, '/regex//a'],
    ['/case/a', '/case/a'],
    ['/CASE/a', '/CASE/a'],
    ['/exact', '/constant%20key/%2B%252F'],
    ['/x/../exact', '/constant%20key/%2B%252F'],
    ['/exact#', 400],
    ['/map?name=a', '/of%20a/map'],
    ['/map?name=dots', 400],
    ['/map', 400],
    ['/tenant/a', '/tenant/a'],
    ['/tenant/', '/tenant/'],
    ['/tenant/../p/a', 400],
    ['/tenant/..%2Fp/a', 400],
    ['/uri/a', '//uri/a'],
    ['/uri/b/../a', 400],
    ['/break/a%20b', '/other/a%20b'],
    ['/break/', '/other/'],
    ['/last/a%20b', '/a%20b'],
    ['/last/', 400],
    ['/try/a%2Bb', '/try/a%2Bb'],
    ['/try/a/../b', 400],
    ['/try/a//b', 400, '/try/a//b'],
    ['/error/x', '/of-an-error'],

    # in these locations the configuration has changed the URI

    ['/break/a/../b', '/other/b'],
    ['/last/a/../b', '/b'],
    ['/error/x/../y', '/of-an-error'],

    ['http://localhost/p/a', '/a'])
{
    my ($uri, $expected, $unmerged) = @$case;

    signed('on', $uri, $expected, 'thoroughly');
    signed('off', $uri, $unmerged // $expected, 'thoroughly');
}


# an argument is decoded once, and dots and slashes in it are not resolved

for my $case (
    ['a', '/a'],
    ['a/b', '/a/b'],
    ['a%2Fb', '/a/b'],
    ['a%252Fb', '/a%252Fb'],
    ['a+b', '/a%20b'],
    ['a%2Bb', '/a%2Bb'],
    ['a%20b', '/a%20b'],
    ['a//b', '/a//b'],
    ['/a', '//a'],
    ['a%26b%3Dc', '/a%26b%3Dc'],
    ['a=b', '/a%3Db'],
    ['a?b', '/a%3Fb'],
    ['%C3%A9', '/%C3%A9'],
    ['..a', '/..a'],
    ['x' x 1024, '/' . 'x' x 1024],
    ['a&key=b', '/a'],

    ['', 400],
    ['..', 400],
    ['.', 400],
    ['../a', 400],
    ['a/../b', 400],
    ['a/..', 400],
    ['./a', 400],
    ['a/%2e%2E/b', 400],
    ['a%2F..%2Fb', 400],
    ['a%00', 400],
    ['a%0d%0ab', 400],
    ['a%7F', 400],
    ['%FF', 400],
    ['%C0%AE%C0%AE/', 400],
    ['%zz', 400],
    ['a%', 400],
    ['x' x 1025, 414],
    ['%FF' x 1025, 414])
{
    my ($value, $expected) = @$case;

    for my $merge (qw(on off)) {
        signed($merge, "/arg?key=$value", $expected, 'thoroughly');
    }
}

signed('on', '/arg', 400);
signed('on', '/arg?Key=a', '/a');

# $arg_NAME is not decoded: its bytes are the key

signed('on', '/raw-arg?key=a%2Fb+c', '/a%252Fb%2Bc');
signed('on', '/raw-arg?key=%2e%2e', '/%252e%252e');
signed('on', '/raw-arg?key=../a', 400);


# the bytes of a header are the key

for my $case (
    ['a b/c', '/a%20b/c'],
    ["\xc3\xa9", '/%C3%A9'],
    ['a%2Fb', '/a%252Fb'],
    ['../a', 400],
    ["a\tb", 400],
    ["\xff", 400],
    ['', 400],
    ['x' x 1025, 414])
{
    signed('on', '/header', $case->[1], 'thoroughly',
           headers => ['X-Key' => $case->[0]]);
}

# all modes refuse, and say why where the client gets a document; a listing is
# refused in the same way

for my $place (qw(json proxy on)) {
    my $r = $t->request(uri => "/$place/a/../b");

    is($r->{status}, 400, "$place: a key that nginx has changed is refused");
    like($r->{body}, qr/InvalidURI.*merge_slashes.*another one/s,
             "$place: the answer says why")
        unless $place eq 'on';
}

signed('on', '/list/?list-type=2', '/');
signed('on', '/list/a/../?list-type=2', 400);
signed('on', '/list//?list-type=2', 400);

# the log says which rule refused the key

$t->clear_log();
$t->request(uri => "/arg?key=$_") for '', 'x' x 1025, '%01', '%FF', '..';
$t->request(uri => "/p/a/$_") for '../b', '/b', '#b';

is(join("\n", map { /not signed: (.*?), client/ } $t->log_errors('info')),
   join("\n", 'the object key is empty: to list the bucket see '
        . '"s3o_presign_list"',
        'the object key is longer than 1024 bytes',
        'the object key has a control character',
        'the object key is not valid UTF-8',
        'the object key has a segment "." or ".."',
        ('nginx has removed "//" (see "merge_slashes") or a segment "." or '
         . '".." from the path, and the key would be another one') x 2,
        'the URI has "#", and nginx drops what follows: a key has "%23"'),
   'reasons in the log');
is(scalar(() = $t->log_errors('notice')), 0,
   'no refused key is logged as an error');

$t->done();


# checks the signature and the host, too

sub signed {
    my ($merge, $uri, $expected, $thoroughly, %o) = @_;

    my $r = $t->request(port => $port{$merge}, uri => $uri, %o);
    my $location = $r->{headers}{location}[0];
    my $shown = "merge_slashes $merge, " . ($uri =~ s/(.{50}).*/$1.../sr);

    if ($expected !~ m{^/}) {
        is($r->{status}, $expected, $shown);
        unlike($r->{raw}, qr/X-Amz-/, "$shown: nothing is signed")
            if $thoroughly;
        return;
    }

    my $u = parse_url($location // "http://$r->{status}/");

    is($u->{path}, $expected, $shown);
    return unless $thoroughly;

    ok(is_signed($u), "$shown: the signature");
    is(own_query($u), '', "$shown: nothing else is signed");
}
