#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "s3o_presign_payload": the contexts that it is allowed in, the values that it
# refuses, and its inheritance.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $t = S3O::Nginx->new();

my $arn = ARN;

my $frame = <<"EOC";
    s3o_presign_access_point  $arn;
    s3o_presign_credentials   static access_key_id=AKIAIOSFODNN7EXAMPLE
                              secret_access_key=secret;
EOC

my $proxy = 's3o_presign proxy; proxy_pass http://127.0.0.1:1;';

for my $value (qw(unsigned signed streaming)) {
    my $payload = "s3o_presign_payload $value;";

    good("$value in a location", "location / { $proxy $payload }");
    good("$value of a variable mode",
         "location / { $payload s3o_presign \$arg_mode; "
         . "proxy_pass http://127.0.0.1:1; }");
    good("$value in a server",
         "$payload location / { $proxy } "
         . "location /r/ { s3o_presign redirect; } "
         . "location /j/ { s3o_presign json; } "
         . "location /o/ { s3o_presign on; }");
    good("$value beside a mode in a server",
         "$payload s3o_presign redirect; location /r/ { }");
    good("$value in an if",
         "location / { $proxy if (\$arg_a) { $payload } }");
    good("$value where nothing is signed", "location / { $payload }");
    bad("$value twice", "location / { $proxy $payload $payload }",
        qr/"s3o_presign_payload" directive is duplicate/);

    for my $mode ('redirect', 'redirect 302', 'json', 'on') {
        my ($word) = split ' ', $mode;
        my $text = "location /x/ { s3o_presign $mode; $payload }";

        if ($value eq 'unsigned') {
            good("$value for $mode", $text);
            next;
        }

        my $error = qr{"s3o_presign_payload\ $value"\ in\ location\ "/x/"
                       \ needs\ "s3o_presign\ proxy":.*
                       "s3o_presign\ $word"\ signs,\ is\ always\ "unsigned"}x;

        bad("$value for $mode", $text, $error);
        bad("$value in an if for $mode",
            "location /x/ { s3o_presign $mode; if (\$arg_a) { $payload } }",
            $error);
        bad("$value for an inherited $mode",
            "s3o_presign $mode; location /x/ { $payload }", $error);
    }
}

for my $value ('SIGNED', 'none', '""', 'signed-payload', '$arg_a', 'sign') {
    bad("the value $value",
        "location / { $proxy s3o_presign_payload $value; }",
        qr/"s3o_presign_payload".*expected\ "unsigned",\ "signed"\ or
           \ "streaming"/x);
}

for my $mode ('proxy', '$arg_mode') {
    good("$_ with SigV4A for $mode",
         "location / { s3o_presign $mode; s3o_presign_payload $_; "
         . 's3o_presign_algorithm sigv4a; proxy_pass http://127.0.0.1:1; }')
        for qw(unsigned signed streaming);
}

good('streaming in a server, SigV4A in a location',
     "s3o_presign_payload streaming; location / { $proxy "
     . 's3o_presign_algorithm sigv4a; }');
bad('streaming with SigV4A for redirect',
    'location /x/ { s3o_presign redirect; s3o_presign_payload streaming; '
    . 's3o_presign_algorithm sigv4a; }',
    qr/is always "unsigned"/);

bad('no value', "location / { $proxy s3o_presign_payload; }",
    qr/invalid number of arguments in "s3o_presign_payload"/);
bad('two values', "location / { $proxy s3o_presign_payload signed streaming; }",
    qr/invalid number of arguments in "s3o_presign_payload"/);

$t->done();


sub good {
    my ($name, $text) = @_;

    my ($status, $out) = $t->check_server("$frame\n$text");

    is($status, 0, $name) or diag($out);
}


sub bad {
    my ($name, $text, $error) = @_;

    my ($status, $out) = $t->check_server("$frame\n$text");

    ok($status != 0 && $out =~ /\[emerg\].*$error/, "$name is refused")
        or diag("$status: $out");
}
