#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/examples/multipart.sh, run by the shells of Debian, with curl and a real
# S3 server.  It uploads a file in parts; one part fails once, another part
# always fails.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Process qw(capture slurp);
use S3O::Radosgw;

use constant MB => 1048576;

my $t = S3O::Nginx->new()->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();
my $dir = $t->testdir();
my $script = S3O::Nginx->root() . '/docs/examples/multipart.sh';

$t->subst(ARN => $s3->arn(), S3 => $s3->port(),
          KEY => $s3->access_key(), SECRET => $s3->secret_key());

# between the client and S3 stands a proxy that fails when the test says so

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    map $request_method:$arg_partNumber $fails {
        default  none;
        PUT:2    %%TESTDIR%%/once;
        PUT:3    %%TESTDIR%%/always;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        s3o_presign_access_point  %%ARN%%;
        s3o_presign_endpoint      http://localhost:%%PORT_8081%%;
        s3o_presign_credentials   static access_key_id=%%KEY%%
                                  secret_access_key=%%SECRET%%;

        location /files/ {
            auth_basic            files;
            auth_basic_user_file  %%TESTDIR%%/htpasswd;

            s3o_presign            json;
            s3o_presign_multipart  on;
        }
    }

    server {
        listen                127.0.0.1:%%PORT_8081%%;
        client_max_body_size  0;

        location / {
            if (-f $fails) {
                return 503;
            }

            proxy_pass               http://127.0.0.1:%%S3%%;
            proxy_set_header         Host $http_host;
            proxy_request_buffering  off;
        }
    }
}

EOC

$t->write_file('htpasswd', "alice:{PLAIN}secret\n");

# this curl repairs the server after its first failure

mkdir "$dir/$_" for 'bin', 'tmp';

$t->write_file('bin/curl', <<"EOF", 0755);
#!/bin/sh
/usr/bin/env -i PATH=/usr/bin:/bin curl --noproxy '*' "\$@"
rc=\$?
[ \$rc -eq 0 ] || rm -f $dir/once
exit \$rc
EOF

my $big = join '', map { sprintf "%015d\n", $_ } 1 .. 17 * 65536;

$t->write_file('big', substr $big, 0, 16 * MB + 7);
$t->write_file('whole', substr $big, 0, 10 * MB);
$t->write_file('small', "a line\n");
$t->write_file('empty', '');

for my $shell (['dash'], ['busybox', 'sh'], ['bash', '--posix']) {
    my $name = join ' ', @$shell;

    for my $file ('big', 'whole', 'small', 'empty') {
        my ($rc, $said) = upload($shell, $file, "$name/a b");

        is($rc, 0, "$name: $file") or diag($said);
        ok($s3->signed(key => "$name/a b")->{body} eq slurp("$dir/$file"),
           "$name: the object has the bytes of the file");
    }

    # a part that fails once

    $t->write_file('once', '');

    my ($rc, $said) = upload($shell, 'big', "$name/once");

    is($rc, 0, "$name: a part that fails once") or diag($said);
    like($said, qr/^multipart.sh: part 2 is sent again$/m,
         "$name: the script says that it sends the part again");
    ok($s3->signed(key => "$name/once")->{body} eq slurp("$dir/big"),
       "$name: the object is complete after the second attempt");

    # a part that always fails

    $t->write_file('always', '');

    ($rc, $said) = upload($shell, 'big', "$name/always");

    is($rc, 1, "$name: a part that always fails");
    like($said, qr/^multipart.sh:\ a\ part\ cannot\ be\ sent\n
                   multipart.sh:\ the\ upload\ is\ aborted$/mx,
         "$name: a part that always fails ends the upload");
    is($s3->signed(key => "$name/always")->{status}, 404, "$name: no object");

    unlink "$dir/always";
}

my $left = $s3->signed(query => [[uploads => ""]])->{body};

like($left, qr/<ListMultipartUploadsResult/,
     'S3 lists the uploads that have begun');
unlike($left, qr/<Upload>/, 'S3 has no unfinished upload');

my ($rc, $said) = upload(['dash'], 'small', 'x', ASK => '');

is($rc, 1, 'a client that nginx does not know');
like($said, qr/multipart.sh: nginx gives no URL\n\z/,
     'a client that nginx does not know gets a message');

is(join(' ', glob "$dir/tmp/*"), '', 'no temporary file is left');

$t->done();


sub upload {
    my ($shell, $file, $key, %env) = @_;

    my %with = (PATH => "$dir/bin:$ENV{PATH}", TMPDIR => "$dir/tmp",
                PART_MB => 5, JOBS => 2, ASK => '-u alice:secret', %env);

    return capture(['env', (map { "$_=$with{$_}" } sort keys %with), @$shell,
                    $script, "$dir/$file",
                    'http://127.0.0.1:' . $t->port(8080) . '/files/'
                    . $key =~ s/ /%20/gr], timeout => 120);
}
