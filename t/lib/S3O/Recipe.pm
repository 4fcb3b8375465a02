package S3O::Recipe;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Runs a recipe of the documentation: nginx with the configuration that
# docs/recipes.md prints under a heading, a real S3 server behind it, and
# programs that people use as clients.
#
#     my $r = S3O::Recipe->new('An SDK')->run();
#     $r->works('an upload', ['aws', '--endpoint-url', $r->plain(), ...]);
#     $r->holds('it is there', a => 'content');
#     $r->done();
#
# Only the addresses to listen on and paths of files are replaced in the
# configuration.  What is stored is asked of the S3 server directly, never of
# the client or of nginx.
#
# Between nginx and the S3 server there is a gate, a server of the same nginx
# that passes everything on and logs the headers of each request.  With them a
# test checks what this S3 server does not, but S3 does: that each x-amz-*
# header and Content-MD5 is signed.

use strict;
use warnings;

use parent qw(S3O::Nginx);

use Digest::MD5 qw(md5_hex);
use FindBin ();
use Test::More ();

use S3O::Docs;
use S3O::Fake::Dns;
use S3O::Nginx;
use S3O::Process qw(capture find_program slurp spew);
use S3O::Radosgw;
use S3O::SigV4 qw(uri_encode);
use S3O::TLS;

use constant {
    DNS     => 'op-01234567890123456.s3-outposts.us-west-2.amazonaws.com',
    NEAR    => 'op-01234567890123456.localhost',
    TIMEOUT => 300,         # to end a client that hangs, not to measure one
};

my @ways = qw(http_ssl openssl socket_ssl radosgw debug);


# new(heading, n => which block below it, http => more text for http{}, server
# => more text for the server, direct => 1: clients are sent to the S3 server
# itself, at a port that its name then has).  Anything that is missing is a
# failure, as these tests run where all clients were installed.

sub new {
    my ($class, $heading, %o) = @_;

    my $self = $class->SUPER::new(log_level => 'info');

    if (my ($why) = grep { length } map { $self->missing($_) } @ways) {
        Test::More::BAIL_OUT("$why: run \"make test-clients\"");
    }

    $self->{tls} = S3O::TLS->new();
    $self->{rgw} = S3O::Radosgw->new($o{direct}
        ? (tls => $self->{tls}->cert('*.' . NEAR))
        : (dns_name => DNS))->start();
    $self->{recipe} = S3O::Docs::block($heading, $o{n});
    $self->{more} = \%o;

    mkdir $self->testdir() . '/home';

    return $self;
}


sub run {
    my ($self) = @_;

    my $dir = $self->testdir();
    my $rgw = $self->{rgw};
    my $near = $self->{tls}->cert('localhost', '*.localhost', '127.0.0.1');
    my $far = $self->{tls}->cert('*.' . DNS);

    $self->write_file('credentials', "[default]\naws_access_key_id = "
                      . $rgw->access_key() . "\naws_secret_access_key = "
                      . $rgw->secret_key() . "\n", 0600);

    $self->write_file('htpasswd', "alice:{PLAIN}secret\n", 0644);
    S3O::Docs::copy_page("$dir/www");
    $self->write_file('hosts', '127.0.0.1 localhost ' . $rgw->host() . "\n",
                      0644);

    $self->subst(HOST => $rgw->host(), RGW => $rgw->port(),
                 NEAR => $near->{cert}, NEAR_KEY => $near->{key},
                 FAR => $far->{cert}, FAR_KEY => $far->{key},
                 COMMON => $self->_placed(S3O::Docs::block('Recipes')->{conf}),
                 RECIPE => $self->_recipe(),
                 MORE => ($self->{more}{http} // '') . $self->_endpoint());

    $self->write_file_expand('nginx.conf', $self->expand(<<'EOC'));

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%COMMON%%

    %%MORE%%

    %%RECIPE%%

    upstream %%HOST%% {
        server 127.0.0.1:%%PORT_8444%%;
    }

    server {
        listen               127.0.0.1:%%PORT_8444%% ssl;
        ssl_certificate      %%FAR%%;
        ssl_certificate_key  %%FAR_KEY%%;
        error_log            %%TESTDIR%%/gate.log debug;

        client_max_body_size  0;

        location / {
            s3o_presign              off;
            proxy_pass               http://127.0.0.1:%%RGW%%;
            proxy_set_header         Host $http_host;
            proxy_http_version       1.1;
            proxy_request_buffering  off;
            proxy_buffering          off;
        }
    }
}

EOC

    return $self->SUPER::run();
}


# with "direct" the host has a port and cannot name an upstream block, so nginx
# looks it up

sub _endpoint {
    my ($self) = @_;

    # without "direct" this is the usual host; as a custom endpoint it makes
    # copy sources buckets, as this S3 server knows no access points

    return 's3o_presign_endpoint https://' . (DNS =~ s/^[^.]+\.//r) . ';'
        unless $self->{more}{direct};

    my $dns = $self->{dns} = S3O::Fake::Dns->new()->start();

    $dns->names($self->{rgw}->host() => ['127.0.0.1']);

    return "resolver @{[ $dns->authority() ]} ipv6=off;\n"
           . 's3o_presign_endpoint https://localhost:'
           . $self->{rgw}->tls_port() . ';';
}


# replaces paths of the configuration by those of this machine

sub _placed {
    my ($self, $conf) = @_;

    my $dir = $self->testdir();
    my $ca = $self->ca_file();

    $conf =~ s{/etc/nginx/s3o-credentials\b}{$dir/credentials}g;
    $conf =~ s{/etc/ssl/certs/ca-certificates\.crt}{$ca}g;
    $conf =~ s{/etc/nginx/htpasswd\b}{$dir/htpasswd}g;
    $conf =~ s{/var/www/files\b}{$dir/www}g;

    return $conf;
}


sub _recipe {
    my ($self) = @_;

    my $conf = $self->_placed($self->{recipe}{conf});
    my $listen = "listen 127.0.0.1:%%PORT_8080%%;\n"
                 . "listen 127.0.0.1:%%PORT_8443%% ssl http2;\n"
                 . "ssl_certificate %%NEAR%%;\n"
                 . "ssl_certificate_key %%NEAR_KEY%%;\n"
                 . ($self->{more}{server} // '');

    $conf = "location /files/ {\n$conf}\n"
        if $self->{recipe}{level} eq 'location';

    if ($self->{recipe}{level} eq 'http') {
        $conf =~ s/^\s*listen\s+80;/$listen/m
            or die "the recipe does not listen on port 80\n";

    } else {
        $conf = "server {\n$listen\n$conf}\n";
    }

    return $conf;
}


# true when the recipe allows copies: then they have to work, otherwise they
# have to be refused without loss

sub copies { return $_[0]{recipe}{conf} =~ /^\s*s3o_presign_copy\s/m }


sub plain { return 'http://127.0.0.1:' . $_[0]->port(8080) }
sub secure { return 'https://localhost:' . $_[0]->port(8443) }
sub ca_file { return $_[0]{tls}->ca_file() }
sub rgw { return $_[0]{rgw} }


# a request to the S3 server directly

sub asked {
    my ($self, $method, $key, %o) = @_;

    return $self->{rgw}->signed(method => $method, key => $key, %o);
}


sub put {
    my ($self, $key, $content) = @_;

    my $r = $self->asked('PUT', $key, body => $content);
    die "radosgw answers $r->{status}: $r->{body}" if $r->{status} != 200;

    return $self;
}


# the content of an object, undef if there is none

sub object {
    my ($self, $key) = @_;

    my $r = $self->asked('GET', $key);

    return $r->{status} == 200 ? $r->{body} : undef;
}


# a header of an object, or all of them

sub header {
    my ($self, $key, $name) = @_;

    my $h = $self->asked('HEAD', $key)->{headers};

    return defined $name ? join ', ', @{ $h->{ lc $name } // [] } : $h;
}


sub keys {
    my ($self) = @_;

    my $r = $self->asked('GET', '', query => [['encoding-type' => 'url'],
                                              ['list-type' => 2]]);
    my @keys = $r->{body} =~ m{<Key>([^<]*)</Key>}g;

    tr/+/ /, s/%([0-9A-F]{2})/chr hex $1/gie for @keys;

    return @keys;
}


# how many bytes all objects below a prefix have

sub size {
    my ($self, $prefix) = @_;

    my $sum = 0;

    $sum += length($self->object($_) // '')
        for grep { index($_, $prefix) == 0 } $self->keys();

    return $sum;
}


# how many uploads by parts are half done

sub uploads {
    my ($self) = @_;

    my $r = $self->asked('GET', '', query => [['uploads' => '']]);

    return scalar(my @open = $r->{body} =~ m{<Upload>}g);
}


# tests that these objects are there, with this content, and no others;
# undefined content is not compared

sub holds {
    my ($self, $name, %expected) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my %found = map { $_ => _print($self->object($_)) } $self->keys();
    my %print;

    for my $key (CORE::keys %expected) {
        $print{$key} = defined $expected{$key} ? _print($expected{$key})
                                               : $found{$key};
    }

    return Test::More::is_deeply(\%found, \%print, $name);
}


# short content as it is, long by its digest

sub _print {
    my ($content) = @_;

    return 'none' unless defined $content;
    return $content if length $content < 100;
    return sprintf '%d bytes, %s', length $content, md5_hex($content);
}


# Runs a client to its end, without the configuration and the proxies of the
# user who runs the tests.  Returns (exit status, all output).  With hosts => 1
# the client runs in a mount namespace in which it finds the S3 server by its
# name, as if the name were in the DNS.

sub client {
    my ($self, $cmd, %o) = @_;

    my $home = $self->testdir() . '/home';
    my %env = map { $_ => undef }
              grep { /^(?:AWS_|RCLONE_|RESTIC_|GIT_|CPL_|GDAL_|XDG_)
                      |_proxy$/xi } CORE::keys %ENV;

    %env = (%env, HOME => $home, LC_ALL => 'C.UTF-8', no_proxy => '*',
            AWS_ACCESS_KEY_ID => 'anything',
            AWS_SECRET_ACCESS_KEY => 'anything',
            AWS_EC2_METADATA_DISABLED => 'true',
            AWS_DEFAULT_REGION => 'us-west-2',
            AWS_REGION => 'us-west-2',
            AWS_CA_BUNDLE => $self->ca_file(),
            SSL_CERT_FILE => $self->ca_file(),
            CURL_CA_BUNDLE => $self->ca_file(),
            NODE_EXTRA_CA_CERTS => $self->ca_file(),
            PYTHONDONTWRITEBYTECODE => 1,
            %{ $o{env} // {} });

    my $file = $self->testdir() . '/hosts';
    my @in = $o{hosts} ? ('unshare', $> ? '-rm' : '-m', 'sh', '-c',
                          "mount --bind $file /etc/hosts && exec \"\$@\"", 'sh')
                       : ();

    return capture([@in, @$cmd], timeout => TIMEOUT, dir => $home, %o,
                   env => \%env);
}


# tests that a client ends well; returns what it said

sub works {
    my ($self, $name, $cmd, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($status, $out) = $self->client($cmd, %o);

    Test::More::is($status, 0, $name) or Test::More::diag("@$cmd\n$out");

    return $out;
}


# tests that a client fails and tells its user why

sub refused {
    my ($self, $name, $re, $cmd, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($status, $out) = $self->client($cmd, %o);

    Test::More::ok($status != 0 && $out =~ $re, $name)
        or Test::More::diag("status $status, no $re\n@$cmd\n$out");

    return $out;
}


# stage(name, interpreter, script, stage, where, ...) runs a script of the
# folder of the test, with a stage and an endpoint or path as arguments, and
# with the options of client().  The script prints "step -> ok", or what went
# wrong, for each step.  Returns what it printed by step.

sub stage {
    my ($self, $name, $interpreter, $script, $stage, $where, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $o{env}{NODE_PATH} = _npm_dir();

    my ($status, $out) = $self->client(
        [$self->program($interpreter), "$FindBin::Bin/$script", $stage, $where,
         $o{folder} // $self->testdir() . '/home'], %o);

    Test::More::is($status, 0, "$name: $stage ends well")
        or Test::More::diag($out);

    return { map { /^(.*?) -> (.*)$/ } split /\n/, $out };
}


# the same; all steps have to be "ok", and there must be n of them

sub stage_works {
    my ($self, $name, $n, @script) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $said = $self->stage($name, @script);

    Test::More::is($said->{$_}, 'ok', "$name: $_")
        for sort { $a cmp $b } CORE::keys %$said;
    Test::More::is(scalar(CORE::keys %$said), $n,
                   "$name: all steps of $script[2]");
}


# the version of a package of npm, or the end of all tests

sub npm {
    my ($self, $name) = @_;

    my $file = _npm_dir() . "/$name/package.json";

    return slurp($file) =~ /^\s*"version": "([^"]+)"/m
           ? $1 : Test::More::BAIL_OUT("$name is not installed: "
                                       . 'run "make test-clients"');
}


sub _npm_dir {
    return ($ENV{OUT} || S3O::Nginx::root() . '/build') . '/npm/node_modules';
}


# the path of a program; a missing one ends all tests, as none is skipped

sub program {
    my ($self, $name) = @_;

    return find_program($name)
           // Test::More::BAIL_OUT("$name is not installed: "
                                   . 'run "make test-clients"');
}


# prints the version of a program

sub says {
    my ($self, $cmd) = @_;

    my ($line) = (capture($cmd))[1] =~ /^(.*\d.*)$/m;

    Test::More::diag('with ' . ($line // "@$cmd"));

    return $self;
}


sub file {
    my ($self, $name, $content) = @_;

    my $file = $self->testdir() . "/home/$name";

    spew($file, $content, 0644) if defined $content;

    return $file;
}


# the requests that reached the gate: [{line =>, headers => {name => value}}]

sub sent {
    my ($self) = @_;

    my (%open, @requests);

    open my $log, '<:raw', $self->testdir() . '/gate.log' or return;

    while (<$log>) {
        my ($n, $text) = /^\S+ \S+ \[debug\] [^*]*\*(\d+) http (.*)$/ or next;

        if ($text =~ /^request line: "(.*)"$/) {
            push @requests, $open{$n} = { line => $1, headers => {} };

        } elsif ($open{$n} && $text =~ /^header: "([^:]+): (.*)"$/) {
            $open{$n}{headers}{ lc $1 } = $2;

        } elsif ($text eq 'header done') {
            delete $open{$n};
        }
    }

    return @requests;
}


# the headers that S3 wants signed and that are not

sub _unsigned {
    my ($request) = @_;

    my $h = $request->{headers};
    my ($signed) = ($h->{authorization} // '') =~ /SignedHeaders=([^,\s]+)/
        or return "$request->{line}: no signature";

    my %signed = map { $_ => 1 } split /;/, $signed;

    return map { "$request->{line}: $_" }
           grep { /^x-amz-|^content-md5$|^host$/ && !$signed{$_} }
           sort { $a cmp $b } CORE::keys %$h;
}


# the last tests of a script

sub done {
    my ($self) = @_;

    if (!$self->{more}{direct}) {
        my @sent = $self->sent();

        Test::More::cmp_ok(scalar @sent, '>', 0, 'requests came to S3');
        Test::More::is(join("\n", map { _unsigned($_) } @sent), '',
                       'what S3 wants signed is signed');
    }

    Test::More::is(join("\n", grep { !/\[error\].* open\(\) .* failed/ }
                              $self->log_errors('error')),
                   '', 'nothing went wrong on the way');

    return $self->SUPER::done();
}


1;
