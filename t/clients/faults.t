#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Faults of clients in handling redirects, and how to use these clients all the
# same.  The tests prove what "Clients" in docs/troubleshooting.md says.  The
# module cannot change any of this; if a newer client has been corrected, the
# test says so.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(node python versions);
use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;

my $t = S3O::Nginx->new()->has('debug');
my $s3 = S3O::Outpost->reachable()->start();

$s3->known_to($t);
$t->write_file('htpasswd', "alice:{PLAIN}secret\n", 0644);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      0;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /up/ {
            s3o_presign  redirect;
        }

        location /auth/ {
            auth_basic            files;
            auth_basic_user_file  %%TESTDIR%%/htpasswd;
            s3o_presign           redirect;
        }

        location /proxied/ {
            auth_basic            files;
            auth_basic_user_file  %%TESTDIR%%/htpasswd;
            s3o_presign           proxy;
            proxy_pass            http://127.0.0.1:%%OUTPOST%%;
        }

        location /my-bucket/ {
            s3o_presign  redirect;
        }

        location /proxied-bucket/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $MiB = 1024 * 1024;

note(versions('curl', 'node', S3O::Clients::debian_python()));

SKIP: {
    my $reason = $t->missing('curl');
    skip $reason, 16 if $reason;

    body_sent_twice();
    authorization_kept();
    chunks_redirected();
}

SKIP: {
    my $reason = $t->missing('node');
    skip $reason, 8 if $reason;

    fetch_with_a_buffer();
    fetch_drops_authorization();
}

SKIP: {
    my $reason = $t->missing('python_botocore');
    skip $reason, 5 if $reason;

    body_sent_before_the_answer();
    sdk();
}

$t->done();


sub statuses {
    my ($r) = @_;

    return join ' ', $r->{exit}, grep { $_ != 100 }
                     map { $_->{status} } @{ $r->{heads} };
}


# Without Expect a client sends its whole body before it reads the answer.  curl
# at best reads the answer while it sends the body.

sub body_sent_twice {
    my %o = (upload => 'x' x $MiB, follow => 1);

    for my $expect ('', ' 100-continue') {
        $t->clear_log();

        my $r = curl("$base/up/twice", %o, args => ['-H', "Expect:$expect"]);
        my $got = $t->bytes_received();

        is(statuses($r), '0 307 200', "curl, Expect:$expect, an upload");
        ok(!$expect || $got < 1000,
           "curl, Expect:$expect, nginx gets $got bytes");
        is(length $s3->object('twice')->{body}, $MiB, 'the Outpost gets all');
    }
}


sub body_sent_before_the_answer {
    $t->clear_log();

    my $got = python(<<'EOC', $t->port(8080), $MiB);
import http.client
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]))
found = []
for method, body in ('PUT', b'x' * int(sys.argv[2])), ('GET', None):
    connection.request(method, '/up/twice', body)
    response = connection.getresponse()
    response.read()
    found.append(response.status)
answer(found)
EOC

    is("@$got", '307 307', 'http.client: two requests on a connection');
    cmp_ok($t->bytes_received(), '>', $MiB, 'nginx gets all of the body');
}


# S3 refuses a presigned request that has an Authorization header as well.

sub authorization_kept {
    my %o = (upload => 'text', follow => 1);
    my @user = ('-u', 'alice:secret');

    my $r = curl("$base/auth/a", %o, args => [@user]);
    is(statuses($r), '0 307 200', 'with a password for nginx a redirect works');
    is($s3->last()->{header}{authorization}, undef,
       'curl does not send the password to the Outpost');

    $r = curl("$base/auth/a", %o, args => [@user, '--location-trusted']);
    is(statuses($r), '0 307 400', 'with --location-trusted a redirect fails');
    is($s3->last()->{verdict}, 'InvalidArgument',
       'S3 refuses the second Authorization');
    like($r->{body}, qr/Only one auth mechanism allowed/,
         'the answer of S3 gives the reason');

    $r = curl("$base/proxied/a", %o, args => [@user, '--location-trusted']);
    is(statuses($r), '0 200', 'with --location-trusted proxy mode works');
}


# S3 accepts no upload without a length.

sub chunks_redirected {
    my @chunks = ('-H', 'Transfer-Encoding: chunked',
                  '-H', 'Expect: 100-continue');

    my $r = curl("$base/up/pipe", upload => 'text', follow => 1,
                 args => [@chunks]);
    is(statuses($r), '0 307 501',
       'S3 refuses a redirected upload in chunks');
    is($s3->object('pipe'), undef, 'nothing is stored');

    $r = curl("$base/proxied/pipe", upload => 'text',
              args => [@chunks, '-u', 'alice:secret']);
    is(statuses($r), '0 200', 'in proxy mode nginx finds the length');
    is($s3->object('pipe')->{body}, 'text',
       'in proxy mode the whole body is stored');
}


# undici, the fetch() of Node, has transferred a buffer with the first request
# and cannot send it a second time.

sub fetch_with_a_buffer {
    my $got = node(<<'EOC', "$base/up/fetch");
const forms = {
    string: 'text',
    blob: new Blob(['text']),
    buffer: Buffer.from('text'),
    'typed array': new Uint8Array([116, 101, 120, 116]),
};

(async () => {
    const got = {};
    for (const name in forms) {
        try {
            const r = await fetch(args[0] + '-' + name.replace(' ', '-'),
                                  {method: 'PUT', body: forms[name]});
            got[name] = String(r.status);
        } catch (error) {
            got[name] = String(error.cause || error);
        }
    }
    answer(got);
})();
EOC

    for my $form ('string', 'blob') {
        is($got->{$form}, 200, "fetch() of Node follows with a $form");
        is(($s3->object("fetch-$form") // {})->{body}, 'text',
           "fetch() of Node sends a $form again");
    }

    for my $form ('buffer', 'typed array') {
        like($got->{$form}, qr/^200$|detached|expected non-null body/,
             "fetch() of Node with a $form");
        diag("this Node can redirect a $form, troubleshooting.md is too strict")
            if $got->{$form} eq '200';
    }
}


sub fetch_drops_authorization {
    my $got = node(<<'EOC', "$base/auth/fetch");
const password = 'Basic ' + Buffer.from('alice:secret').toString('base64');
fetch(args[0], {method: 'PUT', body: 'text',
                headers: {Authorization: password}})
    .then((r) => answer([r.status]));
EOC

    is($got->[0], 200, 'fetch() of Node follows to another origin');
    is($s3->last()->{header}{authorization}, undef,
       'fetch() of Node does not send Authorization there');
}


# An SDK signs for the host name of its endpoint.  Its headers carry that
# signature, so that the redirected request is not valid.

sub sdk {
    my $script = <<'EOC';
import botocore.exceptions, botocore.session
from botocore.config import Config

session = botocore.session.Session()
session.set_credentials('mine', 'mine')
client = session.create_client('s3', region_name='us-west-2',
    endpoint_url=sys.argv[1], config=Config(
        s3={'addressing_style': 'path'}, retries={'total_max_attempts': 1}))
try:
    r = client.put_object(Bucket=sys.argv[2], Key='sdk', Body=b'text')
    answer([r['ResponseMetadata']['HTTPStatusCode']])
except botocore.exceptions.ClientError as error:
    answer([error.response['ResponseMetadata']['HTTPStatusCode']])
EOC

    is(python($script, $base, 'my-bucket')->[0], 400,
       'an SDK cannot be redirected');
    is(python($script, $base, 'proxied-bucket')->[0], 200,
       'an SDK works through proxy mode');
    is($s3->object('sdk')->{body}, 'text', 'the object of the SDK is stored');
}
