#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Each operation that s3o_presign_list and s3o_presign_operations allow.  A real
# S3 server does them, through the proxy and by redirects: three kinds of lists,
# the bucket, tags, versions, and the deletion of many objects at once.

use strict;
use warnings;

use Digest::MD5 qw(md5_base64);
use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4 qw(uri_encode);

my $t = S3O::Nginx->new()->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_list          on;
    s3o_presign_args          versionId;
    s3o_presign_multipart     on;
    s3o_presign_operations    ListObjectVersions ListMultipartUploads
                              GetObjectTagging PutObjectTagging
                              DeleteObjectTagging;

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=cache:1m;

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;

        location ~ ^/proxy(?:/(?<key>.*))?$ {
            s3o_presign             proxy;
            s3o_presign_key         $key;
            s3o_presign_operations  ListObjectVersions ListMultipartUploads
                                    GetObjectTagging PutObjectTagging
                                    DeleteObjectTagging DeleteObjects;
            proxy_pass              http://127.0.0.1:%%OUTPOST%%;
        }

        location /redirect/ {
            s3o_presign             redirect;
            s3o_presign_operations  ListObjectVersions ListMultipartUploads
                                    GetObjectTagging PutObjectTagging
                                    DeleteObjectTagging DeleteObjects;
        }

        location ~ ^/signed(?:/(?<rest>.*))?$ {
            s3o_presign             proxy;
            s3o_presign_key         $rest;
            s3o_presign_operations  PutObjectTagging GetObjectTagging
                                    DeleteObjects;
            s3o_presign_payload     streaming;
            proxy_pass              http://127.0.0.1:%%OUTPOST%%;
        }

        location ~ ^/reports(?:/(?<report>.*))?$ {
            s3o_presign      proxy;
            s3o_presign_key  reports/$report;
            proxy_pass       http://127.0.0.1:%%OUTPOST%%;
        }

        location /cached/ {
            s3o_presign        proxy;
            s3o_presign_key    reports/$s3o_presign_path;
            proxy_cache        cache;
            proxy_cache_valid  1h;
            proxy_pass         http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my @keys = ('a b', 'reports-old/a', 'reports/1', 'reports/2 +', 'z');

is($s3->signed(method => 'PUT', query => ['versioning', ''], body =>
   '<VersioningConfiguration><Status>Enabled</Status>'
   . '</VersioningConfiguration>')->{status}, 200, 'the server keeps versions');

$s3->signed(method => 'PUT', key => $_, body => $_) for @keys, @keys;

for my $way (qw(proxy redirect)) {
    lists($way);
    versions($way);
    uploads($way);
    tags($way);
    deletions($way);
}

confined();
cached();
signed_bodies();

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

$t->done();


sub ask {
    my ($way, $rest, %o) = @_;

    return curl("$base/$way$rest", follow => $way eq 'redirect', %o);
}


sub lists {
    my ($way) = @_;

    for my $slash ($way eq 'proxy' ? ('', '/') : '/') {
        is(names(ask($way, $slash)), join(' | ', @keys),
           "$way$slash: ListObjects");
        is(names(ask($way, "$slash?list-type=2")), join(' | ', @keys),
           "$way$slash: ListObjectsV2");
        is(ask($way, $slash, method => 'HEAD')->{status}, 200,
           "$way$slash: HeadBucket");
        is(names(ask($way, "$slash?prefix=reports/&marker=reports/1")),
           'reports/2 +', "$way$slash: a prefix and a marker");
        is(prefixes(ask($way, "$slash?delimiter=/&encoding-type=url")),
           'reports-old/ reports/', "$way$slash: a delimiter");
    }
}


sub versions {
    my ($way) = @_;

    my $r = ask($way, '/?versions');
    my @ids = $r->{body} =~ m{<VersionId>([^<]+)<}g;

    is(names($r), join(' | ', map { ($_) x 2 } @keys),
       "$way: two versions of each key");
    cmp_ok(scalar(grep { length } @ids), '>=', 2 * @keys,
           "$way: each version has its id");

    $r = ask($way, '/?versions&prefix=a&max-keys=1');
    is(names($r), 'a b', "$way: the first page of versions");

    my ($marker) = $r->{body} =~ m{<NextKeyMarker>([^<]*)<};
    my ($id) = $r->{body} =~ m{<NextVersionIdMarker>([^<]*)<};

    $r = ask($way, '/?versions&prefix=a&key-marker=' . uri_encode($marker)
             . "&version-id-marker=$id");
    is(names($r), 'a b', "$way: the next page of versions");
    isnt(($r->{body} =~ m{<VersionId>([^<]+)<})[0], $ids[0],
         "$way: the next page has another version");
    is(ask($way, "/a%20b?versionId=$ids[1]")->{body}, 'a b',
       "$way: the version can be asked for");
}


sub uploads {
    my ($way) = @_;

    my ($id) = ask($way, "/up/$way?uploads", method => 'POST')->{body}
               =~ m{<UploadId>([^<]+)<};

    my $r = ask($way, '/?uploads&prefix=up/');
    is(names($r), "up/$way", "$way: an upload that has not ended");
    like($r->{body}, qr{<UploadId>\Q$id\E<}, "$way: the id of the upload");
    is(names(ask($way, '/?uploads&prefix=down/')), '',
       "$way: no uploads below another prefix");

    is(ask($way, "/up/$way?uploadId=" . uri_encode($id), method => 'DELETE')
       ->{status}, 204, "$way: the upload is aborted");
    is(names(ask($way, '/?uploads')), '', "$way: no upload is left");
}


sub tags {
    my ($way) = @_;

    is(ask($way, '/z?tagging', put(tagging($way)))->{status}, 200,
       "$way: PutObjectTagging");
    like(ask($way, '/z?tagging')->{body}, qr{<Value>$way</Value>},
         "$way: GetObjectTagging");
    is(ask($way, '/z')->{body}, 'z', "$way: the object is as it was");

    my $r = ask($way, '/?versions&prefix=z');
    my ($new, $old) = $r->{body} =~ m{<VersionId>([^<]+)<}g;

    unlike(ask($way, "/z?tagging&versionId=$old")->{body}, qr{$way},
           "$way: another version has other tags");
    is(ask($way, "/z?tagging&versionId=$new", method => 'DELETE')->{status},
       204, "$way: DeleteObjectTagging");
    unlike(ask($way, '/z?tagging')->{body}, qr{$way},
           "$way: the tags are gone");
    is(ask($way, '/z')->{body}, 'z', "$way: the object is not gone");
}


sub deletions {
    my ($way) = @_;

    my @some = map { "many/$way/$_ &" } 1 .. 3;

    $s3->signed(method => 'PUT', key => $_, body => $_) for @some, 'many/not';

    my $r = ask($way, '/?delete', posted(deleting(@some)));

    is($r->{status}, 200, "$way: DeleteObjects") or diag($r->{body});
    is(scalar(() = $r->{body} =~ /<Deleted>/g), 3, "$way: three objects");
    is($s3->signed(key => $_)->{status}, 404, "$way: $_ is gone") for @some;
    is($s3->signed(key => 'many/not')->{status}, 200,
       "$way: no other object is gone");

    $s3->signed(method => 'DELETE', key => 'many/not');
}


# A prefix limits what is shown.

sub confined {
    for my $slash ('', '/') {
        for my $query ('', '?list-type=2', '?prefix=reports/') {
            is(names(ask('reports', "$slash$query")),
               'reports/1 | reports/2 +', "/reports$slash$query");
        }

        is(names(ask('reports', "$slash?versions&max-keys=100")),
           join(' | ', map { ($_) x 2 } 'reports/1', 'reports/2 +'),
           "/reports$slash: versions below the prefix");
        is(ask('reports', $slash, method => 'HEAD')->{status}, 200,
           "/reports$slash: the bucket is there");

        for my $query (map { ("$_", "$_&list-type=2", "$_&versions",
                              "$_&uploads") }
                       'prefix=z', 'prefix=reports', 'prefix=reports-old/',
                       'prefix=reports/&prefix=z', '%70refix=z')
        {
            is(ask('reports', "$slash?$query")->{status}, 400,
               "/reports$slash?$query is refused");
        }
    }

    is(names(ask('reports', '/?marker=z')), '', 'a marker beyond the prefix');
    is(names(ask('reports', '/?marker=a')), 'reports/1 | reports/2 +',
       'a marker before the prefix');
    is(names(ask('reports', '/?versions&key-marker=reports-old')),
       join(' | ', map { ($_) x 2 } 'reports/1', 'reports/2 +'),
       'a marker before the prefix, for versions');
    is(prefixes(ask('reports', '/?delimiter=/')), '',
       'no common prefix but its own');

    $s3->signed(method => 'POST', key => 'secret', query => ['uploads', '']);
    is(names(ask('reports', '/?uploads')), '', 'no uploads of others');

    is(ask('reports', '/?delete', method => 'POST')->{status}, 405,
       'no DeleteObjects');
}


# A cache turns HEAD into GET, which would list the whole bucket.

sub cached {
    is(ask('cached', '/', method => 'HEAD')->{status}, 200, 'HEAD and a cache');
    is(names(ask('cached', '/')), 'reports/1 | reports/2 +',
       'the cached list is limited, too');
}


# Such bodies are signed as a whole, because only uploads are sent in signed
# chunks.

sub signed_bodies {
    my $way = 'signed';

    is(ask($way, '/z?tagging', put(tagging($way)))->{status}, 200,
       'PutObjectTagging with its payload signed');
    like(ask($way, '/z?tagging')->{body}, qr{<Value>$way</Value>},
         'the tags are the ones that were sent');

    $s3->signed(method => 'PUT', key => 'one', body => 'one');

    my $r = ask($way, '?delete', posted(deleting('one')));
    is($r->{status}, 200, 'DeleteObjects with its payload signed')
        or diag($r->{body});
    is($s3->signed(key => 'one')->{status}, 404, 'the object is gone');
}


# curl -T waits for "100 Continue", which the server does not send here, and
# adds the name of its file to a path that ends with "/".

sub posted {
    my ($body, @args) = @_;

    return (args => [@args, '--data-binary', $body],
            headers => ['Content-MD5' => md5_base64($body) . '==',
                        'Content-Type' => 'application/xml']);
}


sub put { return posted($_[0], '-X', 'PUT') }


sub tagging {
    return '<Tagging><TagSet><Tag><Key>way</Key><Value>' . $_[0]
           . '</Value></Tag></TagSet></Tagging>';
}


sub deleting {
    return '<Delete>' . join('', map { '<Object><Key>' . s/&/&amp;/gr
                                       . '</Key></Object>' } @_)
           . '</Delete>';
}


# Returns the keys in an answer, without those that were deleted.

sub names {
    my ($r) = @_;

    return "$r->{status} $r->{body}" if $r->{status} != 200;

    return join ' | ', grep { !m{^many/} } map { s/&amp;/&/gr }
                       $r->{body} =~ m{<Key>([^<]*)<}g;
}


sub prefixes {
    my ($r) = @_;

    return join ' ', map { s/%2F/\//gr }
                     $r->{body} =~ m{<CommonPrefixes><Prefix>([^<]*)<}g;
}
