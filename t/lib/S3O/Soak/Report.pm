package S3O::Soak::Report;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The page that "make soak" leaves: figures, and plots of rate, latency and
# memory over the time of the run, as SVG.

use strict;
use warnings;

use constant { WIDTH => 900, HEIGHT => 170, LEFT => 60, RIGHT => 10 };


# page(what t/soak/soak.pl has found)

sub page {
    my %o = @_;

    my $per = _per_second(%o);
    my @rows = (
        ['duration', "$o{seconds} s, seed $o{seed}"],
        ['operations of clients', scalar @{ $o{did} }],
        ['requests that nginx answered', scalar @{ $o{logged} }],
        ['operations that failed', scalar @{ $o{failed} }],
        ['of these not explained by a kill', scalar @{ $o{unexplained} }],
        ['asked again on a new connection', $o{retries}],
        ['workers killed', scalar @{ $o{kills} }],
        ['reloads', scalar @{ $o{reloads} }],
        ['sets of credentials, and used', "$o{sets}, $o{used}"],
        ['used after they were replaced in the file, for',
         sprintf '%.1f s', $o{latest}],
        (map { [$_->[0] . ', grown', sprintf '%+.1f %s (%s allowed)',
                @$_[1, 3, 2]] } $o{watch}->measured()),
    );

    my %of;
    $of{ $_->{op} }++ for @{ $o{did} };

    return "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n"
           . "<title>make soak</title>\n<style>body { font: 14px sans-serif; "
           . "max-width: 60em; margin: 2em auto } td { padding: 2px 1em }"
           . "</style>\n<h1>make soak</h1>\n<table>\n"
           . join('', map { '<tr><td>' . join('<td>', @$_) . "\n" } @rows)
           . "</table>\n<p>"
           . join(', ', map { "$_: $of{$_}" } sort keys %of)
           . "\n<p>Grey: the metadata service is away. Blue lines: reloads. "
           . "Red lines: a worker is killed.\n"
           . _plot('requests a second', \%o,
                   ['answered', '#333', $per->{rate}])
           . _plot('latency of requests, ms', \%o,
                   ['median', '#080', $per->{median}],
                   ['99 %', '#c60', $per->{high}])
           . _plot('memory, MB', \%o, ['master', '#333', _memory($o{watch},
                                                               'master')],
                   ['largest worker', '#06c', _memory($o{watch}, 'worker')])
           . _plot('descriptors', \%o, ['master', '#333',
                                        _most($o{watch}, 'master', 'fds')],
                   ['most of a worker', '#06c',
                    _most($o{watch}, 'worker', 'fds')]);
}


# series of [second, value]

sub _per_second {
    my %o = @_;

    my %took;

    for my $l (@{ $o{logged} }) {
        my $second = int $l->{at} - $o{start};

        push @{ $took{$second} }, 1000 * $l->{took}
            if $second >= 0 && $second < $o{seconds};
    }

    my %series;

    for my $second (0 .. $o{seconds} - 1) {
        my @all = sort { $a <=> $b } @{ $took{$second} // [] };

        push @{ $series{rate} }, [$second, scalar @all];
        next unless @all;
        push @{ $series{median} }, [$second, $all[$#all / 2]];
        push @{ $series{high} }, [$second, $all[0.99 * $#all]];
    }

    return \%series;
}


sub _memory {
    my ($watch, $kind) = @_;

    return [map { [$_->[0], $_->[1] / 1024] }
            @{ _most($watch, $kind, 'rss') }];
}


# the largest of those at a time

sub _most {
    my ($watch, $kind, $what) = @_;

    my %most;

    for my $s ($watch->samples($kind)) {
        $most{ $s->{at} } = $s->{$what}
            if ($most{ $s->{at} } // 0) < $s->{$what};
    }

    return [map { [$_, $most{$_}] } sort { $a <=> $b } keys %most];
}


sub _plot {
    my ($title, $o, @series) = @_;

    my ($top) = sort { $b <=> $a } 1e-9,
                map { map { $_->[1] } @{ $_->[2] } } @series;
    my $step = 10 ** int(log($top) / log(10) - ($top < 1));

    $step *= 2 while $top / $step > 5;
    $top = $step * (1 + int $top / $step);

    my $x = sub { LEFT + $_[0] * (WIDTH - LEFT - RIGHT) / $o->{seconds} };
    my $y = sub { HEIGHT - 20 - $_[0] * (HEIGHT - 40) / $top };
    my @out = (sprintf '<svg width="%d" height="%d" font-family="sans-serif" '
               . 'font-size="11">', WIDTH, HEIGHT);

    push @out, sprintf '<rect x="%.1f" y="20" width="%.1f" height="%d" '
               . 'fill="#eee"/>', $x->($_->[0]), $x->($_->[1]) - $x->($_->[0]),
               HEIGHT - 40 for @{ $o->{away} };

    for my $mark (['#9bf', $o->{reloads}], ['#f66', $o->{kills}]) {
        push @out, sprintf '<path d="M%.1f 20V%d" stroke="%s" '
                   . 'stroke-width="0.7"/>', $x->($_), HEIGHT - 20, $mark->[0]
            for @{ $mark->[1] };
    }

    for (my $value = 0; $value <= $top * 1.001; $value += $step) {
        push @out, sprintf '<path d="M%d %.1fH%d" stroke="#ccc" '
                   . 'stroke-width="0.5"/><text x="%d" y="%.1f" '
                   . 'text-anchor="end">%g</text>', LEFT, $y->($value),
                   WIDTH - RIGHT, LEFT - 6, $y->($value) + 4, $value;
    }

    for my $n (0 .. 6) {
        my $second = $o->{seconds} * $n / 6;

        push @out, sprintf '<text x="%.1f" y="%d" text-anchor="middle">%d s'
                   . '</text>', $x->($second), HEIGHT - 6, $second;
    }

    my $at = LEFT;

    push @out, sprintf '<text x="%d" y="13" font-weight="bold">%s</text>', $at,
               $title;
    $at += 200;

    for my $s (@series) {
        my ($name, $colour, $points) = @$s;

        push @out, sprintf '<text x="%d" y="13" fill="%s">%s</text>', $at,
                   $colour, $name;
        $at += 120;
        push @out, sprintf '<polyline fill="none" stroke="%s" points="%s"/>',
                   $colour, join ' ', map { sprintf '%.1f,%.1f', $x->($_->[0]),
                                            $y->($_->[1]) } @$points;
    }

    return join "\n", @out, "</svg>\n";
}


1;
