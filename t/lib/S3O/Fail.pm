package S3O::Fail;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Makes allocations and signatures, which seldom fail, fail in an nginx under
# test, see t/tools/fail.c:
#
#     my $fail = S3O::Fail->new($t);     # before run()
#     $fail->allocation(7);              # the seventh from now on
#     $fail->signing(1);                 # all signatures of SigV4A
#
# possible() is false without a compiler, and when another library is preloaded,
# as that of a sanitizer is.

use strict;
use warnings;

use Carp qw(croak);

use S3O::Process qw(capture find_program spew);


sub possible { return find_program('gcc') && !$ENV{TEST_NGINX_PRELOAD} }


sub new {
    my ($class, $t) = @_;

    my $library = $t->testdir() . '/fail.so';
    my $file = $t->testdir() . '/fail';

    my ($status, $said) = capture(['gcc', '-std=gnu99', '-W', '-Wall',
        '-Werror', '-O2', '-shared', '-fPIC', '-o', $library,
        $t->root() . '/t/tools/fail.c', '-ldl']);
    croak "gcc: $said" if $status;

    my $self = bless { file => $file, signing => 0, ahead => 0 }, $class;

    $self->_write(0);
    chmod 0666, $file;

    $t->{preload} = $library;
    $t->env(S3O_FAIL_FILE => $file);

    return $self;
}


sub allocation {
    my ($self, $n) = @_;

    return $self->_write($n);
}


sub signing {
    my ($self, $fails) = @_;

    $self->{signing} = $fails;

    return $self->_write(0);
}


# how many allocations are left until one fails; 0: it has failed

sub left {
    my ($self) = @_;

    open my $fh, '<:raw', $self->{file} or croak "$self->{file}: $!";
    read $fh, my $data, 8;

    return unpack 'l', $data;
}


# how many allocations have not been freed

sub live {
    my ($self) = @_;

    open my $fh, '<:raw', $self->{file} or croak "$self->{file}: $!";
    read $fh, my $data, 12;

    return (unpack 'lll', $data)[2];
}


# pass() sets the clock of nginx ahead, now() is the time on it

sub pass {
    my ($self, $seconds) = @_;

    $self->{ahead} += $seconds;

    open my $fh, '+<:raw', $self->{file} or croak "$self->{file}: $!";
    sysseek $fh, 12, 0;
    syswrite $fh, pack 'l', $self->{ahead};

    return $self;
}


sub now { return time + $_[0]{ahead} }


sub _write {
    my ($self, $n) = @_;

    # the file is never truncated, as nginx has it mapped

    my $new = !-e $self->{file};

    open my $fh, $new ? '>:raw' : '+<:raw', $self->{file}
        or croak "$self->{file}: $!";
    syswrite $fh, pack $new ? 'llll' : 'll', $n, $self->{signing}, 0, 0;

    return;
}


1;
