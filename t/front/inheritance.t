#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Inheritance: every directive by itself, from http to server, to location, to
# a nested location, to "if" and to "limit_except".

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(arn parse_url own_query);

my $t = S3O::Nginx->new();

# the value of each directive on each level, and its effect on an answer; a
# flag has two values only, so they alternate

my @levels = qw(http server location nested if);

my %directives = (
    s3o_presign => {
        http => 'json', server => 'redirect', location => 'redirect 303',
        nested => 'json', if => 'redirect 302',
    },
    s3o_presign_multipart => {
        http => 'on', server => 'off', location => 'on', nested => 'off',
        if => 'on',
    },
    s3o_presign_list => {
        http => 'off', server => 'on', location => 'off', nested => 'on',
        if => 'off',
    },
    s3o_presign_operations => {
        http => 'GetObjectTagging ListParts', server => 'off',
        location => 'GetObjectTagging', nested => 'ListParts', if => 'off',
    },
    s3o_presign_methods => {
        http => 'GET HEAD PUT', server => 'GET HEAD DELETE',
        location => 'GET HEAD POST', nested => 'GET HEAD PUT DELETE',
        if => 'GET HEAD PUT POST',
    },
    s3o_presign_expires => {
        http => '11m', server => '12m', location => '13m', nested => '14m',
        if => '15m',
    },
    s3o_presign_window => {
        http => '10', server => '20', location => '30', nested => '40',
        if => 'off',
    },
    s3o_presign_access_point => { map { $_ => arn("ap-$_") } @levels },
    s3o_presign_endpoint => { map { $_ => "https://$_.example" } @levels },
    s3o_presign_key => { map { $_ => "$_/\$s3o_presign_path" } @levels },
    s3o_presign_sign_method => { map { $_ => "\$arg_method_$_" } @levels },
    s3o_presign_args => { map { $_ => "a-$_ b-$_" } @levels },
    s3o_presign_param => { map { $_ => "p $_" } @levels },
    s3o_presign_signed_headers => { map { $_ => "x-$_" } @levels },
    s3o_presign_payload => { map { $_ => 'unsigned' } @levels },
    s3o_presign_credentials => { map {
        $_ => "static access_key_id=KEY-$_ secret_access_key=S"
    } @levels },
);

my @names = sort keys %directives;
my %status = (json => 200, redirect => 307, 'redirect 303' => 303,
              'redirect 302' => 302);

# the lines of a block that has all directives

sub all {
    my ($level) = @_;

    return join "\n", map { "$_ $directives{$_}{$level};" } @names;
}

my $single = join "\n", map {
    "location /single/$_/ { $_ $directives{$_}{location}; }"
} @names;

my $locations = <<"EOC" =~ s/^ {4}//gmr;
    location /inherits/ { }

    location /own/ {
        @{[ all('location') ]}

        location /own/inherits/ { }
        location /own/own/ { @{[ all('nested') ]} }
    }

    location /if/ { if (\$arg_if) { @{[ all('if') ]} } }

    location /own-if/ {
        @{[ all('location') ]}
        if (\$arg_if) { s3o_presign_payload unsigned; }
    }

    location /except/ { limit_except GET { allow all; } }

    location /own-except/ {
        @{[ all('location') ]}
        limit_except GET { allow all; }
    }

    $single
EOC

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    @{[ all('http') ]}

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        $locations
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        server_name  localhost;

        @{[ all('server') ]}

        $locations
    }
}

EOC

my %port = (http => $t->port(8080), server => $t->port(8081));

for my $above (qw(http server)) {
    seen($above, 'inherits', {}, $above, 'a location without directives');
    seen($above, 'own', {}, 'location', 'a location with all directives');
    seen($above, 'own/inherits', {}, 'location',
         'a nested location without directives');
    seen($above, 'own/own', {}, 'nested',
    'a nested location with all directives');
    seen($above, 'if', {}, $above, 'an "if" whose condition is false');
    seen($above, 'if', { if => 1 }, 'if', 'an "if" whose condition is true');
    seen($above, 'own-if', { if => 1 }, 'location',
         'an "if" without directives');
    seen($above, 'except', { put => 1 }, $above, '"limit_except"');
    seen($above, 'own-except', { put => 1 }, 'location',
         '"limit_except" in a location of its own');

    for my $name (@names) {
        my %expected = map { $_ => $above } @names;
        $expected{$name} = 'location';

        seen($above, "single/$name", {}, \%expected, "$name alone");
    }
}


# effects that a URL does not show: added headers, and the region of an alias

my $alias = 'my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3';
my $p = S3O::Nginx->new();

$p->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  $alias;
    s3o_presign_credentials   static access_key_id=A secret_access_key=B;
    s3o_presign_region        us-east-1;
    s3o_presign_header        x-http http;
    proxy_set_header          X-Authorization \$s3o_presign_authorization;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        s3o_presign  proxy;

        location /http/ {
            proxy_pass  http://127.0.0.1:%%PORT_8082%%;
        }
    }

    server {
        listen              127.0.0.1:%%PORT_8081%%;
        s3o_presign         proxy;
        s3o_presign_region  us-gov-west-1;
        s3o_presign_header  x-server server;

        location /server/ {
            proxy_pass  http://127.0.0.1:%%PORT_8082%%;

            if (\$arg_if) {
                s3o_presign_region  eu-west-1;
                s3o_presign_header  x-if if;
            }

            limit_except GET {
                allow  all;
            }
        }

        location /location/ {
            s3o_presign_methods  GET PUT;
            s3o_presign_region   ap-east-1;
            s3o_presign_header   x-location location;
            s3o_presign_header   x-more more;
            proxy_pass           http://127.0.0.1:%%PORT_8082%%;

            limit_except GET {
                allow  all;
            }
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8082%%;

        location / {
            return 200 "\$http_host \$http_x_http\$http_x_server\$http_x_location\$http_x_more\$http_x_if \$http_authorization";
        }
    }
}

EOC

for my $case (
    ['8080', 'GET', '/http/x', 'us-east-1', 'http'],
    ['8081', 'GET', '/server/x', 'us-gov-west-1', 'server'],
    ['8081', 'GET', '/server/x?if=1', 'eu-west-1', 'if'],
    ['8081', 'GET', '/location/x', 'ap-east-1', 'locationmore'],
    ['8081', 'PUT', '/location/x', 'ap-east-1', 'locationmore'])
{
    my ($port, $method, $uri, $region, $headers) = @$case;

    my $r = $p->request(port => $p->port($port), method => $method,
                        uri => $uri, ($method eq 'PUT' ? (body => 'a') : ()));
    my ($host, $had, $authorization) = split / /, $r->{body}, 3;

    is($host, "$alias.op-01ac5d28a6a232904.s3-outposts.$region.amazonaws.com",
       "$method $uri: the region");
    is($had, $headers, "$method $uri: the headers");
    like($authorization, qr{/\Q$region\E/s3-outposts/aws4_request,
         \ SignedHeaders=\S*;?x-\Q@{[ $headers =~ s/more//r ]}\E[;,]}x,
         "$method $uri: both are signed");
}

$t->done();


# Sends two requests: one is signed and shows all but the methods, the other
# is refused and shows the methods.  The level is one for all directives, or a
# hash.

sub seen {
    my ($above, $path, $o, $level, $name) = @_;

    my %level = ref $level ? %$level : map { $_ => $level } @names;
    my %is = map { $_ => $directives{$_}{ $level{$_} } } @names;
    my $sign = "method_$level{s3o_presign_sign_method}";

    my $r = answer($above, $path, $o, "$sign=HEAD");
    my $json = $r->{status} == 200 ? decode_json($r->{body}) : {};
    my $u = parse_url($json->{url} // $r->{headers}{location}[0]);
    my $window = $is{s3o_presign_window} =~ s/off/0/r;

    my %got = (
        s3o_presign                => $r->{status},
        s3o_presign_access_point   => $u->{host} =~ /^ap-(\w+)-1/,
        s3o_presign_endpoint       => $u->{host} =~ /\.([a-z]+)\.example$/,
        s3o_presign_key            => $u->{key},
        s3o_presign_sign_method    => $json->{method} // 'HEAD',
        s3o_presign_expires        => int($u->{expires} / 60) . 'm',
        s3o_presign_window         => $u->{expires} % 60,
        s3o_presign_args           => join(' ', sort map { $_->[0] } grep {
                                          $_->[0] =~ /^[ab]-/
                                      } @{ $u->{query} }),
        s3o_presign_param          => $u->{args}{p},
        s3o_presign_signed_headers => $u->{args}{'X-Amz-SignedHeaders'}
                                      =~ s/^host;//r,
        s3o_presign_payload        => 'unsigned',
        s3o_presign_credentials    => $u->{access_key} =~ /^KEY-(\w+)$/,
    );

    my %expected = (
        %is,
        s3o_presign              => $status{ $is{s3o_presign} },
        s3o_presign_access_point => $level{s3o_presign_access_point},
        s3o_presign_endpoint     => $level{s3o_presign_endpoint},
        s3o_presign_key          => "$level{s3o_presign_key}/x",
        s3o_presign_sign_method  => 'HEAD',
        s3o_presign_window       => $window,
        s3o_presign_param        => $level{s3o_presign_param},
        s3o_presign_operations   => $directives{s3o_presign_operations}
                                    {$level{s3o_presign_operations}}
                                    =~ /Tagging/ ? 'tags' : 'no tags',
        s3o_presign_credentials  => $level{s3o_presign_credentials},
    );

    # the operation depends on the method, so the method must be one that no
    # level allows

    $r = answer($above, $path, $o, "$sign=NONE");
    $got{s3o_presign_methods} = $r->{headers}{allow}[0] =~ s/,//gr;

    $r = answer($above, $path, $o, "$sign=POST&uploads");
    $got{s3o_presign_multipart} = $r->{status} < 400 ? 'on' : 'off';

    # a key other than that of a listing shows whether s3o_presign_list is on

    $r = answer($above, $path, $o, "$sign=GET&list-type=2", '');
    $got{s3o_presign_list} = $r->{status} < 400 ? 'on' : 'off';

    # a step of a multipart upload may also be allowed by another directive

    $r = answer($above, $path, $o, "$sign=GET&tagging");
    $got{s3o_presign_operations} = $r->{status} < 400 ? 'tags' : 'no tags';

    is_deeply(\%got, \%expected, "below $above, $name")
        or diag(explain(\%got));
}


sub answer {
    my ($above, $path, $o, $args, $key) = @_;

    $args .= "&a-$_=1&b-$_=2" for @levels;
    $args .= '&if=1' if $o->{if};
    $key //= 'x';

    return $t->request(
        port    => $port{$above},
        method  => $o->{put} ? 'PUT' : 'GET',
        uri     => "/$path/$key?$args",
        headers => [map { ("X-$_" => 'v') } @levels],
        ($o->{put} ? (body => '') : ()),
    );
}
