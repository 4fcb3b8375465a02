#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Secrets stay out of the logs, for all requests and errors, at each log
# level, in any encoding.

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(slurp wait_until);
use S3O::Secrets;
use S3O::SigV4 qw(amz_date signing_key);

my %secret = (
    static => 'k7Xw+Qz/pL3mVt9RbHs2Nf6YdJc0GaUeW8iOoT1y',
    file   => 'h4Zr/Kq+uB7nEw2XcMv9Tg5PsDj1LfAoIy3HiQ6k',
    new    => 'b9Wt+Yx/rC6kMq3ZnJv8Dh4SgFp2LeUaOi7RjT5w',
    env    => 'v3Nc/Hy+qW8jRt5MbKx1Zf7GsPd4LuEoAi6TnQ2e',
);

my $token = join '/', map { encode_base64(join('', map { chr(($_ * 37 + 11)
                                                             % 256) }
                                               $_ .. $_ + 40), '') }
                      3, 70, 140;

my $t = S3O::Nginx->new()->has(qw(debug));

my $s3 = S3O::Outpost->new(access_key => 'ASIASTATICEXAMPLE00',
    secret_key => $secret{static}, session_token => $token)->start();

$s3->set_credentials("AKIA\U$_\EEXAMPLE", $secret{$_}) for qw(file new env);

my $secrets = S3O::Secrets->new(secret_key => [values %secret],
                                session_token => $token);

# the search must find a secret in every form that a mistake could give it

my $key = signing_key($secret{static}, amz_date(time), 'us-west-2');

for my $case (
    ['a secret key', "[debug] s3o_presign key \"$secret{static}\""],
    ['a half of it', 'xx ' . substr($secret{env}, 15) . ' xx'],
    ['a session token', "token $token"],
    ['the same in a URL', 'Token=' . S3O::SigV4::uri_encode($token)],
    ['a signing key', "key $key"],
    ['the same in hex', unpack 'H*', $key],
    ['the same in upper-case hex', uc unpack 'H*', $key],
    ['the same in base64', encode_base64("user:$key", '')])
{
    my ($name, $text) = @$case;

    isnt($secrets->in($text), '', "the search finds $name");
}

is($secrets->in("AKIAFILEEXAMPLE s3o_presign $secret{new}" =~ s/ \S+$//r), '',
   'the search finds nothing where no secret is');
isnt($secrets->signatures_in('?a=b&X-Amz-Signature=' . '0a' x 32), '',
     'the search finds a signature');

credentials_file('FILE', $secret{file});
$t->env(AWS_ACCESS_KEY_ID => 'AKIAENVEXAMPLE',
        AWS_SECRET_ACCESS_KEY => $secret{env});

$t->subst(ARN => $s3->arn(), OUTPOST => '127.0.0.1:' . $s3->port(),
          SECRET => $secret{static},
          HTTP2 => $t->missing('http_v2') ? '' : ' http2',
          STATIC => "s3o_presign_credentials static "
                    . 'access_key_id=' . $s3->access_key()
                    . " secret_access_key=$secret{static}"
                    . " session_token=$token;");

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_methods       GET HEAD PUT DELETE;
    s3o_presign_multipart     on;

    proxy_cache_path  %%TESTDIR%%/cache  keys_zone=zone:1m;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        listen       127.0.0.1:%%PORT_8082%%%%HTTP2%%;
        server_name  localhost;
        %%STATIC%%

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /window/ {
            s3o_presign         redirect;
            s3o_presign_window  5m;
        }

        location /json/ {
            s3o_presign                 json;
            s3o_presign_signed_headers  content-type;
        }

        location /on/ {
            s3o_presign  on;
            add_header   X-Url $s3o_presign_url;
            add_header   X-Authorization $s3o_presign_authorization;
            add_header   X-Token $s3o_presign_security_token;
            try_files    /nothing =200;
        }

        location /variable/ {
            s3o_presign                 redirect;
            s3o_presign_key             $s3o_presign_arg_key;
            s3o_presign_expires         $arg_expires;
            s3o_presign_access_point    $arg_access_point;
        }

        location /early/ {
            s3o_presign  redirect;
            return       307 $s3o_presign_url;
        }

        location /ended/ {
            s3o_presign_credentials  static access_key_id=AKIASTATICEXAMPLE01
                                     secret_access_key=%%SECRET%%
                                     expires=2024-03-01T11:00:00Z;
            s3o_presign              redirect;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_8081%%;
        server_name  localhost;
        s3o_presign  proxy;
        %%STATIC%%

        location /proxy/ {
            s3o_presign_header  X-Amz-Meta-Who $arg_who;
            proxy_pass          http://%%OUTPOST%%;
        }

        location /cached/ {
            proxy_cache        zone;
            proxy_cache_valid  any 1m;
            proxy_pass         http://%%OUTPOST%%;
        }

        location /nobody/ {
            proxy_pass  http://127.0.0.1:%%PORT_8099%%;
        }

        location /unresolved/ {
            proxy_pass  $s3o_presign_url;
        }

        location /file/ {
            s3o_presign_credentials  file path=%%TESTDIR%%/credentials;
            proxy_pass               http://%%OUTPOST%%;
        }

        location /env/ {
            s3o_presign_credentials  env;
            proxy_pass               http://%%OUTPOST%%;
        }

        location /method/ {
            proxy_method  PUT;
            proxy_pass    http://%%OUTPOST%%;
        }
    }
}

EOC

$t->todo_alerts(qr/neither JSON nor lines of/)->run();

# presigned URLs

for my $request (
    ['/redirect/k'], ['/redirect/k', method => 'HEAD'],
    ['/redirect/k', method => 'PUT', body => 'x' x 1000],
    ['/redirect/k', method => 'PUT', body => 'x', expect => 1],
    ['/redirect/k?uploads', method => 'POST', body => ''],
    ['/redirect/%00'], ['/redirect/'], ['/redirect/' . 'x' x 1100],
    ['/redirect/k', method => 'PATCH'], ['/redirect/k?tagging'],
    ["/redirect/k?X-Amz-Security-Token=mine"],
    ['/redirect/k', headers => ['X-Amz-Meta-A' => 1]],
    ['/window/k'], ['/window/k'], ['/json/k'],
    ['/json/k', headers => ['Content-Type' => 'a/b']],
    ['/on/k'], ['/early/k'], ['/ended/k'],
    ['/variable/?key=k&expires=10m&access_point=' . $s3->arn()],
    ['/variable/?key=k&expires=1y&access_point=' . $s3->arn()],
    ['/variable/?key=k&expires=10m&access_point=nonsense'],
    ['/variable/?key=%0d%0a&expires=10m&access_point=' . $s3->arn()],
)
{
    my ($uri, @what) = @$request;
    $t->request(uri => $uri, @what);
}

curl('http://127.0.0.1:' . $t->port(8082) . "/$_/k",
     args => ['--http2-prior-knowledge']) for qw(redirect json on);

$secrets->log_is_clean($t, 'redirects');
like($t->read_file('error.log'), qr/Location: \S+X-Amz-Signature=/,
     'nginx itself writes a Location at debug level, as docs/security.md says');
access_log_is_clean('redirects');

# in proxy mode nginx does not have the URL, so it cannot log it

$t->clear_log();
$s3->put_object($_, "object $_") for qw(k c);

sub proxied {
    my ($uri, $expected, $name, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $r = $t->request(%o, uri => $uri, port => $t->port(8081));

    like("$r->{status} $r->{body}", $expected, $name);
    is($secrets->in($r->{raw}) . $secrets->signatures_in($r->{raw}), '',
       'the answers have no secret');
}

proxied('/proxy/k', qr/^200 object k/, 'an object');
proxied('/proxy/k?who=me', qr/^200 /, 'another header');
proxied('/proxy/p', qr/^200 /, 'an upload', method => 'PUT', body => 'x');
proxied('/proxy/none', qr/^404 .*NoSuchKey/s, 'none');
proxied('/cached/c', qr/^200 object c/, 'an object for the cache');
proxied('/nobody/k', qr/^502 /, 'no connection');
proxied('/unresolved/k', qr/^502 /, 'no resolver');
proxied('/method/k', qr/^500 /, 'another method than was asked for');
proxied('/env/k', qr/^200 object k/, 'credentials of the environment');
proxied('/file/k', qr/^200 object k/, 'credentials of a file');

$s3->set_credentials($s3->access_key(), 'another secret', $token);
proxied('/proxy/k', qr/^502 /, 'a signature that is refused');
proxied('/cached/r', qr/^502 /, 'the same on its way to a cache');
$s3->set_credentials($s3->access_key(), $secret{static}, $token, expired => 1);
proxied('/proxy/k', qr/^502 /, 'a token that has expired');
$s3->set_credentials($s3->access_key(), $secret{static}, 'another token');
proxied('/proxy/k', qr/^502 /, 'a token that is refused');

$t->error_log_like(qr/answered 400 "InvalidToken", its body is withheld/,
                   'the log has the codes of the errors');

# the file changes, and is bad every other time

for my $case (['NEW', $secret{new}, qr/^200 object k/],
              ['BROKEN', "$secret{new}\naws_secret $secret{new}", undef],
              ['NEW', $secret{new}, qr/^200 object k/])
{
    my ($name, $text, $expected) = @$case;

    credentials_file($name, $text);
    $t->reload();
    proxied('/file/k', $expected // qr/^(?:200|503|403|502) /,
            "a file with $name keys");
}

$secrets->log_is_clean($t, 'proxy mode');
is($secrets->in($t->read_file('error.log'))
   . $secrets->signatures_in($t->read_file('error.log')), '',
   'in proxy mode no line of the debug log, nginx\'s own included, has a '
   . 'token or a signature');
access_log_is_clean('proxy mode');

# the messages of "nginx -t" for a bad configuration

my $s = $secret{static};

for my $parameters (
    "static access_key_id=A secret_acces_key=$s",
    "static access_key_id=A secret_access_key=$s secret_access_key=$s",
    "static access_key_id=A secret_access_key=$s bogus",
    "static access_key_id=A $s",
    "static access_key_id=A secret_access_key=$s session_token=a\tb$token",
    "static secret_access_key=$s",
    "static access_key_id=$s",
    "static secret_access_key=$s session_token=$token expires=never",
    "$s access_key_id=A",
    "env secret_access_key=$s",
    "file path=%%TESTDIR%%/broken",
    "file path=%%TESTDIR%%/open",
)
{
    credentials_file('BROKEN', "$s\n$s", 'broken');
    credentials_file('OPEN', $s, 'open', 0644);

    my (undef, $said)
        = $t->check_http("s3o_presign_credentials $parameters;");
    my $name = $parameters =~ s/\Q$s\E|\Q$token\E/.../gr;

    is($secrets->in($said), '', "nginx -t with \"$name\" shows no secret");
}

$t->stop();

is($secrets->in($t->read_file('stderr.log') . $t->read_file('stdout.log')), '',
   'the standard output has no secret');

$t->done();


sub credentials_file {
    my ($name, $key, $file, $mode) = @_;

    $file //= 'credentials';

    $t->write_file($file, "[default]\naws_access_key_id = AKIA${name}EXAMPLE\n"
                   . "aws_secret_access_key = $key\n", $mode // 0600);
}


# the predefined format; nginx writes the line a moment after the answer

sub access_log_is_clean {
    my ($name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    wait_until(sub { $t->read_file('access.log') =~ m{HTTP/1} });

    my $text = $t->read_file('access.log');

    is($secrets->in($text) . $secrets->signatures_in($text), '',
       "$name: the access log has no secret and no signature");
}
