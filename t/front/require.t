#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# s3o_presign_require in the configuration, and the warnings of "nginx -t" for
# keys that depend on the user: which keys, and what to do.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $t = S3O::Nginx->new();

$t->write_file('htpasswd', "alice:{PLAIN}secret\n", 0644);

my $dir = $t->testdir();
my $basic = "auth_basic a; auth_basic_user_file $dir/htpasswd;";
my $sign = 's3o_presign redirect; s3o_presign_access_point ' . ARN . ';'
           . 's3o_presign_credentials static access_key_id=A'
           . ' secret_access_key=B;';
my $claims = 'which without "auth_basic" is what the client says';
my $any = 'and "satisfy any" lets a request through with a name whose '
          . 'password nobody has checked';


# values that are refused

is(said("$sign location / { s3o_presign_require 1; }"),
   'emerg: "s3o_presign_require" directive has invalid value "1": expected a '
   . 'value with variables, or "off" alone', 'a constant');
is(said("$sign location / { s3o_presign_require \$a off; }"),
   'emerg: "s3o_presign_require" directive has invalid value "off": expected '
   . 'a value with variables, or "off" alone', '"off" beside another');
is(said("$sign location / { s3o_presign_require \$uri;"
        . ' s3o_presign_require $args; }'),
   'emerg: "s3o_presign_require" directive is duplicate', 'twice');
is(said("$sign location / { s3o_presign_require \$nothing; }"),
   'emerg: unknown "nothing" variable', 'an unknown variable');
is(said("$sign location / { s3o_presign_key \$s3o_presign_segment_nothing; }"),
   'emerg: unknown "nothing" variable', 'an unknown variable as a segment');
is(said("$sign location / { s3o_presign_key \$s3o_presign_segment_; }"),
   'emerg: "$s3o_presign_segment_" needs the name of a variable after it',
   'a segment without a name');


# keys with a name that only the client has given

warns('$remote_user', $claims, 'a name');
warns('$remote_user', $claims, 'a name and "off"', 's3o_presign_require off;');
warns('$remote_user', $claims, 'no realm',
      'auth_basic off; auth_basic_user_file /h;');
warns('$remote_user', $claims, 'a realm that may be "off"',
      "auth_basic \$arg_realm; auth_basic_user_file $dir/htpasswd;");
warns('$remote_user', $claims, 'no file of users', 'auth_basic a;');
warns('$s3o_presign_segment_remote_user', $claims, 'a name as a segment');
warns('$remote_user', $any, 'any of two', "satisfy any; $basic");
warns('$remote_user', $any, 'whatever is required',
      "satisfy any; $basic s3o_presign_require \$remote_user;");
warns('$s3o_presign_segment_remote_user', $any, 'any of two, as a segment',
      "satisfy any; $basic");

quiet('$remote_user', 'a password', $basic);
quiet('$s3o_presign_segment_remote_user', 'a password and a segment', $basic);
quiet('$remote_user', 'another check', 's3o_presign_require $remote_user;');


# other names of the user

for my $name (qw(ssl_client_s_dn ssl_client_serial who)) {
    my $set = $name eq 'who' ? 'auth_request /a;'
                               . 'auth_request_set $who $upstream_http_x;' : '';

    warns("\$$name", 'which may be empty or have a "/": use '
          . "\"\$s3o_presign_segment_$name\", or add \"s3o_presign_require "
          . "\$$name\"", $name, $set);
    quiet("\$$name", "$name that is required",
          "$set s3o_presign_require \$$name;");
    quiet("\$s3o_presign_segment_$name", "$name as a segment", $set);
}

quiet('$uri', 'a variable that is nobody');
quiet('$who', 'a variable that "set" sets', 'set $who $arg_a;');


# one warning for a key, in the location that has it

is(scalar(() = said("$sign s3o_presign_key \$remote_user/\$uri; $basic"
                    . 'location /a/ { auth_basic off; } location /b/ { }')
               =~ /warn/g), 1, 'an inner location without a password');
is(scalar(() = said("$sign location / { $basic"
                    . ' s3o_presign_key $remote_user/$uri;'
                    . ' if ($arg_a) { s3o_presign_expires 1m; }'
                    . ' limit_except GET { deny all; } }') =~ /warn/g), 0,
   'a block in the location gets no warning of its own');
is(said("$sign location / { s3o_presign off; s3o_presign_key \$remote_user; }"),
   '', 'nothing is signed');

$t->done();


# returns the warnings and errors of "nginx -t"

sub said {
    my ($config) = @_;

    my (undef, $out) = $t->check_server($config);
    my @lines = $out =~ /\[((?:emerg|warn)\] \d+#\d+: .*)$/mg;

    s/\] \d+#\d+//, s/ in \S+check\.conf:\d+$// for @lines;

    return join "\n", @lines;
}


sub warns {
    my ($variable, $why, $name, $more) = @_;

    my $key = "users/$variable/\$uri";
    my $said = said("$sign location /f/ { s3o_presign_key $key;"
                    . ($more // '') . ' }');

    my $begin = 'warn: "s3o_presign_key" in location "/f/" has "' . $variable
                . "\", $why";

    is(substr($said, 0, length $begin), $begin, "a warning: $name");
    unlike($said, qr/\n/, "no other warning: $name");
}


sub quiet {
    my ($variable, $name, $more) = @_;

    is(said("$sign location /f/ { s3o_presign_key users/$variable/\$uri;"
            . ($more // '') . ' }'), '', "no warning: $name");
}
