package S3O::Rotation;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What tests of changing credentials have in common: sets that are known by
# their number, checks whether a URL was signed with a set that was valid then,
# and which worker is fetching.
#
# S3O::Rotation::Service hands sets out as the metadata service of an instance
# does, S3O::Rotation::Load asks for URLs all the time, S3O::Rotation::Daemon is
# an nginx in the background.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use POSIX ();
use Time::HiRes qw(time sleep);

use S3O::Presigned qw(parse_url is_signed);
use S3O::Process qw(slurp spew wait_until);
use S3O::SigV4 qw(amz_epoch);

our @EXPORT_OK = qw(set_of set_number write_set url_of check_url worker_of
    gone comes ask rss in_memory metrics);


# the n-th set of a name, a word of lower-case letters

sub set_of {
    my ($name, $n) = @_;

    return {
        n          => $n,
        access_key => sprintf('ASIA%s%06d', uc $name, $n),
        secret_key => sha256_hex("secret $name $n"),
        token      => sha256_hex("token $name $n") x 4,
    };
}


# the number of the set that signed a URL of that name, or 0

sub set_number {
    my ($name, $url) = @_;

    my $key = ref $url ? $url->{access_key} : eval { parse_url($url)
                                                     ->{access_key} };

    return ($key // '') =~ /^ASIA\U$name\E(\d{6})$/ ? $1 + 0 : 0;
}


# writes a set as a JSON file for the source "file", owned by the given user

sub write_set {
    my ($file, $set, $expires, $user) = @_;

    my $end = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $expires);
    my $new = "$file.next";

    spew($new, qq({"Version": 1, "AccessKeyId": "$set->{access_key}",
        "SecretAccessKey": "$set->{secret_key}",
        "SessionToken": "$set->{token}", "Expiration": "$end"}), 0600);

    if (defined $user && $> == 0) {
        my ($uid, $gid) = (getpwnam $user)[2, 3];
        chown $uid, $gid, $new or die "chown: $!\n";
    }

    rename $new, $file or die "rename: $!\n";
}


# the URL in the answer of a redirect or of json, or undef

sub url_of {
    my ($r) = @_;

    return undef unless $r;
    return $r->{headers}{location}[0] // ($r->{body} =~ /"url":"([^"]+)"/)[0];
}


# '' when a URL was signed with a set that had been handed out and was valid at
# that time, and when the URL ends no later than the set; otherwise what is
# wrong.  History: number of a set => {at, expires}; late: by how many seconds
# the clock of nginx may be behind that of the history, 0 by default.

sub check_url {
    my ($name, $history, $url, $late) = @_;

    my $u = eval { parse_url($url) } // return 'not a URL';
    my $n = set_number($name, $u) or return 'a key of another';
    my $given = $history->{$n} // return "set $n was never handed out";
    my $set = set_of($name, $n);
    my $date = amz_epoch($u->{date}) // return 'no date';

    return "set $n has another token" if ($u->{token} // '') ne $set->{token};
    return 'a wrong signature'
        unless is_signed($u, secret_key => $set->{secret_key});
    return "set $n signed before it was there"
        if $date < int($given->{at}) - ($late // 0);
    return "set $n signed when it had ended" if $date >= $given->{expires};
    return "outlives set $n"
        if $date + $u->{expires} > $given->{expires};

    return '';
}


# the worker that has a connection to a port of 127.0.0.1 open, or undef

sub worker_of {
    my ($t, $port) = @_;

    my $hex = sprintf '%04X', $port;
    my %inode;

    for my $line (split /\n/, slurp('/proc/net/tcp')) {
        my @f = split ' ', $line;
        $inode{ $f[9] } = 1 if @f > 9 && $f[2] =~ /:$hex$/ && $f[3] eq '01';
    }

    for my $pid ($t->_children()) {
        for my $fd (glob "/proc/$pid/fd/*") {
            return $pid if (readlink $fd // '') =~ /^socket:\[(\d+)\]/
                           && $inode{$1};
        }
    }

    return undef;
}


# true once a process has ended, whoever reaps it

sub gone {
    my ($pid, $timeout) = @_;

    return wait_until(sub {
        my ($state) = slurp("/proc/$pid/stat") =~ /^\d+ \(.*\) (\S)/s;
        !defined $state || $state eq 'Z' ? 1 : 0;
    }, $timeout // 60);
}


# comes($t, seconds, sub): true when the sub becomes true.  The timers of nginx
# stand still, and go on by so many seconds between two calls of the sub, but
# only by five seconds in all, so that nothing happens that takes longer.

sub comes {
    my ($t, $pause, $what) = @_;

    my $left = 5;

    return wait_until(sub {
        return 1 if $what->();

        if ($left > 0) {
            $t->pass($pause);
            $left -= $pause;
        }

        return 0;
    });
}


# a request whose answer is not waited for; returns the client

sub ask {
    my ($t, $uri) = @_;

    my $c = $t->connect();

    $c->write("GET $uri HTTP/1.1\r\nHost: localhost\r\n"
              . "Connection: close\r\n\r\n");
    return $c;
}


# resident memory of a process, in kilobytes

sub rss {
    my ($pid) = @_;

    return (slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m)[0] // 0;
}


# in_memory(pid, text, ...): how often each text is in the writable memory of a
# process, as {text => {own => n, shared => n}}; undef when the memory may not
# be read

sub in_memory {
    my ($pid, @texts) = @_;

    open my $mem, '<:raw', "/proc/$pid/mem" or return undef;

    my %found = map { $_ => { own => 0, shared => 0 } } @texts;

    for my $line (split /\n/, slurp("/proc/$pid/maps")) {
        my ($from, $to, $shared) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) rw.([ps])/
            or next;

        no warnings 'portable';

        # the shadow memory of a sanitizer is too large to search

        next if hex($to) - hex($from) > 1 << 30;

        _search($mem, hex $from, hex $to, sub {
            $found{ $_[0] }{ $shared eq 's' ? 'shared' : 'own' }++;
        }, @texts);
    }

    return \%found;
}


sub _search {
    my ($mem, $at, $end, $hit, @texts) = @_;

    my ($tail, $step) = ('', 1 << 20);

    while ($at < $end) {
        my $len = $end - $at > $step ? $step : $end - $at;

        # some mappings cannot be read

        sysseek $mem, $at, 0 or last;
        my $n = sysread $mem, my $data, $len or last;

        # finds texts that lie across two reads, and counts them once

        my $seen = length $tail;
        my $all = $tail . $data;

        for my $text (@texts) {
            my $pos = -1;

            while (($pos = index $all, $text, $pos + 1) >= 0) {
                $hit->($text) if $pos + length $text > $seen;
            }
        }

        $tail = length $all > 4096 ? substr $all, -4096 : $all;
        $at += $n;
    }
}


# the text of Prometheus -> {name{labels} => value}

sub metrics {
    my ($text) = @_;

    return { map { /^(\w+(?:\{.*?\})?) (\S+)$/ ? ($1 => $2) : () }
             grep { !/^#/ } split /\n/, $text };
}


1;
