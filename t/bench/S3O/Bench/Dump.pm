package S3O::Bench::Dump;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What callgrind has counted, read from its files, with SHA-256 as it is where
# the processor helps.
#
# Valgrind knows no SHA instructions, so hashing costs ten times as much in it,
# and would hide what changes in all the rest.  But it says what each function
# took by itself.  The one that hashes has no name in a library without
# symbols, and is found by having it hash; so is what it takes for a call, and
# for a block.  Then the blocks that a request hashes can be told exactly, and
# have the price that they have with SHA instructions.

use strict;
use warnings;

use Exporter qw(import);

use S3O::Process qw(slurp);

our @EXPORT_OK = qw(read_dump hash_model priced level BLOCK CALL);

# instructions of OpenSSL's code with SHA instructions, the same on all x86-64
# that have them: a block of 64 bytes, and a call for any number of blocks.
# What it takes for a block without is a few times more than LEAST.

use constant {
    BLOCK => 170,
    CALL  => 25,
    LEAST => 400,
};

# What glibc takes to find a block hangs on what its heap looks like: a line
# more in a configuration, and each block of a pool takes 100 or 400
# instructions.  So a call has the price that it has most often, and how many
# there are is what counts.

use constant {
    MALLOC => 150,
    FREE   => 95,
};

my $heap = qr{/libc[.-][^/:]*:(?:_int_malloc|_int_free|unlink_chunk
              |malloc_consolidate|_int_memalign|sysmalloc|systrim)(?:\.|$)}x;


# read_dump(file) returns {total}, and {self} and {calls} of each function,
# which is "object:name"

sub read_dump {
    my ($file) = @_;

    my %dump = (total => undef, self => {}, calls => {});
    my (%name, $object, $function, $called_in, $called, $inclusive);

    for my $line (split /\n/, slurp($file)) {
        if ($line =~ /^c?(ob|fn)=\((\d+)\)(?: (.*))?$/) {
            $name{$1}{$2} = $3 if defined $3;
        }

        if ($line =~ /^ob=\((\d+)\)/) {
            $object = $name{ob}{$1};

        } elsif ($line =~ /^fn=\((\d+)\)/) {
            $function = "$object:$name{fn}{$1}";

        } elsif ($line =~ /^cob=\((\d+)\)/) {
            $called_in = $name{ob}{$1};

        } elsif ($line =~ /^cfn=\((\d+)\)/) {
            $called = ($called_in // $object) . ":$name{fn}{$1}";
            undef $called_in;

        } elsif ($line =~ /^calls=(\d+)/) {
            $dump{calls}{$called} += $1;
            $inclusive = 1;

        } elsif ($line =~ /^[-+*\d]\S* (\d+)$/) {
            $dump{self}{$function} += $1 unless $inclusive;
            $inclusive = 0;

        } elsif ($line =~ /^(?:summary|totals): (\d+)/) {
            $dump{total} = $1;
        }
    }

    die "$file is nothing that callgrind has written\n"
        unless defined $dump{total};

    return \%dump;
}


# hash_model(times, files of one, two and three blocks, and of one by the
# other way in) returns {block}, what a block takes, and {call}, what a call
# of each function takes besides; undef where this cannot be told

sub hash_model {
    my ($times, @files) = @_;

    my ($one, $two, $three, $other) = map { read_dump($_) } @files;
    my $in = _most($one);
    my $block = ($two->{self}{$in} // 0) - $one->{self}{$in};

    return undef if $three->{self}{$in} - $two->{self}{$in} != $block;

    return undef unless $one->{calls}{$in} == $times;

    $block /= $times;

    my $model = { block => $block,
                  call => { $in => $one->{self}{$in} / $times - $block } };

    $in = _most($other);
    $model->{call}{$in} //= $other->{self}{$in} / $times - $block;

    return $model;
}


sub _most {
    my ($dump) = @_;

    my $self = $dump->{self};

    return (sort { $self->{$b} <=> $self->{$a} } keys %$self)[0];
}


# priced(dump, model) returns instructions, and the blocks that were hashed or
# undef

sub priced {
    my ($dump, $model) = @_;

    my $total = level($dump);

    return ($total, undef) unless $model;

    my ($self, $calls, $hashed) = (0, 0, 0);

    for my $function (keys %{ $model->{call} }) {
        my $n = $dump->{calls}{$function} // 0;
        my $took = $dump->{self}{$function} // 0;

        $calls += $n;
        $self += $took;
        $hashed += $took - $n * $model->{call}{$function};
    }

    my $blocks = $hashed / $model->{block};

    # valgrind may know the instructions of another kind of processor

    return ($total, $blocks) if $model->{block} < LEAST;

    return ($total - $self + $blocks * BLOCK + $calls * CALL, $blocks);
}


# level(dump) returns the instructions with the price of calls of the heap

sub level {
    my ($dump) = @_;

    my $total = $dump->{total};

    for my $function (grep { $_ =~ $heap } keys %{ $dump->{self} }) {
        my $calls = $dump->{calls}{$function} // 0;

        $total -= $dump->{self}{$function};
        $total += $calls * MALLOC if $function =~ /:_int_malloc/;
        $total += $calls * FREE if $function =~ /:_int_free/;
    }

    return $total;
}


1;
