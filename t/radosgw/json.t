#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# URLs that a client gets as JSON.  curl uses them at a real S3 server.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4 qw(uri_encode);

my $t = S3O::Nginx->new()->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        %%TEST_OUTPOST%%

        location = /presign {
            s3o_presign                 json;
            s3o_presign_methods         GET HEAD PUT DELETE;
            s3o_presign_sign_method     $s3o_presign_arg_method;
            s3o_presign_key             $s3o_presign_arg_key;
            s3o_presign_signed_headers  content-type x-amz-meta-*;
            s3o_presign_expires         5m;
            s3o_presign_param           response-content-disposition
                                        $s3o_presign_arg_disposition;
        }

        location /steps/ {
            s3o_presign              json;
            s3o_presign_methods      GET;
            s3o_presign_multipart    on;
            s3o_presign_sign_method  $s3o_presign_arg_method;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $json = JSON::PP->new->utf8;
my $text = "The quick brown fox.\n";

operations();
headers();
strangers();
multipart();

is(join('', $t->log_errors('warn')), '', 'nginx logs no warning');

$t->done();


sub operations {
    for my $key ('a.txt', 'dir/a b+c%20d', "\xe2\x82\xac/~!*'()?#&=") {
        my $o = ask(key => $key, method => 'PUT');
        is("$o->{method} $o->{expires_in}", 'PUT 300', "$key: a URL for PUT");
        is(curl($o->{url}, upload => $text)->{status}, 200, "$key: PUT");

        $o = ask(key => $key);
        is($o->{method}, 'GET', "$key: a URL for GET");

        my $r = curl($o->{url});
        is("$r->{status} $r->{body}", "200 $text", "$key: GET");

        $r = curl($o->{url}, args => ['-r', '4-8']);
        is("$r->{status} $r->{body}", '206 quick', "$key: Range");

        $r = curl(ask(key => $key, method => 'HEAD')->{url},
                  method => 'HEAD');
        is("$r->{status} $r->{headers}{'content-length'}[0]",
           '200 ' . length $text, "$key: HEAD");

        $o = ask(key => $key, disposition => 'attachment; filename="b c"');
        $r = curl($o->{url});
        is($r->{headers}{'content-disposition'}[0],
           'attachment; filename="b c"', "$key: a parameter");

        $r = curl(ask(key => $key, method => 'DELETE')->{url},
                  method => 'DELETE');
        is($r->{status}, 204, "$key: DELETE");
        is($s3->signed(key => $key)->{status}, 404, "$key: the object is gone");
    }
}


# S3 accepts a client that sends the headers of the answer.

sub headers {
    my $o = ask({ 'Content-Type' => 'text/x', 'x-amz-meta-by' => "a  \"b\"" },
                key => 'h', method => 'PUT');
    my @headers = map { $_ => $o->{headers}{$_} } sort keys %{ $o->{headers} };

    is_deeply([sort keys %{ $o->{headers} }],
              ['content-type', 'x-amz-meta-by'], 'the headers are told');

    my $r = curl($o->{url}, upload => $text, headers => \@headers);
    is($r->{status}, 200, 'PUT with the headers is accepted');
    is($s3->signed(key => 'h')->{headers}{'content-type'}[0], 'text/x',
       'the object keeps the headers');

    is(curl($o->{url}, upload => $text)->{status}, 403,
       'PUT without the headers is refused');
}


# A URL is for one method and one key.

sub strangers {
    $s3->signed(method => 'PUT', key => 'one', body => 'one');
    $s3->signed(method => 'PUT', key => 'two', body => 'two');

    my $get = ask(key => 'one')->{url};
    my $put = ask(key => 'one', method => 'PUT')->{url};

    is(curl($get)->{body}, 'one', 'a URL for GET');
    is(curl($get, upload => 'x')->{status}, 403,
       'a URL for GET is refused for PUT');
    is(curl($get, method => 'DELETE')->{status}, 403,
       'a URL for GET is refused for DELETE');
    is(curl($get =~ s{/one}{/two}r)->{status}, 403,
       'a URL is refused for another key');
    is(curl($put)->{status}, 403, 'a URL for PUT is refused for GET');
    is(curl($put =~ s/Expires=300/Expires=600/r, upload => 'x')->{status},
       403, 'a URL is refused with a longer life');
    is($s3->signed(key => 'one')->{body}, 'one', 'the object is untouched');

    is(curl("$base/presign?key=one&method=POST")->{status}, 405,
       'a method that is not allowed');
    is(curl("$base/presign?method=GET")->{status}, 400, 'no key');
}


# An application hands out a URL for each step of an upload.

sub multipart {
    my $step = sub {
        my ($method, $query) = @_;

        my $r = curl("$base/steps/dir/big.bin?method=$method&$query");
        return $r->{status} == 200 ? $json->decode($r->{body})->{url} : '';
    };

    my $r = curl($step->('POST', 'uploads'), method => 'POST');
    is($r->{status}, 200, 'a URL that begins an upload');

    my ($id) = $r->{body} =~ m{<UploadId>([^<]+)</UploadId>};
    my @parts = map { $_ x 5_242_880 } 'a', 'b';
    my $list = '';

    for my $n (1, 2) {
        $r = curl($step->('PUT', "partNumber=$n&uploadId=" . uri_encode($id)),
                  upload => $parts[$n - 1]);
        is($r->{status}, 200, "a URL for part $n");
        $list .= "<Part><PartNumber>$n</PartNumber>"
                 . "<ETag>$r->{headers}{etag}[0]</ETag></Part>";
    }

    my $end = $step->('POST', 'uploadId=' . uri_encode($id));

    is(curl($end =~ s/uploadId=/uploadId=x/r, method => 'POST',
            upload => 'x')->{status}, 403, 'another upload is refused');

    $r = curl($end, method => 'POST', upload => "<CompleteMultipartUpload>"
              . "$list</CompleteMultipartUpload>");
    is($r->{status}, 200, 'a URL that ends the upload');

    ok($s3->signed(key => 'dir/big.bin')->{body} eq join('', @parts),
       'the whole object is stored');
}


# Returns the answer to ask({headers}, argument => value, ...).

sub ask {
    my $headers = ref $_[0] ? shift : {};
    my %args = @_;

    my $query = join '&', map { "$_=" . uri_encode($args{$_}) }
                          sort keys %args;
    my $r = curl("$base/presign?$query", headers => [%$headers]);

    return $r->{status} == 200 ? $json->decode($r->{body}) : {};
}
