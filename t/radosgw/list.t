#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Listings of a real S3 server, through the proxy and by redirects, and the
# limits of what they show.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;
use S3O::SigV4 qw(uri_encode);

my $t = S3O::Nginx->new()->has(qw(radosgw curl));
my $s3 = S3O::Radosgw->new()->start();

$s3->known_to($t);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_list          on;

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        location /proxy/ {
            s3o_presign  proxy;
            proxy_pass   http://127.0.0.1:%%OUTPOST%%;
        }

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /reports/ {
            s3o_presign      proxy;
            s3o_presign_key  "reports/$s3o_presign_path";
            proxy_pass       http://127.0.0.1:%%OUTPOST%%;
        }

        # each user has a prefix of his own

        location /own/ {
            s3o_presign      redirect;
            s3o_presign_key  "users/$s3o_presign_arg_user/$s3o_presign_path";
        }

        location /off/ {
            s3o_presign       proxy;
            s3o_presign_list  off;
            proxy_pass        http://127.0.0.1:%%OUTPOST%%;
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my @keys = ('a b', 'a&b', 'reports', 'reports-old/a', 'reports/2025/a',
            'reports/2026/a', 'reports/2026/b c', 'reports/2026/d+e',
            'users/alice/1', 'users/bob/1', "\xe2\x82\xac");

$s3->signed(method => 'PUT', key => $_, body => $_) for @keys;

listings($_) for qw(proxy redirect);
confined();
refused();

is(join('', $t->log_errors('warn')), '', 'nginx logs no warning');

$t->done();


sub listings {
    my ($way) = @_;

    my %o = (follow => $way eq 'redirect');
    my $ask = sub { return curl("$base/$way/?list-type=2$_[0]", %o) };

    my $r = $ask->('');
    is(listed($r), join(' | ', @keys), "$way: all keys")
        or diag("$r->{status} $r->{body}");

    is(listed($ask->('&prefix=reports/2026/')),
       'reports/2026/a | reports/2026/b c | reports/2026/d+e',
       "$way: below a prefix");
    is(listed($ask->('&prefix=reports%2F2026%2Fb+c')), 'reports/2026/b c',
       "$way: a prefix with a blank");
    is(listed($ask->('&prefix=reports/2026/d%2Be')), 'reports/2026/d+e',
       "$way: a prefix with a plus");
    is(listed($ask->('&prefix=a%26')), 'a&b', "$way: a prefix with an &");

    $r = $ask->('&delimiter=/');
    is(listed($r), "a b | a&b | reports | \xe2\x82\xac",
       "$way: keys without the delimiter");
    is(join(' ', $r->{body} =~ m{<CommonPrefixes><Prefix>([^<]*)<}g),
       'reports-old/ reports/ users/',
       "$way: prefixes of the keys with the delimiter");

    is(listed($ask->('&start-after=reports/2026/a')), join(' | ',
       grep { $_ gt 'reports/2026/a' } @keys), "$way: the keys after a key");

    my (@all, $token);

    for my $page (1 .. @keys) {
        $r = $ask->('&max-keys=4' . (defined $token
                                     ? "&continuation-token=$token" : ''));
        push @all, listed($r);
        ($token) = $r->{body} =~ m{<NextContinuationToken>([^<]+)<} or last;
        $token = uri_encode($token);
    }

    is(scalar @all, 3, "$way: three pages");
    is(join(' | ', @all), join(' | ', @keys), "$way: the pages have all keys");

    $r = $ask->('&encoding-type=url&prefix=a%20');
    like($r->{body}, qr{<Key>a(?:%20|\+)b</Key>}, "$way: encoded keys");

    $r = $ask->('&fetch-owner=true&max-keys=1');
    like($r->{body}, qr{<Owner>}, "$way: the keys have their owner");
}


sub confined {
    my $in_reports = join ' | ', grep { m{^reports/} } @keys;

    is(listed(curl("$base/reports/?list-type=2")), $in_reports,
       'the key of a location is the prefix');
    is(listed(curl("$base/reports/?list-type=2&prefix=")), $in_reports,
       'an empty prefix changes nothing');
    is(listed(curl("$base/reports/?list-type=2&prefix=reports/2025")),
       'reports/2025/a', 'a prefix below it narrows it');

    for my $prefix ('reports', 'reports-old/', 'users/', '/', '../users/',
                    'x&prefix=reports/', 'reports/&prefix=reports/')
    {
        is(curl("$base/reports/?list-type=2&prefix=$prefix")->{status}, 400,
           "the prefix $prefix is refused");
    }

    # the server does not resolve dots in a prefix; they are only bytes

    is(listed(curl("$base/reports/?list-type=2&prefix=reports/../users/")),
       '', 'dots do not lead out of the prefix');

    # keys after "start-after" are still below the prefix

    is(listed(curl("$base/reports/?list-type=2&start-after=reports/2026/b")),
       'reports/2026/b c | reports/2026/d+e', 'start-after stays below it');
    is(listed(curl("$base/reports/?list-type=2&start-after=s")), '',
       'start-after beyond the prefix shows nothing');

    is(listed(curl("$base/own/?list-type=2&user=alice", follow => 1)),
       'users/alice/1', 'a user sees his own prefix');
    is(curl("$base/own/?list-type=2&user=alice&prefix=users/bob/",
            follow => 1)->{status}, 400,
       'a user does not see the prefix of another');
}


sub refused {
    is(curl("$base/off/?list-type=2")->{status}, 400, 'a listing that is off');

    for my $query ('list-type=1', 'list-type=2&list-type=2', 'versions',
                   'uploads', 'list-type=2&uploads')
    {
        is(curl("$base/proxy/?$query")->{status}, 400,
           "GET of $query is refused");
    }

    is(curl("$base/proxy/?$_")->{status}, 501, "S3 on Outposts has no $_")
        for qw(acl location list-type=2&acl);

    is(curl("$base/proxy/a%20b?list-type=2")->{status}, 400,
       'a listing of an object is refused');
    is(curl("$base/proxy/?list-type=2", method => 'HEAD')->{status}, 400,
       'HEAD of a listing is refused');
}


sub listed {
    my ($r) = @_;

    my %char = (lt => '<', gt => '>', quot => '"', apos => "'", amp => '&');

    return join ' | ', map { s/&(\w+);/$char{$1}/gr }
                       $r->{body} =~ m{<Key>([^<]*)</Key>}g;
}
