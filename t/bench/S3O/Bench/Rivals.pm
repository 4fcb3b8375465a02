package S3O::Bench::Rivals;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What people use without the module: signers in the script engines that Debian
# has for nginx, signer.js and signer.lua beside this directory.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();
use JSON::PP ();

use S3O::Bench::Nginx;
use S3O::Bench::Setup qw(ACCESS_KEY SECRET_KEY TOKEN REGION here server);
use S3O::Presigned qw(HOST);
use S3O::Process qw(spew);
use S3O::SigV4 qw(uri_encode signing_key amz_date);

our @EXPORT_OK = qw(njs lua);

my @places = qw(/usr/lib/nginx/modules /usr/lib64/nginx/modules
                /usr/share/nginx/modules);

my $path = '/redirect/';


# the "load_module" of what is installed, in this order, or nothing where this
# nginx does not take them

sub _modules {
    my @lines;

    for my $name (@_) {
        my ($file) = grep { -f } map { "$_/$name.so" } @places;

        return '' unless $file;
        push @lines, "load_module $file;";
    }

    my $text = join "\n", @lines;
    my ($status) = S3O::Bench::Nginx->new(module => 0)->check_config(
        "%%TEST_GLOBALS%%\n$text\nevents { }\n");

    return $status ? '' : $text;
}


sub _main {
    my ($main, %o) = @_;

    return join "\n", $main, $o{main} // ();
}


# each takes arguments of server() and returns one, or undef where it cannot be
# had

sub lua {
    my (%o) = @_;

    my $main = _modules(qw(ndk_http_module ngx_http_lua_module)) or return;

    my ($dir, $prefix) = (here(), length $path);
    my %value = (host => HOST, region => REGION, access_key => ACCESS_KEY,
                 secret_key => SECRET_KEY, token => TOKEN);
    my $table = join ', ', map { "$_ = \"$value{$_}\"" } sort keys %value;

    return server(%o, module => 0, main => _main($main, %o),
        http => <<"EOC", locations => <<"EOL");
    lua_package_path "$dir/?.lua;;";
    init_by_lua_block {
        require("signer").init({ $table, prefix = $prefix })
    }
EOC
        location $path {
            content_by_lua_block { require("signer").redirect() }
        }
EOL
}


sub njs {
    my (%o) = @_;

    my $main = _modules('ngx_http_js_module') or return;

    my $day = substr amz_date(time), 0, 8;
    my $slash = uri_encode('/');

    my $file = File::Temp->new(SUFFIX => '.json');

    spew($file->filename, JSON::PP->new->canonical->encode({
        prefix     => length $path,
        day        => $day,
        key        => unpack('H*', signing_key(SECRET_KEY, $day, REGION)),
        secret_key => SECRET_KEY,
        region     => REGION,
        location   => 'https://' . HOST . '/',
        scope      => '/' . REGION . '/s3-outposts/aws4_request',
        tail       => "\nhost:" . HOST . "\n\nhost\nUNSIGNED-PAYLOAD",
        query_credential => 'X-Amz-Algorithm=AWS4-HMAC-SHA256'
            . '&X-Amz-Credential=' . ACCESS_KEY . $slash,
        query_date => join($slash, '', REGION, 's3-outposts', 'aws4_request')
            . '&X-Amz-Date=',
        query_tail => '&X-Amz-Expires=900&X-Amz-Security-Token='
            . uri_encode(TOKEN) . '&X-Amz-SignedHeaders=host',
    }));

    my ($name, $dir) = ($file->filename, here());

    return server(%o, module => 0, main => _main($main, %o),
        http => <<"EOC", locations => <<"EOL");
    js_path           $dir;
    js_import         signer from signer.js;
    js_preload_object conf from $name;
EOC
        location $path {
            js_content signer.redirect;
        }
EOL
}


1;
