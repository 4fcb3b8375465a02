package S3O::Outpost::Server;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The process of S3O::Outpost: reads requests strictly, has S3O::SigV4::Verify
# verify each, lets S3O::Outpost::Objects execute it, and records all that it
# saw.  Each connection has its own process, so that a slow one does not delay
# another.

use strict;
use warnings;

use Compress::Raw::Zlib qw(crc32);
use Digest::MD5 qw(md5_base64);
use Digest::SHA qw(sha256_hex sha1_base64 sha256_base64);
use Fcntl qw(:flock);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Time::HiRes qw(time sleep);

use S3O::Faketime;
use S3O::HTTP;
use S3O::Outpost::Objects;
use S3O::Outpost::Wire qw(read_head read_body respond linger IDLE);
use S3O::Process qw(slurp);
use S3O::SigV4::Chunked;
use S3O::SigV4::Verify;
use S3O::SigV4A::Verifier;

use constant KEEP_BODY => 65536;

my $json = JSON::PP->new->latin1->canonical;

# run(listen => [[socket, tls options or undef], ...], dir =>, and the arguments
# of S3O::Outpost); never returns

sub run {
    my %o = @_;

    my %children;
    my $parent = getppid();
    my $n = 0;

    $SIG{TERM} = sub {
        kill 'TERM', keys %children;
        POSIX::_exit(0);
    };
    $SIG{PIPE} = 'IGNORE';

    # once here, not in the process of each connection

    for my $tls (grep { defined } map { $_->[1] } @{ $o{listen} }) {
        require IO::Socket::SSL;

        $tls->{context} = IO::Socket::SSL::SSL_Context->new(
            SSL_server => 1, SSL_cert_file => $tls->{cert},
            SSL_key_file => $tls->{key})
            // die "TLS failed: $IO::Socket::SSL::SSL_ERROR\n";
    }

    my %by_fd = map { fileno $_->[0] => $_ } @{ $o{listen} };

    while (1) {
        my $rin = '';
        vec($rin, $_, 1) = 1 for keys %by_fd;

        select $rin, undef, undef, 0.5;

        # a test that was killed could not stop this server

        $SIG{TERM}->() if getppid() != $parent;

        while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
            delete $children{$pid};
        }

        for my $fd (grep { length $rin && vec $rin, $_, 1 } keys %by_fd) {
            my ($listen, $tls) = @{ $by_fd{$fd} };
            my $socket = $listen->accept() or next;

            $n++;
            my $pid = fork;

            if (!defined $pid) {
                warn "fork() failed: $!\n";

            } elsif ($pid) {
                $children{$pid} = 1;

            } else {
                $SIG{TERM} = 'DEFAULT';
                eval { _connection($socket, $tls, $n, %o); 1 }
                    or print STDERR $@;
                POSIX::_exit(0);
            }
        }
    }
}


sub _connection {
    my ($socket, $tls, $n, %o) = @_;

    srand;

    if ($tls) {
        IO::Socket::SSL->start_SSL($socket, SSL_server => 1,
            SSL_reuse_ctx => $tls->{context}, Timeout => 60)
            or die "TLS failed: $IO::Socket::SSL::SSL_ERROR\n";
    }

    my $c = S3O::HTTP->from_socket($socket, timeout => IDLE);
    my $sni = $tls ? $socket->get_servername() : undef;
    my $served = 0;

    while (my $r = read_head($c)) {
        $r->{connection} = $n;
        $r->{connection_request} = ++$served;
        $r->{tls} = $tls ? 1 : 0;
        $r->{sni} = $sni if defined $sni;

        last unless _serve($c, $r, %o);
    }

    linger($c);
    $c->close();
}


# one request: true when the connection can be used for another

sub _serve {
    my ($c, $r, %o) = @_;

    my $h = $r->{header};
    my $now = _now($o{clock_file});
    my $keep = $r->{version} eq '1.1'
               && ($h->{connection} // '') !~ /\bclose\b/i;

    $r->{now} = $now;
    _count_head($o{dir});

    my $v = _verify($r, $now, %o);
    my $canned = _canned($o{control}, $r, $v);

    if ($canned && $canned->{early}) {
        $c->{unread} = 1;
        _record(\%o, $r, $v, $canned->{status});
        _send_canned($c, $r, $canned, $now);
        return 0;
    }

    my @answer;

    if (($h->{expect} // '') =~ /^100-continue$/i) {
        if ($v->{ok} || $canned || !$o{verify}) {
            $c->write("HTTP/1.1 100 Continue\r\n\r\n");
        } else {
            $keep = 0;
            @answer = _error_of($v);
        }
    }

    if (!@answer) {
        my $whole = read_body($c, $r, $o{discard});

        if (!$whole) {
            # an error of the head counts before the missing body

            _record(\%o, $r, { code => 'IncompleteBody', %$v, ok => 0 }, 0);
            return 0;
        }

        $v = _judge_body($r, $v, %o);
        @answer = _error_of($v) unless $v->{ok} || !$o{verify};
    }

    if ($canned) {
        _record(\%o, $r, $v, $canned->{status});
        return _send_canned($c, $r, $canned, $now) && $keep;
    }

    if (!@answer) {
        @answer = S3O::Outpost::Objects->new($o{dir})->handle(
            method => $r->{method},
            host   => $h->{host} // '',
            key    => $v->{key} // '',
            query  => { map { @$_ } @{ $v->{query} // [] } },
            header => $h,
            body   => $r->{decoded} // $r->{body},
            now    => $now,
        );
    }

    my ($status, $headers, $body) = @answer;

    if (ref $body) {
        $r->{operation_error} = $body->{code};
        push @$headers, 'Content-Type', 'application/xml';
        $body = _error_body($body);
    }

    _record(\%o, $r, $v, $status);
    respond($c, $r, $status, $headers, $body, $now, $keep);

    return $keep;
}


# one byte for each head, for tests that wait for one

sub _count_head {
    my ($dir) = @_;

    open my $fh, '>>:raw', "$dir/heads" or die "cannot count: $!\n";
    syswrite $fh, '.';
    close $fh;
}


sub _verify {
    my ($r, $now, %o) = @_;

    return { ok => 0, status => 400, code => 'BadRequest', extra => [],
             message => "An error occurred when parsing the HTTP request: "
                        . $r->{malformed} } if $r->{malformed};

    # access points may have different regions

    my $host = $o{host};
    my $region = ref $host eq 'HASH' ? $host->{ $r->{header}{host} // '' }
                                     : undef;

    my $v = S3O::SigV4::Verify::verify(
        method => $r->{method}, target => $r->{target},
        headers => $r->{headers}, credentials => _credentials(%o),
        region => $region // $o{region}, service => $o{service}, now => $now,
        ecdsa => _ecdsa(%o),
        host => ref $host eq 'HASH' ? [keys %$host] : $host);

    # S3 refuses a body of unknown length, unless aws-chunked tells it

    my $told = $v->{ok} && $v->{payload} =~ /^STREAMING-/
               && defined $r->{header}{'x-amz-decoded-content-length'}
               && !defined $r->{header}{'content-length'};

    if ($v->{ok} && defined $r->{header}{'transfer-encoding'} && !$told) {
        return { %$v, ok => 0, status => 501, code => 'NotImplemented',
                 message => 'A header you provided implies functionality that '
                            . 'is not implemented',
                 extra => [['Header', 'Transfer-Encoding']] };
    }

    if ($v->{ok} && $r->{method} eq 'PUT' && !$told
        && ($r->{header}{'content-length'} // '') !~ /^\d+$/)
    {
        return { %$v, ok => 0, status => 411, code => 'MissingContentLength',
                 message => 'You must provide the Content-Length HTTP header.',
                 extra => [] };
    }

    return $v;
}


sub _ecdsa {
    my %o = @_;

    my $verifier = $o{verifier};

    return $verifier
           ? sub { S3O::SigV4A::Verifier::ask($verifier->path(), @_) } : undef;
}


# read each time, as the test may change them

sub _credentials {
    my %o = @_;

    my $text = slurp("$o{control}/credentials.json");
    return $json->decode($text);
}


sub _now {
    my ($file) = @_;

    my $text = defined $file ? slurp($file) : '';
    $text =~ s/\s+\z//;

    return length $text ? S3O::Faketime::to_epoch($text) : int time();
}


# what can be checked only when the body is there

sub _judge_body {
    my ($r, $v, %o) = @_;

    return $v unless $v->{ok};

    $v = S3O::SigV4::Verify::check_body($v, sha256_hex($r->{body}));
    return $v unless $v->{ok};

    my $h = $r->{header};
    my $refuse = sub {
        my ($code, $message) = @_;
        return { %$v, ok => 0, status => 400, code => $code,
                 message => $message, extra => [] };
    };

    my $data = $r->{body};
    my $trailer = {};

    if ($v->{payload} =~ /^STREAMING-/) {
        ($data, my $error, $trailer) = S3O::SigV4::Chunked::decode(
            $r->{body}, form => $v->{payload}, date => $v->{date},
            scope => $v->{scope}, signature => $v->{signature},
            signing_key => $v->{signing_key}, ecdsa => _ecdsa(%o),
            access_key => $v->{access_key}, secret_key => $v->{secret_key});

        return $refuse->('SignatureDoesNotMatch', $error) if defined $error;

        return $refuse->('IncompleteBody', 'The decoded length is not the one '
                         . 'that x-amz-decoded-content-length announced.')
            if ($h->{'x-amz-decoded-content-length'} // '') ne length $data;

        $r->{decoded} = $data;
    }

    return $refuse->('BadDigest', 'The Content-MD5 you specified did not match '
                     . 'what we received.')
        if defined $h->{'content-md5'}
           && $h->{'content-md5'} ne md5_base64($data) . '==';

    my %sum = (sha256 => sub { sha256_base64($_[0]) . '=' },
               sha1 => sub { sha1_base64($_[0]) . '=' },
               crc32 => sub { encode_base64(pack('N', crc32($_[0])), '') });

    for my $kind (keys %sum) {
        my $name = "x-amz-checksum-$kind";
        my $given = $h->{$name} // $trailer->{$name} // next;

        return $refuse->('BadDigest', 'The ' . uc $kind . ' you specified did '
                         . 'not match the calculated checksum.')
            if $given ne $sum{$kind}->($data);
    }

    return $v;
}


# the next answer that the test has set for this request; taken by a rename, as
# several processes may look for one

sub _canned {
    my ($dir, $r, $v) = @_;

    for my $file (sort glob "$dir/next/*.json") {
        my $text = slurp($file);
        next unless length $text;

        my $canned = $json->decode($text);
        my $match = $canned->{match} // {};

        next if defined $match->{method} && $match->{method} ne $r->{method};
        next if defined $match->{key} && $match->{key} ne ($v->{key} // '');

        rename $file, "$file.taken" and return $canned;
    }

    return undef;
}


sub _send_canned {
    my ($c, $r, $canned, $now) = @_;

    sleep $canned->{delay} if $canned->{delay};

    return 0 if $canned->{drop};

    if (defined $canned->{raw}) {
        $c->write($canned->{raw});
        return 0;
    }

    my $keep = !$canned->{early} && !$canned->{close};

    respond($c, $r, $canned->{status}, [@{ $canned->{headers} // [] }],
             $canned->{body} // '', $now, $keep);

    return $keep;
}


sub _error_of {
    my ($v) = @_;

    return ($v->{status}, [], $v);
}


sub _error_body {
    my ($e) = @_;

    return qq{<?xml version="1.0" encoding="UTF-8"?>\n<Error>}
           . S3O::Outpost::Objects::xml_elements(
                 ['Code', $e->{code}], ['Message', $e->{message}],
                 @{ $e->{extra} }, ['RequestId', '4442587FB7D0A2F9'],
                 ['HostId', 'q3Lk1+example/host+id='])
           . '</Error>';
}


# recorded before the response is sent, so that who has the response finds it

sub _record {
    my ($o, $r, $v, $status) = @_;

    my $keep = $o->{keep_body} // KEEP_BODY;
    my $body = $r->{body};

    my %line = (
        (map { $_ => $r->{$_} } grep { exists $r->{$_} } qw(method target
            version headers raw_head time now connection connection_request
            tls sni chunked malformed operation_error)),
        (map { $_ => $v->{$_} } grep { exists $v->{$_} } qw(form path key
            query date expires scope access_key signed_headers payload message
            signature algorithm region_set)),
        verdict => $v->{ok} ? 'ok' : $v->{code},
        status  => $status,
    );

    # the expected text, for whoever has to find the difference

    $line{canonical_request} = $v->{canonical_request}
        if !$v->{ok} && $v->{code} eq 'SignatureDoesNotMatch';

    if (defined $r->{received}) {
        $line{body_length} = $r->{received};

    } elsif (defined $body) {
        $line{body_length} = length $body;
        $line{body_sha256} = sha256_hex($body);
        $line{body} = $body if length $body <= $keep;
        $line{decoded_length} = length $r->{decoded} if defined $r->{decoded};
    }

    open my $fh, '>>:raw', "$o->{dir}/requests" or die "cannot record: $!\n";
    flock $fh, LOCK_EX;
    syswrite $fh, $json->encode(\%line) . "\n";
    close $fh;
}


1;
