#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Mutated requests over HTTP/1.1 and HTTP/2, to locations of all kinds.
# S3O::Fuzz::Judge tests every URL that a client gets and every request that
# comes to the Outpost: each must be signed and must be what its location
# allows.
#
# FUZZ_SECONDS or FUZZ_REQUESTS makes the test longer; "make fuzz-server" runs
# it with sanitizers.  A fault in an answer names its exchange, for example
# "1/3/4711".  With this name in FUZZ_ONLY only that exchange is repeated.
# FUZZ_SEED, the first of the three numbers, repeats all exchanges.

use strict;
use warnings;

use Digest::SHA qw(sha256);
use JSON::PP ();
use Test::More;
use Time::HiRes qw(sleep time);

use S3O::Fuzz::Http1;
use S3O::Fuzz::Http2;
use S3O::Fuzz::Judge;
use S3O::Fuzz::Places qw(places hosts);
use S3O::Nginx;
use S3O::Oracle;
use S3O::Outpost;
use S3O::Process qw(spawn process_exited process_status slurp spew wait_until);
use S3O::SigV4;
use S3O::SigV4A qw(python_reason);
use S3O::SigV4A::Verifier;

use constant { CLIENTS => 4, FAULTS => $ENV{FUZZ_FAULTS} || 10 };

# nginx 1.22 ends a stream whose unbuffered body has padding that arrives later
# than the data before it: it takes the rest of the padding for data.  A mutated
# frame can have such padding.

my $padding = qr/http2 negative window update/;

my @only = split m{/}, $ENV{FUZZ_ONLY} // '';
my $seed = $only[0] // $ENV{FUZZ_SEED} // time ^ $$;
my $seconds = $ENV{FUZZ_SECONDS} || 0;
my $requests = $ENV{FUZZ_REQUESTS} || ($seconds ? 0 : 3000);
my $asymmetric = !python_reason();
my $h2 = S3O::Fuzz::Http2::reason();

my $token = 'TOKEN/of+the/module==';
my $t = S3O::Nginx->new(log_level => 'info');
my $s3 = S3O::Outpost->new(session_token => $token, host => hosts(),
                           sigv4a => $asymmetric)->start();
my $verifier = $asymmetric ? S3O::SigV4A::Verifier->new() : undef;
my @places = places($asymmetric);
my $json = JSON::PP->new->latin1;

$h2 ||= $t->missing('http_v2');
$t->subst(OUTPOST => '127.0.0.1:' . $s3->port(), ACCESS => $s3->access_key(),
          SECRET => $s3->secret_key(), TOKEN => $token,
          LISTEN2 => $h2 ? '' : "listen 127.0.0.1:@{[ $t->port(8082) ]} http2;",
          LOCATIONS => S3O::Fuzz::Places::locations(@places));

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
    worker_connections  4096;
}

http {
    %%TEST_GLOBALS_HTTP%%
    access_log  off;

    upstream outpost {
        server     %%OUTPOST%%;
        keepalive  8;
    }

    s3o_presign_credentials     static access_key_id=%%ACCESS%%
                                secret_access_key=%%SECRET%%
                                session_token=%%TOKEN%%;
    s3o_presign_signed_headers  x-amz-meta-* content-type;

    keepalive_requests      1000000;
    client_header_timeout   20s;
    client_body_timeout     20s;
    lingering_timeout       1s;
    lingering_time          2s;
    client_max_body_size    10m;
    ignore_invalid_headers  off;
    underscores_in_headers  on;

    server {
        listen  127.0.0.1:%%PORT_8080%%;
        %%LISTEN2%%
        root    %%TESTDIR%%;

        location / {
            return  404;
        }


%%LOCATIONS%%
    }
}

EOC

$t->write_file('page.html', 'a page')->run();

my $worker = wait_until(sub { join ' ', $t->workers() });
my $end = time() + $seconds;
my $judge = judge();
my @faults;

diag("FUZZ_SEED=$seed") if $ENV{FUZZ_SECONDS} || $ENV{FUZZ_REQUESTS};

# There are as many clients with HTTP/2, where nginx has it, as with HTTP/1.1.
# A repeated exchange has one client.

my %client = map { $_ => $t->testdir() . "/client-$_" }
             @only ? $only[1] : 0 .. CLIENTS - 1;
my %pid = map { my $n = $_;
                $_ => spawn(name => "client $n", stderr => "$client{$n}.err",
                            cmd => sub { client($n) }) } keys %client;

# requests to the Outpost are judged during the run, so that they need not be
# stored

my $files = 0;

until (!grep { !process_exited($_) } values %pid) {
    sleep 0.5;
    judge_forwarded();

    # a list takes longer the more objects there are

    unlink glob $s3->dir() . '/objects/*' if $files % 20 == 0;
    stop_clients() if @faults >= FAULTS || $worker ne join ' ', $t->workers();
}

my %found = (requests => 0, answers => 0, signed => 0, undecided => 0);
my (%status, @sample);

for my $n (sort keys %client) {
    is(process_status($pid{$n}), 0, "client $n has ended")
        or diag(slurp("$client{$n}.err"));

    my $did = eval { $json->decode(slurp($client{$n})) } // {};

    $found{$_} += $did->{$_} // 0 for keys %found;
    $status{$_} += $did->{status}{$_} for keys %{ $did->{status} };
    push @faults, @{ $did->{faults} // [] };
    push @sample, @{ $did->{sample} // [] };
}

# a last request comes after the requests that nginx still works on

is($t->request(uri => '/redirect-get/k')->{status}, 307, 'the worker works');
is(join(' ', $t->workers()), $worker, 'the worker is the same as before');
$t->stop();
$s3->stop();
judge_forwarded() for 1, 2;

my $forwarded = 0;
$forwarded += $_ for values %{ $judge->{forwarded} };

@faults = without_nginx_fault(@faults);
splice @faults, FAULTS;
is(join("\n", @faults), '', "$found{requests} requests: what is signed is "
   . 'what the location allows');
is(oracle(@sample), '', 'botocore makes the same signatures');
is(join("\n", grep { !/$padding/ } $t->log_errors('crit')), '',
   'no critical line is in the log');

if (!@only) {
    cmp_ok($found{signed}, '>', $found{requests} / 40,
           'many requests were signed');
    cmp_ok($found{undecided}, '<', $found{signed} / 100 + 5,
           'few signatures could not be verified');
    cmp_ok($forwarded, '>', $found{requests} / 40,
           'many requests were forwarded');

    my @idle = grep { !$judge->{forwarded}{$_} }
               map { $_->{name} } grep { $_->{mode} eq 'proxy' } @places;
    is(join(' ', @idle), '', 'every location that forwards has forwarded')
        if $found{requests} > 2500;
}

diag("$found{requests} requests of seed $seed"
     . ($h2 ? " ($h2)" : '') . ": $found{answers} answers, $found{signed} URLs "
     . "($found{undecided} more undecided) and $forwarded forwarded requests "
     . 'verified, ' . @sample . ' by botocore, too;',
     map { " $_:$status{$_}" } sort keys %status)
    if $ENV{FUZZ_SECONDS} || $ENV{FUZZ_REQUESTS} || @faults;

# the logs tell why an answer was an error of the server

if (!Test::More->builder->is_passing()) {
    my @why = (split(/\n/, $s3->log()),
               grep { /upstream|s3o_presign/ } $t->log_errors('error'));

    diag(join "\n", @why > 20 ? @why[-20 .. -1] : @why);
}

$t->todo_alerts($padding)->done();

# once more where the end of a long output is all that is kept

diag("faults of seed $seed:\n" . join "\n", @faults) if @faults;


sub judge {
    return S3O::Fuzz::Judge->new(
        credentials => { $s3->access_key() => {
            secret_key => $s3->secret_key(), session_token => $token } },
        $verifier ? (ecdsa => sub {
            S3O::SigV4A::Verifier::ask($verifier->path(), @_) }) : ());
}


# A client runs in a process of its own.  It makes exchanges until the time is
# over or all are made.

sub client {
    my ($n) = @_;

    my %did = (requests => 0, answers => 0, faults => [], status => {});
    my $judge = judge();
    my $stop = 0;

    local $SIG{TERM} = sub { $stop = 1 };

    my $sender = $n % 2 && !$h2
        ? S3O::Fuzz::Http2->new(places => \@places, port => $t->port(8082))
        : S3O::Fuzz::Http1->new(places => \@places, port => $t->port(8080));

    for (my $i = $only[2] // 0; !$stop; $i++) {
        srand unpack 'N', sha256("$seed $n $i");

        $did{requests} += $sender->exchange(sub {
            my ($r, %o) = @_;

            my @wrong = $o{fault} // $judge->answer($r, %o);
            my $status = $r ? status_of($r, %o) : 0;

            $did{answers}++ if $r;
            $did{status}{$status}++ if $r;
            push @wrong, "an error of the server's: $status of "
                         . ($r->{headers}{'x-where'}[0] // 'nobody')
                if $status =~ /^5(?!0[15])/;
            push @{ $did{faults} }, map { "$seed/$n/$i: $_\n" . shown(
                $r ? join("\n", @{ $o{sent} // [] }) . "\n" . $r->{raw}
                   : $o{text} // '') } @wrong;
        });

        last if @only || @{ $did{faults} } >= FAULTS
                || ($requests ? $did{requests} >= $requests / CLIENTS
                              : time() >= $end);
    }

    spew($client{$n}, $json->encode({ %did,
        (map { $_ => $judge->{$_} // 0 } 'signed', 'undecided'),
        sample => [map { { %$_ } } @{ $judge->{sample} // [] }] }));
}


# S3 does not accept a request whose body has not the form that its headers
# announce.

sub status_of {
    my ($r, %o) = @_;

    return $r->{status} == 502
           && "@{ $o{sent} }" =~ /STREAMING-UNSIGNED-PAYLOAD-TRAILER/
           ? 400 : $r->{status};
}


sub shown {
    my ($text) = @_;

    return substr($text, 0, 3000) =~ s/([^ -~\n])/sprintf '\x%02x', ord $1/ger;
}


# the faults but for the answers of nginx to such padding, one for each line

sub without_nginx_fault {
    my @all = @_;

    my $count = grep { /$padding/ } $t->log_errors('alert');

    return grep { !(/the server's: 500 of \S+-direct$/m && $count-- > 0) } @all;
}


sub stop_clients { kill 'TERM', values %pid }


# Puts the file that the Outpost has written so far aside.  It is judged the
# next time, because a process of the Outpost may still have it open.

sub judge_forwarded {
    my $file = $s3->dir() . '/requests';

    if ($files && -e "$file.$files") {
        for my $line (split /\n/, slurp("$file.$files")) {
            my $r = S3O::Outpost::_decode($line);

            push @faults, map { "forwarded: " . shown($_) }
                          $judge->forwarded($r);
        }

        unlink "$file.$files";
    }

    $files++ if rename $file, "$file." . ($files + 1);
}


# Returns '' or the differences.

sub oracle {
    my @items = @_;

    return '' unless @items && S3O::Oracle->available();

    my @signed = S3O::Oracle->sign(@items);
    my @wrong = grep { $signed[$_]{signature} ne $items[$_]{expected} }
                0 .. $#items;

    return join "\n", map { $json->encode($items[$_]) } @wrong;
}
