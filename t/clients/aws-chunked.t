#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Uploads in the framing that SDKs use by default since 2025: aws-chunked, with
# unsigned chunks and a checksum in the trailer.  nginx passes the framed body
# on unchanged and signs all headers that describe the framing; the Outpost
# removes the framing.  Chunks that the client has signed with its own key are
# refused and never stored.

use strict;
use warnings;

use Digest::SHA qw(sha256_base64);
use Test::More;
use Time::HiRes qw(sleep);

use S3O::Clients qw(versions);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(capture);
use S3O::SigV4 ();
use S3O::SigV4::Chunked;

use constant UNSIGNED => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

my $t = S3O::Nginx->new();
my $s3 = S3O::Outpost->new()->start();

$s3->known_to($t, HTTP2 => $t->missing('http_v2') ? '' : 'http2');

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    s3o_presign_multipart     on;
    %%TEST_OUTPOST%%

    client_max_body_size      10m;
    proxy_http_version        1.1;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8081%% %%HTTP2%%;
        server_name  localhost;

        location /buffered/ {
            proxy_pass  http://127.0.0.1:%%OUTPOST%%;
        }

        location /streamed/ {
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }

        location /redirected/ {
            s3o_presign           redirect;
            client_max_body_size  0;
        }
    }
}

EOC

note(versions('curl'));

for my $way (qw(buffered streamed)) {
    forms($way);
    parts($way);
    wrong($way);
    transfer_encoding($way);
    http2($way);
    signed($way);
}

is($t->request(method => 'PUT', uri => '/redirected/k', body => framed('a'),
               headers => announced('a'))->{status}, 400,
   'a client that signs for nginx cannot be redirected');

$t->done();


sub announced {
    my ($data, %more) = @_;

    my %header = (
        'Content-Encoding'             => 'aws-chunked',
        'X-Amz-Content-Sha256'         => UNSIGNED,
        'X-Amz-Decoded-Content-Length' => length $data,
        'X-Amz-Trailer'                => 'x-amz-checksum-sha256',
        'X-Amz-Sdk-Checksum-Algorithm' => 'SHA256',

        # the client's own signature, for the host name of nginx
        'X-Amz-Date'           => '20240301T120000Z',
        'X-Amz-Security-Token' => 'not ours',
        'Authorization'        => 'AWS4-HMAC-SHA256 Credential=mine/20240301/'
            . 'us-west-2/s3/aws4_request, SignedHeaders=host, Signature=00',
        %more,
    );

    return [map { $_ => $header{$_} } sort keys %header];
}


sub framed {
    my ($data, %o) = @_;

    return S3O::SigV4::Chunked::encode($data, form => UNSIGNED,
        trailer => ['x-amz-checksum-sha256', sha256_base64($data) . '='], %o);
}


sub outcome {
    my ($r, $key, $data) = @_;

    my $object = $s3->object($key);

    return join ' ', $r->{status}, $s3->last()->{verdict},
           !$object ? 'missing' : $object->{body} eq $data ? 'stored'
                                                           : 'broken';
}


sub forms {
    my ($way) = @_;

    my %data = ('no byte' => '', 'a word' => 'hello',
                'one chunk' => 'x' x 65536, 'chunks' => 'xyz' x 1_000_000);

    for my $name (sort keys %data) {
        my $data = $data{$name};
        my $r = $t->request(method => 'PUT', uri => "/$way/$name" =~ s/ /-/r,
                            headers => announced($data), body => framed($data));

        is(outcome($r, $name =~ s/ /-/r, $data), '200 ok stored',
           "$way: $name");
    }

    my $last = $s3->last();

    is($last->{payload}, UNSIGNED, "$way: the payload hash names the framing");
    is($last->{signed_headers}, join(';', qw(content-encoding host
       x-amz-content-sha256 x-amz-date x-amz-decoded-content-length
       x-amz-sdk-checksum-algorithm x-amz-trailer)),
       "$way: the headers of the framing are signed");
    is($last->{access_key}, $s3->access_key(),
       "$way: the signature is by nginx's key");

    # S3 stores other encodings with the object, but not "aws-chunked"

    my $r = $t->request(method => 'PUT', uri => "/$way/gzip",
        headers => announced('gz', 'Content-Encoding' => 'gzip,aws-chunked'),
        body => framed('gz'));

    is(outcome($r, 'gzip', 'gz'), '200 ok stored', "$way: two encodings");
    is($s3->object('gzip')->{headers}{'content-encoding'}, 'gzip',
       "$way: only gzip is stored with the object");
}


sub parts {
    my ($way) = @_;

    my $r = $t->request(method => 'POST', uri => "/$way/multi?uploads");
    my ($id) = $r->{body} =~ m{<UploadId>(.*?)</UploadId>};
    my $query = 'uploadId=' . S3O::SigV4::uri_encode($id);

    $r = $t->request(method => 'PUT', uri => "/$way/multi?partNumber=1&$query",
                     headers => announced('part'), body => framed('part'));
    is("$r->{status} " . $s3->last()->{verdict}, '200 ok',
       "$way: a framed part is uploaded");

    $r = $t->request(method => 'POST', uri => "/$way/multi?$query", body =>
        '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>'
        . $r->{headers}{etag}[0] . '</ETag></Part></CompleteMultipartUpload>');
    is(outcome($r, 'multi', 'part'), '200 ok stored',
       "$way: the framed part becomes the object");
}


# S3 verifies the framing, and its answer reaches the client.

sub wrong {
    my ($way) = @_;

    my %wrong = (
        'checksum' => [announced('right'), framed('right', trailer =>
            ['x-amz-checksum-sha256', sha256_base64('wrong') . '=']),
            'BadDigest'],
        'length' => [announced('right', 'X-Amz-Decoded-Content-Length' => 4),
                     framed('right'), 'IncompleteBody'],
        'no framing' => [announced('right'), 'right', 'SignatureDoesNotMatch'],
    );

    for my $name (sort keys %wrong) {
        my ($headers, $body, $code) = @{ $wrong{$name} };

        my $r = $t->request(method => 'PUT', uri => "/$way/wrong",
                            headers => $headers, body => $body);

        is($s3->last()->{verdict}, $code,
           "$way: the Outpost finds a wrong $name");
        like($r->{status}, qr/^(?:400|502)$/,
             "$way: the client gets an error for a wrong $name");
        is($s3->object('wrong'), undef, "$way: nothing is stored");
    }
}


# Some SDKs, like boto3 since 1.36, do not send the length of the framed body.
# S3 accepts this if a header gives the length of the data.

sub transfer_encoding {
    my ($way) = @_;

    my $data = 'abc' x 100_000;
    my @headers = @{ announced($data) };

    is(outcome(in_chunks("/$way/te", \@headers, framed($data)), 'te', $data),
       '200 ok stored', "$way: no length of the framed body");
    is($s3->last()->{header}{'transfer-encoding'},
       $way eq 'streamed' ? 'chunked' : undef, "$way: chunks in chunks");
    is($s3->last()->{header}{'content-length'},
       $way eq 'streamed' ? undef : length framed($data),
       "$way: otherwise with a length");

    # a request with neither length has no length that nginx could use

    for my $length (undef, '', 'many', -1) {
        $s3->clear();

        my $headers = announced($data,
                                'X-Amz-Decoded-Content-Length' => $length);
        my $r = in_chunks("/$way/none", $headers, framed($data));

        is("$r->{status} " . scalar(() = $s3->requests()),
           defined $length ? '400 0' : '411 0',
           "$way: no length at all, " . ($length // 'none'));
    }
}


# Sends the header first, so that nginx handles the header before the body
# comes.

sub in_chunks {
    my ($uri, $headers, $body) = @_;

    my $c = $t->connect();
    my @pairs = @$headers;

    $c->write(S3O::HTTP::build_head(method => 'PUT', uri => $uri,
        headers => [@pairs, 'Transfer-Encoding', 'chunked']));
    sleep 0.1;
    $c->write(sprintf("%x\r\n%s\r\n0\r\n\r\n", length $body, $body),
              until_answer => 1);

    my $r = $c->read_response();
    $c->close();

    return $r;
}


sub http2 {
    my ($way) = @_;

    SKIP: {
        my $reason = $t->missing('http_v2') || $t->missing('curl_http2');
        skip $reason, 1 if $reason;

        my $data = 'abc' x 500_000;
        my @headers = @{ announced($data) };
        my @args;

        while (my ($name, $value) = splice @headers, 0, 2) {
            push @args, '-H', "$name: $value";
        }

        $t->write_file('framed', framed($data));

        my (undef, $out) = capture(['curl', '-q', '-s', '-i', '-m', 60,
            '--http2-prior-knowledge', @args, '-T', $t->testdir() . '/framed',
            'http://127.0.0.1:' . $t->port(8081) . "/$way/h2"]);
        my ($status) = $out =~ m{^HTTP/2 (\d+)};

        is(outcome({ status => $status // 'none' }, 'h2', $data),
           '200 ok stored', "$way: over HTTP/2");
    }
}


sub signed {
    my ($way) = @_;

    my %known = (date => '20240301T120000Z', signature => '0' x 64,
                 scope => '20240301/us-west-2/s3/aws4_request',
                 signing_key => 'k');

    for my $form (qw(STREAMING-AWS4-HMAC-SHA256-PAYLOAD
                     STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
                     STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD
                     STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER
                     STREAMING-SOMETHING-NEW streaming-unsigned-payload-trailer
                     UNSIGNED-PAYLOAD), '0' x 64, undef)
    {
        my $name = $form // 'no name';

        $s3->clear();

        my $body = S3O::SigV4::Chunked::encode('x' x 10000, %known,
            form => 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
        my $r = $t->request(method => 'PUT', uri => "/$way/never",
            headers => announced('x' x 10000, 'X-Amz-Content-Sha256' => $form),
            body => $body);

        is("$r->{status} " . scalar(() = $s3->requests()), '501 0',
           "$way: chunks signed by the client, $name");
    }

    is($s3->object('never'), undef, "$way: never stored");
}
