#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Two limits for the size of redirected uploads.  client_max_body_size compares
# the length that the client announces.  A signed Content-Length makes the
# Outpost refuse a body of another length; docs/recipes.md has the recipe.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;

my $t = S3O::Nginx->new()->has('curl');
my $s3 = S3O::Outpost->reachable()->start();

$s3->known_to($t);

my $conf = <<'EOC';

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_methods       GET PUT;
    %%TEST_OUTPOST%%

    # the recipe, with 1000 in place of 100 MB

    map "$request_method $content_length" $upload {
        default           allowed;
        "PUT "            unknown;
        "~^PUT \d{4,}$"   large;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /limited/ {
            if ($upload = unknown) {
                return 411;
            }

            if ($upload = large) {
                return 413;
            }

            s3o_presign                 redirect;
            s3o_presign_signed_headers  content-length;
            client_max_body_size        0;
        }

        location /open/ {
            s3o_presign           redirect;
            client_max_body_size  0;
        }

        location /core/ {
            s3o_presign           redirect;
            client_max_body_size  1k;
        }
    }
}

EOC

my $limit = 'client_max_body_size" of 1024 bytes in location "/core/" refuses '
            . 'larger uploads before they are redirected';

my ($status, $out) = $t->check_config($conf);
is($status, 0, 'the configuration is good');
is(scalar(() = $out =~ /\[warn\]/g), 1, 'there is one warning');
like($out, qr/\[warn\] .*"\Q$limit\E/, 'about the location that has a limit');

$t->write_file_expand('nginx.conf', $conf)->run();

my $base = 'http://127.0.0.1:' . $t->port(8080);

for my $place (qw(limited open core)) {
    for my $size (0, 1, 999) {
        is(upload($place, $size), "307 200 $size",
           "$place: $size bytes are accepted");
    }
}

is(upload('limited', 1000), '413 none', 'limited: one byte too many');
is(upload('limited', 100_000_000_000, 'only said'), '413 none',
   'limited: 100 GB');
is(upload('open', 1025), '307 200 1025', 'open: 0 means no limit');
is(upload('core', 1024), '307 200 1024',
   'core: as many bytes as the limit allows');
is(upload('core', 1025), '413 none', 'core: one byte too many');
is(upload('limited', 1, 'chunked'), '411 none', 'limited: no length');
is(upload('core', 1, 'chunked'), '307 501 none',
   'core: no length, which S3 refuses');

is(curl("$base/limited/x")->{status}, 307, 'limited: downloads have no limit');

# The client announces 10 bytes and sends another number.

for my $case (['limited', 10, '200 10'], ['limited', 9, '403 none'],
              ['limited', 11, '403 none'], ['limited', 5000, '403 none'],
              ['open', 5000, '200 5000'], ['core', 5000, '200 5000'])
{
    my ($place, $size, $expected) = @$case;

    my $url = curl("$base/$place/lie", upload => 'x' x 10)->{headers}{location}
              ->[0];
    my $r = $s3->fetch($url, method => 'PUT', body => 'x' x $size);

    is("$r->{status} " . stored('lie'), $expected,
       "$place: announces 10 bytes and sends $size");
}

$t->done();


# Returns the size of the object and removes the object.

sub stored {
    my ($key) = @_;

    my $object = $s3->object($key);

    $s3->signed(method => 'DELETE', key => $key);

    return $object ? $object->{size} : 'none';
}


sub upload {
    my ($place, $size, $how) = @_;

    my $url = "$base/$place/k";

    if (($how // '') eq 'only said') {
        my $r = $t->request(method => 'PUT', uri => "/$place/k",
                            headers => ['Content-Length', $size,
                                        'Expect', '100-continue']);
        return "$r->{status} " . stored('k');
    }

    my $r = curl($url, upload => 'x' x $size, follow => 1,
                 args => ['-H', 'Expect: 100-continue',
                          $how ? ('-H', 'Transfer-Encoding: chunked') : ()]);

    return join ' ', (grep { $_ != 100 } map { $_->{status} } @{ $r->{heads} }),
                     stored('k');
}
