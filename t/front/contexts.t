#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Contexts: the blocks where each directive may stand, and those where it may
# not.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);
use S3O::Process qw(slurp);

my $t = S3O::Nginx->new();

my @directives = (
    's3o_presign redirect 303',
    's3o_presign_access_point ' . ARN,
    's3o_presign_region us-west-2',
    's3o_presign_endpoint https://outposts.example.com:8443',
    's3o_presign_key key/$s3o_presign_path',
    's3o_presign_require $remote_addr',
    's3o_presign_methods GET HEAD',
    's3o_presign_sign_method GET',
    's3o_presign_multipart on',
    's3o_presign_list on',
    's3o_presign_operations GetObjectTagging ListObjectVersions',
    's3o_presign_expires 1h',
    's3o_presign_window 5m',
    's3o_presign_args versionId',
    's3o_presign_param response-content-type text/plain',
    's3o_presign_signed_headers content-type x-amz-meta-*',
    's3o_presign_header x-amz-storage-class OUTPOSTS',
    's3o_presign_copy off',
    's3o_presign_max_size 1g',
    's3o_presign_discard size=1m time=10s',
    's3o_presign_errors json',
    's3o_presign_payload unsigned',
    's3o_presign_credentials static access_key_id=A secret_access_key=B',
    's3o_presign_credentials_wait 1s',
);

# the directives that a mode needs; they come first, so that they stand above
# the others

my $rest = join "\n", map { "$_;" }
                      grep { /_(?:access_point|credentials) / } @directives;

my $listen = 'listen 127.0.0.1:%%PORT_8080%%;';

# "%s" is the place of the tested directive, "%r" the place of one that must
# stand somewhere

my %legal = (
    'http' => "http { %%TEST_GLOBALS_HTTP%%\n%s %r\nserver { $listen"
              . ' location / { } } }',
    'server' => "http { %%TEST_GLOBALS_HTTP%%\n%r server { $listen %s"
                . ' location / { } } }',
    'location' => "http { %%TEST_GLOBALS_HTTP%%\n%r server { $listen"
                  . ' location / { %s } } }',
    'a nested location' => "http { %%TEST_GLOBALS_HTTP%%\n%r server { $listen"
                           . ' location / { location /a/ { %s } } } }',
    'if in location' => "http { %%TEST_GLOBALS_HTTP%%\n%r server { $listen"
                        . ' location / { if ($arg_a) { %s } } } }',
);

my %illegal = (
    'main' => '%s http { }',
    'events' => 'events { %s }',
    'upstream' => "http { upstream u { server 127.0.0.1; %s } }",
    'if in server' => "http { server { $listen if (\$arg_a) { %s } } }",
    'limit_except' => "http { server { $listen"
                      . ' location / { limit_except GET { %s } } } }',
);

for my $directive (@directives) {
    my ($name) = split / /, $directive;

    for my $context (sort keys %legal) {
        my $others = $rest =~ s/^\Q$name\E .*$//mr;
        my $text = $legal{$context} =~ s/%s/$directive;/r =~ s/%r/$others/r;
        my ($status, $out) = $t->check_config(
            "%%TEST_GLOBALS%%\nevents { }\n$text\n");

        is($status, 0, "$name may stand in $context") or diag($out);
    }

    for my $context (sort keys %illegal) {
        my $text = $illegal{$context} =~ s/%s/$directive;/r;

        $text = "events { } $text" unless $context eq 'events';

        my ($status, $out) = $t->check_config("%%TEST_GLOBALS%%\n$text\n");

        ok($status == 1
           && $out =~ /"\Q$name\E" directive is not allowed here in \S+:\d+/,
           "$name may not stand in $context") or diag($out);
    }
}

# all directives in one block: none excludes another

# (a header can only be added where a request is sent on)

my $all = join "\n", map { "$_;" } @directives;

for my $context (sort keys %legal) {
    my $lines = $context =~ /location/
                ? $all =~ s/^s3o_presign redirect.*;/s3o_presign \$arg_mode;/mr
                : $all;
    my $text = $legal{$context} =~ s/%s/$lines/r =~ s/%r//r;
    my ($status, $out) = $t->check_config(
        "%%TEST_GLOBALS%%\nevents { }\n$text\n");

    is($status, 0, "all directives may stand together in $context")
        or diag($out);
}

# the list above has all directives of the module

my $source = S3O::Nginx->root() . '/ngx_http_s3o_presign_module.c';
my %known = map { /^(\S+)/ => 1 } @directives;
my @forgotten = grep { !$known{$_} }
                slurp($source) =~ /\{ ngx_string\("(\w+)"\)/g;

# these directives have tests of their own

@forgotten = grep { !/_(?:algorithm|region_set|status)$/ }
             @forgotten;

is("@forgotten", '', 'the list has all directives');

$t->done();
