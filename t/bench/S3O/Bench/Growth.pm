package S3O::Bench::Growth;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# How the cost of a redirect grows with what can grow: key and token, which it
# may follow in a straight line, and what it should not follow at all.

use strict;
use warnings;

use Exporter qw(import);

use S3O::Bench::Cost qw(counter unit each_job costs);
use S3O::Bench::Gate qw(gate_answer);
use S3O::Bench::Measure qw(load);
use S3O::Bench::Report qw(heading table goal say_line num us);
use S3O::Bench::Setup qw(TOKEN KEY text server access_point
    credentials);
use S3O::Presigned qw(ARN);

our @EXPORT_OK = qw(growth bends);

my @keys = (16, 64, 128, 256, 512, 1024);
my @tokens = (0, 256, 768, 1024, 2048);
my @numbers = (1, 100, 10_000);
my @args = (0, 1, 10, 100);
my @connections = (1, 32, 256, 1024);

# not all of 10,000 are asked for, but so many that lie all over them, or what
# is done once a second for each would be much of what is measured

use constant SAMPLE => 500;

my %of = (
    key   => sub { map { _series('/redirect/' . text($_, 1)) } @keys },
    token => sub { map { _series("/token-$_/" . KEY, text($_)) } @tokens },
    sent  => sub { map { _series('/redirect/' . KEY . _args($_)) } @args },
    known => sub { map { _series("/args-$_/" . KEY . '?a1=value') } @args },
);

# the longest jobs first

my @many = map { my $n = $_; map { [$n, $_] } qw(sources stock locations arns
                                                 map) } reverse @numbers;


# the figures that may grow in a straight line

sub bends {
    my ($r) = each_job(sub { _lines(qw(key token)) });

    return _bends(@$r);
}


sub _bends {
    my @cost = @_;

    my @key = splice @cost, 0, scalar @keys;
    my @token = splice @cost, 0, scalar @tokens;

    heading('Growth');
    say_line((counter() ? 'User instructions' : 'Nanoseconds of processor time')
             . " of a redirect.\n");

    _row('key, bytes', \@keys, \@key);
    _row('token, bytes', \@tokens, \@token);

    _goal('key: a byte at the end over one on average, instructions',
          _bend(\@keys, \@key), 1.2);
    _goal('token: a byte at the end over one on average, instructions',
          _bend(\@tokens, \@token), 1.2);

    return @cost;
}


# all of these goals are about instructions

sub _goal {
    my ($name, $value, $limit) = @_;

    return goal($name, counter() ? $value : undef, $limit);
}


sub growth {
    my ($lines, @costs) = each_job(
        sub { _lines(qw(key token sent known)) },
        map { my @of = @$_; sub { _many(@of) } } @many);

    my @rest = _bends(@$lines);
    my @sent = splice @rest, 0, scalar @args;

    _row("client's arguments", \@args, \@sent);
    _row('names in `s3o_presign_args`', \@args, \@rest);

    my %many;

    for my $i (0 .. $#many) {
        my ($n, $what) = @{ $many[$i] };
        $many{$what}{$n} = $costs[$i][0];
    }

    table(['', map { num($_) } @numbers],
          map { my ($title, $what) = @$_;
                [$title, map { num($many{$what}{$_}) } @numbers] }
          ['locations, `return 302`', 'stock'], ['locations', 'locations'],
          ['locations with a source each', 'sources'],
          ['access points from a map, `return 302`', 'map'],
          ['access points from a map', 'arns']);
    say_line('');

    _connections();

    # more of them cost nginx itself something

    my ($one, $all) = @numbers[0, -1];

    for my $what (['locations', 'stock'], ['sources', 'stock'],
                  ['arns', 'map'])
    {
        my ($ours, $theirs) = @many{@$what};
        my $more = $ours->{$all} - $ours->{$one}
                   - $theirs->{$all} + $theirs->{$one};
        my $title = $what->[0] =~ s/arns/access points/r;

        _goal("10,000 $title: over 1, without what nginx takes",
              1 + $more / $ours->{$one}, 1.03);
    }

    _goal('100 names in `s3o_presign_args`: over 1', $rest[-1] / $rest[1],
          1.03);

    return;
}


sub _connections {
    my $t = _start();
    my @conn = map { load($t->{worker}, "$t->{url}/redirect/" . KEY,
                          connections => $_) } @connections;

    $t->stop();

    table(['connections', map { num($_) } @connections],
          ['CPU, us', map { us($_->{cpu}) } @conn],
          ['user instructions', map { num($_->{user}) } @conn],
          ['p50, us', map { num($_->{p50}) } @conn],
          ['p99, us', map { num($_->{p99}) } @conn]);

    return;
}


# the slope of the last part over that of the whole

sub _bend {
    my ($x, $y) = @_;

    my $slope = sub { ($y->[-1] - $y->[$_[0]]) / ($x->[-1] - $x->[$_[0]]) };

    return $slope->(-2) / $slope->(0);
}


sub _row {
    my ($title, $x, $y) = @_;

    my $slope = ($y->[-1] - $y->[0]) / ($x->[-1] - $x->[0]);

    table([$title, (map { num($_) } @$x), 'for each'],
          [unit(), (map { num($_) } @$y), num($slope)]);
    say_line('');

    return;
}


# one request, to a server that has all of them

sub _lines { return costs(\&_start, map { $of{$_}->() } @_) }


sub _series {
    my ($uri, $token) = @_;

    return { uris => [$uri], gate => sub {
        gate_answer($_[0], $uri, 'redirect', token => $token);
    } };
}


sub _args { return $_[0] ? '?' . join '&', map { "a$_=value" } 1 .. $_[0] : '' }


sub _start {
    return server(@_, http => _http(), locations => _locations());
}


sub _http { return '    ' . access_point() . "\n    " . credentials(TOKEN) }


sub _locations {
    my $text = "        location /redirect/ { s3o_presign redirect; }\n";

    for my $n (@tokens) {
        my $credentials = credentials(text($n));
        $text .= "        location /token-$n/ { s3o_presign redirect;"
                 . " $credentials }\n";
    }

    for my $n (@args) {
        my $names = $n ? 's3o_presign_args '
                         . join(' ', map { "a$_" } 1 .. $n) . ';' : '';
        $text .= "        location /args-$n/ { s3o_presign redirect; "
                 . "$names }\n";
    }

    return $text;
}


# requests that go through locations, or access points, in turn

sub _many {
    my ($n, $what) = @_;

    my @names = map { sprintf '%05d', $_ } 1 .. $n;
    my ($http, $locations) = ($what eq 'stock' ? '' : _http(), '');
    my $uri = sub { "/l$_[0]/" . KEY };

    if ($what eq 'arns' || $what eq 'map') {
        $http = join "\n", "    map_hash_max_size 65536;",
            '    map_hash_bucket_size 128;', '    map $arg_ap $arn {',
            (map { my $arn = ARN =~ s/reports$/ap-$_/r; "        $_ $arn;" }
             @names), '    }',
            $what eq 'map' ? () : ('    s3o_presign_access_point $arn;',
                                   '    ' . credentials(TOKEN));
        my $inner = $what eq 'map' ? 'return 302 https://$arn/'
                    . text(1143, 1) : 's3o_presign redirect';
        $locations = "        location /l/ { $inner; }\n";
        $uri = sub { '/l/' . KEY . "?ap=$_[0]" };

    } else {
        my $inner = $what eq 'stock'
                    ? 'return 302 https://' . text(1234, 1) . ';'
                    : 's3o_presign redirect;'
                      . ($what eq 'sources' ? ' ' . credentials(TOKEN) : '');

        $locations = join '', map {
            "        location /l$_/ { " . ($inner =~ s/ASIA\w+/ASIA$_/r)
            . " }\n"
        } @names;
    }

    my @stock = $what =~ /^(?:stock|map)$/ ? (module => 0) : ();

    return costs(
        sub { server(@_, @stock, http => $http, locations => $locations) },
        { uris => [map { $uri->($_) } _sample(@names)] });
}


# steps that do not divide the number reach all parts of it

sub _sample {
    my @all = @_;

    return @all if @all <= SAMPLE;

    return map { $all[$_ * 7919 % @all] } 1 .. SAMPLE;
}


1;
