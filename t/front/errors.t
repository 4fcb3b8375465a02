#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Bad values: each is an error of "nginx -t" that names the directive, the
# value and what is expected.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $t = S3O::Nginx->new();

# directive, the parameters before the bad value, the bad value, what is
# expected

my $modes = 'expected "off", "on", "redirect", "json", "proxy" or a value '
            . 'with variables that yields one of them';
my $second = 'only "redirect" takes a second parameter, a status of 302, '
             . '303 or 307';
my $permanent = 'clients keep a permanent redirect longer than the URL lives, '
                . 'expected 302, 303 or 307';
my $statuses = 'expected a status of 302, 303 or 307';
my $methods = 'expected GET, HEAD, PUT, DELETE or POST';
my $method = 'expected GET, HEAD, PUT, DELETE, POST or a value with variables';
my $expires = 'expected a time from 1s to 7d';
my $window = 'expected "off" or a time from 1s to less than '
             . 's3o_presign_expires';
my $arg = 'the argument authenticates, is a header, or selects another '
          . 'operation (see s3o_presign_multipart and s3o_presign_list)';
my $param = 'the parameter authenticates, is a header, or selects another '
            . 'operation';
my $signed = 'expected a header that reaches the Outpost as the client sent '
             . 'it, or the beginning of names and "*"';
my $header = 'expected the name of a header that nginx and the signature do '
             . 'not set themselves';
my $twice = 'the name is given twice';
my $operation = 'expected "off" alone, or HeadBucket, ListObjects, '
                . 'ListObjectsV2, ListObjectVersions, ListMultipartUploads, '
                . 'GetObjectTagging, PutObjectTagging, DeleteObjectTagging, '
                . 'DeleteObjects, CreateMultipartUpload, UploadPart, '
                . 'CompleteMultipartUpload, AbortMultipartUpload, ListParts';
my $region = 'not a region of a known partition';
my $discard = 'expected "size=" and "time=", once each, the time up to 1h';

my $long = 'k' x 1025;

my @bad = (
    [s3o_presign => 'yes', 'yes', $modes],
    [s3o_presign => 'Redirect', 'Redirect', $modes],
    [s3o_presign => 'redirect302', 'redirect302', $modes],
    [s3o_presign => '""', '', $modes],
    [s3o_presign => '307', '307', $modes],
    [s3o_presign => 'off 307', '307', $second],
    [s3o_presign => 'json 302', '302', $second],
    [s3o_presign => 'proxy on', 'on', $second],
    [s3o_presign => '$arg_mode 302', '302', $second],
    [s3o_presign => 'redirect 301', '301', $permanent],
    [s3o_presign => 'redirect 308', '308', $permanent],
    [s3o_presign => 'redirect 200', '200', $statuses],
    [s3o_presign => 'redirect 304', '304', $statuses],
    [s3o_presign => 'redirect x', 'x', $statuses],
    [s3o_presign => 'redirect ""', '', $statuses],
    [s3o_presign => 'redirect -307', '-307', $statuses],
    [s3o_presign => 'redirect 307307307307307307307',
     '307307307307307307307', $statuses],

    [s3o_presign_region => 'mars-north-1', 'mars-north-1', $region],
    [s3o_presign_region => 'us-west', 'us-west', $region],
    [s3o_presign_region => 'US-WEST-2', 'US-WEST-2', $region],
    [s3o_presign_region => 'us-west-2.evil.example', 'us-west-2.evil.example',
     $region],
    [s3o_presign_region => '""', '', $region],
    [s3o_presign_region => '$arg_region', '$arg_region', $region],

    [s3o_presign_discard => 'on', 'on', $discard],
    [s3o_presign_discard => 'off', 'off', $discard],
    [s3o_presign_discard => 'size=', 'size=', $discard],
    [s3o_presign_discard => 'size=-1', 'size=-1', $discard],
    [s3o_presign_discard => 'size=1x', 'size=1x', $discard],
    [s3o_presign_discard => 'size=1m size=2m', 'size=2m', $discard],
    [s3o_presign_discard => 'time=', 'time=', $discard],
    [s3o_presign_discard => 'time=2h', 'time=2h', $discard],
    [s3o_presign_discard => 'time=3601s', 'time=3601s', $discard],
    [s3o_presign_discard => 'time=-1', 'time=-1', $discard],
    [s3o_presign_discard => 'time=1s time=2s', 'time=2s', $discard],

    [s3o_presign_key => '""', '', 'the object key is empty'],
    [s3o_presign_key => $long, 'k' x 256 . '...',
     'the object key is longer than 1024 bytes'],
    [s3o_presign_key => '"a\\nb"', "a\nb",
     'the object key has a control character'],
    [s3o_presign_key => "\xff", "\xff", 'the object key is not valid UTF-8'],
    [s3o_presign_key => "\xc0\xaf", "\xc0\xaf",
     'the object key is not valid UTF-8'],
    [s3o_presign_key => 'a/../b', 'a/../b',
     'the object key has a segment "." or ".."'],
    [s3o_presign_key => '.', '.', 'the object key has a segment "." or ".."'],

    [s3o_presign_methods => 'PATCH', 'PATCH', $methods],
    [s3o_presign_methods => 'get', 'get', $methods],
    [s3o_presign_methods => 'GET OPTIONS', 'OPTIONS', $methods],
    [s3o_presign_methods => '"GET HEAD"', 'GET HEAD', $methods],
    [s3o_presign_methods => '""', '', $methods],
    [s3o_presign_methods => '$request_method', '$request_method', $methods],
    [s3o_presign_methods => 'GET HEAD GET', 'GET', 'the method is named twice'],

    [s3o_presign_sign_method => 'put', 'put', $method],
    [s3o_presign_sign_method => '""', '', $method],
    [s3o_presign_sign_method => 'OPTIONS', 'OPTIONS', $method],

    [s3o_presign_expires => '0', '0', $expires],
    [s3o_presign_expires => '8d', '8d', $expires],
    [s3o_presign_expires => '604801', '604801', $expires],
    [s3o_presign_expires => '-1', '-1', $expires],
    [s3o_presign_expires => '500ms', '500ms', $expires],
    [s3o_presign_expires => 'never', 'never', $expires],
    [s3o_presign_expires => 'off', 'off', $expires],
    [s3o_presign_expires => '""', '', $expires],
    [s3o_presign_expires => '99999999999999999999', '99999999999999999999',
     $expires],

    [s3o_presign_window => '0', '0', $window],
    [s3o_presign_window => 'on', 'on', $window],
    [s3o_presign_window => '500ms', '500ms', $window],
    [s3o_presign_window => '8d', '8d', $window],
    [s3o_presign_window => '""', '', $window],
    [s3o_presign_window => '$arg_w', '$arg_w', $window],

    (map { [s3o_presign_args => $_, $_, $arg] }
     qw(X-Amz-Signature x-amz-date X-AMZ-ANYTHING AWSAccessKeyId Signature
        Expires signature uploads uploadId tagging acl delete list-type
        versions policy restore select)),
    [s3o_presign_args => '""', '', $arg],
    [s3o_presign_args => 'a b a', 'a', $twice],

    (map { [s3o_presign_param => "$_ x", $_, $param] }
     qw(X-Amz-Expires x-amz-security-token Expires uploadId tagging
        list-type)),
    [s3o_presign_param => '"" x', '', $param],

    (map { [s3o_presign_signed_headers => $_, lc $_, $signed] }
     qw(Host Authorization x-amz-date X-Amz-Content-Sha256
        x-amz-security-token x-amz-region-set Connection TE User-Agent
        Transfer-Encoding Expect Date * a:b a*b)),
    (map { [s3o_presign_signed_headers => $_, $_, 'headers that open other '
            . 'objects, or that hold secrets, are named one by one, without '
            . '"*"'] }
     qw(x-amz-acl* x-amz-copy-source* x-amz-copy-source-* x-amz-grant-*
        x-amz-grant-read* cookie*)),
    [s3o_presign_signed_headers => '"a b"', 'a b', $signed],
    [s3o_presign_signed_headers => '""', '', $signed],
    [s3o_presign_signed_headers => 'Content-Type content-type',
     'content-type', $twice],

    (map { [s3o_presign_header => "$_ x", $_, $header] }
     qw(Host Authorization x-amz-date X-Amz-Security-Token Connection
        Transfer-Encoding x-amz-meta-* a:b)),
    [s3o_presign_header => '"" x', '', $header],
    [s3o_presign_header => 'Content-Length 1k', '1k',
     'a length is a number of bytes'],
    [s3o_presign_header => 'x-amz-meta-a "b\\nc"', "b\nc",
     'a header cannot have control characters'],

    (map { [s3o_presign_operations => "GetObjectTagging $_", $_, $operation] }
     'GetObjectAcl', 'headbucket', 'off', '*', '$arg_a'),
    [s3o_presign_operations => '""', '', $operation],
    (map { [s3o_presign_operations => $_, $_,
            '"s3o_presign_methods" allows methods on objects'] }
     qw(GetObject HeadObject PutObject DeleteObject)),
    (map { [s3o_presign_operations => $_, $_,
            '"s3o_presign_copy" allows copies'] }
     qw(CopyObject UploadPartCopy)),
    [s3o_presign_operations => 'ListParts ListParts', 'ListParts',
     'the operation is named twice'],

    [s3o_presign_payload => 'none', 'none', undef],
    [s3o_presign_payload => '""', '', undef],
);

for my $case (@bad) {
    my ($name, $args, $value, $expected) = @$case;
    my $message = qq{"$name" directive has invalid value "$value": }
                  . ($expected // 'expected ');

    refused("$name $args", defined $expected ? $message : qr/^\Q$message\E/);
}

# nginx itself checks flags, and words the message

for my $name (qw(s3o_presign_multipart s3o_presign_list)) {
    refused("$name $_", qq{invalid value "$_" in "$name" directive, it must }
                        . 'be "on" or "off"') for qw(yes 1 $arg_a);
}

# directives that may stand once in a block

my @once = (
    's3o_presign json',
    's3o_presign $arg_mode',
    's3o_presign_access_point ' . ARN,
    's3o_presign_access_point $arg_ap',
    's3o_presign_region us-west-2',
    's3o_presign_endpoint https://example.com',
    's3o_presign_key a',
    's3o_presign_methods GET',
    's3o_presign_sign_method GET',
    's3o_presign_multipart off',
    's3o_presign_list off',
    's3o_presign_operations off',
    's3o_presign_operations ListParts',
    's3o_presign_expires 1h',
    's3o_presign_expires $arg_e',
    's3o_presign_window off',
    's3o_presign_args a',
    's3o_presign_signed_headers a',
    's3o_presign_payload unsigned',
    's3o_presign_discard size=1m',
    's3o_presign_credentials static access_key_id=A secret_access_key=B',
);

for my $line (@once) {
    my ($name) = split / /, $line;

    refused("$line; $line", "\"$name\" directive is duplicate");

    # directives that another one needs stand in the outer block

    my @needed = grep { !/^\Q$name\E / }
                 's3o_presign_access_point ' . ARN . ';',
                 's3o_presign_credentials static access_key_id=A '
                 . 'secret_access_key=B;';

    my ($status, $out) = $t->check_http(
        "@needed server { $line; location / { $line; } }");
    is($status, 0, "$line once more in a block inside") or diag($out);
}

# these directives may stand more than once, but with different names

refused('s3o_presign_param versionId a; s3o_presign_param versionId b',
        qq{"s3o_presign_param" directive has invalid value "versionId": }
        . $twice);
refused('s3o_presign_header X-A a; s3o_presign_header x-a b',
        qq{"s3o_presign_header" directive has invalid value "x-a": $twice});

# every name that a client sends is compared with all of these names

for my $list (['s3o_presign_args', 'a'],
              ['s3o_presign_signed_headers', 'x-amz-meta-'],
              ['s3o_presign_copy', 'bucket-'],
              ['s3o_presign_region_set', 'us-west-'],
              ['s3o_presign_param', 'a', ' v'],
              ['s3o_presign_header', 'X-Amz-Meta-', ' v'])
{
    my ($directive, $name, $value) = @$list;

    my $named = sub {
        return join $value ? "; $directive " : ' ',
                    map { $name . $_ . ($value // '') } 1 .. $_[0];
    };

    # the list may be wrong for its place; here only its length counts

    my ($status, $out) = $t->check_location("$directive "
                                            . $named->(128) . ';');

    unlike($out, qr/too many names/, "$directive: 128 of them");

    refused("$directive " . $named->(129),
            qq{"$directive" directive has invalid value "${name}129": too }
            . 'many names: expected at most 128');
}

refused('s3o_presign_credentials assume_role '
        . join(' ', map { "source.a$_=b" } 1 .. 257),
        '"s3o_presign_credentials assume_role" directive has 257 parameters: '
        . 'expected at most 256');

# nginx itself checks the number of parameters, and words the message

refused($_, 'invalid number of arguments in "' . (split / /)[0]
            . '" directive')
    for 's3o_presign', 's3o_presign redirect 307 x', 's3o_presign_expires',
        's3o_presign_expires 1 h', 's3o_presign_methods', 's3o_presign_args',
        's3o_presign_param a', 's3o_presign_param a b c',
        's3o_presign_header a', 's3o_presign_signed_headers',
        's3o_presign_access_point a b', 's3o_presign_credentials',
        's3o_presign_list on off', 's3o_presign_operations';

# unknown variables

refused("$_ \$nothing", 'unknown "nothing" variable')
    for 's3o_presign_access_point', 's3o_presign_key',
        's3o_presign_sign_method', 's3o_presign_expires',
        's3o_presign_param a', 's3o_presign_header a';

# the largest and smallest values that are accepted

accepted($_)
    for 's3o_presign off', 's3o_presign_expires 1', 's3o_presign_expires 1s',
        's3o_presign_expires 7d', 's3o_presign_expires 1w',
        's3o_presign_expires 604800', 's3o_presign_expires "1h 30m"',
        's3o_presign_expires $arg_e', 's3o_presign_expires ${arg_e}m',
        's3o_presign_window off', 's3o_presign_window 1',
        's3o_presign_key ' . substr($long, 1), "s3o_presign_key '\xc3\xa9'",
        's3o_presign_key ..a/.b/c..', 's3o_presign_key /a//b/',
        's3o_presign_methods POST DELETE PUT HEAD GET',
        's3o_presign_region aws-global', 's3o_presign_region eu-north-9',
        's3o_presign_args versionId partNumber response-content-type A a',
        's3o_presign_param partNumber 1', 's3o_presign_param a ""',
        's3o_presign_signed_headers x-amz-acl X-Amz-Copy-Source a* x-amz-*',
        's3o_presign_header X-Amz-Acl private',
        's3o_presign_header x-amz-meta-tab "a\\tb"';

$t->done();


sub refused {
    my ($line, $message) = @_;

    my ($status, $out) = $t->check_location("$line;");
    my ($said) = $out =~ /\[emerg\]\ (?:\d+\#\d+:\ )?
                          (.*?)(?:\ in\ \S+check\.conf:\d+)?\nnginx:/msx;

    # nginx checks variables when it has read the whole configuration

    $said = "no place: $out" if $out !~ /check\.conf:\d+$/m
                                && $out !~ /unknown "nothing"/;
    $line =~ s/(.{60}).*/$1.../s;

    subtest "refused: $line" => sub {
        is($status, 1, 'nginx -t fails');
        ref $message ? like($said, $message, 'the message says why')
                     : is($said, $message, 'the message says why');
    };
}


sub accepted {
    my ($line) = @_;

    my ($status, $out) = $t->check_location("$line;");

    $line =~ s/(.{60}).*/$1.../s;

    is($status, 0, "accepted: $line") or diag($out);
}
