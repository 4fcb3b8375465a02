#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirected uploads with the HTTP client of botocore.  It sends "Expect:
# 100-continue" and keeps the file back when the answer is not 100.  It sends
# its next request on the same connection, so nginx must not wait there for the
# file.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(python);
use S3O::Nginx;
use S3O::Outpost;

my $t = S3O::Nginx->new()->has(qw(python_botocore debug));
my $s3 = S3O::Outpost->reachable()->start();

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
    lingering_time            1h;
    lingering_timeout         1h;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /up/ {
            s3o_presign  redirect;
        }

        location /read-only/ {
            s3o_presign          redirect;
            s3o_presign_methods  GET;
        }

        location /expired/ {
            s3o_presign              redirect;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2020-01-01T00:00:00Z;
        }

        location /proxied/ {
            s3o_presign              proxy;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2020-01-01T00:00:00Z;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $size = 3_000_000;

$t->write_file('body', join '', map { sprintf "%09d\n", $_ } 1 .. $size / 10);

# Sends PUT to nginx, the same PUT to the URL of the redirect, and then another
# request to nginx.  Normally botocore waits one second for "100 Continue" and
# then sends the body all the same.  One second may be too short on a slow
# machine, so that it waits a minute here.

my $script = <<'EOC';
import botocore.awsrequest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

url, name, expect, form = sys.argv[1:]
session = URLLib3Session(timeout=60)

util = botocore.awsrequest.urllib3.util
wait_for_read = util.wait_for_read
util.wait_for_read = lambda sock, timeout: wait_for_read(sock, 60)

def send(method, url, body=None, headers={}):
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    try:
        response = session.send(request.prepare())
    except Exception as error:
        return [repr(error), None]
    return [response.status_code, response.headers.get('location')]

def body():
    return open(name, 'rb') if form == 'file' else open(name, 'rb').read()

# the SDK itself uses bytes for this value; its HTTP client ignores a string

headers = {'Expect': b'100-continue'} if expect == 'expect' else {}
answer1 = send('PUT', url, body(), headers)
stored = send('PUT', answer1[1], body(), headers) if answer1[1] else None
answer2 = send('GET', url.replace('/proxied/', '/up/'))

answer({'put': answer1, 'stored': stored, 'next': answer2,
        'version': botocore.__version__})
EOC

note('with botocore ' . run('up', 'expect', 'file')->{version});

for my $expect ('expect', 'plain') {
    for my $form ('file', 'bytes') {
        redirected($expect, $form);
        refused($_->[0], $_->[1], $expect, $form)
            for ['read-only', 405], ['expired', 503], ['proxied', 503];
    }
}

$t->done();


sub run {
    my ($place, $expect, $form) = @_;

    return python($script, "$base/$place/k", $t->testdir() . '/body', $expect,
                  $form);
}


sub redirected {
    my ($expect, $form) = @_;

    $t->clear_log();

    my $r = run('up', $expect, $form);
    my $name = "$expect, $form";

    is($r->{put}[0], 307, "$name: PUT is redirected");
    cmp_ok($t->bytes_received(), '<', 1000,
           "$name: nginx gets no byte of the body")
        if "$expect $form" eq 'expect file';
    is($r->{stored}[0], 200, "$name: the Outpost accepts the body");
    is($s3->object('k')->{body}, $t->read_file('body'),
       "$name: the object has the whole body");
    follows($name, $r, 307);
}


sub refused {
    my ($place, $status, $expect, $form) = @_;

    my $r = run($place, $expect, $form);
    my $name = "$place, $expect, $form";

    is($r->{put}[0], $status, "$name: PUT is refused");
    follows($name, $r, $place eq 'expired' ? 503 : 307);
}


# botocore gives up after a minute; nginx would wait much longer for a body.

sub follows {
    my ($name, $r, $status) = @_;

    is($r->{next}[0], $status, "$name: the next request has its answer");
}
