package S3O::Page;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The page of docs/examples/browser in Chromium, with the recipe "A page" and
# a real S3 server behind it: what the tests that click through it share.
#
#     my ($r, $browser) = open_page();
#     upload(file('a.txt', 1000));
#     done('a.txt');
#     is_listed('a.txt');
#     end_page();
#
# There is one page and one browser in a test, so these are functions.

use strict;
use warnings;
use utf8;

use Exporter qw(import);

use Encode qw(encode_utf8 decode_utf8);
use JSON::PP ();
use Test::More import => [qw(diag is ok)];

use S3O::Nginx;
use S3O::Process qw(slurp);
use S3O::Recipe;
use S3O::WebDriver;

use constant PART => 16 * 1024 * 1024;

our @EXPORT_OK = qw(PART open_page end_page configure file upload row upload_row
                    done listed is_listed is_gone same folder settled requests
                    count rename_to delete_it closed shot);

my ($r, $browser, $dir);


# Starts all, and opens the page, whose bucket is empty: (the recipe, the
# browser).  A part is refused while a file "broken" with its number exists.

sub open_page {
    binmode Test::More->builder()->$_(), ':encoding(UTF-8)'
        for qw(output failure_output todo_output);

    $r = S3O::Recipe->new('A page', direct => 1, server => <<'EOC');
    set $broken "";

    if (-f %%TESTDIR%%/broken) {
        set $broken $arg_partNumber;
    }

    if ($broken = 3) {
        return 503;
    }

    location = /config.json {
        alias  %%TESTDIR%%/config.json;
    }

    # names as S3 writes them, and one that is not UTF-8

    location = /canned/ {
        default_type  application/xml;
        return        200 '<?xml version="1.0"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <IsTruncated>false</IsTruncated>
            <Contents><Key>a+b%2Bc/%2B</Key><Size>1</Size></Contents>
            <Contents><Key>%FF</Key><Size>1</Size></Contents>
            <CommonPrefixes><Prefix>x+y%2F</Prefix></CommonPrefixes>
            </ListBucketResult>';
    }
EOC

    $dir = $r->testdir();

    $r->program('chromium');
    $r->says([$r->program('chromedriver'), '--version']);

    configure();
    $r->run();

    $browser = S3O::WebDriver->new(dir => $dir);

    $browser->go('http://alice:secret@127.0.0.1:' . $r->port(8080) . '/');
    $browser->wait_for("return !document.getElementById('empty').hidden");

    return ($r, $browser);
}


# neither the page nor its objects violate its Content-Security-Policy

sub end_page {
    is(join("\n", grep { /Content.Security.Policy|Uncaught|TypeError/i }
                        $browser->console()),
       '', 'the console has nothing to complain about');

    $browser->stop();
    $r->done();

    return;
}


sub configure {
    my %o = @_;

    my $conf = JSON::PP::decode_json(
        slurp(S3O::Nginx::root() . '/docs/examples/browser/config.json'));

    $r->write_file('config.json', JSON::PP::encode_json(
        { %$conf, partSize => PART, copySize => 64 * 1024 * 1024,
          pageSize => 1000, retryDelay => 300, tries => 10, %o }), 0644);

    return;
}


# makes a file of that many bytes; its content depends on each position

sub file {
    my ($name, $size) = @_;

    my $path = "$dir/home/" . encode_utf8($name);
    my $block = join '', map { pack 'N', $_ * 2654435761 % 4294967296 }
                         0 .. 262143;

    open my $fh, '>:raw', $path or die "open() of $path failed: $!\n";

    for (my $n = 0; $n * length $block < $size; $n++) {
        my $left = $size - $n * length $block;

        print {$fh} substr(pack('N', $n) . $block, 0,
                           $left < length $block ? $left : length $block);
    }

    close $fh or die "close() of $path failed: $!\n";

    return $path;
}


sub upload {
    my (@paths) = @_;

    $browser->type('#choose', join "\n", map { decode_utf8($_) } @paths);

    return;
}


# returns the selector of the row of a key

sub row {
    my ($key, $inside) = @_;

    $key =~ s/(["\\])/\\$1/g;

    return "#list tr[data-key=\"$key\"] $inside";
}


sub upload_row {
    my ($key, $inside) = @_;

    $key =~ s/(["\\])/\\$1/g;

    return "#uploads li[data-key=\"$key\"]$inside";
}


sub done {
    my ($key) = @_;

    return $browser->find(upload_row($key, '[data-state=done]'));
}


sub listed {
    return map { s/⟨U\+([0-9A-F]+)⟩/chr hex $1/ger }
           $browser->texts('#list .open');
}


sub is_listed {
    my ($name, $label) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return ok($browser->wait_for('return [...document.querySelectorAll('
        . "'#list .open')].some((e) => e.textContent === arguments[0])",
        $name), $label // "$name is listed");
}


sub is_gone {
    my ($name, $label) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return ok($browser->wait_for('return [...document.querySelectorAll('
        . "'#list .open')].every((e) => e.textContent !== arguments[0])",
        $name), $label // "$name is gone");
}


sub same {
    my ($key, $path, $label) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $object = $r->object(encode_utf8($key)) // '';
    my $file = slurp($path);

    return ok($object eq $file, $label)
           || diag(length $object, ' bytes of ', length $file);
}


# opens a folder, and waits for its list

sub folder {
    my ($prefix) = @_;

    $browser->script('location.hash = encodeURIComponent(arguments[0])',
                     $prefix);
    settled();

    return;
}


# the list belongs to the address of the page

sub settled {
    $browser->wait_for(<<'EOC');
        return document.querySelector('#path li:last-child a').hash
               === (location.hash || '')
               && !document.getElementById('more').disabled
EOC

    return;
}


sub requests {
    my ($re) = @_;

    return grep { $_ =~ $re } split /\n/, $r->read_file('access.log');
}


sub count {
    my ($css) = @_;

    return scalar(my @found = $browser->texts($css));
}


sub rename_to {
    my ($key, $new) = @_;

    $browser->click(row($key, '[data-action=rename]'));
    $browser->script('document.querySelector("#ask input").value ='
                     . ' arguments[0]', $new);
    $browser->click('#ask [value=yes]');
    closed('ask');

    return;
}


sub delete_it {
    my ($key) = @_;

    $browser->click(row($key, '[data-action=delete]'));
    $browser->click('#ask [value=yes]');
    closed('ask');

    return;
}


sub closed {
    my ($id) = @_;

    return $browser->wait_for(
        'return !document.getElementById(arguments[0]).open', $id);
}


# S3O_SCREENSHOTS is a folder for screenshots

sub shot {
    my ($name) = @_;

    my $shots = $ENV{S3O_SCREENSHOTS};

    $browser->screenshot("$shots/$name") if $shots;

    return;
}


1;
