#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# S3O::Radosgw: the S3 server starts, verifies what Perl has signed, refuses
# what was changed after it was signed, and ends.

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

ok(S3O::Radosgw->available(), 'it is available');
is($s3->start(), $s3, 'it starts');

is($s3->host(), 'my-reports-123456789012.op-01234567890123456.s3-outposts.'
   . 'us-west-2.amazonaws.com', 'its host is the name of the access point');
is($s3->arn(), 'arn:aws:s3-outposts:us-west-2:123456789012:outpost/'
   . 'op-01234567890123456/accesspoint/my-reports', 'and has an ARN');

# headers signed by Perl

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
is($r->{status}, 403, 'with its last digit flipped it is refused');
like($r->{body}, qr/<Code>SignatureDoesNotMatch</, 'as S3 would say it');

is(get('/dir/a%20b')->{status}, 403,
   'without any signature the object is refused');

# and in the query

my $url = presign(%get);

$r = get($url->{uri});
is("$r->{status} $r->{body}", '200 text', 'a presigned URL is accepted');

# the gateway answers first, and a thread of its own writes the log

ok(wait_until(sub { index($s3->log(), $url->{string_to_sign}) >= 0 }),
   'its log tells the string to sign that it computed itself');

is(get(flip($url->{uri}))->{status}, 403,
   'with its last digit flipped it is refused');
is(get($url->{uri} =~ s/Expires=900/Expires=901/r)->{status}, 403,
   'with another expiry it is refused');

my $old = presign(%get, date => time - 100, expires => 10);
is(get($old->{uri})->{status}, 403,
   'an expired URL is refused');

# TLS

$r = get($url->{uri}, port => $s3->tls_port(), ssl => 1,
         ca => $s3->certificate(), sni => $s3->host());
is("$r->{status} $r->{body}", '200 text',
   'its TLS port bears the name of the access point');

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
   'the keys of a session are nothing without its token');

# the end

my ($dir, $port) = ($s3->dir(), $s3->port());

$s3->stop();
ok(!-e $dir, 'nothing of it is left on the disk');
ok(!eval { S3O::HTTP->connect(port => $port) }, 'nothing of it listens');

done_testing();


sub get {
    my ($uri, %o) = @_;

    my $c = S3O::HTTP->connect(port => $s3->port(), %o);
    my $r = $c->request(uri => $uri, headers => [Host => $s3->host()], %o);

    $c->close();

    return $r;
}


# the URL with another last digit of its signature

sub flip {
    my ($uri) = @_;

    return $uri =~ s/(X-Amz-Signature=\w+)(\w)/$1 . ($2 eq '0' ? 1 : 0)/er;
}
