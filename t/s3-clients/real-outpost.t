#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The script that tries a real Outpost, with a local S3 server: its report is
# right, and it notices failures.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Ports;
use S3O::Process qw(capture);
use S3O::Radosgw;

plan(skip_all => 'a static module has no file')
    if ($ENV{TEST_NGINX_MODULE} // '') eq 'static';

my $t = S3O::Nginx->new()->has(qw(radosgw curl));

plan(skip_all => 'the script loads a module without sanitizers')
    if $ENV{TEST_NGINX_PRELOAD};

my $s3 = S3O::Radosgw->new()->start();
my $bucket = $s3->bucket();

my %env = (
    ARN         => $s3->arn(),
    BUCKET      => $bucket,
    CREDENTIALS => 'static access_key_id=' . $s3->access_key()
                   . ' secret_access_key=' . $s3->secret_key(),
    ALGORITHMS  => 'sigv4',                 # the gateway has no SigV4A
    ENDPOINT    => 'http://localhost:' . $s3->port(),
    PROXY_PASS  => 'http://127.0.0.1:' . $s3->port(),
    RESOLVER    => '127.0.0.1',
    LARGE       => 6 * 1024 * 1024,
    NGINX_BIN   => $t->binary(),
    MODULE      => $t->{module},
);

my ($status, $said) = run();

is($status, 0, 'with a server that takes all that is signed nothing fails')
    or diag($said);

like($said, qr/^\d+ operations, 0 failed$/m, 'the script did all operations');
cmp_ok(() = $said =~ /^ok /mg, '>', 100, 'the script tried each mode');

my ($account) = $s3->arn() =~ /:(\d{12}):/;
my ($outpost) = $s3->arn() =~ /(op-\w+)/;

for my $secret ($s3->access_key(), $s3->secret_key(), $account, $outpost,
                'X-Amz-Signature', 'X-Amz-Credential')
{
    unlike($said, qr/\Q$secret\E/, 'the report has no secret');
}

# credentials that the server does not know

$env{CREDENTIALS} =~ s/secret_access_key=/secret_access_key=x/;

($status, $said) = run();

isnt($status, 0, 'a server that refuses all is noticed');
like($said, qr/^FAILED sigv4   redirect   PutObject +403 Signature/m,
     'the report has the refusal of the server');
unlike($said, qr/^ok \s+\S+ +\S+ +(Put|Get|Head|List|Copy|Delete)\w+ /m,
       'no operation succeeds');

# no credentials

$env{CREDENTIALS} = 'env';

($status, $said) = run(AWS_ACCESS_KEY_ID => undef);

isnt($status, 0, 'no credentials are an error');
like($said, qr/needs AWS_ACCESS_KEY_ID/,
     'the message names the missing variable');

$t->done();


sub run {
    my (%more) = @_;

    return capture(['bash', $t->root() . '/t/tools/real-outpost.sh'],
                   env => { %env, PORT => S3O::Ports::free(), %more },
                   timeout => 300);
}
