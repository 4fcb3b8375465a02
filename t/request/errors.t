#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What a client sees of a refusal, by this module or by nginx itself: an S3
# error document in proxy mode, JSON in json mode.  A strict parser reads the
# documents.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Clients qw(python);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Ports;
use S3O::Process qw(slurp wait_until);

my $token = 'TOKEN//of+the=session';
my $s3 = S3O::Outpost->new(session_token => $token)->start();
my $t = S3O::Nginx->new(log_level => 'info')->has('python_json');

$s3->known_to($t, TOKEN => $token, NOBODY => S3O::Ports::free());

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    log_format  id '$request_id $status $s3o_presign_result';
    access_log  %%TESTDIR%%/id.log id;

    limit_req_zone  $server_name zone=one:64k rate=1r/m;

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=cache:1m;

    map $arg_mode $how {
        default  $arg_mode;
        ''       proxy;
    }

    %%TEST_OUTPOST%%

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        location /proxy/ {
            s3o_presign           proxy;
            s3o_presign_methods   GET HEAD PUT;
            client_max_body_size  1k;
            proxy_pass            http://127.0.0.1:%%OUTPOST%%;
        }

        location /json/ {
            s3o_presign           json;
            client_max_body_size  1k;
        }

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /mode/ {
            s3o_presign  $how;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /mode-denied/ {
            deny         all;
            s3o_presign  $how;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /proxy-off/ {
            s3o_presign         proxy;
            s3o_presign_errors  off;
            proxy_pass          http://127.0.0.1:%%OUTPOST%%;
        }

        location /proxy-json/ {
            s3o_presign         proxy;
            s3o_presign_errors  json;
            proxy_pass          http://127.0.0.1:%%OUTPOST%%;
        }

        location /redirect-s3/ {
            s3o_presign         redirect;
            s3o_presign_errors  s3;
        }

        location /on-s3/ {
            s3o_presign         on;
            s3o_presign_errors  s3;
            proxy_pass          http://127.0.0.1:%%NOBODY%%;
        }

        # a location that does not use the module

        location /nothing/ {
            s3o_presign_errors  s3;
            return              403;
        }

        location /denied/ {
            deny         all;
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /password/ {
            auth_basic            files;
            auth_basic_user_file  %%TESTDIR%%/htpasswd;
            s3o_presign           proxy;
            proxy_pass            http://127.0.0.1:%%OUTPOST%%;
        }

        location /limited/ {
            limit_req    zone=one;
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /returned/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;

            if ($arg_status = 403) { return 403; }
            if ($arg_status = 404) { return 404; }
            if ($arg_status = 418) { return 418; }
            if ($arg_status = 499) { return 404 "a text of its own"; }
        }

        location /nobody/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%NOBODY%%;
        }

        location /cached/ {
            s3o_presign        proxy;
            proxy_cache        cache;
            proxy_cache_valid  200 1m;
            proxy_pass         http://127.0.0.1:%%OUTPOST%%;
        }

        location /built/ {
            s3o_presign         proxy;
            s3o_presign_header  x-amz-meta-a $s3o_presign_arg_a;
            proxy_pass          http://127.0.0.1:%%OUTPOST%%;
        }

        location /life/ {
            s3o_presign          json;
            s3o_presign_expires  $arg_life;
        }

        location /where/ {
            s3o_presign               proxy;
            s3o_presign_access_point  $arg_where;
            proxy_pass                http://127.0.0.1:%%OUTPOST%%;
        }

        location /late/ {
            s3o_presign              proxy;
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2020-01-01T00:00:00Z;
            proxy_pass               http://127.0.0.1:%%OUTPOST%%;
        }

        location /gone-cached/ {
            s3o_presign  proxy;
            error_page   410 @cached;
            return       410;
            proxy_pass   http://127.0.0.1:%%NOBODY%%;
        }

        # "error_page" comes before the documents of the module

        location /page/ {
            s3o_presign          proxy;
            s3o_presign_methods  GET;
            error_page           405 /page.html;
            error_page           502 =200 @json;
            proxy_pass           http://127.0.0.1:%%NOBODY%%;
        }

        location /gone/ {
            s3o_presign  proxy;
            error_page   410 @other;
            return       410;
            proxy_pass   http://127.0.0.1:%%NOBODY%%;
        }

        location = /page.html {
        }

        # "error_page" may lead to a location that has documents, too

        location @other {
            s3o_presign      proxy;
            s3o_presign_key  other;
            proxy_pass       http://127.0.0.1:%%OUTPOST%%;
        }

        location @json {
            s3o_presign      json;
            s3o_presign_key  other;
        }

        location @cached {
            s3o_presign        proxy;
            s3o_presign_key    other;
            proxy_cache        cache;
            proxy_cache_valid  410 1m;
            proxy_pass         http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

mkdir $t->testdir() . '/html';
$t->write_file('html/page.html', 'a page', 0644);
$t->write_file('htpasswd', "alice:{PLAIN}secret\n", 0644);

# [request, status, code, message]

my @cases = (

    # refusals of this module

    ['GET', '/proxy/k?tagging', 400, 'InvalidArgument',
     qr/argument "tagging" .* "s3o_presign_operations GetObjectTagging"$/],
    ['GET', '/proxy/k?acl', 501, 'NotImplemented', qr/argument "acl"/],
    ['POST', '/proxy/k', 405, 'MethodNotAllowed', qr/method/],
    ['GET', '/proxy/' . 'k' x 1025, 414, 'KeyTooLongError', qr/1024/],
    ['GET', '/where/k', 404, 'NoSuchBucket', qr/^the access point is empty$/],
    ['GET', '/where/k?where=nowhere', 500, 'InternalError',
     qr/^a value of "s3o_presign_access_point" cannot be used: /],
    ['GET', '/late/k', 503, 'SlowDown', qr/^no valid credentials$/],
    ['GET', '/late/again', 503, 'SlowDown', qr/^no valid credentials$/],
    ['GET', '/built/k?a=a%0ab', 500, 'InternalError',
     qr/"s3o_presign_header"/],

    # refusals of nginx itself

    ['PUT', '/proxy/k', 413, 'EntityTooLarge', qr/"client_max_body_size"/,
     body => 'x' x 2000],
    ['GET', '/denied/k', 403, 'AccessDenied', qr/./],
    ['GET', '/password/k', 401, 'AccessDenied', qr/./],
    ['GET', '/nobody/k', 502, 'ServiceUnavailable', qr/./],
    ['GET', '/returned/k?status=403', 403, 'AccessDenied', qr/./],
    ['GET', '/returned/k?status=404', 404, 'NoSuchKey', qr/./],
    ['GET', '/returned/k?status=418', 418, 'InvalidRequest', qr/./],

    # refusals where the mode is a variable, also before the variable was read

    ['POST', '/mode/k', 405, 'MethodNotAllowed', qr/method/],
    ['GET', '/mode-denied/k', 403, 'AccessDenied', qr/./],
    ['POST', '/redirect-s3/k', 405, 'MethodNotAllowed', qr/method/],
    ['GET', '/on-s3/k', 502, 'ServiceUnavailable', qr/./],
);

for my $case (@cases) {
    my ($method, $uri, $status, $code, $message, @more) = @$case;

    my ($r, $id) = ask($method, $uri, @more);
    my $name = "$method " . substr $uri, 0, 40;
    my $xml = parse($r->{body});

    is($r->{status}, $status, "$name: the status");
    is($r->{headers}{'content-type'}[0], 'application/xml', "$name: the type");
    is($xml->{names}, 'Error Code Message Resource RequestId',
       "$name: an S3 error document") or diag($r->{raw});
    is($xml->{Code}, $code, "$name: the code");
    like($xml->{Message}, $message, "$name: the reason");
    is($xml->{Resource}, $uri =~ s/\?.*//r, "$name: the resource");
    is($xml->{RequestId}, $id, "$name: the id is that of the access log");
    is(join('|', @{ $r->{headers}{'x-amz-request-id'} // [] }), $id,
       "$name: the id is in the header that SDKs read");

    # a HEAD has the same answer without the body

    next if $method ne 'GET';

    (my $head, $id) = ask('HEAD', $uri);

    is("$head->{status} '$head->{body}'", "$status ''", "HEAD $uri: no body");
    is($head->{headers}{'content-type'}[0], 'application/xml',
       "HEAD $uri: the same content type");
    is($head->{headers}{'x-amz-request-id'}[0], $id, "HEAD $uri: the id");
}

like(header('GET', '/late/k', 'retry-after'), qr/^\d+$/,
     'SlowDown has a Retry-After header');
is(header('POST', '/proxy/k', 'allow'), 'GET, HEAD, PUT',
   'MethodNotAllowed has the allowed methods');

ask('GET', '/limited/k');
is(parse(body('GET', '/limited/k'))->{Code}, 'SlowDown',
   'limit_req answers with SlowDown');

# refusals in json mode

for my $case (['POST', '/json/k', 405, 'MethodNotAllowed', qr/method/],
              ['GET', '/json/a?X-Amz-Date=1', 400, 'InvalidArgument',
               qr/./],
              ['PUT', '/json/k', 413, 'EntityTooLarge', qr/./,
               body => 'x' x 2000],
              ['GET', '/life/k?life=8d', 500, 'InternalError',
               qr/^a value of "s3o_presign_expires" cannot be used: /],
              ['POST', '/mode/k?mode=json', 405, 'MethodNotAllowed', qr/./],
              ['POST', '/proxy-json/k', 405, 'MethodNotAllowed', qr/./])
{
    my ($method, $uri, $status, $code, $message, @more) = @$case;

    my ($r, $id) = ask($method, $uri, @more);
    my $got = eval { JSON::PP->new->utf8->decode($r->{body}) } // {};

    is("$r->{status} $r->{headers}{'content-type'}[0]",
       "$status application/json", "$method $uri: the type is JSON");
    like(delete $got->{Message}, $message, "$method $uri: the reason");
    is_deeply($got, { Code => $code, Resource => $uri =~ s/\?.*//r,
                      RequestId => $id }, "$method $uri: and the rest");
    ok(!$r->{headers}{'x-amz-request-id'}, "$method $uri: no header of S3");
}

# nginx's own pages stay where the module does not change them

for my $case (['POST', '/redirect/k', 405], ['POST', '/proxy-off/k', 405],
              ['POST', '/mode/k?mode=redirect', 405],
              ['GET', '/nothing/k', 403],
              ['GET', '/mode/k?mode=never', 500], ['GET', '/none', 404])
{
    my ($method, $uri, $status) = @$case;
    my ($r) = ask($method, $uri);

    is("$r->{status} $r->{headers}{'content-type'}[0]", "$status text/html",
       "$method $uri: the page of nginx");
}

# pages of the administrator, and other targets of "error_page"

is(answer('POST', '/page/k'), '405 a page', 'error_page: a file');

$s3->put_object('other', 'an object');
is(answer('GET', '/gone/k'), '410 an object', 'error_page: an object');

$s3->next_response(404, ['Content-Type', 'text/html'], '<html>its own');
is(answer('GET', '/gone/k'), '410 <html>its own',
   'error_page: an answer of the Outpost');

$s3->next_response(410, ['Content-Type', 'text/html'], '<html>kept');
is(answer('GET', '/gone-cached/k'), '410 <html>kept',
   "error_page: such an answer, $_ the cache") for qw(into from);

like(answer('GET', '/page/k'), qr/^200 \{"url":/, 'error_page: a URL');

is(answer('GET', '/returned/k?status=499'), '404 a text of its own',
   'a text of "return"');

# a range of a cached object

$s3->put_object('k', 'an object');
is(answer('GET', '/cached/k'), '200 an object',
   'the object gets into the cache');
is(parse(body('GET', '/cached/k', headers => [Range => 'bytes=100-']))->{Code},
   'InvalidRange', 'a range past the end of a cached object is InvalidRange');

# bytes of every kind in the URI, and characters that XML and JSON escape

my $bytes = join '', map { sprintf '%%%02x', $_ } 1 .. 255;
my @paths = (['/<&>"\'&amp;]]>\\', '/<&>"\'&amp;]]>\\'],
             ["/$bytes", "/$bytes"],
             ["/\x80\xc3\xa4\xed\xa0\x80\xef\xbf\xbf\xc2\x85", "/?\xe4?????"]);

for my $case (@paths) {
    my ($path, $expected) = @$case;

    is(parse(body('GET', "/proxy$path?acl"))->{Resource}, "/proxy$expected",
       'any bytes as XML: ' . substr $expected, 0, 20);
    is(eval { JSON::PP->new->utf8->decode(body('GET', "/json$path?acl"))
              ->{Resource} },
       "/json$expected", 'any bytes as JSON');
}

# an answer whose body is withheld: the code stays, as it shows no secret

for my $case (['AccessDenied', 'AccessDenied'],
              ['InvalidArgument', 'InvalidArgument'],
              ['SignatureDoesNotMatch', 'ServiceUnavailable'],
              ['ExpiredToken', 'ServiceUnavailable'],
              ['RequestTimeTooSkewed', 'ServiceUnavailable'],
              ['Unheard', 'ServiceUnavailable'])
{
    my ($said, $code) = @$case;

    $s3->next_response(403, ['Content-Type', 'application/xml'],
                       "<Error><Code>$said</Code><T>$token</T></Error>");

    my ($r, $id) = ask('GET', '/proxy/k');
    my $xml = parse($r->{body});

    is("$r->{status} $xml->{Code} $xml->{RequestId}", "502 $code $id",
       "withheld: only the code $said stays");
    unlike($r->{raw}, qr/TOKEN/, "$said: the answer does not show the token");
}

# the refusal does not repeat a signature that the client sent

unlike(body('GET', '/proxy/k?X-Amz-Signature=0123abcd'), qr/0123abcd/,
       'the answer shows none of the arguments');

is(join('', $t->log_errors('crit')), '', 'no critical error is in the log');

$t->done();


# returns the answer, and the id that is in the access log

sub ask {
    my ($method, $uri, @more) = @_;

    my $log = $t->testdir() . '/id.log';
    my $seen = length(slurp($log) // '');
    my $r = $t->request(method => $method, uri => $uri, @more);

    wait_until(sub { substr(slurp($log), $seen) =~ /\n/ }, 60);

    my ($id) = substr(slurp($log), $seen) =~ /^(\w{32}) /;

    return ($r, $id);
}


sub body {
    return (ask(@_))[0]{body};
}


sub answer {
    my ($r) = ask(@_);

    return "$r->{status} $r->{body}";
}


sub header {
    my ($method, $uri, $name) = @_;

    my ($r) = ask($method, $uri);

    return join ', ', @{ $r->{headers}{$name} // [] };
}


# returns the elements of a document, read by a strict parser

sub parse {
    my ($text) = @_;

    return python(<<'EOF', unpack 'H*', $text);
import xml.parsers.expat
found, names, open_names = {}, [], []
p = xml.parsers.expat.ParserCreate()
def start(name, attributes):
    names.append(name)
    open_names.append(name)
def end(name):
    open_names.pop()
def data(text):
    found[open_names[-1]] = found.get(open_names[-1], '') + text
p.StartElementHandler, p.EndElementHandler = start, end
p.CharacterDataHandler = data
try:
    p.Parse(bytes.fromhex(sys.argv[1]), True)
    found['names'] = ' '.join(names)
except xml.parsers.expat.ExpatError as error:
    found = {'names': str(error)}
answer(found)
EOF
}
