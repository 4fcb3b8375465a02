#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# S3O::Radosgw: the S3 server starts, accepts requests that Perl has signed,
# refuses requests that were changed after signing, and ends.

use strict;
use warnings;

use Test::More;

use S3O::HTTP;
use S3O::Process qw(wait_until);
use S3O::Radosgw;
use S3O::SigV4 qw(presign authorization);

plan skip_all => S3O::Radosgw->reason() unless S3O::Radosgw->available();

my $s3 = S3O::Radosgw->new(
    dns_name => 'op-01234567890123456.s3-outposts.us-west-2.amazonaws.com',
    name     => 'my-reports',
    tls      => 1,
    sts      => 1,
    debug    => 1,
);

ok(S3O::Radosgw->available(), 'the S3 server is installed');
is($s3->start(), $s3, 'the S3 server starts');

is($s3->host(), 'my-reports-123456789012.op-01234567890123456.s3-outposts.'
   . 'us-west-2.amazonaws.com', 'the host is the name of the access point');
is($s3->arn(), 'arn:aws:s3-outposts:us-west-2:123456789012:outpost/'
   . 'op-01234567890123456/accesspoint/my-reports', 'the S3 server has an ARN');

# signatures in headers

my $r = $s3->signed(method => 'PUT', key => 'dir/a b', body => 'text');
is($r->{status}, 200, 'a signed PUT is accepted');

$r = $s3->signed(key => 'dir/a b');
is("$r->{status} $r->{body}", '200 text', 'a signed GET yields the object');

$r = $s3->signed(key => 'dir/none');
is($r->{status}, 404, 'an object that is not there is not found');

my %get = ($s3->signer(), key => 'dir/a b');
my $signed = authorization(%get);
my @headers = map { @$_ } @{ $signed->{headers} };

is(get($signed->{uri}, headers => \@headers)->{status}, 200,
   'a signature in a header is accepted');

$headers[-1] =~ s/(.)$/$1 eq '0' ? '1' : '0'/e;
$r = get($signed->{uri}, headers => \@headers);
is($r->{status}, 403, 'a signature with its last digit flipped is refused');
like($r->{body}, qr/<Code>SignatureDoesNotMatch</,
     'the error has the code of S3');

is(get('/dir/a%20b')->{status}, 403,
   'without any signature the object is refused');

# signatures in the query

my $url = presign(%get);

$r = get($url->{uri});
is("$r->{status} $r->{body}", '200 text', 'a presigned URL is accepted');

# the gateway answers first, and another thread writes the log

ok(wait_until(sub { index($s3->log(), $url->{string_to_sign}) >= 0 }),
   'the log has the string to sign that the gateway computed');

is(get(flip($url->{uri}))->{status}, 403,
   'a URL with its last digit flipped is refused');
is(get($url->{uri} =~ s/Expires=900/Expires=901/r)->{status}, 403,
   'a URL with another expiry is refused');

my $old = presign(%get, date => time - 100, expires => 10);
is(get($old->{uri})->{status}, 403,
   'an expired URL is refused');

# TLS

$r = get($url->{uri}, port => $s3->tls_port(), ssl => 1,
         ca => $s3->certificate(), sni => $s3->host());
is("$r->{status} $r->{body}", '200 text',
   'the certificate of the TLS port has the name of the access point');

# session tokens

my $session = $s3->session_token();
like($session->{session_token}, qr{^[\w+/]{100,}=*$}, 'STS makes tokens');

$r = $s3->signed(key => 'dir/a b', %$session, port => $s3->sts_port());
is("$r->{status} $r->{body}", '200 text',
   'a session token is accepted in a header');

$url = presign(%get, %$session);
$r = get($url->{uri}, port => $s3->sts_port());
is("$r->{status} $r->{body}", '200 text',
   'a session token is accepted in a URL');

is(get(flip($url->{uri}), port => $s3->sts_port())->{status}, 403,
   'the signature of a session is verified');

$url = presign(%get, %$session, session_token => undef);
is(get($url->{uri}, port => $s3->sts_port())->{status}, 403,
   'the keys of a session are refused without its token');

# the end

my ($dir, $port) = ($s3->dir(), $s3->port());

$s3->stop();
ok(!-e $dir, 'the server leaves no files');
ok(!eval { S3O::HTTP->connect(port => $port) }, 'nothing listens on its port');

done_testing();


sub get {
    my ($uri, %o) = @_;

    my $c = S3O::HTTP->connect(port => $s3->port(), %o);
    my $r = $c->request(uri => $uri, headers => [Host => $s3->host()], %o);

    $c->close();

    return $r;
}


# returns the URL with another last digit in its signature

sub flip {
    my ($uri) = @_;

    return $uri =~ s/(X-Amz-Signature=\w+)(\w)/$1 . ($2 eq '0' ? 1 : 0)/er;
}
