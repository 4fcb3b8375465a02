#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/upgrade.md: a module for another nginx is refused, in the words of the
# page; a reload keeps the module that is loaded; and with the commands of the
# page another one takes over, and back, and no signed request fails.
#
# Other modules are made of the one that was built: its version, and those of
# nginx that it names, are changed where they stand in the file.

use strict;
use warnings;

use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN parse_url is_signed);
use S3O::Process qw(capture slurp spew wait_until);
use S3O::Rotation qw(comes metrics gone set_of);
use S3O::Rotation::Daemon;
use S3O::Rotation::Load;
use S3O::Rotation::Service;

use constant MODULE => 'ngx_http_s3o_presign_module.so';

my $page = slurp(S3O::Nginx::root() . '/docs/upgrade.md');
my $t = S3O::Nginx->new(log_level => 'info', workers => 2);
my $dir = $t->testdir();
my $built = $t->{module}
    or plan skip_all => 'nginx has the module built in';

# the version of the module, and that of one to come

my $ours = (slurp(S3O::Nginx::root() . '/src/base/ngx_http_s3o_version.h')
            =~ /S3O_PRESIGN_VERSION  "([\d.]+)"/)[0];
my $theirs = $ours =~ s/\d+$/9/r;

mkdir "$dir/modules";
put('as it was built');
$t->{module} = "$dir/modules/" . MODULE;

my $s = S3O::Rotation::Service->start(name => 'imds');

$t->subst(ARN => ARN, SOURCE => $s->source(),
          ENV => join ' ', map { "env $_;" }
                 grep { defined $t->_environment()->{$_} }
                 qw(LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS));

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

# sanitizers have to reach the new binary

%%ENV%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    s3o_presign_credentials   %%SOURCE%%;

    server {
        listen  127.0.0.1:%%PORT_8080%%;

        location /imds/ {
            s3o_presign  redirect;
        }

        location = /metrics {
            s3o_presign_status  prometheus;
        }
    }
}

EOC

my %other = (
    'the version of nginx' => sub { put('another nginx', \&other_nginx) },
    'its options'          => sub { put('other options', \&other_options) },
);

for my $what (sort keys %other) {
    $other{$what}->();
    refused($what);
}

put('as it was built');

my $nginx = S3O::Rotation::Daemon->start($t);
my $first = $nginx->pid();

ok(wait_until(sub { version() eq $ours }, 60), 'it runs');

my $load = S3O::Rotation::Load->start($t, uris => ['/imds/x'], clients => 3);

put('a new version', \&other_version);
ok($nginx->reload(), 'a reload');
is(version(), $ours, 'keeps the module');

# what cannot be loaded is refused by the new nginx, and the old one goes on

put('another nginx', \&other_nginx);
kill 'USR2', $first;
ok(wait_until(sub { slurp("$dir/error.log")
                    =~ /new binary process \d+ exited with code 1/ }, 60),
   'a module for another nginx ends the new nginx');
is(pid(), $first, 'and the old one is there');
ok(!-e "$dir/nginx.pid.oldbin", 'alone');

put('a new version', \&other_version);

my ($take_over, $winch, $quit, $back) = steps();

run($take_over);
my $second = second($first);
run($winch);
ok(wait_until(sub { version() eq $theirs }, 60), 'the new module answers');

run($back);
ok(gone($second), 'back again: the new nginx ends');
ok(wait_until(sub { pid() == $first }, 60), 'the old one is as it was');
ok(wait_until(sub { version() eq $ours }, 60), 'with the module that it had');

run($take_over);
second($first);
run($winch);
run($quit);
ok(gone($first), 'once more, and the old nginx ends');
is(version(), $theirs, 'with the new module');

my @answers = $load->stop();

$nginx->_follow(pid());
ok($nginx->stop(), 'the end');

my %secret = map { @$_{qw(access_key secret_key)} }
             map { set_of('imds', $_) } 1 .. $s->fetches();
my @failed = grep { $_->{status} != 307 } @answers;

cmp_ok(scalar @answers, '>', 50, 'there were requests all the time');
is(join(' ', map { "$_->{at} $_->{status}" } @failed), '', 'none failed');
is(scalar(grep { !signed($_->{url}) } @answers), 0, 'all were signed');

$t->todo_alerts(qr/\.so" version \d{7} instead of \d{7} in/);
$t->done();


# the module, changed by a function, takes the place of the one before

sub put {
    my ($what, $change) = @_;

    my $bytes = slurp($built);

    if ($change) {
        my $before = $bytes;

        $change->($bytes);
        ok($bytes ne $before, "a module: $what");
    }

    spew("$dir/modules/new", $bytes, 0755);
    rename "$dir/modules/new", "$dir/modules/" . MODULE
        or die "rename() failed: $!\n";

    return;
}


# what an nginx of another version, or of other options, has in its modules

sub nginx_number {
    my ($status, $said) = capture([$t->binary(), '-v']);
    my ($major, $minor, $patch) = $said =~ m{/(\d+)\.(\d+)\.(\d+)};

    return $major * 1_000_000 + $minor * 1000 + $patch;
}


sub other_version { return $_[0] =~ s/\b\Q$ours\E\b/$theirs/g }


sub other_nginx {
    my $is = pack 'q<', nginx_number();
    my $other = pack 'q<', nginx_number() + 1;

    return $_[0] =~ s/\Q$is\E/$other/;
}


sub other_options {
    return $_[0] =~ s/(\0\d,\d,\d,[01]{30,})([01])(?=\0)/$1 . (1 - $2)/e;
}


# the lines of the page, with names and numbers of this nginx

sub refused {
    my ($what) = @_;

    my ($status, $out) = $t->check_config($t->read_file('nginx.conf'));
    my $number = nginx_number();
    my %line = (
        'the version of nginx' =>
            qr/^nginx: (.*) \d{7} instead of (\d{7}) in/m,
        'its options' => qr/^nginx: (.*) (is not binary compatible) in/m,
    );

    # the page has a line for each, which is wrapped

    my $lines = $page =~ s/\n    (?=\S)/ /gr;
    my ($begin, $end) = $lines =~ $line{$what} or return fail($what);

    $begin =~ s{"/.*/}{"$dir/modules/};

    my $says = $what eq 'its options' ? "$begin $end"
               : "$begin " . ($number + 1) . " instead of $number";

    isnt($status, 0, "$what: refused");

    # in a log the number of the process stands between

    like($out =~ s/\] \d+#\d+: /] /r, qr/\Q$says\E in /,
         "$what: in the words of the page");

    return;
}


# the blocks of "On the fly"

sub steps {
    my ($section) = $page =~ /^## On the fly\n(.*?)^## /ms;

    my @blocks = $section =~ /^```sh\n(.*?)^```$/msg;

    is(scalar @blocks, 4, 'the page has four steps');

    return @blocks;
}


sub run {
    my ($block) = @_;

    my $check = join ' ', $t->binary(), '-p', "$dir/", '-c nginx.conf',
                          '-e error.log', '-t';

    $block =~ s{/run/nginx\.pid}{$dir/nginx.pid}g;
    $block =~ s{^nginx -t$}{$check}m;

    my ($status, $out) = capture(['sh', '-ec', $block]);

    is($status, 0, $block =~ s/\n.*//sr =~ s/\Q$dir\E/.../gr) or diag($out);

    return;
}


# the one that has taken over, when it has workers

sub second {
    my ($first) = @_;

    my $new = wait_until(sub {
        my $pid = pid();
        -s "$dir/nginx.pid.oldbin" && $pid && $pid != $first ? $pid : 0;
    }, 60);

    $nginx->{old} = $first;
    $nginx->_follow($new);
    ok(wait_until(sub { scalar $nginx->workers() }, 60), 'two of them run');

    return $new;
}


sub pid { return (slurp("$dir/nginx.pid") =~ /^(\d+)$/m)[0] // 0 }


# the module that answers

sub version {
    my $r = eval { $t->request(uri => '/metrics') } // return '';

    return ($r->{body} =~ /^s3o_presign_build_info\{version="([\d.]+)"/m)[0]
           // '';
}


sub signed {
    my ($url) = @_;

    my $u = eval { parse_url($url) } // return 0;

    return is_signed($u, secret_key => $secret{ $u->{access_key} } // return 0);
}
