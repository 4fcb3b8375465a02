#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The fakes of this test suite: each answers as it is told, and the fake
# services refuse what the real ones refuse.

use strict;
use warnings;

use IO::Socket::IP;
use JSON::PP qw(decode_json);
use Socket qw(SOCK_DGRAM);
use Test::More;
use Time::HiRes qw(time);

use S3O::Fake;
use S3O::Fake::Container;
use S3O::Fake::Dns;
use S3O::Fake::Imds;
use S3O::Fake::Sts;
use S3O::HTTP;
use S3O::Process qw(wait_until);
use S3O::SigV4 qw(authorization);
use S3O::TLS;

my $arn = 'arn:aws:iam::123456789012:role/web';


sub ask {
    my ($fake, $method, $uri, @headers) = @_;

    my $body = @headers % 2 ? pop @headers : undef;
    my $c = connection($fake);
    my $r = $c->request(method => $method, uri => $uri, headers => [@headers],
                        body => $body, host => $fake->authority());

    $c->close();

    return $r // { status => 0, body => '' };
}

sub connection {
    my ($fake, %o) = @_;

    return S3O::HTTP->connect(host => $fake->{host}, port => $fake->port(),
                              timeout => 60,
                              ($fake->{tls} ? (ssl => 1, sni => 'localhost')
                                            : ()), %o);
}

sub all_of {
    my ($fake, $uri) = @_;

    my $c = connection($fake);

    $c->write("GET $uri HTTP/1.1\r\nHost: x\r\n\r\n");

    return $c->read_all();
}


# answers that a test sets

my $s = S3O::Fake->new()->start();

is(ask($s, GET => '/')->{status}, 404, 'a path without an answer is not found');

$s->always('/a' => { body => 'any' }, 'POST /a' => { status => 201 },
           '*' => { status => 503 });
is(ask($s, GET => '/a?b=c')->{body}, 'any', 'a path');
is(ask($s, POST => '/a')->{status}, 201,
   'an answer for a method comes before others');
is(ask($s, GET => '/b')->{status}, 503, 'an answer for all paths comes last');

$s->once('/a' => { body => 'one' }, { body => 'two' });
is(join(' ', map { ask($s, GET => '/a')->{body} } 1 .. 3), 'one two any',
   'an answer for one request is used once');
$s->forget('*');
is(ask($s, GET => '/b')->{status}, 404,
   'a path is not found when its answer is removed');

my @all = $s->requests('GET /a');

is(scalar @all, 4, 'requests are recorded');
is_deeply([@{ $all[0] }{qw(method path query status)}],
          ['GET', '/a', 'b=c', 200],
          'the record has method, path and arguments');
is(ask($s, POST => '/c', 'X-A' => 'b', 'body')->{status}, 404,
   'a request with a body');
is_deeply([@{ ($s->requests('/c'))[0] }{qw(body)},
           ($s->requests('/c'))[0]{header}{'x-a'}], ['body', 'b'],
          'the record has headers and body');

$s->forget_requests();
is(scalar $s->requests(), 0, 'the record is cleared');


# forms of an answer

my $hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
            . 'hello';

for my $case (
    ['plain', { body => 'hello' }, $hello],
    ['version', { body => 'hello', version => '1.0', length => undef },
     "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello"],
    ['chunked', { body => 'hello', chunked => 2 },
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close"
     . "\r\n\r\n2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\n\r\n"],
    ['parts', { chunked => ['a', 'bc'], reason => 'Fine', headers => [A => 1] },
     "HTTP/1.1 200 Fine\r\nA: 1\r\nTransfer-Encoding: chunked\r\nConnection: "
     . "close\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"],
    ['length', { body => 'hello', length => 9 }, $hello =~ s/: 5/: 9/r],
    ['raw', { raw => "\0\xff" }, "\0\xff"],
    ['cut', { body => 'hello', cut => -2 }, substr $hello, 0, -2],
    ['head', { body => 'hello', cut => 10 }, substr $hello, 0, 10],
    ['drip', { body => 'hello', drip => [50, 0.1] }, $hello])
{
    my ($name, $answer, $bytes) = @$case;

    $s->always("/$name" => $answer);
    is(all_of($s, "/$name"), $bytes, "the form of an answer: $name");
}

# answers that delay or end the connection

$s->always('/delay' => { delay => 0.4 }, '/silent' => { silent => 1 },
           '/hold' => { body => 'x', end => 'hold' },
           '/reset' => { raw => 'HTTP/1.1 200', end => 'reset' },
           '/drip' => { body => 'hello', drip => [1, 0.5] });

my $start = time;
ask($s, GET => '/delay');
cmp_ok(time - $start, '>=', 0.4, 'a late answer');

for my $case (['/silent', 0], ['/hold', 1]) {
    my $c = connection($s);

    $c->write("GET $case->[0] HTTP/1.1\r\nHost: x\r\n\r\n");
    $c->fill() if $case->[1];
    is(length $c->read_all(0.5) > 0 ? 1 : 0, $case->[1],
       "$case->[0]: an answer");
    ok(!$c->{eof}, "$case->[0]: the connection stays open");
    $c->close();
}

$start = time;
my $c = connection($s);
$c->write("GET /drip HTTP/1.1\r\nHost: x\r\n\r\n");
1 while length $c->{buf} < 3 && $c->fill();
cmp_ok(time - $start, '>=', 1, 'a byte each half second');
$c->close();

$c = connection($s);
$c->write("GET /reset HTTP/1.1\r\nHost: x\r\n\r\n");
$c->fill();
is($c->{buf}, 'HTTP/1.1 200', 'a part of the answer comes');
$c->fill();
ok($!{ECONNRESET}, 'the connection is reset');

is(all_of(S3O::Fake->new(greeting => 'hi')->start(), '/'), 'hi',
   'a greeting comes first');


# the metadata service

my $imds = S3O::Fake::Imds->new()->start();
my $ttl = 'X-aws-ec2-metadata-token-ttl-seconds';
my $with = 'X-aws-ec2-metadata-token';
my $put = '/latest/api/token';
my $list = '/latest/meta-data/iam/security-credentials/';

is(ask($imds, PUT => $put, $ttl, $_)->{status}, 400, "a TTL of \"$_\"")
    for '', 0, 21601, -1, 'x', '60s';
is(ask($imds, PUT => $put)->{status}, 400, 'no TTL');
is(ask($imds, GET => $put, $ttl, 60)->{status}, 405, 'no PUT');
is(ask($imds, PUT => $put, $ttl, 60, 'X-Forwarded-For', '1.2.3.4')->{status},
   403, 'through a proxy');

my $r = ask($imds, PUT => $put, $ttl, 21600);
my $token = $r->{body};

is($r->{status}, 200, 'a token is made');
isnt(ask($imds, PUT => $put, $ttl, 21600)->{body}, $token,
     'each token is another one');
is(ask($imds, GET => $list)->{status}, 401, 'a request without the token');
is(ask($imds, GET => $list, $with, "${token}0")->{status}, 401,
   'a request with another token');
is(ask($imds, GET => $list, $with, $token)->{status}, 404, 'no role is set');

$imds->role(web => { AccessKeyId => 'A' });
is(ask($imds, GET => $list, $with, $token)->{body}, 'web',
   'the name of the role');
is(ask($imds, POST => $list, $with, $token)->{status}, 405,
   'the role is given to GET only');
is(ask($imds, GET => "${list}x", $with, $token)->{status}, 404,
   'an unknown path');

my $set = decode_json(ask($imds, GET => "${list}web", $with, $token)->{body});

is_deeply([sort keys %$set], [qw(AccessKeyId Code Expiration LastUpdated
                                 SecretAccessKey Token Type)],
          'the credentials of the role');

# a token ends with a full second: one of 1 second may have ended at once, and
# then the test makes another

my $short;

ok(wait_until(sub {
    $short = ask($imds, PUT => $put, $ttl, 1)->{body};
    ask($imds, GET => $list, $with, $short)->{status} == 200;
}, 60), 'a short token');
sleep 2;
is(ask($imds, GET => $list, $with, $short)->{status}, 401, 'the token ends');
$imds->expire_tokens();
is(ask($imds, GET => $list, $with, $token)->{status}, 401, 'any token may end');

my $helper = S3O::Fake::Imds->new(helper => 1)->start()
             ->role(web => { failed => 1 });

is(ask($helper, PUT => $put, $ttl, 1, 'X-Forwarded-For', '::1')->{status}, 400,
   'the helper of IAM Roles Anywhere refuses with another status');
$token = ask($helper, PUT => $put, $ttl, 60)->{body};
$set = decode_json(ask($helper, GET => "${list}web/", $with, $token)->{body});
is_deeply([@{$set}{qw(Code AccessKeyId Expiration)}],
          ['Success', '', '0001-01-01T00:00:00Z'],
          'the helper answers 200 without credentials');


# the agents of ECS and EKS

my $agent = S3O::Fake::Container->new()->start()->set('/x' => {});

is(ask($agent, GET => '/x')->{status}, 200, 'an agent that wants no token');
is(ask($agent, GET => '/x', Authorization => 'abc')->{status}, 400,
   'an agent without a token refuses one');
is(ask($agent, GET => '/x?y')->{status}, 404, 'an agent answers no other URL');
$agent->set(token => 'abc');
is(ask($agent, GET => '/x')->{status}, 400, 'one that wants a token');
is(ask($agent, GET => '/x', Authorization => 'Bearer abc')->{status}, 401,
   'Authorization with more than the token');
is(ask($agent, GET => '/x', Authorization => 'abc')->{status}, 200,
   'the right token');
is(ask($agent, POST => '/x', Authorization => 'abc')->{status}, 405,
   'the agent answers GET only');


# STS

my $tls = S3O::TLS->new();
my $sts = S3O::Fake::Sts->new(tls => $tls->cert('localhost'))
          ->start()->set(web_identity_token => 'abcd',
                         keys => { AKID => { secret_key => 'SECRET' } });
my $type = 'application/x-www-form-urlencoded';
my $common = 'Version=2011-06-15&RoleArn=' . ($arn =~ s/:/%3A/gr =~ s/\//%2F/gr)
             . '&RoleSessionName=abc';
my $web = "Action=AssumeRoleWithWebIdentity&$common&WebIdentityToken";
my $assume = "Action=AssumeRole&$common";

sub code {
    my ($answer) = @_;

    my ($code) = $answer->{body} =~ m{<Code>(\w+)</Code>};

    return "$answer->{status}" . (defined $code ? " $code" : '');
}

sub post { return code(ask($sts, POST => '/', 'Content-Type', $type, @_)) }

is(post("$web=abcd"), '200', 'a web identity');
is(post("$web=abce"), '400 InvalidIdentityToken', 'another token');
is(post("Action=AssumeRoleWithWebIdentity&$common"),
   '400 InvalidIdentityToken', 'no token');
is(post('Authorization', 'x', "$web=abcd"), '400 Signed', 'a signature');
is(post("$web=abcd&Version=2011-06-15"), '400 MalformedInput',
   'a parameter that is given twice');
is(post("$web=abcd&X=y"), '400 MalformedInput', 'an unknown parameter');
is(post("$web=ab/cd"), '400 MalformedInput', 'a value that is not encoded');
is(post("$web=abcd&ExternalId=x"), '400 UnknownParameter',
   'a parameter of another action');
is(post("$web=abcd&DurationSeconds=$_"), '400 ValidationError', "$_ seconds")
    for 899, 43201, 'x';
is(post("Action=X&$common"), '400 InvalidAction', 'another action');
is(code(ask($sts, POST => '/x', 'Content-Type', $type, "$web=abcd")),
   '404 NotFound', 'another path');
is(code(ask($sts, POST => '/', "$web=abcd")), '400 WrongContentType',
   'another content type');

sub signed {
    my ($form, %o) = @_;

    my $made = authorization(
        access_key => 'AKID', secret_key => 'SECRET', region => 'us-west-2',
        service => 'sts', method => 'POST', host => $sts->authority(),
        path => '/', body => $assume, no_content_sha256 => 1,
        headers => ['content-type', $type], %o);
    my @headers = map { @$_ } grep { $_->[0] ne 'host' } @{ $made->{headers} };

    return code(ask($sts, POST => '/', @headers, $form));
}

is(signed($assume), '200', 'a signed request for a role');
is(post($assume), '403 AccessDenied', 'a request without a signature');
is(signed("$assume&DurationSeconds=900"), '403 SignatureDoesNotMatch',
   'another body than the signed one');
is(signed($assume, secret_key => 'x'), '403 SignatureDoesNotMatch',
   'another secret');
is(signed($assume, access_key => 'X'), '403 InvalidAccessKeyId',
   'another key');
is(signed($assume, service => 's3'), '400 AuthorizationHeaderMalformed',
   'another service');
is(signed($assume, region => 'us-east-1'), '400 AuthorizationHeaderMalformed',
   'another region');
is(signed($assume, date => '20240101T000000Z'), '403 RequestTimeTooSkewed',
   'another day');

$sts->set(role => 'arn:other');
is(signed($assume), '403 AccessDenied', 'another role');


# the name server

my $dns = S3O::Fake::Dns->new()->start()
          ->names('a.example' => ['127.0.0.1', '127.0.0.2'], bad => 'servfail',
                  quiet => 'silent');

is(lookup('a.example', 1), '0: 127.0.0.1 127.0.0.2', 'a name');
is(lookup('A.Example', 1), '0: 127.0.0.1 127.0.0.2', 'a name in upper case');
is(lookup('a.example', 28), '0: ', 'no IPv6 address');
is(lookup('b.example', 1), '3: ', 'no such name');
is(lookup('bad', 1), '2: ', 'a failure');
is(lookup('quiet', 1), 'nothing', 'no answer');
$dns->wait_for_requests('*', 6, 60);
is_deeply([map { "$_->{type} $_->{name}" } $dns->requests()],
          ['A a.example', 'A A.Example', '28 a.example', 'A b.example',
           'A bad', 'A quiet'], 'requests are written down');

done_testing();


sub lookup {
    my ($name, $type) = @_;

    my $socket = IO::Socket::IP->new(PeerHost => '127.0.0.1', Proto => 'udp',
                                     PeerPort => $dns->port(),
                                     Type => SOCK_DGRAM);

    send $socket, pack('n6', 7, 0x0100, 1, 0, 0, 0)
                  . join('', map { pack 'C/a*', $_ } split /\./, $name)
                  . pack('C n n', 0, $type, 1), 0;

    vec(my $rin = '', fileno $socket, 1) = 1;
    select $rin, undef, undef, $name eq 'quiet' ? 0.5 : 60 or return 'nothing';
    recv $socket, my $packet, 1500, 0;

    my ($id, $flags, undef, $n) = unpack 'n4', $packet;
    my $answers = substr $packet, length($packet) - 16 * $n;

    return ($flags & 15) . ': '
           . join ' ', map { join '.', unpack 'x12 C4', substr $answers,
                                                               16 * $_ }
                       0 .. $n - 1;
}
