#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Redirects followed by "curl -L" to a real S3 server, which verifies them.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Process qw(wait_until);
use S3O::Radosgw;

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
        client_max_body_size  0;

        location /files/ {
            s3o_presign          redirect;
            s3o_presign_methods  GET HEAD PUT DELETE;
        }

        location /302/ {
            s3o_presign  redirect 302;
        }

        location /headers/ {
            s3o_presign                 redirect;
            s3o_presign_methods         PUT;
            s3o_presign_signed_headers  content-type content-length
                                        content-md5 x-amz-meta-*
                                        if-none-match;
        }

        location /as/ {
            s3o_presign        redirect;
            s3o_presign_param  response-content-disposition
                               "attachment; filename*=UTF-8''$arg_as";
            s3o_presign_param  response-content-type
                               "text/plain; charset=\"utf-8\"";
        }

        location /asked/ {
            s3o_presign       redirect;
            s3o_presign_args  response-content-type response-cache-control;
        }

        location /windowed/ {
            s3o_presign         redirect;
            s3o_presign_window  5m;
        }

        location /short/ {
            s3o_presign          redirect;
            s3o_presign_expires  1s;
        }

        location /wrong/ {
            s3o_presign              redirect;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=none%%SECRET%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $text = "The quick brown fox.\n";

operations();
uploads();
signed_headers();
response_headers();
lifetimes();
tampering();

is(join('', $t->log_errors('warn')), '', 'nginx logs no warning');

$t->done();


sub operations {
    my $r = curl("$base/files/dir/a.txt", upload => $text, follow => 1);
    is("$r->{status} $r->{redirects}", '200 1', 'PUT follows the redirect');
    is($s3->signed(key => 'dir/a.txt')->{body}, $text,
       'the object is what was sent');

    $r = curl("$base/files/dir/a.txt", follow => 1);
    is("$r->{status} $r->{body}", "200 $text", 'GET yields the object');

    my ($etag, $modified) = map { $r->{headers}{$_}[0] }
                            qw(etag last-modified);

    $r = curl("$base/302/dir/a.txt", follow => 1);
    is("$r->{status} $r->{body}", "200 $text",
       'GET by a 302 yields the object');

    $r = curl("$base/files/dir/a.txt", method => 'HEAD', follow => 1);
    is("$r->{status} $r->{headers}{'content-length'}[0]",
       '200 ' . length $text, 'HEAD tells the length of the object');

    $r = curl("$base/files/dir/a.txt", follow => 1, args => ['-r', '4-8']);
    is("$r->{status} $r->{body} $r->{headers}{'content-range'}[0]",
       '206 quick bytes 4-8/' . length $text,
       'Range yields a part of the object');

    for my $case (
        [304, 'If-None-Match' => $etag],
        [200, 'If-None-Match' => '"other"'],
        [200, 'If-Match' => $etag],
        [412, 'If-Match' => '"other"'],
        [304, 'If-Modified-Since' => $modified],
        [412, 'If-Unmodified-Since' => 'Sat, 01 Jan 2000 00:00:00 GMT'])
    {
        my ($status, @header) = @$case;

        $r = curl("$base/files/dir/a.txt", follow => 1, headers => \@header);
        is($r->{status}, $status, "GET with $header[0]: $header[1]");
    }

    $r = curl("$base/files/dir/none", follow => 1);
    is($r->{status}, 404, 'an object that is not there is not found');

    $r = curl("$base/files/dir/a.txt", method => 'DELETE', follow => 1);
    is($r->{status}, 204, 'DELETE follows the redirect');
    is($s3->signed(key => 'dir/a.txt')->{status}, 404, 'the object is gone');
}


# bodies of several sizes, with and without "Expect: 100-continue"

sub uploads {
    for my $size (0, 1, 65536, 3_000_000) {
        my $body = 'x' x $size;
        my $r = curl("$base/files/up", upload => $body, follow => 1);

        is("$r->{status} $r->{redirects}", '200 1', "PUT of $size bytes");
        ok($s3->signed(key => 'up')->{body} eq $body,
           'the object has exactly these bytes');

        $r = curl("$base/files/up", upload => "$body again", follow => 1,
                  headers => [Expect => '']);
        is($r->{status}, 200, "PUT of $size bytes that does not wait");
        ok($s3->signed(key => 'up')->{body} eq "$body again",
           "the $size bytes are stored");
    }
}


# The client must send signed headers unchanged, and the server stores them.

sub signed_headers {
    my @headers = ('Content-Type' => 'text/x-test; charset=utf-8',
                   'x-amz-meta-owner' => 'alice  and   bob',
                   'X-Amz-Meta-Empty' => '');

    my $r = curl("$base/headers/h", upload => $text, follow => 1,
                 headers => \@headers);
    is($r->{status}, 200, 'PUT with headers that are signed');
    like($r->{url}, qr/SignedHeaders=content-length%3Bcontent-type%3Bhost%3B
                       x-amz-meta-empty%3Bx-amz-meta-owner&/x,
         'the URL names the signed headers');

    my $h = $s3->signed(key => 'h')->{headers};
    is($h->{'content-type'}[0], 'text/x-test; charset=utf-8',
       'the type is kept');
    like($h->{'x-amz-meta-owner'}[0], qr/^alice +and +bob$/,
         'metadata is kept');

    # the same URL with other headers, and without one of the headers

    is(curl($r->{url}, upload => $text, headers => \@headers)->{status}, 200,
       'the URL can be used by itself');

    my @other = @headers;
    $other[1] = 'text/html';
    is(curl($r->{url}, upload => $text, headers => \@other)->{status}, 403,
       'another type is refused');
    is(curl($r->{url}, upload => $text,
            headers => [@headers[0 .. 3]])->{status}, 403,
       'a header that is missing is refused');
    is(curl($r->{url}, upload => "$text+", headers => \@headers)->{status},
       403, 'a body of another length is refused');

    # "hello" has this digest, and the server verifies it

    my @md5 = ('Content-MD5' => 'XUFAKrxLKna5cZ2REBfFkg==');

    is(curl("$base/headers/md5", upload => 'hello', follow => 1,
            headers => \@md5)->{status}, 200, 'a digest that is right');
    is(curl("$base/headers/md5", upload => 'hallo', follow => 1,
            headers => \@md5)->{status}, 400, 'a digest that is wrong');

    my @once = ('If-None-Match' => '*');

    is(curl("$base/headers/once", upload => 'a', follow => 1,
            headers => \@once)->{status}, 200, 'PUT of a new object');
    is(curl("$base/headers/once", upload => 'b', follow => 1,
            headers => \@once)->{status}, 412,
       'PUT of an object that must not exist');
}


sub response_headers {
    $s3->signed(method => 'PUT', key => 'r.txt', body => $text);

    my $r = curl("$base/as/r.txt?as=%e2%82%ac%20100%25%3b.txt", follow => 1);
    is("$r->{status} $r->{body}", "200 $text",
       'GET with parameters of the configuration');
    is($r->{headers}{'content-disposition'}[0],
       q{attachment; filename*=UTF-8''%e2%82%ac%20100%25%3b.txt},
       'response-content-disposition has come through to the last byte');
    is($r->{headers}{'content-type'}[0], 'text/plain; charset="utf-8"',
       'response-content-type has come through');

    $r = curl("$base/asked/r.txt?response-cache-control=max-age%3D9,%20private"
              . '&response-content-type=text%2Fx%2Ba+b&utm=dropped',
              follow => 1);
    is($r->{status}, 200, 'GET with arguments of the client');
    is($r->{headers}{'cache-control'}[0], 'max-age=9, private',
       'response-cache-control has come through');
    is($r->{headers}{'content-type'}[0], 'text/x+a b',
       'response-content-type has come through');
    unlike($r->{url}, qr/utm/,
           'an argument that is not named has not come through');
}


sub lifetimes {
    my @r;

    # a window may end between these two requests, but not between the next two

    for (1, 2) {
        @r = map { curl("$base/windowed/r.txt", follow => 1) } 1, 2;
        last if $r[0]{url} eq $r[1]{url};
    }

    is($r[1]{body}, $text, 'a URL of a window is accepted');
    is($r[0]{url}, $r[1]{url}, 'the URL is the same each time');

    # tries until the URL was used within its second

    my $r;

    wait_until(sub {
        $r = curl("$base/short/r.txt", follow => 1);
        $r->{status} == 200;
    }, 60);

    is("$r->{status} $r->{body}", "200 $text", 'a URL that lives a second');
    sleep 2.1;
    is(curl($r->{url})->{status}, 403, 'the URL is refused after that second');

    is(curl("$base/wrong/r.txt", follow => 1)->{status}, 403,
       'a signature made with another secret is refused');
}


# Every part of a URL is signed, so that S3 refuses a changed one.

sub tampering {
    my $url = curl("$base/files/r.txt")->{headers}{location}[0];

    is(curl($url)->{status}, 200, 'a URL as it was handed out');

    my @changes = (
        ['another key', sub { s{/r\.txt}{/up} }],
        ['a longer key', sub { s{/r\.txt}{/r.txt/a} }],
        ['an algorithm that there is not', sub { s/HMAC-SHA256/HMAC-SHA512/ }],
        ['another access key', sub { s/Credential=AKIA/Credential=AKIB/ }],
        ['another day', sub { s{%2F2(\d{7})%2F}{%2F1$1%2F} }],
        ['another region', sub { s/us-west-2/us-west-1/ }],
        ['another service', sub { s/s3-outposts%2F/s3%2F/ }],
        ['another hour', sub { s{(X-Amz-Date=\d{8}T)(\d\d)}
                                {$1 . ($2 eq '00' ? '01' : '00')}e }],
        ['a longer life', sub { s/Expires=900/Expires=9000/ }],
        ['more headers', sub { s/SignedHeaders=host/$&%3Brange/ }],
        ['another signature', sub { s/(\w)$/$1 eq '0' ? 1 : 0/e }],
        ['a shorter signature', sub { s/\w$// }],
        ['no signature', sub { s/&X-Amz-Signature=\w+// }],
        ['one more argument', sub { $_ .= '&response-content-type=a/b' }],
        ['one more operation', sub { s/\?/?acl&/ }],
    );

    for my $change (@changes) {
        my ($name, $sub) = @$change;

        local $_ = $url;
        $sub->();

        my $r = curl($_);
        ok($_ ne $url && $r->{status} =~ /^40[03]$/, "$name is refused")
            or diag("$r->{status} $r->{body}");
        unlike($r->{body}, qr/\Q$text\E/,
               "$name: the answer has nothing of the object");
    }

    for my $method (qw(HEAD PUT DELETE POST)) {
        my $r = curl($url, method => $method,
                     $method =~ /^P/ ? (upload => 'x') : ());
        is($r->{status}, 403, "a URL for GET is refused for $method");
    }

    is($s3->signed(key => 'r.txt')->{body}, $text, 'the object is untouched');
}
