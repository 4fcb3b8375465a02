#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# One location decodes an upload, and "error_page" leads it to another location.
# Every upstream gets headers that describe the decoded data.

use strict;
use warnings;

use Digest::SHA qw(sha256_base64);
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives);
use S3O::Process qw(wait_until);
use S3O::SigV4::Chunked;
use S3O::SigV4A qw(python_reason);

use constant UNSIGNED => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

my $t = S3O::Nginx->new(log_level => 'info');
my $s3 = S3O::Outpost->new(sigv4a => !python_reason())->start();

$s3->known_to($t);

# no server listens on the port that these locations try first

my $locations = join '', map {
    my $payload = directives($_);

    <<"EOC" }

        location /$_/ {
            $payload
            location /$_/plain/ {
                error_page  502 = \@plain;
                proxy_pass  http://127.0.0.1:%%PORT_8090%%;
            }

            location /$_/page/ {
                error_page  502 = /plain\$uri;
                proxy_pass  http://127.0.0.1:%%PORT_8090%%;
            }

            location /$_/unsigned/ {
                error_page  502 = \@unsigned;
                proxy_pass  http://127.0.0.1:%%PORT_8090%%;
            }

            location /$_/thrice/ {
                error_page  502 = /between/;
                proxy_pass  http://127.0.0.1:%%PORT_8090%%;
            }

            location /$_/static/ {
                error_page  502 = /static;
                proxy_pass  http://127.0.0.1:%%PORT_8090%%;
            }

            proxy_pass  http://127.0.0.1:%%PORT_8090%%;
        }
EOC
    kinds();

$t->subst(LOCATIONS => $t->expand($locations));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      10m;
    client_body_buffer_size   256k;

    server {
        listen                 127.0.0.1:%%PORT_8080%%;
        server_name            localhost;
        recursive_error_pages  on;

        %%LOCATIONS%%

        location @plain {
            s3o_presign  off;
            proxy_pass   http://127.0.0.1:%%PORT_8083%%;
        }

        location /plain/ {
            s3o_presign  off;
            proxy_pass   http://127.0.0.1:%%PORT_8083%%;
        }

        location @unsigned {
            s3o_presign_payload  unsigned;
            s3o_presign_key      later;
            proxy_pass           http://127.0.0.1:%%OUTPOST%%;
        }

        location /between/ {
            s3o_presign  off;
            error_page   502 = @signed;
            proxy_pass   http://127.0.0.1:%%PORT_8090%%;
        }

        location @signed {
            s3o_presign_payload  signed;
            s3o_presign_key      later;
            proxy_pass           http://127.0.0.1:%%OUTPOST%%;
        }

        location /static {
            s3o_presign  off;
            return       503 "come again";
        }
    }

    # this server keeps the body that it gets

    server {
        listen       127.0.0.1:%%PORT_8083%%;
        server_name  localhost;

        location / {
            s3o_presign               off;
            client_body_in_file_only  on;
            client_body_temp_path     %%TESTDIR%%/kept;
            proxy_pass                http://127.0.0.1:%%PORT_8084%%;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8084%%;
        server_name  localhost;

        location / {
            s3o_presign  off;
            set          $of "length=$http_content_length";
            set          $of "$of encoding=$http_content_encoding";
            set          $of "$of decoded=$http_x_amz_decoded_content_length";
            set          $of "$of trailer=$http_x_amz_trailer";
            set          $of "$of sha256=$http_x_amz_content_sha256";
            return       200 "$of mine=$http_x_mine";
        }
    }
}

EOC

my $kept = 0;

for my $kind (kinds()) {
    for my $size (1, 100_000, 3_000_000) {
        for my $chunked (0, 1) {
            passed_on($kind, $_, $size, $chunked) for qw(plain page);
            signed_later($kind, $_, $size, $chunked) for qw(unsigned thrice);
        }
    }

    # an answer without an upstream needs no such headers

    my $r = put($kind, 'static', body(10), 0);

    is("$r->{status} $r->{body}", '503 come again', "$kind: a page");

    # an upload without framing stays unchanged

    my $plain = $t->request(method => 'PUT', uri => "/$kind/plain/k",
                            headers => ['Content-Encoding' => 'gzip, br',
                                        'x-mine' => 'yes'],
                            body => body(70_000));

    is($plain->{body}, 'length=70000 encoding=gzip, br decoded= trailer= '
                       . 'sha256= mine=yes',
       "$kind: an upload without framing");
    is(what_was_kept(), body(70_000),
       "$kind: the body of an upload without framing");
}

$t->done();


sub body {
    my ($size) = @_;

    my $line = join '', map { chr(($_ * 13 + $size) % 256) } 1 .. 1021;

    return substr $line x ($size / 1021 + 1), 0, $size;
}


sub put {
    my ($kind, $way, $body, $chunked) = @_;

    my $bytes = S3O::SigV4::Chunked::encode($body, form => UNSIGNED,
        chunk => 65536, trailer => ['x-amz-checksum-sha256',
                                    sha256_base64($body) . '=']);

    $s3->clear();

    return $t->request(method => 'PUT', uri => "/$kind/$way/later",
        headers => [
            'Content-Encoding' => 'gzip,aws-chunked',
            'x-amz-content-sha256' => UNSIGNED,
            'x-amz-decoded-content-length' => length $body,
            'x-amz-trailer' => 'x-amz-checksum-sha256',
            'x-mine' => 'yes',
            $chunked ? ('Transfer-Encoding' => 'chunked') : ()],
        body => $chunked ? sprintf("%x\r\n%s\r\n0\r\n\r\n", length $bytes,
                                   $bytes) : $bytes);
}


sub passed_on {
    my ($kind, $way, $size, $chunked) = @_;

    my $name = "$kind, $way, $size bytes" . ($chunked ? ', no length' : '');
    my $body = body($size);
    my $r = put($kind, $way, $body, $chunked);

    is("$r->{status} $r->{body}", "200 length=$size encoding=gzip decoded= "
       . 'trailer= sha256= mine=yes', $name);
    is(what_was_kept(), $body, "$name: the body");
}


sub signed_later {
    my ($kind, $way, $size, $chunked) = @_;

    my $name = "$kind, $way, $size bytes" . ($chunked ? ', no length' : '');
    my $body = body($size);
    my $r = put($kind, $way, $body, $chunked);
    my ($last) = reverse $s3->requests();
    my $there = $s3->object('later');

    is("$r->{status} $last->{verdict} "
       . ($there && $there->{body} eq $body ? 'stored' : 'not stored'),
       '200 ok stored', $name);
}


# Returns the file with the body of the last request.

sub what_was_kept {
    my @files;

    $kept++;

    wait_until(sub {
        @files = sort glob $t->testdir() . '/kept/*';
        @files >= $kept;
    }, 60);

    return $t->read_file('kept/' . ($files[-1] =~ s{.*/}{}r));
}
