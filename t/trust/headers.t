#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode: the headers of a client that reach the Outpost, and those that
# are signed, whatever "proxy_set_header" lines the location has or inherits.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;

my $t = S3O::Nginx->new();
my $s3 = S3O::Outpost->new(session_token => 'TOKEN/of+the/module==')->start();

# the same locations in each of these settings: a name, the lines of the
# server, the lines of each location

my @servers = (
    ['no proxy_set_header', '', ''],

    ['inherited lines', <<'EOC', ''],
        proxy_set_header  Host $http_host;
        proxy_set_header  X-Real-IP $remote_addr;
        proxy_set_header  Authorization $http_authorization;
        proxy_set_header  x-amz-date $http_x_amz_date;
        proxy_set_header  X-Amz-Acl private;
        proxy_set_header  x-amz-copy-source $http_x_amz_copy_source;
        proxy_http_version  1.1;
EOC

    ['lines of the location', <<'EOC', <<'EOL'],
        proxy_set_header  X-Outer lost;
EOC
            proxy_set_header    Connection "";
            proxy_set_header    X-Amz-Security-Token "a token of the user";
            proxy_set_header    X-Amz-Content-Sha256 $http_x_amz_content_sha256;
            proxy_set_header    x-amz-storage-class STANDARD;
            proxy_set_header    x_amz_acl "bucket-owner-full-control";
            proxy_set_header    Proxy-Connection keep-alive;
            proxy_http_version  1.1;
EOL

    ['names with underscores', <<'EOC', ''],
        underscores_in_headers  on;
        ignore_invalid_headers  off;

        location /redirect/ {
            s3o_presign                 redirect;
            s3o_presign_signed_headers  x-amz-meta-*;
        }

        location /json/ {
            s3o_presign                 json;
            s3o_presign_signed_headers  x-amz-meta-*;
        }

        location /on/ {
            s3o_presign                 on;
            s3o_presign_signed_headers  x-amz-meta-*;
            add_header                  X-Url $s3o_presign_url;
            alias                       %%TESTDIR%%/;
        }
EOC

    ['no headers of the client', '', <<'EOL'],
            proxy_pass_request_headers  off;
EOL

    ['HTTP/2', '', ''],
);

my %location = (
    none  => '',
    some  => 's3o_presign_signed_headers  content-type if-none-match '
             . 'x-amz-meta-* Cache-Control;',
    amz   => 's3o_presign_signed_headers  x-amz-*;',
    word  => 's3o_presign_signed_headers  x-amz-copy-source x-amz-acl '
             . 'x-amz-grant-read;',
    every => 's3o_presign_signed_headers  x-* c* t* k* u* e* a* p* h*;',
);

# the headers that a client sends, the location, and the result: "signed" is
# forwarded and signed, "plain" is forwarded only, "gone" is not forwarded;
# after ":" comes the value that arrives

my @cases = (
    ['credentials of the client', 'some',
     [Authorization => 'AWS4-HMAC-SHA256 Credential=A/20240101/b/s3/x'
                       . ', SignedHeaders=host, Signature=00',
      'X-Amz-Date' => '20200101T000000Z', 'x-amz-content-sha256' => 'e3b0c442',
      'X-AMZ-Security-Token' => 'mine', 'x-amz-region-set' => '*',
      'Host' => 'other-123456789012.op-1.s3-outposts.us-west-2.amazonaws.com'],
     { gone => ['x-amz-region-set'] }],

    ['credentials under the widest pattern', 'every',
     [Authorization => 'Basic eDp5', 'x-amz-date' => '20200101T000000Z',
      'x-amz-security-token' => 'mine', 'x-amz-region-set' => '*'],
     { gone => ['x-amz-region-set'] }],

    ['x-amz-* that nobody named and that say nothing new', 'none',
     ['x-amz-acl' => 'private', 'x-amz-storage-class' => 'STANDARD',
      'X-Amz-Tagging' => '', 'x-amz-server-side-encryption' => 'AES256',
      'x-amz-expected-bucket-owner' => '123456789012',
      'X-Amzn-Trace-Id' => 'Root=1', 'amz-sdk-request' => 'attempt=1',
      'X-Amz-Cf-Id' => 'of a CDN', 'x-amz-user-agent' => 'an SDK',
      'Cookie' => 'of=the site'],
     { gone => [qw(x-amz-acl x-amz-storage-class x-amz-tagging
                   x-amz-server-side-encryption x-amz-expected-bucket-owner
                   x-amzn-trace-id amz-sdk-request x-amz-cf-id
                   x-amz-user-agent cookie)] }],

    (map { ["$_->[0] that nobody named", 'none', [@$_[0, 1]],
            { status => $_->[2] }] }
     ['x-amz-meta-a' => 1, 400], ['X-Amz-Tagging' => 'a=b', 400],
     ['x-amz-acl' => 'public-read', 501], ['x-amz-copy-source' => '/b/k', 501],
     ['x-amz-storage-class' => 'GLACIER', 501],
     ['x-amz-website-redirect-location' => '/', 501],
     ['x-amz-grant-read' => 'id=2', 501],
     ['x-amz-copy-source-range' => 'bytes=0-1', 501],
     ['x-amz-expected-bucket-owner' => '210987654321', 403]),

    ['x-amz-* under a pattern', 'some',
     ['X-Amz-Meta-Title' => 'A  title', 'x-amz-meta-b' => 2],
     { signed => ['x-amz-meta-title:A  title', 'x-amz-meta-b:2'] }],

    (map { ["$_ beside a pattern", 'some',
            ['x-amz-meta-b' => 2, $_ => 1], { status => 400 }] }
     qw(x-amz-tagging x-amz-met)),

    ['x-amz-tagging under a pattern', 'amz', ['x-amz-tagging' => 'a=b'],
     { signed => ['x-amz-tagging:a=b'] }],

    (map { ["$_ under a pattern", 'amz', [$_ => 'id=2'], { status => 501 }] }
     qw(x-amz-copy-source x-amz-copy-source-range x-amz-acl x-amz-grant-read
        X-AMZ-Grant-Full-Control x-amz-copy-source-if-match)),

    ['copy source, acl and grants word for word', 'word',
     ['X-Amz-Copy-Source' => '/b/k', 'x-amz-acl' => 'private',
      'x-amz-grant-read' => 'id=2'],
     { signed => [qw(x-amz-copy-source:/b/k x-amz-acl:private
                     x-amz-grant-read:id=2)] }],

    (map { ["$_ beside words", 'word', [$_ => 1], { status => 501 }] }
     qw(x-amz-grant-write x-amz-copy-source-range)),

    ['credentials with underscores', 'every',
     [X_Amz_Date => '20200101T000000Z', 'x_amz-security_token' => 'mine',
      'x-amz-meta-my_key' => 'v', x_amz_acl => 'private'],
     { gone => [qw(x_amz_date x_amz-security_token x_amz_acl)],
       maybe => ['x-amz-meta-my_key:v'] }],

    # nginx refuses such headers unless it is configured to accept them

    (map { ["$_ with underscores", 'every', [$_ => '/b/k'],
            { status => 501, maybe => [] }] }
     qw(x_amz_acl x-amz-copy_source x-amz_grant_read)),

    (map { ["a name that is none, $_", 'some', [$_ => 1],
            { status => 400, maybe => [] }, 'http/1'] }
     'x b', 'x-c/d', 'x-(d)', "x-\xe9", 'x-amz-meta-"a"'),

    ['plain headers', 'some',
     ['Content-Type' => 'text/plain', 'If-None-Match' => '"e"',
      'User-Agent' => 'a client', 'Cache-Control' => 'no-cache',
      'Accept' => '*/*', 'Date' => 'Mon, 01 Jan 2024 00:00:00 GMT',
      'X-Forwarded-For' => '192.0.2.1'],
     { signed => ['content-type:text/plain', 'if-none-match:"e"',
                  'cache-control:no-cache'],
       plain => ['user-agent:a client', 'accept:*/*',
                 'date:Mon, 01 Jan 2024 00:00:00 GMT'] }],

    ['hop-by-hop headers', 'every',
     ['Keep-Alive' => 'timeout=5', 'TE' => 'trailers', 'Upgrade' => 'h2c',
      'Proxy-Authorization' => 'Basic eDp5', 'Trailer' => 'x-amz-meta-a',
      'Proxy-Connection' => 'keep-alive', 'x-amz-meta-a' => 1],
     { signed => ['x-amz-meta-a:1'] }, 'http/1'],

    ['names in Connection', 'some',
     [Connection => 'close, X-Own-A,content-type ,, Authorization',
      'x-own-a' => 1, 'x-amz-meta-b' => 2, 'Content-Type' => 'a/b',
      'Authorization' => 'Basic eDp5'],
     { gone => [qw(x-own-a content-type)],
       signed => ['x-amz-meta-b:2'] }, 'http/1'],

    ['names in more than one Connection', 'some',
     [Connection => 'close', Connection => "\tx-own-a\t",
      Connection => 'if-none-match,host,x-amz-date',
      'x-own-a' => 1, 'x-amz-meta-b' => 2, 'If-None-Match' => '"e"'],
     { gone => [qw(x-own-a if-none-match)],
       signed => ['x-amz-meta-b:2'] }, 'http/1'],

    (map { ["$_->[0] in Connection", 'some',
            [Connection => "close, $_->[0]", @$_],
            { status => 400 }, 'http/1'] }
     ['X-Amz-Meta-A' => 1], ['content-md5' => '1B2M2Y8AsgTpgAmY7PhCfg=='],
     ['x-amz-checksum-crc32' => 'AAAAAA=='], ['x-amz-trailer' => 'x']),

    ['names in Connection that only look alike', 'some',
     [Connection => 'close, x-amz-meta, meta-a', 'x-amz-meta-a' => 1],
     { signed => ['x-amz-meta-a:1'] }, 'http/1'],
);

$s3->put_object('k', 'the object');

$s3->known_to($t, OUTPOST => '127.0.0.1:' . $s3->port(),
              SERVERS => $t->expand(join '', map { server($_) }
                                              0 .. $#servers));

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods       GET HEAD PUT;

    proxy_set_header          X-Outermost 1;

%%SERVERS%%
}

EOC


sub server {
    my ($n) = @_;

    my ($name, $in_server, $in_location) = @{ $servers[$n] };
    my $http2 = $name eq 'HTTP/2' && !$t->missing('http_v2') ? ' http2' : '';

    return "    server {\n        listen  127.0.0.1:" . $t->port($n)
           . "$http2;\n$in_server\n"
           . join('', map { "        location /$_/ {\n"
                            . "            s3o_presign  proxy;\n"
                            . "            $location{$_}\n$in_location"
                            . "            proxy_pass http://"
                            . '127.0.0.1:' . $s3->port() . ";\n        }\n" }
                      sort keys %location)
           . "    }\n";
}


$t->run();

for my $n (0 .. $#servers) {
    my $name = $servers[$n][0];

    for my $version ($name eq 'HTTP/2' ? '2' : qw(1.0 1.1)) {
        subtest "$name, HTTP/$version" => sub { requests($n, $version) };
    }
}

# a name with a separator in it would become two names in the list of signed
# headers

$t->write_file('page', 'a page');

for my $where (qw(redirect json on)) {
    my ($n) = grep { $servers[$_][0] =~ /underscores/ } 0 .. $#servers;

    is(send_request($n, '1.1', "/$where/page", ["x-amz-meta-$_->[0]" => 1]),
       $_->[1], "$where: x-amz-meta-$_->[0]")
        for ['a;b', 400], ['a(b', 400], ["a\xe9", 400],
            ['a_b', $where eq 'redirect' ? 307 : 200];
}

# bodies: the headers that frame a message are never those of the client

for my $case (['Content-Length', [Connection => 'close, content-length'],
               body => 'a body'],
              ['chunks', [Connection => 'close, transfer-encoding'],
               chunked => ['a ', 'body']])
{
    my ($name, $headers, @body) = @$case;

    my $r = $t->request(method => 'PUT', uri => "/some/put", @body,
                        headers => $headers, port => $t->port(0));

    is($r->{status}, 200, "PUT with $name that Connection names is taken");
    $s3->accepted("PUT with $name: the request was signed");
    is($s3->object('put')->{body}, 'a body',
       "PUT with $name: the body is whole");
}

$t->done();


sub requests {
    my ($n, $version) = @_;

    my $reason = $version eq '2'
                 ? $t->missing('http_v2') || $t->missing('curl') : '';
    plan skip_all => $reason if $reason;

    for my $case (@cases) {
        my ($name, $where, $headers, $want, $only) = @$case;

        next if $version eq '2' && $only;

        $s3->clear();

        my $status = send_request($n, $version, "/$where/k", $headers);
        my $r = ($s3->requests())[-1];
        my @faults = !$r ? 'nothing was sent'
                     : $want->{status} ? () : faults($n, $r, $want);

        if (my $wanted = $want->{status}) {
            my $dropped = $want->{maybe} && $servers[$n][0] !~ /underscores/;

            @faults = $status eq $wanted && !$r || $dropped
                      ? () : "status $status" . ($r ? ' and sent' : '');

        } elsif ($status !~ /^(?:2|3|412)/) {
            unshift @faults, "status $status";
        }

        is(join('; ', @faults), '', $name) or diag($r->{raw_head} // '');
    }

    done_testing();
}


sub send_request {
    my ($n, $version, $uri, $headers) = @_;

    if ($version eq '2') {
        my $r = curl('http://127.0.0.1:' . $t->port($n) . $uri,
                     args => ['--http2-prior-knowledge'],
                     headers => $headers);
        return $r->{status} || $r->{stderr};
    }

    return ($t->request(uri => $uri, headers => $headers, version => $version,
                        port => $t->port($n)) // {})->{status} // 'none';
}


# returns the faults of a request that arrived: a list of words

sub faults {
    my ($n, $r, $want) = @_;

    my %signed = map { $_ => 1 } split /;/, $r->{signed_headers} // '';
    my %got;
    push @{ $got{ lc $_->[0] } }, $_->[1] for @{ $r->{headers} };

    my @faults = $r->{verdict} eq 'ok' ? () : "$r->{verdict} $r->{message}";

    # each header of the module itself comes once

    my %own = (
        'host'                 => qr/^\Q${\$s3->host()}\E$/,
        'authorization'        => qr{^AWS4-HMAC-SHA256\ Credential=
                                    \Q${\$s3->access_key()}\E/}x,
        'x-amz-date'           => qr/^20[2-9]\d{5}T\d{6}Z$/,
        'x-amz-content-sha256' => qr/^UNSIGNED-PAYLOAD$/,
        'x-amz-security-token' => qr/^\Q${\$s3->session_token()}\E$/,
    );

    for my $name (sort keys %own) {
        push @faults, "$name: " . join '|', @{ $got{$name} // [] }
            unless @{ $got{$name} // [] } == 1 && $got{$name}[0] =~ $own{$name};
        push @faults, "$name is not signed"
            unless $signed{$name} || $name eq 'authorization';
    }

    # headers that the next hop may change

    push @faults, "$_ is signed" for grep {
        /^(?:connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade
          |user-agent|proxy-.*|date|x-amzn-trace-id|authorization)$/x
    } sort keys %signed;

    my $silent = $servers[$n][0] =~ /^no headers/;

    for my $kind (qw(signed plain maybe gone)) {
        for my $item (@{ $want->{$kind} // [] }) {
            my ($name, $value) = split /:/, $item, 2;
            my $there = join '|', @{ $got{$name} // [] };

            if ($kind eq 'gone' || $silent) {
                push @faults, "$name: $there" if $got{$name};
                next;
            }

            next if $kind eq 'maybe' && !$got{$name};

            push @faults, "$name is \"$there\"" if $there ne $value;
            push @faults, "$name is " . ($signed{$name} ? '' : 'not ')
                          . 'signed'
                unless !$signed{$name} == ($kind eq 'plain');
        }
    }

    return @faults;
}
