#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Multipart uploads to a real S3 server.  Each step goes through the proxy, and
# each step is redirected.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4 qw(uri_encode);

my $t = S3O::Nginx->new(log_level => 'info')->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods         GET HEAD;
    s3o_presign_multipart       on;
    s3o_presign_signed_headers  content-type x-amz-meta-*;
    s3o_presign_args            partNumber;

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;

        location /proxy/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /streamed/ {
            s3o_presign              proxy;
            proxy_request_buffering  off;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /off/ {
            s3o_presign            proxy;
            s3o_presign_methods    GET HEAD PUT DELETE POST;
            s3o_presign_multipart  off;
            proxy_pass             http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);

# S3 wants at least 5 MiB for all parts but the last

my @parts = (("one 45678901234\n" x 327_680), ("two 45678901234\n" x 327_680),
             'the last');

upload($_) for qw(proxy streamed redirect);
abort($_) for qw(proxy redirect);
refused();

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub upload {
    my ($way) = @_;

    my $key = "$way dir/a+b";
    my $url = "$base/$way/" . uri_encode($key, 1);
    my %o = (follow => $way eq 'redirect');

    my $id = create($url, %o, headers => ['Content-Type' => 'text/x',
                                          'x-amz-meta-by' => 'alice']);
    ok(length $id, "$way: CreateMultipartUpload") or return;

    my (@etags, $r);

    for my $n (1 .. @parts) {
        $r = curl("$url?partNumber=$n&uploadId=$id", %o,
                  upload => $parts[$n - 1]);
        is($r->{status}, 200, "$way: UploadPart $n") or diag($r->{body});
        push @etags, $r->{headers}{etag}[0];
    }

    # a part that is sent again replaces the first one

    $r = curl("$url?uploadId=$id&partNumber=3", %o, upload => 'the end');
    is($r->{status}, 200, "$way: UploadPart 3 once more");
    $etags[2] = $r->{headers}{etag}[0];

    $r = curl("$url?uploadId=$id", %o);
    is($r->{status}, 200, "$way: ListParts");
    is(join(' ', $r->{body} =~ m{<Size>(\d+)</Size>}g), '5242880 5242880 7',
       "$way: the parts are listed");

    $r = curl("$url?uploadId=$id&max-parts=1&part-number-marker=1", %o);
    is(join(' ', $r->{body} =~ m{<PartNumber>(\d+)</PartNumber>}g), 2,
       "$way: one page of the parts");

    is($s3->signed(key => $key)->{status}, 404, "$way: no object yet");

    $r = complete("$url?uploadId=$id", [@etags[0, 1], '"other"'], %o);
    is($r->{status}, 400, "$way: CompleteMultipartUpload, a wrong part");
    like($r->{body}, qr/<Code>InvalidPart</, "$way: the answer says so");

    $r = complete("$url?uploadId=$id", \@etags, %o);
    is($r->{status}, 200, "$way: CompleteMultipartUpload")
        or diag($r->{body});
    like($r->{body}, qr/<CompleteMultipartUploadResult/,
         "$way: the answer says so");

    $r = $s3->signed(key => $key);
    ok($r->{body} eq join('', @parts[0, 1], 'the end'),
       "$way: the object is whole");
    is($r->{headers}{'content-type'}[0], 'text/x',
       "$way: the object has its type");
    is($r->{headers}{'x-amz-meta-by'}[0], 'alice',
       "$way: the object has its metadata");

    $r = curl($url, %o);
    ok($r->{body} eq join('', @parts[0, 1], 'the end'), "$way: GET");

    $r = curl($url, %o, args => ['-r', '5242876-5242883']);
    is("$r->{status} $r->{body}", "206 234\ntwo ", "$way: Range over parts");

    $s3->signed(method => 'DELETE', key => $key);
}


sub abort {
    my ($way) = @_;

    my $url = "$base/$way/aborted";
    my %o = (follow => $way eq 'redirect');
    my $id = create($url, %o);

    is(curl("$url?partNumber=1&uploadId=$id", %o, upload => 'x')->{status},
       200, "$way: a part");
    is(curl("$url?uploadId=$id", %o, method => 'DELETE')->{status}, 204,
       "$way: AbortMultipartUpload");

    my $r = curl("$url?uploadId=$id", %o);
    is($r->{status}, 404, "$way: the upload is gone");
    like($r->{body}, qr/<Code>NoSuch\w+</, "$way: the answer says so")
        or diag($r->{body});
    is(curl("$url?partNumber=2&uploadId=$id", %o, upload => 'x')->{status},
       404, "$way: no part can be added");
}


# only these steps are allowed, and only where the location allows them

sub refused {
    my $url = "$base/proxy/refused";
    my $id = create($url);

    is(curl($url, upload => 'x')->{status}, 405, 'PUT of an object');
    is(curl($url, method => 'DELETE')->{status}, 405, 'DELETE of an object');
    is(curl($url, method => 'POST', upload => 'x')->{status}, 405,
       'POST of nothing in particular');
    is(curl("$url?uploadId=$id", upload => 'x')->{status}, 400,
       'a part without its number');
    is(curl("$url?partNumber=0&uploadId=$id", upload => 'x')->{status}, 400,
       'part 0');
    is(curl("$url?partNumber=10001&uploadId=$id", upload => 'x')->{status},
       400, 'part 10001');
    is(curl("$url?uploads&tagging", method => 'POST')->{status}, 400,
       'a step with another operation beside it');

    my $off = "$base/off/refused";

    is(curl("$off?uploads", method => 'POST')->{status}, 400,
       'CreateMultipartUpload where it is off');
    is(curl("$off?partNumber=1&uploadId=$id", upload => 'x')->{status}, 400,
       'UploadPart where it is off');
    is(curl("$off?uploadId=$id", method => 'DELETE')->{status}, 400,
       'AbortMultipartUpload where it is off');

    is(curl("$url?uploadId=$id")->{body} =~ m{<Part>} ? 1 : 0, 0,
       'no part is stored');
    is($s3->signed(key => 'refused')->{status}, 404, 'no object is stored');
}


sub create {
    my ($url, %o) = @_;

    my $r = curl("$url?uploads", %o, method => 'POST');

    diag("$r->{status} $r->{body}") if $r->{status} != 200;

    return uri_encode(($r->{body} =~ m{<UploadId>([^<]+)<})[0] // '');
}


sub complete {
    my ($url, $etags, %o) = @_;

    my $n = 0;
    my $list = join '', map { $n++; "<Part><PartNumber>$n</PartNumber>"
                                    . "<ETag>$_</ETag></Part>" } @$etags;

    return curl($url, %o, method => 'POST', upload =>
                "<CompleteMultipartUpload>$list</CompleteMultipartUpload>");
}
