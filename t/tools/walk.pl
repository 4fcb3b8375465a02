#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors

# Walks through "From nothing to a page" of docs/packages.md in a bare system:
#
#     perl -I t/lib t/tools/walk.pl install ROOT     with the network
#     perl -I t/lib t/tools/walk.pl use ROOT         in one of its own
#
# What is done there stands on the page, and is run as it stands.  What differs
# is what the page leaves to its reader, and what a root without systemd lacks:
# a password is typed, the keys are those of the S3 server that stands in for
# the Outpost, and nginx is started by itself.

use strict;
use warnings;

use File::Temp ();
use Test::More;
use Time::HiRes qw(time);

use S3O::Docs;
use S3O::Fake::Dns;
use S3O::Nginx;
use S3O::OwnNetwork;
use S3O::Process qw(capture slurp spew wait_until);
use S3O::Radosgw;
use S3O::TLS;
use S3O::WebDriver;

use constant {
    PAGE     => 'docs/packages.md',
    DNS      => 'op-01234567890123456.s3-outposts.us-west-2.amazonaws.com',
    SITE     => 'files.example.com',
    PASSWORD => 'a secret/of alice',
    SOURCE   => '/srv/s3o',
    CONF     => '/etc/nginx/conf.d/files.conf',
};

my ($part, $root) = @ARGV;

# nothing is written but below it

die "walk.pl: which root?\n" unless length($root // '') && -d $root . SOURCE;

my ($suite) = $root =~ m{([^/]+)$};

my ($section) = slurp(S3O::Nginx::root() . '/' . PAGE)
                =~ /^## From nothing to a page\n(.*?)^## /ms;
my @blocks = $section =~ /^```sh\n(.*?)^```$/msg;

is(scalar @blocks, 5, 'the page has five steps');

my ($package, $secrets, $files, $start, $upload) = @blocks;

if ($part eq 'install') {
    step($package, 'the package');

} else {
    S3O::OwnNetwork::enter('169.254.169.253/32');
    walk();
}

done_testing();


# runs a block where the reader is, and says how long it took

sub step {
    my ($block, $what) = @_;

    my $before = time();
    my ($status, $out) = capture(
        ['chroot', $root, '/usr/bin/env', '-i', "PATH=$ENV{PATH}",
         'LANG=C.UTF-8', 'HOME=/tmp', 'DEBIAN_FRONTEND=noninteractive',
         'sh', '-exc', 'cd ' . SOURCE . "\n$block"], timeout => 3600);

    is($status, 0, "$suite: $what")
        or BAIL_OUT("...\n" . substr $out, -2000);
    note($out);
    diag(sprintf '%s: %s: %.0f s', $suite, $what, time() - $before);

    return $out;
}


sub replace {
    my ($from, $to) = @_;

    return $_[2] =~ s/\Q$from\E/$to/ || BAIL_OUT("the page has no \"$from\"");
}


sub walk {
    my $tls = S3O::TLS->new();
    my $s3 = S3O::Radosgw->new(dns_name => DNS)->start();
    my $gate = outpost($s3, $tls);

    my $dns = S3O::Fake::Dns->new(host => '169.254.169.253', port => 53)
              ->start();

    $dns->names($s3->host() => ['127.0.0.1']);

    # the authority of this Outpost is one that everybody knows

    spew("$root/etc/ssl/certs/ca-certificates.crt",
         slurp("$root/etc/ssl/certs/ca-certificates.crt")
         . slurp($tls->ca_file()), 0644);
    spew("$root/etc/hosts", "127.0.0.1 localhost ${\ SITE}\n", 0644);

    replace('openssl passwd -apr1', "openssl passwd -apr1 '${\ PASSWORD}'",
            $secrets);
    replace('AKIAIOSFODNN7EXAMPLE', $s3->access_key(), $secrets);
    replace('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', $s3->secret_key(),
            $secrets);

    step($secrets, 'secrets');
    step($files, 'files');

    spew("$root${\ CONF}", join("\n", map { $_->{conf} }
        S3O::Docs::block('Recipes', 1), S3O::Docs::block('A page', 1),
        S3O::Docs::block('From nothing to a page', 1, PAGE)), 0644);

    replace('systemctl restart nginx', '/usr/sbin/nginx', $start);
    step($start, 'a start');

    replace('-u alice', "-u 'alice:${\ PASSWORD}' -fsS", $upload);
    step($upload, 'an upload');

    ok($s3->signed(method => 'GET', key => 'README.md')->{body}
       eq slurp($root . SOURCE . '/README.md'), "$suite: it is stored");

    my ($status, $said) = capture(['curl', '-s', '-o', '/dev/null', '-w',
        '%{http_code}', '-T', S3O::Nginx::root() . '/README.md',
        'http://127.0.0.1/files/other']);
    is($said, 401, "$suite: without the password nothing is");

    click($s3);

    my ($pid) = slurp("$root/run/nginx.pid") =~ /(\d+)/;
    kill 'QUIT', $pid;
    ok(wait_until(sub { !kill 0, $pid }, 60), "$suite: the end");

    $gate->stop();
    $dns->stop();

    return;
}


# port 443 of an access point, before the S3 server

sub outpost {
    my ($s3, $tls) = @_;

    my $t = S3O::Nginx->new(log_level => 'info');
    my $cert = $tls->cert('*.' . DNS);

    $t->subst(CERT => $cert->{cert}, KEY => $cert->{key}, S3 => $s3->port());
    $t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    server {
        listen               127.0.0.1:443 ssl;
        ssl_certificate      %%CERT%%;
        ssl_certificate_key  %%KEY%%;

        client_max_body_size  0;

        location / {
            proxy_pass               http://127.0.0.1:%%S3%%;
            proxy_set_header         Host $http_host;
            proxy_http_version       1.1;
            proxy_request_buffering  off;
        }
    }
}

EOC

    return $t->run();
}


# a person at the page, in Chromium

sub click {
    my ($s3) = @_;

    my $dir = File::Temp::tempdir(CLEANUP => 1);
    my $browser = S3O::WebDriver->new(dir => $dir);

    spew("$dir/report.txt", "what is in the report\n");

    my $password = PASSWORD =~ s/([^\w])/sprintf '%%%02X', ord $1/ger;

    $browser->go("http://alice:$password\@127.0.0.1/");
    is($browser->text('h1'), 'Files', "$suite: the page");

    $browser->type('#choose', "$dir/report.txt");

    ok(wait_until(sub { ($s3->signed(method => 'GET', key => 'report.txt')
                         ->{body} // '') eq "what is in the report\n" }, 60),
       "$suite: a file that was chosen on the page is stored");

    $browser->stop();

    return;
}
