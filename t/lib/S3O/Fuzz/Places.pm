package S3O::Fuzz::Places;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The locations of "make fuzz-server": one for each way to sign, each with an
# access point of its own name, so that the host of a URL or of a forwarded
# request says which location has signed it.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(places place_of hosts arn_of REGION);

use constant {
    REGION  => 'us-west-2',
    ACCOUNT => '123456789012',
    OUTPOST => 'op-01234567890123456',
};

my @get = (methods => [qw(GET HEAD)],
           args => [qw(versionId response-content-type partNumber)]);
my @put = (methods => [qw(PUT DELETE)], multipart => 1);
my @copy = (methods => [qw(GET PUT)], copy => 1);
my @ops = (methods => [qw(PUT)], args => [qw(versionId)], list => 1,
           operations => [qw(ListObjectVersions ListMultipartUploads
                             GetObjectTagging PutObjectTagging)]);
my @arg = (methods => [qw(GET)], key => '$s3o_presign_arg_key');
my @upload = (methods => [qw(GET PUT)], multipart => 1);

# mode, what S3O::Hostile's forbidden() knows, and expires, algorithm, payload,
# header (that the location adds), more (lines of its own), uri (where its
# requests go, with the key at the end)

my %place = (
    'redirect-get'    => { @get, expires => 600 },
    'redirect-put'    => { @put, expires => 700 },
    'redirect-list'   => { methods => ['GET'], list => 1, expires => 800 },
    'redirect-ops'    => { @ops, expires => 900 },
    'redirect-copy'   => { @copy, expires => 1000 },
    'redirect-arg'    => { @arg, expires => 1100 },
    'redirect-window' => { @get, expires => 360, more =>
                           's3o_presign_expires 300s; s3o_presign_window 60s;'
                         },
    'redirect-4a'     => { @upload, algorithm => 'sigv4a', expires => 1200 },
    'json-get'        => { @get, params => ['response-content-language'],
                           expires => 1300 },
    'json-put'        => { @put, expires => 1400 },
    'json-list'       => { methods => ['GET'], list => 1, expires => 1500 },
    'json-copy'       => { @copy, expires => 1600 },
    'json-4a'         => { @upload, algorithm => 'sigv4a', expires => 1700 },
    'json-method'     => { @arg, methods => [qw(GET PUT)], expires => 1800,
                           more => 's3o_presign_sign_method '
                                   . '$s3o_presign_arg_method;' },
    'on-get'          => { @get, expires => 1900 },
    'on-put'          => { @put, expires => 2000 },
    'on-4a'           => { @upload, algorithm => 'sigv4a', expires => 2100 },
    'proxy-get'       => { @get, params => ['response-content-language'] },
    'proxy-put'       => { @put, header => 1 },
    'proxy-list'      => { methods => ['GET'], list => 1 },
    'proxy-ops'       => { @ops },
    'proxy-copy'      => { @copy },
    'proxy-arg'       => { @arg },
    'proxy-regex'     => { @upload, key => '$rest', list => 1 },
    'proxy-direct'    => { @upload, more => 'proxy_request_buffering off;' },
    'proxy-signed'    => { @upload, payload => 'signed' },
    'proxy-signed-direct'    => { @upload, payload => 'signed',
                                  more => 'proxy_request_buffering off;' },
    'proxy-streaming'        => { @upload, payload => 'streaming' },
    'proxy-streaming-direct' => { @upload, payload => 'streaming',
                                  more => 'proxy_request_buffering off;' },
    'proxy-4a'               => { @upload, algorithm => 'sigv4a' },
    'proxy-4a-streaming'     => { @upload, algorithm => 'sigv4a',
                                  payload => 'streaming' },
);

for my $name (keys %place) {
    my $p = $place{$name};

    $p->{name} = $name;
    ($p->{mode}) = $name =~ /^(\w+)/;
    $p->{args} //= [];
    $p->{prefix} = "of-$name/";
    $p->{algorithm} //= 'sigv4';
    $p->{payload} //= 'unsigned';
}


# places(): those for which there is a witness, SigV4A or not

sub places {
    my ($asymmetric) = @_;

    return map { $place{$_} }
           grep { $asymmetric || $place{$_}{algorithm} eq 'sigv4' }
           sort keys %place;
}


sub arn_of {
    my ($name) = @_;

    return 'arn:aws:s3-outposts:' . REGION . ':' . ACCOUNT . ':outpost/'
           . OUTPOST . "/accesspoint/$name";
}


sub host_of {
    my ($name) = @_;

    return "$name-" . ACCOUNT . '.' . OUTPOST . '.s3-outposts.' . REGION
           . '.amazonaws.com';
}


# host => region, for S3O::Outpost

sub hosts { return { map { host_of($_) => REGION } keys %place } }


# the place that a host belongs to, or undef

sub place_of {
    my ($host) = @_;

    my ($name) = ($host // '') =~ /^([a-z0-9-]+)-\d{12}\./;

    return defined $name && exists $place{$name} && host_of($name) eq $host
           ? $place{$name} : undef;
}


# locations(places): the text for the configuration.  nginx says what it has
# understood of a request: an answer is judged by that, whatever was sent.

sub locations {
    return join '', map { _location($_) } @_;
}


my %mode = (
    redirect => 's3o_presign redirect; client_max_body_size 0;',
    json     => 's3o_presign json; client_max_body_size 0;',
    proxy    => 's3o_presign proxy; proxy_pass http://outpost; '
                . 'proxy_http_version 1.1; proxy_set_header Connection "";',
    on       => 's3o_presign on; add_header X-Url $s3o_presign_url always; '
                . 'add_header X-Auth $s3o_presign_authorization always; '
                . 'add_header X-Date $s3o_presign_date always; '
                . 'try_files /page.html =404;',
);

sub _location {
    my ($p) = @_;

    my $where = $p->{name} =~ /regex/
                ? "~ ^/$p->{name}/(?<rest>.*)\$" : "/$p->{name}/";

    my @lines = (
        "location $where {",
        "s3o_presign_access_point @{[ arn_of($p->{name}) ]};",
        "s3o_presign_methods @{ $p->{methods} };",
        "s3o_presign_key $p->{prefix}"
            . ($p->{key} // '$s3o_presign_path') . ';',
        (map { "s3o_presign_$_ on;" } grep { $p->{$_} } qw(multipart list)),
        (@{ $p->{args} } ? "s3o_presign_args @{ $p->{args} };" : ()),
        (map { "s3o_presign_param $_ en;" } @{ $p->{params} // [] }),
        ($p->{operations} ? "s3o_presign_operations @{ $p->{operations} };"
                          : ()),
        ($p->{copy} ? 's3o_presign_copy bucket;' : ()),
        ($p->{expires} && ($p->{more} // '') !~ /expires/
            ? "s3o_presign_expires $p->{expires}s;" : ()),
        ($p->{algorithm} ne 'sigv4'
            ? "s3o_presign_algorithm $p->{algorithm};" : ()),
        ($p->{payload} ne 'unsigned'
            ? "s3o_presign_payload $p->{payload};" : ()),
        ($p->{header} ? "s3o_presign_header x-amz-meta-place $p->{name};"
                      : ()),
        $p->{more} // (),
        "add_header X-Where $p->{name} always;",
        'add_header X-Seen-Method $request_method always;',
        'add_header X-Seen-Type $http_content_type always;',
        'add_header X-Seen-A $http_x_amz_meta_a always;',
        'add_header X-Seen-B $http_x_amz_meta_b always;',
        'add_header X-Seen-MD5 $http_content_md5 always;',
        $mode{ $p->{mode} },
        '}',
    );

    return join "\n", @lines, '';
}


1;
