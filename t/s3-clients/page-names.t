#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The page of docs/examples/browser, used in Chromium: folders, renaming,
# deleting, lists of several pages, and names that would be HTML if they were
# not escaped.

use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Test::More;

use S3O::Page qw(PART open_page end_page configure file upload row done listed
                 is_listed is_gone same folder settled count rename_to delete_it
                 closed);
use S3O::Process qw(slurp spew);

my ($r, $browser) = open_page();
my $dir = $r->testdir();

folders();
names();
renamed();
pages();
encoded();

end_page();


sub folders {
    spew("$dir/home/a.txt", 'a text');
    $r->put('dir/one', '1')->put('dir/sub/two', '2')->put('dir/', '');

    $browser->click('#refresh');
    is_listed('dir/');
    $browser->click(row('dir/', 'a'));
    is_listed('one');
    settled();
    is(join(' ', listed()), 'sub/ one', 'a folder and its folders');
    is(join('|', $browser->texts('#path a')), 'All files|dir',
       'the path of the folder is shown');

    upload("$dir/home/a.txt");
    done('dir/a.txt');
    is($r->object('dir/a.txt'), 'a text', 'uploads go into the folder');

    $browser->click('#folder');
    $browser->type('#ask input', 'new & <b>');
    $browser->click('#ask [value=yes]');
    $browser->wait_for("return location.hash.endsWith('%2F')");
    settled();
    is(($browser->texts('#path a'))[-1], 'new & <b>', 'a new folder');
    upload("$dir/home/a.txt");
    done('dir/new & <b>/a.txt');
    is($r->object('dir/new & <b>/a.txt'), 'a text', 'a file in it');

    $browser->command('POST', 'back');
    is_listed('new & <b>/', 'the back button of the browser works');
    folder('');
}


# names that would do harm if the page used them as more than text

sub names {
    my @names = ('<img src=x onerror="document.title=1">.txt',
                 q{it's "so".txt}, 'a b+c%20d%.txt', 'ünï — 日本.txt',
                 '&amp;.txt', '#?.txt', "right\x{202e}txt.exe",
                 'semi;colon,=.txt', "\\back.txt", '{{x}}${y}.txt');

    for my $name (@names) {
        $r->put(encode_utf8("odd/$name"), $name =~ /^a/ ? 'text' : 'x');
    }

    # a browser would shorten this name, and ask for another object

    $r->put('odd/x/../odd-victim', 'never')->put('odd/odd-victim', 'keep');

    folder('odd/');
    is_listed('x/');

    is(join("\n", sort grep { !m{^(?:x/|odd-victim)$} } listed()),
       join("\n", sort @names), 'all names are shown as they are');
    is(count('#list img'), 0,
       'no name becomes an element');
    like(join(' ', $browser->texts('#list .open')), qr/right⟨U\+202E⟩txt/,
         'a character that reverses text is made visible');

    for my $name (@names) {
        my $new = "$name new";

        rename_to("odd/$name", "odd/moved/$new");
        is_gone($name =~ s/\x{202e}/⟨U+202E⟩/r, "$name is renamed");
        ok(defined $r->object(encode_utf8("odd/moved/$new")),
           'the object has the new name');
    }

    folder('odd/moved/');

    for my $name (@names) {
        my $shown = "$name new" =~ s/\x{202e}/⟨U+202E⟩/r;

        is_listed($shown, "$name is in the other folder");
        delete_it("odd/moved/$name new");
        is_gone($shown, "$name is deleted");
    }

    is(join(' ', grep { m{^odd/moved} } $r->keys()), '',
       'the objects are deleted at S3');

    folder('odd/x/../');
    is_listed('odd-victim');
    is(count('#list [data-action]'), 0,
       'a name with ".." has no buttons');
    is($r->object('odd/odd-victim'), 'keep',
       'the object that the browser would ask for is unchanged');

    upload(map { file($_, 100) } 'up <b>&"\'.txt', 'ü + %2F.txt');
    ok($browser->wait_for("return document.querySelectorAll("
                          . "'#uploads [data-state=failed]').length === 2"),
       'nothing is uploaded to a folder with ".."');

    folder('odd/');
    upload("$dir/home/" . encode_utf8($_)) for 'up <b>&"\'.txt', 'ü + %2F.txt';
    done("odd/$_") for 'up <b>&"\'.txt', 'ü + %2F.txt';
    same("odd/$_", "$dir/home/" . encode_utf8($_), "$_ is uploaded")
        for 'up <b>&"\'.txt', 'ü + %2F.txt';

    is($browser->script('return document.title'), 'Files',
       'no script in a name ran');
    folder('');
}


sub renamed {

    # 80 MB are more than copySize, so the copy has parts

    my $text = slurp(file('large.bin', 5 * PART + 1));

    upload("$dir/home/large.bin");
    done('large.bin');
    is_listed('large.bin');
    rename_to('large.bin', 'large/renamed.bin');
    is_gone('large.bin');
    is($r->object('large.bin'), undef, 'the old name is gone');
    ok($r->object('large/renamed.bin') eq $text,
       'a large object is copied whole');
    is($r->uploads(), 0, 'no unfinished copy is left');

    $r->put('x1', 'x1')->put('x2', 'x2');
    $browser->click('#refresh');
    is_listed('x2');
    $browser->click(row('x1', '[data-action=rename]'));
    $browser->clear('#ask input')->type('#ask input', 'x2');
    $browser->press('Enter');
    ok($browser->wait_for("return document.querySelector('#ask .error')"
                          . ".textContent.startsWith('There is a file')"),
       'a name that exists is refused');
    $browser->clear('#ask input')->type('#ask input', 'a/../b');
    $browser->press('Enter');
    ok($browser->wait_for("return document.querySelector('#ask .error')"
                          . ".textContent.startsWith('Names with')"),
       'a name that a browser cannot ask for is refused');
    $browser->press('Escape');
    closed('ask');
    is($r->object('x1') . $r->object('x2'), 'x1x2',
       'refused names change nothing');
}


# a listing of several pages

sub pages {
    my @names = map { ("p +$_", "q&%$_", "é\"$_") } 1 .. 3;

    $r->put(encode_utf8("pages/$_"), '') for @names;
    configure(pageSize => 2);
    folder('pages/');
    $browser->reload();

    for my $n (1 .. 4) {
        $browser->wait_for("return document.querySelectorAll('#list .open')"
                           . '.length === arguments[0]', 2 * $n);
        $browser->click('#more');
    }

    $browser->wait_for("return document.querySelectorAll('#list .open')"
                       . '.length === 9');
    is(join(' ', sort { $a cmp $b } listed()),
       join(' ', sort { $a cmp $b } @names), 'all pages, each name once');
    ok($browser->wait_for("return document.getElementById('more').hidden"),
       'there is no button after the last page');
    configure();
    folder('');
    $browser->reload();
}


sub encoded {
    configure(files => '/canned/');
    $browser->reload();
    is_listed('x y/', 'a plus is a space');
    is(join('|', listed()), 'x y/|a b+c/+|%FF', 'an encoded plus is a plus');
    is(count(row('%FF', '[data-action]')), 0,
       'a name that is not UTF-8 has no buttons');
    configure();
    $browser->reload();
}
