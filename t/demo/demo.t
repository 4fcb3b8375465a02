#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "make demo": it runs to its end, shows what the README says, and leaves
# nothing behind; without DEMO_ONCE it runs until it is interrupted.

use strict;
use warnings;

use FindBin ();
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Nginx;
use S3O::Process qw(spawn capture process_exited process_status stop_process
    wait_until slurp);
use S3O::Radosgw;

plan(skip_all => S3O::Radosgw->reason()) unless S3O::Radosgw->available();
plan(skip_all => 'the demo is for a module without sanitizers')
    if $ENV{TEST_NGINX_PRELOAD};

# the demo makes its files in this directory, and nowhere else

my $t = S3O::Nginx->new();
my $tmp = $t->testdir() . '/tmp';
my @demo = ($^X, "-I$FindBin::Bin/../lib", "$FindBin::Bin/demo.pl");

mkdir $tmp;

my %env = (
    TMPDIR            => $tmp,
    DEMO_ONCE         => undef,
    DEMO_PORT         => undef,
    TEST_NGINX_BINARY => S3O::Nginx::binary(),
    TEST_NGINX_MODULE => $t->{module},
);

once();
broken();
stays();

done_testing();


sub once {
    my ($status, $out) = capture(\@demo, env => { %env, DEMO_ONCE => 1 },
                                 timeout => 60);

    is($status, 0, 'DEMO_ONCE=1 ends well') or diag($out);
    is(() = $out =~ /^Hello from the client\.$/mg, 3,
       'each download is the uploaded object');
    like($out, qr/^Location: http:\S+X-Amz-Signature=[0-9a-f]{64}/m,
         'a signed URL is shown');
    like($out, qr/^\{"url":"http/m, 'JSON is shown');
    like($out, qr/<Code>SignatureDoesNotMatch</, 'a refusal is shown');
    like($out, qr{t/demo/nginx\.conf\.in},
         'the path of the configuration is shown');
    like($out, qr/^\ +s3o_presign_credentials\ .*^\ +s3o_presign_access_point
                  \ .*^\ +location\ \/files\/\ \{/msx,
         'the configuration itself is shown');
    unlike($out, qr/EXAMPLEKEY/, 'no secret is shown');
    is_deeply([leftovers()], [], 'the demo leaves no files and no processes');
}


sub broken {
    my ($status, $out) = capture(\@demo, timeout => 60, env => {
        %env, DEMO_ONCE => 1, TEST_NGINX_MODULE => '/nonexistent.so' });

    isnt($status, 0, 'the demo fails when the module cannot be loaded');
    like($out, qr{demo: nginx did not start:.*/nonexistent\.so}s,
         'the demo says why it fails');
    is_deeply([leftovers()], [],
              'the failed demo leaves no files and no processes');
}


sub stays {
    my $log = $t->testdir() . '/demo.log';
    my $port = $t->port(8080);
    my $pid = spawn(cmd => \@demo, stdout => $log, stderr => $log,
                    env => { %env, DEMO_PORT => $port });

    ok(wait_until(sub { slurp($log) =~ /Ctrl-C/ || process_exited($pid) },
                  60), 'without DEMO_ONCE the demo stays');

    my ($conf) = slurp($log) =~ /^configuration: +(\S+)$/m;
    ok(-s ($conf // ''), 'the configuration is at the path that is shown');

    my @at = (port => $port, headers => [Host => "127.0.0.1:$port"]);
    my $r = $t->request(uri => '/proxy/hello.txt', @at);
    is($r->{body}, "Hello from the client.\n", 'a download works');

    $r = $t->request(uri => '/proxy/?list-type=2', @at);
    like($r->{body}, qr{<Key>hello\.txt</Key>}, 'a listing works');

    page($port);

    ok(stop_process($pid, signal => 'INT', timeout => 10),
       'an interrupt ends the demo');
    is(process_status($pid), 0, 'the demo ends without an error');
    is_deeply([leftovers()], [],
              'the interrupted demo leaves no files and no processes');
    ok(!IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port"),
       'nothing listens on the port');
}


# tests the page, with the host name and the password that the demo shows

sub page {
    my ($port) = @_;

    my @name = (Host => "localhost:$port");
    my @user = (Authorization => 'Basic ' . encode_base64('demo:demo', ''));

    my ($none, $page, $list, $base) = map { $t->request(port => $port, @$_) }
        [uri => '/', headers => [@name]],
        [uri => '/', headers => [@name, @user]],
        [uri => '/files/?list-type=2', headers => [@name, @user]],
        [uri => '/', headers => [Host => "127.0.0.1:$port"]];

    is($none->{status}, 401, 'the page needs a password');
    like($page->{body}, qr/<script /, 'a user gets the page');
    like($list->{body}, qr{<Key>hello\.txt</Key>},
         'a user gets the list of files');
    is($base->{headers}{location}[0], "http://localhost:$port/",
       'the other address redirects to the page');

    return;
}


# returns files in the directory, and processes that use it

sub leftovers {
    my @files = grep { !m{/s3o-ports-} } glob "$tmp/*";
    my @pids = grep { slurp("$_/cmdline") =~ /\Q$tmp\E/ }
               glob '/proc/[0-9]*';

    return (@files, @pids);
}
