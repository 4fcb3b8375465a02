#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Prints the manual page ngx_http_s3o_presign_module(3): what the first
# paragraph of each directive and variable in docs/ says, so that there is one
# text of it.
#
#     perl t/tools/man.pl >ngx_http_s3o_presign_module.3

use strict;
use warnings;

use File::Basename ();

my $root = File::Basename::dirname(__FILE__) . '/../..';

binmode STDOUT, ":encoding(UTF-8)";

my ($version) = text('CHANGES') =~ /^Changes with version (\S+)/m
    or die "CHANGES has no version\n";

print <<"EOP";
.TH ngx_http_s3o_presign_module 3 "" "version $version" "nginx modules"
.SH NAME
ngx_http_s3o_presign_module \\- presigned URLs and signed requests for Amazon
S3 on Outposts
.SH SYNOPSIS
.nf
load_module modules/ngx_http_s3o_presign_module.so;

s3o_presign_credentials   file path=/etc/nginx/s3o\\-credentials;
s3o_presign_access_point  arn:aws:s3\\-outposts:REGION:ACCOUNT:outpost/ID/accesspoint/NAME;

location /files/ {
    s3o_presign          redirect;
    s3o_presign_expires  10m;
}
.fi
.SH DESCRIPTION
EOP

my ($about) = text('README.md') =~ /\A# .*?\n\n(.*?)\n\n/s;

print roff($about), "\n.SH DIRECTIVES\n";

for my $section (sections('docs/directives.md')) {
    my ($name, $body) = @$section;

    my ($syntax) = $body =~ /^\*\*Syntax:\*\* (.*?)(?=^\*\*)/ms
        or die "$name has no syntax\n";
    my ($default) = $body =~ /^\*\*Default:\*\* (.*?)(?=^\*\*)/ms;
    my ($context) = $body =~ /^\*\*Context:\*\* (.*?)\n\n/ms;
    my ($text) = $body =~ /appeared in version [\d.]+\n\n(.*?)(?:\n\n|\z)/s;

    $text //= '';

    print join "\n", '.SS ' . roff($name), roff($syntax) . "\n.br",
               (defined $default ? 'Default: ' . roff($default) . "\n.br" : ()),
               (defined $context ? 'Context: ' . roff($context) : ()),
               '.PP', roff($text), '';
}

print ".SH VARIABLES\n";

for my $section (sections('docs/variables.md')) {
    my ($name, $body) = @$section;
    my ($text) = $body =~ /\A\s*(.*?)(?:\n\n|\z)/s;

    print '.TP', "\n", '.B ', roff($name), "\n", roff($text), "\n";
}

print <<'EOP';
.SH FILES
.TP
.I /usr/share/doc/libnginx\-mod\-http\-s3o\-presign/
The whole documentation: directives, credentials, recipes, security,
troubleshooting.
.SH SEE ALSO
.BR nginx (8)
EOP


sub text {
    my ($name) = @_;

    open my $fh, '<:encoding(UTF-8)', "$root/$name" or die "$name: $!\n";
    local $/;

    return scalar <$fh>;
}


# [name, text under it] for each heading of a directive or a variable

sub sections {
    my ($name) = @_;

    my @parts = split /^## /m, text($name);

    return map { /\A(\$?s3o_\w+)\n(.*)\z/s ? [$1, $2] : () } @parts;
}


# Markdown as text of a manual page

sub roff {
    my ($text) = @_;

    for ($text) {
        s/<!--.*?-->\n?//gs;
        s/\[([^\]]*)\]\([^)]*\)/$1/g;
        s/\*\*|`//g;
        s/\\$//mg;
        s/\s+\z//;
        s/\\/\\e/g;
        s/-/\\-/g;
        s/^([.'])/\\&$1/mg;
    }

    return $text;
}
