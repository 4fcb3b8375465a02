#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The source of a copy (x-amz-copy-source): botocore is asked to copy within
# the access point, and the headers it sends are signed and passed on.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(capture);
use S3O::SigV4 qw(uri_encode);

my $t = S3O::Nginx->new(log_level => 'info');
my $s3 = S3O::Outpost->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods       GET PUT;
    s3o_presign_args          versionId;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        merge_slashes  off;

        location /files/ {
            s3o_presign       proxy;
            s3o_presign_copy  files;
            proxy_pass        http://127.0.0.1:%%OUTPOST%%;
        }

        location /json/ {
            s3o_presign       json;
            s3o_presign_copy  json;
        }

        location /redirect/ {
            s3o_presign       redirect;
            s3o_presign_copy  redirect;
        }

        location /plain/ {
            s3o_presign       json;
            s3o_presign_copy  plain;
            s3o_presign_args  prefix;

            location /plain/write/ {
                s3o_presign_methods  PUT;
            }

            location /plain/fixed/ {
                s3o_presign_param  versionId 1;
            }
        }

        # requests for sources below "/json/" get the URL of this location

        location = /json/exact {
            return  403;
        }

        location /json/prefix {
            return  403;
        }

        location /json/folder/ {
            s3o_presign  off;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

my @sources = (
    ['a'], ['a/b c.txt'], ["\xc3\xbc/\xe2\x82\xac"], ['a+b&c=d?e#f'],
    ['%41~-._!*\'()'], ['/a//b/'], ['object/x'], ['a:b@c'],
    ['a', 'null'], ['a b', 'Kz1.x_y-Z'],
);

my $sent = botocore();

SKIP: {
    skip 'no botocore', 1 if !$sent;

    for my $i (0 .. $#sources) {
        is(proxied(source($sources[$i], 'files')), $sent->[$i],
           "$sources[$i][0]: the source is what botocore sends");
        is(proxied($sent->[$i]), $sent->[$i],
           "$sources[$i][0]: botocore takes it from a dict as well");
        is(JSON::PP::decode_json(ask('json', source($sources[$i], 'json'))
                                 ->{body})->{headers}{'x-amz-copy-source'},
           $sent->[$i], "$sources[$i][0]: the JSON has the source");
        is(ask('redirect', source($sources[$i], 'redirect'))->{status}, 501,
           "$sources[$i][0]: a redirect cannot change the source");

        my $r = ask('redirect', $sent->[$i]);

        like($r->{headers}{location}[0] // $r->{status},
             qr/SignedHeaders=host%3Bx-amz-copy-source&/,
             "$sources[$i][0]: a redirect signs the right source");
    }
}

# the other headers of a copy are sent and signed

my @with = ('x-amz-copy-source-if-match' => '"e"',
            'x-amz-copy-source-if-none-match' => '"f"',
            'x-amz-copy-source-if-modified-since' => 'Fri, 01 Mar 2024',
            'x-amz-copy-source-server-side-encryption-customer-key' => 'k',
            'x-amz-metadata-directive' => 'REPLACE',
            'x-amz-tagging-directive' => 'COPY',
            'x-amz-source-expected-bucket-owner' => '123456789012');

proxied('files/a', @with);

my $last = ($s3->requests())[-1];
my %with = @with;
my $own = delete $with{'x-amz-source-expected-bucket-owner'};

is_deeply({ map { $_ => $last->{header}{$_} } keys %with }, \%with,
          'the headers of a copy are sent');
is(join(';', grep { $with{$_} } split /;/, $last->{signed_headers}),
   join(';', sort keys %with), 'the headers of a copy are signed');
ok(!exists $last->{header}{'x-amz-source-expected-bucket-owner'},
   'the expected owner of the source is not sent, as it is the right one');

# sources that the location would not read for a GET are refused

my $else = 'is not an object that a GET would read in this location';

for my $case (
    ['plain/write', 'plain/a', 'names an object to read, but GET is not in '
                               . '"s3o_presign_methods"'],
    ['plain/fixed', 'plain/a', 'would not get the "versionId" of '
                               . '"s3o_presign_param"'],
    ['plain', 'plain/a?versionId=1', 'has a "versionId", which is not in '
                                     . '"s3o_presign_args"'],
    ['json', 'json/exact', $else], ['json', 'json/prefix', $else],
    ['json', 'json/prefix/a', $else], ['json', 'json/prefixed', $else],
    ['json', 'json/folder/a', $else],

    # nginx answers a GET with a redirect to "folder/"

    ['json', 'json/folder', $else])
{
    my ($where, $source, $why) = @$case;

    $t->clear_log();
    is(ask($where, $source)->{status}, 501, "$source to $where: no copy");

    like(join("\n", $t->log_errors('info')),
         qr/"x-amz-copy-source" \Q$why\E, client/,
         'the log says why the source is refused');
}

# sources that resemble these, and are accepted

is(ask('json', "json/$_")->{status}, 200, "json/$_: a copy")
    for qw(exac exactly prefi fold folders);
is(ask('plain', 'plain/a')->{status}, 200,
   'a source without a version is copied');

$t->done();


sub source {
    my ($source, $name) = @_;

    my ($key, $version) = @$source;

    return "/$name/" . uri_encode($key)
           . (defined $version ? "?versionId=$version" : '');
}


sub ask {
    my ($mode, $source, @headers) = @_;

    $s3->clear();

    return $t->request(method => 'PUT', uri => "/$mode/new", body => '',
                       headers => ['x-amz-copy-source' => $source, @headers]);
}


# the source as it arrived; the stand-in cannot copy, and only checks the
# signature

sub proxied {
    my $r = ask('files', @_);
    my ($last) = reverse $s3->requests();

    return "nothing sent, $r->{status}" if !$last;
    return $last->{verdict} if $last->{verdict} ne 'ok';
    return 'not signed'
        if $last->{signed_headers} !~ /(?:^|;)x-amz-copy-source(?:;|$)/;

    return $last->{header}{'x-amz-copy-source'};
}


sub botocore {
    my $in = JSON::PP->new->ascii->encode(
        { arn => $s3->arn(),
          sources => [map { my @s = @$_; utf8::decode($s[0]); [@s] }
                      @sources] });

    my $out = capture(['python3', '-c', <<'EOP', $in]);
import json, sys
try:
    import botocore.session
except ImportError:
    raise SystemExit(0)
o = json.loads(sys.argv[1])
client = botocore.session.get_session().create_client(
    's3', region_name='us-west-2', aws_access_key_id='A',
    aws_secret_access_key='B')
seen = []
class Sent(Exception):
    pass
def before_send(request, **kwargs):
    value = request.headers['x-amz-copy-source']
    seen.append(value.decode() if isinstance(value, bytes) else value)
    raise Sent()
client.meta.events.register('before-send.s3', before_send)
for source in o['sources']:
    copy = {'Bucket': o['arn'], 'Key': source[0]}
    if len(source) > 1:
        copy['VersionId'] = source[1]
    try:
        client.copy_object(Bucket=o['arn'], Key='new', CopySource=copy)
    except Sent:
        pass
print(json.dumps(seen))
EOP

    return $out =~ /^(\[.*\])$/m ? JSON::PP::decode_json($1) : undef;
}
