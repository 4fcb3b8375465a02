#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# curl --aws-sigv4 through the recipe "An SDK": the module ignores the
# signature of curl, and signs the request itself.

use strict;
use warnings;

use Test::More;

use S3O::Process qw(slurp);
use S3O::Recipe;

my $r = S3O::Recipe->new('An SDK')->run();
my $curl = $r->program('curl');

$r->says([$curl, '--version']);

my $big = join '', map { sprintf "%015d\n", $_ } 0 .. 12 * 65536;
my $large = $r->file('large', $big);

try($_) for qw(plain secure);

$r->done();


sub try {
    my ($way) = @_;

    my @cmd = ($curl, '-sS', '--fail-with-body', '--cacert', $r->ca_file(),
               '--aws-sigv4', 'aws:amz:us-west-2:s3', '-u', 'any:any');
    my $url = $r->$way() . '/files';
    my $run = sub { my $name = shift; $r->works("$way: $name", [@cmd, @_]) };
    my $refused = sub {
        my ($name, $re, @args) = @_;
        $r->refused("$way: $name", $re, [@cmd, @args]);
    };

    $run->('-T', '-T', $r->file('a', 'one'), "$url/d/a%20b");
    $run->('-T, large', '-T', $large, "$url/d/large");
    $run->('metadata', '-T', $r->file('a'), "$url/d/meta",
           '-H', 'x-amz-meta-by: curl', '-H', 'Content-Type: text/x-a');

    my %have = ('d/a b' => 'one', 'd/large' => $big, 'd/meta' => 'one');

    $r->holds("$way: what was put", %have);
    is($r->header('d/meta', 'x-amz-meta-by'), 'curl', "$way: metadata");
    is($r->header('d/meta', 'content-type'), 'text/x-a', "$way: the type");

    is($run->('GET', "$url/d/a%20b"), 'one', "$way: content");
    is($run->('-r', '-r', '1-1', "$url/d/a%20b"), 'n', "$way: a range");
    $run->('-o', '-o', "$large.$way", "$url/d/large");
    ok(slurp("$large.$way") eq $big, "$way: the same content");
    like($run->('-I', '-I', "$url/d/large"), qr/^content-length: 12582928\r/mi,
         "$way: a length");
    like($run->('a list', "$url?list-type=2&prefix=d%2Fm"),
         qr{<KeyCount>1</KeyCount>.*<Key>d/meta</Key>|<Key>d/meta</Key>}s,
         "$way: one key");
    like($run->('a list with a slash', "$url/?list-type=2&prefix=d%2Fm"),
         qr{<Key>d/meta</Key>}, "$way: one key");

    my @copy = ('-X', 'PUT', '-H', 'x-amz-copy-source: /files/d/large');

    if ($r->copies()) {
        $run->('a copy', @copy, "$url/d/copy");
        $have{'d/copy'} = $big;
        $r->holds("$way: what was copied", %have);

    } else {
        $refused->('a copy', qr/s3o_presign_copy/, @copy, "$url/d/a%20b");
        $r->holds("$way: nothing was lost", %have);
    }

    $refused->('a public object', qr{<Code>\w+</Code>.*x-amz-acl}s, '-T',
               $r->file('a'), '-H', 'x-amz-acl: public-read', "$url/d/p");
    $refused->('an ACL', qr{<Code>NotImplemented</Code>}, "$url/d/a%20b?acl");
    $refused->('a copy from elsewhere', qr{<Code>\w+</Code>.*s3o_presign_copy}s,
               '-X', 'PUT', '-H', 'x-amz-copy-source: /other/d/large',
               "$url/d/p");
    $refused->('not there', qr{<Code>NoSuchKey</Code>}, "$url/d/none");
    $r->holds("$way: none of it was done", %have);

    $run->('-X DELETE', '-X', 'DELETE', "$url/d/$_") for qw(a%20b large meta);
    delete @have{'d/a b', 'd/large', 'd/meta'};
    $r->holds("$way: three less", %have);
    $r->asked('DELETE', 'd/copy');
}
