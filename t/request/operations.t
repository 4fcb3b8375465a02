#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Every object operation of S3 against every setting of s3o_presign_methods,
# s3o_presign_multipart, s3o_presign_list and s3o_presign_operations: which
# are signed, and which are refused with 400, with 405, or with 501 as S3 on
# Outposts does not have them.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN SECRET_KEY parse_url own_query is_signed);

my $t = S3O::Nginx->new(log_level => 'info');

my @methods = ('', 'GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PUT DELETE POST',
               'GET HEAD PUT DELETE POST');

# the arguments that make a request one of the operations allowed by name

my %selects = (
    CreateMultipartUpload   => 'uploads',
    UploadPart              => 'partNumber uploadId',
    CompleteMultipartUpload => 'uploadId',
    AbortMultipartUpload    => 'uploadId',
    ListParts               => 'uploadId',
    ListObjectsV2           => 'list-type',
    ListObjects             => '',
    HeadBucket              => '',
    ListObjectVersions      => 'versions',
    ListMultipartUploads    => 'uploads',
    GetObjectTagging        => 'tagging',
    PutObjectTagging        => 'tagging',
    DeleteObjectTagging     => 'tagging',
    DeleteObjects           => 'delete',
);

my @multipart = qw(CreateMultipartUpload UploadPart CompleteMultipartUpload
                   AbortMultipartUpload ListParts);
my @list = qw(ListObjectsV2 ListObjects HeadBucket);
my @named = qw(HeadBucket ListObjects ListObjectVersions ListMultipartUploads
               GetObjectTagging PutObjectTagging DeleteObjectTagging
               DeleteObjects);

# [operation, method, URI, kind, headers].  An "object" operation is signed
# where its method is allowed, an "operation" where it is allowed by its name;
# an "absent" operation gets 501, and one that is "never" allowed gets 405.
# The arguments of a "form" do not select an operation.  A "no" request has no
# key, or a version that is not named.  A "copy" gets 501, as no location here
# may read its source.

my $copy = ['x-amz-copy-source' => '/bucket/key'];

my @operations = (
    ['GetObject',               'GET',    'k',                    'object'],
    ['HeadObject',              'HEAD',   'k',                    'object'],
    ['PutObject',               'PUT',    'k',                    'object'],
    ['DeleteObject',            'DELETE', 'k',                    'object'],
    ['POST of an object',       'POST',   'k',                    'object'],

    ['CreateMultipartUpload',   'POST',   'k?uploads',         'operation'],
    ['UploadPart',              'PUT',    'k?partNumber=7&uploadId=ID',
                                                               'operation'],
    ['CompleteMultipartUpload', 'POST',   'k?uploadId=ID',     'operation'],
    ['AbortMultipartUpload',    'DELETE', 'k?uploadId=ID',     'operation'],
    ['ListParts',               'GET',    'k?uploadId=ID',     'operation'],

    ['ListObjectsV2',           'GET',    '?list-type=2',      'operation'],
    ['ListObjects',             'GET',    '',                  'operation'],
    ['HeadBucket',              'HEAD',   '',                  'operation'],
    ['ListObjectVersions',      'GET',    '?versions',         'operation'],
    ['ListMultipartUploads',    'GET',    '?uploads',          'operation'],
    ['GetObjectTagging',        'GET',    'k?tagging',         'operation'],
    ['PutObjectTagging',        'PUT',    'k?tagging',         'operation'],
    ['DeleteObjectTagging',     'DELETE', 'k?tagging',         'operation'],
    ['DeleteObjects',           'POST',   '?delete',           'operation'],

    ['GetObject, a version',    'GET',    'k?versionId=v',        'no'],
    ['HeadObject, a version',   'HEAD',   'k?versionId=v',        'no'],
    ['DeleteObject, a version', 'DELETE', 'k?versionId=v',        'no'],
    ['GetObject, a part',       'GET',    'k?partNumber=1',       'no'],
    ['HeadObject, a part',      'HEAD',   'k?partNumber=1',       'no'],
    ['CreateBucket',            'PUT',    '',                     'bucket'],
    ['DeleteBucket',            'DELETE', '',                     'bucket'],
    ['browser form upload',     'POST',   '',                     'no'],
    ['CopyObject',              'PUT',    'k',                    'copy',
                                                                  $copy],

    ['GetObjectAcl',            'GET',    'k?acl',                'absent'],
    ['PutObjectAcl',            'PUT',    'k?acl=',               'absent'],
    ['GetBucketAcl',            'GET',    '?acl',                 'absent'],
    ['GetBucketLocation',       'GET',    '?location',            'absent'],
    ['GetBucketPolicy',         'GET',    '?policy',              'absent'],
    ['PutBucketCors',           'PUT',    '?cors',                'absent'],
    ['GetBucketLifecycle',      'GET',    '?lifecycle',           'absent'],
    ['GetBucketVersioning',     'GET',    '?versioning',          'absent'],
    ['GetObjectRetention',      'GET',    'k?retention',          'absent'],
    ['RestoreObject',           'POST',   'k?restore',            'absent'],
    ['SelectObjectContent',     'POST',   'k?select&select-type=2', 'absent'],
    ['GetObjectAttributes',     'GET',    'k?attributes',         'absent'],
    ['RenameObject',            'PUT',    'k?renameObject',       'absent'],

    ['PutObject, a part',       'PUT',    'k?partNumber=1',       'form'],
    ['PutObject, an upload',    'PUT',    'k?uploadId=ID',        'form'],
    ['HeadObject, an upload',   'HEAD',   'k?uploadId=ID',        'form'],
    ['DELETE of uploads',       'DELETE', 'k?uploads',            'form'],
    ['GET of uploads of a key', 'GET',    'k?uploads',            'form'],
    ['a listing below a key',   'GET',    'k?list-type=2',        'form'],
    ['HEAD of a listing',       'HEAD',   '?list-type=2',         'form'],
    ['versions of a key',       'GET',    'k?versions',           'form'],
    ['HEAD of versions',        'HEAD',   '?versions',            'form'],
    ['HEAD of tags',            'HEAD',   'k?tagging',            'form'],
    ['POST of tags',            'POST',   'k?tagging',            'form'],
    ['DeleteObjects and a key', 'POST',   'k?delete',             'form'],
    ['GET of DeleteObjects',    'GET',    '?delete',              'form'],
    ['two lists at once',       'GET',    '?versions&uploads',    'form'],

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
    ['PATCH of an ACL',         'PATCH',  'k?acl',                'never'],
);

my ($locations, @places);

for my $methods (@methods) {
    for my $flags (0 .. 3) {
        add_place($methods, $flags, $_) for [], [@named];
    }
}

for my $methods ('', 'PUT DELETE POST') {
    for my $flags (0, 3) {
        add_place($methods, $flags, [$_]) for @named, 'UploadPart';
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
    my ($id, $allowed, $multipart, $list, $named) = @$place;
    my (@wrong, %seen);
    my %has = map { $_ => 1 } $multipart eq 'on' ? @multipart : (),
                              $list eq 'on' ? @list : (), @$named;

    for my $operation (@operations) {
        my ($name, $method, $uri, $kind, $headers) = @$operation;

        my $expected = expected($operation, $allowed, \%has);
        my $answer = answer($id, $method, $uri, $headers, $allowed);

        $seen{$answer}++;
        push @wrong, "$name is $answer, not $expected"
            if $answer ne $expected;
    }

    is(join("\n", @wrong), '',
       "methods $allowed, multipart $multipart, list $list, @$named");
    is($seen{signed} // 0, (split / /, $allowed) + keys %has,
       'only allowed operations are signed');
}


# tested again, as an abort that is signed as a DELETE loses an object

for my $place (grep { $_->[1] =~ /DELETE/ && $_->[2] eq 'off'
                      && !@{$_->[4]} } @places)
{
    my $r = request($place->[0], 'DELETE', 'k?uploadId=ID');

    is($r->{status}, 400, 'an abort is never a DELETE: ' . $place->[1]);
    is($r->{headers}{location}, undef, 'nothing is signed');
}

for my $place (grep { $_->[1] eq 'PUT' && $_->[2] eq 'off' && !@{$_->[4]} }
               @places)
{
    is(request($place->[0], 'PUT', 'k?partNumber=1&uploadId=ID')->{status},
       400, 'a part is never a PUT of the object');
}

$c->close();
$t->done();


# a location for each setting; a directive that is not set has its default

sub add_place {
    my ($methods, $flags, $named) = @_;

    my $id = 'p' . @places;
    my $multipart = $flags & 1 ? 'on' : 'off';
    my $list = $flags & 2 ? 'on' : 'off';

    push @places, [$id, $methods || 'GET HEAD', $multipart, $list, $named];

    $locations .= "location /$id/ {\n"
                  . ($methods ? "s3o_presign_methods $methods;\n" : '')
                  . ($flags ? "s3o_presign_multipart $multipart;\n"
                              . "s3o_presign_list $list;\n" : '')
                  . (@$named ? "s3o_presign_operations @$named;\n" : '')
                  . "}\n";
}


sub expected {
    my ($operation, $allowed, $has) = @_;
    my ($name, $method, $uri, $kind) = @$operation;

    my $has_method = grep { $_ eq $method } split / /, $allowed;

    return 405 if $kind eq 'never';
    return 501 if $kind eq 'absent';
    return $has_method ? 'signed' : 405 if $kind eq 'object';
    return 'signed' if $kind eq 'operation' && $has->{$name};
    return $has_method ? 501 : 405 if $kind =~ /^(?:copy|bucket)$/;
    return 501 if $kind eq 'copy part' && $has->{UploadPart};
    return 400 if $has_method;
    return 405 if $kind eq 'no';

    # where an operation with such an argument is allowed, the answer is not
    # 405

    my %there = map { s/=.*//r => 1 } split /[?&]/, $uri;

    return (grep { $there{$_} } map { split / /, $selects{$_} } keys %$has)
           ? 400 : 405;
}


# returns "signed" for the URL of exactly this operation, the status of a
# right refusal, or a text that says what is wrong

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

    # nginx closes the connection after some refusals

    if (!$r || ($r->{headers}{connection}[0] // '') eq 'close') {
        $c->close();
        $c = $t->connect();
    }

    return $r // $c->request(%o);
}
