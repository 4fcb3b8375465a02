#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# s3o_presign_args and s3o_presign_param: which arguments enter the signed
# query, and in what form.  Arguments that authenticate a request never enter
# it.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN SECRET_KEY parse_url own_query is_signed);
use S3O::SigV4 qw(uri_encode);

my $t = S3O::Nginx->new(log_level => 'info');

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    large_client_header_buffers  4 32k;

    server {
        listen                    127.0.0.1:%%PORT_8080%%;
        server_name               localhost;

        s3o_presign               redirect;
        s3o_presign_access_point  @{[ ARN ]};
        s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                                  secret_access_key=@{[ SECRET_KEY ]};

        location /none/ {
        }

        location /args/ {
            s3o_presign_args  a b A versionId partNumber response-content-type
                              weird/name "two words" \xc3\xa9;
        }

        location /param/ {
            s3o_presign_param  versionId v1;
            s3o_presign_param  response-content-disposition
                               'attachment; filename="a b+c/d&e=\xc3\xa9.txt"';
            s3o_presign_param  empty "";
            s3o_presign_param  type \$s3o_presign_arg_t;
            s3o_presign_param  raw \$arg_t;
        }

        location /both/ {
            s3o_presign_args   a versionId type;
            s3o_presign_param  versionId fixed;
            s3o_presign_param  type \$s3o_presign_arg_force;
        }

        location /rewritten/ {
            s3o_presign_args  a b;
            rewrite           ^/rewritten/more\$  /rewritten/k?a=2 break;
            rewrite           ^/rewritten/less\$  /rewritten/k? break;
            rewrite           ^/rewritten/else\$  /args/k?b=3 last;
            rewrite           ^/rewritten/auth\$  /rewritten/k?X-Amz-Date=1
                              break;

            if (\$arg_set) {
                set  \$args  a=1&b=\$arg_set;
            }
        }

        location /proxy/ {
            s3o_presign        proxy;
            s3o_presign_args   a b;
            s3o_presign_param  p "x y";
            proxy_pass         http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return 200 \$request_uri;
        }
    }
}

EOC

my $disposition = 'response-content-disposition=attachment; filename="a b+c/d'
                  . "&e=\xc3\xa9.txt\"";
my $many = join '&', map { "a=$_" } 100 .. 227;
my $long = 'x' x 20000;

# [the URI after the location, the query that is signed besides the
# authentication]

my %cases = (
    none => [
        ['', ''],
        ['?', ''],
        ['?a=1', ''],
        ['?a=1&b&=&&c=d', ''],
        ['?response-content-type=text/html', ''],
        ['?prefix=a&delimiter=b', ''],
        ['?x-id=GetObject', ''],
        ["?a=$long", ''],
    ],

    args => [
        ['', ''],
        ['?a=1', 'a=1'],
        ['?b=2&a=1', 'a=1&b=2'],
        ['?c=3&a=1', 'a=1'],
        ['?A=2&a=1', 'A=2&a=1'],
        ['?B=2', ''],
        ['?a', 'a='],
        ['?a=', 'a='],
        ['?a==', 'a=='],
        ['?a=b=c', 'a=b=c'],
        ['?a=2&a=1&a=2&a', 'a=&a=1&a=2&a=2'],
        ['?&&a=1&&', 'a=1'],
        ['?=1&a=1', 'a=1'],
        ['?%61=1', 'a=1'],
        ['?a=%41%62%2f%3D%26', 'a=Ab/=&'],
        ['?a=b+c', 'a=b c'],
        ['?a=b%2Bc', 'a=b+c'],
        ['?a=b%20c', 'a=b c'],
        ['?a=~*\'()!-._', 'a=~*\'()!-._'],
        ['?a=%7E%2A', 'a=~*'],
        ['?a=1;b=2', 'a=1;b=2'],
        ['?a=1?b=2', 'a=1?b=2'],
        ['?a=%00%0a%7f%ff', "a=\0\n\x7f\xff"],
        ['?a=%C3%A9', "a=\xc3\xa9"],
        ["?a=\xc3\xa9", "a=\xc3\xa9"],
        ['?%C3%A9=1', "\xc3\xa9=1"],
        ['?two+words=1', 'two words=1'],
        ['?two%20words=1', 'two words=1'],
        ['?weird/name=1&weird%2Fname=2', 'weird/name=1&weird/name=2'],
        ['?a=X-Amz-Signature', 'a=X-Amz-Signature'],
        ['?versionId=3%2FL4', 'versionId=3/L4'],
        ['?versionId=null&partNumber=2', 'partNumber=2&versionId=null'],
        ['?versionid=x', ''],
        ['?response-content-type=text%2Fplain%3B+charset%3Dutf-8',
         'response-content-type=text/plain; charset=utf-8'],
        ["?a=$long", "a=$long"],
        ["?$many", $many],
    ],

    param => [
        ['', "$disposition&versionId=v1"],
        ['?versionId2=x', "$disposition&versionId=v1"],
        ['?t=x', "raw=x&$disposition&type=x&versionId=v1"],
        ['?t=', "$disposition&versionId=v1"],
        ['?t=a%20b%2B+c', "raw=a%20b%2B+c&$disposition&type=a b+ c"
                          . '&versionId=v1'],
        ['?t=%0d%0aX-Evil:1', "raw=%0d%0aX-Evil:1&$disposition&type=\r\nX-Evil:"
                              . '1&versionId=v1'],
        ['?t=1%26versionId=2', "raw=1%26versionId=2&$disposition&type=1&"
                               . 'versionId=2&versionId=v1'],
    ],

    # the configured value replaces the one of the client

    both => [
        ['?a=1', 'a=1&versionId=fixed'],
        ['?versionId=theirs', 'versionId=fixed'],
        ['?versionId=one&versionId=two&a=1', 'a=1&versionId=fixed'],
        ['?version%49d=theirs', 'versionId=fixed'],
        ['?type=theirs', 'type=theirs&versionId=fixed'],
        ['?type=theirs&force=ours', 'type=ours&versionId=fixed'],
    ],

    rewritten => [
        ['more', 'a=2'],
        ['more?b=1', 'a=2&b=1'],
        ['less?a=1&b=1', ''],
        ['else?a=1', 'a=1&b=3'],
        ['k?set=4', 'a=1&b=4'],
        ['k?set=4&b=5', 'a=1&b=4'],
    ],
);

for my $place (sort keys %cases) {
    for my $case (@{ $cases{$place} }) {
        my ($uri, $expected) = @$case;

        $uri = "k$uri" unless $uri =~ /^\w/;

        my $name = "/$place/" . substr $uri, 0, 60;
        my $r = $t->request(uri => "/$place/$uri");
        my $u = parse_url($r->{headers}{location}[0] // "http://$r->{status}/");

        is(own_query($u), $expected, $name);
        is($u->{path}, '/k', "$name: the key") if $place ne 'rewritten';
        ok(is_signed($u), "$name: the signature");
    }
}

# an argument whose value has an encoded "&" stays one argument: it is sent as
# it was signed

like($t->request(uri => '/param/k?t=1%26versionId=2')->{headers}{location}[0],
     qr/[?&]type=1%26versionId%3D2&/, 'an "&" in a value stays in it');


# proxy mode sends the same query as a redirect

for my $case (
    ['', 'p=x%20y'], ['?b=2&a=1&c=3', 'a=1&b=2&p=x%20y'],
    ['?a=b+c&a', 'a=&a=b%20c&p=x%20y'], ['?p=mine', 'p=x%20y'],
    ['?a=%3d%2f', 'a=%3D%2F&p=x%20y'])
{
    is($t->request(uri => "/proxy/k$case->[0]")->{body}, "/k?$case->[1]",
       "/proxy/k$case->[0]");
}


# refused: arguments that authenticate, in any case and encoding, whether a
# directive names them or not

my @auth = (
    (map { ["$_=1", 400] } qw(X-Amz-Algorithm X-Amz-Credential X-Amz-Date
     X-Amz-Expires X-Amz-SignedHeaders X-Amz-Signature X-Amz-Security-Token
     X-Amz-Region-Set X-Amz-Content-Sha256 X-Amz-Copy-Source X-Amz- X-Amz-x
     x-amz-signature X-AMZ-SIGNATURE x-AmZ-dAtE X%2DAmz-Date %58-Amz-Date
     x%2damz%2dacl AWSAccessKeyId awsaccesskeyid Signature signature Expires
     expires %45xpires x-amz-meta-a)),
    (map { [$_, 400] } 'X-Amz-Date', 'X-Amz-Date=', 'a=1&X-Amz-Date=1',
     'X-Amz-Date=1&a=1', '&&x-amz-date', 'a&b&c&Expires'),

    # and arguments that select another operation

    (map { [$_, 400] } qw(tagging tagging= delete versions uploads uploadId=1
     tagg%69ng=1)),
    (map { [$_, 501] } qw(acl policy torrent restore select website %61cl
     a=1&cors)),

    # escapes that are not valid

    (map { [$_, 400] } '%', 'a=%', 'a=%4', 'a=%zz', '%4=a', 'b=1&c=%G0',
     'a=%u0041'),

    # more arguments than anybody needs

    [$many . '&a=1', 414],
);

for my $place (qw(none args proxy)) {
    for my $case (@auth) {
        my ($query, $status) = @$case;

        my $r = $t->request(uri => "/$place/k?$query");
        my $name = "/$place/k?" . substr $query, 0, 40;

        is($r->{status}, $status, "refused: $name");
        unlike($r->{raw}, qr/AWS4-HMAC|Signature=/, "not signed: $name");
    }
}

is($t->request(uri => '/args/k?versionId=1')->{status}, 307,
   'versionId is accepted where s3o_presign_args names it');
is($t->request(uri => '/none/k?versionId=1')->{status}, 400,
   'versionId is refused where nothing names it');
is($t->request(uri => '/rewritten/auth')->{status}, 400,
   'a rewrite cannot add arguments that authenticate');
is($t->request(uri => '/none/k?ACL=1&Tagging=1&X-AmzX=1')->{status}, 307,
   'names that only resemble those of operations are dropped');

# names that look alike in a signed query are encoded alike

is(uri_encode('weird/name'), 'weird%2Fname', 'the witness encodes a slash');
like($t->request(uri => '/args/k?weird/name=1')->{headers}{location}[0],
     qr/[?&]weird%2Fname=1&/, 'so does the URL');

$t->done();
