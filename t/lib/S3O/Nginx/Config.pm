package S3O::Nginx::Config;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Configurations as text: expands %%NAME%%, and runs "nginx -t" on a text. A
# parent class of S3O::Nginx.

use strict;
use warnings;

use Carp qw(croak);

use S3O::Process qw(capture spew);


# %%PORT_n%%            a free port that belongs to this instance
# %%TESTDIR%%           the directory of this instance
# %%TEST_GLOBALS%%      what every main context needs
# %%TEST_GLOBALS_HTTP%% what every http{} needs
# %%NAME%%              what subst(NAME => value) registered

sub write_file_expand {
    my ($self, $name, $content) = @_;

    return $self->write_file($name, $self->expand($content));
}


sub expand {
    my ($self, $text, %o) = @_;

    my %known = (
        TESTDIR           => sub { $self->testdir() },
        TEST_GLOBALS      => sub { $self->globals(%o) },
        TEST_GLOBALS_HTTP => sub { $self->globals_http() },
    );

    $text =~ s{%%(\w+)%%}{
        my $name = $1;

        exists $self->{subst}{$name} ? $self->{subst}{$name}
        : $known{$name}              ? $known{$name}->()
        : $name =~ /^PORT_(\d+)$/    ? $self->port($1)
        : croak("%%$name%% is not known, see subst()")
    }gex;

    return $text;
}


sub subst {
    my ($self, %values) = @_;

    $self->{subst}{$_} = $values{$_} for keys %values;

    return $self;
}


sub globals {
    my ($self, %o) = @_;

    my $dir = $self->testdir();

    # a checked configuration must not write to the log of the running one

    my $log = $o{check} ? 'stderr notice'
                        : "$dir/error.log $self->{log_level}";

    my @lines = ("daemon off;", "pid $dir/nginx.pid;", "error_log $log;");

    push @lines, "load_module $self->{module};" if $self->{module};
    push @lines, "worker_processes $self->{workers};" if $self->{workers};

    # nginx clears its environment, but libfaketime reads it at each call

    if ($self->{faketime}) {
        my %env = $self->{faketime}->env();
        push @lines, map { "env $_;" }
                     grep { $_ ne 'TZ' && defined $env{$_} } sort keys %env;
    }

    push @lines, $ENV{TEST_NGINX_GLOBALS} if $ENV{TEST_NGINX_GLOBALS};

    return join "\n", @lines;
}


sub globals_http {
    my ($self) = @_;

    my $dir = $self->testdir();

    my @lines = map { "${_}_temp_path $dir/${_}_temp;" }
                qw(client_body proxy fastcgi uwsgi scgi);

    push @lines, "access_log $dir/access.log;";
    push @lines, $ENV{TEST_NGINX_GLOBALS_HTTP}
        if $ENV{TEST_NGINX_GLOBALS_HTTP};

    return join "\n", @lines;
}


# check_config(text) runs "nginx -t" and returns (exit status, all output); a
# running nginx is not affected

sub check_config {
    my ($self, $text, %o) = @_;

    my $dir = $self->testdir();

    spew("$dir/check.conf", $self->expand($text, check => 1));

    return capture([$self->{binary}, '-t', '-p', "$dir/", '-c', 'check.conf',
                    '-e', 'stderr'],
                   env => { %{ $self->_environment() }, %{ $o{env} // {} } },
                   timeout => $o{timeout} // 120);
}


# the same for directives of http{}, of server{}, or of one location: the blocks
# around them are added

sub check_http {
    my ($self, $text, %o) = @_;

    return $self->check_config(
        "%%TEST_GLOBALS%%\nevents { }\n"
        . "http {\n%%TEST_GLOBALS_HTTP%%\n$text\n}\n", %o);
}


sub check_server {
    my ($self, $text, %o) = @_;

    return $self->check_http(
        "server {\nlisten 127.0.0.1:%%PORT_8080%%;\n$text\n}\n", %o);
}


sub check_location {
    my ($self, $text, %o) = @_;

    my $location = $o{location} // '/';

    return $self->check_server("location $location {\n$text\n}\n", %o);
}


1;
