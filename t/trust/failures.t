#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# A failure within a request makes the request fail: missing memory, at each
# allocation, never leads to another key, and a request that OpenSSL cannot
# sign is not signed.

use strict;
use warnings;

use Test::More;

use S3O::Fail;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Presigned qw(parse_url);

plan(skip_all => 'allocations cannot be made to fail here')
    unless S3O::Fail::possible();

my $s3 = S3O::Outpost->new()->start();
my $t = S3O::Nginx->new(log_level => 'info');
my $fail = S3O::Fail->new($t);

$s3->known_to($t, OUTPOST => '127.0.0.1:' . $s3->port());

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    connection_pool_size  256;
    request_pool_size     256;

    map $s3o_presign_arg_d $mapped {
        default  $s3o_presign_arg_d;
    }

    map $s3o_presign_arg_d $which {
        default  %%ARN%%;
        ""       "";
    }

    map $s3o_presign_arg_d $mode {
        default  redirect;
        ""       json;
    }

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /arg/ {
            s3o_presign      redirect;
            s3o_presign_key  a/$s3o_presign_arg_d/$s3o_presign_arg_f;
        }

        location /map/ {
            s3o_presign      redirect;
            s3o_presign_key  a/$mapped/$s3o_presign_arg_f;
        }

        location /set/ {
            set              $directory $s3o_presign_arg_d;
            s3o_presign      redirect;
            s3o_presign_key  a/$directory/$s3o_presign_arg_f;
        }

        location /regex/ {
            location ~ ^/regex/(?<rest>.*) {
                s3o_presign      redirect;
                s3o_presign_key  a/$s3o_presign_arg_d/$s3o_presign_arg_f;
            }
        }

        location /other/ {
            s3o_presign               $mode;
            s3o_presign_access_point  $which;
            s3o_presign_key           a/$arg_d/$s3o_presign_arg_f;
            s3o_presign_expires       $arg_e;
        }

        location /key/ {
            s3o_presign      redirect;
            s3o_presign_key  a/$s3o_presign_arg_d/$s3o_presign_arg_f;

            if ($s3o_presign_key !~ "^a/(d+)/file$") {
                return 404;
            }
        }

        location /param/ {
            s3o_presign        redirect;
            s3o_presign_key    a/$s3o_presign_arg_d/$s3o_presign_arg_f;
            s3o_presign_param  response-content-type $s3o_presign_arg_d;
        }

        location /4a/ {
            s3o_presign_algorithm  sigv4a;
            s3o_presign_methods    GET PUT;

            location /4a/redirect/ {
                s3o_presign  redirect;
            }

            location /4a/json/ {
                s3o_presign  json;
            }

            location /4a/on/ {
                s3o_presign  on;
                add_header   X-Url $s3o_presign_url always;
                add_header   X-Authorization $s3o_presign_authorization always;
                alias        %%TESTDIR%%/;
            }

            location /4a/proxy/ {
                s3o_presign  proxy;
                proxy_pass   http://%%OUTPOST%%;
            }

            location /4a/signed/ {
                s3o_presign          proxy;
                s3o_presign_payload  signed;
                proxy_pass           http://%%OUTPOST%%;
            }

            location /4a/streaming/ {
                s3o_presign          proxy;
                s3o_presign_payload  streaming;
                proxy_pass           http://%%OUTPOST%%;
            }
        }
    }
}

EOC

# longer than the rest of a pool: each copy of the value is an allocation

my $d = 'd' x 300;

for my $where (qw(arg map set regex other key param)) {
    memory($where);
}

signature();

# lines that nginx writes of an allocation that failed

$t->todo_alerts(qr/alloc|memalign/);
$t->done();


sub memory {
    my ($where) = @_;

    my $uri = "/$where/x?d=$d&f=file&e=600";
    my $good = 0;

    for (1 .. 3) {
        $good++ if right($t->request(uri => $uri));
    }

    is($good, 3, "$where: signed");

    my (@wrong, %seen);
    my $done = 0;

    for my $n (1 .. 400) {
        $fail->allocation($n);

        my $r = eval { $t->request(uri => $uri, timeout => 20) };
        my $left = $fail->left();

        $fail->allocation(0);

        my $what = !$r ? 'closed' : right($r) ? 'right'
                   : $r->{status} >= 500 ? 'error' : 'wrong';

        $seen{$what}++;
        push @wrong, "$n: $r->{status} " . ($r->{headers}{location}[0] // '')
            if $what eq 'wrong';

        $done = $left > 0 and last;
    }

    ok($done, "$where: the last allocation of a request was seen");
    is(join("\n", @wrong), '',
       "$where: no missing allocation leads to another result");
    ok($seen{error} || $seen{closed},
       "$where: some missing allocations make the request fail");
}


sub right {
    my ($r) = @_;

    return 0 unless $r && $r->{status} == 307;

    my $u = eval { parse_url($r->{headers}{location}[0]) } // return 0;

    return $u->{key} eq "a/$d/file" && length $u->{args}{'X-Amz-Signature'};
}


sub signature {
    is($t->request(uri => '/4a/redirect/x')->{status}, 307,
       'SigV4A: a redirect');

    $fail->signing(1);

    for my $mode (qw(redirect json)) {
        my $r = $t->request(uri => "/4a/$mode/x");

        is($r->{status}, 500, "no signature: $mode");

        my @said = ($r->{body}, map { @$_ } values %{ $r->{headers} });

        unlike("@said", qr/X-Amz-Signature/, "no signature: $mode has no URL");
    }

    my $r = $t->request(uri => '/4a/on/nginx.conf');

    ok(!$r, 'no signature: variables make the request fail');

    for my $mode (qw(proxy signed streaming)) {
        $s3->clear();

        my $r = $t->request(method => 'PUT', uri => "/4a/$mode/x",
                            body => 'data');

        is($r->{status}, 500, "no signature: $mode");
        is(scalar(() = $s3->requests()), 0,
           "no signature: $mode forwards nothing");
    }

    $fail->signing(0);

    is($t->request(uri => '/4a/redirect/x')->{status}, 307,
       'SigV4A: a redirect once OpenSSL signs again');

    return;
}
