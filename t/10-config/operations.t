#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Every object operation of S3 on Outposts against every setting of
# s3o_presign_methods, s3o_presign_multipart and s3o_presign_list: which are
# signed, and as what, which are 400 and which 405.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN SECRET_KEY parse_url own_query is_signed);

my $t = S3O::Nginx->new(log_level => 'info');

my @methods = ('', 'GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PUT DELETE POST',
               'GET HEAD PUT DELETE POST');

# [operation, method, URI, kind, headers].  An "object" operation is signed
# where its method is allowed; a "step" where multipart is on; a "list" where
# listing is on; "other" operations and those without a key never.

my $copy = ['x-amz-copy-source' => '/bucket/key'];

my @operations = (
    ['GetObject',               'GET',    'k',                    'object'],
    ['HeadObject',              'HEAD',   'k',                    'object'],
    ['PutObject',               'PUT',    'k',                    'object'],
    ['DeleteObject',            'DELETE', 'k',                    'object'],
    ['POST of an object',       'POST',   'k',                    'object'],

    ['CreateMultipartUpload',   'POST',   'k?uploads',            'step'],
    ['UploadPart',              'PUT',    'k?partNumber=7&uploadId=ID',
                                                                  'step'],
    ['CompleteMultipartUpload', 'POST',   'k?uploadId=ID',        'step'],
    ['AbortMultipartUpload',    'DELETE', 'k?uploadId=ID',        'step'],
    ['ListParts',               'GET',    'k?uploadId=ID',        'step'],

    ['ListObjectsV2',           'GET',    '?list-type=2',         'list'],

    ['GetObject, a version',    'GET',    'k?versionId=v',        'other'],
    ['HeadObject, a version',   'HEAD',   'k?versionId=v',        'other'],
    ['DeleteObject, a version', 'DELETE', 'k?versionId=v',        'other'],
    ['GetObjectTagging',        'GET',    'k?tagging',            'other'],
    ['PutObjectTagging',        'PUT',    'k?tagging',            'other'],
    ['DeleteObjectTagging',     'DELETE', 'k?tagging',            'other'],
    ['DeleteObjects',           'POST',   '?delete',              'other'],
    ['DeleteObjects and a key', 'POST',   'k?delete',             'other'],
    ['ListObjectVersions',      'GET',    '?versions',            'other'],
    ['GetObjectAcl',            'GET',    'k?acl',                'other'],
    ['PutObjectAcl',            'PUT',    'k?acl=',               'other'],
    ['GetBucketLocation',       'GET',    '?location',            'other'],
    ['RestoreObject',           'POST',   'k?restore',            'other'],
    ['SelectObjectContent',     'POST',   'k?select&select-type=2', 'other'],
    ['GetObjectAttributes',     'GET',    'k?attributes',         'other'],
    ['RenameObject',            'PUT',    'k?renameObject',       'other'],

    ['GetObject, a part',       'GET',    'k?partNumber=1',       'half-step'],
    ['PutObject, a part',       'PUT',    'k?partNumber=1',       'half-step'],
    ['PutObject, an upload',    'PUT',    'k?uploadId=ID',        'half-step'],
    ['HeadObject, an upload',   'HEAD',   'k?uploadId=ID',        'half-step'],
    ['ListMultipartUploads',    'GET',    '?uploads',             'half-step'],
    ['DELETE of uploads',       'DELETE', 'k?uploads',            'half-step'],

    ['a listing below a key',   'GET',    'k?list-type=2',        'half-list'],
    ['HEAD of a listing',       'HEAD',   '?list-type=2',         'half-list'],
    ['ListObjects, as V1',      'GET',    '?list-type=1',         'half-list'],

    ['ListObjects',             'GET',    '',                     'no key'],
    ['HeadBucket',              'HEAD',   '',                     'no key'],
    ['CreateBucket',            'PUT',    '',                     'no key'],
    ['DeleteBucket',            'DELETE', '',                     'no key'],
    ['browser form upload',     'POST',   '',                     'no key'],
    ['ListObjects, a prefix',   'GET',    '?prefix=a',            'no key'],

    ['CopyObject',              'PUT',    'k',                    'header',
                                                                  $copy],
    ['UploadPartCopy',          'PUT',    'k?partNumber=7&uploadId=ID',
                                                                  'copy part',
                                                                  $copy],

    ['OPTIONS',                 'OPTIONS', 'k',                   'never'],
    ['PATCH',                   'PATCH',  'k',                    'never'],
    ['PROPFIND',                'PROPFIND', 'k',                  'never'],
    ['an unknown method',       'GETT',   'k',                    'never'],
    ['OPTIONS of a step',       'OPTIONS', 'k?uploads',           'never'],
    ['PATCH of a step',         'PATCH',  'k?uploadId=ID',        'never'],
    ['OPTIONS of a listing',    'OPTIONS', '?list-type=2',        'never'],
);

my ($locations, @places);

for my $methods (@methods) {
    for my $flags (0 .. 3) {
        my $id = 'p' . @places;
        my $allowed = $methods || 'GET HEAD';
        my $multipart = $flags & 1 ? 'on' : 'off';
        my $list = $flags & 2 ? 'on' : 'off';

        push @places, [$id, $allowed, $multipart, $list];

        # unset is the same as the default

        $locations .= "location /$id/ {\n"
                      . ($methods ? "s3o_presign_methods $methods;\n" : '')
                      . ($flags ? "s3o_presign_multipart $multipart;\n"
                                  . "s3o_presign_list $list;\n" : '')
                      . "}\n";
    }
}

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    keepalive_requests  100000;

    server {
        listen                    127.0.0.1:%%PORT_8080%%;
        server_name               localhost;

        client_max_body_size      0;

        s3o_presign               redirect;
        s3o_presign_access_point  @{[ ARN ]};
        s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                                  secret_access_key=@{[ SECRET_KEY ]};

        $locations
    }
}

EOC

my $c = $t->connect();

for my $place (@places) {
    my ($id, $allowed, $multipart, $list) = @$place;
    my (@wrong, %seen);

    for my $operation (@operations) {
        my ($name, $method, $uri, $kind, $headers) = @$operation;

        my $expected = expected($method, $kind, $allowed, $multipart, $list);
        my $answer = answer($id, $method, $uri, $headers, $allowed);

        $seen{$answer}++;
        push @wrong, "$name is $answer, not $expected"
            if $answer ne $expected;
    }

    is(join("\n", @wrong), '',
       "methods $allowed, multipart $multipart, list $list");
    is($seen{signed} // 0,
       (split / /, $allowed) + 5 * ($multipart eq 'on') + ($list eq 'on'),
       'and no more than that is signed');
}


# said once more, as it is the worst that could go wrong

for my $place (grep { $_->[1] =~ /DELETE/ && $_->[2] eq 'off' } @places) {
    my $r = request($place->[0], 'DELETE', 'k?uploadId=ID');

    is($r->{status}, 400, 'an abort is never a DELETE: ' . $place->[1]);
    is($r->{headers}{location}, undef, 'nothing is signed');
}

for my $place (grep { $_->[1] eq 'PUT' && $_->[2] eq 'off' } @places) {
    is(request($place->[0], 'PUT', 'k?partNumber=1&uploadId=ID')->{status},
       400, 'a part is never a PUT of the object');
}

$c->close();
$t->done();


sub expected {
    my ($method, $kind, $allowed, $multipart, $list) = @_;

    my $has_method = grep { $_ eq $method } split / /, $allowed;
    my ($steps, $lists) = ($multipart eq 'on', $list eq 'on');

    return $has_method ? 'signed' : 405 if $kind eq 'object';

    # where steps or listings are known, a half of one is a bad request,
    # whatever its method

    return 'signed' if $kind eq 'step' && $steps;
    return 'signed' if $kind eq 'list' && $lists;
    return 400 if $kind eq 'half-step' && $steps;
    return 400 if $kind eq 'half-list' && $lists;
    return 400 if $kind eq 'copy part' && $steps;

    return $has_method ? 400 : 405;
}


# "signed" when it is the URL of exactly this operation, or the status, when
# the answer is as it has to be, or words on what is wrong with it

sub answer {
    my ($id, $method, $uri, $headers, $allowed) = @_;

    my $r = request($id, $method, $uri, $headers);
    my $location = $r->{headers}{location}[0];

    if ($r->{status} == 307) {
        my $u = parse_url($location);
        my (undef, $query) = split /\?/, $uri;
        my $own = join '&', map { /=/ ? $_ : "$_=" } split /&/, $query // '';

        return "signed for $u->{path}"
            if $u->{path} ne ($uri =~ /^k/ ? '/k' : '/');
        return 'signed with ' . own_query($u) if own_query($u) ne $own;
        return 'signed wrongly' unless is_signed($u, method => $method);

        return 'signed';
    }

    return "$r->{status} and signed" if $r->{raw} =~ /X-Amz-/;

    my $allow = $r->{headers}{allow}[0];

    return "$r->{status} with $allow" if defined $allow && $r->{status} != 405;
    return "405 with " . ($allow // 'no Allow')
        if $r->{status} == 405
           && ($allow // '') ne join ', ', split / /, $allowed;

    return $r->{status};
}


sub request {
    my ($id, $method, $uri, $headers) = @_;

    my %o = (method => $method, uri => "/$id/$uri", headers => $headers // []);
    my $r = $c->request(%o);

    # nginx closes the connection of some refusals

    if (!$r || ($r->{headers}{connection}[0] // '') eq 'close') {
        $c->close();
        $c = $t->connect();
    }

    return $r // $c->request(%o);
}
