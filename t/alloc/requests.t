#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Missing memory, at each allocation of a request of each kind, over HTTP/1.1
# and some over HTTP/2: the request fails or is right, the Outpost gets only
# signed and whole requests, and the next request is right.

use strict;
use warnings;

use Compress::Raw::Zlib ();
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Alloc;
use S3O::Fail;
use S3O::Fuzz::Http2;
use S3O::HTTP;
use S3O::Nginx;
use S3O::Outpost;
use S3O::SigV4;
use S3O::SigV4::Chunked;
use S3O::SigV4A qw(python_reason);
use S3O::SigV4A::Verifier;

use constant UNSIGNED => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

plan(skip_all => 'allocations cannot be made to fail here')
    unless S3O::Fail::possible();

my $token = 'TOKEN/' . 'FwoGZXIvYXdzEJr' x 20;
my $asymmetric = !python_reason();
my $s3 = S3O::Outpost->new(sigv4a => $asymmetric, session_token => $token)
    ->start();
my $verifier = $asymmetric ? S3O::SigV4A::Verifier->new() : undef;

my $t = S3O::Nginx->new(log_level => 'info');
my $alloc = S3O::Alloc->new($t);
my $no_http2 = $t->missing('http_v2') || S3O::Fuzz::Http2::reason();
my $http2;

$t->subst(ARN => $s3->arn(), OUTPOST => '127.0.0.1:' . $s3->port(),
          ACCESS => $s3->access_key(), SECRET => $s3->secret_key(),
          TOKEN => $token,
          HTTP2 => $no_http2 ? '' : http2_server());

my %proxy = map { $_->[0] => "s3o_presign proxy; $_->[1]" } (
    ['proxy', ''],
    ['unbuffered', 'proxy_request_buffering off; proxy_buffering off;'],
    ['file', 'client_body_in_file_only clean;'],
    ['signed', 's3o_presign_payload signed;'],
    ['signed-unbuffered', 's3o_presign_payload signed;'
                          . ' proxy_request_buffering off;'],
    ['signed-file', 's3o_presign_payload signed;'
                    . ' client_body_in_file_only clean;'],
    ['streaming', 's3o_presign_payload streaming;'],
    ['streaming-unbuffered', 's3o_presign_payload streaming;'
                             . ' proxy_request_buffering off;'],
    ['cached', 'proxy_cache zone; proxy_cache_methods GET;'
               . ' proxy_cache_valid 200 1s; proxy_no_cache 1;'],
    ['wrong', 's3o_presign_credentials static access_key_id=%%ACCESS%%'
              . ' secret_access_key=OTHER session_token=%%TOKEN%%;'],
    ['wrong-json', 's3o_presign_errors json;'
                   . ' s3o_presign_credentials static access_key_id=%%ACCESS%%'
                   . ' secret_access_key=OTHER session_token=%%TOKEN%%;'],
    $asymmetric ? (
        ['4a', 's3o_presign_algorithm sigv4a;'],
        ['4a-signed', 's3o_presign_algorithm sigv4a;'
                      . ' s3o_presign_payload signed;'],
        ['4a-streaming', 's3o_presign_algorithm sigv4a;'
                         . ' s3o_presign_payload streaming;']) : (),
);

$t->subst(PROXY => $t->expand(join '', map { <<"EOC" } sort keys %proxy));
        location /$_/ {
            $proxy{$_}
            proxy_pass  http://%%OUTPOST%%;
        }

EOC

$t->write_file('x', 'a file');
$t->write_file_expand('locations.conf', <<'EOC');

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /window/ {
            s3o_presign         redirect;
            s3o_presign_window  10m;
        }

        location /variable/ {
            s3o_presign               redirect;
            s3o_presign_access_point  $access_point;
        }

        location /json/ {
            s3o_presign         json;
            s3o_presign_param   response-content-language $arg_lang;
        }

        location /on/ {
            s3o_presign  on;
            add_header   X-Url $s3o_presign_url;
            add_header   X-Authorization $s3o_presign_authorization;
            alias        %%TESTDIR%%/;
        }

        location /errors-s3/ {
            s3o_presign         redirect;
            s3o_presign_errors  s3;
        }

        location /errors-json/ {
            s3o_presign         redirect;
            s3o_presign_errors  json;
        }

        location /4a-redirect/ {
            s3o_presign            redirect;
            s3o_presign_algorithm  sigv4a;
        }

        location /4a-json/ {
            s3o_presign            json;
            s3o_presign_algorithm  sigv4a;
        }

%%PROXY%%

EOC

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point    %%ARN%%;
    s3o_presign_credentials     static access_key_id=%%ACCESS%%
                                secret_access_key=%%SECRET%%
                                session_token=%%TOKEN%%;
    s3o_presign_methods         GET HEAD PUT DELETE;
    s3o_presign_multipart       on;
    s3o_presign_list            on;
    s3o_presign_args            versionId response-content-type;
    s3o_presign_signed_headers  content-type x-amz-meta-*;
    s3o_presign_copy            bucket;

    connection_pool_size  256;
    request_pool_size     256;
    client_body_buffer_size  4k;

    proxy_cache_path  %%TESTDIR%%/cache  keys_zone=zone:1m;
    merge_slashes     off;

    map $arg_ap $access_point {
        default  "";
        own      %%ARN%%;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        include      locations.conf;
    }

%%HTTP2%%
}

EOC

# longer than the rest of a pool, so that each copy of the value is an
# allocation

my $key = 'd' x 300;
my $serial = 0;

$s3->put_object($key, 'an object ' x 500);
$s3->put_object("list/$_", 'x') for 1 .. 3;


# requests that get a URL

urls('redirect', "/redirect/$key");
urls('redirect, arguments',
     "/redirect/$key?versionId=7&response-content-type=text%2Fplain&x=1");
urls('redirect, PUT', "/redirect/$key", 'PUT', 'content-type', 'text/plain',
     'x-amz-meta-a', 'b' x 300);
urls('redirect, window', "/window/$key");
urls('redirect, access point by a variable', "/variable/$key?ap=own");
urls('redirect, a list', '/redirect/?list-type=2&prefix=list/');
urls('redirect, a copy', "/redirect/$key", 'PUT', 'x-amz-copy-source',
     S3O::SigV4::uri_encode($s3->arn() . "/object/$key", 1));
urls('json', "/json/$key?lang=de");
urls('json, a part', "/json/$key?partNumber=7&uploadId=abc", 'PUT');
parts('json, parts', "/json/$key", 150);
urls('json, a copy', "/json/$key", 'PUT', 'x-amz-copy-source',
     "/bucket/json/$key");

if ($asymmetric) {
    urls('redirect, SigV4A', "/4a-redirect/$key");
    urls('json, SigV4A', "/4a-json/$key");
    parts('json, parts, SigV4A', "/4a-json/$key", 10);
}

# variables

$alloc->sweep('on', sub {
    my $r = ask(uri => '/on/x') // return 'refused';

    return $r if !ref $r;
    return answer($r) if $r->{status} != 200;

    # where add_header cannot add a header, the request fails

    my $url = $r->{headers}{'x-url'}[0] // 'no URL';
    my $faults = url_faults($url, 'x');

    return $faults if $faults;
    return 'no signature' if ($r->{headers}{'x-authorization'}[0] // '')
        !~ /^AWS4-HMAC-SHA256 .*Signature=[0-9a-f]{64}$/;
    return 'right';
});

# refusals

refusals('error document, S3', "/errors-s3/$key?acl",
         qr{<Code>NotImplemented</Code>});
refusals('error document, JSON', "/errors-json/$key?acl",
         qr/"Code":"NotImplemented"/);
refusals('error document in proxy mode', "/proxy/$key?acl",
         qr{<Code>NotImplemented</Code>});

# requests that are sent to the Outpost

for my $where (grep { !/^wrong/ } sort keys %proxy) {
    downloads("$where, GET", "/$where/$key") unless $where =~ /signed|stream/;
    uploads("$where, PUT", $where);
    framed("$where, aws-chunked", $where) if $where =~ /signed|stream/;
}

$alloc->sweep('proxy, a list', sub {
    my $r = ask(uri => '/proxy/?list-type=2&prefix=list/');

    return answer($r, qr{<Key>list/1</Key>.*<Key>list/3</Key>}s);
});

verdicts('list', 'ok', 'IncompleteBody');

$alloc->sweep('proxy, a copy', sub {
    my $to = 'copy-' . ++$serial;
    my $r = ask(method => 'PUT', uri => "/proxy/$to", headers =>
                ['x-amz-copy-source', "/bucket/proxy/$key",
                 'Content-Length', 0]);

    # the fake Outpost cannot copy, and shows the headers that it got

    return answer($r, qr{<Header>x-amz-copy-source</Header>}, 501);
});

is(scalar(grep { !defined $_->{header}{'x-amz-copy-source'} } $s3->requests()),
   0, 'a copy never becomes an upload of an empty object');
verdicts('copy', 'ok', 'IncompleteBody');

$alloc->sweep('proxy, DELETE', sub {
    my $what = 'delete-' . ++$serial;

    $s3->put_object($what, 'x');

    my $r = ask(method => 'DELETE', uri => "/proxy/$what");

    return 'said to be deleted, and is not'
        if ref $r && $r->{status} == 204 && $s3->object($what);
    return ref $r && $r->{status} == 204 ? 'right' : answer($r);
});

$alloc->sweep('proxy, HEAD', sub {
    my $r = ask(method => 'HEAD', uri => "/proxy/$key");

    return answer($r, qr/^$/);
});

verdicts('proxy', 'ok', 'IncompleteBody');

# answers of the Outpost that the module holds and reads

for my $where ('proxy', 'unbuffered', 'cached') {
    $alloc->sweep("$where, an error of the Outpost", sub {
        my $r = ask(uri => "/$where/none");

        return tells($r) ? 'tells' : answer($r, qr/NoSuchKey/, 404);
    });
}

verdicts('errors', 'ok', 'IncompleteBody');

for my $where ('wrong', 'wrong-json') {
    $alloc->sweep("$where, an answer that must not pass", sub {
        my $r = ask(uri => "/$where/$key");

        return tells($r) ? 'tells' : answer($r, qr/Code/, 502);
    });
}

$s3->clear();
over_http2() unless $no_http2;

# lines that nginx writes of an allocation that failed

$t->todo_alerts(qr/alloc|memalign|failed \(12: /);
$t->done();


# nginx 1.22 crashes without memory for the request line of HTTP/2: its log
# handler writes the line, which does not exist.  A pool of this size has
# memory for it.

sub http2_server {
    return <<"EOC";
    server {
        listen             127.0.0.1:@{[ $t->port(8082) ]} http2;
        request_pool_size  4k;
        include            locations.conf;
    }
EOC
}


# HTTP/2, where the module does other work: bodies that it drops before an
# answer, and bodies that nginx reads for it

sub over_http2 {
    $http2 = S3O::Fuzz::Http2->new(port => $t->port(8082), places => []);

    urls('HTTP/2: redirect', "/redirect/$key");
    urls('HTTP/2: redirect, a body', "/redirect/$key", 'PUT');
    urls('HTTP/2: json, a body', "/json/$key?partNumber=7&uploadId=abc",
         'PUT');
    refusals('HTTP/2: a body that is refused', "/errors-s3/$key?acl",
             qr{<Code>NotImplemented</Code>}, method => 'PUT',
             body => 'x' x 50000);
    downloads('HTTP/2: proxy, GET', "/proxy/$key");
    uploads("HTTP/2: $_, PUT", $_)
        for qw(proxy unbuffered signed signed-unbuffered streaming
               streaming-unbuffered);
    framed("HTTP/2: $_, aws-chunked", $_)
        for qw(signed-unbuffered streaming-unbuffered);

    undef $http2;
}


# makes a request: returns the answer, "refused" when the connection was
# closed, or a fault

sub ask {
    my (%o) = @_;

    return $http2->request(%o) if $http2;

    my $c = $t->connect(timeout => 30);
    my $r = $c->request(close => 1, %o);
    my $eof = $c->{eof};

    $c->close();

    return $r && $r->{complete} ? $r : $eof ? 'refused' : 'hangs';
}


sub answer {
    my ($r, $body, $status) = @_;

    return $r if !ref $r;
    return 'right' if defined $body && $r->{status} == ($status // 200)
                      && $r->{body} =~ $body;
    return 'refused' if $r->{status} >= 500;
    return "$r->{status} " . substr $r->{body}, 0, 300;
}


sub urls {
    my ($name, $uri, $method, @headers) = @_;

    $method //= 'GET';

    $alloc->sweep($name, sub {
        my $r = ask(method => $method, uri => $uri, headers => [@headers],
                    $method eq 'PUT' ? (body => $http2 ? 'x' x 50000 : '')
                                     : ());

        return $r if !ref $r;
        return answer($r) if $r->{status} !~ /^(?:200|307)$/;

        my $url = $r->{headers}{location}[0];
        my @with = @headers;

        if ($r->{status} == 200) {
            my $said = decode_json($r->{body});

            $url = $said->{url};
            @with = %{ $said->{headers} // {} };
        }

        my $list = $uri =~ /list-type/;
        my $faults = url_faults($url, $list ? '' : $key, $method, @with);

        return $faults if $faults;

        # no part of the URL is missing

        for ($uri =~ /(versionId=7|text%2Fplain|list-type=2|partNumber=7)/g,
             $uri =~ /lang=(de)/)
        {
            return "$_ is lost" if index($url, $_) < 0;
        }

        return 'right';
    });
}


# tests that the answer has the URL of each part, or is not a whole answer

sub parts {
    my ($name, $uri, $n) = @_;

    $alloc->sweep($name, sub {
        my $r = ask(method => 'PUT', body => '',
                    uri => "$uri?partNumber=1-$n&uploadId=abc");

        return $r if !ref $r;
        return answer($r) if $r->{status} != 200;

        my @parts = @{ decode_json($r->{body})->{parts} };

        return 'a part is lost' if join(' ', map { $_->{partNumber} } @parts)
            ne join(' ', 1 .. $n);

        for my $part (@parts[0, $n / 2, -1]) {
            my $faults = url_faults($part->{url}, $key, 'PUT');

            return $faults if $faults;
            return "part $part->{partNumber} has another number"
                if $part->{url} !~ /[?&]partNumber=$part->{partNumber}&/;
        }

        return 'right';
    });
}


# returns '' when S3 would accept the URL

sub url_faults {
    my ($url, $to, $method, @headers) = @_;

    my ($host, $target) = $url =~ m{^https://([^/]+)(/.*)$}
        or return "not a URL: $url";
    my @pairs = (['host', $host]);

    while (my ($name, $value) = splice @headers, 0, 2) {
        push @pairs, [$name, $value];
    }

    my $v = S3O::SigV4::verify(
        method => $method // 'GET', target => $target, headers => \@pairs,
        region => $s3->region(), host => $s3->host(),
        credentials => { $s3->access_key() => {
            secret_key => $s3->secret_key(), session_token => $token } },
        $verifier ? (ecdsa => sub {
            S3O::SigV4A::Verifier::ask($verifier->path(), @_) }) : ());

    return "$v->{code}: $v->{message}: $url" if !$v->{ok};
    return "the key $v->{key}" if $v->{key} ne $to;
    return '';
}


sub refusals {
    my ($name, $uri, $body, @more) = @_;

    $alloc->sweep($name, sub {
        my $r = ask(uri => $uri, @more);

        return 'right' if ref $r && $r->{status} == 501 && $r->{body} =~ $body;

        # the page of nginx, when there is no memory for ours

        return 'refused' if ref $r && $r->{status} == 501
                            && $r->{body} =~ /<center>nginx/;
        return answer($r);
    });
}


sub downloads {
    my ($name, $uri) = @_;

    $alloc->sweep($name, sub {
        my $r = ask(uri => $uri, headers => ['Range', 'bytes=0-']);

        return answer($r, qr/^(?:an object ){500}$/,
                      ref $r && $r->{status} == 206 ? 206 : 200);
    });

    verdicts($name, 'ok', 'IncompleteBody');
}


# 200 means that the object is stored, and a stored object is whole

sub stored {
    my ($r, $to, $body) = @_;

    my $there = $s3->object($to);

    return 'said to be there, and is not'
        if ref $r && $r->{status} == 200 && !$there;
    return 'another object' if $there && $there->{body} ne $body;
    return answer($r, qr/^/);
}


sub uploads {
    my ($name, $where) = @_;

    $alloc->sweep($name, sub {
        my $to = "up-$where-" . ++$serial;
        my $body = "body $serial " x 1500;

        return stored(ask(method => 'PUT', uri => "/$where/$to", body => $body,
                          headers => ['Content-Type', 'text/plain',
                                      'x-amz-meta-a', 'b' x 300]),
                      $to, $body);
    });

    verdicts($name, 'ok', 'IncompleteBody');
}


sub framed {
    my ($name, $where) = @_;

    $alloc->sweep($name, sub {
        my $to = "framed-$where-" . ++$serial;
        my $body = "body $serial " x 1500;
        my $sum = encode_base64(pack('N', Compress::Raw::Zlib::crc32($body)),
                                '');
        my $framed = S3O::SigV4::Chunked::encode($body, form => UNSIGNED,
            chunk => 8192, trailer => ['x-amz-checksum-crc32', $sum]);

        return stored(ask(method => 'PUT', uri => "/$where/$to", headers => [
            'Content-Encoding' => 'aws-chunked',
            'x-amz-content-sha256' => UNSIGNED,
            'x-amz-decoded-content-length' => length $body,
            'x-amz-trailer' => 'x-amz-checksum-crc32'],
            body => $framed), $to, $body);
    });

    verdicts($name, 'ok', 'IncompleteBody');
}


# returns the requests to the Outpost since the last call

sub verdicts {
    my ($name, @allowed) = @_;

    my @bad = grep { my $v = $_->{verdict}; !grep { $_ eq $v } @allowed }
              $s3->requests();

    is(join("\n", map { "$_->{verdict}: $_->{raw_head}" } @bad), '',
       "$name: every request to the Outpost was signed");

    $s3->clear();
}


# tells whether an answer has what only the Outpost may see

sub tells {
    my ($r) = @_;

    return ref $r && ($r->{raw} =~ /\Q$token\E|StringToSign|Signature=/);
}
