#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Contradictions: a location that lacks a directive, or has two that exclude
# each other, is an error of "nginx -t", and not of the first request.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $t = S3O::Nginx->new();

my $ap = 's3o_presign_access_point ' . ARN . ';';
my $cr = 's3o_presign_credentials static access_key_id=A secret_access_key=B;';
my $both = "$ap $cr";
my $pass = 'proxy_pass $s3o_presign_url;';

my $handlers = 'sends the answer itself and cannot be combined with another '
               . 'content handler (proxy_pass, stub_status ...); use '
               . '"s3o_presign off", "on", "proxy" or a variable here';
my $needs_pass = 'needs "proxy_pass $s3o_presign_url"; use "s3o_presign off" '
                 . 'where nothing is to be signed';
my $needs_key = 'needs "s3o_presign_key": in an exact location nothing '
                . 'follows the prefix';
my $cached = 'allows HEAD but not GET, into which "proxy_cache" turns it: '
             . 'allow GET or set "proxy_cache_convert_head off"';

my @modes = ('on', 'redirect', 'json', '$arg_mode', 'proxy');


# the directives that a mode needs

for my $mode (@modes) {
    my $more = $mode eq 'proxy' ? $pass : '';

    refused("location / { s3o_presign $mode; $cr $more }", said($mode, '/',
            'needs "s3o_presign_access_point"'),
            "$mode without an access point");
    refused("location /a/ { s3o_presign $mode; $ap $more }", said($mode,
            '/a/', 'needs "s3o_presign_credentials"'),
            "$mode without credentials");
    refused("location = /a { s3o_presign $mode; $both $more }", said($mode,
            '/a', $needs_key), "$mode in an exact location without a key");

    accepted("location / { s3o_presign $mode; $both $more }",
             "$mode with access point and credentials");
    accepted("location = /a { s3o_presign $mode; $both $more"
             . ' s3o_presign_key $arg_key; }',
             "$mode in an exact location with a key");
}

refused("location ~ ^/a { s3o_presign redirect; $cr }",
        said('redirect', '^/a', 'needs "s3o_presign_access_point"'),
        'a regex location is checked');
refused("location \@a { s3o_presign redirect; $ap }",
        said('redirect', '@a', 'needs "s3o_presign_credentials"'),
        'a named location is checked');
refused("location '' { s3o_presign redirect; $ap }",
        said('redirect', '', 'needs "s3o_presign_credentials"'),
        'a location without a name is checked');
refused("$ap location / { if (\$arg_a) { s3o_presign json; } }",
        said('json', '/', 'needs "s3o_presign_credentials"'),
        '"if" is checked');
refused("$both location = /a { if (\$arg_a) { s3o_presign json; } }",
        said('json', '/a', $needs_key),
        '"if" in an exact location needs a key, too');
refused("s3o_presign redirect; location / { } $ap",
        said('redirect', '/', 'needs "s3o_presign_credentials"'),
        'an inherited mode is checked');
refused("s3o_presign redirect; $both location / { $ap location = /a { } }",
        said('redirect', '/a', $needs_key), 'a nested location is checked');

accepted("s3o_presign redirect; location / { $both }",
         'a location adds what its server lacks');
accepted("s3o_presign redirect; $ap location / { s3o_presign off; }"
         . "location /a/ { $cr }",
         'off needs no access point and no credentials');
accepted("$both location = /a { s3o_presign off; }",
         'off needs no key in an exact location');
accepted("$both s3o_presign_key \$arg_key; location = /a { s3o_presign on; }",
         'an exact location may inherit its key');


# two content handlers

my %handlers = (
    'proxy_pass'     => 'proxy_pass http://127.0.0.1:%%PORT_8081%%;',
    'fastcgi_pass'   => 'fastcgi_pass 127.0.0.1:%%PORT_8081%%;',
    'uwsgi_pass'     => 'uwsgi_pass 127.0.0.1:%%PORT_8081%%;',
    'scgi_pass'      => 'scgi_pass 127.0.0.1:%%PORT_8081%%;',
    'memcached_pass' => 'set $memcached_key a; '
                        . 'memcached_pass 127.0.0.1:%%PORT_8081%%;',
    'empty_gif'      => 'empty_gif;',
);

for my $handler (sort keys %handlers) {
    my $line = $handlers{$handler};

    for my $mode ('redirect', 'json') {
        refused("$both location / { s3o_presign $mode; $line }",
                said($mode, '/', $handlers), "$mode and $handler");
        refused("$both location / { $line s3o_presign $mode; }",
                said($mode, '/', $handlers), "$handler and $mode");
    }

    accepted("$both location / { s3o_presign $_; $line }", "$_ and $handler")
        for 'on', 'off', '$arg_mode';
}

my $other = $handlers{proxy_pass};

refused("$both s3o_presign redirect; location / { $other }",
        said('redirect', '/', $handlers), 'an inherited redirect counts');
refused("$both location / { s3o_presign redirect; if (\$arg_a) { $other } }",
        said('redirect', '/', $handlers),
        'proxy_pass in "if" conflicts with an inherited redirect');
refused("$both location / { s3o_presign redirect 303; $other }",
        said('redirect', '/', $handlers),
        'the status of a redirect makes no difference');

accepted("$both location / { $other if (\$arg_a) { s3o_presign redirect; } }",
         'a redirect in "if" beside proxy_pass is a choice');
accepted("$both location / { s3o_presign redirect; location /a/ {"
         . " s3o_presign off; $other } }", 'a nested location may be off');
accepted("$both location / { s3o_presign redirect; root /nowhere;"
         . ' try_files $uri /x; }', 'try_files is not a content handler');


# proxy mode

refused("$both location / { s3o_presign proxy; }", said('proxy', '/',
        $needs_pass), 'proxy without proxy_pass');
refused("$both location / { s3o_presign proxy; $pass location /a/ { } }",
        said('proxy', '/a/', $needs_pass),
        'proxy_pass is not inherited by a nested location');
refused("$both s3o_presign proxy; location / { }", said('proxy', '/',
        $needs_pass), 'an inherited proxy needs proxy_pass');
refused("$both location / { s3o_presign proxy; s3o_presign_sign_method GET;"
        . " $pass }", said('proxy', '/', 'signs the method that is sent and '
        . 'cannot have "s3o_presign_sign_method"'),
        'proxy with another method');

my $size = 's3o_presign_max_size 1m;';
my $limits = 'cannot have "s3o_presign_max_size": "client_max_body_size" limits'
             . ' what is passed on; set that, and "s3o_presign_max_size 0" '
             . 'where it is inherited';

refused("$both location / { s3o_presign proxy; $pass $size }",
        said('proxy', '/', $limits), 'proxy with a size');
refused("$both $size location / { s3o_presign proxy; $pass }",
        said('proxy', '/', $limits), 'proxy with a size in the server');
accepted("$both $size location / { s3o_presign proxy; $pass"
         . ' s3o_presign_max_size 0; }', 'proxy without the size above');

for my $mode ('redirect', 'json', 'on', '$arg_mode') {
    accepted("$both $size location / { s3o_presign $mode; }",
             "$mode with a size");
    accepted("$both location / { s3o_presign $mode;"
             . ' s3o_presign_header content-length $arg_n; }',
             "$mode with a header");
}

# copies

my $copy = 's3o_presign_copy files;';
my $where = 'can have "s3o_presign_copy" only in a location of a prefix: '
            . 'only there it is known which sources a GET would find';

refused("$both location ~ x { s3o_presign proxy; $copy $pass }",
        said('proxy', 'x', $where), 'copies by a regular expression');
refused("$both location = /x { s3o_presign proxy; s3o_presign_key a; $copy"
        . " $pass }", said('proxy', '/x', $where), 'copies by an exact name');
refused("$both location / { s3o_presign proxy; $pass if (\$arg_a) { $copy } }",
        said('proxy', '/', $where), 'copies in "if"');
refused("$both location / { s3o_presign proxy; s3o_presign_methods PUT; $copy"
        . " $pass }", said('proxy', '/', 'needs GET in "s3o_presign_methods"'
        . ' for "s3o_presign_copy": a copy reads its source'),
        'copies without GET');
refused("$both location / { s3o_presign proxy; $copy s3o_presign_signed_headers"
        . " x-amz-copy-source; $pass }", said('proxy', '/', 'cannot have both '
        . '"s3o_presign_copy" and "x-amz-copy-source" in '
        . '"s3o_presign_signed_headers", which would send it unchecked'),
        'copies in a checked and an unchecked location');
accepted("$both $copy location ~ x { s3o_presign proxy; $pass }"
         . " location / { s3o_presign proxy; $pass }"
         . " location /off/ { s3o_presign proxy; s3o_presign_copy off; $pass }",
         'inherited copies');
refused("$both location / { s3o_presign proxy; s3o_presign_copy $_; $pass }",
        qq{"s3o_presign_copy" directive has invalid value "$_": expected the }
        . 'name of a bucket, as clients write it, or "off" alone',
        "the name $_") for 'a/b', 'arn:a', '*';

accepted("$both location / { s3o_presign proxy; $pass if (\$arg_a) {"
         . ' s3o_presign_expires 1h; } }', '"if" inherits proxy_pass');
accepted("$both location / { s3o_presign proxy; $pass"
         . ' limit_except GET { deny all; } }',
         'limit_except inherits proxy_pass');

my $zone = 'proxy_cache_path %%TESTDIR%%/cache keys_zone=z:1m;';
my $cache = "$both location / { s3o_presign proxy; proxy_cache z; $pass";

for my $case (
    ['s3o_presign_methods HEAD;', $cached],
    ['s3o_presign_methods PUT HEAD;', $cached],
    ['s3o_presign_methods HEAD; proxy_cache_convert_head off;'],
    ['s3o_presign_methods HEAD; proxy_cache off;'],
    ['s3o_presign_methods HEAD GET;'],
    ['s3o_presign_methods PUT;'],
    ['s3o_presign_operations HeadBucket;', 'allows HeadBucket but not '
     . 'ListObjects, into which "proxy_cache" turns it: allow ListObjects or '
     . 'set "proxy_cache_convert_head off"'],
    ['s3o_presign_operations HeadBucket; proxy_cache_convert_head off;'],
    ['s3o_presign_operations HeadBucket ListObjects;'],
    ['s3o_presign_list on;'])
{
    my ($lines, $why) = @$case;
    my $config = "server { listen 127.0.0.1:%%PORT_8080%%; $cache $lines } }";

    # the line of the case switches off the cache that the frame has

    $config =~ s/proxy_cache z;// if $lines =~ /proxy_cache off/;

    my ($status, $out) = $t->check_http("$zone $config");

    if ($why) {
        is(message($out), said('proxy', '/', $why), "a cache and $lines");

    } else {
        is($status, 0, "a cache and $lines") or diag($out);
    }
}


# methods

my $goes_on = 'in location "/" makes clients go on with GET: PUT, DELETE, '
              . 'POST, multipart and operations that write need 307';

for my $status (302, 303) {
    refused("$both location / { s3o_presign redirect $status; $_ }",
            "\"s3o_presign redirect $status\" $goes_on", "$status and $_")
        for 's3o_presign_methods PUT;', 's3o_presign_methods GET DELETE;',
            's3o_presign_methods POST;', 's3o_presign_multipart on;',
            's3o_presign_operations GetObjectTagging DeleteObjectTagging;',
            's3o_presign_operations PutObjectTagging;';

    accepted("$both location / { s3o_presign redirect $status; $_ }",
             "$status and $_")
        for 's3o_presign_methods GET HEAD;', 's3o_presign_list on;',
            's3o_presign_operations GetObjectTagging ListObjectVersions;',
            's3o_presign_methods PUT; s3o_presign_sign_method PUT;';
}

accepted("$both location / { s3o_presign redirect $_;"
         . ' s3o_presign_multipart on; s3o_presign_methods PUT DELETE POST; }',
         "redirect $_ and all methods") for '', '307';

refused("$both location / { s3o_presign json; $_->[0] }",
        "\"s3o_presign_sign_method\" \"$_->[1]\" in location \"/\" must be "
        . 'one of "s3o_presign_methods", or of an operation that is allowed',
        $_->[0])
    for ['s3o_presign_sign_method PUT;', 'PUT'],
        ['s3o_presign_methods PUT; s3o_presign_sign_method GET;', 'GET'],
        ['s3o_presign_methods GET; s3o_presign_sign_method HEAD;', 'HEAD'];

accepted("$both location / { s3o_presign json; s3o_presign_methods GET PUT;"
         . ' s3o_presign_sign_method PUT; }', 'a method that is allowed');
accepted("$both location / { s3o_presign json; s3o_presign_sign_method PUT;"
         . ' s3o_presign_operations PutObjectTagging; }',
         'a method of an operation that is allowed');


# s3o_presign_window

for my $case (
    ['s3o_presign_window 15m;', 900, 900],
    ['s3o_presign_window 16m;', 960, 900],
    ['s3o_presign_window 1h; s3o_presign_expires 1h;', 3600, 3600],
    ['s3o_presign_expires 1; s3o_presign_window 1;', 1, 1])
{
    my ($lines, $window, $expires) = @$case;

    refused("$both location / { s3o_presign redirect; $lines }",
            "\"s3o_presign_window\" of ${window}s in location \"/\" must be "
            . "less than \"s3o_presign_expires\" of ${expires}s", $lines);
}

refused("$both s3o_presign_window 10m; location / { s3o_presign redirect;"
        . ' s3o_presign_expires 5m; }', '"s3o_presign_window" of 600s in '
        . 'location "/" must be less than "s3o_presign_expires" of 300s',
        'an inherited window');
refused("$both location / { s3o_presign redirect; s3o_presign_expires 7d;"
        . ' s3o_presign_window 1s; }', '"s3o_presign_window" of 1s and '
        . '"s3o_presign_expires" of 604800s in location "/" must be at '
        . 'most 7d together', 'a URL that would have to live longer than 7d');

accepted("$both location / { s3o_presign redirect; $_ }", $_)
    for 's3o_presign_window 899;', 's3o_presign_window 1m;',
        's3o_presign_expires 6d; s3o_presign_window 1d;',
        's3o_presign_expires 7d; s3o_presign_window off;',
        's3o_presign_expires $arg_e; s3o_presign_window 1h;';


# a size limit that nginx checks before the redirect gets a warning

my $limit = '"client_max_body_size" of %s bytes in location "/" refuses '
            . 'larger uploads before they are redirected; 0 lets all through';

for my $case (
    ['s3o_presign_methods PUT;', sprintf $limit, 1 << 20],
    ['s3o_presign_methods GET POST; client_max_body_size 5k;',
     sprintf $limit, 5120],
    ['s3o_presign_methods PUT; client_max_body_size 0;'],
    ['s3o_presign_methods GET DELETE;'],
    ['s3o_presign_methods PUT; s3o_presign json;'],
    ['s3o_presign_methods PUT; s3o_presign off;'])
{
    my ($lines, $warning) = @$case;

    $lines .= ' s3o_presign redirect;' unless $lines =~ /s3o_presign [jo]/;

    my ($status, $out) = $t->check_location("$both $lines");
    my @warnings = $out =~ /\[warn\] \d+#\d+: (.*?) in \S+:\d+$/mg;

    is_deeply([$status, @warnings], [0, $warning // ()], "warning: $lines");
}

# a server may lack what its locations have: a request that no location takes
# fails then

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign  redirect;

    server {
        listen  127.0.0.1:%%PORT_8080%%;
        $cr

        location /a/ {
            $ap
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;
        $ap

        location /a/ {
            $cr
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8082%%;
        $both
        s3o_presign_region  us-gov-west-1;

        location /a/ {
            s3o_presign_region  us-west-2;
        }
    }
}

EOC

for my $case (
    [8080, '"s3o_presign_access_point" is not set'],
    [8081, '"s3o_presign_credentials" is not set'],
    [8082, '"s3o_presign_access_point" yields "' . ARN . '": the region is in '
     . 'another partition than the region of the ARN'])
{
    my ($port, $why) = @$case;

    $t->clear_log();

    is($t->request(port => $t->port($port), uri => '/a/x')->{status}, 307,
       "a location adds what its server lacks, $why");
    is($t->request(port => $t->port($port), uri => '/b')->{status}, 500,
       "no location, $why");
    is(join("\n", map { /not signed: (.*?), client/ } $t->log_errors('error')),
       $why, "the log, $why");
}


# two content handlers in either order: nginx would silently use the last one

my $beside = '"s3o_presign_status" in location "/" cannot be '
             . 'combined with another content handler';

my $others = 'signs what "proxy_pass" sends and cannot be combined with '
             . 'another content handler; use "s3o_presign off" where '
             . 'nothing is to be signed';

for my $other ("proxy_pass http://127.0.0.1:8080;", 'stub_status;', 'mp4;',
               'fastcgi_pass 127.0.0.1:8080;', 'grpc_pass 127.0.0.1:8080;')
{
    SKIP: {
        skip "no $other", 2
            if ($t->check_server("location / { $other }"))[0];

        refused("location / { s3o_presign_status; $other }", $beside,
                "the page of counters and $other")
            if $other !~ /stub_status|mp4/;

        my ($status) = $t->check_server("location / { $other "
                                        . 's3o_presign_status; }');
        is($status, 1, "$other and the page of counters");

        for my $mode (qw(redirect json)) {
            refused("location / { s3o_presign $mode; $both $other }",
                    said($mode, '/', $handlers), "$mode and $other");
            refused("location / { $other s3o_presign $mode; $both }",
                    said($mode, '/', $handlers), "$other and $mode");
        }

        beside_proxy($other) unless $other =~ /^proxy_pass/;
    }
}

# a script of njs answers at once, before any other handler

for my $script (
    ['ngx_http_js_module', 'js_content m.f;', 'js_import m from m.js;'],
    ['ngx_http_lua_module', 'content_by_lua_block { ngx.exit(200) }', '',
     'ndk_http_module'])
{
    my ($module, $other, $http, @before) = @$script;

    my $load = join "\n", map {
        my $name = $_;
        my ($file) = grep { -f } map { "$_/$name.so" }
            qw(/usr/lib/nginx/modules /usr/lib64/nginx/modules
               /usr/share/nginx/modules);

        $file ? "load_module $file;" : ();
    } @before, $module;

    my $check = sub {
        return $t->check_config("%%TEST_GLOBALS%%\n$load\nevents { }\nhttp {\n"
            . "%%TEST_GLOBALS_HTTP%%\n$http\nserver {\n$_[0]\n}\n}\n");
    };

    $t->write_file('m.js', 'export default { f: r => r.return(200) };');

    SKIP: {
        skip "no $module", 8 if ($check->("location / { $other }"))[0];

        for my $mode (qw(redirect json)) {
            refused("location / { s3o_presign $mode; $both $other }",
                    said($mode, '/', $handlers), "$mode and $other", $check);
            refused("location / { $other s3o_presign $mode; $both }",
                    said($mode, '/', $handlers), "$other and $mode", $check);
        }

        refused("location / { s3o_presign_status; $other }", $beside,
                "the page of counters and $other", $check);
        beside_proxy($other, $check);
    }
}

# "return" answers before any content handler

refused('location / { s3o_presign_status; s3o_presign_status ready; }',
        '"s3o_presign_status" directive is duplicate', 'two pages in one');
refused('location / { s3o_presign_status xml; }',
        '"s3o_presign_status" directive has invalid value "xml": expected '
        . '"json", "prometheus" or "ready"', 'a page in another form');

for my $return ('return 200 ok;', 'return 403;', 'return http://a/;') {
    my $never = '"s3o_presign_status" in location "/" is never reached: '
                . '"return" comes before it';

    refused("location / { s3o_presign_status; $return }", $never,
            "the page of counters and $return");
    refused("location / { $return s3o_presign_status; }", $never,
            "$return and the page of counters");
    accepted("location / { s3o_presign_status; if (\$arg_a) { $return } }",
             "the page of counters, and at times $return");
    accepted("$return location / { s3o_presign_status; }",
             "the page of counters in a server with $return");
}

$t->done();


sub beside_proxy {
    my ($other, $check) = @_;

    refused("location / { s3o_presign proxy; $both $other }",
            said('proxy', '/', $others), "proxy and $other", $check);
    refused("location / { $other s3o_presign proxy; $both }",
            said('proxy', '/', $others), "$other and proxy", $check);
    refused("s3o_presign proxy; $both location / { $other }",
            said('proxy', '/', $others), "$other that inherits proxy", $check);
}


sub said {
    my ($mode, $location, $text) = @_;

    return "\"s3o_presign $mode\" in location \"$location\" $text";
}


sub message {
    my ($out) = @_;

    return $out =~ /\[emerg\] \d+#\d+: (.*) in \S+check\.conf:\d+$/m
           ? $1 : $out;
}


sub refused {
    my ($config, $message, $name, $check) = @_;

    my ($status, $out) = $check ? $check->($config)
                         : $t->check_server($config);

    is($status . message($out), "1$message", "refused: $name");
}


sub accepted {
    my ($config, $name) = @_;

    my ($status, $out) = $t->check_server($config);

    is($status, 0, "accepted: $name") or diag($out);
}
