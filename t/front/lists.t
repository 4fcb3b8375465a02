#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Operations on the bucket, in prefix, exact, regex and named locations: the
# paths that mean the bucket, the prefix that a list is confined to, and the
# places where DeleteObjects may be configured, although nobody sees its keys.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN SECRET_KEY parse_url own_query is_signed);

my $t = S3O::Nginx->new(log_level => 'info');

my $more = 's3o_presign_operations ListObjectVersions ListMultipartUploads;';
my $common = <<"EOC";
        s3o_presign_access_point  @{[ ARN ]};
        s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                                  secret_access_key=@{[ SECRET_KEY ]};
EOC

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    # the regex of this map replaces the captures of the location

    map \$arg_x \$x {
        ~^(.*)\$  "";
    }

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;

$common
        s3o_presign           redirect;
        s3o_presign_list      on;
        $more

        location /prefix/ {
        }

        location /tenant/ {
            s3o_presign_key   tenant/\$s3o_presign_path;
        }

        location /bare {
        }

        location = /exact {
            s3o_presign_key   \$s3o_presign_path;
        }

        location = /exact-dir {
            s3o_presign_key   "dir/";
        }

        location = /exact-arg {
            s3o_presign_key   \$s3o_presign_arg_key;
        }

        location ~ ^/one(?:/(?<one>.*))?\$ {
            s3o_presign_key   \$one;
        }

        location ~ ^/two/([a-z]+)(?:/(.*))?\$ {
            s3o_presign_key   users/\$1/\$2;
        }

        location ~ ^/clobbered(?:/(?<clobbered>.*))?\$ {
            s3o_presign_key   \${x}tenant/\$clobbered;
        }

        location ~ ^/plain/ {
        }

        location ~* \\.(jpg|png)\$ {
        }

        location ~ ^/if(?:/(?<other>.*))?\$ {
            if (\$arg_y ~ (.)) {
                s3o_presign_key  if/\$other;
            }

            s3o_presign_key   no/\$other;
        }

        location ~ ^/rewritten/(.*)\$ {
            rewrite           ^ /elsewhere/\$1 break;
            s3o_presign_key   \$uri;
        }

        location /delete/ {
            s3o_presign_operations  DeleteObjects;
        }

        location ~ ^/delete-re(?:/(?<del>.*))?\$ {
            s3o_presign_operations  DeleteObjects;
            s3o_presign_key         \$del;
        }

        location /delete-rewritten/ {
            rewrite           ^/delete-rewritten/(.*)\$
                              /delete-rewritten/public/\$1 break;
            s3o_presign_operations  DeleteObjects;
        }

        # json, on and proxy

        location /json/ {
            s3o_presign              json;
            s3o_presign_operations   GetObjectTagging PutObjectTagging
                                     DeleteObjects;
            s3o_presign_sign_method  \$arg_as;
        }

        location /app/ {
            s3o_presign             on;
            s3o_presign_operations  GetObjectTagging;
            add_header              X-Url \$s3o_presign_url always;
            try_files               /nothing =404;
        }

        # bodies: the application shows what it was told of them

        location /body/ {
            s3o_presign             proxy;
            s3o_presign_payload     streaming;
            s3o_presign_methods     PUT;
            s3o_presign_multipart   on;
            s3o_presign_operations  PutObjectTagging DeleteObjects;
            proxy_pass              http://127.0.0.1:%%PORT_8081%%;
        }

        location /try/ {
            s3o_presign       off;
            try_files         /nothing \@named;
        }

        location \@named {
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        server_name  localhost;

        location / {
            return  200 "\$request_uri \$http_x_amz_content_sha256";
        }
    }
}

EOC

my $v2 = 'list-type=2';

# [method, URI, the path and query that are signed], or a status instead

my @cases = (

    # the URI is the prefix alone

    ['GET',  '/prefix/', '/'],
    ['GET',  '/prefix/?x=1', '/'],
    ['HEAD', '/prefix/', '/'],
    ['HEAD', '/prefix/?prefix=a', '/'],
    ['GET',  '/prefix/?prefix=a&marker=b&max-keys=2&delimiter=/',
     '/?delimiter=/&marker=b&max-keys=2&prefix=a'],
    ['GET',  '/prefix/?versions&prefix=a&key-marker=b&version-id-marker=c',
     '/?key-marker=b&prefix=a&version-id-marker=c&versions='],
    ['GET',  '/prefix/?uploads&max-uploads=3&upload-id-marker=c',
     '/?max-uploads=3&upload-id-marker=c&uploads='],
    ['GET',  '/prefix/a', '/a'],
    ['GET',  '/prefix/a/', '/a/'],
    ['HEAD', '/prefix/a/', '/a/'],
    ['GET',  '/prefix/a?versions', 400],
    ['GET',  '/prefix/a?uploads', 400],
    ['PUT',  '/prefix/', 405],
    ['GET',  '/prefix/?versions=1', 400],
    ['GET',  '/prefix/?versions&versions', 400],
    ['GET',  '/prefix/?location', 501],
    ['GET',  '/bare', '/'],
    ['GET',  '/bare?versions', '/?versions='],

    # a list of any kind stays within the prefix

    (map { my $kind = $_; my $own = $kind eq $v2 ? $v2 : "$kind=";
           $own = '' if $kind eq 'x'; my $sep = $own ? '&' : '';
           my $q = sub { join '&', sort grep { length } $own, @_ };
           (['GET', "/tenant/?$kind", '/?' . $q->('prefix=tenant/')],
            ['GET', "/tenant/?$kind&prefix=", '/?' . $q->('prefix=tenant/')],
            ['GET', "/tenant/?$kind&prefix=tenant/a",
             '/?' . $q->('prefix=tenant/a')],
            ['GET', "/tenant/?$kind&Prefix=other/",
             '/?' . $q->('prefix=tenant/')],
            ['GET', "/tenant/?$kind&pre%66ix=tenant%2Fa&delimiter=/",
             '/?' . $q->('prefix=tenant/a', 'delimiter=/')],
            (map { ['GET', "/tenant/?$kind&$_", 400] } 'prefix=other/',
             'prefix=tenant', 'prefix=Tenant/', 'p%72efix=other/',
             'prefix=tenant/&prefix=other/', 'prefix=&prefix=other/',
             'prefix=other/&prefix=tenant/', 'prefix=%2Ftenant/'))
     } 'x', $v2, 'versions', 'uploads'),
    ['HEAD', '/tenant/', '/'],
    ['HEAD', '/tenant/?prefix=other/', '/'],
    ['GET',  '/tenant/a', '/tenant/a'],

    # an exact location means the bucket; here the argument is the key of an
    # object

    ['GET',  '/exact', '/'],
    ['HEAD', '/exact', '/'],
    ['GET',  "/exact?$v2&prefix=a", "/?$v2&prefix=a"],
    ['GET',  '/exact-dir', '/?prefix=dir/'],
    ['HEAD', '/exact-dir', '/'],
    ['GET',  '/exact-dir?versions', '/?prefix=dir/&versions='],
    ['GET',  '/exact-arg?key=a.txt', '/a.txt'],
    ['HEAD', '/exact-arg?key=a.txt', '/a.txt'],
    ['GET',  "/exact-arg?key=a.txt&$v2", "/?$v2&prefix=a.txt"],
    ['GET',  '/exact-arg?key=a/', '/?prefix=a/'],

    # one regex location for the bucket, with and without a slash, and for
    # objects; the server answers paths that it does not match

    (map { ['GET',  $_, '/'], ['HEAD', $_, '/'],
           ['GET',  "$_?$v2&prefix=a", "/?$v2&prefix=a"],
           ['GET',  "$_?versions", '/?versions='],
           ['GET',  "$_?uploads=", '/?uploads='] } '/one', '/one/'),
    ['GET',  '/one/a', '/a'],
    ['GET',  '/one/a/', '/a/'],
    ['HEAD', '/one/a/', '/a/'],
    ['GET',  '/one/a%20b%2Fc', '/a%20b/c'],
    ['GET',  "/one/a?$v2", 400],
    ['GET',  '/one/a?versions', 400],
    ['GET',  '/onex', '/onex'],

    # several captures: the last one is what follows the prefix

    (map { ['GET',  $_, '/?prefix=users/alice/'], ['HEAD', $_, '/'],
           ['GET',  "$_?$v2", "/?$v2&prefix=users/alice/"],
           ['GET',  "$_?$v2&prefix=users/bob/", 400],
           ['GET',  "$_?prefix=users/bob/", 400] } '/two/alice', '/two/alice/'),
    ['GET',  '/two/alice/a', '/users/alice/a'],
    ['GET',  '/two/alice/a/', '/users/alice/a/'],
    ['GET',  "/two/alice/a?$v2", 400],

    # another regex, matched in between, changes nothing

    (map { ['GET',  $_, '/?prefix=tenant/'],
           ['GET',  "$_?x=abc&$v2", "/?$v2&prefix=tenant/"] }
     '/clobbered', '/clobbered/'),
    ['GET',  '/clobbered/a?x=', '/tenant/a'],
    ['GET',  "/clobbered/a?x=&$v2", 400],

    # no captures: an argument gives the key, and the path is the prefix

    ['GET',  '/plain/', '/plain/'],
    ['GET',  "/plain/?$v2", "/?$v2&prefix=plain/"],
    ['GET',  "/plain/a?$v2", "/?$v2&prefix=plain/a"],
    ['GET',  "/plain/?$v2&prefix=x", 400],

    # a capture that is not the rest of the path

    ['GET',  '/a.jpg', '/a.jpg'],
    ['GET',  "/a.jpg?$v2", 400],

    # "if" inherits the regex of its location

    ['GET',  '/if', '/?prefix=no/'],
    ['GET',  '/if?y=1', '/?prefix=if/'],
    ['GET',  '/if/a?y=1', '/if/a'],
    ['GET',  "/if/a?y=1&$v2", 400],

    # a path that the regex no longer matches is the path of an object

    ['GET',  '/rewritten/', '//elsewhere/'],
    ['GET',  "/rewritten/?$v2", 400],

    # a named location has no prefix of its own

    ['GET',  '/try/', '/try/'],

    ['POST', '/delete/?delete', '/?delete='],
    ['POST', '/delete/?delete&x=1', '/?delete='],
    ['POST', '/delete/?delete=x', 400],
    ['POST', '/delete/?delete&delete', 400],
    ['POST', '/delete/?delete&versionId=1', 400],
    ['POST', '/delete/k?delete', 400],
    ['POST', '/delete-re?delete', '/?delete='],
    ['POST', '/delete-re/?delete', '/?delete='],
    ['POST', '/delete-re/k?delete', 400],
    ['POST', '/delete-rewritten/?delete', 400],
);

for my $case (@cases) {
    my ($method, $uri, $expected) = @$case;
    my $r = $t->request(method => $method, uri => $uri);
    my $name = "$method $uri";

    if ($expected =~ /^\d+$/) {
        is($r->{status}, $expected, $name);
        unlike($r->{raw}, qr/X-Amz-/, "$name: nothing is signed");
        next;
    }

    my $u = parse_url($r->{headers}{location}[0] // "http://$r->{status}/");
    my $query = own_query($u);
    my ($path, $args) = split /\?/, $expected;

    $args = join '&', sort split /&/, $args // '';

    is($u->{path} . '?' . join('&', sort split /&/, $query), "$path?$args",
       $name);
    ok(is_signed($u, method => $method), "$name: the signature");
}


# in json and on, the method that is signed gives the operation

for my $case (['GET', '/json/k?tagging', 'GET', '/k', 'tagging='],
              ['GET', '/json/k?tagging&as=PUT', 'PUT', '/k', 'tagging='],
              ['GET', '/json/?delete&as=POST', 'POST', '/', 'delete='],
              ['GET', '/json/', 'GET', '/', ''],
              ['GET', '/json/?as=HEAD', 'HEAD', '/', ''],
              ['GET', "/json/?$v2&prefix=a", 'GET', '/', "$v2&prefix=a"],
              ['GET', '/app/k?tagging', 'GET', '/k', 'tagging='],
              ['HEAD', '/app/', 'HEAD', '/', ''])
{
    my ($method, $uri, $signed, $path, $query) = @$case;
    my $r = $t->request(method => $method, uri => $uri);
    my ($url) = $r->{headers}{'x-url'} ? $r->{headers}{'x-url'}[0]
                : $r->{body} =~ /"url":"([^"]+)"/;
    my $u = parse_url($url // "http://$r->{status}/");

    is("$u->{path} " . own_query($u), "$path $query", "$method $uri");
    ok(is_signed($u, method => $signed), "$method $uri: signed for $signed");
}

is($t->request(uri => '/json/k?tagging&as=DELETE')->{status}, 400,
   'json: refused for a method whose operation is not allowed');
is($t->request(uri => '/json/?delete')->{status}, 400,
   'json: refused for a method that has no such operation');


# only the bodies of uploads are sent in signed chunks

my $hash = sha256_hex('abc');

for my $case (['PUT', '/body/k', qr/^STREAMING-/],
              ['PUT', '/body/k?partNumber=1&uploadId=a', qr/^STREAMING-/],
              ['PUT', '/body/k?tagging', qr/^$hash$/],
              ['POST', '/body/?delete', qr/^$hash$/],
              ['POST', '/body/k?uploadId=a', qr/^$hash$/])
{
    my ($method, $uri, $payload) = @$case;
    my $r = $t->request(method => $method, uri => $uri, body => 'abc');

    like((split / /, $r->{body})[1] // $r->{status}, $payload,
         "$method $uri: its payload");
}


# the places where DeleteObjects may be

my $delete = 's3o_presign_operations DeleteObjects;';

for my $place ('location /a/ { %s }', 'location / { %s }',
    'location /a/ { s3o_presign_key $s3o_presign_path; %s }',
    'location /a/ { s3o_presign_key ${s3o_presign_path}; %s }',
    'location = /a { s3o_presign_key $s3o_presign_path; %s }',
    'location @a { %s }',
    'location ~ ^/a(?:/(.*))?$ { s3o_presign_key $1; %s }',
    'location ~ ^/a(?:/(?<k>.*))?$ { s3o_presign_key $k; %s }',
    'location ~ ^/a(?:/(?P<k>.*))?$ { s3o_presign_key ${k}; %s }',
    'location ~ ^/a-b\.c/d_e/(.*)$ { s3o_presign_key $1; %s }',
    'location ~ ^/(?<k>.*)$ { s3o_presign_key $k; %s }')
{
    my ($status, $out) = check($place);
    is($status, 0, "DeleteObjects in $place") or diag($out);
}

for my $place ('location /a/ { s3o_presign_key a/$s3o_presign_path; %s }',
    'location /a/ { s3o_presign_key $arg_key; %s }',
    'location /a/ { s3o_presign_key $s3o_presign_path$arg_x; %s }',
    'location /a/ { if ($arg_a) { s3o_presign_key a$uri; } %s }',
    'location /a/ { %s location /a/b/ { s3o_presign_key b/$uri; } }',
    'location = /a { s3o_presign_key dir/; %s }',
    'location ~ ^/a { %s }',
    'location ~ ^/a/(.*)$ { %s }',
    'location ~ ^/a/(.*)$ { s3o_presign_key a/$1; %s }',
    'location ~ ^/a/(.*)$ { s3o_presign_key $uri; %s }',
    'location ~ ^/a/(.*)$ { s3o_presign_key $arg_1; %s }',
    'location ~ ^/a/(public/.*)$ { s3o_presign_key $1; %s }',
    'location ~ ^/a/(.*)public$ { s3o_presign_key $1; %s }',
    'location ~ ^/a/(.*\.txt)?$ { s3o_presign_key $1; %s }',
    'location ~ ^/a/(?!secret)(.*)$ { s3o_presign_key $1; %s }',
    'location ~ ^/(a|b)/(.*)$ { s3o_presign_key $2; %s }',
    'location ~ ^/a(?:/(.*))$ { s3o_presign_key $1; %s }',
    'location ~ ^/a(.*)$ { s3o_presign_key $1; %s }',
    'location ~ /a/(.*)$ { s3o_presign_key $1; %s }',
    'location ~ ^/a/(?<k>.*)$ { s3o_presign_key $1; %s }',
    'location ~ ^/[ab]/(.*)$ { s3o_presign_key $1; %s }')
{
    my ($status, $out) = check($place);

    isnt($status, 0, "no DeleteObjects in $place");
    like($out, qr/"s3o_presign_operations[ ]DeleteObjects"[ ]in[ ]location
                  [ ]"[^"]*"[ ]deletes[ ]any[ ]key[ ]that[ ]the[ ]body[ ]of[ ]a
                  [ ]request[ ]names,[ ]but[ ]the[ ]location[ ]changes[ ]or
                  [ ]confines[ ]keys:[ ]use[ ]it[ ]in/x,
                  "$place: the message says why");
}

# an inherited DeleteObjects is checked in the same way

isnt((check('location /a/ { s3o_presign_key a/$s3o_presign_path; }', $delete))
     [0], 0, 'no DeleteObjects where it is inherited');
is((check('location /a/ { s3o_presign_key a/$s3o_presign_path;'
          . ' s3o_presign_operations off; }', $delete))[0], 0,
   'a nested location can end the inheritance');

$t->done();


sub check {
    my ($place, $above) = @_;

    my $text = $place =~ s/%s/$delete/r;
    $above //= '';

    return $t->check_http("server { listen 127.0.0.1:%%PORT_8080%%; $common"
                          . " s3o_presign redirect; $above $text }");
}
