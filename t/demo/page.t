#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The page of docs/examples/browser, without a browser: each language has
# exactly the words that the page uses, and the page stays within its
# Content-Security-Policy.  t/s3-clients/page-*.t use it in a browser.

use strict;
use warnings;

use FindBin ();
use JSON::PP ();
use Test::More;

use S3O::Process qw(slurp);

my $folder = "$FindBin::Bin/../../docs/examples/browser";
my %text = map { s{.*/}{}r => slurp($_) } glob "$folder/*";
my $strings = JSON::PP::decode_json($text{'strings.json'});
my $script = join "\n", map { $text{$_} } grep { /\.js$/ } sort keys %text;

languages();
words();
policy();
settings();

done_testing();


sub languages {
    my %en = %{ $strings->{en} };

    is(join(' ', sort keys %$strings), 'de en', 'the languages');

    for my $name (sort keys %$strings) {
        my %words = %{ $strings->{$name} };

        is_deeply([sort keys %words], [sort keys %en], "$name has all words");
        is(join(' ', grep { !length } values %words), '',
           "$name has no empty word");
        is_deeply({ map { $_ => places($words{$_}) } keys %words },
                  { map { $_ => places($en{$_}) } keys %en },
                  "$name has the same placeholders");
    }
}


# "{done} of {size}"

sub places {
    return join ' ', sort $_[0] =~ /\{(\w+)\}/g;
}


sub words {
    my %used = map { $_ => 1 }
        $text{'index.html'} =~ /data-(?:text|label)="(\w+)"/g,
        $script =~ /\b(?:text|button|Failure)\(\s*'(\w+)'/g,
        'languageName';

    # the states of uploads, and words chosen by a condition

    $used{$_} = 1 for qw(waiting retrying finishing done noPreview loading
                         errorStatus);

    is(join(' ', grep { !exists $strings->{en}{$_} } sort keys %used), '',
       'each word that is used exists');
    is(join(' ', grep { !$used{$_} } sort keys %{ $strings->{en} }), '',
       'each word that exists is used');
}


sub policy {
    my $html = $text{'index.html'};

    unlike($html, qr/\s(?:on\w+|style)\s*=/i,
           'the page has no handlers or styles inline');
    unlike($html, qr/<script(?![^>]* src=)/i, 'the page has no scripts inline');
    unlike($script, qr/(?:inner|outer)HTML|insertAdjacentHTML|document\.write
                      |\beval\b|new\ Function|\.style\b|createContextual/x,
           'the page never reads text as HTML or as a script');

    for my $name (sort keys %text) {
        my @addresses = grep { !m{^//www\.w3\.org/2000/svg$} }
                        $text{$name} =~ m{//[a-z][\w.-]+\.[\w/]+}g;

        is("@addresses", '', "$name names no other host");
    }
}


sub settings {
    my %conf = %{ JSON::PP::decode_json($text{'config.json'}) };
    my %used = map { $_ => 1 } $script =~ /\bconf\.(\w+)/g;

    is_deeply([sort keys %conf], [sort keys %used],
              'the settings are exactly those that the page uses');
    cmp_ok($conf{partSize}, '>=', 5 * 1024 * 1024,
           'S3 accepts parts of this size');
    cmp_ok($conf{parallelFiles} * $conf{parallelParts}, '<', 6,
           'uploads leave one of six connections for the list');
}
