#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# An upstream fails in proxy mode.  The next one gets the same signed request,
# and no log gets the signature.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp);

my $token = 'FwoGZXIvYXdzE//+SESSION/TOKEN=';
my $secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

# two servers for the same Outpost

my @doors = map { S3O::Outpost->new(session_token => $token)->start() } 1, 2;
my ($first, $second) = @doors;

my $t = S3O::Nginx->new();

$t->subst(ARN => $first->arn(), HOST => $first->host(), TOKEN => $token,
          KEY => $first->access_key(), SECRET => $secret,
          FIRST => $first->port(), SECOND => $second->port());

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    log_format  upstreams '$status $upstream_status $upstream_addr '
                          '$upstream_http_etag $sent_http_location $request';
    access_log  %%TESTDIR%%/upstreams.log upstreams;

    # no server listens on the first of these ports

    upstream closed {
        server  127.0.0.1:%%PORT_8090%% max_fails=0;
        server  127.0.0.1:%%SECOND%% max_fails=0 backup;
    }

    upstream both {
        server  127.0.0.1:%%FIRST%% max_fails=0;
        server  127.0.0.1:%%SECOND%% max_fails=0 backup;
    }

    upstream %%HOST%% {
        server  127.0.0.1:%%FIRST%% max_fails=0;
        server  127.0.0.1:%%SECOND%% max_fails=0 backup;
    }

    upstream nobody {
        server  127.0.0.1:%%PORT_8090%%;
    }

    proxy_next_upstream       error timeout http_503 invalid_header;

    s3o_presign               proxy;
    s3o_presign_methods       GET HEAD PUT DELETE;
    s3o_presign_multipart     on;
    s3o_presign_header        x-amz-meta-by $remote_addr;
    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   static access_key_id=%%KEY%%
                              secret_access_key=%%SECRET%%
                              session_token=%%TOKEN%%;

    client_max_body_size      3m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /closed/ {
            proxy_pass  http://closed$s3o_presign_uri;
        }

        location /both/ {
            proxy_pass  http://both;
        }

        # a server that works answers within this time

        location /silent/ {
            proxy_read_timeout  800ms;
            proxy_pass          http://both;
        }

        location /url/ {
            s3o_presign_endpoint  http://s3-outposts.us-west-2.amazonaws.com;
            proxy_pass            $s3o_presign_url;
        }

        location /streamed/ {
            proxy_request_buffering  off;
            proxy_pass               http://both;
        }

        location /streamed-closed/ {
            proxy_request_buffering  off;
            proxy_pass               http://closed;
        }

        location /nobody/ {
            proxy_pass  http://nobody$s3o_presign_uri;
        }
    }
}

EOC

my %broken = (
    'is closed'         => [closed => undef],
    'answers 503'       => [both => { status => 503, body => 'slow down' }],
    'says nothing'      => [both => { drop => 1 }],
    'does not speak HTTP' => [both => { raw => "HTTP/1.1 200 OK\r\n\0\r\n" }],
    'is silent'         => [silent => { delay => 600 }],
    'answers 503 in an upstream of its name'
                        => [url => { status => 503 }],
);

for my $name (sort keys %broken) {
    my ($way, $answer) = @{ $broken{$name} };

    for my $size ('none', 0, 1, 1048576) {
        next if $name eq 'is silent' && $size =~ /^[01]$/;

        my $method = $size eq 'none' ? 'GET' : 'PUT';
        my $body = $size eq 'none' ? undef : 'x' x $size;

        $second->put_object('a b', 'found');

        my $r = in_time($way, $answer, method => $method,
                        uri => "/$way/a%20b", body => $body);
        my $case = "the first door $name: $method"
                   . (defined $body ? " of $size bytes" : '');

        is("$r->{status} $r->{body}",
           $method eq 'GET' ? '200 found' : '200 ', $case);
        $second->accepted("$case: the second takes the request");
        is($second->object('a b')->{body}, $body // 'found',
           "$case: the object is right");

        next unless $answer;

        # an incomplete body has a verdict of its own

        my ($one) = $first->wait_requests(1);
        my $two = $second->last();
        is($one->{verdict}, 'ok',
           "$case: the first server would accept it, too");
        is_deeply($two->{headers}, $one->{headers},
                  "$case: both get the same headers");
    }
}

# requests that nginx does not repeat are not repeated

$_->clear() for @doors;
$first->next_response(status => 503);
my $r = $t->request(method => 'POST', uri => '/both/k?uploads', body => '');
is("$r->{status} " . scalar(() = $second->requests()), '503 0',
   'POST is not sent again');

$_->clear() for @doors;
$first->next_response(drop => 1);
$r = $t->request(method => 'PUT', uri => '/streamed/k', body => 'x' x 1048576);
is("$r->{status} " . scalar(() = $second->requests()), '502 0',
   'a streamed body is not sent again');

$r = $t->request(method => 'PUT', uri => '/streamed-closed/k',
                 body => 'x' x 1048576);
is($r->{status}, 200, 'a streamed body is sent again if no server has read it');
$second->accepted('by the second door');

# all servers fail

is($t->request(uri => '/nobody/some/key')->{status}, 502,
   'no server listens: 502');

$first->next_response(delay => 600);
$second->next_response(delay => 600);
is($t->request(uri => '/silent/k')->{status}, 504, 'both are silent: 504');

# the logs after all these requests

$t->error_log_like(qr{\[error\].*Connection\ refused.*
                      upstream:\ "http://127.0.0.1:\d+/some/key"}x,
                   'upstream errors name the key');
$t->error_log_like(qr/\[error\].*upstream timed out/, 'timeouts are there');
$t->error_log_like(qr/\[error\].*prematurely closed/, 'closed ones are');

my $log = slurp($t->testdir() . '/error.log');
my $access = slurp($t->testdir() . '/upstreams.log');
my $encoded = $token =~ s/([^A-Za-z])/sprintf '%%%02X', ord $1/ger;

like($access, qr{^200 503, 200 }m, 'the access log has two upstreams');

my $signature = qr/Signature=|Credential=|AWS4-HMAC/;

for my $case (['error', join("\n", $t->log_errors()), $signature],
              ['access', $access, $signature],
              ['debug', $log, qr/\QSignature=\E[0-9a-f]{64}/])
{
    my ($name, $text, $re) = @$case;

    unlike($text, $re, "no signature in the $name log");
    unlike($text, qr/\Q$secret\E/, "no secret in the $name log");
    unlike($text, qr/\Q$token\E|\Q$encoded\E/, "no token in the $name log");
}

$t->done();


# The first server gives this answer.  Where nginx waits only a short time for
# it, the second server may also be late on a slow machine: then the request is
# made again.

sub in_time {
    my ($way, $answer, @request) = @_;

    for my $left (reverse 0 .. 9) {
        $_->clear() for @doors;
        $first->next_response(%$answer) if $answer;

        my $r = $t->request(@request);

        return $r unless $left && $way eq 'silent' && $r->{status} == 504
                         && $second->wait_requests(1);
    }
}
