package S3O::Bench::Answers;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What an answer costs: redirects, JSON and proxied requests beside what
# nginx itself takes, and beside script engines.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();

use S3O::Bench::Callgrind qw(count_requests count_program);
use S3O::Bench::Cost qw(counter each_job);
use S3O::Bench::Dump qw(BLOCK);
use S3O::Bench::Gate qw(gate_answer gate_echo);
use S3O::Bench::Measure qw(load run median);
use S3O::Bench::Report qw(heading table goal say_line num us);
use S3O::Bench::Rivals qw(njs lua);
use S3O::Bench::Setup qw(KEY URL_LENGTH stock ours tool);

our @EXPORT_OK = qw(answers cases counted counts goals_of BLOCKS_URL
    BLOCKS_HEADER);

# blocks that SHA-256 hashes for a URL of this length, and for the header of a
# request through "proxy"

use constant {
    BLOCKS_URL    => 22,
    BLOCKS_HEADER => 20,
};

# name, server, location, what the answer is, title

my @cases = (
    [limit    => 'stock', 'limit', 'location', '`return 302`, HTML body'],
    [floor    => 'stock', 'floor', 'location', 'the floor: header only'],
    [redirect => 'ours', 'redirect', 'redirect', 'redirect'],
    [window   => 'ours', 'window', 'redirect', 'redirect, a window'],
    [json     => 'ours', 'json', 'json', 'JSON'],
    [sigv4a   => 'ours', 'sigv4a', 'sigv4a', 'redirect, SigV4A'],
    [plain    => 'stock', 'proxy', 'data', '`proxy_pass` alone'],
    [proxy    => 'ours', 'proxy', 'echo', 'proxy GET'],
    [lua      => 'lua', 'redirect', 'redirect', 'redirect, Lua'],
    [njs      => 'njs', 'redirect', 'redirect', 'redirect, njs'],
);


my %start = (stock => \&stock, ours => \&ours, lua => \&lua, njs => \&njs);
my @rivals = qw(lua njs);


sub _cases_on {
    my ($on) = @_;

    return map { my %case;
                 @case{qw(name on location kind title)} = @$_;
                 $case{uri} = "/$case{location}/" . KEY;
                 \%case } grep { $_->[1] eq $on } @cases;
}


# starts the servers, and checks that they do their work

sub cases {
    my (%o) = @_;

    my @ready;

    for my $on (qw(stock ours), $o{rivals} ? @rivals : ()) {
        my @on = grep { !$o{only} || $o{only} eq $_->{name} } _cases_on($on)
            or next;
        my $t = $start{$on}->() or next;

        for my $case (@on) {
            _gate($case, $t);
            $case->{t} = $t;
            $case->{url} = $t->{url} . $case->{uri};
        }

        push @ready, @on;
    }

    my %place = map { $cases[$_][0] => $_ } 0 .. $#cases;

    return sort { $place{ $a->{name} } <=> $place{ $b->{name} } } @ready;
}


sub _gate {
    my ($case, $t) = @_;

    my $kind = $case->{kind};

    return gate_echo($t, "/$case->{location}/", 'unsigned') if $kind eq 'echo';

    return gate_answer($t, $case->{uri}, $kind, key => KEY,
                       $kind eq 'sigv4a' ? () : (length => URL_LENGTH));
}


# measures all cases in rounds, each round beginning with another case; returns
# name => the median of each figure, and all of them

sub rounds {
    my ($n, @cases) = @_;

    my %runs;

    for my $i (1 .. $n) {
        for my $case (@cases) {
            push @{ $runs{ $case->{name} } },
                 load($case->{t}{worker}, $case->{url});
        }
        push @{ $runs{p256} }, p256();
        push @cases, shift @cases;
    }

    my %result;

    for my $name (keys %runs) {
        my @runs = @{ $runs{$name} };

        $result{$name} = { runs => \@runs };

        for my $what (qw(cpu user kernel p50 p99)) {
            $result{$name}{$what} = median(map { $_->{$what} } @runs);
        }
    }

    return \%result;
}


# one ECDSA signature over P-256

sub p256 {
    my $program = tool('p256', '-lcrypto');
    my ($few, $many) = map { run([$program, $_]) } 100, 5100;

    return { cpu  => $many->{out} / 5100,
             user => defined $many->{user}
                     ? ($many->{user} - $few->{user}) / 5000 : undef };
}


# the instructions of all of them, quickly: name => {user}

sub counts {
    my (%o) = @_;

    return rounds(3, cases(%o)) if counter() eq 'perf';

    my @on = (qw(stock ours), $o{rivals} ? @rivals : ());
    my @r = each_job(\&_p256_counted,
                     map { my $on = $_; sub { _counted_on($on) } } @on);

    return { p256 => $r[0][0], map { %{ $_->[0] } } @r[1 .. $#r] };
}


# by valgrind

sub _p256_counted {
    return { user => count_program(tool('p256', '-lcrypto'), 10, 60) };
}


sub _counted_on {
    my ($on) = @_;

    my @on = _cases_on($on);
    my @counts;

    # a script engine may not run in valgrind

    if (!eval { @counts = _count($on, @on); 1 }) {
        die $@ unless grep { $_ eq $on } @rivals;
    }

    return { map { $on[$_]{name} => $counts[$_] } 0 .. $#counts };
}


sub _count {
    my ($on, @on) = @_;

    # what has signatures of random numbers is not the same each time, and an
    # engine compiles what it has seen often

    my @counts = count_requests($start{$on}, map {
        my $case = $_;
        my $kind = $case->{kind};

        { uris => [$case->{uri}], gate => sub { _gate($case, $_[0]) },
          $kind eq 'sigv4a' ? (times => 50) : (),
          (grep { $_ eq $on } @rivals) ? (warm => 200) : () }
    } @on);

    # what hashes was not found, in an OpenSSL that is a part of nginx perhaps,
    # and has the price that it has in valgrind

    for my $count ($on eq 'ours' ? @counts : ()) {
        undef $count->{user} unless $count->{blocks};
    }

    return @counts;
}


# one of them, with what callgrind_annotate shows of it

sub counted {
    my ($name) = @_;

    my ($case) = grep { $_->{name} eq $name }
                 map { _cases_on($_) } qw(stock ours);

    return _count($case->{on}, $case);
}


# the median of what the function makes of each round: what changes from one
# to the next does not count

sub _each {
    my ($r, $make) = @_;

    return median(map { my $i = $_;
        $make->(sub { $r->{ $_[0] }{runs}[$i]{ $_[1] // 'cpu' } })
    } 0 .. $#{ $r->{floor}{runs} });
}


sub answers {
    my (%o) = @_;

    my @cases = cases(rivals => 1);
    my $r = rounds($o{rounds}, @cases);

    if (counter() eq 'callgrind') {
        my $counts = counts(rivals => 1);
        $r->{$_}{user} = $counts->{$_}{user} for keys %$counts;
        $r->{$_}{blocks} = $counts->{$_}{blocks} for keys %$counts;
    }

    heading('Answers');

    table(['', 'per CPU second', 'CPU, us', 'user instr.', 'kernel instr.',
           'p50, us', 'p99, us', 'of the floor'],
          map { my ($name, $title) = @$_{qw(name title)};
                my $c = $r->{$name};
                my $of = _each($r, sub { $_[0]->('floor') / $_[0]->($name) });
                [$title, num(1e9 / $c->{cpu}), us($c->{cpu}), num($c->{user}),
                 num($c->{kernel}), num($c->{p50}), num($c->{p99}),
                 sprintf '%.2f', $of] } @cases);

    say_line("\nA signature with P-256 alone takes "
             . us($r->{p256}{cpu}) . ' us'
             . ($r->{p256}{user} ? ' and ' . num($r->{p256}{user})
                                   . ' instructions.' : '.'));

    goals_of($r);
    my @goals = (
        ['redirect: of the requests that the floor has', 0.9, 'least',
         sub { $_[0]->('floor') / $_[0]->('redirect') }],
        ['redirect: of the requests of `return 302`', 1, 'least',
         sub { $_[0]->('limit') / $_[0]->('redirect') }],
        ['proxy GET: of the requests of `proxy_pass` alone', 0.92, 'least',
         sub { $_[0]->('plain') / $_[0]->('proxy') }],
        ['SigV4A: over a P-256 signature and a redirect', 1.15, '',
         sub { $_[0]->('sigv4a') / ($_[0]->('p256') + $_[0]->('redirect')) }],
        ['redirect: p99 over that of `return 302`', 1.3, '',
         sub { $_[0]->('redirect', 'p99') / $_[0]->('limit', 'p99') }],
    );

    goal($_->[0], _each($r, $_->[3]), $_->[1], '', $_->[2]) for @goals;

    return $r;
}


# the additional instructions of SHA-256 for a block of 64 bytes on a processor
# without SHA instructions

sub _more {
    return 0 if counter() ne 'perf';

    my $text = File::Temp->new();
    my @n;

    for my $size (65_536, 1_048_576) {
        truncate $text, $size;
        push @n, run(['openssl', 'dgst', '-sha256', $text->filename])->{user};
    }

    my $more = ($n[1] - $n[0]) / (983_040 / 64) - BLOCK;

    return $more > 10 ? $more : 0;
}


# the goals of figures that do not depend on how busy a machine is

sub goals_of {
    my ($r) = @_;

    my $over = sub {
        my ($a, $b) = map { $r->{$_}{user} } @_;
        return defined $a && defined $b ? $a - $b : undef;
    };

    my $more = _more();

    goal('redirect: instructions over the floor',
         $over->('redirect', 'floor'), 6000 + $more * BLOCKS_URL);
    goal('JSON: instructions over a redirect',
         $over->('json', 'redirect'), 2000);
    goal('proxy GET: instructions over `proxy_pass` alone',
         $over->('proxy', 'plain'), 9500 + $more * BLOCKS_HEADER);
    goal('a window: instructions over a redirect without',
         $over->('window', 'redirect'), 0.01 * ($r->{redirect}{user} // 0));

    my ($p256, $redirect, $sigv4a)
        = map { $r->{$_}{user} } qw(p256 redirect sigv4a);

    goal('SigV4A: instructions over a P-256 signature and a redirect',
         defined $p256 && defined $redirect
         ? $sigv4a / ($p256 + $redirect) : undef, 1.15);

    return;
}


1;
