#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Signing and the clock: midnight, windows, and a clock that is set back.

use strict;
use warnings;

use Test::More;
use Time::Local qw(timegm);

use S3O::Faketime;
use S3O::Judge qw(REGION known_credentials static judge args_of);
use S3O::Nginx;
use S3O::Presigned qw(ARN HOST);
use S3O::SigV4 qw(amz_date amz_epoch);

my $t = S3O::Nginx->new()->has('faketime');

my $dublin = ARN() =~ s/us-west-2/eu-west-1/r;
my $dublin_host = HOST() =~ s/us-west-2/eu-west-1/r;

$t->subst(ARN => ARN, DUBLIN => $dublin, STATIC => static(),
          ENDING => static() =~ s/;/ expires=2024-05-05T12:00:00Z;/r);

$t->faketime('20240301T120000Z');

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_expires       1h;
    %%STATIC%%

    map $arg_where $where {
        default  %%ARN%%;
        dublin   %%DUBLIN%%;
    }

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;
        root         %%TESTDIR%%;
        s3o_presign  redirect;

        location /plain/ {
        }

        location /10m/ {
            s3o_presign_window  10m;
        }

        location /7m/ {
            s3o_presign_window  7m;
        }

        location /12h/ {
            s3o_presign_window   12h;
            s3o_presign_expires  1d;
        }

        location /week/ {
            s3o_presign_window   1d;
            s3o_presign_expires  6d;
        }

        location /dublin/ {
            s3o_presign_access_point  %%DUBLIN%%;
        }

        location /where/ {
            s3o_presign_access_point  $where;
        }

        location /where/10m/ {
            s3o_presign_access_point  $where;
            s3o_presign_window        10m;
        }

        location /ending/ {
            s3o_presign_window  10m;
            %%ENDING%%
        }

        location /json/ {
            s3o_presign         json;
            s3o_presign_window  10m;
        }

        # the header form is used at once, so it has no window

        location /on/ {
            s3o_presign         on;
            s3o_presign_window  10m;
            try_files           /page.txt =404;
            add_header          X-Url  $s3o_presign_url;
            add_header          X-Date $s3o_presign_date;
            add_header          X-Auth $s3o_presign_authorization;
        }
    }
}

EOC

$t->write_file('page.txt', 'a page')->run();

midnight();
headers_at_midnight();
window();
midnight_in_a_window();
many_at_once();
backwards();
ending();

$t->done();


# Sets the clock and asks for a URL.  Returns (the parameters of the URL, the
# verdict of S3 at that time, the URL).

sub at {
    my ($time, $uri, %o) = @_;

    $t->set_faketime($time);

    my $r = $t->request(uri => $uri);
    my $url = $r->{headers}{location}[0] // "status $r->{status}";
    my $now = S3O::Faketime::to_epoch($time);

    return (args_of($url), judge($url, now => $now, %o), $url,
            $r->{headers}{'cache-control'}[0]);
}


# The day is a part of the scope and of the signing key, and nginx keeps the key
# between requests.  All requests go to one worker, which has signed on the day
# before.

sub midnight {
    for my $case (
        ['20231231T235959Z', '20240101T000000Z', 'a year ends'],
        ['20240228T235959Z', '20240229T000000Z', 'a leap day begins'],
        ['20240229T235959Z', '20240301T000000Z', 'a leap day ends'],
        ['20240331T235959Z', '20240401T000000Z', 'a month ends'],
        ['20380118T235959Z', '20380119T031408Z', '32 bits are over'],
        ['20991231T235959Z', '21000101T000000Z', 'a century ends'])
    {
        my ($before, $after, $name) = @$case;

        my (%scope, @verdicts);

        for my $time ($before, $after) {
            my ($p, $verdict) = at($time, '/plain/x');

            push @verdicts, $verdict;
            is($p->{'X-Amz-Date'}, $time, "$name: X-Amz-Date is now, $time");
            is((split m{/}, $p->{'X-Amz-Credential'})[1], substr($time, 0, 8),
               "$name: the scope has the same day");
        }

        is("@verdicts", 'signed signed', "$name: S3 accepts both URLs");
    }
}


sub headers_at_midnight {
    my @verdicts;

    for my $time ('20240501T235958Z', '20240501T235959Z', '20240502T000000Z',
                  '20240502T000001Z')
    {
        $t->set_faketime($time);

        my $h = $t->request(uri => '/on/x')->{headers};

        my $v = S3O::SigV4::verify(
            method      => 'GET',
            target      => '/x',
            headers     => [['host', HOST], ['x-amz-date', $h->{'x-date'}[0]],
                            ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
                            ['authorization', $h->{'x-auth'}[0]]],
            credentials => known_credentials(),
            region      => REGION,
            host        => HOST,
            now         => amz_epoch($time),
        );

        push @verdicts, $v->{ok} && $h->{'x-date'}[0] eq $time
                        ? 'signed' : "$v->{code}: $v->{message}";
        is(judge($h->{'x-url'}[0], now => amz_epoch($time)), 'signed',
           "$time: S3 accepts the URL next to the headers");
    }

    is("@verdicts", 'signed signed signed signed',
       'the header form is of this second, whatever the window, at midnight');
}


# A window of 10 minutes: all URLs for the same request in one window are equal
# to the last byte.

sub window {
    my $start = timegm(0, 20, 13, 5, 2, 2024);
    my ($p, $verdict, $url, $cache) = at($start, '/10m/a%20b');

    is($p->{'X-Amz-Date'}, amz_date($start), 'a window begins: now is rounded');
    is($p->{'X-Amz-Expires'}, 4200, 'the URL lives for expires and window');
    is($cache, 'private, max-age=600', 'the URL may be kept for the window');

    for my $later (1, 299, 599) {
        my $now = $start + $later;
        my (undef, $verdict, $same, $cache) = at($now, '/10m/a%20b');

        is($same, $url, "$later s later the URL is the same");
        is($verdict, 'signed', 'S3 accepts the URL');
        is(judge($same, now => $now + 3600), 'signed',
           'S3 accepts the URL an hour later');
        is($cache, 'private, max-age=' . (600 - $later),
           'the URL may be kept for the rest of the window');
    }

    is(judge($url, now => $start + 4201),
       '403 AccessDenied: Request has expired', 'the URL ends');

    isnt((at($start + 1, '/10m/other'))[2], $url, 'another key, another URL');

    my ($before) = at($start - 1, '/10m/a%20b');
    my ($after) = at($start + 600, '/10m/a%20b');

    is("$before->{'X-Amz-Date'} $after->{'X-Amz-Date'}",
       amz_date($start - 600) . ' ' . amz_date($start + 600),
       'the windows next to it have other times');

    is((at($start + 1, '/plain/x'))[3], 'no-store',
       'nothing is kept without a window');

    $t->set_faketime($start + 77);
    my $r = $t->request(uri => '/json/x');
    is($r->{headers}{'cache-control'}[0], 'no-store', 'JSON is not kept');
    like($r->{body}, qr/"expires_in":4123\}/,
         'JSON tells the life that is left');

    my ($week, $says) = at($start + 3, '/week/x');
    is("$week->{'X-Amz-Expires'} $says", '604800 signed',
       'the URL lives at most seven days, with its window');
}


# A window that includes midnight belongs to the day on which it began.

sub midnight_in_a_window {
    for my $case (['/7m/x', 420], ['/10m/x', 600], ['/12h/x', 43200]) {
        my ($uri, $window) = @$case;

        my $midnight = timegm(0, 0, 0, 7, 4, 2024);
        $midnight += 86400 while $window == 420 && $midnight % $window == 0;

        my $start = $midnight - $midnight % $window;
        my @seen;

        for my $now ($midnight - 1, $midnight, $midnight + 1,
                     $start + $window - 1, $start + $window)
        {
            my ($p, $verdict) = at($now, $uri);
            my $begin = $now - $now % $window;
            my $date = amz_date($begin);

            push @seen, $p->{'X-Amz-Date'} eq $date
                        && $p->{'X-Amz-Credential'}
                           =~ m{/\Q${\ substr($date, 0, 8)}\E/}
                        && $begin + $p->{'X-Amz-Expires'} >= $now + 3600
                        ? $verdict : "$p->{'X-Amz-Date'} at $now";
        }

        is(join(', ', @seen), join(', ', ('signed') x 5),
           "$uri: the day is that of the window's beginning");
    }
}


# Windows, regions and access points, static and from a variable, in turns.
# Each has its own time and key.

sub many_at_once {
    my $midnight = timegm(0, 0, 0, 2, 5, 2024);
    my %other = (host => $dublin_host, region => 'eu-west-1');
    my @seen;

    my @uris = (['/plain/x'], ['/dublin/x', 1], ['/10m/x'], ['/7m/x'],
                ['/12h/x'], ['/where/x'], ['/where/10m/x'],
                ['/where/x?where=dublin', 1],
                ['/where/10m/x?where=dublin', 1]);

    for my $now ($midnight - 61, $midnight - 1, $midnight, $midnight + 601) {
        for my $case (@uris, reverse @uris) {
            my ($uri, $there) = @$case;

            my (undef, $verdict) = at($now, $uri, $there ? %other : ());
            push @seen, "$uri at $now: $verdict" if $verdict ne 'signed';
        }
    }

    is(join("\n", @seen), '',
       'two regions and four clocks at once, at midnight');
}


# A clock that was wrong is set right.

sub backwards {
    my $good = timegm(0, 0, 0, 15, 6, 2024);

    my (undef, undef, $first) = at($good + 5, '/10m/x');
    my @seen;

    for my $now ($good + 86400, $good + 5, $good - 1, $good + 400 * 86400,
                 $good + 5)
    {
        for my $uri ('/plain/x', '/10m/x', '/where/x') {
            my (undef, $verdict) = at($now, $uri);
            push @seen, "$uri at $now: $verdict" if $verdict ne 'signed';
        }
    }

    is(join("\n", @seen), '', 'all URLs are right when the clock jumps');
    is((at($good + 5, '/10m/x'))[2], $first,
       'the same window has the same URL again');
}


# No URL outlives the credentials that have signed it.  These end at 2024-05-05
# 12:00.

sub ending {
    my $end = timegm(0, 0, 12, 5, 4, 2024);

    for my $case ([-7200, 4200, 'expires and window'],
                  [-4000, 4200, 'the life left when the window began'],
                  [-1803, 2400, 'the life left when the window began'],
                  [-599, 600, 'the life left when the window began'],
                  [-30, 600, 'the life left when the window began'])
    {
        my ($offset, $expires, $name) = @$case;

        my ($p, $verdict, undef, $cache) = at($end + $offset, '/ending/x');

        is("$p->{'X-Amz-Expires'} $verdict", "$expires signed",
           -$offset . " s before the credentials end: $name");
        cmp_ok(amz_epoch($p->{'X-Amz-Date'}) + $p->{'X-Amz-Expires'}, '<=',
               $end, 'the URL ends with the credentials');

        my ($age) = $cache =~ /max-age=(\d+)/;
        cmp_ok($age, '<=', -$offset, 'the URL is not kept longer either');
    }

    for my $offset (-29, 0, 1) {
        $t->set_faketime($end + $offset);

        my $r = $t->request(uri => '/ending/x');

        is("$r->{status} " . ($r->{headers}{location} // 'no URL'),
           '503 no URL', "$offset s from their end nothing is signed");
    }
}
