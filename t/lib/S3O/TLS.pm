package S3O::TLS;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A throwaway certification authority:
#
#     my $tls = S3O::TLS->new();
#     my $pair = $tls->cert('*.op-1.s3-outposts.us-west-2.amazonaws.com');
#     ... ssl_certificate $pair->{cert}; ssl_certificate_key $pair->{key};
#     ... proxy_ssl_trusted_certificate: $tls->ca_file()
#
# Certificates are valid from 2000 to 2049, as tests set the clock to any time.

use strict;
use warnings;

use Carp qw(croak);
use File::Path ();
use File::Temp ();

use S3O::Process qw(capture find_program spew);

use constant FROM => '20000101000000Z';
use constant UNTIL => '20491231235959Z';

my $config = <<'EOC';
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = here
[here]
database = %DIR%/index
new_certs_dir = %DIR%
rand_serial = yes
default_md = sha256
policy = any
email_in_dn = no
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
EOC


sub available { return find_program('openssl') ? 1 : 0 }


sub new {
    my ($class, %o) = @_;

    my $self = bless {
        dir     => File::Temp::tempdir('s3o-tls-XXXXXXXX', TMPDIR => 1),
        openssl => find_program('openssl') // croak('openssl not found'),
        owner   => $$,
        n       => 0,
    }, $class;

    # workers of nginx and other servers may run as another user

    chmod 0755, $self->{dir};
    spew("$self->{dir}/config", $config =~ s/%DIR%/$self->{dir}/gr);
    spew("$self->{dir}/index", '');

    $self->_issue('ca', $o{name} // 'S3O test CA', 'authority', selfsign => 1);

    return $self;
}


sub dir { return $_[0]{dir} }
sub ca_file { return "$_[0]{dir}/ca.crt" }


# cert(name, name, ..., {from =>, until =>, cn =>, client => 1}) for DNS names
# (wildcards too) and IP addresses; returns {cert => file, key => file}

sub cert {
    my ($self, @names) = @_;

    my %o = @names && ref $names[-1] ? %{ pop @names } : ();
    my $file = 'cert-' . ++$self->{n};

    my @san = map { /^[0-9.]+$|:/ ? "IP:$_" : "DNS:$_" } @names;
    my $usage = $o{client} ? 'clientAuth' : 'serverAuth';

    spew("$self->{dir}/$file.ext", "[leaf]\nbasicConstraints = CA:FALSE\n"
         . "extendedKeyUsage = $usage\n"
         . (@san ? 'subjectAltName = ' . join(', ', @san) . "\n" : ''));

    # a common name has at most 64 characters, and is not used when there are
    # alternative names

    $self->_issue($file, $o{cn} // 'S3O test', 'leaf', %o,
                  extensions => "$self->{dir}/$file.ext");

    return { cert => "$self->{dir}/$file.crt",
             key  => "$self->{dir}/$file.key" };
}


sub _issue {
    my ($self, $file, $cn, $section, %o) = @_;

    my $base = "$self->{dir}/$file";

    $self->_openssl('req', '-new', '-config', "$self->{dir}/config", '-newkey',
                    'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-subj', "/CN=$cn", '-keyout', "$base.key",
                    '-out', "$base.csr");

    $self->_openssl('ca', '-batch', '-notext', '-config', "$self->{dir}/config",
                    '-startdate', $o{from} // FROM,
                    '-enddate', $o{until} // UNTIL,
                    '-extensions', $section,
                    ($o{extensions} ? ('-extfile', $o{extensions}) : ()),
                    ($o{selfsign} ? ('-selfsign', '-keyfile', "$base.key")
                                  : ('-keyfile', "$self->{dir}/ca.key",
                                     '-cert', "$self->{dir}/ca.crt")),
                    '-in', "$base.csr", '-out', "$base.crt");
}


sub _openssl {
    my ($self, @args) = @_;

    my ($status, $out) = capture([$self->{openssl}, @args],
                                 env => { OPENSSL_CONF => undef });

    croak "openssl @args failed: $out" if $status;
}


sub DESTROY {
    my ($self) = @_;

    return if ($self->{owner} // 0) != $$;

    local ($?, $@, $!);
    File::Path::remove_tree($self->{dir}) unless $ENV{TEST_NGINX_LEAVE};
}


1;
