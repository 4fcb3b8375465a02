#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The recipe "A list without scripts": docs/examples/index.xslt makes pages of
# the listings of a real S3 server, and the test follows their links.

use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8 decode_utf8);
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Docs;
use S3O::Nginx;
use S3O::Process qw(slurp);
use S3O::Radosgw;

binmode Test::More->builder()->$_(), ':encoding(UTF-8)'
    for qw(output failure_output todo_output);

my $t = S3O::Nginx->new(log_level => 'info')
        ->has(qw(radosgw xslt rewrite));
my $s3 = S3O::Radosgw->new()->start();
my $server = S3O::Docs::block('A list without scripts')->{conf};
my $user = 'Basic ' . encode_base64('alice:secret', '');

$server =~ s{listen 80;}{listen 127.0.0.1:%%PORT_8080%%;};
$server =~ s{/etc/nginx/}{%%TESTDIR%%/}g;
$server =~ s{\$s3o_presign_url;}{http://127.0.0.1:%%OUTPOST%%\$s3o_presign_uri;};

$s3->known_to($t, XSLT => $t->loadable('ngx_http_xslt_filter_module'));
$t->subst(SERVER => $t->expand($server));
$t->write_file('htpasswd', "alice:{PLAIN}secret\n", 0644);
$t->write_file('index.xslt',
               slurp(S3O::Nginx::root() . '/docs/examples/index.xslt'));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

load_module %%XSLT%%;

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%

    %%SERVER%%
}

EOC

my @odd = ('<img src=x onerror=alert(1)>', q{it's "so"}, 'a b+c%20d%',
           'ünï — 日本', '&amp;', '#?', 'semi;colon,=', '\\back',
           '{$prefix}', '%2e%2e', 'javascript:alert(1)');

empty();
odd_names();
folders();
no_links();
pages();
refusals();

$t->done();


sub put {
    my ($key, $body) = @_;

    my $r = $s3->signed(method => 'PUT', key => encode_utf8($key),
                        body => encode_utf8($body // 'x'));
    is($r->{status}, 200, "$key is stored") if $r->{status} != 200;

    return;
}


sub get {
    my ($uri) = @_;

    my $r = $t->request(uri => $uri, headers => [Authorization => $user]);

    $r->{text} = decode_utf8($r->{body} // '');

    return $r;
}


# Returns a page: {links => {text => address}, text => text of all cells}.

sub page {
    my ($uri) = @_;

    my $r = get($uri);
    my %links;

    while ($r->{text} =~ m{<a href="([^"]*)">\s*(.*?)\s*</a>}gs) {
        my ($href, $name) = ($1, $2);

        $name =~ s{</?bdi>}{}g;
        $links{ unescape($name) } = unescape($href) =~ s{^\?}{/list?}r;
    }

    return { links => \%links, %$r };
}


sub unescape {
    my ($text) = @_;

    my %known = (lt => '<', gt => '>', quot => '"', amp => '&');

    return $text =~ s{&(?:(lt|gt|quot|amp)|\#(\d+));}
                     {defined $1 ? $known{$1} : chr $2}gexr;
}


sub first {
    return get('/list')->{headers}{location}[0];
}


# Returns what a link leads to, and follows the redirect.

sub follow {
    my ($href) = @_;

    my $to = get($href)->{headers}{location}[0] // return 'no redirect';
    my ($host, $uri) = $to =~ m{^http://([^/]+)(/.*)$};

    return $t->request(port => $s3->port(), uri => $uri,
                       headers => [Host => $host])->{body};
}


sub empty {
    my $page = page(first());

    is($page->{headers}{'content-type'}[0], 'text/html; charset=utf-8',
       'a page');
    like($page->{text}, qr/There are no files here/,
         'the page says that there are no files');
    unlike($page->{text}, qr/<script/, 'the page has no scripts');
}


sub odd_names {
    put("odd/$_", "content of $_") for @odd;
    put('odd/size', 'x' x 1_234_567);

    my $page = page(page(first())->{links}{'odd/'});

    is(join("\n", sort grep { $_ ne 'Up' } keys %{ $page->{links} }),
       join("\n", sort @odd, 'size'), 'the page has all names and no others');
    unlike($page->{text}, qr/<img/, 'no name becomes HTML');
    like($page->{text}, qr{1\.2\ MB</td><td><time\ datetime="\d{4}-[^"]+Z">
                           \d{4}-\d\d-\d\d\ \d\d:\d\d\ UTC}sx,
         'the page has sizes and dates');

    is(decode_utf8(follow($page->{links}{$_})), "content of $_",
       "the link $_ leads to its object") for @odd;
}


sub folders {
    put('a/b & c/d+/e');

    my $page = page(first());

    for my $name ('a/', 'b & c/', 'd+/') {
        $page = page($page->{links}{$name});
    }

    like($page->{text}, qr{<h1>Files <bdi>a/b &amp; c/d\+/</bdi></h1>},
         'links lead down, folder by folder');
    is(join(' ', sort keys %{ $page->{links} }), 'Up e',
       'the last folder has one file');

    $page = page($page->{links}{Up});
    is(join(' ', sort keys %{ $page->{links} }), 'Up d+/',
       'a link leads up again');
    $page = page(page($page->{links}{Up})->{links}{Up});
    ok(!$page->{links}{Up} && $page->{links}{'a/'}, 'links lead up to the top');
}


sub no_links {
    put('dots/../victim');
    put('dots/x/./y');

    for my $prefix ('dots%2F..%2F', 'dots%2Fx%2F.%2F') {
        my $page = page(first() . "&prefix=$prefix");

        like($page->{text}, qr{<bdi>(?:victim|y)</bdi>}, 'the name is shown');
        is(join(' ', keys %{ $page->{links} }), 'Up', 'the name has no link');
    }
}


# There are two keys on a page, and a link leads to the next page.

sub pages {
    my @keys = map { ("p +$_", "q&%$_", "é\"$_") } 1 .. 3;

    put("pages/$_") for @keys;

    my $uri = first() . '&prefix=pages/';
    my @seen;

    for (1 .. @keys) {
        my $page = page("$uri&max-keys=2");

        push @seen, grep { !/^(?:Up|More)$/ } keys %{ $page->{links} };
        $uri = $page->{links}{More} // last;
    }

    is(join("\n", sort @seen), join("\n", sort @keys),
       'all pages together have each name once');
}


sub refusals {
    my $page = page(first() . '&max-keys=x');

    cmp_ok($page->{status}, '>=', 400, 'S3 refuses it');
    like($page->{text}, qr{<h1>\w+</h1>}, 'the refusal is a page as well');

    my $r = $t->request(uri => first());
    is($r->{status}, 401, 'nothing is shown without a password');
}
