#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Bodies that are read before nginx knows how they will be sent: for a mirror;
# in another location, which "error_page" leads away from; or, in newer nginx,
# by "client_body_early_read".  The framing of an SDK is removed all the same,
# and a mirror gets the bytes that the client has sent.

use strict;
use warnings;

use Digest::SHA qw(sha256_base64);
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Payload qw(kinds directives form_of);
use S3O::Process qw(capture wait_until);
use S3O::SigV4::Chunked;
use S3O::SigV4A qw(python_reason);

use constant UNSIGNED => 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

my $t = S3O::Nginx->new(log_level => 'info');
my $s3 = S3O::Outpost->new(sigv4a => !python_reason())->start();
my ($version) = (capture([$t->binary(), '-v']))[1] =~ m{/(\d+\.\d+\.\d+)};
my $early = $version && sprintf('%d%03d%03d', split /\./, $version) >= 1031005;

$s3->known_to($t, EARLY => $early ? 'client_body_early_read 1;' : '');

my $locations = join '', map {
    my $payload = directives($_);

    <<"EOC" }

        location /$_/mirrored/ {
            $payload
            mirror      /mirror;
            proxy_pass  http://up;
        }

        location /$_/unbuffered/ {
            $payload
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_pass               http://up;
        }

        location /$_/later/ {
            s3o_presign  off;
            error_page   502 = \@$_-later;
            proxy_pass   http://127.0.0.1:%%PORT_8090%%;
        }

        # this location has removed the framing already

        location /$_/again/ {
            $payload
            error_page  502 = \@$_-later;
            proxy_pass  http://127.0.0.1:%%PORT_8090%%;
        }

        # sends the body to a server while it comes, so that it is gone

        location /$_/gone/ {
            s3o_presign              off;
            proxy_request_buffering  off;
            proxy_http_version       1.1;
            proxy_intercept_errors   on;
            error_page               502 = \@$_-later;
            proxy_pass               http://127.0.0.1:%%PORT_8085%%;
        }

        location \@$_-later {
            $payload
            s3o_presign_key  later;
            proxy_pass       http://up;
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

    upstream up {
        server  127.0.0.1:%%OUTPOST%%;
    }

    s3o_presign               proxy;
    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    client_max_body_size      10m;
    client_body_buffer_size   256k;

    log_format  body  '$request_length $request_uri $content_length';

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        %%LOCATIONS%%

        location = /mirror {
            internal;
            s3o_presign  off;
            proxy_pass   http://127.0.0.1:%%PORT_8083%%;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        server_name  localhost;

        %%EARLY%%

        %%LOCATIONS%%

        location = /mirror {
            internal;
            s3o_presign  off;
            proxy_pass   http://127.0.0.1:%%PORT_8083%%;
        }
    }

    # this server keeps the bodies that the mirror gets

    server {
        listen       127.0.0.1:%%PORT_8083%%;
        server_name  localhost;

        location / {
            s3o_presign               off;
            client_body_in_file_only  on;
            client_body_temp_path     %%TESTDIR%%/mirrored;
            proxy_pass                http://127.0.0.1:%%PORT_8084%%;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8085%%;
        server_name  localhost;

        location / {
            s3o_presign  off;
            proxy_pass   http://127.0.0.1:%%PORT_8090%%;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8084%%;
        server_name  localhost;

        location / {
            s3o_presign  off;
            return       200;
        }
    }
}

EOC

my @servers = ([8080, 'read here'], $early ? [8081, 'read early'] : ());
my $mirrored = 0;

for my $server (@servers) {
    for my $kind (kinds()) {
        for my $way (qw(mirrored unbuffered later again)) {

            # bodies in memory; and in a file, which is read in several turns

            framed($server, $kind, $way, $_) for 0, 1, 100_000, 3_000_000;
            wrong($server, $kind, $way);
            plain($server, $kind, $way);
        }
    }
}

for my $kind (kinds()) {
    gone($kind);
}

is(join('', grep { !/Connection refused|buffered to a temp|not signed/ }
            $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub body {
    my ($size) = @_;

    my $line = join '', map { chr(($_ * 13 + $size) % 256) } 1 .. 1021;

    return substr $line x ($size / 1021 + 1), 0, $size;
}


sub frame {
    my ($body, $sum) = @_;

    my $bytes = S3O::SigV4::Chunked::encode($body, form => UNSIGNED,
        chunk => 65536, trailer => ['x-amz-checksum-sha256',
                                    sha256_base64($sum // $body) . '=']);

    return ($bytes, ['Content-Encoding' => 'aws-chunked',
                     'x-amz-content-sha256' => UNSIGNED,
                     'x-amz-decoded-content-length' => length $body,
                     'x-amz-trailer' => 'x-amz-checksum-sha256']);
}


sub outcome {
    my ($r, $key, $body) = @_;

    # an aborted request may be recorded after the next one has begun

    my ($last) = grep { $_->{verdict} ne 'IncompleteBody' }
                 reverse $s3->requests();

    $last //= { verdict => 'nothing came', payload => '' };

    my $there = $s3->object($key);

    return join ' ', $r ? $r->{status} : 'no answer', $last->{verdict},
           form_of($last->{payload}, $body),
           !$there ? 'missing' : $there->{body} eq $body ? 'stored' : 'broken';
}


sub put {
    my ($server, $kind, $way, $key, $bytes, $headers) = @_;

    $s3->clear();

    return $t->request(method => 'PUT', uri => "/$kind/$way/$key",
                       port => $t->port($server->[0]), headers => $headers,
                       body => $bytes);
}


sub framed {
    my ($server, $kind, $way, $size) = @_;

    my $body = body($size);
    my ($bytes, $headers) = frame($body);
    my $key = $way =~ /later|again/ ? 'later' : "$kind-$way-$size";
    my $r = put($server, $kind, $way, $key, $bytes, $headers);
    my $name = "$server->[1], $kind, $way: $size bytes in a framing";

    is(outcome($r, $key, $body),
       '200 ok ' . ($size ? $kind : 'signed') . ' stored', $name);

    is(mirror_got(), $bytes, "$name: the mirror gets what was sent")
        if $way eq 'mirrored';
}


sub plain {
    my ($server, $kind, $way) = @_;

    for my $size (1, 3_000_000) {
        my $body = body($size);
        my $key = $way =~ /later|again/ ? 'later' : "$kind-$way-$size-plain";
        my $r = put($server, $kind, $way, $key, $body, []);

        is(outcome($r, $key, $body), "200 ok $kind stored",
           "$server->[1], $kind, $way: $size bytes as they are");

        mirror_got() if $way eq 'mirrored';
    }
}


sub wrong {
    my ($server, $kind, $way) = @_;

    for my $size (100_000, 3_000_000) {
        my ($forged, $headers) = frame(body($size), 'another');
        my ($good) = frame(body($size));

        for (['a wrong checksum', $forged],
             ['half', substr $good, 0, $size / 2], ['no framing', body($size)])
        {
            my ($name, $bytes) = @$_;
            my $key = $way =~ /later|again/ ? 'later' : 'wrong';

            $s3->delete_object($key) if $s3->can('delete_object');

            my $r = put($server, $kind, $way, $key, $bytes, $headers);

            is("$r->{status} " . scalar(grep { $_->{verdict} eq 'ok' }
                                        $s3->requests()), '400 0',
               "$server->[1], $kind, $way: $size bytes, $name");

            mirror_got() if $way eq 'mirrored';
        }
    }
}


# Puts a body that has gone elsewhere: the log has to say why it is refused.

sub gone {
    my ($kind) = @_;

    my $body = body(3_000_000);

    for (['where it was not seen', frame($body)],
         ['has sent a part of the body', $body, []])
    {
        my ($why, $bytes, $headers) = @$_;
        my $r = put($servers[0], $kind, 'gone', 'later', $bytes, $headers);

        is("$r->{status} " . scalar($s3->requests()), '500 0',
           "$kind: a body that was sent elsewhere is not signed");
        $t->error_log_like(qr{not signed: .*$why.*/$kind/gone/}, "for: $why");
    }
}


# Returns the file with the body of the next request to the mirror.

sub mirror_got {
    my @files;

    $mirrored++;

    wait_until(sub {
        @files = sort glob $t->testdir() . '/mirrored/*';
        @files >= $mirrored;
    }, 60);

    return $t->read_file('mirrored/' . ($files[-1] =~ s{.*/}{}r));
}
