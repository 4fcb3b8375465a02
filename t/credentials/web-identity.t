#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# AssumeRoleWithWebIdentity: the form that STS gets, its answers, and the
# lines in the log for its errors.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Json qw(iso);
use S3O::Fake::Sts;
use S3O::Sources;
use S3O::TLS;

my $arn = 'arn:aws:iam::123456789012:role/path/web-1';
my $token = 'IDENTITY.eyJhbGciOi+/=.sig_-~';
my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my $tls = S3O::TLS->new();
my $pair = $tls->cert('localhost');
my %sts;

$t->write_file('token', "$token\n", 0644);

sub set_of {
    my ($name) = @_;

    return (AccessKeyId => 'ASIA' . uc $name, SecretAccessKey => "SECRET/$name",
            SessionToken => "TOKEN/of+$name==");
}

# an STS of its own for each source

sub sts {
    my ($name, %o) = @_;

    my $set = { set_of($name), %{ delete $o{set} // {} } };

    $sts{$name} = S3O::Fake::Sts->new(tls => $pair, name => 'localhost')
                  ->start();

    return $sts{$name}->set(web_identity_token => $token, set => $set, %o);
}

sub source {
    my ($name, %o) = @_;

    my %param = (
        role_arn            => $arn,
        token_file          => "$dir/token",
        region              => 'us-west-2',
        trusted_certificate => $tls->ca_file(),
        sts_endpoint        => 'https://localhost:' . $sts{$name}->port(),
        %o,
    );

    $t->source($name => join ' ', 'web_identity',
                        map { "'$_=$param{$_}'" }
                        grep { defined $param{$_} } sort keys %param);
}


# sources that work

sts('plain');
source('plain');

sts('given');
source('given', session_name => 'a_b+c=d,e.f@g-h', duration => '12h');

sts('shortest');
source('shortest', session_name => 'ab', duration => '900');

sts('slash');
source('slash', sts_endpoint => 'https://localhost:' . $sts{slash}->port()
                                . '/');

my $long = 'LONGTOKEN' . '-' x 19991;

$t->write_file('long', $long, 0644);
sts('long', web_identity_token => $long);
source('long', token_file => "$dir/long");

sts('fraction', set => { Expiration => iso(time + 7200) =~ s/Z/.25Z/r });
source('fraction');

sts('offset', set => { Expiration => iso(time + 3600) =~ s/Z/-01:00/r });
source('offset');

sts('blanks', set => { SessionToken => "\n   TOKEN/of+blanks==\r\n " });
source('blanks');

my $huge = 'TOKEN' . '/+' x 8189 . 'x';    # of 16384 characters

sts('huge', set => { SessionToken => $huge });
source('huge');

my @good = $t->names();


# answers that XML can write in another way

my $end = iso(time + 3600);
my @xml;
my %parts = (AccessKeyId => 'ASIAXML', SecretAccessKey => 'SECRET/<x>&"xml',
             SessionToken => 'TOKEN/of+xml==', Expiration => $end);

sub document {
    my (%write) = @_;

    my %text = (%parts, %write);

    s/&/&amp;/g, s/</&lt;/g for @text{ grep { !$write{$_} } keys %text };

    return '<?xml version="1.0"?><a:R xmlns:a="b"><!-- <SessionToken> --><C/>'
           . '<Credentials>'
           . join('', map { "<$_>$text{$_}</$_>" } sort keys %text)
           . '</Credentials><Other><AccessKeyId>A</AccessKeyId></Other></a:R>';
}

my $entities = join '', map { "&#$_;" }
               map { ord } split //, $parts{SecretAccessKey};
my $hex = $entities =~ s/&#(\d+)/sprintf '&#x%x', $1/ger;

for my $case (
    [plainxml => document()],
    [entities => document(SecretAccessKey => $entities, SessionToken =>
                          'TOKEN&#47;of&#x2b;xml&#x3D;=')],
    [hex => document(SecretAccessKey => $hex)],
    [cdata => document(SecretAccessKey =>
                       "<![CDATA[$parts{SecretAccessKey}]]>")],
    [comments => document(SecretAccessKey => 'SECRET/<!-- a -->&lt;x>&amp;'
                          . '<?pi x?><![CDATA["xm]]>l')],
    [attributes => document() =~ s/<(\w+Key\w*)>/<$1 a="b">/gr],
    [prefixes => document() =~ s{<(/?)(?=[ACES])}{<$1a:}gr],
    [utf16 => document() =~ s/(.)/\0$1/gsr =~ s/^/\xfe\xff/r])
{
    my ($name, $body) = @$case;

    push @xml, $name;
    sts($name)->always('*' => { body => $body });
    source($name);
}


# sources that fail: [name, reason, what the STS knows, its answers]

my $lacks = 'the answer lacks a field of the credentials';
my $no = 'the XML of the answer is refused';
my $xml = '<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S'
          . '</SecretAccessKey><SessionToken>T</SessionToken><Expiration>'
          . iso(time + 3600) . '</Expiration></Credentials>';

sub error {
    my ($status, $code) = @_;

    return { '*' => { status => $status, body =>
        '<ErrorResponse><Error><Type>Sender</Type>' . ($code // '')
        . "<Message>bad $token</Message></Error></ErrorResponse>" } };
}

my @bad = (
    ['denied', 'STS answers 403 "AccessDenied"', { role => 'arn:other' }],
    ['invalid', 'STS answers 400 "InvalidIdentityToken"',
     { web_identity_token => 'another' }],
    ['expired', 'STS answers 400 "ExpiredTokenException"', {},
     error(400, '<Code>ExpiredTokenException</Code>')],
    ['idp', 'STS answers 400 "IDPCommunicationError"', {},
     error(400, '<Code>IDPCommunicationError</Code>')],
    ['region', 'STS answers 403 "RegionDisabledException"', {},
     error(403, "<Code>\n  RegionDisabledException\n</Code>")],
    ['nocode', 'STS answers 400', {}, error(400)],
    ['emptycode', 'STS answers 400', {}, error(400, '<Code></Code>')],
    ['longcode', 'STS answers 400', {},
     error(400, '<Code>' . 'C' x 64 . '</Code>')],
    ['spacedcode', 'STS answers 400', {},
     error(400, "<Code>a b</Code>")],
    ['html', 'STS answers 502', {},
     { '*' => { status => 502, body => '<html>Bad Gateway</html>' } }],
    ['redirected', 'STS answers 307', {},
     { '*' => { status => 307, body => $xml,
                headers => ['Location', 'https://localhost/'] } }],
    ['nothing', 'STS answers 204', {}, { '*' => { status => 204 } }],

    (map { ["no$_", $lacks, { set => { $_ => undef } }] }
     qw(AccessKeyId SecretAccessKey SessionToken Expiration)),
    ['emptykey', 'the access key id is missing',
     { set => { AccessKeyId => '' } }],
    ['emptysecret', 'the secret access key is missing',
     { set => { SecretAccessKey => ' ' } }],
    ['emptytoken', $lacks, { set => { SessionToken => '' } }],
    ['twice', $lacks, {}, { '*' => { body => "<a>$xml$xml</a>" } }],
    ['two', "$no: junk after document element", {},
     { '*' => { body => $xml x 2 } }],
    ['elsewhere', $lacks, {},
     { '*' => { body => $xml =~ s/Credentials/Credential/gr } }],
    ['inside', $lacks, {},
     { '*' => { body => $xml =~ s{>T<}{><b>T</b><}r } }],
    ['cutoff', "$no: no element found", {},
     { '*' => { body => substr($xml, 0, -30) } }],
    ['json', "$no: not well-formed (invalid token)", {},
     { '*' => { body => '{"AccessKeyId":"A"}' } }],
    ['empty', "$no: no element found", {}, { '*' => { body => '' } }],
    ['entity', "$no: undefined entity", {},
     { '*' => { body => $xml =~ s/>T</>&token;</r } }],
    ['doctype', "$no: it has a document type", {},
     { '*' => { body => '<!DOCTYPE Credentials [<!ENTITY token "T">]>'
                        . $xml =~ s/>T</>&token;</r } }],
    ['external', "$no: it has a document type", {},
     { '*' => { body => "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>$xml" } }],
    ['deep', "$no: it is nested too deeply", {},
     { '*' => { body => '<a>' x 32 . $xml . '</a>' x 32 } }],
    ['encoding', "$no: unknown encoding", {},
     { '*' => { body => "<?xml version='1.0' encoding='EBCDIC'?>$xml" } }],
    ['huger', 'the session token is too long or has characters that it cannot '
     . 'have', { set => { SessionToken => $huge . 'x' } }],
    ['notime', "the answer's expiration is not a time",
     { set => { Expiration => time + 3600 } }],
    ['emptytime', "the answer's expiration is not a time",
     { set => { Expiration => '' } }],
    ['past', 'the credentials have expired already',
     { set => { Expiration => iso(time - 60) } }],
    ['year1', 'the credentials have expired already',
     { set => { Expiration => '0001-01-01T00:00:00Z' } }],
);

for my $case (@bad) {
    my ($name, undef, $state, $answers) = @$case;

    sts($name, %$state)->always(%{ $answers // {} });
    source($name);
}

for my $case (['missing', undef, 'the token file cannot be opened '
               . '(2: No such file or directory)'],
              ['lines', "two\nlines", 'the token file is empty, too long or '
               . 'has control characters'],
              ['bare', "x\r", 'the token file is empty, too long or has '
               . 'control characters'],
              ['longer', $long . 'x', 'the token file is empty, too long or '
               . 'has control characters'])
{
    my ($name, $content, $reason) = @$case;

    $t->write_file("$name.token", $content, 0644) if defined $content;
    sts($name);
    source($name, token_file => "$dir/$name.token");
    push @bad, [$name, $reason];
}

# the token becomes right later

sts('renewed', web_identity_token => 'RENEWED.IDENTITY');
$t->write_file('renewed.token', 'STALE.IDENTITY', 0644);
source('renewed', token_file => 'renewed.token');


$t->run_sources();

for my $name (@good) {
    my %set = set_of($name);

    $t->comes_to_sign($name, { access_key => $set{AccessKeyId},
                               secret_key => $set{SecretAccessKey},
                               session_token => $name eq 'huge' ? $huge
                                                : $set{SessionToken} },
                      "$name: signs");
}

$t->comes_to_sign($_, { access_key => $parts{AccessKeyId},
                        secret_key => $parts{SecretAccessKey},
                        session_token => $parts{SessionToken} },
                  "$_: signs") for @xml;

for my $case (@bad) {
    my ($name, $reason) = @$case;

    is($t->wait_for_error(from => 'localhost:' . $sts{$name}->port()), $reason,
       "$name: $reason");
}

is($t->wait_for_error(from => 'localhost:' . $sts{renewed}->port()),
   'STS answers 400 "InvalidIdentityToken"',
   'STS refuses a token of yesterday');

$t->write_file('renewed.token', "RENEWED.IDENTITY\n", 0644);

# the fetch is tried again a second later

$t->pass(2);
$t->comes_to_sign(renewed => 'ASIARENEWED', 'is read again');

$t->one_line_each('there is one error line for each fetch that failed');

my ($e) = $t->fetch_errors(from => 'localhost:' . $sts{denied}->port());

is($e->{source}, 'web_identity', 'the line names the source');
is($e->{address}, '127.0.0.1:' . $sts{denied}->port(),
   'the line names the address');


# the requests to STS

my ($r) = $sts{plain}->requests();

is("$r->{method} $r->{target} $r->{version}", 'POST / 1.1',
   'the request is one POST');
is($r->{header}{'content-type'}, 'application/x-www-form-urlencoded',
   'the body is a form');
is($r->{header}{host}, 'localhost:' . $sts{plain}->port(), 'Host is STS');
is($r->{sni}, 'localhost', 'SNI is STS');
is_deeply([sort map { lc $_->[0] } @{ $r->{headers} }],
          [qw(accept connection content-length content-type host user-agent)],
          'the request has no other headers, and no signature');

is_deeply(form('plain'), {
    Action => 'AssumeRoleWithWebIdentity', Version => '2011-06-15',
    RoleArn => $arn, RoleSessionName => 'nginx-s3o-presign',
    DurationSeconds => 3600, WebIdentityToken => $token,
}, 'what stands there when nothing is said');

is_deeply([@{ form('given') }{qw(RoleSessionName DurationSeconds)}],
          ['a_b+c=d,e.f@g-h', 43200],
          'the form has the parameters of the directive');
is(form('shortest')->{DurationSeconds}, 900, 'the shortest time');
is(length form('long')->{WebIdentityToken}, 20000, 'the longest token');

is_deeply([map { $sts{$_}->requests() } qw(missing lines bare longer)], [],
          'a malformed token is not sent');


# the log of this server has the debug level

$t->hides('no secret is in the log', map { "SECRET/$_" } keys %sts);
$t->hides('no session token', $huge, map { "TOKEN/of+$_" } keys %sts);
$t->hides('no token of an identity', $token, $long, 'RENEWED.IDENTITY',
          'STALE.IDENTITY', map { s/([+\/=~])/sprintf '%%%02X', ord $1/ger }
                            $token);

$t->stop();


# all parameters from the environment of the master process; where both are
# set, the parameter is used

my %env = (AWS_ROLE_ARN => "$arn/env", AWS_ROLE_SESSION_NAME => 'of-the-env',
           AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token", AWS_REGION => '',
           AWS_DEFAULT_REGION => 'us-east-1');

$t = S3O::Sources->new()->env(%env);

sts($_) for qw(env over);
source('env', map { $_ => undef } qw(role_arn token_file region));
source('over', session_name => 'of-the-file');
$t->run_sources();

$t->comes_to_sign($_ => 'ASIA' . uc, "$_: signs") for qw(env over);

is_deeply([@{ form('env') }{qw(RoleArn RoleSessionName)}],
          ["$arn/env", 'of-the-env'],
          'the environment is used without a parameter');
is_deeply([@{ form('over') }{qw(RoleArn RoleSessionName)}],
          [$arn, 'of-the-file'], 'a parameter is used before the environment');

$t->done();


sub form {
    my ($name) = @_;

    my ($request) = $sts{$name}->requests();

    return { map { s/%(..)/chr hex $1/ger } map { split /=/, $_, 2 }
             split /&/, $request->{body} };
}
