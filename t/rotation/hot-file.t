#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A credentials file changes while nginx runs.  All workers sign with its
# contents, without a reload.  A file that is broken, missing or unreadable
# changes nothing and is logged once.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);

use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url is_signed);
use S3O::Process qw(wait_until);
use S3O::Rotation qw(set_of write_set);

use constant WORKERS => 4;

my $t = S3O::Nginx->new(log_level => 'info', workers => WORKERS);
my $dir = $t->testdir();
my $user = $t->configure_arguments() =~ /--user=(\S+)/ ? $1 : 'nobody';
my $end = time() + 86400;

json(1);
ini(1, 'ONE', 'TWO');

if ($> == 0) {

    # files that only the master process can read

    write_set("$dir/only-root", set_of('root', 1), $end);
    mkdir "$dir/closed", 0700;
    write_set("$dir/closed/set", set_of('closed', 1), $end, $user);
}

my $of_root = $> == 0 ? <<"EOC" : '';
        location /only-root/ {
            s3o_presign_credentials  file path=only-root;
        }

        location /closed/ {
            s3o_presign_credentials  file path=closed/set;
        }
EOC

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign               redirect;
    s3o_presign_access_point  @{[ ARN ]};

    add_header  X-Worker \$pid always;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /json/ {
            s3o_presign_credentials  file path=$dir/json;
        }

        location /default/ {
            s3o_presign_credentials  file path=ini;
        }

        location /other/ {
            s3o_presign_credentials  file path=ini profile=other;
        }

$of_root
    }
}

EOC

ok(wait_until(sub { $t->workers() == WORKERS ? 1 : 0 }), 'all workers');
ok(all_sign('json', json_key(1)), 'all workers sign with the file');
ok(all_sign('default', 'DEFAULTONE'),
   'all workers sign with the default profile');
ok(all_sign('other', 'OTHERTWO'), 'all workers sign with another profile');


# the file changes

for my $n (2 .. 4) {
    json($n);

    # each worker looks at the file twice a second; by its schedule it would in
    # an hour

    ok(all_sign('json', json_key($n)), "JSON, $n: all workers have the set");
}

ini(2, 'THREE', 'TWO');
ok(all_sign('default', 'DEFAULTTHREE'), 'a profile: all workers have it');
is(key('other'), 'OTHERTWO', 'the other profile has not changed');

$t->error_log_like(qr/\[notice\].*new credentials "file", valid for 86\d+ s/,
                   'the log says so');


# the same size, and the time of the one before it

my ($size, $mtime) = (stat "$dir/ini")[7, 9];

ini(3, 'SEVEN', 'TWO');
utime $mtime, $mtime, "$dir/ini";
is(-s "$dir/ini", $size, 'a new file has the same size and time');
ok(all_sign('default', 'DEFAULTSEVEN'),
   'a new file of the same size and time is read');

# a file that is written in place

open my $fh, '+<', "$dir/ini" or die "open: $!";
print {$fh} $t->read_file('ini') =~ s/SEVEN/EIGHT/r;
close $fh;
ok(all_sign('default', 'DEFAULTEIGHT'),
   'a file that is written in place is read');


# files that cannot be used

my %broken = (
    'broken JSON'    => [sub { plain('{"Version": 1, ') },
                         'not a JSON object'],
    'an empty file'  => [sub { plain('') }, 'the file is empty'],
    'no version'     => [sub { plain('{"AccessKeyId": "x"}') },
                         'expected "Version": 1'],
    'no secret'      => [sub { plain('{"Version": 1, "AccessKeyId": "x"}') },
                         'the secret access key is missing'],
    'world-readable' => [sub { json(9, 0644) }, 'accessible by others'],
    'an expired set' => [sub { json(9, 0600, time() - 10) },
                         'have expired already'],
    'another format' => [sub { plain('nonsense') }, 'neither JSON nor lines'],
);

for my $name (sort keys %broken) {
    my ($write, $words) = @{ $broken{$name} };

    $t->clear_log();
    $write->();
    $t->error_log_like(qr/\[error\].* no new credentials "file": .*\Q$words/,
                       "$name: the log says why");
    is(key('json'), json_key(4), "$name: the old set signs");
}

$t->clear_log();
sleep 1.2;
cmp_ok(scalar(grep { /no new/ } $t->log_errors('warn')), '<=', 1,
       'a bad file is not read all the time');

json(5);
ok(all_sign('json', json_key(5)), 'the next good file is used');


# a file is missing for a moment

unlink "$dir/json" or die "unlink: $!";
$t->clear_log();
sleep 1.2;
is(key('json'), json_key(5), 'no file: the old set signs');
is(scalar(grep { /no new/ } $t->log_errors('warn')), 0,
   'a file that is missing for a moment is not logged');
json(6);
ok(all_sign('json', json_key(6)), 'the file is read when it is back');


# files that only the master process can read

SKIP: {
    skip 'needs root', 10 if $> != 0;

    my $group = getgrgid((getpwnam $user)[3]);
    my ($status, $out) = $t->check_config("user $user $group;\n"
        . $t->read_file('nginx.conf') =~ s/^error_log .*/error_log stderr;/mr);

    is($status, 0, 'a file that workers cannot read is accepted');
    like($out, qr{\[warn\].*/only-root" seems not to be readable by the user},
         'a file that workers cannot read has a warning');

    is(key('only-root'), set_of('root', 1)->{access_key},
       'a file that workers cannot read signs');
    is(key('closed'), set_of('closed', 1)->{access_key},
       'a file in an unreadable directory signs, too');

    $t->clear_log();
    write_set("$dir/only-root", set_of('root', 2), $end);
    write_set("$dir/closed/set", set_of('closed', 2), $end, $user);
    $t->error_log_like(
        qr{\[error\].*credentials "file": open\(\) failed \(13: },
        'a change that workers cannot read is logged');
    sleep 1;
    cmp_ok(scalar(grep { /open\(\) failed/ } $t->log_errors('error')), '<=', 3,
           'such a change is not logged all the time');
    is(key('only-root'), set_of('root', 1)->{access_key}, 'the old set signs');
    is(key('closed'), set_of('closed', 1)->{access_key},
       'the old set in the directory signs');

    ok($t->reload(), 'a reload');
    is(key('only-root') . key('closed'), set_of('root', 2)->{access_key}
       . set_of('closed', 2)->{access_key}, 'brings the new ones');
}

$t->done();


sub plain {
    my ($text) = @_;

    # Replaces the file with a new one each time.

    $t->write_file('json', $text, 0600)->own_by_worker('json');
}


sub json {
    my ($n, $mode, $expires) = @_;

    my $file = "$dir/json";

    write_set($mode ? "$file.x" : $file, set_of('json', $n), $expires // $end,
              $user);
    return unless $mode;

    chmod $mode, "$file.x";
    rename "$file.x", $file or die "rename: $!";
}


sub json_key { return set_of('json', $_[0])->{access_key} }


sub ini {
    my ($n, $default, $other) = @_;

    $t->write_file("ini.$n", <<"EOF", 0600)->own_by_worker("ini.$n");
[default]
aws_access_key_id = DEFAULT$default
aws_secret_access_key = secret

[other]
aws_access_key_id = OTHER$other
aws_secret_access_key = secret
EOF

    rename "$dir/ini.$n", "$dir/ini" or die "rename: $!";
}


# Returns the key that signs, or the status.

sub key {
    my ($name) = @_;

    my $r = $t->request(uri => "/$name/x");
    my $url = $r->{headers}{location}[0] // return $r->{status};

    return parse_url($url)->{access_key};
}


# Checks that each worker signs with a key, and that the signature is right.

sub all_sign {
    my ($name, $key) = @_;

    my %seen;

    return wait_until(sub {
        my $r = $t->request(uri => "/$name/x");
        my $u = parse_url($r->{headers}{location}[0] // return 0);
        my ($n) = $key =~ /^ASIAJSON(\d+)$/;
        my $secret = $n ? set_of('json', $n + 0)->{secret_key} : 'secret';

        $seen{ $r->{headers}{'x-worker'}[0] } = 1
            if $u->{access_key} eq $key && is_signed($u, secret_key => $secret);

        keys %seen == WORKERS ? 1 : 0;
    });
}
