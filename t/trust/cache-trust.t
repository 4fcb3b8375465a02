#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A cache gives nothing away: access control and policy come before the cache,
# its keys differ for each user, and neither keys nor files have a signature.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Outpost;
use S3O::Process qw(capture slurp);

my $t = S3O::Nginx->new();
my $host = 'my-ap-123456789012.op-01234567890123456.s3.test';

my $s3 = S3O::Outpost->new(host => { $host => 'us-west-2',
                                     $host =~ s/my-ap/other/r => 'us-west-2' },
                           session_token => 'TOKEN/of+the/module==')->start();

$s3->known_to($t, HOST => $host, OTHER => $s3->arn() =~ s/my-ap/other/r,
              OUTPOST => '127.0.0.1:' . $s3->port());

$t->write_file('users', "ann:{PLAIN}a\nbob:{PLAIN}b\n");

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    upstream %%HOST%% {
        server  %%OUTPOST%%;
    }

    proxy_cache_path  %%TESTDIR%%/cache  keys_zone=zone:1m;

    s3o_presign_endpoint      http://s3.test;
    %%TEST_OUTPOST%%

    map $remote_user $dir {
        ann  a;
        bob  b;
    }

    map $arg_where $where {
        default  %%ARN%%;
        other    %%OTHER%%;
    }

    proxy_cache           zone;
    proxy_cache_valid     200 206 10m;
    add_header            X-Cache $upstream_cache_status always;
    auth_basic_user_file  %%TESTDIR%%/users;

    # the same objects under several conditions

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        s3o_presign  proxy;

        proxy_cache_key  $s3o_presign_url;

        location /c/ {
            proxy_pass  $s3o_presign_url;
        }

        location /denied/ {
            deny        all;
            proxy_pass  $s3o_presign_url;
        }

        location /basic/ {
            auth_basic  "closed";
            proxy_pass  $s3o_presign_url;
        }

        location /asked/ {
            auth_request  /no;
            proxy_pass    $s3o_presign_url;
        }

        location = /no {
            s3o_presign  off;
            return       403;
        }

        location /put/ {
            s3o_presign_methods  PUT;
            proxy_pass           $s3o_presign_url;
        }

        location /ended/ {
            s3o_presign_credentials  static access_key_id=%%KEY%%
                                     secret_access_key=%%SECRET%%
                                     expires=2024-03-01T11:00:00Z;
            proxy_pass               $s3o_presign_url;
        }

        location /version/ {
            s3o_presign_args  versionId;
            proxy_pass        $s3o_presign_url;
        }

        location /off/ {
            s3o_presign      off;
            proxy_cache_key  http://%%HOST%%/k;
            proxy_pass       http://%%HOST%%/;
        }
    }

    # without "proxy_cache_key", and objects that depend on more than the URI

    server {
        listen           127.0.0.1:%%PORT_8081%%;
        auth_basic       "closed";
        s3o_presign      proxy;
        s3o_presign_key  users/$dir/$s3o_presign_path;

        location /mine/ {
            proxy_pass  $s3o_presign_url;
        }

        location /constant/ {
            proxy_pass  http://%%HOST%%;
        }

        location /changed/ {
            proxy_pass  http://%%HOST%%/x/;
        }

        location /where/ {
            auth_basic                off;
            s3o_presign_access_point  $where;
            s3o_presign_key           k;
            proxy_pass                http://%%HOST%%;
        }

        location /own-key/ {
            proxy_cache_key  "own $remote_user $uri";
            proxy_pass       http://%%HOST%%;
        }
    }
}

EOC

$s3->put_object('k', 'the object');
$s3->put_object('own', 'of a closed one');
$s3->put_object("users/$_/k", "of $_") for qw(a b);
S3O::Outpost::Objects->new($s3->dir())
    ->write_object($host =~ s/my-ap/other/r, 'k', 'the other', headers => {});

$t->run();

# a cached object is given only to those who may read it

is(ask('/c/k'), '200 MISS the object', 'an object comes into the cache');
is(ask('/c/k'), '200 HIT the object', 'the cache serves the object');
is(ask('/basic/k', headers => basic('ann', 'a')), '200 HIT the object',
   'the cache serves the object to a user who is let through');
is(ask('/basic/own', headers => basic('ann', 'a')), '200 MISS of a closed one',
   'the request of such a user fills the cache');
like(ask('/basic/own'), qr/^401 - (?!.*closed one)/s,
     'a request without the password does not get this object');

my @refused = (
    ['/denied/k', 403, 'deny'],
    ['/basic/k', 401, 'auth_basic'],
    ['/asked/k', 403, 'auth_request'],
    ['/put/k', 405, 'a method that the location does not have'],
    [['/c/k', method => 'DELETE'], 405, 'DELETE'],
    [['/c/k', method => 'POST', body => ''], 405, 'POST'],
    ['/c/k?tagging', 400, 'another operation'],
    ['/c/k?versionId=1', 400, 'another version'],
    ['/c/k?X-Amz-Expires=1', 400, 'an authentication argument'],
    ['/c/%2e%2e%2fk%00', 400, 'a key that is none'],
    ['/ended/k', 503, 'credentials that have ended'],
);

for my $case (@refused) {
    my ($what, $status, $name) = @$case;
    my $got = ask(ref $what ? @$what : $what);

    like($got, qr/^$status - /, "$name is refused with $status");
    unlike($got, qr/the object/, "$name: the answer has nothing of the object");
}

is(ask('/c/k?other=1'), '200 HIT the object',
   'an argument that is dropped makes no other object');
like(ask('/version/k?versionId=1'), qr/^200 MISS/,
     'another version is another entry of the cache');
is(ask('/off/k'), '200 HIT the object',
   'who names its key without "s3o_presign" gets it: that is asked for');

# each user has an entry of his own

for my $way (qw(mine constant changed)) {
    for my $user (qw(a b a b)) {
        my $name = $user eq 'a' ? 'ann' : 'bob';

        like(ask("/$way/k", headers => basic($name, $user), port => 8081),
             qr/^200 (?:MISS|HIT) of $user$/,
             "$way: the default key tells users apart, $name");
    }

    like(ask("/$way/k", port => 8081), qr/^401 - /, "$way: no user, no object");
}

like(ask('/constant/k', headers => basic('bob', 'b'), port => 8081),
     qr/^200 HIT of b$/, 'a constant key is used');

for my $i (1, 2) {
    my $cache = $i == 1 ? qr/MISS|HIT/ : qr/HIT/;

    like(ask('/where/k', port => 8081), qr/^200 $cache the object$/,
         'the default key tells access points apart');
    like(ask('/where/k?where=other', port => 8081),
         qr/^200 $cache the other$/,
         'the other access point has its own entry');
}

is(ask('/own-key/k', headers => basic('ann', 'a'), port => 8081),
   '200 MISS of a', 'a key of the configuration');
is(ask('/own-key/k', headers => basic('bob', 'b'), port => 8081),
   '200 MISS of b', 'the configured key is used as it is');

# the files of the cache

my @files = split /\n/, (capture(['find', $t->testdir() . '/cache', '-type',
                                  'f']))[1];
my %key = map { slurp($_) =~ /^KEY: (.*)$/m ? ($1 => $_) : () } @files;

is(scalar(keys %key), scalar @files, 'each file has a key');

my $url = "http://$host";
my $other = $url =~ s/my-ap/other/r;

is(join("\n", sort keys %key),
   join("\n", sort "$url/k", "$url/k?versionId=1", "$url/own", "$url/users/a/k",
                   "$url/users/b/k", "$other/k", 'own ann /own-key/k',
                   'own bob /own-key/k'),
   'the keys name objects, and have no signature');

my $token = $s3->session_token();

is(join("\n", grep { slurp($_) =~ /X-Amz-(?:Sig|Sec|Cred)|Signature|Credential=
                                  |Authorization|\Q$token\E|AKI/xi } @files),
   '', 'the files have no signature');

$t->done();


sub basic {
    my ($user, $password) = @_;

    require MIME::Base64;
    return ['Authorization', 'Basic '
            . MIME::Base64::encode_base64("$user:$password", '')];
}


# returns "STATUS CACHE BODY"; tests that each request to the Outpost was
# signed

sub ask {
    my ($uri, %o) = @_;

    $o{port} = $t->port($o{port}) if $o{port};
    $s3->clear();

    my $r = $t->request(%o, uri => $uri);
    my @bad = grep { $_->{verdict} ne 'ok' } $s3->requests();

    return @bad ? "not signed right: $bad[0]{verdict}"
                : "$r->{status} " . ($r->{headers}{'x-cache'}[0] // '-')
                  . " $r->{body}";
}
