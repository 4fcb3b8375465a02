#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A second access point for the time when the first one cannot be reached or
# fails.  "error_page" leads a request to another location, which signs it anew
# for the other host, once, with the whole body.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;

use S3O::Nginx;
use S3O::Outpost;

my $first = S3O::Outpost->new(name => 'first-ap')->start();
my $other = S3O::Outpost->new(name => 'other-ap')->start();
my $t = S3O::Nginx->new();

$t->subst(ARN => $first->arn(), OTHER_ARN => $other->arn(),
          FIRST => $first->port(), OTHER => $other->port(),
          KEY => $first->access_key(), SECRET => $first->secret_key());

my $payloads = join '', map { my $payload = $_; <<"EOC" }

        location /$payload/ {
            set                         \$object $payload/\$s3o_presign_path;
            s3o_presign_payload         $payload;
            s3o_presign_key             \$object;
            error_page                  502 503 504 = \@$payload;
            proxy_intercept_errors      on;
            proxy_pass                  http://127.0.0.1:%%FIRST%%;
        }

        location /$payload-down/ {
            set                         \$object $payload/\$s3o_presign_path;
            s3o_presign_payload         $payload;
            s3o_presign_key             \$object;
            error_page                  502 503 504 = \@$payload;
            proxy_pass                  http://127.0.0.1:%%PORT_8090%%;
        }

        location \@$payload {
            s3o_presign_access_point    %%OTHER_ARN%%;
            s3o_presign_payload         $payload;
            s3o_presign_key             \$object;
            proxy_pass                  http://127.0.0.1:%%OTHER%%;
        }
EOC
    qw(unsigned signed streaming);

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_methods       GET HEAD PUT DELETE;
    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=%%KEY%%
                              secret_access_key=%%SECRET%%;

    client_max_body_size      0;
    client_body_buffer_size   16k;
    proxy_http_version        1.1;

    server {
        listen  127.0.0.1:%%PORT_8080%%;
$payloads
    }
}

EOC

for my $payload (qw(unsigned signed streaming)) {
    for my $size (0, 10, 300_000) {
        uploads($payload, "$payload-down", $size, 0);

        $first->next_response(503, [], '<Error><Code>SlowDown</Code></Error>');
        uploads($payload, $payload, $size, 1);
    }
}

# no access point fails

$first->clear();
$other->clear();
is($t->request(method => 'PUT', uri => '/signed/k', body => 'x')->{status},
   200, 'the first access point serves');
is(scalar @{[ $other->requests() ]}, 0, 'the other access point is not asked');

# both access points fail

$first->next_response(503, [], '');
$other->next_response(503, [], '');
is($t->request(uri => '/signed/k')->{status}, 503, 'no access point serves');

$t->done();


sub uploads {
    my ($payload, $location, $size, $asked) = @_;

    my $body = join '', map { chr(33 + $_ % 90) } 1 .. $size;
    my $name = "$location, $size bytes";

    $_->clear() for $first, $other;

    my $r = $t->request(method => 'PUT', uri => "/$location/k", body => $body);

    is($r->{status}, 200, "$name: the request is accepted");

    my @first = $first->requests();
    my @other = $other->requests();

    is(scalar(@first), $asked, "$name: the first was asked");
    is(join(' ', map { $_->{verdict} } @first, @other),
       join(' ', ('ok') x ($asked + 1)),
       "$name: each host gets its own signature");
    is($other[0]{key}, "$payload/k", "$name: the key is the same");
    is(sha256_hex($other->object("$payload/k")->{body} // 'none'),
       sha256_hex($body), "$name: the other gets the whole body");

    # the object is read again

    is($t->request(uri => "/$payload-down/k")->{body}, $body,
       "$name: the object is read from the other");
}
