#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Real clients use real storage for minutes.  Meanwhile credentials change every
# second, nginx is reloaded every ten seconds, a worker is killed every thirty
# seconds, and the metadata service fails a third of the time.  No answer is
# wrong, and only operations that a kill has interrupted fail.  No request is
# signed with a replaced set.  Neither memory nor file descriptors grow.  SOAK
# is in seconds.
#
# Writes a page, OUT/soak/report.html.

use strict;
use warnings;

use File::Path qw(make_path);
use JSON::PP qw(decode_json);
use Test::More;
use Time::HiRes qw(sleep time);

use S3O::Clients qw(debian_python);
use S3O::Fake::Imds;
use S3O::Fake::Json qw(iso);
use S3O::Nginx;
use S3O::Process qw(process_exited process_status slurp spawn spew stop_process
    wait_until);
use S3O::Radosgw;
use S3O::Rotation qw(gone write_set);
use S3O::Soak::Report;
use S3O::Soak::Watch;

use constant {
    RELOAD => 10, KILL => 30, KILL_AT => 12, AWAY_AT => 17, AWAY => 10,
    FILE_LIFE => 600,       # of a set as the file tells it
    IMDS_LIFE => 50,        # as the service does: half of it later comes a new
    LATE => 5,              # how long one of the file may sign after that
};

my $seconds = $ENV{SOAK} || 600;
my $seed = $ENV{SOAK_SEED} // time ^ $$;

srand $seed;

my $t = S3O::Nginx->new(log_level => 'notice', workers => 2)
        ->has(qw(radosgw curl python_boto3 rewrite));
my $dir = $t->testdir();
my $s3 = S3O::Radosgw->new(sts => 1)->start();
my $imds = S3O::Fake::Imds->new()->start();
my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';

my (%set, @kills, @reloads, @away, $newest);
my $latest = 0;

$t->subst(ARN => $s3->arn(), S3 => $s3->sts_port(),
          FILE => "file path=$dir/credentials name=file",
          IMDS => 'imds name=imds endpoint=http://' . $imds->authority());
rotate();

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_endpoint      http://localhost:%%S3%%;
    s3o_presign_methods       GET HEAD PUT DELETE;
    s3o_presign_multipart     on;
    s3o_presign_list          on;
    s3o_presign_expires       20s;

    s3o_presign_credentials_wait  10s;

    log_format  soak  '$msec $request_time $status $request_method '
                      '$request_uri $s3o_presign_access_key_id';
    access_log  %%TESTDIR%%/soak.log  soak;

    upstream storage {
        server     127.0.0.1:%%S3%%;
        keepalive  4;
    }

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        client_max_body_size  100m;
        proxy_http_version    1.1;
        proxy_set_header      Connection "";

        location /redirect/ {
            s3o_presign              redirect;
            s3o_presign_credentials  %%FILE%%;
            client_max_body_size     0;
        }

        location = /json/ {
            s3o_presign              json;
            s3o_presign_credentials  %%IMDS%%;
            s3o_presign_key          $s3o_presign_arg_key;
            s3o_presign_sign_method  $s3o_presign_arg_method;
            s3o_presign_list         off;
        }

        # an SDK lists a bucket with a path that has no slash at its end

        location = /proxy {
            s3o_presign              proxy;
            s3o_presign_credentials  %%FILE%%;
            s3o_presign_key          $s3o_presign_path;
            proxy_pass               http://storage;
        }

        location /proxy/ {
            s3o_presign              proxy;
            s3o_presign_credentials  %%FILE%%;
            s3o_presign_copy         proxy;
            proxy_pass               http://storage;
        }

        location /signed/ {
            s3o_presign              proxy;
            s3o_presign_credentials  %%IMDS%%;
            s3o_presign_payload      signed;
            proxy_pass               http://storage;
        }

        location /streaming/ {
            s3o_presign              proxy;
            s3o_presign_credentials  %%IMDS%%;
            s3o_presign_payload      streaming;
            proxy_request_buffering  off;
            proxy_pass               http://storage;
        }
    }
}

EOC

diag("SOAK_SEED=$seed, $seconds seconds");

my %client = map { my ($kind, $n) = split / /;
                   $_ => { kind => $kind, name => "$kind-$n",
                           log => "$dir/client-$kind-$n" } }
             'boto3 1', 'boto3 2', 'links 1', 'links 2', 'curl 1';

for my $c (values %client) {
    $c->{pid} = spawn(
        name => $c->{name}, stdout => "$c->{log}.err",
        stderr => "$c->{log}.err",
        cmd => [debian_python(), '-W', 'ignore',
                $t->root() . '/t/soak/clients.py', $c->{kind}, $c->{name},
                $t->port(8080), $c->{log}, "$seed $c->{name}"],
        env => { AWS_CONFIG_FILE => '/dev/null', no_proxy => '*',
                 AWS_SHARED_CREDENTIALS_FILE => '/dev/null',
                 AWS_EC2_METADATA_DISABLED => 'true',
                 PYTHONDONTWRITEBYTECODE => 1 });
}

# with its first request a client loads what it needs

wait_until(sub { !grep { !-s $_->{log} } values %client }, 60);

my $watch = S3O::Soak::Watch->new($t);
my $start = time();

for (my $now = 0; $now < $seconds; $now++) {
    my $left = $start + $now - time();
    sleep $left if $left > 0;

    rotate();
    kill_worker() if $now % KILL == KILL_AT;
    reload() if $now && $now % RELOAD == 0;
    go_away($now);
    $watch->sample();
}

$imds->start() unless $imds->{pid};

kill 'TERM', map { $_->{pid} } values %client;
wait_until(sub { !grep { !process_exited($_->{pid}) } values %client }, 90);

my @logged = logged();
my @did = map { answers($_) } sort { $a->{name} cmp $b->{name} }
          values %client;
my @failed = grep { defined $_->{wrong} } @did;
my @unexplained = grep { !explained($_) } @failed;
my $retries = 0;
$retries += $_->{retries} for @did;

for my $name (sort keys %client) {
    my $c = $client{$name};

    is(process_status($c->{pid}), 0, "$name has ended by itself")
        or diag(slurp("$c->{log}.err"));
    cmp_ok(scalar(grep { $_->{client} eq $c->{name} } @did), '>=',
           $seconds / 10, "$name has done enough operations");
}

is(some(map { "$_->{client} $_->{at} $_->{op}: $_->{wrong}" } @unexplained),
   '', 'no operation is wrong or fails, but interrupted ones');
is(some(map { "$_->{at} $_->{status} $_->{method} $_->{uri}" }
        grep { $_->{status} !~ /^(?:20[046]|307)$/ } @logged), '',
   'nginx has answered with no other status');
is(some(map { stale($_) } @logged), '',
   'no request was signed with a replaced set');

my %used = map { $_->{key} => 1 } @logged;
my $file_sets = grep { $used{$_} } keys %set;

cmp_ok($file_sets, '>=', $seconds / 2,
       'the file has a new set about every second');

# waits until workers that were to exit have done so

wait_until(sub { scalar($t->_children()) <= 2 }, 30);
is(scalar($t->_children()), 2, 'two workers are left');
is(scalar(grep { /SIGHUP.*reconfiguring/ } $t->log_errors('notice')),
   scalar @reloads, 'nginx has done all reloads');

my %old = map { $_ => 1 } map { @{ $_->{old} } } @reloads;

is(join(' ', grep { $old{$_} } $t->workers()), '',
   'no worker of an old configuration is left');

is(join("\n", $watch->grown()), '', 'memory and descriptors do not grow')
    if $seconds >= 60;

my @deaths = $t->log_errors('alert');

is(scalar(grep { /exited on signal 9/ } @deaths), scalar @kills,
   'only the killed workers have died');
$t->todo_alerts(qr/worker process \d+ exited on signal 9/);

report();
$t->done();


# Writes another set to the file and gives one to the service.

sub rotate {
    my $session = $s3->session_token(3600);
    my $now = time();
    my $key = $session->{access_key};

    $set{ $newest->{key} }{replaced} = $now if $newest;
    $newest = $set{$key} = { key => $key, from => $now,
                             imds_end => int $now + IMDS_LIFE };

    write_set("$dir/credentials", {
        access_key => $key, secret_key => $session->{secret_key},
        token => $session->{session_token} }, $now + FILE_LIFE, $user);
    $imds->role(soak => {
        AccessKeyId => $key, SecretAccessKey => $session->{secret_key},
        Token => $session->{session_token},
        Expiration => iso($newest->{imds_end}) });
}


# The service fails a third of the time.

sub go_away {
    my ($now) = @_;

    my $phase = $now % KILL;

    if ($phase == AWAY_AT) {
        $imds->stop();
        push @away, [$now, $now + AWAY];

    } elsif ($phase == (AWAY_AT + AWAY) % KILL && !$imds->{pid}) {
        $imds->start();
    }
}


sub reload {
    push @reloads, { at => time(), old => [$t->workers()] };
    kill 'HUP', $t->pid();
}


# The worker is stopped first, so that it accepts no more connections while the
# test notes them.

sub kill_worker {
    my @workers = $t->workers() or return;
    my $pid = $workers[rand @workers];

    kill 'STOP', $pid;
    wait_until(sub { slurp("/proc/$pid/stat") =~ /\) T / ? 1 : 0 }, 10);

    my %ports = map { $_ => 1 } ports_of($pid);
    my $from = time();

    kill 'KILL', $pid;
    gone($pid);
    push @kills, { from => $from, at => time(), pid => $pid,
                   ports => \%ports };
}


# Returns the client ports of a worker's connections.

sub ports_of {
    my ($pid) = @_;

    my $hex = sprintf '%04X', $t->port(8080);
    my %inode = map { (readlink $_ // '') =~ /^socket:\[(\d+)\]/ ? ($1 => 1)
                                                                : () }
                glob "/proc/$pid/fd/*";

    return map { my @f = split;
                 @f > 9 && $inode{ $f[9] } && $f[1] =~ /:$hex$/ && $f[3] ne '0A'
                     ? hex(($f[2] =~ /:(\w+)$/)[0]) : () }
           split /\n/, slurp('/proc/net/tcp');
}


sub answers {
    my ($c) = @_;

    return map { { %{ decode_json($_) }, client => $c->{name} } }
           split /\n/, slurp($c->{log});
}


# Returns whether a kill explains a failure: it came during the operation, on
# one of its connections.

sub explained {
    my ($a) = @_;

    return $a->{wrong} =~ /^failed/ && grep {
        my $kill = $_;

        $kill->{at} >= $a->{at} && $kill->{from} <= $a->{at} + $a->{took}
            && grep { $kill->{ports}{$_} } @{ $a->{ports} };
    } @kills;
}


sub logged {
    return map { my %l;
                 @l{qw(at took status method uri key)} = split;
                 \%l } split /\n/, $t->read_file('soak.log');
}


# Returns a fault if a request was signed with a set that had ended, or had been
# replaced for too long.

sub stale {
    my ($l) = @_;

    return () if $l->{key} eq '-';

    my $set = $set{ $l->{key} } // return "$l->{uri}: a key of nobody";
    my $began = $l->{at} - $l->{took};
    my $file = $l->{uri} =~ m{^/(?:redirect|proxy)\b};
    my $end = $file ? ($set->{replaced} // $began) + LATE : $set->{imds_end};

    $latest = $began - $end + LATE if $file && $latest < $began - $end + LATE;

    return $began > $end + 1
           ? sprintf '%s: by a set that ended %.1f s before', $l->{uri},
                     $began - $end : ();
}


sub some {
    my @all = @_;

    return join "\n", @all > 10 ? (@all[0 .. 9], 'and ' . (@all - 10) . ' more')
                                : @all;
}


sub report {
    my $out = ($ENV{OUT} // $t->root() . '/build') . '/soak';

    make_path($out);
    spew("$out/report.html", S3O::Soak::Report::page(
        seconds => $seconds, seed => $seed, start => $start, logged => \@logged,
        did => \@did, failed => \@failed, unexplained => \@unexplained,
        retries => $retries, kills => [map { $_->{at} - $start } @kills],
        reloads => [map { $_->{at} - $start } @reloads], away => \@away,
        sets => scalar keys %set, used => $file_sets, latest => $latest,
        watch => $watch));

    diag(sprintf '%d operations of clients, %d requests; %d failed, all cut by '
         . '%d kills: %s; %d asked again; %d reloads; %d sets, %d of them '
         . 'used, to %.1f s after they were replaced; see %s/report.html',
         scalar @did, scalar @logged,
         scalar @failed, scalar @kills, @unexplained ? 'no' : 'yes', $retries,
         scalar @reloads, scalar keys %set, $file_sets, $latest, $out);
    diag(sprintf '%s: %+.1f %s (%s)', @$_[0, 1, 3, 2]) for $watch->measured();
}
