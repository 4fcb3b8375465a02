package S3O::Fake::Sts;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The Security Token Service: AssumeRoleWithWebIdentity, and AssumeRole with
# its signature verified.
#
#     my $sts = S3O::Fake::Sts->new(tls => $pair, region => 'us-west-2',
#         name => 'sts.us-west-2.amazonaws.com')->start();
#     $sts->set(web_identity_token => 'abc',
#               keys => { AKID => { secret_key => '...' } },
#               role => 'arn:aws:iam::123456789012:role/web',
#               now => seconds, date => what "Date" says,
#               set => { AccessKeyId => 'ASIA1', SessionToken => undef });
#
# Elements of a set that are not given have default values; undef leaves one
# out.

use strict;
use warnings;

use parent qw(S3O::Fake);

use Digest::SHA qw(sha256_hex);
use List::Util qw(shuffle);

use S3O::Fake::Json qw(iso);
use S3O::SigV4::Verify;

use constant XMLNS => 'https://sts.amazonaws.com/doc/2011-06-15/';

my %known = map { $_ => 1 } qw(Action Version RoleArn RoleSessionName
    DurationSeconds WebIdentityToken ExternalId Policy PolicyArns.arn
    Tags.Key Tags.Value TransitiveTagKeys);


# What follows runs in the processes of the server.


sub answer {
    my ($self, $r) = @_;

    my $answer = eval { $self->_answer($r) } // $self->_error($r, $@);

    push @{ $answer->{headers} }, 'Date', $self->get('date')
        if defined $self->get('date');

    return $answer;
}


# messages of the real service quote parts of the request, too

sub _error {
    my ($self, $r, $error) = @_;

    die $error unless ref $error;

    my ($status, $code, $message) = @$error;

    return xml($status, 'ErrorResponse', 'Error',
               [Type => 'Sender'], [Code => $code],
               [Message => $message // "$code <$r->{body}>"]);
}


sub _answer {
    my ($self, $r) = @_;

    my $h = $r->{header};

    die [404, 'NotFound'] if $r->{method} ne 'POST' || $r->{target} ne '/';
    die [400, 'WrongContentType']
        if ($h->{'content-type'} // '') ne 'application/x-www-form-urlencoded';
    die [421, 'WrongHost'] if defined $self->{name}
        && ($h->{host} // '') !~ /\A\Q$self->{name}\E(?::[0-9]+)?\z/;

    my $form = _form($r->{body});

    die [400, 'InvalidAction'] if $form->{Version} ne '2011-06-15';

    _check($form);

    die [403, 'AccessDenied', 'Not authorized to perform ' . $form->{Action}]
        if defined $self->get('role') && $form->{RoleArn} ne $self->get('role');

    return $self->_web_identity($r, $form)
        if $form->{Action} eq 'AssumeRoleWithWebIdentity';
    return $self->_assume_role($r, $form) if $form->{Action} eq 'AssumeRole';

    die [400, 'InvalidAction'];
}


# strict: no field twice, no unknown field, and only the right encoding

sub _form {
    my ($body) = @_;

    my %form;

    for my $field (split /&/, $body, -1) {
        my ($name, $value) = $field =~
            /\A([\w.]+)=((?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})*)\z/
            or die [400, 'MalformedInput'];

        my $plain = $name =~ s/\.member\.[1-9][0-9]*(?=\.|\z)//r;

        die [400, 'MalformedInput'] if !$known{$plain} || exists $form{$name};
        $form{$name} = $value =~ s/%(..)/chr hex $1/ger;
    }

    for my $name (qw(Action Version RoleArn RoleSessionName)) {
        die [400, 'MissingParameter', "$name is missing"]
            unless length($form{$name} // '');
    }

    return \%form;
}


sub _check {
    my ($form) = @_;

    my $seconds = $form->{DurationSeconds} // 3600;

    die [400, 'ValidationError', 'RoleArn']
        if $form->{RoleArn} !~ m{\Aarn:aws[\w-]*:iam::\d{12}:role/\S+\z};
    die [400, 'ValidationError', 'RoleSessionName']
        if $form->{RoleSessionName} !~ /\A[\w+=,.\@-]{2,64}\z/;
    die [400, 'ValidationError', 'DurationSeconds']
        if $seconds !~ /\A[0-9]{3,5}\z/ || $seconds < 900 || $seconds > 43200;
}


sub _web_identity {
    my ($self, $r, $form) = @_;

    my $token = $form->{WebIdentityToken};

    # this action is not signed, and fields of the other one are an error

    die [400, 'Signed'] if defined $r->{header}{authorization}
                           || defined $r->{header}{'x-amz-security-token'};
    die [400, 'UnknownParameter'] if exists $form->{ExternalId};
    die [400, 'InvalidIdentityToken'] unless length($token // '') >= 4;
    die [400, 'InvalidIdentityToken', "No OpenIDConnect provider: $token"]
        if $token ne ($self->get('web_identity_token') // '');

    return $self->_credentials($form,
                               [SubjectFromWebIdentityToken => 'system:x'],
                               [Audience => 'sts.amazonaws.com'],
                               [Provider => 'arn:aws:iam::1:oidc-provider/x']);
}


sub _assume_role {
    my ($self, $r, $form) = @_;

    die [400, 'UnknownParameter'] if exists $form->{WebIdentityToken};

    my $v = S3O::SigV4::Verify::verify(
        method => $r->{method}, target => $r->{target},
        headers => $r->{headers}, credentials => $self->get('keys') // {},
        region => $self->{region} // 'us-west-2', service => 'sts',
        now => $self->get('now'), content_sha256 => 0,
        body_sha256 => sha256_hex($r->{body}));

    $r->{verified} = $v->{ok} ? 1 : 0;
    $r->{access_key} = $v->{access_key};
    $r->{signed_headers} = $v->{signed_headers};

    die [$v->{status}, $v->{code}, $v->{message}] unless $v->{ok};
    die [403, 'AccessDenied', 'the form of the signature']
        if $v->{form} ne 'header';
    die [403, 'AccessDenied', 'ExternalId']
        if ($self->get('external_id') // '') ne ($form->{ExternalId} // '');

    return $self->_credentials($form);
}


sub _credentials {
    my ($self, $form, @more) = @_;

    my %set = (
        AccessKeyId     => 'ASIASTSEXAMPLE',
        SecretAccessKey => 'STSSECRET/K7MDENG+bPxRfiCYEXAMPLEKEY',
        SessionToken    => 'STSTOKEN/FwoGZXIvYXdzEJr//////////wEaDA==',
        Expiration      => iso(time + ($form->{DurationSeconds} // 3600)),
        %{ $self->get('set') // {} },
    );

    # the elements come in another order each time

    my @names = grep { defined $set{$_} } shuffle keys %set;

    return xml(200, "$form->{Action}Response", "$form->{Action}Result",
               @more,
               [Credentials => [map { [$_ => $set{$_}] } @names]],
               [AssumedRoleUser =>
                    [[AssumedRoleId => "AROA:$form->{RoleSessionName}"],
                     [Arn => 'arn:aws:sts::123456789012:assumed-role/x']]]);
}


sub xml {
    my ($status, $root, $name, @elements) = @_;

    return { status => $status,
             headers => ['Content-Type', 'text/xml',
                         'x-amzn-RequestId', '01234567-89ab-cdef'],
             body => qq{<$root xmlns="@{[ XMLNS ]}">\n}
                     . _element([$name => [@elements]], '  ')
                     . "  <ResponseMetadata>\n"
                     . "    <RequestId>01234567-89ab-cdef</RequestId>\n"
                     . "  </ResponseMetadata>\n</$root>\n" };
}


sub _element {
    my ($element, $indent) = @_;

    my ($name, $value) = @$element;

    if (ref $value) {
        return "$indent<$name>\n"
               . join('', map { _element($_, "$indent  ") } @$value)
               . "$indent</$name>\n";
    }

    my %entity = ('&' => 'amp', '<' => 'lt', '>' => 'gt');

    $value =~ s/([&<>])/&$entity{$1};/g;

    return "$indent<$name>$value</$name>\n";
}


1;
