#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Access control comes first: for a refused request nothing is signed, in any
# mode; a request that is let through is signed.

use strict;
use warnings;

use Digest::MD5 qw(md5_base64);
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(wait_until);

# name => [directives, a refused request: arguments of request(), its status,
# a request that is let through]; without the last, every request is refused

my $basic = ['Authorization' => 'Basic dXNlcjpwYXNz'];

my %control = (
    deny => ['deny all;', {}, 403],

    basic => ['auth_basic "closed $s3o_presign_url"; '
              . 'auth_basic_user_file %%TESTDIR%%/users;',
              {}, 401, { headers => $basic }],

    request => ['auth_request /auth;', {}, 403,
                { headers => ['X-User' => 'u'] }],

    link => ['secure_link $arg_md5; secure_link_md5 "$uri secret"; '
             . 'if ($secure_link = "") { return 403; }',
             { uri => '?md5=x' }, 403, { uri => '?md5=LINK' }],

    any => ['satisfy any; deny all; auth_basic "closed"; '
            . 'auth_basic_user_file %%TESTDIR%%/users;',
            {}, 401, { headers => $basic }],

    all => ['satisfy all; allow all; auth_basic "closed"; '
            . 'auth_basic_user_file %%TESTDIR%%/users; auth_request /auth;',
            { headers => $basic }, 403,
            { headers => [@$basic, 'X-User' => 'u'] }],

    limit => ['limit_req zone=one nodelay;', { repeat => 1 }, 503],

    referer => ['valid_referers example.com; '
                . 'if ($invalid_referer) { return 403; }',
                { headers => ['Referer' => 'http://x.test/'] }, 403,
                { headers => ['Referer' => 'http://example.com/'] }],

    internal => ['internal;', {}, 404],

    size => ['client_max_body_size 10;',
             { method => 'PUT', body => 'x' x 11 }, 413,
             { method => 'PUT', body => 'x' x 10 }],

    methods => ['limit_except GET { deny all; LIMITED }',
                { method => 'PUT', body => 'x' }, 403, {}],

    key => ['if ($s3o_presign_key ~ "^private") { return 403; }',
            { key => 'private' }, 403, {}],

    # the module itself refuses these, and they have no URL either

    'not-allowed' => ['', { method => 'DELETE' }, 405, {}],
    'operation'   => ['', { uri => '?tagging' }, 400, {}],
    'auth-args'   => ['', { uri => '?X-Amz-Date=1' }, 400, {}],
    'no-key'      => ['', { key => 'a%0ab' }, 400, {}],
    'ended'       => ['s3o_presign_credentials static access_key_id=A '
                      . 'secret_access_key=s expires=2024-03-01T11:00:00Z;',
                      {}, 503],
);

my %mode = (
    redirect => ['redirect', ''],
    json     => ['json', ''],
    proxy    => ['proxy', 'proxy_pass http://OUTPOST;'],
    on       => ['on', 'proxy_pass http://APP;'],
);

my $t = S3O::Nginx->new()->has(qw(debug http_auth_request));
my $s3 = S3O::Outpost->new()->start();

delete $control{link} if $t->missing('http_secure_link');

my %where = (OUTPOST => '127.0.0.1:' . $s3->port(),
             APP => '127.0.0.1:' . $t->port(8081));

$s3->known_to($t, LOCATIONS => locations());

$t->write_file('users', "user:{PLAIN}pass\n");

$t->write_file_expand('nginx.conf', $t->expand(<<'EOC'));

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods       GET PUT;

    limit_req_zone  $uri$s3o_presign_url  zone=one:1m  rate=1r/m;

    # what the log has of a refused request, and what is sent with it

    log_format  all  '$uri $status url=$s3o_presign_url '
                     'auth=$s3o_presign_authorization '
                     'date=$s3o_presign_date uri=$s3o_presign_uri '
                     'result=$s3o_presign_result';
    access_log  %%TESTDIR%%/all.log  all;

    add_header  X-Url   $s3o_presign_url always;
    add_header  X-Auth  $s3o_presign_authorization always;

    proxy_set_header  X-Url $s3o_presign_url;

    client_max_body_size  1m;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

%%LOCATIONS%%

        location = /auth {
            internal;

            if ($http_x_user) {
                return 204;
            }

            return  403;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return  200 "application: $http_x_url";
        }
    }
}

EOC

$s3->put_object('k', 'the object');
$t->run();

for my $name (sort keys %control) {
    my (undef, $refused, $status, $allowed) = @{ $control{$name} };

    for my $mode (sort keys %mode) {
        refused($name, $mode, $refused, $status);
        allowed($name, $mode, $allowed) if $allowed;
    }
}

$t->done();


sub locations {
    my $text = '';

    for my $mode (sort keys %mode) {
        my ($word, $pass) = @{ $mode{$mode} };

        $pass =~ s/(OUTPOST|APP)/$where{$1}/;

        for my $name (sort keys %control) {
            my $directives = $control{$name}[0];

            $directives =~ s/LIMITED/$pass/;
            $text .= "location /$mode-$name/ { s3o_presign $word; "
                     . "$directives $pass }\n";
        }
    }

    return $text;
}


sub ask {
    my ($name, $mode, $what) = @_;

    my %o = %$what;
    my $uri = "/$mode-$name/" . ($o{key} // 'k') . ($o{uri} // '');

    if ($uri =~ /LINK/) {
        my $md5 = md5_base64("/$mode-$name/k secret") =~ tr{+/}{-_}r;
        $uri =~ s/LINK/$md5/;
    }

    # nginx writes the line a moment after the answer

    for (1 .. $o{repeat} // 0) {
        truncate $t->testdir() . '/all.log', 0;
        $t->request(%o, uri => $uri);
        wait_until(sub { $t->read_file('all.log') =~ /\n\z/ });
    }

    truncate $t->testdir() . '/all.log', 0;
    $t->clear_log();
    $s3->clear();

    return $t->request(%o, uri => $uri);
}


# returns how many signatures the module says it has made

sub signatures {
    return scalar(() = $t->read_file('error.log')
                       =~ /s3o_presign canonical request/g);
}


sub refused {
    my ($name, $mode, $what, $status) = @_;

    my $r = ask($name, $mode, $what);

    is($r->{status}, $status, "$name, $mode: refused with $status");
    unlike($r->{raw}, qr/Signature|Credential|amazonaws/,
           "$name, $mode: the answer has no URL");
    is(signatures(), 0, "$name, $mode: nothing was signed");
    is(scalar($s3->requests()), 0, "$name, $mode: the Outpost was not asked");

    # nginx writes the line a moment after the answer

    my $line = qr{^\S+ $status (url=.* uri=\S+) result=}m;

    wait_until(sub { $t->read_file('all.log') =~ $line });
    is($t->read_file('all.log') =~ $line ? $1 : 'no line',
       'url=- auth=- date=- uri=-', "$name, $mode: the log has no URL");
}


sub allowed {
    my ($name, $mode, $what) = @_;

    my $r = ask($name, $mode, $what);
    my $url = $r->{headers}{'x-url'}[0] // '';

    my %expected = (
        redirect => [307, qr/^$/, qr/X-Amz-Signature=/],
        json     => [200, qr/X-Amz-Signature=/, qr/X-Amz-Signature=/],
        on       => [200, qr/^application: https:.*X-Amz-Signature=/,
                     qr/X-Amz-Signature=/],
        proxy    => [200, qr/^(?:the object)?$/, qr/^https:[^?]*$/],
    );

    my ($status, $body, $x_url) = @{ $expected{$mode} };

    ok($r->{status} == $status && $r->{body} =~ $body && $url =~ $x_url,
       "$name, $mode: let through and signed")
        or diag($r->{raw});

    $s3->accepted('and the Outpost takes it') if $mode eq 'proxy';
}
