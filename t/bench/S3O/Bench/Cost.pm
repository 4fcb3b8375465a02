package S3O::Bench::Cost;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What a request costs in user instructions, counted by the processor or else by
# valgrind; where neither can count, in nanoseconds.

use strict;
use warnings;

use Exporter qw(import);

use S3O::Bench::Callgrind qw(has_callgrind callgrind_ready count_requests);
use S3O::Bench::Dump qw(BLOCK);
use S3O::Bench::Jobs qw(together);
use S3O::Bench::Measure qw(has_perf load CPUS);
use S3O::Bench::Setup qw(sink);

our @EXPORT_OK = qw(counter how_counted unit each_job costs);


sub counter {
    return has_perf() ? 'perf' : has_callgrind() ? 'callgrind' : '';
}


sub how_counted {
    my %how = (
        perf      => 'Instructions are counted by the processor.',
        callgrind => 'Instructions are counted by valgrind, in user mode'
                     . " only; a block of SHA-256 is taken\nfor the "
                     . BLOCK . ' that it needs with SHA instructions.',
        ''        => 'There is nothing here that counts instructions.',
    );

    return $how{ counter() };
}


sub unit { return counter() ? 'instructions' : 'nanoseconds' }


# the lists that functions return, the longest of them first; side by side
# where that does not matter

sub each_job {
    my @jobs = @_;

    return map { [$_->()] } @jobs if counter() ne 'callgrind';

    # these are there for all

    callgrind_ready();
    sink();

    return together(CPUS, @jobs);
}


# costs(start, series, ...) returns what a request of each series costs, with
# one connection where instructions are counted: with more of them nginx finds
# several requests at a time, or does not, and has less to do for each.  For
# its arguments see S3O::Bench::Callgrind::count_requests().

sub costs {
    my ($start, @series) = @_;

    return map { $_->{user} } count_requests($start, @series)
        if counter() eq 'callgrind';

    my $t = $start->();
    my @costs = map { _load($t, $_) } @series;

    $t->stop();

    return @costs;
}


sub _load {
    my ($t, $series) = @_;

    my @uris = @{ $series->{uris} };
    my $many = @uris > 1;
    my @how = ($t->{url} . ($many ? '' : $uris[0]),
               $many ? (script => _script(@uris)) : (),
               counter() ? (connections => 1) : ());

    $series->{gate}->($t) if $series->{gate};

    # what is done for the first request of each

    load($t->{worker}, @how) if $many;

    my $r = load($t->{worker}, @how);

    return counter() ? $r->{user} : $r->{cpu};
}


# requests that go through all of them in turn

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
