package S3O::Alloc;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Runs a sub again and again, and in each run another allocation of nginx fails:
# the first one, then the second one and so on, until none is left:
#
#     my $alloc = S3O::Alloc->new($t);       # before run()
#     $alloc->sweep('a redirect', sub { ... return 'right' });
#
# The sub returns "right"; or "refused", when what it got may be the answer to
# missing memory; or a text that says what is wrong.  When no allocation fails
# the result must be "right", before and after each run.  Workers must not die,
# and no allocation may be left that was not freed.
#
# Memory pools of nginx count as well, see t/tools/fail.c.  "make alloc" sets
# ALLOC to a number of allocations to let fail, or to "all", which is at most
# 240, and prints what it tried.  Without ALLOC a few are tried.

use strict;
use warnings;

use Test::More ();

use S3O::Fail;
use S3O::Process qw(wait_until);

use constant { FEW => 5, MANY => 240, NEVER => 1 << 30 };


sub new {
    my ($class, $t) = @_;

    return bless { t => $t, fail => S3O::Fail->new($t) }, $class;
}


sub fail { return $_[0]{fail} }


# sweep(name, sub, settle => a sub that is called before allocations are
# counted, keeps => how many allocations may be left, as those of caches are)

sub sweep {
    my ($self, $name, $run, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $settle = $o{settle} // sub { };
    my @first = map { $run->() } 1 .. 3;

    if (grep { $_ ne 'right' } @first) {
        return Test::More::is("@first", 'right right right', $name);
    }

    my $count = $self->_count($run);
    my %seen = (tried => 0, failed => 0, wrong => []);
    my $more;

    # tables that are made at the first use stay allocated, so a second round
    # decides: what is really lost is lost in each round

    for (1, 2) {
        $settle->();

        my $live = $self->{fail}->live();
        my $tried = $seen{tried};

        $self->_all($run, $count, \%seen);
        $settle->();

        $more = $self->{fail}->live() - $live;
        last if $more <= ($o{keeps} // 8) + ($seen{tried} - $tried) / 8;
        push @{ $seen{wrong} }, "$more allocations were not freed" if $_ == 2;
    }

    Test::More::diag(sprintf '%s: %d allocations, %d failed: %s; %+d stay',
        $name, $count, $seen{failed},
        join(', ', map { "$seen{$_} $_" } grep { $seen{$_} }
                   qw(right refused)), $more)
        if $ENV{ALLOC};

    Test::More::ok($seen{failed}, "$name: some fail");

    return Test::More::is(join("\n", @{ $seen{wrong} }), '', $name);
}


sub _all {
    my ($self, $run, $count, $seen) = @_;

    my ($worker) = $self->{t}->workers();

    for my $n (_numbers($count)) {
        my ($what, $left) = $self->_fail($n, $run);

        $seen->{tried}++;
        $seen->{failed}++ unless $left;

        if ($what =~ /^(?:right|refused)$/) {
            $seen->{$what}++;

        } else {
            push @{ $seen->{wrong} }, "$n: $what";
        }

        if (!kill 0, $worker) {
            push @{ $seen->{wrong} }, "$n: the worker has died";
            ($worker) = wait_until(sub { ($self->{t}->workers())[0] });
        }

        my $then = eval { $run->() } // "died: $@";
        push @{ $seen->{wrong} }, "after $n: $then" if $then ne 'right';

        last if $left && $n > $count;
    }
}


sub _count {
    my ($self, $run) = @_;

    my (undef, $left) = $self->_fail(NEVER, $run);

    return NEVER - $left;
}


# returns what the sub returns when the nth allocation fails, and how many more
# allocations would have been needed to get there

sub _fail {
    my ($self, $n, $run) = @_;

    $self->{fail}->allocation($n);

    my $what = eval { $run->($self->{fail}) } // "died: $@";
    my $left = $self->{fail}->left();

    $self->{fail}->allocation(0);

    return ($what, $left);
}


# The numbers of the allocations to let fail: all of them, and a few more, as
# not each run has equally many.  If these are too many: half of the limit from
# both ends, as the middle is mostly a TLS handshake, and the rest evenly
# spread.

sub _numbers {
    my ($count) = @_;

    my $most = $ENV{ALLOC} || FEW;
    my $end = $count + 1 + int $count / 10;

    $most = MANY if $most eq 'all';

    return 1 .. $end if $end <= $most;

    my $rest = $most - 2 * int $most / 4;
    my %n = map { $_ => 1 } 1 .. $most / 4,
                            $count + 1 - int($most / 4) .. $count,
                            map { 1 + int(($_ + 0.5) * $count / $rest) }
                            0 .. $rest - 1;

    return sort { $a <=> $b } keys %n;
}


1;
