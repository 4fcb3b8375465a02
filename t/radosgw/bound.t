#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# URLs that are bound to a length, a type and a condition.  curl uses them at a
# real S3 server, which accepts the request that a URL is for and no other.

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

    %%TEST_OUTPOST%%

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        s3o_presign_methods   PUT;
        client_max_body_size  0;

        location /upload/ {
            s3o_presign              json;
            s3o_presign_multipart    on;
            s3o_presign_sign_method  $s3o_presign_arg_method;
            s3o_presign_max_size     10m;
            s3o_presign_header       content-length $s3o_presign_arg_size;
            s3o_presign_header       content-type image/png;
            s3o_presign_header       x-amz-meta-user alice;
            s3o_presign_header       if-none-match "*";
        }

        location /direct/ {
            s3o_presign           redirect;
            s3o_presign_max_size  1000;
            s3o_presign_header    content-type image/png;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $json = JSON::PP->new->utf8;
my $text = "a picture\n";

one_upload();
only_what_is_bound();
part();
redirect();

is(join('', $t->log_errors('warn')), '', 'nginx logs no warning');

$t->done();


sub one_upload {
    my $o = ask('a.png', length $text);

    is(put($o, $text), 200, 'the upload that the URL is for');

    my $r = $s3->signed(key => 'a.png');

    is($r->{body}, $text, 'the upload is stored');
    is($r->{headers}{'content-type'}[0], 'image/png',
       'the object has its type');
    is($r->{headers}{'x-amz-meta-user'}[0], 'alice',
       'the object has its owner');

    is(put($o, $text =~ s/p/P/r), 412, 'the URL does not replace the object');
    is(put(ask('a.png', length $text), $text), 412,
       'another URL does not replace the object');
    is($s3->signed(key => 'a.png')->{body}, $text,
       'the object is the first one');
}


sub only_what_is_bound {
    my $o = ask('b.png', length $text);

    for my $case (
        ['a byte more', "$text.", {}],
        ['a byte less', substr($text, 1), {}],
        ['no byte', '', {}],
        ['another type', $text, { 'content-type' => 'text/html' }],
        ['no type', $text, { 'content-type' => undef }],
        ['another owner', $text, { 'x-amz-meta-user' => 'bob' }],
        ['no owner', $text, { 'x-amz-meta-user' => undef }],
        ['no condition', $text, { 'if-none-match' => undef }],
        ['another condition', $text, { 'if-none-match' => '"etag"' }])
    {
        my ($name, $body, $other) = @$case;

        is(put($o, $body, %$other), 403, "$name is refused");
    }

    is($s3->signed(key => 'b.png')->{status}, 404,
       'no refused upload is stored');
    is(put($o, $text), 200, 'the upload that the URL is for is accepted');
    is(curl("$base/upload/b.png?method=PUT&size=10485761")->{status}, 413,
       'no URL for more than is allowed');
}


sub part {
    my $o = ask('c.png', undef, 'POST', '&uploads');
    my $r = curl($o->{url}, method => 'POST', headers => told($o));

    my ($id) = $r->{body} =~ m{<UploadId>([^<]+)</UploadId>}
        or return fail("an upload: $r->{status} $r->{body}");

    $o = ask('c.png', length $text, 'PUT', '&partNumber=1&uploadId='
             . uri_encode($id));
    is(put($o, "$text."), 403, 'a part that is too long');
    is(put($o, $text), 200, 'a part of the length that is bound');
}


sub redirect {
    my @type = ('Content-Type' => 'image/png');
    my $r = curl("$base/direct/d.png", upload => $text, follow => 1,
                 headers => \@type);

    is("$r->{status} $r->{redirects}", '200 1', 'redirect: an upload');
    is($s3->signed(key => 'd.png')->{body}, $text,
       'the redirected upload is stored');
    is(curl($r->{url}, upload => "$text.", headers => \@type)->{status}, 403,
       'the URL is for this length');
    is(curl($r->{url}, upload => $text,
            headers => ['Content-Type' => 'text/html'])->{status}, 403,
       'the URL is for this type');

    $r = curl("$base/direct/d.png", upload => $text, follow => 1,
              headers => ['Content-Type' => 'text/html']);
    is("$r->{status} $r->{redirects}", '400 0',
       'another type is not redirected');
    $r = curl("$base/direct/d.png", upload => 'x' x 1001, follow => 1,
              headers => \@type);
    is("$r->{status} $r->{redirects}", '413 0',
       'a large body is not redirected');
}


sub ask {
    my ($key, $size, $method, $query) = @_;

    my $r = curl("$base/upload/$key?method=" . ($method // 'PUT')
                 . (defined $size ? "&size=$size" : '') . ($query // ''));

    return $r->{status} == 200 ? $json->decode($r->{body}) : {};
}


# Returns the headers of a client that does what the JSON says, except for the
# given changes; the length is that of the body.

sub told {
    my ($o, %other) = @_;

    my %headers = (%{ $o->{headers} }, %other);

    delete $headers{'content-length'};

    return [map { ($_ => $headers{$_}) } grep { defined $headers{$_} }
            sort keys %headers];
}


sub put {
    my ($o, $body, %other) = @_;

    return curl($o->{url}, upload => $body, headers => told($o, %other))
           ->{status};
}
