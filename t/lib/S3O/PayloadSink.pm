package S3O::PayloadSink;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# An Outpost for bodies of any size: it verifies a request, then its body chunk
# by chunk while it arrives, and keeps nothing.
#
#     $t->run_daemon(sub { S3O::PayloadSink::run($port, %signer) });
#
# "signer" has access_key, secret_key, session_token, region and host, as
# signer() of S3O::Outpost; pause => seconds before a body is read; verifier =>
# the path of an S3O::SigV4A::Verifier, to accept SigV4A, too.  The answer is
# 200 and "form length sha256" of the decoded body, or 403 and what is wrong.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex hmac_sha256_hex);
use IO::Socket::INET;

use S3O::HTTP;
use S3O::Outpost::Wire qw(read_head linger);
use S3O::SigV4 qw(EMPTY_SHA256);
use S3O::SigV4::Chunked;
use S3O::SigV4::Verify;
use S3O::SigV4A::Verifier qw(ask);

use constant BLOCK => 1_048_576;
use constant MIN_CHUNK => 8192;

# how many signatures of SigV4A are verified together

use constant BATCH => 64;


sub run {
    my ($port, %o) = @_;

    my $listen = IO::Socket::INET->new(Listen => 16, ReuseAddr => 1,
        LocalAddr => '127.0.0.1', LocalPort => $port)
        // die "cannot listen on 127.0.0.1:$port: $@\n";

    $SIG{PIPE} = 'IGNORE';
    $SIG{CHLD} = 'IGNORE';

    while (1) {
        my $socket = $listen->accept() or next;
        my $pid = fork // die "fork() failed: $!\n";

        next if $pid;

        close $listen;
        my $c = S3O::HTTP->from_socket($socket, timeout => 60);

        while (my $r = read_head($c)) {
            last unless serve($c, $r, %o);
        }

        linger($c);
        exit 0;
    }
}


sub serve {
    my ($c, $r, %o) = @_;

    my ($status, $text) = eval { (200, judge($c, $r, %o)) };

    ($status, $text) = (403, $@) unless defined $status;

    $c->write("HTTP/1.1 $status Done\r\nContent-Length: " . length($text)
              . "\r\n\r\n$text");

    return $status == 200;
}


sub judge {
    my ($c, $r, %o) = @_;

    my $v = S3O::SigV4::Verify::verify(
        method => $r->{method}, target => $r->{target},
        headers => $r->{headers}, region => $o{region}, host => $o{host},
        service => $o{service} // 's3-outposts', now => time,
        ecdsa => $o{verifier} ? sub { ask($o{verifier}, @_) } : undef,
        credentials => { $o{access_key} => {
            secret_key => $o{secret_key},
            session_token => $o{session_token} } });

    die "$v->{code}\n" unless $v->{ok};

    select undef, undef, undef, $o{pause} if $o{pause};

    my $in = { c => $c, left => $r->{header}{'content-length'} // 0 };
    my $sum = Digest::SHA->new(256);
    my $size = $v->{payload} =~ /^STREAMING-AWS4-.*-SHA256-PAYLOAD$/
               ? chunks($in, $v, $sum, $o{verifier}) : plain($in, $sum);

    die "$in->{left} bytes too many are announced\n" if $in->{left};

    my $hex = $sum->hexdigest();

    die "the decoded length is $size\n"
        if $v->{payload} =~ /^STREAMING/
           && $r->{header}{'x-amz-decoded-content-length'} ne $size;
    die "the hash is $hex\n"
        if $v->{payload} =~ /^[0-9a-f]{64}$/ && $v->{payload} ne $hex;

    my $form = $v->{payload} eq $hex ? 'signed' : $v->{payload};

    return "$form $size $hex";
}


sub plain {
    my ($in, $sum) = @_;

    my $size = 0;

    while ($in->{left}) {
        my $data = take($in, $in->{left} < BLOCK ? $in->{left} : BLOCK);

        $sum->add($data);
        $size += length $data;
    }

    return $size;
}


sub chunks {
    my ($in, $v, $sum, $verifier) = @_;

    my ($size, $previous, $last) = (0, $v->{signature});
    my @pending;

    while (1) {
        my $head = line($in);
        my ($hex, $signature)
            = $head =~ /\A([0-9a-f]{1,8});chunk-signature=([0-9a-f*]{64,144})\z/
            or die "a chunk has the header \"$head\"\n";
        my $n = hex $hex;

        die "a chunk of $last bytes before another\n"
            if defined $last && $last < MIN_CHUNK && $n;

        my $data = take($in, $n);

        $previous = $v->{payload} =~ /-ECDSA-/
            ? ecdsa($data, $previous, $signature, $v, \@pending)
            : hmac($data, $previous, $signature, $v);

        die "no end of a chunk\n" if take($in, 2) ne "\r\n";

        die "the signature of a chunk does not match\n"
            if ($n == 0 || @pending >= BATCH)
               && grep { length } ask($verifier, splice @pending);

        return $size unless $n;

        $sum->add($data);
        $size += $n;
        $last = $n;
    }
}


sub hmac {
    my ($data, $previous, $signature, $v) = @_;

    my $right = hmac_sha256_hex(
        join("\n", 'AWS4-HMAC-SHA256-PAYLOAD', $v->{date}, $v->{scope},
             $previous, EMPTY_SHA256, sha256_hex($data)),
        $v->{signing_key});

    die "the signature of a chunk does not match\n" if $right ne $signature;

    return $right;
}


# adds a signature to those that are verified later, many together

sub ecdsa {
    my ($data, $previous, $signature, $v, $pending) = @_;

    my $item = S3O::SigV4::Chunked::ecdsa_item($data, $previous, $signature,
                                               %$v)
               // die "a signature of another form: $signature\n";

    push @$pending, $item;

    return $item->{signature};
}


sub line {
    my ($in) = @_;

    my $text = '';

    while ($text !~ /\r\n\z/) {
        die "a line is too long\n" if length $text > 200;
        $text .= take($in, 1);
    }

    return substr $text, 0, -2;
}


sub take {
    my ($in, $n) = @_;

    die "there should be more\n" if $n > $in->{left};

    my $c = $in->{c};

    while (length $c->{buf} < $n) {
        $c->fill() or die "the body has broken off\n";
    }

    $in->{left} -= $n;

    return substr $c->{buf}, 0, $n, '';
}


1;
