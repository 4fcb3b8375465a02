#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Answers that are not credentials, or that are too late: the old credentials
# stay, and one line of the log has the service and the reason.  Unusual
# answers that are right are accepted.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Container;
use S3O::Fake::Json qw(credentials iso);
use S3O::Faketime;
use S3O::Process qw(wait_until);
use S3O::Sources;

my $start = S3O::Faketime::to_epoch('2030-01-31 12:00:00');
my $t = S3O::Sources->new()->has('faketime')->still($start);
my $end = iso($start + 7200);
my $agent = S3O::Fake::Container->new()->start();

my $old = { access_key => 'OLDKEY', secret_key => 'OLD/SECRET+key',
            session_token => 'OLD/TOKEN+==' };
my $new = { access_key => 'NEWKEY', secret_key => 'NEW/SECRET+key',
            session_token => 'NEW/TOKEN+==' };

sub set_of {
    my ($set, %more) = @_;

    return (AccessKeyId => $set->{access_key},
            SecretAccessKey => $set->{secret_key},
            Token => $set->{session_token}, Expiration => $end, %more);
}

sub json { return credentials(set_of($new, @_)) }

# makes a whole answer of so many bytes; blanks before the JSON fill it

sub whole {
    my ($size, $form) = @_;

    my $head = "HTTP/1.1 200 OK\r\n"
               . ($form eq 'length' ? "Content-Length: 00000\r\n" : '')
               . "\r\n";
    my $body = ' ' x ($size - length($head) - length json()) . json();

    $head =~ s/00000/length $body/e;

    return $head . $body;
}


# right answers: [name, answer]

my @good = (
    ['plain', { body => json() }],
    ['chunked', { body => json(), chunked => 7 }],
    ['bytes', { body => json(), chunked => 1 }],
    ['http10', { body => json(), version => '1.0', length => undef }],
    ['nolength', { body => json(), length => undef }],
    ['held', { body => json(), end => 'hold' }],
    ['heldchunks', { body => json(), chunked => 100, end => 'hold' }],
    ['interim', { raw => "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n"
                         . "Link: x\r\n\r\nHTTP/1.0 200 Fine\r\n\r\n"
                         . json() }],
    ['bare', { raw => "HTTP/1.1 200\n\n" . json() }],
    ['more', { raw => "HTTP/1.1 200 OK\r\nContent-Length: " . length(json())
                      . "\r\n\r\n" . json() . 'and more' }],
    ['blanks', { body => "\r\n\t " . json() . "\r\n " }],
    ['largest', { raw => whole(65536, 'length') }],
    ['largesteof', { raw => whole(65535, 'eof') }],
    ['type', { body => json(), headers => ['Content-Type', 'text/html'] }],
    ['unknown', { body => json(Extra => [1, { AccessKeyId => 'X' }],
                               Code => \1) }],
    ['escaped', { body => json() =~ s/NEWKEY/\\u004eEWKEY/r
                                 =~ s{NEW/SECRET}{NEW\\/SECRET}r }],
    ['emptytoken', { body => json(Token => '') }],
);

# bad answers: [name, reason, answer]

my $cut = 'the answer is cut off or malformed';
my $malformed = 'the answer is malformed';
my $over = 'the answer is over 64k';
my $type = 'a field of the JSON is not a string';
my $missing = '"Token" or "Expiration" is missing';
my $time = '"Expiration" is not a time such as 2030-01-31T12:00:00Z';
my $expired = 'the credentials have expired already';
my $strange = 'is too long or has characters that it cannot have';
my $object = 'not a JSON object';

my @bad = (
    (map { ["status$_", "the service answers $_",
            { status => $_, body => json() }] }
     201, 204, 206, 301, 304, 400, 403, 404, 418, 500, 503, 599),

    ['closed', $cut, { raw => '' }],
    ['cuthead', $cut, { body => json(), cut => 40 }],
    ['cutbody', $cut, { body => json(), cut => -1 }],
    ['cutchunk', $cut, { body => json(), chunked => 50, cut => -20 }],
    ['cutend', $cut, { body => json(), chunked => 50, cut => -2 }],
    ['cuteof', $object, { body => json(), length => undef, cut => -2 }],
    ['short', $object, { body => json(), length => 20 }],
    ['long', $cut, { body => json(), length => 1000 }],
    ['resethead', 'reading the answer failed', { raw => '', end => 'reset' }],
    ['resetbody', 'reading the answer failed',
     { body => json(), cut => -3, end => 'reset' }],

    ['over', $over, { raw => whole(65537, 'length') }],
    ['overeof', $over, { raw => whole(65537, 'eof') }],
    ['overchunks', $over, { body => ' ' x 66000 . json(), chunked => 1000 }],
    ['overhead', $over, { body => json(), headers => ['X', 'x' x 66000] }],
    ['endless', $over, { raw => "HTTP/1.1 200 OK\r\n" . "X: y\r\n" x 20000,
                         end => 'hold' }],
    ['interims', $over, { raw => "HTTP/1.1 100 Continue\r\n\r\n" x 4000 }],

    ['ssh', $malformed, { raw => "SSH-2.0-OpenSSH_9\r\n", end => 'hold' }],
    ['http2', $malformed, { raw => "HTTP/2 200\r\n\r\n" . json() }],
    ['http09', $malformed, { raw => json() }],
    ['folded', $malformed, { body => json(), headers => ['X', "y\r\n z"] }],
    ['noname', $malformed, { body => json(), headers => ['', 'y'] }],
    ['lengths', $malformed,
     { body => json(), headers => ['Content-Length', 1] }],
    ['both', $malformed, { body => json(), chunked => 10,
                           headers => ['Content-Length', 5] }],
    ['gzip', $malformed, { body => json(), length => undef,
                           headers => ['Transfer-Encoding', 'gzip'] }],
    ['badchunk', $malformed,
     { raw => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
       end => 'hold' }],

    ['empty', $object, { body => '' }],
    ['html', $object, { body => '<html><body>login</body></html>' }],
    ['text', $object, { body => '"text"' }],
    ['list', $object, { body => '[' . json() . ']' }],
    ['null', $object, { body => 'null' }],
    ['two', $object, { body => json() . json() }],
    ['twice', $object, { body => json() =~ s/\{/{"Token": "x",/r }],
    ['utf8', $object, { body => json(Extra => \1) =~ s/Extra/\xff/r }],
    ['deep', $object, { body => '{"a":' . '[' x 30000 . ']' x 30000 . '}' }],
    ['nan', $object, { body => json(Extra => \1) =~ s/true|1(?=,\n)/NaN/r
                                                 =~ s/: NaN/: NaN x/r }],

    (map { ["type$_", $type, { body => json($_ => \1) }] }
     qw(AccessKeyId SecretAccessKey Token Expiration)),
    ['typelist', $type, { body => json(Token => ['a']) }],
    ['typehash', $type, { body => json(Expiration => {}) }],
    ['noaccess', 'the access key id is missing',
     { body => json(AccessKeyId => undef) }],
    ['emptyaccess', 'the access key id is missing',
     { body => json(AccessKeyId => '') }],
    ['nosecret', 'the secret access key is missing',
     { body => json(SecretAccessKey => undef) }],
    ['emptysecret', 'the secret access key is missing',
     { body => json(SecretAccessKey => '') }],
    ['notoken', $missing, { body => json(Token => undef) }],
    ['noend', $missing, { body => json(Expiration => undef) }],
    ['emptyend', $missing, { body => json(Expiration => '') }],
    ['nothing', 'the access key id is missing', { body => '{}' }],

    ['slash', "the access key id $strange",
     { body => json(AccessKeyId => 'A/B') }],
    ['akid129', "the access key id $strange",
     { body => json(AccessKeyId => 'A' x 129) }],
    ['newline', "the secret access key $strange",
     { body => json(SecretAccessKey => "a\n") }],
    ['secret513', "the secret access key $strange",
     { body => json(SecretAccessKey => 'a' x 513) }],
    ['header', "the session token $strange",
     { body => json(Token => "a\r\nX-Evil: 1") }],
    ['token16385', "the session token $strange",
     { body => json(Token => 'a' x 16385) }],

    (map { ["time$_->[0]", $time, { body => json(Expiration => $_->[1]) }] }
     ['word', 'tomorrow'], ['zone', '2030-01-31T14:00:00'],
     ['day', '2030-02-30T00:00:00Z'], ['number', '1900000000'],
     ['rfc', 'Thu, 31 Jan 2030 14:00:00 GMT']),
    (map { ["past$_->[0]", $expired, { body => json(Expiration => $_->[1]) }] }
     ['one', iso($start)], ['now', iso($start + 270)],
     ['offset', '2030-01-31T12:05:30+01:00'],
     ['epoch', '1970-01-01T00:00:00Z'], ['year1', '0001-01-01T00:00:00Z'])
);

# a path for each answer, with old credentials that live long enough

sub begin {
    my ($one, $life, @cases) = @_;

    for my $case (@cases) {
        my ($name) = @$case;

        $agent->set("/$name" =>
                    { set_of($old, Expiration => iso($start + $life)) });
        $one->source($name => 'container uri=' . $agent->url("/$name"));
    }

    $one->run_sources();

    my @wrong;

    wait_until(sub {
        @wrong = grep { ($one->signed($_)->{access_key} // '') ne 'OLDKEY' }
                 $one->names();
        return !@wrong;
    });

    is("@wrong", '', 'each source begins with good credentials');

    # with less than half of it left all are renewed at once

    $agent->always(map { ("/$_->[0]" => $_->[-1]) } @cases);
    $one->pass(270);
}

begin($t, 300, @good, @bad);

$t->comes_to_sign($_->[0], 'NEWKEY', "$_->[0]: is taken") for @good;

for my $name (qw(plain chunked http10 interim largest escaped)) {
    $t->signs($name, $new, "$name: key, secret and token are right");
}

$t->signs(emptytoken => { %$new, session_token => undef },
          'emptytoken: an empty token is none');

# the log names the agent, but not the path; the order of the status page says
# which source a line is of

my @states = wait_until(sub {
    my @all = $t->states();

    return (grep { !$_->{failures} } @all[@good .. $#all]) ? () : \@all;
});

my $n = @good;

for my $case (@bad) {
    my ($name, $reason) = @$case;
    my $state = ($states[0] // [$t->states()])->[$n++];

    is($state->{error}, $reason, "$name: $reason");
}

my @wrong = grep { my $u = $t->signed($_->[0]);
                   $u->{status} != 200 || $u->{access_key} ne 'OLDKEY'
                   || $u->{token} ne $old->{session_token} } @bad;
is(join(' ', map { $_->[0] } @wrong), '',
   'each source keeps its old credentials');
$t->signs(cutbody => $old, 'and signs');

$t->one_line_each('there is one error line for each fetch that failed');

my %want = map { $_->[1] => 1 } @bad;
my %said = map { $_->{reason} => 1 } $t->fetch_errors();

is_deeply([sort keys %said], [sort keys %want], 'the log has each reason');
is_deeply([grep { ($_->{from} // '') ne $agent->authority()
                  || ($_->{address} // '') ne $agent->authority()
                  || ($_->{source} // '') ne 'container' } $t->fetch_errors()],
          [], 'the log has the source and the address');


# a good answer follows each bad one, a second later

$agent->forget();
$agent->set("/$_" => { set_of($new) }) for qw(status500 over);
$t->pass(2);
$t->comes_to_sign($_, 'NEWKEY', "$_: is good again")
    for qw(status500 over);

$t->hides('no secret is in the log, and no token',
          map { @{$_}{qw(secret_key session_token)} } $old, $new);
$t->stop();


# answers that are too late: two seconds without a byte, or five seconds for
# the whole, by a clock that the test steps

my $slow = S3O::Sources->new()->still($start);
my $late = 'waiting for the answer timed out';
my $long = 'the answer takes too long';

my @slow = (
    ['delayed', undef, { body => json(), turn => 1 }],
    ['dripped', undef, { body => json(), drip => [80, 'turn'] }],
    ['silent', $late, { silent => 1 }],
    ['never', $late, { body => json(), turn => 100 }],
    ['stops', $late, { body => json(), cut => -1, end => 'hold' }],
    ['stopshead', $late, { body => json(), cut => 30, end => 'hold' }],
    ['drip', $long, { body => json(), drip => [1, 'turn'] }],
    ['trickle', $long, { body => json(), drip => [20, 'turn'] }],
);

$agent->forget_requests();
begin($slow, 400, @slow);

ok($agent->wait_for_requests("/$_->[0]", 2), "$_->[0]: is asked once more")
    for @slow;

failed('after no time');
$slow->pass(1.9);
failed('after 1.9 seconds');

turn(1, 3);
$slow->comes_to_sign(delayed => 'NEWKEY', 'delayed: is taken');
$slow->pass(0.2);
failed('after two', qw(silent never stops stopshead));

# the test steps the clock, while more of the answer comes

turn(2, 3);
$slow->pass(1.5);
turn(3, 3);
$slow->comes_to_sign(dripped => 'NEWKEY', 'dripped: is taken');
$slow->pass(1.3);
turn(4, 2);
failed('after 4.9', qw(silent never stops stopshead));
$slow->pass(0.2);
failed('after five', map { $_->[0] } @slow[2 .. $#slow]);

is_deeply({ map { ($_->{reason} => 1) } $slow->fetch_errors() },
          { $late => 1, $long => 1 }, 'the log has both sources');
is(join(' ', map { $_->{error} } ($slow->states())[6, 7]), "$long $long",
   'the log has the reason of each');
$slow->signs($_ => $old, "$_: the old set signs") for qw(silent stops drip);
$slow->one_line_each('there is one error line for each fetch that failed');

$t->done();


# tests that these sources have failed, and no others

sub failed {
    my ($when, @names) = @_;

    my @got;

    wait_until(sub {
        my @states = $slow->states();
        @got = map { $slow[$_][0] } grep { $states[$_]{failures} } 0 .. $#slow;
        return @got >= @names;
    });

    is("@got", "@names", "$when: " . (@names || 'none') . ' failed');
}


# sends the next piece of an answer; nginx has read it when it answers a
# request that is made later

sub turn {
    my ($n, $answers) = @_;

    $agent->set(turn => $n);
    ok(wait_until(sub { $agent->turns($n) == $answers }), "turn $n");
    $slow->states();
}
