#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Proxy mode: the Outpost accepts what nginx sends, in whatever way proxy_pass
# is written.  The Outpost verifies every byte of each request.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::SigV4 qw(uri_encode);

my $s3 = S3O::Outpost->new()->start();
my $t = S3O::Nginx->new()->has('rewrite');

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    # there is no resolver: an upstream has the name of the Outpost

    upstream %%HOST%% {
        server 127.0.0.1:%%OUTPOST%%;
    }

    upstream up {
        server 127.0.0.1:%%OUTPOST%%;
    }

    upstream kept {
        server 127.0.0.1:%%OUTPOST%%;
        keepalive 4;
    }

    server {
        listen         127.0.0.1:%%PORT_8080%%;
        server_name    localhost;
        merge_slashes  off;

        s3o_presign            proxy;
        s3o_presign_methods    GET HEAD PUT DELETE;
        s3o_presign_multipart  on;
        s3o_presign_list       on;
        s3o_presign_args       versionId response-content-type;

        location /url/ {
            s3o_presign_endpoint  http://s3-outposts.us-west-2.amazonaws.com;
            proxy_pass            $s3o_presign_url;
        }

        location /uri/ {
            proxy_pass  http://up$s3o_presign_uri;
        }

        # proxy_pass of a user who does not think of the URI

        location /whole/ {
            proxy_pass  http://up;
        }

        location /other/ {
            proxy_pass  http://127.0.0.1:%%OUTPOST%%/not/this?at=all;
        }

        location /variable/ {
            set         $to "up";
            proxy_pass  http://$to;
        }

        location ~ ^/regex/(.*)$ {
            s3o_presign_key  $1;
            proxy_pass       http://up$s3o_presign_uri;
        }

        location /kept/ {
            proxy_http_version  1.1;
            proxy_set_header    Connection "";
            proxy_pass          http://kept$s3o_presign_uri;
        }

        location /param/ {
            s3o_presign_param  response-content-type "text/x $arg_type";
            s3o_presign_param  versionId             $arg_version;
            proxy_pass         http://up;
        }

        # local files come first

        location /files/ {
            s3o_presign  off;
            root         %%TESTDIR%%;
            try_files    $uri @outpost;
        }

        location @outpost {
            s3o_presign_key  $s3o_presign_path;
            proxy_pass       http://up;
        }
    }
}

EOC

my @ways = qw(url uri whole other variable regex kept);

operations($_) for @ways;
keys_of($_) for qw(url uri whole regex);
arguments();
multipart();
listing();
keepalive();

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


# method, headers, body, status, expected headers

sub operations {
    my ($way) = @_;

    my $etag = '"5d41402abc4b2a76b9719d911017c592"';

    my @operations = (
        ['PUT', [], 'hello', 200, { etag => $etag }, ''],
        ['GET', [], undef, 200, { etag => $etag, 'content-length' => 5 },
         'hello'],
        ['HEAD', [], undef, 200, { etag => $etag, 'content-length' => 5 }, ''],
        ['GET', ['Range' => 'bytes=1-3'], undef, 206,
         { 'content-range' => 'bytes 1-3/5' }, 'ell'],
        ['GET', ['Range' => 'bytes=9-'], undef, 416, {}, qr/InvalidRange/],
        ['GET', ['If-None-Match' => $etag], undef, 304, { etag => $etag }, ''],
        ['GET', ['If-Match' => '"x"'], undef, 412, {}, qr/PreconditionFailed/],
        ['PUT', ['If-None-Match' => '*'], 'again', 412, {},
         qr/PreconditionFailed/],
        ['PUT', ['Content-Type' => 'text/x'], '', 200, {}, ''],
        ['GET', [], undef, 200, { 'content-type' => 'text/x' }, ''],
        ['DELETE', [], undef, 204, {}, ''],
        ['GET', [], undef, 404, { 'content-type' => 'application/xml' },
         qr/NoSuchKey/],
        ['HEAD', [], undef, 404, {}, ''],
    );

    my $n = 0;

    for my $case (@operations) {
        my ($method, $headers, $body, $status, $expected, $content) = @$case;

        my $r = $t->request(method => $method, uri => "/$way/a/b.txt",
                            headers => $headers, body => $body);
        my $name = "$way: " . join(' ', $method, @$headers);

        $s3->accepted($name);
        is($r->{status}, $status, "$name: $status");
        is($r->{headers}{$_}[0], $expected->{$_}, "$name: $_")
            for sort keys %$expected;

        ref $content ? like($r->{body}, $content, "$name: body")
                     : is($r->{body}, $content, "$name: body");

        my $last = $s3->last();

        is("$last->{method} $last->{target}", "$method /a/b.txt",
           "$name: method and URI are those of the client");
        is($last->{header}{host}, $s3->host(), "$name: Host is the Outpost's");
        $n++;
    }

    my $before = $s3->requests();

    # A request must not create a bucket.  Where a regular expression gives the
    # key, the key is empty here.

    for my $case (['POST', '/a', 405], ['PATCH', '/a', 405],
                  ['PUT', '/', $way eq 'regex' ? 400 : 501],
                  ['GET', '/a?tagging', 400], ['PUT', '/a?acl', 501],
                  ['DELETE', '/a?uploadId', 400], ['GET', '/%FE', 400],
                  ['GET', '/a?X-Amz-Signature=1', 400])
    {
        my ($method, $uri, $status) = @$case;

        is($t->request(method => $method, uri => "/$way$uri")->{status},
           $status, "$way: $method $uri is refused");
    }

    is(scalar $s3->requests(), $before, "$way: nothing is sent to the Outpost");
}


# Keys that would change if the URI were decoded and encoded.

sub keys_of {
    my ($way) = @_;

    my @keys = ('a b', 'a+b', 'a%b', '%41', '%2F', "\xc3\xa9t\xc3\xa9",
                "\xf0\x9f\x98\x80", 'a//b', '/a', '//a//', 'a/', 'a?b', 'a#b',
                'a&b=c', "quote\"'\\", '<>^`{|}', 'semi;comma,', '~-._', '!*()',
                'k' x 1024, "\xc3\x9f" x 512);

    my @wrong;

    for my $key (@keys) {
        my $escaped = uri_encode($key, 1);
        my $body = "body of $key";

        $t->request(method => 'PUT', uri => "/$way/$escaped", body => $body);
        my $put = $s3->last();

        my $r = $t->request(uri => "/$way/$escaped");
        my $get = $s3->last();

        push @wrong, "$key: $put->{verdict}, $get->{verdict}, $put->{key}"
            if grep { $_ ne 'ok' } $put->{verdict}, $get->{verdict};
        push @wrong, "$key: $r->{body}"
            if ($s3->object($key) // {})->{body} ne $body
               || $r->{body} ne $body;

        $t->request(method => 'DELETE', uri => "/$way/$escaped");
        push @wrong, "$key: stays" if $s3->object($key);
    }

    is(join("\n", @wrong), '', "$way: " . @keys . ' keys, byte for byte');
}


sub arguments {
    my @arguments = (
        ['/uri/a?versionId=%2Fx%2B+y', 'versionId=%2Fx%2B%20y'],
        ['/url/a?versionId=1&x=2&y', 'versionId=1'],
        ['/whole/a?versionId', 'versionId='],
        ['/other/a?x=2', ''],
        ['/kept/a?response-content-type=a/b&versionId=1',
         'response-content-type=a%2Fb&versionId=1'],
        ['/param/a?type=%25x', 'response-content-type=text%2Fx%20%2525x'],
        ['/param/a?version=1&versionId=2&type=',
         'response-content-type=text%2Fx%20&versionId=1'],
        ['/files/missing', ''],
    );

    for my $case (@arguments) {
        my ($uri, $query) = @$case;

        # this version does not exist, but the request is accepted

        $t->request(uri => $uri);
        $s3->accepted("$uri is accepted");

        my ($path, $sent) = split /\?/, $s3->last()->{target};
        is($sent // '', $query, "$uri has the query \"$query\"");
    }

    is($s3->last()->{target}, '/files/missing',
       'a file that try_files does not find is asked of S3');
}


sub multipart {
    my $r = $t->request(method => 'POST', uri => '/uri/big%20one?uploads',
                        body => '');
    my ($id) = $r->{body} =~ m{<UploadId>(.*)</UploadId>};

    $s3->accepted('CreateMultipartUpload is accepted');
    like($id // '', qr/\W/, 'the upload has an id that has to be encoded');
    $id = uri_encode($id);

    my $parts = '';

    for my $n (1, 2) {
        $r = $t->request(method => 'PUT', body => $n x 100000,
                         uri => "/uri/big%20one?uploadId=$id&partNumber=$n");
        $s3->accepted("UploadPart $n is accepted");
        $parts .= "<Part><PartNumber>$n</PartNumber>"
                  . "<ETag>$r->{headers}{etag}[0]</ETag></Part>";
    }

    $r = $t->request(uri => "/uri/big%20one?uploadId=$id&max-parts=9");
    $s3->accepted('ListParts is accepted');
    is(() = $r->{body} =~ /<Part>/g, 2, 'ListParts lists two parts');

    $r = $t->request(method => 'POST', uri => "/uri/big%20one?uploadId=$id",
                     body => "<CompleteMultipartUpload>$parts"
                             . '</CompleteMultipartUpload>');
    $s3->accepted('CompleteMultipartUpload is accepted');
    is($s3->object('big one')->{size}, 200000, 'the object is whole');

    $t->request(method => 'POST', uri => '/uri/other?uploads', body => '');
    ($id) = $t->request(method => 'POST', uri => '/uri/other?uploads',
                        body => '')->{body} =~ m{<UploadId>(.*)</UploadId>};

    $r = $t->request(method => 'DELETE',
                     uri => '/uri/other?uploadId=' . uri_encode($id));
    $s3->accepted('AbortMultipartUpload is accepted');
    is($r->{status}, 204, 'AbortMultipartUpload is done');
}


sub listing {
    $s3->put_object("list/$_", 'x') for 'a b', 'a+b', 'c';

    my $r = $t->request(uri => '/uri/?list-type=2&prefix=list%2Fa&delimiter='
                               . '&max-keys=9&x=y');
    $s3->accepted('ListObjectsV2 is accepted');
    is($r->{status}, 200, 'ListObjectsV2 is answered');
    is(join('|', $r->{body} =~ m{<Key>(.*?)</Key>}g), 'list/a b|list/a+b',
       'the list has the keys below the prefix');
}


sub keepalive {
    $s3->clear();

    for my $n (1 .. 6) {
        my $method = $n == 3 ? 'PUT' : $n == 5 ? 'HEAD' : 'GET';
        $t->request(method => $method, uri => '/kept/k',
                    $n == 3 ? (body => 'x' x 70000) : ());
    }

    my @seen = $s3->requests();

    is(join(' ', map { $_->{verdict} } @seen), 'ok ok ok ok ok ok',
       'six requests through an upstream that keeps connections');
    is(join(' ', map { $_->{connection} - $seen[0]{connection} } @seen),
       '0 0 0 0 0 0', 'the six requests go over one connection');
    is(join(' ', map { $_->{connection_request} - $seen[0]{connection_request} }
                     @seen), '0 1 2 3 4 5',
       'the six requests come one after the other');
    is($seen[0]{version}, '1.1', 'the six requests are HTTP/1.1');
    is($seen[0]{header}{connection}, undef,
       'no request asks to close the connection');

    $t->request(uri => '/uri/k');
    # HTTP/1.1 is the default since nginx 1.29.7

    is($s3->last()->{verdict}, 'ok',
       'a request without these directives is right, too');
    like($s3->last()->{version} . ' '
         . ($s3->last()->{header}{connection} // 'kept'),
         qr/^(?:1\.0 close|1\.1 kept)$/,
         'a request is HTTP/1.0 and closes, or is HTTP/1.1');
}
