#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "nginx -t" with s3o_presign_algorithm and s3o_presign_region_set: values,
# contexts, inheritance, and combinations that are refused.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN);

my $t = S3O::Nginx->new();

my $algorithm = 'expected "sigv4" or "sigv4a"';
my $region = 'expected "*", a region of a known partition, or the beginning '
             . 'of regions and "*", such as "us-west-*"';
my $alone = 'it stands for all regions, so it must be the only one';
my $twice = 'the name is given twice';

# directive, what follows the name, the refused value, the expected text

my @bad = (
    (map { [s3o_presign_algorithm => $_, $_, $algorithm] }
     qw(SigV4 SIGV4A v4 v4a sigv4b AWS4-ECDSA-P256-SHA256 on $arg_a)),
    [s3o_presign_algorithm => '""', '', $algorithm],

    (map { [s3o_presign_region_set => $_, $_, $region] }
     qw(mars-north-1 us-west US-WEST-2 us* us-west-2* us-west-2-* us-w*-2 **
        *-2 -* all aws-global mars-* us-west-2.evil.example us-west-?
        $arg_r)),
    [s3o_presign_region_set => 'us-west-2,us-east-1', 'us-west-2,us-east-1',
     $region],
    [s3o_presign_region_set => '""', '', $region],
    [s3o_presign_region_set => '"us-west-2 us-east-1"', 'us-west-2 us-east-1',
     $region],
    [s3o_presign_region_set => '"us-west-2\\nx-evil:1"', "us-west-2\nx-evil:1",
     $region],
    [s3o_presign_region_set => 'us-west-2 eu-* mars', 'mars', $region],
    [s3o_presign_region_set => 'us-west-2 us-east-1 us-west-2', 'us-west-2',
     $twice],
    [s3o_presign_region_set => 'us-* us-*', 'us-*', $twice],
    [s3o_presign_region_set => '* us-west-2', '*', $alone],
    [s3o_presign_region_set => 'us-west-2 *', '*', $alone],
    [s3o_presign_region_set => '* *', '*', $alone],
);

for my $case (@bad) {
    my ($name, $args, $value, $expected) = @$case;

    # a wrong value is refused in every context, even where nothing is signed

    for my $place (qw(http server location)) {
        refused($place, "$name $args;",
                qq{"$name" directive has invalid value "$value": $expected});
    }
}

for my $place (qw(http server location)) {
    refused($place,
            's3o_presign_algorithm sigv4a; s3o_presign_algorithm sigv4;',
            '"s3o_presign_algorithm" directive is duplicate');
    refused($place, 's3o_presign_region_set us-*; s3o_presign_region_set *;',
            '"s3o_presign_region_set" directive is duplicate');
    refused($place, 's3o_presign_algorithm;',
            'invalid number of arguments in "s3o_presign_algorithm" directive');
    refused($place, 's3o_presign_algorithm sigv4 sigv4a;',
            'invalid number of arguments in "s3o_presign_algorithm" directive');
    refused($place, 's3o_presign_region_set;',
            'invalid number of arguments in "s3o_presign_region_set" '
            . 'directive');
}

# right values, in a location that signs; all have the region of the access
# point

my @good = ('*', 'us-west-2', 'us-west-*', 'us-*', 'us-west-2 us-east-1',
            'eu-* ap-southeast-* us-west-2 us-gov-west-1 cn-* us-gov-*',
            'us-west-2 us-west-*', 'eusc-de-* us-iso-* us-isob-* us-west-*');

for my $set (@good) {
    accepted("s3o_presign_algorithm sigv4a; s3o_presign_region_set $set;",
             "a set of $set");
}

accepted('s3o_presign_algorithm sigv4a;', 'no set, which is "*"');
accepted('s3o_presign_algorithm sigv4;', 'sigv4');
accepted('', 'nothing');

# a region set needs the algorithm SigV4A in a location that signs

my $needs = qr/^"s3o_presign_region_set"\ "us-west-2,us-east-\*"\ in\ location
               \ "\/a\/"\ needs\ "s3o_presign_algorithm\ sigv4a"/x;
my $set = 's3o_presign_region_set us-west-2 us-east-*;';
my $sigv4a = 's3o_presign_algorithm sigv4a;';
my $sigv4 = 's3o_presign_algorithm sigv4;';

# http, server, location, a block inside of the location; 1 when accepted

my @levels = (
    ['', '', $set, '', 0],
    ['', '', "$set $sigv4", '', 0],
    ['', $set, '', '', 0],
    [$set, '', '', '', 0],
    [$sigv4, $set, '', '', 0],
    [$sigv4, '', $set, '', 0],
    ["$set $sigv4", '', '', '', 0],
    ["$set $sigv4", $sigv4a, $sigv4, '', 1],
    ['', '', "$set $sigv4a", '', 1],
    [$sigv4a, '', $set, '', 1],
    [$set, '', $sigv4a, '', 1],
    [$set, $sigv4a, '', '', 1],
    ["$set $sigv4a", '', '', '', 1],

    # a location that names SigV4 leaves the region set to other locations

    [$set, '', $sigv4, '', 1],
    ["$set $sigv4a", '', $sigv4, '', 1],
    ["$set $sigv4a", $sigv4, '', '', 1],
    [$sigv4a, $sigv4, $set, '', 0],
    [$set, $sigv4, $sigv4a, '', 1],
    [$set, $sigv4, '', "location /a/b/ { $set }", 0],
    [$set, $sigv4, '', "location /a/b/ { $sigv4a }", 1],
    [$sigv4a, '', $set, "location /a/b/ { $sigv4 }", 1],

    # "if" inherits like any other level

    ['', '', $sigv4a, "if (\$arg_x) { $set }", 1],
    [$set, '', $sigv4, "if (\$arg_x) { $sigv4a }", 1],
    ['', '', '', "if (\$arg_x) { $set }", 0],
    ["$set $sigv4a", '', '', "if (\$arg_x) { $sigv4 }", 1],

    # nothing is refused where nothing is signed

    [$set, '', 's3o_presign off;', '', 1],
    ['', '', "$set s3o_presign off;", '', 1],
);

for my $case (@levels) {
    my ($http, $server, $location, $inside, $good) = @$case;

    my $mode = $location =~ /off/ ? '' : 's3o_presign json;';
    my ($status, $out) = $t->check_http(needed() . <<"EOC");
        $http
        server {
            $server
            location /a/ {
                $mode
                $location
                $inside
            }
        }
EOC

    my $name = join ' | ', map { s/s3o_presign_//gr } grep { length }
               map { s/\s+$//r } $http, $server, $location, $inside;

    if ($good) {
        is($status, 0, "accepted: $name") or diag($out);
        next;
    }

    my $message = $needs;
    $message = qr/in\ location\ "\/a\/b\/"\ needs/x if $inside =~ /location/;

    is($status, 1, "refused: $name");
    like(emerg($out), $message, 'the error says what the region set needs');
}

# a region set without the region of the access point is refused

for my $case (['us-east-1', 'location', ARN],
              ['eu-* us-east-*', 'location', ARN],
              ['us-east-1', 'http', ARN])
{
    my ($entries, $place, $arn) = @$case;
    my $joined = join ',', split / /, $entries;

    my $line = "$sigv4a s3o_presign_region_set $entries;";
    my ($status, $out) = $t->check_http(needed()
        . ($place eq 'http' ? $line : '')
        . 'server { location /a/ { s3o_presign json; '
        . ($place eq 'http' ? '' : $line) . '} }');

    is($status, 1, "refused: a set $entries without the region");
    is(emerg($out) =~ s/ in \S+check\.conf.*//sr,
       qq{"s3o_presign_access_point" "$arn" in location "/a/": its region is }
       . qq{not in "s3o_presign_region_set" "$joined"},
       'the error has the access point and the set');
}

# an inner level may correct the set, and the access point may come later

for my $text (
    "$sigv4a s3o_presign_region_set us-east-1;
     server { s3o_presign json;
              location / { s3o_presign_region_set us-west-2; } }",
    "$sigv4a s3o_presign_region_set us-east-1;
     server { location / { s3o_presign json;
                           s3o_presign_access_point \$arg_ap; } }")
{
    my ($status, $out) = $t->check_http(needed() . $text);

    is($status, 0, 'a set without the region of another level') or diag($out);
}

# A window promises equal URLs, but signatures with random nonces differ.

my $deterministic = deterministic();

for my $case (['json', 's3o_presign_window 1m;', 1],
              ['json', '', 0],
              ['redirect', 's3o_presign_window 1m;', 1])
{
    my ($mode, $window, $warned) = @$case;
    my ($status, $out) = $t->check_http(needed()
        . "server { location /a/ { s3o_presign $mode; $sigv4a $window } }");

    is($status, 0, "$mode, window \"$window\": accepted");

    my $expected = $warned && !$deterministic
        ? qr/\[warn\] .*"s3o_presign_window" in location "\/a\/" does not give/
        : qr/\A(?!.*\[warn\])/s;

    like($out, $expected, 'there is a warning where URLs will differ');
}

my (undef, $out) = $t->check_http(needed()
    . 'server { location /a/ { s3o_presign json; s3o_presign_window 1m; } }');
unlike($out, qr/\[warn\]/, 'there is no warning with SigV4');

$t->done();


sub needed {
    return 's3o_presign_access_point ' . ARN . ";\n"
           . 's3o_presign_credentials static access_key_id=A '
           . "secret_access_key=B;\n";
}


# Returns the first error without its file and line.

sub emerg {
    my ($out) = @_;

    my ($said) = $out =~ /\[emerg\]\ (?:\d+\#\d+:\ )?
                          (.*?)(?:\ in\ \S+check\.conf:\d+)?\nnginx:/msx;

    return $said // $out;
}


sub refused {
    my ($place, $line, $message) = @_;

    my $check = "check_$place";
    my ($status, $out) = $t->$check($place eq 'http' ? "$line server { }"
                                                     : $line);

    is($status, 1, "refused in $place: $line" =~ s/\n/ /gr);
    is(emerg($out), $message, 'the error says what is expected');
}


sub accepted {
    my ($lines, $name) = @_;

    my ($status, $out) = $t->check_http(needed()
        . "server { location / { s3o_presign json; $lines } }");

    is($status, 0, "accepted: $name") or diag($out);
}


# Returns whether the OpenSSL of nginx makes the same signature each time.

sub deterministic {
    my $v = S3O::Nginx->configure_arguments();
    my ($built) = $v =~ /built with OpenSSL (\d+\.\d+)/;
    my ($running) = $v =~ /running with OpenSSL (\d+\.\d+)/;
    my ($major, $minor) = split /\./, $running // $built // '0.0';

    return $major > 3 || $major == 3 && $minor >= 2;
}
