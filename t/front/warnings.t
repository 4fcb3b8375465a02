#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Configurations that are legal and nearly always a mistake: "nginx -t" warns
# of each once, in a sentence, and does not warn of others.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN HOST);
use S3O::Process qw(slurp);
use S3O::TLS;

my $t = S3O::Nginx->new()->has(qw/http_ssl openssl/);

my $sign = 's3o_presign redirect; s3o_presign_access_point ' . ARN . ';'
           . 's3o_presign_credentials static access_key_id=A'
           . ' secret_access_key=B;';
my $slash = 'location "/f" has no slash at its end, so that keys begin with '
            . 'one, and "/fx" asks for "x": add a slash or "s3o_presign_key"';

sub arg {
    my ($location) = @_;

    return "\"s3o_presign_key\" in location \"$location\" has \"\$arg_k\", "
           . 'which is as the client has encoded it: "$s3o_presign_arg_k" is '
           . 'decoded';
}

is(said("$sign location /f { }"), $slash, 'no slash');
is(said("location /f { $sign }"), $slash, 'no slash, with its own directives');
is(said("$sign location /f { if (\$arg_a) { s3o_presign_expires 1m; } }"),
   $slash, 'no slash, with "if": one warning');
is(said("$sign location / { }"), '', 'a location of "/"');
is(said("$sign location /f/ { }"), '', 'a prefix with a slash');
is(said("$sign location ^~ /f { }"), $slash, 'no slash, with "^~"');
is(said("$sign location /f { s3o_presign_key \$uri; }"), '',
   'no slash, with a key of its own');
is(said("$sign location = /f { s3o_presign_key \$uri; }"), '',
   'an exact location');
is(said("$sign location ~ ^/f { }"), '', 'a regex location');
is(said("$sign location \@f { }"), '', 'a named location');
is(said("$sign location /f { s3o_presign off; }"), '',
   'no slash, where nothing is signed');

is(said("$sign location /g/ { s3o_presign_key a/\$arg_k; }"), arg('/g/'),
   'an argument that nginx does not decode');
is(said("$sign location /g/ { s3o_presign_key a/\$arg_k;"
        . ' if ($arg_a) { s3o_presign_expires 1m; }'
        . ' location /g/h/ { } }'), arg('/g/'), 'said once');
is(said("$sign location /g/ { s3o_presign_key a/\$s3o_presign_arg_k; }"), '',
   'a key with a decoded argument');
is(said("$sign location /g/ { s3o_presign_key a/\$args; }"), '',
   'a key with all arguments');

my $return = '"return" in location "/f/" has "$s3o_presign_url", which is '
             . 'empty before access is checked: use "s3o_presign redirect"';
my $early = $sign =~ s/redirect/on/r;

is(said("$early location /f/ { return 302 \$s3o_presign_url; }"), $return,
   'a signature before access is checked');
is(said("$early location /f/ { return 200 a\${s3o_presign_url}b; }"), $return,
   'inside of a text');
is(said("$early location /f/ { return 302 http://a\$uri; }"), '',
   'another variable');
is(said("$early location \@f { return 302 \$s3o_presign_url; }"), '',
   'a name: access was checked before');
is(said("$early location /f/ { internal; return 302 \$s3o_presign_url; }"), '',
   'an internal location');
is(said("location /f/ { return 302 \$s3o_presign_url; }"), '',
   'nothing is signed');

test_verify();
test_resolver();
test_cache_key();
test_demo();

# a region that fits a partition, and that nobody knows

my $point = 's3o_presign_access_point ' . ARN =~ s/us-west-2/us-wset-2/r . ';';
my $on = $sign =~ s/s3o_presign_access_point [^;]+;//r;
my $end = 's3o_presign_endpoint https://s3-outposts.us-wset-2.amazonaws.com;';

sub region {
    my ($region, $location, $host) = @_;

    return "region \"$region\" of the access point in location \"$location\" "
           . "is not known, and \"$host\" is assumed to be its host: correct "
           . 'the region, or if it is a new one, name its endpoint in '
           . '"s3o_presign_endpoint"';
}

my $wset = region('us-wset-2', '/f/',
                  HOST =~ s/us-west-2/us-wset-2/r);
my $alias = 'my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3';

is(said("$on location /f/ { $point }"), $wset, 'an unknown region');
is(said("$on $point location /f/ { location /f/g/ { } } location /h/ { }"),
   $wset, 'said once for a server');
is(said("$on location /f/ { $point if (\$arg_a) { s3o_presign_expires 1m; } }"
        . " location /h/ { $point }"), $wset, 'said once for all locations');
is(said("$on $point location /f/ { s3o_presign_access_point " . ARN . '; }'),
   '', 'a location has another access point');
is(said("$on location /f/ { $point $end }"), '', 'an endpoint is named');
is(said("$on location /f/ { $point s3o_presign off; }"), '',
   'nothing is signed there');
is(said("$on location /f/ { s3o_presign_access_point $alias;"
        . ' s3o_presign_region us-gov-nrth-1; }'),
   region('us-gov-nrth-1', '/f/', "$alias.op-01ac5d28a6a232904.s3-outposts."
                                  . 'us-gov-nrth-1.amazonaws.com'),
   'the region of an alias');
is(said("$on location /f/ { s3o_presign_access_point $alias;"
        . ' s3o_presign_region ap-southeast-7; }'), '', 'a known one');

$t->done();


# proxy mode over TLS, where nginx by default takes any certificate

sub test_verify {
    my $tls = S3O::TLS->new();
    my $proxy = $sign =~ s/redirect/proxy/r;
    my $url = 'proxy_pass $s3o_presign_url;';
    my $on = 'proxy_ssl_verify on; proxy_ssl_trusted_certificate '
             . $tls->ca_file() . ';';
    my $plain = 's3o_presign_endpoint http://s3.example;';
    my $said = '"proxy_pass" in location "/f/" sends signed requests to '
               . 'whoever answers, as "proxy_ssl_verify" is off: set it to '
               . '"on", and "proxy_ssl_trusted_certificate"';

    my $dns = 'resolver 127.0.0.1;';
    my $named = "$dns $proxy location /f/";

    is(said("$named { $url }"), $said, 'not verified');
    is(said("$dns $on $proxy location /f/ { $url }"), '', 'verified');
    is(said("$named { $on $url }"), '', 'verified in the location');
    is(said("$dns $on $proxy location /f/ { proxy_ssl_verify off; $url }"),
       $said, 'switched off');
    is(said("$plain $named { $url }"), '', 'an endpoint without TLS');
    is(said("s3o_presign_endpoint https://s3.example; $named { $url }"), $said,
       'an endpoint with TLS');
    is(said("$named { proxy_pass https://b\$s3o_presign_uri; }"), $said,
       'a name of an upstream');
    is(said("$plain $named { proxy_pass HTTPS://b\$s3o_presign_uri; }"), $said,
       'the scheme of proxy_pass counts');
    is(said("$named { proxy_pass http://b\$s3o_presign_uri; }"), '',
       'an upstream without TLS');
    is(said("$named { proxy_pass \$scheme://b\$s3o_presign_uri; }"), '',
       'who knows');
    is(said("$named { if (\$arg_a) { s3o_presign_expires 1m; } $url }"), $said,
       'said once');
    is(said("$named { $on $url if (\$arg_a) { proxy_ssl_verify off; } }"),
       '"proxy_ssl_verify" directive is not allowed here', 'not in "if"');
    is(said("$named { s3o_presign \$arg_mode; $url }"), $said,
       'a mode that may be "proxy"');
    is(said("$named { s3o_presign on; $url }"), '', 'another mode');
    is(said("$named { s3o_presign off; $url }"), '', 'nothing is signed');
}


# a cache that is shared by clients whose objects differ

sub test_cache_key {
    my $proxy = 's3o_presign_endpoint http://s3.example;'
                . ' resolver 127.0.0.1; proxy_cache zone; auth_basic a;'
                . ' auth_basic_user_file users; '
                . $sign =~ s/redirect/proxy/r;
    my $zone = 'proxy_cache_path cache keys_zone=zone:1m;'
               . ' map $arg_a $mapped { default b; }';

    my $lacks = sub {
        my ($cache, $key, $more) = @_;

        return said("$proxy location /f/ { s3o_presign_key $key; "
                    . ($cache && "proxy_cache_key $cache;")
                    . ($more // 'proxy_pass $s3o_presign_url;') . ' }', $zone);
    };

    my $warning = sub {
        return '"proxy_cache_key" in location "/f/" lacks "$' . $_[0] . '", '
               . 'which "s3o_presign_key" has, so that the cache gives one '
               . 'client the object of another: add "$s3o_presign_key" to it';
    };

    my $user = 'users/$remote_user/$s3o_presign_path';

    is($lacks->('$uri', $user), $warning->('remote_user'), 'a user');
    is($lacks->('fixed', $user), $warning->('remote_user'),
       'a key without variables');
    is($lacks->('$request_uri', $user), $warning->('remote_user'),
       'the URI does not tell the user');
    is($lacks->('$remote_user$uri', $user), '', 'the same variable');
    is($lacks->("\$s3o_presign_$_", $user), '', "\$s3o_presign_$_ has all")
        for qw(key uri url);
    is($lacks->('', $user), '', 'without the directive');
    is($lacks->('', $user, 'proxy_pass http://127.0.0.1;'), '',
       'nor with a proxy_pass without variables');
    is($lacks->('$uri', $user, 'proxy_pass http://127.0.0.1;'),
       $warning->('remote_user'), 'proxy_pass without variables');
    is($lacks->('$uri', $user, 'proxy_cache off; '
                . 'proxy_pass http://127.0.0.1;'), '', 'no cache');

    is($lacks->('$uri', "t/\$$_/a"), $warning->($_), $_)
        for qw(s3o_presign_segment_remote_user s3o_presign_arg_k http_x_tenant
               cookie_tenant);
    is($lacks->('$uri$remote_user', 't/$s3o_presign_segment_remote_user/a'),
       '', 'what the segment is made of');
    is($lacks->("\$uri\$$_", 't/$s3o_presign_arg_k'), '', "\$$_ has arguments")
        for qw(args query_string request_uri);
    is($lacks->('$uri$args', 't/$http_x_tenant'), $warning->('http_x_tenant'),
       'arguments have no headers');
    is($lacks->('$uri', 't/$mapped/$uri'), '', 'a map is not looked into');
    is($lacks->('$uri', '$s3o_presign_path'), '', 'a key of the path alone');
}


# a host that is looked up for each request

sub test_resolver {
    my $host = 'reports-123456789012.op-01234567890123456.s3.example';
    my $to = 's3o_presign_endpoint http://s3.example';
    my $sign_it = $sign =~ s/redirect/proxy/r;
    my $proxy = "$to; $sign_it";
    my $f = 'location /f/';
    my $url = "$f { proxy_pass \$s3o_presign_url; }";
    my $name = "$f { proxy_pass http://b\$s3o_presign_uri; }";
    my $upstream = "upstream $host { server 127.0.0.1; }";
    my $any = $proxy =~ s/(access_point) \S+;/$1 \$arg_a;/r;

    is(said("$proxy $url"), needs($host), 'no resolver');
    is(said("resolver 127.0.0.1; $proxy $url"), '', 'a resolver');
    is(said("$proxy $url", $upstream), '', 'an upstream');
    is(said("$to:8080; $sign_it $url", $upstream), needs($host),
       'an upstream is not for another port');
    is(said("$proxy $name"), needs('b'), 'another name');
    is(said("$proxy $name", 'upstream B { server 127.0.0.1; }'), '',
       'an upstream of another name');
    is(said("$proxy $f { proxy_pass http://127.0.0.1\$s3o_presign_uri; }"), '',
       'an address');
    is(said("$proxy $f { proxy_pass http://b\$arg_b\$s3o_presign_uri; }"), '',
       'a name that nobody knows yet');
    is(said("$any $url"), '', 'an access point that nobody knows yet');

    my $no_scheme = '"proxy_pass" in location "/f/" does not begin with '
                    . '"http://" or "https://", so that nginx answers 500';

    is(said("$proxy $f { proxy_pass $_\$s3o_presign_uri; }"), $no_scheme,
       "$_: no scheme") for 'b', 'b:80', 'ftp://b', 'httpb';
    is(said("$proxy $f { proxy_pass $_\$arg_a://b\$s3o_presign_uri; }"), '',
       "$_: the beginning of one") for 'http', 'HT';
    is(said("$proxy $f { if (\$arg_a) { s3o_presign_expires 1m; } "
            . 'proxy_pass $s3o_presign_url; }'), needs($host), 'said once');
}


sub needs {
    my ($host) = @_;

    return '"proxy_pass" in location "/f/" needs a "resolver" to find "'
           . "$host\", as no \"upstream\" has this name and port";
}


# "make demo" shows a configuration, which is a good one

sub test_demo {
    my $dir = $t->testdir();
    my $conf = slurp($t->root() . '/t/demo/nginx.conf.in');
    my %place = (DIR => $dir, ARN => ARN, S3_PORT => $t->port(8081),
                 PORT => $t->port(8080), PAGE => '');

    $t->write_file('demo', <<'EOF', 0600)->own_by_worker('demo');
[default]
aws_access_key_id = A
aws_secret_access_key = B
EOF

    $conf =~ s{\@DIR\@/credentials}{$dir/demo};
    $conf =~ s/^(?:load_module|daemon|worker_processes|pid|error_log)\s.*\n//mg;
    $conf =~ s/\@(\w+)\@/$place{$1}/g;

    my ($rc, $out) = $t->check_config("%%TEST_GLOBALS%%\n$conf");

    is($rc, 0, 'the configuration of the demo is good');
    unlike($out, qr/\[(?:warn|error|crit|alert|emerg)\]/,
           'the demo leads to no warning');
}


sub said {
    my ($config, $http) = @_;

    my $server = "server { listen 127.0.0.1:%%PORT_8080%%; $config }";
    my (undef, $out) = $t->check_http(($http // '') . $server);
    my @lines = $out =~ /\[(?:warn|emerg)\] \d+#\d+: (.*)$/mg;

    s/ in \S+check\.conf:\d+$// for @lines;

    return join "\n", @lines;
}
