package S3O::Bench::Memory;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What the module takes of memory: the pool of a request, as nginx's debug log
# shows it, and the worker process, that must not grow.

use strict;
use warnings;

use Exporter qw(import);

use S3O::Bench::Measure qw(load rss);
use S3O::Bench::Report qw(heading table goal say_line num);
use S3O::Bench::Setup qw(KEY text stock ours);
use S3O::HTTP;
use S3O::Process qw(wait_until);

our @EXPORT_OK = qw(memory pools);

my $again = 'set http keepalive handler';


# memory(requests => how many until the worker is looked at again)

sub memory {
    my (%o) = @_;

    heading('Memory');
    pools();
    say_line('');
    workers($o{requests});

    return;
}


sub pools {
    my %server = (stock => stock(debug => 1),
                  ours => ours(debug => 1, token => text(1024)));
    my %title = (limit => '`return 302`', floor => 'the floor',
                 redirect => 'redirect', json => 'JSON',
                 sigv4a => 'redirect, SigV4A', proxy => 'proxy GET');
    my @rows;

    for my $case (map { [split /-/] } qw(stock-limit stock-floor stock-proxy
        ours-redirect ours-json ours-sigv4a ours-proxy))
    {
        my ($on, $what) = @$case;
        my ($used, $blocks, $large) = _pool($server{$on}, "/$what/" . KEY);

        push @rows, ["$on-$what" eq 'stock-proxy' ? '`proxy_pass` alone'
                     : $title{$what}, num($used), num($blocks), num($large)];

        goal('redirect: pool of a request, bytes', $used + $large, 8191)
            if $what eq 'redirect' && defined $used;
    }

    $_->stop() for values %server;

    say_line("Memory of a request, with a token of 1,024 bytes.\n");
    table(['', 'used of the pool', 'blocks of the pool', 'apart from it'],
          @rows);

    return;
}


# of the second request of a connection: bytes used of the pool's blocks, the
# size of these, and what was allocated by itself, such as buffers

sub _pool {
    my ($t, $uri) = @_;

    my $start = length $t->read_file('error.log');
    my $log;

    my $c = $t->connect();
    my $count = sub {
        $log = substr $t->read_file('error.log'), $start;
        return (() = $log =~ /$again.*?reusable connection: 1/sg) >= $_[0];
    };

    for my $n (1, 2) {
        $c->request(uri => $uri);
        wait_until(sub { $count->($n) }, 5) or return;
    }

    my ($second) = $log =~ /$again.*?reusable connection: 1\n(.*)/s;
    my ($request) = $second
        =~ /(posix_memalign.*?http process request line.*?)hc free:/s
        or return;

    # what only a debug log needs

    $request =~ s/ malloc: .*\n(?=.*s3o_presign canonical request)//g;

    my ($blocks, $unused, $large) = (0, 0, 0);

    $blocks += $1 while $request =~ /posix_memalign: \w+:(\d+)/g;
    $unused += $1 while $request =~ /free: \w+, unused: (\d+)/g;
    $large += $1 while $request =~ / malloc: \w+:(\d+)/g;

    return ($blocks - $unused, $blocks, $large);
}


# two that are alike but for the module, after as many connections

sub workers {
    my ($requests) = @_;

    my ($stock, $ours) = (stock(), ours());
    my ($n, @rss) = (0);

    load($stock->{worker}, "$stock->{url}/limit/" . KEY);
    load($ours->{worker}, "$ours->{url}/redirect/" . KEY);

    push @rss, map { [rss($_->{worker})] } $stock, $ours;

    while ($n < $requests) {
        for my $what (qw(redirect redirect json proxy)) {
            last if $n >= $requests;
            $n += load($ours->{worker}, "$ours->{url}/$what/" . KEY,
                       seconds => $requests > 2e6 ? 20 : 1)->{requests};
        }

        # all of them have been there once

        push @rss, [rss($ours->{worker})] if @rss == 2;
    }

    push @rss, [rss($ours->{worker})];

    my @title = ('nginx without the module',
                 'with the module, after the first redirects',
                 'after all modes', 'after ' . num($n) . ' requests');

    say_line("Resident memory of a worker process, KiB.\n");
    table(['', 'all', 'its own'],
          map { [$title[$_], map { num($_) } @{ $rss[$_] }] } 0 .. 3);

    goal('worker: over one without the module, KiB',
         $rss[1][0] - $rss[0][0], 1024);
    goal('worker: growth over ' . num($n) . ' requests, KiB',
         $rss[3][0] - $rss[2][0], 64);

    return;
}


1;
