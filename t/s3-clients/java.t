#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Java's HttpClient: uploads through the recipe "Redirect uploads" and
# downloads by redirects, over HTTP/1.1 without TLS, and over HTTP/2 with TLS.

use strict;
use warnings;

use FindBin ();
use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $r = S3O::Recipe->new('Redirect uploads', direct => 1, server => <<'EOC');
    location /downloads/ {
        s3o_presign          redirect;
        s3o_presign_methods  GET HEAD DELETE;
    }
EOC

$r->run();

my $java = $r->program('java');
my $trust = $r->file('trust');

$r->says([$java, '--version']);

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 3 * 65536;

$r->file('a', 'one');
$r->file('large', $big);

$r->works('keytool', [$r->program('keytool'), '-importcert', '-noprompt',
                      '-file', $r->ca_file(), '-keystore', $trust,
                      '-storepass', 'password']);

try('HTTP_1_1', 'plain');
try('HTTP_1_1', 'secure');
try('HTTP_2', 'secure');

$r->done();


sub try {
    my ($version, $way) = @_;

    my $name = "$version, $way";
    my ($status, $out) = $r->client(
        [$java, '-Djdk.net.hosts.file=' . $r->testdir() . '/hosts',
         "-Djavax.net.ssl.trustStore=$trust",
         '-Djavax.net.ssl.trustStorePassword=password', '-XX:+UseSerialGC',
         '-XX:TieredStopAtLevel=1', "$FindBin::Bin/Redirect.java",
         $r->$way() . '/files/', $r->$way() . '/downloads/',
         $r->testdir() . '/home', $version]);

    my %said = map { /^(.*?) -> (.*)$/ } split /\n/, $out;

    is($status, 0, "$name: Java ends well") or diag($out);
    is($said{$_}, 'ok', "$name: $_") for sort keys %said;
    is(keys %said, 8, "$name: all steps");

    $r->holds("$name: what is there", 'd/at-once' => $big, 'd/large' => $big);
    is($r->header('d/large', 'content-type'), 'text/x-java', "$name: its type");
    ok(slurp($r->file('large.back')) eq $big,
       "$name: the same content came back");
    unlink $r->file('large.back');
    $r->asked('DELETE', $_) for qw(d/at-once d/large);
}
