#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Missing memory while a configuration is read: whichever allocation of the
# module fails, "nginx -t" ends with an error, and no signal ends it.

use strict;
use warnings;

use Test::More;

use S3O::Fail;
use S3O::Nginx;
use S3O::Process qw(spew);
use S3O::TLS;

use constant { FEW => 300, NEVER => 2 ** 30 };

plan(skip_all => 'allocations cannot be made to fail here')
    unless S3O::Fail::possible();

my $tls = S3O::TLS->new();     # its file is there as long as it is
my $t = S3O::Nginx->new();
my $dir = $t->testdir();
my $arn = 'arn:aws:s3-outposts:us-west-2:123456789012'
          . ':outpost:op-01ac5d28a6a232904:accesspoint:reports';
my $role = 'arn:aws:iam::123456789012:role/web';

spew("$dir/credentials", <<'EOF');
[default]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
EOF

spew("$dir/config", <<"EOF");
[default]
role_arn = $role
source_profile = base

[profile base]
role_arn = $role-2
credential_source = EcsContainer
external_id = 4711
region = us-west-2
EOF

spew("$dir/token", "a token");
chmod 0600, "$dir/credentials", "$dir/token";

my $conf = <<"EOF";
%%TEST_GLOBALS%%
events { }

env AWS_EC2_METADATA_DISABLED;

http {
    %%TEST_GLOBALS_HTTP%%

    resolver 127.0.0.1;
    s3o_presign_access_point  $arn;

    map \$arg_who \$way { default redirect; json json; }

    upstream outpost { server 127.0.0.1:%%PORT_8081%%; }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        s3o_presign_credentials  default;

        location /a/ {
            s3o_presign                 \$way;
            s3o_presign_key             \$s3o_presign_segment_arg_who/\$uri;
            s3o_presign_require         \$arg_who \$arg_x;
            s3o_presign_methods         GET PUT DELETE;
            s3o_presign_args            versionId response-content-type;
            s3o_presign_param           response-cache-control no-store;
            s3o_presign_param           response-expires \$arg_expires;
            s3o_presign_signed_headers  content-type content-length;
            s3o_presign_expires         15m;
            s3o_presign_window          5m;
            s3o_presign_multipart       on;
            s3o_presign_list            on;
            s3o_presign_errors          json;
        }

        location /b/ {
            s3o_presign              proxy;
            s3o_presign_methods      GET PUT POST;
            s3o_presign_payload      signed;
            s3o_presign_header       x-amz-meta-user \$remote_user;
            s3o_presign_header       x-amz-meta-from nginx;
            s3o_presign_copy         reports archive;
            s3o_presign_credentials  assume_role role_arn=$role source=imds
                                     tag=a=b tag=c=d
                                     transitive_tag=e=f external_id=1
                                     proxy=http://u:p\@127.0.0.1:3128
                                     name=b region=us-west-2;
            proxy_pass               https://outpost;
        }

        location /c/ {
            s3o_presign              json;
            s3o_presign_algorithm    sigv4a;
            s3o_presign_region_set   us-west-2 us-east-1;
            s3o_presign_credentials  web_identity role_arn=$role
                                     token_file=$dir/token region=us-west-2;
        }

        location /d/ {
            s3o_presign               on;
            s3o_presign_access_point  \$arg_point;
            s3o_presign_credentials   file path=$dir/credentials;
            proxy_pass                http://127.0.0.1:%%PORT_8081%%;
        }

        location /e/ {
            s3o_presign              redirect 302;
            s3o_presign_credentials  imds name=e renew=1h;
            s3o_presign_endpoint     https://s3.example.com:8443;
        }

        location /f/ {
            s3o_presign              redirect;
            s3o_presign_credentials  container
                                     uri=http://localhost/get?role=a
                                     token_file=$dir/token;
        }

        location /g/ {
            s3o_presign              redirect;
            s3o_presign_credentials  static access_key_id=AKIAEXAMPLE
                                     secret_access_key=secret
                                     session_token=token;
        }

        location = /status { s3o_presign_status prometheus; }
    }
}
EOF

$t->plan(3);

$t->env(AWS_SHARED_CREDENTIALS_FILE => "$dir/credentials",
        AWS_CONFIG_FILE => "$dir/config", AWS_REGION => 'us-west-2',
        SSL_CERT_FILE => $tls->ca_file(),
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => '/v2/credentials');

my ($status, $said) = $t->check_config($conf);

is($status, 0, 'the configuration is right') or diag($said);

# only allocations of the module fail: OpenSSL works without some of its own

$t->env(S3O_FAIL_OWN => 1);

my $fail = S3O::Fail->new($t);

$fail->allocation(NEVER);
$t->check_config($conf);

my $count = NEVER - $fail->left();

cmp_ok($count, '>', 100, 'the allocations are counted');

my @wrong;

for my $n (numbers()) {
    $fail->allocation($n);
    ($status, $said) = $t->check_config($conf);

    push @wrong, "$n of $count: ended with $status: $said" if $status != 1;
}

is(join("\n", @wrong), '', 'nginx -t ends with an error, and by no signal');

note("$count allocations");


# returns all of them, or some evenly spread, others in each run

sub numbers {
    my $most = $ENV{ALLOC} || FEW;

    return 1 .. $count if $most eq 'all' || $most >= $count;
    return map { 1 + int(($_ + rand) * $count / $most) } 0 .. $most - 1;
}
