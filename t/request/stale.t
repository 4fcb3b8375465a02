#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# $s3o_presign_key has the key of the location that runs now: after an
# internal redirect, in a subrequest, and for a request that is refused before
# its key was read.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN ACCESS_KEY SECRET_KEY);
use S3O::Process qw(wait_until);

my $t = S3O::Nginx->new(log_level => 'info');

$t->subst(ARN => ARN, ACCESS => ACCESS_KEY, SECRET => SECRET_KEY);
$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    log_format key "$uri|$s3o_presign_result|$s3o_presign_key";

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=%%ACCESS%%
                              secret_access_key=%%SECRET%%;

    server {
        listen      127.0.0.1:%%PORT_8080%%;
        access_log  %%TESTDIR%%/key.log key;

        location /first/ {
            s3o_presign             proxy;
            s3o_presign_key         first/$s3o_presign_path;
            proxy_pass              http://127.0.0.1:%%PORT_8081%%;
            proxy_intercept_errors  on;
            error_page              404 = @second;
        }

        location @second {
            if ($s3o_presign_key ~ "^old/secret") {
                return 403;
            }

            s3o_presign      redirect;
            s3o_presign_key  old/$arg_p;
        }

        location /off/ {
            s3o_presign             proxy;
            s3o_presign_key         first/$s3o_presign_path;
            proxy_pass              http://127.0.0.1:%%PORT_8081%%;
            proxy_intercept_errors  on;
            error_page              404 = @off;
        }

        location @off {
            add_header  X-Key $s3o_presign_key always;
            return      200;
        }

        location /mirrored/ {
            s3o_presign      proxy;
            s3o_presign_key  main/$s3o_presign_path;
            proxy_pass       http://127.0.0.1:%%PORT_8082%%;
            mirror           /mirror-on;
            mirror           /mirror-off;
        }

        location = /mirror-on {
            s3o_presign       on;
            s3o_presign_key   own;
            proxy_pass        http://127.0.0.1:%%PORT_8082%%/on;
            proxy_set_header  X-Key "[$s3o_presign_key]";
        }

        location = /mirror-off {
            proxy_pass        http://127.0.0.1:%%PORT_8082%%/off;
            proxy_set_header  X-Key "[$s3o_presign_key]";
        }

        location /refused/ {
            s3o_presign      redirect;
            s3o_presign_key  base/$s3o_presign_path;
            error_page       400 405 @refused;
        }

        location @refused {
            add_header  X-Key $s3o_presign_key always;
            return      410;
        }

        location /log/ {
            s3o_presign      redirect;
            s3o_presign_key  base/$s3o_presign_path;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;
        return  404;
    }

    log_format seen "$uri $http_x_key";

    server {
        listen      127.0.0.1:%%PORT_8082%%;
        access_log  %%TESTDIR%%/seen.log seen;

        location / {
            return  204;
        }
    }
}

EOC

# after an internal redirect

is(get('/first/a?p=secret')->{status}, 403,
   'the first location checks its own key');
is(get('/first/old/secret?p=public')->{status}, 307,
   'the first location does not check the other key');
like(get('/first/a?p=b')->{headers}{location}[0], qr{/old/b\?},
     'the location after the redirect signs its own key');

is(get('/off/a')->{headers}{'x-key'}[0], 'first/a',
   'a location that signs nothing keeps the key of the one before');

# in a subrequest

$t->http_get('/mirrored/a');

my @seen = sort split /\n/, wait_for('seen.log', 3);

is($seen[1], '/off []', 'a mirror that signs nothing has no key')
    or diag(explain(\@seen));
is($seen[2], '/on [own]', 'a mirror that signs has its own key');

# in a request that is refused before its key was read

for my $r (['DELETE', '/refused/a', 'method'],
           ['GET', '/refused/a?X-Amz-Signature=1', 'argument'],
           ['GET', '/refused/a?b=%', 'escape'])
{
    my ($method, $uri, $name) = @$r;

    is($t->request(method => $method, uri => $uri)->{headers}{'x-key'}[0],
       'base/a', "the key of a request that is refused, $name");

    $t->request(method => $method, uri => $uri =~ s/refused/log/r);
}

my $logged = () = wait_for('key.log', 11)
                  =~ m{^/log/a\|(?:method|args)\|base/a$}mg;

is($logged, 3, 'the log has the key of each refused request');

$t->done();


sub get { return $t->request(uri => $_[0]) }


sub wait_for {
    my ($file, $lines) = @_;

    wait_until(sub { (() = $t->read_file($file) =~ /\n/g) >= $lines }, 60);

    return $t->read_file($file);
}
