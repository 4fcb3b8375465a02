#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The page of docs/examples/browser, used in Chromium: previews,
# links to objects, the keyboard, two languages, light and dark, and phones.
# S3O_SCREENSHOTS is a folder for screenshots.

use strict;
use warnings;
use utf8;

use JSON::PP ();
use Test::More;

use S3O::Page qw(PART open_page end_page file upload row upload_row done
                 is_listed is_gone folder closed shot);
use S3O::Process qw(wait_until);

my ($r, $browser) = open_page();
my $dir = $r->testdir();

previews();
links();
keyboard();
languages();
looks();

end_page();


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
