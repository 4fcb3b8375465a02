#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# SigV4A in all modes: region sets, tokens, windows, access points from a
# variable, and SigV4 with the same credentials in the same server.  Region sets
# and signatures that a client sends are never used.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Judge qw(TEMPORARY_KEY known_credentials static judge args_of);
use S3O::Nginx;
use S3O::Outpost;
use S3O::Presigned qw(ARN SECRET_KEY arn);
use S3O::SigV4A qw(examine refuted private_key);

use constant NOW => '20240301T120730Z';

my $t = S3O::Nginx->new()->has(qw/faketime openssl/);
my $s3 = S3O::Outpost->new(verify => 0)->start();

$t->subst(ARN => ARN, OTHER => arn('other'), STATIC => static(),
          FAR => ARN =~ s/us-west-2/eu-west-1/r,
          TEMPORARY => static('token'), OUTPOST => $s3->port());
$t->faketime(NOW);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%

    map $arg_ap $access_point {
        default  "";
        near     %%ARN%%;
        other    %%OTHER%%;
        far      %%FAR%%;
    }

    proxy_cache_path  %%TESTDIR%%/cache keys_zone=cache:1m;

    upstream outpost {
        server 127.0.0.1:%%OUTPOST%%;
    }

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;

        s3o_presign_algorithm  sigv4a;

        # one server with both algorithms and the same credentials

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /sigv4/ {
            s3o_presign            redirect;
            s3o_presign_algorithm  sigv4;
        }

        location /set/ {
            s3o_presign             redirect;
            s3o_presign_region_set  us-west-2 eu-* us-gov-west-1;

            location /set/sigv4/ {
                s3o_presign_algorithm  sigv4;
            }

            location /set/inherited/ {
                s3o_presign_algorithm  sigv4a;
            }

            location /set/other/ {
                s3o_presign_region_set  us-*;
            }
        }

        location /token/ {
            s3o_presign  redirect;
            %%TEMPORARY%%
        }

        location /json/ {
            s3o_presign                 json;
            s3o_presign_methods         GET HEAD PUT;
            s3o_presign_signed_headers  content-type x-amz-meta-*;
            s3o_presign_multipart       on;
            s3o_presign_header          if-none-match $arg_unless;
            s3o_presign_header          content-length $arg_size;
            s3o_presign_args            versionId;
        }

        location /window/ {
            s3o_presign          redirect;
            s3o_presign_expires  1h;
            s3o_presign_window   10m;
        }

        location /variable/ {
            s3o_presign               redirect;
            s3o_presign_access_point  $access_point;
            s3o_presign_region_set    us-*;

            location /variable/sigv4/ {
                s3o_presign_algorithm  sigv4;
            }

            location /variable/all/ {
                s3o_presign_region_set  *;
            }
        }

        location /on/ {
            s3o_presign  on;
            %%TEMPORARY%%
            s3o_presign_region_set  us-west-2 us-east-1;
            s3o_presign_signed_headers  x-amz-meta-*;
            try_files  /nowhere @said;
        }

        location /on-sigv4/ {
            s3o_presign            on;
            s3o_presign_algorithm  sigv4;
            try_files  /nowhere @said;
        }

        location @said {
            default_type  application/json;
            return 200 '{ "url": "$s3o_presign_url",
                          "authorization": "$s3o_presign_authorization",
                          "x-amz-date": "$s3o_presign_date",
                          "x-amz-content-sha256":
                              "$s3o_presign_content_sha256",
                          "x-amz-region-set": "$s3o_presign_region_set",
                          "x-amz-security-token":
                              "$s3o_presign_security_token" }';
        }

        location /proxy/ {
            s3o_presign                 proxy;
            s3o_presign_methods         GET HEAD PUT DELETE;
            s3o_presign_multipart       on;
            s3o_presign_list            on;
            s3o_presign_signed_headers  content-type x-amz-meta-*;
            s3o_presign_header          x-amz-storage-class OUTPOSTS;
            proxy_pass                  http://outpost;

            location /proxy/token/ {
                %%TEMPORARY%%
                s3o_presign_region_set  us-west-*;
                proxy_pass              http://outpost;
            }

            location /proxy/sigv4/ {
                s3o_presign_algorithm  sigv4;
                proxy_pass             http://outpost;
            }

            location /proxy/cache/ {
                proxy_cache  cache;
                proxy_pass   http://outpost;
            }
        }
    }
}

EOC

my @examined;

# redirects

signed(location('/redirect/a%20b'), 'a redirect');
is($examined[-1]{region_set}, '*', 'a URL is for all regions by default');

for my $case (['/set/x', 'us-west-2,eu-*,us-gov-west-1', 'a region set'],
              ['/set/inherited/x', 'us-west-2,eu-*,us-gov-west-1',
               'an inherited one'],
              ['/set/other/x', 'us-*', 'another one inside'])
{
    my ($uri, $set, $name) = @$case;

    signed(location($uri), $name);
    is($examined[-1]{region_set}, $set, "$name: joined as they stand");
}

like(location('/set/x'),
     qr/&X-Amz-Expires=900&X-Amz-Region-Set=us-west-2%2Ceu-%2A
        %2Cus-gov-west-1&X-Amz-SignedHeaders=host&/x,
     'encoded, between the parameters where it is sorted');

signed(location('/token/x'), 'a session token');
like(location('/token/x'), qr/&X-Amz-Region-Set=%2A&X-Amz-Security-Token=/,
     'the token stands after the region set');

# both algorithms in turn: neither URL has anything of the other

for my $n (1 .. 3) {
    my $sigv4 = location('/sigv4/x');

    is(judge($sigv4, now => S3O::SigV4::amz_epoch(NOW)), 'signed',
       "SigV4 in the same server, $n");
    unlike($sigv4, qr/Region-Set|ECDSA/, 'SigV4 has no region set');
    signed(location('/redirect/x'), "SigV4A in the same server, $n");
}

is(judge(location('/set/sigv4/x'), now => S3O::SigV4::amz_epoch(NOW)),
   'signed', 'a SigV4 location inside of a SigV4A location');

# All signatures differ, or all are equal, depending on the OpenSSL library.

my %made = map { location('/redirect/same') => 1 } 1 .. 5;
my $repeated = keys %made == 1;
ok($repeated || keys %made == 5, keys(%made) . ' of 5 URLs differ');

# json

for my $method (qw(GET HEAD PUT)) {
    my @headers = ('Content-Type' => 'text/x', 'X-Amz-Meta-A' => 'b  c');
    my $r = $t->request(method => $method, uri => '/json/x?versionId=7&v=1',
                        headers => \@headers,
                        $method eq 'PUT' ? (body => 'x') : ());

    next if $method eq 'HEAD';

    my $said = eval { decode_json($r->{body}) } // {};

    signed($said->{url}, "json, $method", method => $method,
           headers => \@headers);
    is($examined[-1]{signed_headers}, 'content-type;host;x-amz-meta-a',
       "json, $method: the headers are signed");
    like($said->{url}, qr/&versionId=7&X-Amz-Signature=/,
         "json, $method: the argument is signed");

    $r = $t->request(method => $method, uri => '/json/x?unless=*&size=3',
                     $method eq 'PUT' ? (body => 'x') : ());
    $said = eval { decode_json($r->{body}) } // {};

    my @bound = ('if-none-match' => '*',
                 $method eq 'PUT' ? ('content-length' => 3) : ());

    is_deeply($said->{headers}, { @bound },
              "json, $method: the answer names the headers");
    signed($said->{url}, "json, $method: the URL is right", method => $method,
           headers => \@bound);
}

# more parts than are signed in one turn

my $parts = eval { decode_json($t->request(
    method => 'PUT', uri => '/json/x?uploadId=u&partNumber=1-20', body => 'x')
    ->{body})->{parts} } // [];

is(scalar @$parts, 20, 'json: parts');
signed($_->{url}, "json: part $_->{partNumber}", method => 'PUT')
    for @$parts[0, 7, 8, 19];

# a window

my $url = location('/window/x');
signed($url, 'a window');
is("$examined[-1]{date} $examined[-1]{expires}", '20240301T120000Z 4200',
   'the time is rounded down and the life is longer');

$t->set_faketime('20240301T120959Z');
my $later = location('/window/x');
signed($later, 'a window, at its end');
is($examined[-1]{date}, '20240301T120000Z', 'the window has the same time');
is($repeated ? $later : without_signature($later),
   $repeated ? $url : without_signature($url),
   $repeated ? 'the window has the same URL'
             : 'only the signature differs in a window');

$t->set_faketime('20240302T000001Z');
signed(location('/window/x'), 'the first window of the next day');
is($examined[-1]{date}, '20240302T000000Z',
   'the next day begins with a window');
signed(location('/redirect/x'), 'a redirect on the next day');

# access points from a variable

for my $n (1 .. 2) {
    for my $ap (qw(near other)) {
        signed(location("/variable/x?ap=$ap"), "$ap, $n");
        unlike(location("/variable/sigv4/x?ap=$ap"), qr/Region-Set/,
               "$ap, $n: SigV4");
    }
}

my $r = $t->request(uri => '/variable/x?ap=far');
is($r->{status}, 500, 'a region that is not in the set is refused');
$t->error_log_like(qr/"s3o_presign_access_point"\ yields
                      \ "arn:aws:s3-outposts:eu-west-1:[^"]*":\ its\ region
                      \ is\ not\ in\ "s3o_presign_region_set"/x,
                   'the log says that the region is not in the set');
signed(location('/variable/all/x?ap=far'),
       'a region set of "*" has every region',
       region => 'eu-west-1');
is($t->request(uri => '/variable/x')->{status}, 404,
   'an empty access point is refused as with SigV4');

# mode "on" has two forms of one set

$r = $t->request(uri => '/on/k', headers => ['x-amz-meta-a' => 'b']);
my $said = eval { decode_json($r->{body} =~ s/\s+/ /gr) } // {};

signed($said->{url}, 'on, the query form', headers => ['x-amz-meta-a' => 'b']);
signed(undef, 'on, the header form', target => '/k', headers => [
    ['Host', S3O::Presigned::HOST], ['x-amz-meta-a', 'b'],
    map { [$_, $said->{$_}] } grep { $_ ne 'url' } sort keys %$said]);
is($said->{'x-amz-region-set'}, 'us-west-2,us-east-1',
   'on: the variable has the region set');

$said = eval { decode_json($t->request(uri => '/on-sigv4/k')->{body}
                           =~ s/\s+/ /gr) } // {};
is($said->{'x-amz-region-set'}, '', 'on: the variable is empty with SigV4');

# proxy

my @hostile = ('X-Amz-Region-Set' => 'eu-west-1', 'x-amz-date' => 'never',
               'Authorization' => 'AWS4-ECDSA-P256-SHA256 Credential=x/y, '
                                  . 'SignedHeaders=host, Signature=30',
               'x-amz-acl' => 'private', 'X-Amz-Meta-A' => 'b');

for my $way ('', 'token/') {
    for my $case (['GET', 'k'], ['HEAD', 'k'], ['DELETE', 'k'],
                  ['PUT', 'a%20b/%2B', 'hello'], ['PUT', 'k', ''],
                  ['POST', 'k?uploads', ''],
                  ['PUT', 'k?partNumber=2&uploadId=x%2Fy', 'part'],
                  ['DELETE', 'k?uploadId=z'],
                  ['GET', '?list-type=2&prefix=a/'])
    {
        my ($method, $rest, $body) = @$case;

        $s3->clear();
        $t->request(method => $method, uri => "/proxy/$way$rest",
                    headers => ['Content-Type' => 'text/x', @hostile],
                    defined $body ? (body => $body) : ());

        my $last = $s3->last() // {};

        proxied($last, "proxy: $method /$way$rest");
        is($last->{header}{'x-amz-region-set'}, $way ? 'us-west-*' : '*',
           'the region set is the server\'s');
        is($last->{header}{'x-amz-acl'}, undef,
           'the client\'s ACL is not sent');
        is($examined[-1]{signed_headers},
           'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;'
           . 'x-amz-region-set'
           . ($way ? ';x-amz-security-token' : '') . ';x-amz-storage-class',
           'these headers are signed');
    }
}

# a cache sends GET when the client has sent HEAD

$s3->clear();
$t->request(method => 'HEAD', uri => '/proxy/cache/k');
proxied($s3->last(), 'proxy: HEAD with a cache');
is($s3->last()->{method}, 'GET', 'proxy: a cache turns HEAD into GET');

$t->request(uri => '/proxy/sigv4/k', headers => \@hostile);
is($s3->last()->{header}{'x-amz-region-set'}, undef,
   'proxy, SigV4: no region set is sent, not even the client\'s');
like($s3->last()->{header}{authorization}, qr/^AWS4-HMAC-SHA256 /,
     'proxy, SigV4: the signature is one of SigV4');

# a region set of the client in redirects and queries

is($t->request(uri => '/redirect/x', headers => ['X-Amz-Region-Set' => '*'])
     ->{status}, 400, 'redirect: a region set of the client\'s is refused');
is($t->request(uri => '/redirect/x?X-Amz-Region-Set=*')->{status}, 400,
   'redirect: an argument with a region set is refused');
is($t->request(uri => '/proxy/x?x-amz-region-set=*')->{status}, 400,
   'proxy: an argument with a region set is refused');

# all signatures are verified at once

is(refuted(@examined), '', @examined . ' signatures are right');

# at debug level the log has the signed text, and no keys

my $log = $t->read_file('error.log');
my @secrets = (SECRET_KEY, private_key(S3O::Presigned::ACCESS_KEY, SECRET_KEY),
               private_key(TEMPORARY_KEY, SECRET_KEY));

is(scalar(grep { $log =~ /\Q$_\E/i } @secrets), 0, 'no key is in the log');
like($log, qr/&X-Amz-Region-Set=%2A
              &X-Amz-Security-Token=\*\*\*&X-Amz-SignedHeaders=/x,
     'a token in it is masked, the region set is not');

$t->done();


sub location {
    my ($uri) = @_;

    return $t->request(uri => $uri)->{headers}{location}[0];
}


# Tests that the request has the right form, and keeps it, so that its signature
# is verified with all others.

sub signed {
    my ($url, $name, %o) = @_;

    my $e = examine(defined $url ? (url => $url) : (),
                    credentials => known_credentials(), %o);

    is($e->{fault}, '', $name);
    push @examined, $e;
}


sub proxied {
    my ($r, $name) = @_;

    signed(undef, $name, method => $r->{method}, target => $r->{target},
           headers => $r->{headers});
}


sub without_signature { return $_[0] =~ s/&X-Amz-Signature=\w+//r }
