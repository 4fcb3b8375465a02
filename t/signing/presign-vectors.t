#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Every presigned URL of botocore, made by a running nginx.
#
# t/vectors/presign-cases.json has for each request the URL that botocore made,
# with the same credentials at the same second.  nginx must make the same
# scheme, host, path, parameters and signature.  The module has computed none of
# the expected values.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Vectors qw(cases);

my @cases = cases('presign-cases');

# the module refuses these requests, with this status; unit tests check the
# signatures of these vectors

my %refused = (
    'ps-032' => [400, 'control characters'],
    'ps-037' => [400, 'dot-dot segment'],
    'ps-038' => [400, 'dot segments'],
    'ps-061' => [400, 'HeadBucket has no key'],
    'ps-062' => [400, 'GetObjectTagging is not an operation here'],
);

# arguments that select an operation have directives of their own;
# "s3o_presign_args" names the others

my %of_multipart = map { $_ => 1 } qw(uploads uploadId partNumber max-parts
                                      part-number-marker);
my %of_list = map { $_ => 1 } qw(list-type prefix delimiter max-keys
                                 encoding-type);

my $t = S3O::Nginx->new()->has('faketime');

is(scalar @cases, 68, 'all vectors are there');

$t->subst(LOCATIONS => join '', map { locations($_) } @cases);
$t->faketime($cases[0]{in}{date});

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        merge_slashes         off;
        client_max_body_size  0;
        s3o_presign           redirect;

        %%LOCATIONS%%
    }
}

EOC

my ($clock, %made) = ('');

for my $case (sort { $a->{in}{date} cmp $b->{in}{date} } @cases) {
    my $in = $case->{in};

    # one server runs for all cases, and only its clock moves

    if ($in->{date} ne $clock) {
        $clock = $in->{date};
        $t->set_faketime($clock);
    }

    by_argument($case);
    by_path($case);
    by_param($case) if params($case);
}

is($made{'key from the path'}, @cases - keys %refused,
   'every case that is not refused was signed');

diag(join ', ', map { "$made{$_} $_" } sort keys %made);

$t->done();


# Returns the locations of a case: one for each way to give the key, and one
# more if its parameters can be fixed.

sub locations {
    my ($case) = @_;

    my $id = $case->{id};
    my $in = $case->{in};
    my $common = common($in);
    my $args = join ' ', args($in);
    my $named = length $args ? "s3o_presign_args $args;" : '';

    my $text = <<"EOC";
        location = /key/$id {
            s3o_presign_key  \$s3o_presign_arg_key;
            $named
            $common
        }

        location /$id/ {
            $named
            $common
        }

EOC

    if (my @params = params($case)) {
        my $fixed = join "\n            ",
                    map { "s3o_presign_param $_->[0] " . quoted($_->[1]) . ';' }
                    @params;

        $text .= <<"EOC";
        location /param/$id/ {
            $fixed
            $common
        }

EOC
    }

    return $text;
}


sub common {
    my ($in) = @_;

    my %has = map { $_->[0] => 1 } @{ $in->{query} };
    my @credentials = ("access_key_id=$in->{access_key}",
                       "secret_access_key=$in->{secret_key}");

    push @credentials, "session_token=$in->{session_token}"
        if defined $in->{session_token};

    my @lines = (
        "s3o_presign_access_point $in->{bucket};",
        "s3o_presign_credentials static @credentials;",
        "s3o_presign_methods $in->{method};",
        "s3o_presign_expires $in->{expires}s;",
    );

    # an ARN has its region, whatever the region of the client is

    push @lines, "s3o_presign_region $in->{client_region};"
        unless $in->{bucket} =~ /^arn:/;

    push @lines, 's3o_presign_multipart on;'
        if $has{uploads} || $has{uploadId};

    push @lines, 's3o_presign_list on;' if $has{'list-type'};

    push @lines, 's3o_presign_signed_headers '
                 . join(' ', map { $_->[0] } @{ $in->{signed_headers} }) . ';'
        if @{ $in->{signed_headers} };

    return join "\n            ", @lines;
}


# Returns the names of the arguments that the configuration must allow.

sub args {
    my ($in) = @_;

    return grep { !$of_multipart{$_} && !$of_list{$_} && $_ ne 'tagging' }
           map { $_->[0] } @{ $in->{query} };
}


# Returns the same arguments as fixed parameters: [name, value], ...

sub params {
    my ($case) = @_;

    my %plain = map { $_ => 1 } args($case->{in});

    return grep { $plain{ $_->[0] } } @{ $case->{in}{query} };
}


sub quoted {
    my ($text) = @_;

    $text =~ s/([\\"])/\\$1/g;

    return "\"$text\"";
}


sub escaped {
    my ($text, $keep) = @_;

    $text =~ s/([^A-Za-z0-9$keep])/sprintf '%%%02X', ord $1/ge;

    return $text;
}


sub by_argument {
    my ($case) = @_;

    my $in = $case->{in};
    my @query = map { escaped($_->[0], '-') . '=' . escaped($_->[1], '') }
                @{ $in->{query} };

    # everything in the argument is escaped, slashes too

    push @query, 'key=' . escaped($in->{key}, '')
        if defined $in->{key};

    check($case, "/key/$case->{id}", \@query, 'key from an argument')
        unless $case->{in}{operation} eq 'ListObjectsV2';
}


sub by_path {
    my ($case) = @_;

    my $in = $case->{in};
    my $path = "/$case->{id}/" . escaped($in->{key} // '', '._~/-');
    my @query = map { escaped($_->[0], '-') . '=' . escaped($_->[1], '') }
                @{ $in->{query} };

    check($case, $path, \@query, 'key from the path');
}


sub by_param {
    my ($case) = @_;

    check($case,
          "/param/$case->{id}/" . escaped($case->{in}{key}, '._~/-'), [],
          'parameters from the configuration');
}


sub request {
    my ($case, $path, $query) = @_;

    my %headers = map { @$_ } @{ $case->{in}{signed_headers} };
    my $length = delete $headers{'content-length'};

    return $t->request(
        method => $case->{in}{method},
        uri => join('?', $path, join('&', @$query) || ()),
        headers => [%headers],
        (defined $length ? (body => 'x' x $length) : ()),
    );
}


sub check {
    my ($case, $path, $query, $how) = @_;

    my $r = request($case, $path, $query);
    my $name = "$case->{id}, $case->{doc}: $how";

    if (my $refusal = $refused{ $case->{id} }) {
        my ($status, $why) = @$refusal;

        is($r->{status} . ($r->{headers}{location} // ''), $status,
           "$name: refused, $why");
        $made{refused}++;
        return;
    }

    is(text($r->{status}, split_url($r->{headers}{location}[0] // '')),
       text(307, split_url($case->{expect}{url})), $name);

    $made{$how}++;
}


# Splits a URL into parts that can be compared: the order of parameters does not
# matter, their number does.

sub split_url {
    my ($url) = @_;

    $url =~ m{^(\w+)://([^/?]+)(/[^?]*)\?(.*)$} or return ($url);

    return ("scheme $1", "host $2", "path $3", sort split /&/, $4);
}


sub text { return join "\n", @_ }
