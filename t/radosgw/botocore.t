#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The SDK for Python as a client of nginx, with credentials that have no value.
# nginx removes its signature and signs for a real S3 server.

use strict;
use warnings;

use Digest::SHA ();
use Test::More;

use S3O::Botocore;
use S3O::Nginx;
use S3O::Radosgw;

plan(skip_all => S3O::Botocore->reason()) unless S3O::Botocore->available();

my $t = S3O::Nginx->new(log_level => 'info')->has('radosgw');
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    upstream outpost {
        server     127.0.0.1:%%OUTPOST%%;
        keepalive  4;
    }

    server {
        listen         127.0.0.1:%%PORT_8080%%;
        server_name    localhost;
        merge_slashes  off;

        client_max_body_size  0;
        proxy_http_version    1.1;
        proxy_set_header      Connection "";

        s3o_presign                 proxy;
        s3o_presign_methods         GET HEAD PUT DELETE;
        s3o_presign_multipart       on;
        s3o_presign_list            on;
        s3o_presign_args            response-content-disposition partNumber;
        s3o_presign_signed_headers  content-type content-md5 x-amz-meta-*;

        # this client has the bucket in the path; nginx decides what a bucket
        # name means

        location /buffered/ {
            proxy_pass  http://outpost$s3o_presign_uri;
        }

        location /streamed/ {
            proxy_request_buffering  off;
            proxy_pass               http://outpost$s3o_presign_uri;
        }

        # a request for the bucket itself has no slash at the end of its path

        location = /buffered {
            s3o_presign  off;
            rewrite      ^ /buffered/ last;
        }

        location = /streamed {
            s3o_presign  off;
            rewrite      ^ /streamed/ last;
        }
    }
}

EOC

my $sdk = S3O::Botocore->new('http://127.0.0.1:' . $t->port(8080));
my $dir = $t->testdir();
my $text = "The quick brown fox.\n";

note('botocore ' . $sdk->version());

for my $bucket (qw(buffered streamed)) {
    objects($bucket);
    keys_of($bucket);
    files($bucket);
    multipart($bucket);
    listing($bucket);
}

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub objects {
    my ($bucket) = @_;

    my %at = (Bucket => $bucket, Key => 'dir/a.txt');

    my $r = $sdk->call(put_object => {
        %at, Body => bytes($text), ContentType => 'text/x',
        Metadata => { owner => 'alice  and bob' },
    });
    ok($r->{ok}, "$bucket: put_object") or diag(explain($r));

    my $stored = $s3->signed(key => 'dir/a.txt');
    is($stored->{body}, $text, "$bucket: the object is what was sent");
    is($stored->{headers}{etag}[0], $r->{answer}{ETag},
       "$bucket: the ETag has come back");
    is($stored->{headers}{'content-type'}[0], 'text/x',
       "$bucket: the object has its type");
    like($stored->{headers}{'x-amz-meta-owner'}[0], qr/^alice +and bob$/,
         "$bucket: the object has its metadata");

    $r = $sdk->call(get_object => {%at});
    is($r->{answer}{Body}{hex}, unpack('H*', $text), "$bucket: get_object");

    $r = $sdk->call(get_object => {%at, Range => 'bytes=4-8'});
    is($r->{answer}{Body}{hex}, unpack('H*', 'quick'), "$bucket: a range");

    $r = $sdk->call(get_object => {%at, IfNoneMatch =>
                                        $stored->{headers}{etag}[0]});
    is($r->{status}, 304, "$bucket: a condition");

    $r = $sdk->call(get_object => {
        %at, ResponseContentDisposition => 'attachment; filename="b c"' });
    is($r->{answer}{ContentDisposition}, 'attachment; filename="b c"',
       "$bucket: a response parameter");

    $r = $sdk->call(head_object => {%at});
    is($r->{answer}{ContentLength}, length $text, "$bucket: head_object");

    $r = $sdk->call(get_object => {%at, Key => 'none'});
    is("$r->{status} $r->{code}", '404 NoSuchKey',
       "$bucket: an object that is not there");

    $r = $sdk->call(put_object_tagging => {
        %at, Tagging => { TagSet => [{ Key => 'a', Value => 'b' }] } });
    is($r->{status}, 400, "$bucket: another operation is refused");

    $r = $sdk->call(delete_object => {%at});
    ok($r->{ok}, "$bucket: delete_object") or diag(explain($r));
    is($s3->signed(key => 'dir/a.txt')->{status}, 404,
       "$bucket: the object is gone");
}


sub keys_of {
    my ($bucket) = @_;

    my @keys = ('a b', 'a+b', 'a%20b', '%2F', "~!*'()", 'a?b#c&d=e', 'a//b',
                'dir/', "\x{e9}\x{20ac}\x{1f600}", '"<>\\^`{|}', 'x' x 1000);

    for my $key (@keys) {
        my %at = (Bucket => $bucket, Key => $key);
        my $bytes = $key;
        utf8::encode($bytes);

        my $r = $sdk->call(put_object => {%at, Body => bytes($bytes)});
        $r = $sdk->call(get_object => {%at}) if $r->{ok};

        is($r->{answer}{Body}{hex}, unpack('H*', $bytes),
           "$bucket: the key " . substr $bytes, 0, 30) or diag(explain($r));
        is($s3->signed(key => $bytes)->{body}, $bytes,
           "$bucket: the key of the object is the one sent");
        $sdk->call(delete_object => {%at});
    }
}


# botocore asks for "100 Continue" when the body is a file

sub files {
    my ($bucket) = @_;

    for my $size (0, 100_000, 20_000_000) {
        my %at = (Bucket => $bucket, Key => "file-$size");
        my $data = substr join('', map { sprintf "%09d\n", $_ }
                                   0 .. $size / 10), 0, $size;

        $t->write_file('up', $data);

        my $r = $sdk->call(put_object => {%at, Body => {file => "$dir/up"}});
        ok($r->{ok}, "$bucket: a file of $size bytes") or diag(explain($r));

        $sdk->call(get_object => {%at}, {body_to => "$dir/down"});
        ok($t->read_file('down') eq $data,
           "$bucket: all bytes are the same");
        $sdk->call(delete_object => {%at});
    }
}


sub multipart {
    my ($bucket) = @_;

    my %at = (Bucket => $bucket, Key => 'dir/big');
    my @data = (('a' x 5_242_880), ('b' x 5_242_880), 'c');

    my $r = $sdk->call(create_multipart_upload => {
        %at, ContentType => 'text/x' });
    ok($r->{ok}, "$bucket: create_multipart_upload") or diag(explain($r));

    my %of = (%at, UploadId => $r->{answer}{UploadId});
    my @parts;

    for my $n (1 .. @data) {
        $t->write_file('part', $data[$n - 1]);
        $r = $sdk->call(upload_part => {
            %of, PartNumber => $n, Body => {file => "$dir/part"} });
        ok($r->{ok}, "$bucket: upload_part $n") or diag(explain($r));
        push @parts, { PartNumber => $n, ETag => $r->{answer}{ETag} };
    }

    $r = $sdk->call(list_parts => {%of});
    is(scalar @{ $r->{answer}{Parts} // [] }, 3, "$bucket: list_parts")
        or diag(explain($r));

    $r = $sdk->call(complete_multipart_upload => {
        %of, MultipartUpload => { Parts => \@parts } });
    ok($r->{ok}, "$bucket: complete_multipart_upload") or diag(explain($r));
    ok($s3->signed(key => 'dir/big')->{body} eq join('', @data),
       "$bucket: the object is whole");

    $r = $sdk->call(create_multipart_upload => {%at});
    %of = (%at, UploadId => $r->{answer}{UploadId});
    $r = $sdk->call(abort_multipart_upload => {%of});
    ok($r->{ok}, "$bucket: abort_multipart_upload") or diag(explain($r));

    $sdk->call(delete_object => {%at});
}


sub listing {
    my ($bucket) = @_;

    my @keys = ('a b', 'a+b', 'dir/1', 'dir/2', "\x{20ac}");

    for my $key (@keys) {
        $sdk->call(put_object => {Bucket => $bucket, Key => $key,
                                  Body => bytes('x')});
    }

    my $list = sub {
        my $r = $sdk->call(list_objects_v2 => {Bucket => $bucket, @_});
        return $r->{ok} ? join ' | ', map { $_->{Key} }
                                      @{ $r->{answer}{Contents} // [] }
                        : "$r->{status} $r->{code}";
    };

    is($list->(), join(' | ', @keys), "$bucket: list_objects_v2");
    is($list->(Prefix => 'dir/'), 'dir/1 | dir/2', "$bucket: a prefix");
    is($list->(Delimiter => '/'), "a b | a+b | \x{20ac}",
       "$bucket: a delimiter");

    my $r = $sdk->call(list_objects_v2 => {Bucket => $bucket, MaxKeys => 2});
    is($list->(ContinuationToken => $r->{answer}{NextContinuationToken}),
       "dir/1 | dir/2 | \x{20ac}", "$bucket: the second page");
    like($list->(Prefix => 'dir/', StartAfter => 'dir/1'), qr/^dir\/2$/,
         "$bucket: the list begins after a key");

    $r = $sdk->call(list_objects => {Bucket => $bucket});
    is(join(' | ', map { $_->{Key} } @{ $r->{answer}{Contents} }),
       join(' | ', @keys), "$bucket: list_objects");
    ok($sdk->call(head_bucket => {Bucket => $bucket})->{ok},
       "$bucket: head_bucket");
}


sub bytes {
    return { hex => unpack 'H*', $_[0] };
}
