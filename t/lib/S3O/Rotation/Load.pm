package S3O::Rotation::Load;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Clients that ask for URLs all the time, each on a kept connection, and record
# every answer.
#
# A server may close a kept connection while a request is on its way, and a
# worker that is killed loses the answer that it was about to send.  So these
# clients do what all clients do: when a connection ends without a byte of an
# answer, they ask once more on a new one.  If there is no answer then, the
# request has failed.

use strict;
use warnings;

use Time::HiRes qw(time sleep);

use S3O::HTTP;
use S3O::Process qw(spawn stop_process slurp wait_until);
use S3O::Rotation qw(url_of);


# start($t, uris => [...], clients => 4, pause => seconds between requests,
# port => a real one)

sub start {
    my ($class, $t, %o) = @_;

    my $self = bless { files => [], pids => [] }, $class;

    $o{port} //= $t->port(8080);

    for my $i (1 .. $o{clients} // 4) {
        my $file = $t->testdir() . "/load-$$-" . ++$t->{loads};

        push @{ $self->{files} }, $file;
        push @{ $self->{pids} }, spawn(
            cmd    => sub { _client($file, %o, first => $i) },
            name   => 'client',
            stderr => "$file.err",
        );
    }

    return $self;
}


sub _client {
    my ($file, %o) = @_;

    my ($stop, $c, $used) = (0, undef, 0);

    local $SIG{TERM} = sub { $stop = 1 };

    open my $out, '>', $file or die "$file: $!\n";

    my $i = $o{first};

    while (!$stop) {
        my $uri = $o{uris}[$i++ % @{ $o{uris} }];
        my ($began, $retries, $r) = (time(), 0);

        for my $try (0, 1) {
            $c //= eval { S3O::HTTP->connect(port => $o{port}) };
            $r = $c && eval { $c->request(uri => $uri) };
            last if $r && $r->{complete};

            $c->close() if $c;
            undef $c;
            undef $r;
            $retries++ unless $try;
        }

        # a connection is not kept for ever, so that all workers are asked

        if ($c && ($r->{headers}{connection}[0] // '') eq 'close'
            || ++$used % 50 == 0)
        {
            $c->close() if $c;
            undef $c;
        }

        print {$out} join("\t", $began, time() - $began, $uri,
                          $r ? $r->{status} : 0, $retries,
                          url_of($r) // ''), "\n";

        sleep $o{pause} // 0.01;
    }

    close $out;
}


# stops the clients; returns all recorded answers

sub stop {
    my ($self) = @_;

    kill 'TERM', @{ $self->{pids} };
    stop_process($_, timeout => 60) for @{ $self->{pids} };

    my @answers;

    for my $file (@{ $self->{files} }) {
        die slurp("$file.err") if -s "$file.err";

        for my $line (split /\n/, slurp($file)) {
            my %a;
            @a{qw(at took uri status retries url)} = split /\t/, $line, -1;
            push @answers, \%a;
        }
    }

    return sort { $a->{at} <=> $b->{at} } @answers;
}


# the clients are stopped even if the test has not called stop()

sub DESTROY {
    my ($self) = @_;

    local ($?, $@, $!);
    stop_process($_, timeout => 2) for @{ $self->{pids} };
}


1;
