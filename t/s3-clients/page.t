#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The page of docs/examples/browser, used in Chromium with the recipe "A
# page": uploads at once and in parts, over a connection that breaks and after
# a reload, folders, previews, links, renaming, deleting, by keyboard, in two
# languages, and names that would be HTML if they were not escaped.

use strict;
use warnings;
use utf8;

use Digest::MD5 qw(md5_hex);
use Encode qw(encode_utf8 decode_utf8);
use JSON::PP ();
use Test::More;

use S3O::Process qw(slurp spew wait_until);
use S3O::Recipe;
use S3O::SigV4 qw(uri_encode);
use S3O::WebDriver;

use constant {
    PART => 16 * 1024 * 1024,
    SIZE => 200_000_000,
};

binmode Test::More->builder()->$_(), ':encoding(UTF-8)'
    for qw(output failure_output todo_output);

# a part is refused while a file "broken" with its number exists

my $r = S3O::Recipe->new('A page', direct => 1, server => <<'EOC');
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

my $dir = $r->testdir();
my $shots = $ENV{S3O_SCREENSHOTS};

$r->program('chromium');
$r->says([$r->program('chromedriver'), '--version']);

configure();
$r->run();

my $browser = S3O::WebDriver->new(dir => $dir);
my $host = '127.0.0.1:' . $r->port(8080);

# opens the page; the following tests stay on it

$browser->go("http://alice:secret\@$host/");

empty();
small();
large();
broken();
resumed();
given_up();
taken();
folders();
dropped();
names();
previews();
links();
renamed();
keyboard();
pages();
encoded();
languages();
looks();
quiet();

$browser->stop();
$r->done();


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


sub empty {
    ok($browser->wait_for(
        "return !document.getElementById('empty').hidden"),
       'an empty bucket is said to be empty');
    is($browser->text('h1'), 'Files', 'the page has a title');
}


sub small {
    my @names = ('a.txt', 'empty', 'b c+d%41.txt');
    my @sizes = (1000, 0, 50_000);
    my @paths = map { file($names[$_], $sizes[$_]) } 0 .. $#names;

    upload(@paths);

    for my $i (0 .. $#names) {
        done($names[$i]);
        same($names[$i], $paths[$i], "$names[$i] is stored");
        is_listed($names[$i]);
    }

    is($r->header('a.txt', 'content-type'), 'text/plain',
       'the object has its type');
}


sub large {
    my $path = file('large.bin', SIZE);

    upload($path);

    # the worker that has the connections ends, and another one takes its
    # place

    $browser->wait_for(
        'return document.querySelector(arguments[0])?.value > 0',
        upload_row('large.bin', ' progress'));

    my ($worker) = $r->workers();
    kill 'TERM', $worker;

    done('large.bin');
    same('large.bin', $path, 'a line that breaks: the upload is whole');

    my $parts = int((SIZE + PART - 1) / PART);
    my @good = map { /partNumber=(\d+)\S* HTTP\S+ 200/ ? $1 : () }
               requests(qr{/files/large\.bin\?});
    my %good = map { $_ => 1 } @good;

    is(scalar(keys %good), $parts, 'the upload had parts');
    cmp_ok(scalar(@good), '<', 2 * $parts, 'not all parts were sent twice');
    is_listed('large.bin');
    is($r->uploads(), 0, 'no unfinished upload is left');

    $browser->click(upload_row('large.bin', ' [data-action=remove]'));
}


sub broken {
    my $path = file('broken.bin', 5 * PART + 1);

    $r->write_file('broken', '');
    upload($path);

    ok($browser->wait_for('return document.querySelector(arguments[0])?'
                          . '.dataset.state',
                          upload_row('broken.bin', '[data-state=retrying]')),
       'a part that is refused is tried again');

    my $good = qr{/broken\.bin\?partNumber=\d&\S* \S+ 200};

    wait_until(sub { requests($good) == 5 }, 120);
    ok($browser->wait_for(<<'EOC', upload_row('broken.bin', ' progress')),
        const done = document.querySelector(arguments[0]).value;
        return done > 0.7 && done < 0.9;
EOC
       'the refused part does not count as progress');

    unlink "$dir/broken";
    done('broken.bin');

    same('broken.bin', $path, 'the upload is whole at the end');
    is(scalar(requests(qr{/broken\.bin\?partNumber=[124-6]&\S* HTTP\S+ 200})),
       5, 'the other parts were sent once only');
    cmp_ok(scalar(requests(qr{/broken\.bin\?partNumber=3&\S* HTTP\S+ 503})),
           '>=', 1, 'the broken part was sent again');
}


sub resumed {
    my $path = file('again.bin', 5 * PART + 1);

    $r->write_file('broken', '');
    upload($path);

    # all parts but the third are at S3 when the page is closed

    wait_until(sub {
        requests(qr{/again\.bin\?partNumber=\d&\S* HTTP\S+ 200}) == 5 }, 120);

    $browser->reload();
    unlink "$dir/broken";

    my $row = upload_row('again.bin', '');

    $browser->find("$row [data-action=resume]");
    like($browser->text("$row .status"), qr/^Interrupted/,
         'after a reload the page shows the unfinished upload');
    is($r->uploads(), 1, 'S3 has the unfinished upload');

    # another file of the same name does not continue the upload

    mkdir "$dir/home/other";
    my $other = file('other/again.bin', 5 * PART);

    choose_again($row, $other);
    ok($browser->wait_for('return document.querySelector(arguments[0])'
                          . ".textContent.startsWith('This is not')",
                          "$row .status"),
       'another file of the same name is refused');

    choose_again($row, $path);
    done('again.bin');

    same('again.bin', $path, 'the upload of the right file is whole');
    is(scalar(requests(qr{"PUT \S+/again\.bin\?partNumber=\d&\S* \S+ 200})), 6,
       'parts that are at S3 are not sent again');
    is($r->uploads(), 0, 'no unfinished upload is left');
}


sub choose_again {
    my ($row, $path) = @_;

    # the button opens a dialog of the system, which the test cannot use

    $browser->script("document.getElementById('again').click = () => {}");
    $browser->click("$row [data-action=resume]");
    $browser->type('#again', $path);

    return;
}


# a cancelled upload leaves nothing

sub given_up {
    my $path = file('never.bin', 5 * PART + 1);

    $r->write_file('broken', '');
    upload($path);
    $browser->find(upload_row('never.bin', '[data-state=retrying]'));
    $browser->click(upload_row('never.bin', ' [data-action=cancel]'));

    ok(wait_until(sub { $r->uploads() == 0 }, 60),
       'a cancelled upload is aborted at S3');
    unlink "$dir/broken";
    is($r->object('never.bin'), undef, 'a cancelled upload makes no object');
    is($browser->script('return Object.keys(localStorage)'
                        . ".filter((k) => k.startsWith('s3o-upload')).length"),
       0, 'the page forgets a cancelled upload');
}


sub taken {
    spew("$dir/home/a.txt", 'another text');
    upload("$dir/home/a.txt");

    my $row = upload_row('a.txt', '[data-state=exists]');

    $browser->find($row);
    is(length $r->object('a.txt'), 1000, 'an existing object is not replaced');

    $browser->click("$row [data-action=replace]");
    done('a.txt');
    is($r->object('a.txt'), 'another text',
       'an existing object is replaced on request');

    upload("$dir/home/a.txt");
    $browser->click(upload_row('a.txt', ' [data-action=skip]'));
}


sub folders {
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
    is($r->object('dir/a.txt'), 'another text', 'uploads go into the folder');

    $browser->click('#folder');
    $browser->type('#ask input', 'new & <b>');
    $browser->click('#ask [value=yes]');
    $browser->wait_for("return location.hash.endsWith('%2F')");
    settled();
    is(($browser->texts('#path a'))[-1], 'new & <b>', 'a new folder');
    upload("$dir/home/a.txt");
    done('dir/new & <b>/a.txt');
    is($r->object('dir/new & <b>/a.txt'), 'another text', 'a file in it');

    $browser->command('POST', 'back');
    is_listed('new & <b>/', 'the back button of the browser works');
    folder('');
}


# files and folders, dropped as a mouse drops them

sub dropped {
    mkdir "$dir/home/$_" for 'box', 'box/inner';
    spew("$dir/home/$_", $_) for 'drop.txt', 'box/1', 'box/inner/2 +';

    for my $files (['drop.txt'], ['box']) {
        for my $type (qw(dragEnter dragOver drop)) {
            $browser->cdp('Input.dispatchDragEvent', {
                type => $type, x => 200, y => 150, data => {
                    items => [], dragOperationsMask => 1,
                    files => [map { "$dir/home/$_" } @$files] } });
        }
    }

    for my $key ('drop.txt', 'box/1', 'box/inner/2 +') {
        done($key);
        is($r->object($key), $key, "$key is dropped");
    }

    is_listed('box/');

    return;
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
        is_gone($shown, '$name is deleted');
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


sub previews {
    my $svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
              . '<script>parent.document.title = "no"</script></svg>';

    $r->put('view/text.html', '<b>bold</b><script>alert(1)</script>');
    $r->put('view/empty.txt', '')->put('view/long.log', 'line' x 50_000);
    $r->asked('PUT', 'view/p.svg', body => $svg,
              headers => ['Content-Type' => 'image/svg+xml']);
    $r->put('view/x.bin', 'x');

    folder('view/');

    my %shown = ('text.html' => qr{^<b>bold</b><script>alert\(1\)</script>$},
                 'long.log' => qr/^(?:line){16384}Only the beginning/,
                 'empty.txt' => qr/^$/, 'x.bin' => qr/^There is no preview/);

    for my $name (sort keys %shown) {
        $browser->click(row("view/$name", '.open'));
        $browser->wait_for("return document.querySelector('.shown').textContent"
                           . " !== 'Loading …'");
        like($browser->text('#preview .shown'), $shown{$name},
             "$name is previewed as text");
        $browser->press('Escape');
        closed('preview');
    }

    $browser->click(row('view/p.svg', '.open'));
    is($browser->wait_for("return document.querySelector('.shown img')"
                          . '?.naturalWidth'), 40, 'an image is shown');
    $browser->click('#preview [value=close]');
    closed('preview');

    # a page among the objects, opened by its address, cannot do anything

    my $h = $r->request(uri => '/files/view/text.html', headers => [
        Authorization => 'Basic YWxpY2U6c2VjcmV0'])->{headers};

    like($h->{'content-security-policy'}[0] // '', qr/^sandbox;/,
         'an object that is a page is in a sandbox');
    folder('');
}


sub links {
    $r->put('a+b & c.txt', 'linked');
    $browser->click('#refresh');
    is_listed('a+b & c.txt');
    $browser->click(row('a+b & c.txt', '[data-action=link]'));

    my $url = $browser->wait_for("return document.querySelector("
                                 . "'#link input').value");

    like($url, qr{^https://my-ap-.*/a%2Bb%20%26%20c\.txt\?X-Amz-},
         'a link is made');
    like($browser->text('#link .left'), qr/^Ends in (?:59:\d\d|1:00:00)\.$/,
         'the page shows how long the link is valid');

    my ($status, $out) = $r->client(
        [$r->program('curl'), '-sS', '--cacert', $r->ca_file(), $url]);

    is($out, 'linked', 'the link works without a password');

    my $left = $browser->text('#link .left');
    ok($browser->wait_for("return document.querySelector('#link .left')"
                          . '.textContent !== arguments[0]', $left),
       'the time grows less');

    $browser->cdp('Browser.grantPermissions', { permissions => [
        'clipboardReadWrite', 'clipboardSanitizedWrite'] });
    $browser->click('#link [value=copy]');
    $browser->wait_for("return document.querySelector('#link [value=copy]')"
                       . ".textContent === 'Copied.'");
    is($browser->async('navigator.clipboard.readText().then(arguments[0],'
                       . '(e) => arguments[0](String(e)))'), $url,
       'the link is copied');

    shot('link.png');
    $browser->press('Escape');
    closed('link');

    is($browser->script("return document.querySelector('#link input').value"),
       '', 'the link is removed from the page');

    my $r307 = $r->request(uri => '/get/a%2Bb%20%26%20c.txt', headers => [
        Authorization => 'Basic YWxpY2U6c2VjcmV0']);

    is($browser->script('return document.querySelector(arguments[0]).pathname',
                        row('a+b & c.txt', '[data-action=download]')),
       '/get/a%2Bb%20%26%20c.txt', 'a download uses the other location');
    is($r307->{status}, 307, 'the other location redirects');
}


sub renamed {

    # 80 MB are more than copySize, so the copy has parts

    my $text = slurp("$dir/home/broken.bin");

    rename_to('broken.bin', 'large/renamed.bin');
    is_gone('broken.bin');
    is($r->object('broken.bin'), undef, 'the old name is gone');
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


sub keyboard {
    $r->put('keys/1', '1')->put('keys/2', '2')->put('keys/3/x', '3');
    folder('keys/');
    is_listed('2');
    $browser->script('document.activeElement.blur()');

    my $focus = 'return document.activeElement.textContent';

    $browser->press('Down');
    is($browser->script($focus), '3/', 'an arrow key moves into the list');
    $browser->press('Down', 'Down', 'Up');
    is($browser->script($focus), '1', 'arrow keys move through the list');
    $browser->press('F2');
    $browser->find('#ask[open]');
    is($browser->script('return document.activeElement.value'), 'keys/1',
       'F2 opens the dialog for a new name');
    $browser->press('Escape');
    closed('ask');
    is($browser->script($focus), '1', 'the focus returns to the list');
    $browser->press('Delete');
    $browser->find('#ask[open]');
    $browser->click('#ask [value=yes]');
    closed('ask');
    is_gone('1', 'Delete deletes');
    is($r->object('keys/1'), undef, 'Delete deletes at S3');
    is($r->object('keys/2'), '2', 'Delete deletes no other object');
    $browser->script("document.querySelector('#list .folder .open').focus()");
    $browser->press('Enter');
    is_listed('x', 'Enter opens a folder');
    $browser->press('Backspace');
    is_listed('2', 'Backspace leaves the folder');
    folder('');
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


sub languages {
    is($browser->script('return document.documentElement.lang'), 'en',
       'the language is that of the browser');

    $browser->script("const s = document.getElementById('language');"
                     . "s.value = 'de'; s.dispatchEvent(new Event('change'))");
    is($browser->text('h1'), 'Dateien', 'another language can be chosen');
    is($browser->script('return document.documentElement.lang'), 'de',
       'the document has the chosen language');
    $browser->reload();
    ok($browser->wait_for("return document.querySelector('h1').textContent"
                          . " === 'Dateien'"),
       'the chosen language is remembered');
    $browser->script("const s = document.getElementById('language');"
                     . "s.value = 'en'; s.dispatchEvent(new Event('change'))");
}


sub media {
    my ($scheme) = @_;

    $browser->cdp('Emulation.setEmulatedMedia', { features => [
        { name => 'prefers-color-scheme', value => $scheme }] });

    return;
}


sub width {
    my ($width, $height) = @_;

    $browser->cdp('Emulation.setDeviceMetricsOverride', {
        width => $width, height => $height, deviceScaleFactor => 1,
        mobile => $width < 500 ? JSON::PP::true : JSON::PP::false });

    return;
}


# S3O_SCREENSHOTS is a folder for screenshots

sub shot {
    my ($name) = @_;

    $browser->screenshot("$shots/$name") if $shots;

    return;
}


# a usual folder, with an upload that waits for a part

sub looks {
    my %back;

    $r->put("Team/$_", 'x' x 1000)
        for 'Photos/1.jpg', 'Reports/1.csv', 'Minutes of November.md',
            'Budget 2026.ods', 'Poster.png', 'Interview.mp3';

    $browser->script("location.hash = 'Team%2F'");
    $browser->reload();
    is_listed('Minutes of November.md');

    $r->write_file('broken', '');
    upload(file('Recording.mp4', 5 * PART + 1), file('Notes.txt', 12_345));
    done('Team/Notes.txt');
    $browser->find(upload_row('Team/Recording.mp4', '[data-state=retrying]'));

    for my $scheme (qw(light dark)) {
        media($scheme);
        width(960, 720);
        $back{$scheme} = $browser->script(
            'return getComputedStyle(document.body).backgroundColor');
        shot("$scheme.png");
    }

    isnt($back{light}, $back{dark}, 'light and dark are different');

    media('light');

    for my $phone (360, 320) {
        width($phone, 740);
        is($browser->script('return document.documentElement.scrollWidth'),
           $phone, "nothing sticks out at $phone pixels");
    }

    width(360, 740);
    shot('phone.png');
    $browser->click(upload_row('Team/Recording.mp4', ' [data-action=cancel]'));
    ok(wait_until(sub { $r->uploads() == 0 }, 60), 'a cancel on a phone');
    unlink "$dir/broken";

    $browser->click(row('Team/Minutes of November.md',
                        '[data-action=rename]'));
    $browser->find('#ask[open]');
    is($browser->script('return document.documentElement.scrollWidth'), 360,
       'a dialog fits on the phone');
    shot('phone-rename.png');
    $browser->press('Escape');
    closed('ask');
    width(960, 720);

    return;
}


# neither the page nor its objects violate its Content-Security-Policy

sub quiet {
    is(join("\n", grep { /Content.Security.Policy|Uncaught|TypeError/i }
                  $browser->console()),
       '', 'the console has nothing to complain about');

    return;
}
