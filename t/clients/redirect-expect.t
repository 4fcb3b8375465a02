#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirected uploads of clients that send "Expect: 100-continue".  nginx gets no
# byte of the body, even of 1 GiB, and neither side waits for the other.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(versions sparse_file);
use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp);

use constant GIB => 1024 * 1024 * 1024;

my $t = S3O::Nginx->new()->has(qw(curl debug));
my $s3 = S3O::Outpost->reachable(discard => 1)->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      0;

    # if nginx waited for a body that does not come, the test would get no
    # answer in time

    client_body_timeout       1h;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /up/ {
            s3o_presign  redirect;
        }

        location /url/ {
            s3o_presign  json;
        }

        location /expired/ {
            s3o_presign              redirect;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2020-01-01T00:00:00Z;
        }
    }
}

EOC

note(versions('curl'));

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $file = sparse_file($t->testdir() . '/large', GIB);

stops_at_the_answer("$base/up/a", 307, 'a redirect');
stops_at_the_answer("$base/url/a", 200, 'a URL as JSON');
follows();
small();
refused($_->[0], $_->[1]) for ["$base/up/a?acl", 501], ["$base/expired/a", 503];
connection_ends($_->[0], $_->[1], $_->[2])
    for ['PUT', '/up/a', 307], ['PUT', '/url/a', 200],
        ['DELETE', '/up/a', 405], ['PUT', '/expired/a', 503];

$t->done();


sub header_only {
    my $bytes = $t->bytes_received();

    return 1 if $bytes > 100 && $bytes < 1000;

    diag("nginx received $bytes bytes");
    return 0;
}


sub statuses {
    my ($r) = @_;

    return join ' ', $r->{exit}, map { $_->{status} } @{ $r->{heads} };
}


sub stops_at_the_answer {
    my ($url, $status, $what) = @_;

    $t->clear_log();

    # curl keeps its body until it has an answer, and gives up after 60 seconds

    my $r = curl($url, file => $file, args => ['-w', '%{size_upload} - -']);

    is(statuses($r), "0 $status",
       "$what for 1 GiB comes before any body byte, without a 100");
    like($r->{stderr}, qr/^0 /, 'curl sends no byte of the body');
    ok(header_only(), 'no byte of the body reaches nginx');
}


sub follows {
    $t->clear_log();

    my $r = curl("$base/up/1-gib", file => $file, follow => 1);

    is(statuses($r), '0 307 100 200', '1 GiB goes to the Outpost');
    is($s3->last()->{body_length}, GIB, 'the Outpost gets the whole body');
    is($s3->last()->{verdict}, 'ok', 'the Outpost accepts the URL');
    ok(header_only(), 'nginx gets no byte of the redirected body');
}


# curl uses Expect for a small body only if it is told to

sub small {
    for my $size (0, 1, 65536) {
        my @body = (upload => 'x' x $size, follow => 1,
                    headers => ['Expect' => '100-continue']);

        $t->clear_log();
        my $r = curl("$base/up/small", @body);

        is(statuses($r) =~ s/ 100//r, '0 307 200', "$size bytes with Expect");
        is($s3->last()->{body_length}, $size, "$size bytes reach the Outpost");
        ok(header_only(), "$size bytes do not reach nginx");
    }
}


# A refusal does not need the body either.

sub refused {
    my ($url, $status) = @_;

    $t->clear_log();

    my $r = curl($url, file => $file);

    is(statuses($r), "0 $status", "no 100 before $status");
    ok(header_only(), "no byte of the body before $status");
}


# If nginx kept the connection, it would take the next request for the body.

sub connection_ends {
    my ($method, $uri, $status) = @_;

    my $c = $t->connect();
    $c->write("$method $uri HTTP/1.1\r\nHost: localhost\r\n"
              . "Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
    my $r = $c->read_response(interim => 1);

    is("$r->{status} $r->{headers}{connection}[0]", "$status close",
       "the connection of a $method that asked and got $status is closed");
    $c->close();

    # a request without a body cannot be followed by a late body

    $c = $t->connect();
    $r = $c->request(method => $method, uri => $uri,
                     headers => ['Expect' => '100-continue'], body => '');

    is("$r->{status} " . $c->request(uri => '/up/b')->{status}, "$status 307",
       "without a body the connection is kept after $status");
    $c->close();
}
