package S3O::Bench::Answers;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What an answer costs: redirects, JSON and proxied requests beside what
# nginx itself takes, and beside script engines.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();

use S3O::Bench::Callgrind qw(count_requests count_program has_callgrind);
use S3O::Bench::Gate qw(gate_answer gate_echo);
use S3O::Bench::Measure qw(load run median has_perf);
use S3O::Bench::Report qw(heading table goal say_line num us);
use S3O::Bench::Rivals qw(njs lua);
use S3O::Bench::Setup qw(KEY URL_LENGTH stock ours tool);

our @EXPORT_OK = qw(answers cases counted counts goals_of);

# blocks that SHA-256 hashes for a signature of this length, and instructions
# that a block takes with SHA instructions at most

use constant {
    BLOCKS => 24,
    HELPED => 180,
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


# the servers, started and seen to do their work

sub cases {
    my (%o) = @_;

    my %server = (stock => stock(), ours => ours(),
                  $o{rivals} ? (lua => scalar lua(), njs => scalar njs())
                              : ());
    my @ready;

    for my $case (@cases) {
        my ($name, $on, $location, $kind, $title) = @$case;
        next if $o{only} && $o{only} ne $name;
        my $t = $server{$on} or next;

        if ($kind eq 'echo') {
            gate_echo($t, "/$location/", 'unsigned');

        } else {
            gate_answer($t, "/$location/" . KEY, $kind, key => KEY,
                $kind eq 'sigv4a' ? () : (length => URL_LENGTH));
        }

        push @ready, { name => $name, title => $title, t => $t,
                       url => "$t->{url}/$location/" . KEY };
    }

    return @ready;
}


# each in its turn, and the first of a round another one each time; returns
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
    return rounds(3, cases()) if has_perf();

    my %result = map { $_ => { user => counted($_) } }
                 map { $_->[0] } grep { $_->[1] =~ /^(?:stock|ours)$/ } @cases;

    my $program = tool('p256', '-lcrypto');
    my ($few, $many) = map { count_program($program, $_) } 10, 60;

    $result{p256}{user} = ($many - $few) / 50;

    return \%result;
}


# by valgrind

sub counted {
    my ($name) = @_;

    my ($case) = grep { $_->[0] eq $name } @cases;
    my ($on, $location) = @$case[1, 2];

    return count_requests($on eq 'stock' ? \&stock : \&ours,
                          "/$location/" . KEY);
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


# instructions of SHA-256 for a block of 64 bytes, over those that it takes
# where the processor helps

sub _block {
    my $text = File::Temp->new();
    my @n;

    for my $size (65_536, 1_048_576) {
        my @cmd = ('openssl', 'dgst', '-sha256', $text->filename);

        truncate $text, $size;
        push @n, has_perf() ? run(\@cmd)->{user}
                 : has_callgrind() ? count_program(@cmd) : 0;
    }

    my $more = ($n[1] - $n[0]) / (983_040 / 64) - HELPED;

    return $more > 0 ? $more : 0;
}


# what a noisy machine does not move

sub goals_of {
    my ($r) = @_;

    my $over = sub {
        my ($a, $b) = map { $r->{$_}{user} } @_;
        return defined $a && defined $b ? $a - $b : undef;
    };

    # what more a hash costs where the processor has no instructions for it

    my $hash = BLOCKS * _block();

    goal('redirect: instructions over the floor',
         $over->('redirect', 'floor'), 6000 + $hash);
    goal('JSON: instructions over a redirect',
         $over->('json', 'redirect'), 2000);
    goal('proxy GET: instructions over `proxy_pass` alone',
         $over->('proxy', 'plain'), 8000 + $hash);
    goal('a window: instructions over a redirect without',
         $over->('window', 'redirect'), 0.01 * ($r->{redirect}{user} // 0));

    my $both = ($r->{p256}{user} // 0) + ($r->{redirect}{user} // 0);

    goal('SigV4A: instructions over a P-256 signature and a redirect',
         $both ? $r->{sigv4a}{user} / $both : undef, 1.15);

    return;
}


1;
