#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The page of docs/examples/browser, used in Chromium: uploads at once and in
# parts, over a connection that breaks and after a reload, given up, under a
# name that exists, and dropped onto the page.

use strict;
use warnings;
use utf8;

use Test::More;

use S3O::Page qw(PART open_page end_page file upload upload_row done is_listed
                 same requests);
use S3O::Process qw(spew wait_until);

use constant SIZE => 200_000_000;

my ($r, $browser) = open_page();
my $dir = $r->testdir();

empty();
small();
large();
broken();
resumed();
given_up();
taken();
dropped();

end_page();


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


sub choose_again {
    my ($row, $path) = @_;

    # the button opens a dialog of the system, which the test cannot use

    $browser->script("document.getElementById('again').click = () => {}");
    $browser->click("$row [data-action=resume]");
    $browser->type('#again', $path);

    return;
}
