package S3O::Bench::Growth;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# How the cost of a redirect grows with what can grow: key and token, which it
# may follow in a straight line, and what it should not follow at all.

use strict;
use warnings;

use Exporter qw(import);

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


# what may grow in a straight line

sub bends {
    my $t = shift // server(http => _http(), locations => _locations());

    my @key = map { _cost($t, '/redirect/' . text($_, 1)) } @keys;
    my @token = map { _cost($t, "/token-$_/" . KEY, text($_)) } @tokens;

    heading('Growth');
    say_line("User instructions of a redirect.\n");

    _row('key, bytes', \@keys, \@key);
    _row('token, bytes', \@tokens, \@token);

    goal('key: a byte at the end over one on average, instructions',
         _bend(\@keys, \@key), 1.2);
    goal('token: a byte at the end over one on average, instructions',
         _bend(\@tokens, \@token), 1.2);

    return;
}


sub growth {
    my $t = server(http => _http(), locations => _locations());

    bends($t);

    my @args_sent = map { _cost($t, '/redirect/' . KEY . _args($_)) } @args;
    my @args_known = map { _cost($t, "/args-$_/" . KEY . '?a1=value') } @args;
    my @conn = map { load($t->{worker}, "$t->{url}/redirect/" . KEY,
                          connections => $_) } @connections;

    my %many;

    for my $n (@numbers) {
        push @{ $many{stock} }, _many($n, 'stock');
        push @{ $many{locations} }, _many($n, 'locations');
        push @{ $many{sources} }, _many($n, 'sources');
        push @{ $many{map} }, _many($n, 'map');
        push @{ $many{arns} }, _many($n, 'arns');
    }

    _row("client's arguments", \@args, \@args_sent);
    _row('names in `s3o_presign_args`', \@args, \@args_known);

    table(['', map { num($_) } @numbers],
          map { [$_->[0], map { num($_) } @{ $many{ $_->[1] } }] }
          ['locations, `return 302`', 'stock'], ['locations', 'locations'],
          ['locations with a source each', 'sources'],
          ['access points from a map, `return 302`', 'map'],
          ['access points from a map', 'arns']);
    say_line('');

    table(['connections', map { num($_) } @connections],
          ['CPU, us', map { us($_->{cpu}) } @conn],
          ['user instructions', map { num($_->{user}) } @conn],
          ['p50, us', map { num($_->{p50}) } @conn],
          ['p99, us', map { num($_->{p99}) } @conn]);

    # more of them cost nginx itself something

    for my $what (['locations', 'stock'], ['sources', 'stock'],
                  ['arns', 'map'])
    {
        my ($ours, $theirs) = @many{@$what};
        my $more = $ours->[-1] - $ours->[0] - $theirs->[-1] + $theirs->[0];
        my $title = $what->[0] =~ s/arns/access points/r;

        goal("10,000 $title: over 1, without what nginx takes",
             1 + $more / $ours->[0], 1.03);
    }

    goal('100 names in `s3o_presign_args`: over 1',
         $args_known[-1] / $args_known[1], 1.03);

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
          ['instructions', (map { num($_) } @$y), num($slope)]);
    say_line('');

    return;
}


# where there are no counters, nanoseconds

sub _cost {
    my ($t, $uri, $token) = @_;

    gate_answer($t, $uri, 'redirect', token => $token);

    my $r = load($t->{worker}, $t->{url} . $uri);

    return $r->{user} // $r->{cpu};
}


sub _args { return $_[0] ? '?' . join '&', map { "a$_=value" } 1 .. $_[0] : '' }


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


# requests that go through all locations, or access points, in turn

sub _many {
    my ($n, $what) = @_;

    my @names = map { sprintf '%05d', $_ } 1 .. $n;
    my ($http, $locations) = (_http(), '');
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
        my $url = 'https://' . text(1234, 1);

        for my $i (@names) {
            my $own = credentials(TOKEN) =~ s/ASIA\w+/ASIA$i/r;
            my $inner = $what eq 'stock' ? "return 302 $url;"
                        : 's3o_presign redirect;'
                          . ($what eq 'sources' ? " $own" : '');
            $locations .= "        location /l$i/ { $inner }\n";
        }
    }

    my $t = server($what =~ /^(?:stock|map)$/ ? (module => 0) : (),
                   $what eq 'stock' ? () : (http => $http),
                   locations => $locations);

    my $script = _script(map { $uri->($_) } @names);

    # the first requests of a source make its key

    load($t->{worker}, $t->{url}, script => $script) if $n > 1;

    my $r = load($t->{worker}, $t->{url}, script => $script);
    $t->stop();

    return $r->{user} // $r->{cpu};
}


sub _script {
    my @uris = @_;

    my $list = join ",\n", map { "\"$_\"" } @uris;

    return <<"EOL";
local requests = {}

for i, uri in ipairs({ $list }) do
    requests[i] = "GET " .. uri .. " HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"
end

local i = 0

request = function()
    i = i < #requests and i + 1 or 1
    return requests[i]
end
EOL
}


1;
