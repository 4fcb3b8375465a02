#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirected uploads of clients that do not use Expect.  They send the whole
# body to nginx, which drops it.  They get the answer whatever the size is, and
# send the body once more to the Outpost.

use strict;
use warnings;

use Test::More;

use S3O::Clients qw(node python versions);
use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(capture);

my $t = S3O::Nginx->new(log_level => 'info');
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

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location / {
            s3o_presign  redirect;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $file = $t->testdir() . '/body';
my @sizes = (0, 1, 65536, 5 * 1024 * 1024);

my %client = (
    curl          => \&with_curl,
    wget          => \&with_wget,
    'http.client' => \&with_http_client,
    requests      => \&with_requests,
    http          => \&with_node_http,
    fetch         => \&with_node_fetch,
);

my %needs = (curl => 'curl', wget => 'wget', 'http.client' => 'python_json',
             requests => 'python_requests', http => 'node', fetch => 'node');

note(versions('curl', 'wget', 'node', S3O::Clients::debian_python()));

my $node = versions('node') =~ /v(\d+)/ ? $1 : 0;

for my $name (sort keys %client) {
    SKIP: {
        my $reason = $t->missing($needs{$name});
        skip $reason, 2 * @sizes if $reason;

        for my $size (@sizes) {
            SKIP: {
                skip "fetch() of Node $node cannot send nothing twice", 2
                    if $name eq 'fetch' && $size == 0 && $node < 20;

                upload($name, $size);
            }
        }
    }
}

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub upload {
    my ($name, $size) = @_;

    my $body = substr join('', map { sprintf "%07d\n", $_ } 1 .. $size / 8 + 1),
                      0, $size;
    my $key = "$name-$size";

    $t->write_file('body', $body);

    my $status = $client{$name}->("$base/$key", $size);

    is($status, '307 200', "$name: $size bytes are redirected and accepted");
    is(($s3->object($key) // {})->{body} // 'no object', $body,
       "$name: the object has these bytes");
}


sub with_curl {
    my ($url) = @_;

    my $r = curl($url, file => $file, follow => 1, args => ['-H', 'Expect:']);

    return join ' ', map { $_->{status} } @{ $r->{heads} };
}


# wget cannot be given an address for names below "localhost", so it does not
# follow the redirect here.

sub with_wget {
    my ($url) = @_;

    my ($exit, $out) = capture(['wget', '-q', '-S', '-O', '/dev/null', '-T',
        60, '-t', 1, '--no-config', '--no-proxy', '--max-redirect=0',
        '--method=PUT', "--body-file=$file", $url]);

    my ($status) = $out =~ m{HTTP/1.1 (\d+)};
    my ($location) = $out =~ /^\s*Location: (\S+)/m or return "$status: $out";

    return "$status " . $s3->fetch($location, method => 'PUT',
                                   body => $t->read_file('body'))->{status};
}


sub with_http_client {
    return join ' ', @{ python(<<'EOC', @_, $file) };
import http.client, urllib.parse

def put(url):
    to = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(to.netloc, timeout=60)
    with open(sys.argv[3], 'rb') as body:
        connection.request('PUT', to.path + '?' + to.query, body,
                           {'Content-Length': sys.argv[2]})
        response = connection.getresponse()
    response.read()
    return response

first = put(sys.argv[1])
second = put(first.headers['Location'])
answer([first.status, second.status])
EOC
}


sub with_requests {
    return join ' ', @{ python(<<'EOC', @_, $file) };
import requests

with open(sys.argv[3], 'rb') as body:
    r = requests.put(sys.argv[1], data=body if sys.argv[2] != '0' else b'')
answer([x.status_code for x in r.history] + [r.status_code])
EOC
}


sub with_node_http {
    return join ' ', @{ node(<<'EOC', @_, $file) };
const fs = require('fs'), http = require('http');

function put(url, done) {
    const request = http.request(url, {method: 'PUT',
                                       headers: {'Content-Length': args[1]}});
    request.on('response', (r) => { r.resume(); r.on('end', () => done(r)); });
    request.on('error', (e) => done({statusCode: String(e), headers: {}}));
    fs.createReadStream(args[2]).pipe(request);
}

put(args[0], (first) => {
    put(first.headers.location,
        (second) => answer([first.statusCode, second.statusCode]));
});
EOC
}


sub with_node_fetch {
    return join ' ', @{ node(<<'EOC', @_, $file) };
const body = require('fs').readFileSync(args[2], 'latin1');

fetch(args[0], {method: 'PUT', body: body})
    .then((r) => answer([r.redirected ? 307 : 'none', r.status]))
    .catch((e) => answer([String(e.cause || e)]));
EOC
}
