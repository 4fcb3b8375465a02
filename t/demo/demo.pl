#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# "make demo": a real S3 server and nginx with the module before it, both on
# loopback; files go up and come down through signed URLs, with the commands
# and the answers shown.  Stays up until Ctrl-C, or ends by itself with
# DEMO_ONCE=1.  DEMO_PORT is the port of nginx, a free one if it is not set.

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use File::Temp ();
use IO::Socket::INET;
use JSON::PP ();

use S3O::Docs;
use S3O::Ports;
use S3O::Process qw(spawn stop_process process_exited wait_until slurp spew
    find_program);
use S3O::Radosgw;

$| = 1;

my $here = File::Basename::dirname(Cwd::abs_path($0));
my $dir = File::Temp::tempdir('s3o-demo-XXXXXXXX', TMPDIR => 1, CLEANUP => 1);
my $text = "Hello from the client.\n";
my $failed = 0;

prepare();

my $s3 = start_s3();
my ($nginx, $base, $page) = start_nginx();

configured();
redirects();
proxied();
handed_out();
refused();
for_people();

section('What nginx has logged');
print slurp('access.log');

end() if $ENV{DEMO_ONCE};
stay_up();
end();


# the files that are shown are named as if they were the user's

sub prepare {
    chdir $dir or die "demo: chdir to $dir: $!\n";

    # workers are somebody else when root has started nginx

    chmod 0755, $dir;

    spew('hello.txt', $text);

    # what one would type all the same at a terminal

    spew('.curlrc', "silent\nshow-error\nnoproxy = \"*\"\n");
    $ENV{CURL_HOME} = $dir;

    return;
}


sub start_s3 {
    my $s3 = S3O::Radosgw->new(name => 'demo');

    print "Starting an S3 server, Ceph's object gateway ...\n";
    $s3->start();
    print 'It verifies signatures on 127.0.0.1:', $s3->port(), ".\n";

    return $s3;
}


sub start_nginx {
    my $port = $ENV{DEMO_PORT} || S3O::Ports::free();
    my $binary = $ENV{TEST_NGINX_BINARY} || find_program('nginx')
        or die "demo: nginx is not installed\n";
    my $module = $ENV{TEST_NGINX_MODULE}
        || "$here/../../build/ngx_http_s3o_presign_module.so";

    my %value = (
        MODULE  => Cwd::abs_path($module) // $module,
        DIR     => $dir,
        ARN     => $s3->arn(),
        PORT    => $port,
        S3_PORT => $s3->port(),
        PAGE    => page_server($port),
    );

    my $conf = slurp("$here/nginx.conf.in");
    $conf =~ s/\@([A-Z0-9_]+)\@/$value{$1}/g;
    spew('nginx.conf', $conf);

    my ($id, $secret) = ($s3->access_key(), $s3->secret_key());
    spew('credentials', <<"EOC", 0600);
[default]
aws_access_key_id = $id
aws_secret_access_key = $secret
EOC

    my $pid = spawn(
        cmd    => [$binary, '-p', $dir, '-c', 'nginx.conf', '-e', 'error.log'],
        stdout => "$dir/nginx.out",
        stderr => "$dir/nginx.out",
        name   => 'nginx',
    );

    my $up = wait_until(sub {
        return process_exited($pid) || IO::Socket::INET->new(
            PeerAddr => "127.0.0.1:$port");
    }, 10);

    die "demo: nginx did not start:\n", slurp('nginx.out'), slurp('error.log')
        if !$up || process_exited($pid);

    print "nginx with the module listens on 127.0.0.1:$port.\n";

    return ($pid, "http://127.0.0.1:$port", "http://localhost:$port/");
}


# the recipe as it is printed, but for what this machine has elsewhere

sub page_server {
    my ($port) = @_;

    my $conf = S3O::Docs::block('A page')->{conf};

    S3O::Docs::copy_page("$dir/www");
    spew('htpasswd', "demo:{PLAIN}demo\n", 0644);

    $conf =~ s{listen 80;}{listen       127.0.0.1:$port;
    server_name  localhost;};
    $conf =~ s{/var/www/files\b}{$dir/www};
    $conf =~ s{/etc/nginx/htpasswd\b}{$dir/htpasswd};
    $conf =~ s{\$s3o_presign_url;}{http://outpost\$s3o_presign_uri;};

    return $conf =~ s/^(?=.)/    /mgr;
}


# of the configuration what a redirect needs

sub configured {
    my $conf = slurp('nginx.conf');
    my ($common) = $conf =~ /^(    s3o_presign_credentials .*?^    upstream)/ms;
    my ($location) = $conf =~ m{^( +location /files/ \{\n.*?\n +\}\n)}ms;

    section('The configuration that matters');
    print grep { /^ +s3o_presign_(?:cred|acc)/ } $common =~ /^.*\n/mg;
    print "\n$location";

    return;
}


sub redirects {
    my $url = "$base/files/hello.txt";

    section('Upload by a redirect: nginx answers with a signed URL ...');
    show(qr/ 307 .*^Location: \S+X-Amz-Signature=/ms,
         'curl', '-i', '-T', 'hello.txt', $url);

    section('... which curl follows to the S3 server, with the file');
    show(qr/^200 after 1 redirect$/, 'curl', '-L', '-T', 'hello.txt', '-w',
         '%{http_code} after %{num_redirects} redirect\n', $url);

    section('Download by a redirect');
    show(qr/^\Q$text\E$/, 'curl', '-L', $url);

    return;
}


sub proxied {
    my $url = "$base/proxy/dir/a%20b%2Bc.txt";

    section('Upload through nginx, which signs the request and streams the '
            . 'body');
    show(qr/ 200 OK.*^ETag: "/ms, 'curl', '-i', '-T', 'hello.txt', $url);

    section('Download through nginx');
    show(qr/^\Q$text\E$/, 'curl', $url);

    return;
}


sub handed_out {
    section('A URL to hand on, as JSON');

    my $answer = show(qr/^\{"url":"http.*"method":"GET"/,
                      'curl', "$base/presign?key=hello.txt&method=GET");
    my $url = (eval { JSON::PP::decode_json($answer) } // {})->{url} // '';

    section('Whoever has the URL can use it ...');
    show(qr/^\Q$text\E$/, 'curl', $url);

    section('... but for nothing else: another key, and the S3 server '
            . 'refuses it');
    show(qr/ 403 .*<Code>SignatureDoesNotMatch</s,
         'curl', '-i', $url =~ s/hello/other/r);

    return;
}


sub refused {
    section('A method that the location does not allow');
    show(qr/ 405 .*^Allow: GET, HEAD, PUT/ms,
         'curl', '-D', '-', '-o', '/dev/null', '-X', 'DELETE',
         "$base/files/hello.txt");

    return;
}


sub for_people {
    section('The page asks for a password ...');
    show(qr/^401$/, 'curl', '-o', '/dev/null', '-w', '%{http_code}\n', $page);

    section('... and lists what has been uploaded');
    show(qr/<Key>hello\.txt</, 'curl', '-u', 'demo:demo',
         "${page}files/?list-type=2");

    return;
}


sub section {
    print "\n=== $_[0]\n";

    return;
}


# shows a command and its answer, which has to match

sub show {
    my ($expected, @cmd) = @_;

    print '$ ', join(' ', map { /[^\w.\/:=@%+-]/ ? "'$_'" : $_ } @cmd), "\n";

    open my $out, '-|', @cmd or die "demo: cannot run $cmd[0]: $!\n";
    my $got = do { local $/ = undef; <$out> } // '';
    my $ended = close $out;

    $got =~ s/\r\n/\n/g;

    print $got =~ s/\n*\z/\n/r;

    if (!$ended || $got !~ $expected) {
        $failed = 1;
        print "^^^ THIS IS NOT WHAT WAS EXPECTED\n";
    }

    return $got;
}


sub stay_up {
    my $stop = 0;

    local @SIG{qw(INT TERM HUP)} = (sub { $stop = 1 }) x 3;

    print <<"EOT";

=== Your turn
    the page:  $page  (user "demo", password "demo")

    curl -L -T FILE $base/files/NAME
    curl -L $base/files/NAME
    curl '$base/presign?key=NAME&method=PUT'
    curl '$base/proxy/?list-type=2'

configuration: $dir/nginx.conf
logs:          $dir/access.log
               $dir/error.log

Ctrl-C ends it all.
EOT

    sleep 1 until $stop || process_exited($nginx);

    if (!$stop) {
        $failed = 1;
        print "\nnginx has ended:\n", slurp('error.log');
    }

    print "\n";

    return;
}


sub end {
    stop_process($nginx, signal => 'QUIT', timeout => 3);
    $s3->stop();

    print "\nThe configuration is made from t/demo/nginx.conf.in.\n"
        if $ENV{DEMO_ONCE};
    print $failed ? "demo: FAILED\n" : "demo: done\n";

    exit $failed;
}
