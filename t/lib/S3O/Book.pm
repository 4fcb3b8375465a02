package S3O::Book;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Configurations of a page of the documentation, all of them in one nginx,
# with a real S3 server behind it:
#
#     my $b = S3O::Book->new(page => 'docs/cookbook.md', common => 1);
#     my $links = $b->recipe('Links that you hand out');
#     $b->open();
#     my $r = $b->ask("$links/s/a.txt", follow => 1);
#     $b->done();
#
# Only what this machine does not have is replaced: addresses to listen on, and
# paths of files.  Clients find the Outpost and the server by the names that the
# page has, over TLS, and trust the test's certification authority.

use strict;
use warnings;

use parent qw(S3O::Nginx);

use S3O::Curl qw(curl);
use S3O::Docs;
use S3O::Process qw(slurp spew);
use S3O::Radosgw;
use S3O::TLS;

use constant {
    DNS  => 'op-01234567890123456.s3-outposts.us-west-2.amazonaws.com',
    SITE => 'files.example.com',
    GATE => 8444,
};


# new(page => file, common => 1: with what all of docs/recipes.md share, sts =>
# 1: the S3 server gives session tokens, level => of the error log)

sub new {
    my ($class, %o) = @_;

    my $self = $class->SUPER::new(log_level => $o{level} // 'info')
               ->has(qw(radosgw curl openssl socket_ssl http_ssl));

    $self->{page} = $o{page};
    $self->{tls} = S3O::TLS->new();
    $self->{s3} = S3O::Radosgw->new(dns_name => DNS, sts => $o{sts})->start();
    $self->{modules} = {};
    $self->{text} = $o{common}
                    ? $self->place(S3O::Docs::block('Recipes')->{conf}) : '';

    for my $name ('', qw(/tls /cache /log /www /passcodes)) {
        mkdir $self->place("/etc/nginx$name");
        chmod 0777, $self->place("/etc/nginx$name");
    }

    my $own = $self->{tls}->cert(SITE, '*.op-01234567890123456.' . SITE,
                                 '127.0.0.1');

    $self->subst(OWN => $own->{cert}, OWN_KEY => $own->{key},
                 S3 => $o{sts} ? $self->{s3}->sts_port()
                               : $self->{s3}->port());

    $self->file('s3o-credentials', "[default]\naws_access_key_id = "
                . $self->{s3}->access_key() . "\naws_secret_access_key = "
                . $self->{s3}->secret_key() . "\n", 0600);
    $self->file('htpasswd', "alice:{PLAIN}secret\nbob:{PLAIN}secret\n");

    return $self;
}


sub s3 { return $_[0]{s3} }
sub tls { return $_[0]{tls} }


# a file that a page names, without its folder

sub file {
    my ($self, $name, $content, $mode) = @_;

    spew($self->place("/etc/nginx/$name"), $content, $mode // 0644);

    return $self;
}


# returns a text with the paths of files on this machine

sub place {
    my ($self, $text) = @_;

    my $dir = $self->testdir();
    my $ca = $self->{tls}->ca_file();

    $text =~ s{/etc/ssl/certs/ca-certificates\.crt}{$ca}g;
    $text =~ s{/etc/nginx\b}{$dir/nginx}g;
    $text =~ s{/var/(cache|log)/nginx/}{$dir/nginx/$1/}g;
    $text =~ s{/var/www\b}{$dir/nginx/www}g;

    return $text;
}


# Adds the n-th block below a heading.  Returns the URLs of its servers as a
# list, or the first one.

sub recipe {
    my ($self, $heading, $n) = @_;

    my ($conf, @urls) = $self->text($heading, $n);

    $self->{text} .= "\n$conf";

    return wantarray ? @urls : $urls[0];
}


# the same as text for http{} of another nginx, and where it answers

sub text {
    my ($self, $heading, $n) = @_;

    my $block = S3O::Docs::block($heading, $n, $self->{page});
    my $conf = $self->place($block->{conf});

    $conf = "location /files/ {\n$conf}\n" if $block->{level} eq 'location';
    $conf = "server {\nlisten 80;\n$conf}\n"
        if $block->{level} =~ /^(?:server|location)$/;

    my @urls;

    $conf =~ s{^(\s*listen\s+)(443\ ssl|80|[\d.]+:\d+)(?=[\s;])}
              {$1 . $self->_listen($2, \@urls)}mgex;
    $conf =~ s{^(\s*ssl_certificate\s).*;}{$1%%OWN%%;}mg;
    $conf =~ s{^(\s*ssl_certificate_key\s).*;}{$1%%OWN_KEY%%;}mg;

    # addresses are replaced when all "listen" directives are known

    $conf =~ s{\b(\d+(?:\.\d+){3}:\d+)\b}{$self->{known}{$1} // $1}ge;

    return ($conf, @urls);
}


# Somebody else's program that a page names by its address: where it is, and
# locations that stand in for it.  Before the recipe that names it.

sub service {
    my ($self, $address, $port, $locations) = @_;

    $self->{known}{$address} = "127.0.0.1:$port";

    $self->{text} .= "\nserver {\nlisten 127.0.0.1:$port;\n"
                     . "s3o_presign off;\n$locations\n}\n" if $locations;

    return $self;
}


sub _listen {
    my ($self, $what, $urls) = @_;

    my $n = 8500 + $self->{listens}++;
    my $port = $self->port($n);

    if ($what eq '443 ssl') {
        push @$urls, "https://@{[ SITE ]}:$port";
        return "127.0.0.1:$port ssl";
    }

    $self->{known}{$what} = "127.0.0.1:$port" if $what =~ /:/;

    push @$urls, "http://127.0.0.1:$port";

    return "127.0.0.1:$port";
}


# more text for http{}, and a module of nginx's to load

sub http {
    my ($self, $text) = @_;

    $self->{text} .= "\n$text";

    return $self;
}


sub load {
    my ($self, $feature) = @_;

    $self->{modules}{$feature} = $self->module_of($feature);

    return $self;
}


sub open {
    my ($self) = @_;

    my $host = $self->{s3}->host();
    my $far = $self->{tls}->cert('*.' . DNS);
    my $gate = '127.0.0.1:' . $self->port(GATE);

    # an upstream block of a page gets the address of the stand-in

    my $has = $self->{text} =~ s/^(\s*server\s+)\Q$host\E:443/$1$gate/mg;

    $self->subst(FAR => $far->{cert}, FAR_KEY => $far->{key},
                 GATE => $gate, TEXT => $self->expand($self->{text}),
                 UPSTREAM => $has ? ''
                                  : "upstream $host { server $gate; }",
                 LOAD => join '', map { "load_module $_;\n" }
                                  values %{ $self->{modules} });

    $self->write_file_expand('nginx.conf', $self->expand(<<'EOC'));

%%LOAD%%
%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEXT%%

    %%UPSTREAM%%

    log_format  gate  '$request "$http_cookie" "$http_traceparent"';

    server {
        listen               %%GATE%% ssl;
        access_log           %%TESTDIR%%/gate.log gate;
        ssl_certificate      %%FAR%%;
        ssl_certificate_key  %%FAR_KEY%%;

        client_max_body_size  0;

        location / {
            s3o_presign              off;
            proxy_pass               http://127.0.0.1:%%S3%%;
            proxy_set_header         Host $http_host;
            proxy_http_version       1.1;
            proxy_request_buffering  off;
            proxy_buffering          off;
        }
    }
}

EOC

    return $self->run();
}


# ask(url, options of curl()): requests a URL with curl

sub ask {
    my ($self, $url, %o) = @_;

    return curl($url, %o, args => [$self->curl_args(), @{ $o{args} // [] }]);
}


# arguments with which curl finds the hosts of the pages

sub curl_args {
    my ($self) = @_;

    return ('--cacert', $self->{tls}->ca_file(),
            '--connect-to', $self->{s3}->host() . ':443:127.0.0.1:'
                            . $self->port(GATE),
            map { ('--connect-to', SITE . ":$_:127.0.0.1:$_") }
            map { $self->port(8500 + $_) } 0 .. ($self->{listens} // 0) - 1);
}


# the content of an object, asked of the S3 server directly; undef if there is
# none

sub object {
    my ($self, $key) = @_;

    my $r = $self->{s3}->signed(method => 'GET', key => $key);

    return $r->{status} == 200 ? $r->{body} : undef;
}


# the lines of what came to the Outpost

sub sent {
    my ($self) = @_;

    return split /\n/, slurp($self->testdir() . '/gate.log');
}


sub put {
    my ($self, $key, $content, %o) = @_;

    my $r = $self->{s3}->signed(method => 'PUT', key => $key,
                                body => $content, %o);
    die "radosgw answers $r->{status}: $r->{body}" if $r->{status} != 200;

    return $self;
}


1;
