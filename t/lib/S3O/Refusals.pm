package S3O::Refusals;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# An Outpost that answers each request with the error that its key names,
# /form/name, and repeats in it what was signed, in the places and encodings
# that S3 could choose.  It judges no signature: S3O::Outpost does that.
#
#     $t->run_daemon(\&S3O::Refusals::outpost);       # at $t->port(9000)
#     is(faults($t->request(uri => '/plain/chunked/mismatch')), '');
#     is($t->request(uri => '/plain/drip/SlowDown')->{body},
#        body('SlowDown', 'drip'));
#
# The form is how the answer is sent.  "length", "chunked" and "close" say how
# the body ends.  "drip" sends it in pieces.  "early_code" and "late_code" have
# the code before and after a long comment.  "huge" is longer than what the
# module looks at, "coded" is compressed, "broken" ends too early, and "empty"
# has no body.

use strict;
use warnings;

use Exporter qw(import);

use Compress::Zlib ();
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Time::HiRes qw(sleep);

use S3O::HTTP;
use S3O::Judge qw(TOKEN);
use S3O::Outpost::Wire qw(read_head read_body);

our @EXPORT_OK = qw(%refusal %error told faults body);

# name => [status, code, the elements after the code]; A and T stand for the
# Authorization header and the token of the request, R for the whole request,
# S and U for the signature in lower and upper case, P and N for the token as
# in a URL and in references of XML

our %refusal = (
    mismatch  => [403, 'SignatureDoesNotMatch',
                  '<StringToSign>R</StringToSign>'
                  . '<CanonicalRequest>R</CanonicalRequest>'],
    expired   => [400, 'ExpiredToken', '<Token-0>T</Token-0>'],
    invalid   => [400, 'InvalidToken', '<Token-0>T</Token-0>'],
    refresh   => [400, 'TokenRefreshRequired', ''],
    skewed    => [403, 'RequestTimeTooSkewed', ''],
    unknown   => [403, 'InvalidAccessKeyId', '<AWSAccessKeyId>AKID'
                  . '</AWSAccessKeyId>'],
    malformed => [400, 'AuthorizationHeaderMalformed', ''],
    denied    => [403, 'AccessDenied', '<Header>A</Header>'],
    argument  => [400, 'InvalidArgument', '<ArgumentValue>A</ArgumentValue>'],
    no_code   => [403, '', '<html>T</html>'],
    odd_code  => [403, 'No-such code!', '<a>T</a>'],
    no_body   => [401, 'Unauthorized', '<a>T</a>'],
    signature => [403, 'Foo', '<SignatureProvided>S</SignatureProvided>'],
    upper     => [403, 'Foo', '<SignatureProvided>U</SignatureProvided>'],
    percent   => [400, 'Foo', '<Token-0>P</Token-0>'],
    numbers   => [400, 'Foo', '<Token-0>N</Token-0>'],

    # errors that are withheld because of their code alone

    not_ours  => [403, 'SignatureDoesNotMatch', ''],
    ended     => [400, 'ExpiredToken', ''],
    wrong     => [400, 'InvalidToken', ''],
    insecure  => [403, 'InvalidSecurity', ''],
);

# name => status of an ordinary error

our %error = (
    NoSuchKey          => 404,
    NoSuchUpload       => 404,
    EntityTooLarge     => 400,
    SlowDown           => 503,
    AccessDenied       => 403,
    PreconditionFailed => 412,
    InvalidPart        => 400,
    InvalidRange       => 416,
    InternalError      => 500,
    KeyTooLongError    => 400,
);


# tells whether a text has the signature or the token

sub told {
    my ($text) = @_;

    my $token = TOKEN;
    my $core = substr $token, 10, 40;

    return 1 if index($text, $core) >= 0
                || index($text, encode_base64($core, '')) >= 0
                || index($text, unpack 'H*', $core) >= 0
                || $text =~ /Signature=[0-9a-f]{64}|AWS4-HMAC-SHA256/;
    return 0;
}


# returns the faults of an answer that replaces a refusal

sub faults {
    my ($r) = @_;

    return 'no answer' unless $r;

    # our page has the code

    my ($id) = $r->{body} =~ m{<RequestId>(\w{32})</RequestId></Error>\z};

    my $all = join '', map { "$_->[0]: $_->[1]\n" }
                       grep { "@$_" ne 'x-amz-request-id ' . ($id // '') }
                       @{ $r->{header_list} // [] };
    my @faults;

    push @faults, 'it tells' if told($all . $r->{body});
    push @faults, 'a body of the Outpost'
        if $r->{body} =~ s{<Error><Code>(?:ServiceUnavailable|AccessDenied|
                                          Invalid(?:Argument|Request)|
                                          EntityTooLarge)</Code>
                           <Message>[^<]+</Message><Resource>/[\w/]+</Resource>
                           <RequestId>\w{32}</RequestId></Error>\z}{}xr
           =~ /<(?:Error|Code)>/;

    push @faults, 'a header of the Outpost'
        if $all =~ /^x-amz-/mi && $r->{body} ne '';

    return join ', ', @faults;
}


# returns the body of an ordinary error

sub body {
    my ($code, $form) = @_;

    return '' if $form eq 'empty';

    my $text = "<Code>$code</Code><Message>m</Message><RequestId>1"
               . '</RequestId>';

    return xml($text, $form);
}


sub xml {
    my ($text, $form) = @_;

    my $filler = '<!-- ' . '.' x 20000 . ' -->';
    my $body = qq{<?xml version="1.0" encoding="UTF-8"?>\n<Error>}
               . ($form eq 'late_code' ? $filler : '') . $text
               . ($form eq 'early_code' ? $filler : '') . '</Error>';

    $body .= '<!-- ' . 'x' x 100000 . ' -->' if $form eq 'huge';
    $body = Compress::Zlib::memGzip($body) if $form eq 'coded';

    return $body;
}


# an Outpost that answers as the key says: /form/name

sub outpost {
    my ($t) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64,
        LocalPort => $t->port(9000), ReuseAddr => 1) or die "listen: $@\n";

    $SIG{CHLD} = 'IGNORE';

    while (my $socket = $listen->accept()) {
        next if fork;

        my $c = S3O::HTTP->from_socket($socket, timeout => 10);
        my $r = read_head($c);

        if ($r) {
            read_body($c, $r);
            answer($c, $r);
        }

        $c->close();
        POSIX::_exit(0);
    }
}


sub answer {
    my ($c, $r) = @_;

    my ($form, $name) = $r->{target} =~ m{^/(\w+)/(\w+)};
    my ($status, $body) = ($error{$name});

    if ($refusal{$name}) {
        ($status, my $code, my $rest) = @{ $refusal{$name} };

        my %echo = (A => $r->{header}{authorization}, R => $r->{raw_head},
                    T => $r->{header}{'x-amz-security-token'});

        ($echo{S}) = $echo{A} =~ /Signature=(\w+)/;
        $echo{U} = uc $echo{S};
        $echo{P} = $echo{T} =~ s/([^\w.~-])/sprintf '%%%02X', ord $1/ger;
        $echo{N} = join '', map { sprintf '&#x%x;', ord } split //, $echo{T};

        $rest =~ s/>([ARTSUPN])</>$echo{$1}</g;
        $body = xml((length $code ? "<Code>$code</Code>" : '') . $rest, $form);

    } else {
        $body = body($name, $form);
    }

    my $head = "HTTP/1.1 $status Whatever\r\nx-amz-request-id: 4442587FB7D0A2F9"
               . "\r\nContent-Type: application/xml\r\nConnection: close\r\n";

    $head .= "Content-Encoding: gzip\r\n" if $form eq 'coded';

    if ($form eq 'chunked') {
        my @parts = unpack '(a50)*', $body;
        $body = join '', map({ sprintf "%x\r\n%s\r\n", length, $_ } @parts),
                         "0\r\n\r\n";
        $head .= "Transfer-Encoding: chunked\r\n";

    } elsif ($form ne 'close') {
        $head .= 'Content-Length: '
                 . (length($body) + ($form eq 'broken' ? 10 : 0)) . "\r\n";
    }

    $head .= "\r\n";
    $body = '' if $r->{method} eq 'HEAD';

    if ($form ne 'drip') {
        $c->write($head . $body);
        return;
    }

    my $step = int(length("$head$body") / 12) + 1;

    for my $piece (unpack "(a$step)*", $head . $body) {
        $c->write($piece);
        sleep 0.002;
    }
}


1;
