package S3O::Bench::Callgrind;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Instructions where the processor does not count them: nginx runs in valgrind
# as one process, twice, with a few requests and with many more.  Slow, and
# exact.  Valgrind knows no SHA instructions, so hashing costs more in it.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);

use S3O::Bench::Setup qw(out);
use S3O::Nginx;
use S3O::Process qw(capture find_program slurp spew);

our @EXPORT_OK = qw(has_callgrind count_requests count_program callgrind_file);

use constant {
    FEW  => 50,
    MANY => 550,
};


sub has_callgrind { return find_program('valgrind') ? 1 : 0 }


sub callgrind_file { return out() . '/bench/callgrind.out' }


sub _command {
    my ($log) = @_;

    return ('valgrind', '--tool=callgrind', "--log-file=$log",
            '--callgrind-out-file=' . callgrind_file());
}


sub _collected {
    my ($log) = @_;

    return slurp($log) =~ /Collected : (\d+)/ ? $1
           : croak 'valgrind: ' . slurp($log);
}


# of one request: start is a function that takes arguments of
# S3O::Bench::Setup::server() and returns a server

sub count_requests {
    my ($start, $uri) = @_;

    my ($few, $many) = map { _serve($start, $uri, $_) } FEW, MANY;

    return ($many - $few) / (MANY - FEW);
}


sub _serve {
    my ($start, $uri, $n) = @_;

    my $script = out() . '/bench/nginx-callgrind';
    my $log = out() . '/bench/callgrind.log';
    my $cmd = join ' ', _command($log), S3O::Nginx::binary();

    unlink $log;
    spew($script, "#!/bin/sh\nexec $cmd \"\$@\"\n", 0755);

    my $t = $start->(binary => $script, main => 'master_process off;');
    my $c = $t->connect(timeout => 60);

    for (1 .. $n) {
        my $r = $c->request(uri => $uri);
        croak "$uri: no answer" unless $r && $r->{status} < 400;
    }

    $c->close();
    $t->stop(timeout => 60);

    return _collected($log);
}


# of a program

sub count_program {
    my @cmd = @_;

    my $log = out() . '/bench/callgrind.log';

    unlink $log;
    my ($status, $said) = capture([_command($log), @cmd], timeout => 120);
    croak "@cmd failed with $status: $said" if $status;

    return _collected($log);
}


1;
