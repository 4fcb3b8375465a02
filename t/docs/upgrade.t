#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/upgrade.md: a module for another nginx is refused, with the message on
# the page; a reload keeps the loaded module; the commands of the page replace
# nginx and go back, and no signed request fails.
#
# Other modules are copies of the one that was built, in which the version, or
# the nginx it names, is changed in the file.

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

# the version of the module, and a later one

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

# the new binary needs the libraries of the sanitizers

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

ok(wait_until(sub { version() eq $ours }, 60), 'nginx runs with the module');

my $load = S3O::Rotation::Load->start($t, uris => ['/imds/x'], clients => 3);

put('a new version', \&other_version);
ok($nginx->reload(), 'nginx reloads');
is(version(), $ours, 'a reload keeps the module');

# the new nginx refuses a module that it cannot load, and the old one goes on

put('another nginx', \&other_nginx);
kill 'USR2', $first;
ok(wait_until(sub { slurp("$dir/error.log")
                    =~ /new binary process \d+ exited with code 1/ }, 60),
   'a module for another nginx ends the new nginx');
is(pid(), $first, 'the old nginx still runs');
ok(!-e "$dir/nginx.pid.oldbin", 'no second nginx runs');

put('a new version', \&other_version);

my ($take_over, $winch, $quit, $back) = steps();

run($take_over);
my $second = second($first);
run($winch);
ok(wait_until(sub { version() eq $theirs }, 60), 'the new module answers');

run($back);
ok(gone($second), 'back again: the new nginx ends');
ok(wait_until(sub { pid() == $first }, 60),
   'back again: the old nginx is the only one');
ok(wait_until(sub { version() eq $ours }, 60),
   'back again: the old module answers');

run($take_over);
second($first);
run($winch);
run($quit);
ok(gone($first), 'second upgrade: the old nginx ends');
is(version(), $theirs, 'second upgrade: the new module answers');

my @answers = $load->stop();

$nginx->_follow(pid());
ok($nginx->stop(), 'nginx stops');

my %secret = map { @$_{qw(access_key secret_key)} }
             map { set_of('imds', $_) } 1 .. $s->fetches();
my @failed = grep { $_->{status} != 307 } @answers;

cmp_ok(scalar @answers, '>', 50, 'requests were made all the time');
is(join(' ', map { "$_->{at} $_->{status}" } @failed), '', 'no request failed');
is(scalar(grep { !signed($_->{url}) } @answers), 0, 'all URLs were signed');

$t->todo_alerts(qr/\.so" version \d{7} instead of \d{7} in/);
$t->done();


# changes a copy of the module by a function, and puts it in the place of the
# module

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


# what the modules of an nginx of another version, or with other options, have
# in them

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


# the lines of the page, with the names and numbers of this nginx

sub refused {
    my ($what) = @_;

    my ($status, $out) = $t->check_config($t->read_file('nginx.conf'));
    my $number = nginx_number();
    my %line = (
        'the version of nginx' =>
            qr/^nginx: (.*) \d{7} instead of (\d{7}) in/m,
        'its options' => qr/^nginx: (.*) (is not binary compatible) in/m,
    );

    # the page has a line for each refusal, which is wrapped

    my $lines = $page =~ s/\n    (?=\S)/ /gr;
    my ($begin, $end) = $lines =~ $line{$what} or return fail($what);

    $begin =~ s{"/.*/}{"$dir/modules/};

    my $says = $what eq 'its options' ? "$begin $end"
               : "$begin " . ($number + 1) . " instead of $number";

    isnt($status, 0, "$what: refused");

    # the log has the number of the process in between

    like($out =~ s/\] \d+#\d+: /] /r, qr/\Q$says\E in /,
         "$what: the message of the page");

    return;
}


# returns the blocks of "On the fly"

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

    # with the libraries of the sanitizers, if the module needs them

    my ($status, $out) = capture(['sh', '-ec', $block],
                                 env => $t->_environment());

    is($status, 0, $block =~ s/\n.*//sr =~ s/\Q$dir\E/.../gr) or diag($out);

    return;
}


# waits for the new nginx until it has workers, and returns its pid

sub second {
    my ($first) = @_;

    my $new = wait_until(sub {
        my $pid = pid();
        -s "$dir/nginx.pid.oldbin" && $pid && $pid != $first ? $pid : 0;
    }, 60);

    $nginx->{old} = $first;
    $nginx->_follow($new);
    ok(wait_until(sub { scalar $nginx->workers() }, 60), 'two nginx run');

    return $new;
}


sub pid { return (slurp("$dir/nginx.pid") =~ /^(\d+)$/m)[0] // 0 }


# returns the version of the module that answers

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
