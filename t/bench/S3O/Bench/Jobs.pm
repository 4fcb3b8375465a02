package S3O::Bench::Jobs;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Several things at a time, each in a process of its own.  Only for what does
# not mind that another one runs beside it, as counting in valgrind.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Temp ();
use JSON::PP ();

use S3O::Process qw(spawn process_exited process_status slurp spew wait_until);

our @EXPORT_OK = qw(together);


# together(how many at a time, function, ...): the longest first; returns for
# each of them a list with what it has returned, numbers and hashes of them

sub together {
    my ($many, @jobs) = @_;

    my $dir = File::Temp->newdir();
    my (%running, @waiting);

    @waiting = 0 .. $#jobs;

    while (@waiting || %running) {
        while (@waiting && keys %running < $many) {
            my $i = shift @waiting;
            $running{ _start($jobs[$i], "$dir/$i") } = $i;
        }

        my $pid = wait_until(sub {
            (grep { process_exited($_) } keys %running)[0];
        }, 600) or croak 'what counts does not end';

        my $i = delete $running{$pid};

        croak slurp("$dir/$i.said")
              || 'what counts has ended with ' . process_status($pid)
            if process_status($pid);
    }

    return map { JSON::PP::decode_json(slurp("$dir/$_")) } 0 .. $#jobs;
}


sub _start {
    my ($job, $file) = @_;

    return spawn(name => 'job', stderr => "$file.said", cmd => sub {
        # what it has started is ended also when it is told to end, and told
        # once more while it does so

        my @signals = qw(INT TERM HUP);

        local @SIG{@signals} = (sub {
            @SIG{@signals} = ('IGNORE') x 3;
            die "told to end\n";
        }) x 3;

        spew($file, JSON::PP::encode_json([$job->()]));
    });
}


1;
