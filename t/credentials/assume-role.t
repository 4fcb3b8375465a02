#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# AssumeRole: the request is signed with the credentials of another source, of
# each kind; parameters that begin with "source." are for that source.

use strict;
use warnings;

use Test::More;

use S3O::Fake::Container;
use S3O::Fake::Imds;
use S3O::Fake::Json qw(credentials);
use S3O::Fake::Sts;
use S3O::Process qw(wait_until);
use S3O::Sources;
use S3O::TLS;

my $arn = 'arn:aws:iam::123456789012:role/service-role/web';
my $secret = 'INNER/SECRET+of=all';
my $inner_token = 'INNER/TOKEN+of==all';
my $tls = S3O::TLS->new();
my $pair = $tls->cert('localhost');
my $t = S3O::Sources->new()->has('faketime')->still();
my $dir = $t->testdir();
my %sts;

sub set_of {
    my ($name) = @_;

    return (AccessKeyId => 'ASIA' . uc $name, SecretAccessKey => "SECRET/$name",
            SessionToken => "TOKEN/of+$name==");
}

# an STS for each source, which knows one key: "AKID" and the name of the
# source

sub sts {
    my ($name, %o) = @_;

    my $key = { secret_key => $secret, session_token => $o{token} };

    $sts{$name} = S3O::Fake::Sts->new(tls => $pair, name => 'localhost',
                                      region => $o{region} // 'us-west-2')
                  ->start();

    return $sts{$name}->set(keys => { 'AKID' . uc $name => $key },
                            set => { set_of($name) }, %o);
}

sub role {
    my ($name, $inner, %o) = @_;

    my %param = (
        role_arn            => $arn,
        region              => 'us-west-2',
        trusted_certificate => $tls->ca_file(),
        sts_endpoint        => 'https://localhost:' . $sts{$name}->port(),
        %o,
    );

    return join ' ', 'assume_role', "source=$inner",
                     map { "$_=$param{$_}" }
                     grep { defined $param{$_} } sort keys %param;
}

sub static {
    my ($name) = @_;

    return 'static source.access_key_id=AKID' . uc($name)
           . " source.secret_access_key=$secret";
}


# the forms that STS gets

sts('plain');
$t->source(plain => role('plain', static('plain')));

sts('token', token => $inner_token);
$t->source(token => role('token', static('token')
                                  . " source.session_token=$inner_token"));

sts('given', external_id => 'a/b:1+=,@', region => 'eu-central-1');
$t->source(given => role('given', static('given'), session_name => 'x@y',
                         external_id => 'a/b:1+=,@',
                         duration => '900s', region => 'eu-central-1'));


my $policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
             . '"Action": "s3-outposts:Get*", "Resource": "*"}]}';
my $managed = 'arn:aws:iam::123456789012:policy/path/x+=,.@-';
my $umlaut = "\xc3\xbc";

sts('narrow');
$t->source(narrow => role('narrow', static('narrow'))
           . " 'policy=$policy' policy_arn=$managed tag=team=a/b=c "
           . 'policy_arn=arn:aws:iam::aws:policy/ReadOnlyAccess '
           . "'transitive_tag=cost center=$umlaut 1' tag=empty= "
           . 'transitive_tag=' . 'k' x 128 . '=' . $umlaut x 256);


# each kind of source

$t->write_file('ini', "[web]\naws_access_key_id = AKIDFILE\n"
                      . "aws_secret_access_key = $secret\n", 0600);
sts('file');
$t->source(file => role('file', "file source.path=$dir/ini "
                                . 'source.profile=web'));

sts('env', token => $inner_token);
$t->source(env => role('env', 'env'));
$t->env(AWS_ACCESS_KEY_ID => 'AKIDENV', AWS_SECRET_ACCESS_KEY => $secret,
        AWS_SESSION_TOKEN => $inner_token);

sts('default', token => $inner_token)
    ->set(keys => { AKIDENV => { secret_key => $secret,
                                 session_token => $inner_token } });
$t->source(default => role('default', 'default'));

my $imds = S3O::Fake::Imds->new()->start();
my $agent = S3O::Fake::Container->new()->start();

$imds->role(web => { AccessKeyId => 'AKIDIMDS', SecretAccessKey => $secret,
                     Token => $inner_token });
sts('imds', token => $inner_token);
$t->source(imds => role('imds', 'imds source.role=web source.endpoint='
                                . $imds->url()));

$agent->set('/x' => { AccessKeyId => 'AKIDCONTAINER',
                      SecretAccessKey => $secret, Token => $inner_token });
sts('container', token => $inner_token);
$t->source(container => role('container', 'container source.uri='
                                          . $agent->url('/x')));

$t->write_file('token', 'IDENTITY', 0644);
sts('web');
sts('identity')->set(web_identity_token => 'IDENTITY',
                     set => { AccessKeyId => 'AKIDWEB',
                              SecretAccessKey => $secret,
                              SessionToken => $inner_token });
$sts{web}->set(keys => { AKIDWEB => { secret_key => $secret,
                                      session_token => $inner_token } });
$t->source(web => role('web', 'web_identity source.region=us-west-2 '
    . "source.role_arn=$arn source.token_file=$dir/token "
    . 'source.trusted_certificate=' . $tls->ca_file()
    . ' source.sts_endpoint=https://localhost:' . $sts{identity}->port()));


# the source is the same as one that a location uses

sts('shared', token => $inner_token);
$agent->set('/shared' => { AccessKeyId => 'AKIDSHARED',
                           SecretAccessKey => $secret,
                           Token => $inner_token });
$t->source(itself => 'container uri=' . $agent->url('/shared'));
$t->source(shared => role('shared', 'container source.uri='
                                    . $agent->url('/shared')));

my @good = grep { $_ ne 'itself' } $t->names();


# roles that get no credentials: [name, reason]

my @bad = (
    ['secret', 'STS answers 403 "SignatureDoesNotMatch"'],
    ['unknown', 'STS answers 403 "InvalidAccessKeyId"'],
    ['external', 'STS answers 403 "AccessDenied"'],
    ['region', 'STS answers 400 "AuthorizationHeaderMalformed"'],
    ['ended', 'the source that assumes the role has no credentials'],
);

sts('secret')->set(keys => { AKIDSECRET => { secret_key => 'another' } });
sts('unknown')->set(keys => {});
sts('external', external_id => 'this');
sts('region', region => 'us-east-2');
sts('ended');

$t->source($_->[0] => role($_->[0], static($_->[0]),
                           $_->[0] eq 'external' ? (external_id => 'that')
                                                 : ()))
    for @bad[0 .. 3];
$t->source(ended => role('ended', static('ended')
                                  . ' source.expires=2020-01-01T00:00:00Z'));

# roles whose source has no credentials yet

sts('late', token => $inner_token);
$t->source(late => role('late', 'container source.uri='
                                . $agent->url('/late')));


$t->run_sources();

# a role that waits for its source checks twice a second

ok(sources(4), 'the sources of roles');
$t->pass(0.5);

for my $name (@good) {
    my %set = set_of($name);

    $t->comes_to_sign($name, { access_key => $set{AccessKeyId},
                               secret_key => $set{SecretAccessKey},
                               session_token => $set{SessionToken} },
                      "$name: signs");
}

$t->signs(itself => { access_key => 'AKIDSHARED', secret_key => $secret,
                      session_token => $inner_token },
          'the source of a role signs for its own location');

for my $case (@bad) {
    my ($name, $reason) = @$case;

    is($t->wait_for_error(from => 'localhost:' . $sts{$name}->port()), $reason,
       "$name: $reason");
}

is_deeply([$sts{ended}->requests()], [],
          'a set that has ended signs no request to STS');


# a role waits for its source without a line in the log

is($t->wait_for_error(source => 'container'), 'the service answers 404',
   'the source of a role has no set');
is_deeply([$t->fetch_errors(from => 'localhost:' . $sts{late}->port())], [],
          'the log has a line of the source, and none of the role');
is_deeply([$sts{late}->requests()], [], 'STS is not asked');

$agent->set('/late' => { AccessKeyId => 'AKIDLATE', SecretAccessKey => $secret,
                         Token => $inner_token });
$t->pass(2);
ok(sources(5), 'the source of the role has a set');
$t->pass(0.5);
$t->comes_to_sign(late => 'ASIALATE', 'it comes after its source');

$t->one_line_each('there is one error line for each fetch that failed');


# the requests to STS

my ($r) = $sts{plain}->requests();

is_deeply([sort map { lc $_->[0] } @{ $r->{headers} }],
          [qw(accept authorization connection content-length content-type host
              user-agent x-amz-date)], 'the headers of a request to STS');
is($r->{signed_headers}, 'content-type;host;x-amz-date',
   'the signed headers');
is_deeply(form('plain'), {
    Action => 'AssumeRole', Version => '2011-06-15', RoleArn => $arn,
    RoleSessionName => 'nginx-s3o-presign', DurationSeconds => 3600,
}, 'what stands in the form when nothing is said');

($r) = $sts{token}->requests();
is($r->{signed_headers}, 'content-type;host;x-amz-date;x-amz-security-token',
   'a session token is signed, too');

is_deeply([@{ form('given') }{qw(RoleSessionName ExternalId
                                 DurationSeconds)}],
          ['x@y', 'a/b:1+=,@', 900],
          'the form has the parameters of the directive');
is_deeply(form('narrow'), {
    %{ form('plain') }, Policy => $policy,
    'PolicyArns.member.1.arn' => $managed,
    'PolicyArns.member.2.arn' => 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'Tags.member.1.Key' => 'team', 'Tags.member.1.Value' => 'a/b=c',
    'Tags.member.2.Key' => 'cost center',
    'Tags.member.2.Value' => "$umlaut 1",
    'Tags.member.3.Key' => 'empty', 'Tags.member.3.Value' => '',
    'Tags.member.4.Key' => 'k' x 128, 'Tags.member.4.Value' => $umlaut x 256,
    'TransitiveTagKeys.member.1' => 'cost center',
    'TransitiveTagKeys.member.2' => 'k' x 128,
}, 'policies and tags of a session');

is(scalar(grep { $_->{target} eq '/shared' } $agent->requests()), 1,
   'a source that two roles need is fetched once');
is_deeply([grep { !$_->{verified} } map { $sts{$_}->requests() } @good], [],
          'STS accepted each signature');


# the log of this server has the debug level

my @signatures = map { ($_->{header}{authorization} // '')
                       =~ /Signature=(\w+)/ ? $1 : () }
                 map { $_->requests() } values %sts;

cmp_ok(scalar @signatures, '>', 10, 'there were signatures');
$t->hides('none of them is in the log', @signatures);
$t->hides('no secret', $secret, map { "SECRET/$_" } keys %sts);
$t->hides('no token', $inner_token, map { "TOKEN/of+$_" } keys %sts);

$t->done();


# counts the sources that ask a service themselves and have credentials

sub sources {
    my ($n) = @_;

    return wait_until(sub {
        $n == grep { $_->{source} =~ /^(?:imds|container|web_identity)$/
                     && $_->{state} eq 'valid' } $t->states();
    });
}


sub form {
    my ($name) = @_;

    my ($request) = $sts{$name}->requests();

    return { map { s/%(..)/chr hex $1/ger } map { split /=/, $_, 2 }
             split /&/, $request->{body} };
}
