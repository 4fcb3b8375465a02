package S3O::Nginx::Features;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Finds what a test needs and a machine lacks.  A parent class of S3O::Nginx.

use strict;
use warnings;

use Test::More ();

use S3O::Faketime;
use S3O::Process qw(capture find_program);

# features that are modules of nginx in packages of their own

my %module_of = (
    xslt         => 'ngx_http_xslt_filter_module',
    image_filter => 'ngx_http_image_filter_module',
);


# has(feature, ...) skips the whole file, and says why, if one is missing

sub has {
    my ($self, @features) = @_;

    for my $feature (@features) {
        my $reason = $self->missing($feature);
        Test::More::plan(skip_all => $reason) if $reason;
    }

    return $self;
}


# the reason why a feature cannot be used, or ''

sub missing {
    my ($self, $feature) = @_;

    if ($feature eq 'faketime') {
        S3O::Faketime::library() or return 'libfaketime is not installed';
        return '';
    }

    if ($feature eq 'socket_ssl') {
        return eval { require IO::Socket::SSL; 1 }
               ? '' : 'IO::Socket::SSL is not installed';
    }

    if ($feature eq 'radosgw') {
        require S3O::Radosgw;
        return S3O::Radosgw->available() ? '' : S3O::Radosgw->reason();
    }

    if ($feature eq 'botocore') {
        require S3O::Oracle;
        return S3O::Oracle->available() ? '' : S3O::Oracle->reason();
    }

    if ($feature =~ /^(?:nghttp|curl|wget|node|chromium|openssl|ab|wrk|h2load
                       |valgrind)$/x)
    {
        return find_program($feature) ? '' : "$feature is not installed";
    }

    if ($feature =~ /^curl_http([23])$/) {
        return $self->missing('curl')
               || ((capture(['curl', '--version']))[1] =~ /\bHTTP$1\b/
                   ? '' : "curl has no HTTP/$1");
    }

    if ($feature =~ /^python_(\w+)$/) {
        require S3O::Clients;
        my $python = S3O::Clients::debian_python();
        return find_program($python)
               && !(capture([$python, '-c', "import $1"]))[0]
               ? '' : "$python has no $1";
    }

    if ($module_of{$feature}) {
        return $self->module_of($feature)
               ? '' : "nginx has no $feature module to load";
    }

    if ($feature eq 'root') {
        return $> == 0 ? '' : 'needs root';
    }

    if ($feature eq 'rewrite') {
        return $self->configure_arguments() =~ /--without-http_rewrite_module/
               ? 'nginx is built without rewrite' : '';
    }

    # anything else is an option of nginx's configure: "http_v2", "debug"

    return $self->configure_arguments()
           =~ /--with-\Q$feature\E(?:_module)?(?:\s|=|$)/
           ? '' : "nginx is built without $feature";
}


sub module_of { return $_[0]->loadable($module_of{ $_[1] }) }


# the file of another module of nginx; undef if this nginx cannot load it

sub loadable {
    my ($self, $name) = @_;

    my ($dir) = $self->configure_arguments() =~ /--modules-path=(\S+)/;
    my $file = ($dir // '') . "/$name.so";

    return unless defined $dir && -e $file;

    my ($rc) = $self->check_config("load_module $file;\n"
                                   . "%%TEST_GLOBALS%%\nevents {\n}\n");

    return $rc == 0 ? $file : undef;
}


# what "nginx -V" says

my $configure;

sub configure_arguments {
    my ($self) = @_;

    return $configure //= (capture([$self->binary(), '-V']))[1];
}


1;
