package S3O::Bench::Setup;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The servers that are measured.  Each is an nginx of its own with one worker:
# "stock" without the module, "ours" with it, and one for each script engine
# that is installed.  They are alike but for what is measured, and wait
# without cost while another has its turn.

use strict;
use warnings;

use Carp qw(croak);
use Cwd ();
use Exporter qw(import);
use File::Basename ();

use S3O::Bench::Measure qw(pinned CPUS WORKER_CPU LOAD_CPU);
use S3O::Bench::Nginx;
use S3O::Ports;
use S3O::Presigned qw(ARN HOST);
use S3O::Process qw(capture spawn wait_until);
use S3O::SigV4 ();

our @EXPORT_OK = qw(ACCESS_KEY SECRET_KEY TOKEN KEY REGION URL_LENGTH here out
    tool sink server credentials access_point text stock ours);

use constant {
    ACCESS_KEY => 'ASIAIOSFODNN7EXAMPLE',
    SECRET_KEY => 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    REGION     => 'us-west-2',
    URL_LENGTH => 1243,
};

my ($key, $sink_port);


# the token is of 768 bytes, and the key as long as URL_LENGTH has it

sub TOKEN() { return text(768) }
sub KEY()   { return $key //= _key() }


sub here { return Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../..') }


sub out {
    my $out = $ENV{OUT} || S3O::Nginx::root() . '/build';

    mkdir $out;
    mkdir "$out/bench";

    return $out;
}


# text(length) is always the same, and looks like base64; text(length, 1) has
# nothing that would be escaped

sub text {
    my ($length, $plain) = @_;

    my @chars = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, $plain ? () : qw(+ /));
    my ($seed, $text) = (1, '');

    while (length $text < $length) {
        $seed = ($seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        $text .= $chars[($seed >> 16) % @chars];
    }

    return $text;
}


sub _key {
    my $o = S3O::SigV4::presign(
        access_key => ACCESS_KEY, secret_key => SECRET_KEY, region => REGION,
        session_token => TOKEN, host => HOST, key => 'reports/2026/');

    my $more = URL_LENGTH - length $o->{url};
    croak "the URL is $more bytes too long" if $more < 0;

    return 'reports/2026/' . text($more, 1);
}


# a program of this directory, compiled

sub tool {
    my ($name, @libs) = @_;

    my ($c, $program) = (here() . "/$name.c", out() . "/bench/$name");

    if (!-e $program || -M $program > -M $c) {
        my ($status, $said) = capture(['gcc', '-std=gnu99', '-W', '-Wall',
            '-Werror', '-O2', '-o', $program, $c, @libs]);
        croak "gcc: $said" if $status;
    }

    return $program;
}


# the upstream of all servers; returns its port

sub sink {
    return $sink_port if $sink_port;

    my $program = tool('sink');

    $sink_port = S3O::Ports::free();
    spawn(cmd => [pinned(LOAD_CPU, $program, $sink_port)], name => 'sink');

    wait_until(sub { IO::Socket::INET->new("127.0.0.1:$sink_port") }, 5)
        or croak 'the upstream did not start';

    return $sink_port;
}


sub credentials {
    my ($token) = @_;

    return 's3o_presign_credentials static access_key_id=' . ACCESS_KEY
           . ' secret_access_key=' . SECRET_KEY
           . (length $token ? " session_token=$token" : '') . ';';
}


sub access_point { return 's3o_presign_access_point ' . ARN . ';' }


# server(module => path or 0, main => text, http => text, locations => text,
# locations_more => text, debug => 1, run => function) starts an nginx, by the
# function if there is one, and returns it; its worker is {worker}

sub server {
    my (%o) = @_;

    my $t = S3O::Bench::Nginx->new(
        log_level => $o{debug} ? 'debug' : 'error',
        exists $o{module} ? (module => $o{module}) : ());
    my $run = $o{run} // sub { $_[0]->run() };

    my ($main, $http, $locations, $more)
        = map { $_ // '' } @o{qw(main http locations locations_more)};
    my $sink = sink();
    my $cpu = CPUS > 1
              ? 'worker_cpu_affinity 1' . '0' x WORKER_CPU . ';' : '';

    $run->($t->write_file_expand('nginx.conf', <<"EOC"));
%%TEST_GLOBALS%%
worker_rlimit_nofile 16384;
$cpu
$main
events {
    worker_connections 8192;
}
http {
    %%TEST_GLOBALS_HTTP%%
    keepalive_requests    1000000000;
    keepalive_timeout     1h;
    client_max_body_size  0;
    default_type          "";

    upstream sink {
        server              127.0.0.1:$sink;
        keepalive           64;
        keepalive_requests  1000000000;
    }

    proxy_http_version  1.1;
    proxy_set_header    Connection "";

$http
    server {
        listen      127.0.0.1:%%PORT_8080%% backlog=4096;
        access_log  off;

$locations
$more
    }
}
EOC

    $t->{worker} = $main =~ /^master_process off;/m ? $t->pid()
                   : wait_until(sub { ($t->workers())[0] }, 10)
        or croak 'nginx has no worker';
    $t->{url} = 'http://127.0.0.1:' . $t->port(8080);

    return $t;
}


# "limit" is the redirect of nginx itself, with the body that it always sends.
# "floor" is the header of our redirect, and no body, from a configuration
# that does nothing but write it; it differs from ours in its status, as
# nginx has no redirect without a body.

sub stock {
    my (%o) = @_;

    my $url = 'https://' . HOST . '/' . text(URL_LENGTH - 9 - length HOST, 1);

    return server(module => 0, %o, locations => <<"EOC");
        location /limit/ {
            return 302 $url;
        }

        location /floor/ {
            add_header  Location $url;
            add_header  Cache-Control no-store;
            return      200 "";
        }

        location /proxy/ {
            proxy_pass http://sink;
        }
EOC
}


sub ours {
    my (%o) = @_;

    my $access = access_point();
    my $credentials = credentials($o{token} // TOKEN);

    return server(%o, http => "    $access\n    $credentials",
                  locations => <<"EOC");
        location /redirect/ {
            s3o_presign redirect;
        }

        location /window/ {
            s3o_presign          redirect;
            s3o_presign_expires  10m;
            s3o_presign_window   5m;
        }

        location /json/ {
            s3o_presign json;
        }

        location /proxy/ {
            s3o_presign proxy;
            proxy_pass  http://sink;
        }

        location /sigv4a/ {
            s3o_presign            redirect;
            s3o_presign_algorithm  sigv4a;
        }
EOC
}


1;
