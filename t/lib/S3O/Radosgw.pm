package S3O::Radosgw;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A real S3 server on loopback: Ceph's RADOS Gateway over one monitor and one
# OSD that keeps its objects in memory.  It takes region and service from the
# scope of a signature, so it verifies requests that are signed for
# "s3-outposts" like any other, under the host names of an Outpost.
#
#     my $s3 = S3O::Radosgw->new()->start();
#     my $r = $s3->signed(method => 'PUT', key => 'a', body => 'text');
#
# It cannot tell whether service and region are right, or whether path and query
# were sent in the right form.
#
# Takes about two seconds to start.  Nothing of it needs root, and all of it
# lives in one temporary directory and ends with the script.

use strict;
use warnings;

use parent qw(S3O::S3Client);

use Carp qw(croak);
use File::Path ();
use File::Temp ();

use S3O::HTTP;
use S3O::Ports;
use S3O::Process qw(spawn capture stop_process process_exited wait_until
    slurp spew find_program);
use S3O::SigV4 qw(uri_encode);

use constant {
    TIMEOUT => 120,                    # of each step of the start
    STS_KEY => 'abcdefghijklmnop',     # AES: it has to be 16 bytes
};

# the policy of the user: everything is allowed, session tokens, too
use constant POLICY => '{"Version":"2012-10-17","Statement":[{'
    . '"Effect":"Allow","Action":"*","Resource":"*"}]}';

my @programs = qw(monmaptool ceph-mon ceph ceph-osd radosgw-admin radosgw
    openssl);

my %default = (
    account    => '123456789012',
    outpost    => 'op-01234567890123456',
    name       => 'my-ap',
    region     => 'us-west-2',
    access_key => 'AKIAIOSFODNN7EXAMPLE',
    secret_key => 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
);

my $owner = $$;
my @instances;


# new(account =>, outpost =>, name => of the access point, region =>,
# access_key =>, secret_key =>,
# dns_name => of the Outpost: a name below "localhost", which clients resolve
#             by themselves, so that redirects can be followed; it is that of
#             "s3o_presign_endpoint http://localhost:PORT",
# tls      => 1, or {cert => file, key => file}: there is a tls_port(),
# sts      => 1: there is session_token(), good at sts_port(),
# debug    => 1: log() tells what the gateway computed)

sub new {
    my ($class, %o) = @_;

    my $self = bless { %default, %o, pids => [] }, $class;

    $self->{bucket} //= "$self->{name}-$self->{account}";
    $self->{dns_name} //= "$self->{outpost}.localhost";

    push @instances, $self;

    return $self;
}


sub available {
    return reason() eq '';
}


# why it cannot be used

sub reason {
    my ($missing) = grep { !find_program($_) } @programs;

    return $missing ? "$missing is not installed" : '';
}


sub port { return $_[0]{port} }
sub tls_port { return $_[0]{tls_port} }
sub sts_port { return $_[0]{sts_port} }
sub dir { return $_[0]{dir} }
sub bucket { return $_[0]{bucket} }
sub access_key { return $_[0]{access_key} }
sub secret_key { return $_[0]{secret_key} }

# with a name of its own it is none of "localhost"

sub endpoint {
    my ($self) = @_;

    return $self->{dns_name} eq "$self->{outpost}.localhost"
           ? "http://localhost:$self->{port}" : undef;
}


# the certificate that a client of tls_port() has to trust

sub certificate { return $_[0]{tls}{cert} }

# the access point's name, which is the virtual host of the bucket

sub host { return "$_[0]{bucket}.$_[0]{dns_name}" }


sub arn {
    my ($self) = @_;

    return "arn:aws:s3-outposts:$self->{region}:$self->{account}"
           . ":outpost/$self->{outpost}/accesspoint/$self->{name}";
}


# the arguments with which S3O::S3Client signs

sub signer {
    my ($self) = @_;

    return (host => $self->host(), scheme => 'http',
            map { $_ => $self->{$_} } qw(access_key secret_key region));
}


# the log of the gateway, or of the one with session tokens: log('sts')

sub log {
    my ($self, $name) = @_;

    $name //= 'rgw';

    return slurp("$self->{dir}/client.$name.log");
}


sub start {
    my ($self) = @_;

    croak $self->reason() unless $self->available();

    $self->{dir} = File::Temp::tempdir('s3o-rgw-XXXXXXXX', TMPDIR => 1);
    $self->{conf} = "$self->{dir}/ceph.conf";
    $self->{mon_port} = S3O::Ports::free();
    $self->{port} = S3O::Ports::free();
    $self->{tls_port} = S3O::Ports::free() if $self->{tls};
    $self->{sts_port} = S3O::Ports::free() if $self->{sts};

    my $ok = eval {
        $self->_make_certificate() if $self->{tls} && !ref $self->{tls};
        spew($self->{conf}, $self->_config());
        $self->_start_store();
        $self->_make_user();
        $self->_start_gateways();
        $self->_make_bucket();
        1;
    };

    if (!$ok) {
        my $error = $@;
        $self->stop();
        croak "radosgw did not start: $error";
    }

    return $self;
}


# killed, as there is nothing to save; the gateways first, as they would try to
# reach their store

sub stop {
    my ($self) = @_;

    while (my $pid = pop @{ $self->{pids} }) {
        stop_process($pid, signal => 'KILL');
    }

    my $dir = delete $self->{dir};

    File::Path::remove_tree($dir)
        if defined $dir && !$ENV{TEST_NGINX_LEAVE};

    return $self;
}


# The three "none" avoid the making of keys.  Without the four "crc" the gateway
# would wait for an encrypted connection for ever.  Without "tcp_nodelay" each
# answer on a kept connection takes 40 ms longer.  The OSD of Debian 13 looks
# for its classes in a relative path, which is right only in "/".

sub _config {
    my ($self) = @_;

    my $dir = $self->{dir};
    my $debug = $self->{debug} ? 20 : 0;
    my $endpoints = "endpoint=127.0.0.1:$self->{port}";
    my ($classes) = glob '/usr/lib/*/rados-classes';

    $endpoints .= " ssl_endpoint=127.0.0.1:$self->{tls_port}"
                  . " ssl_certificate=$self->{tls}{cert}"
                  . " ssl_private_key=$self->{tls}{key}" if $self->{tls};

    my $conf = <<"EOC";
[global]
mon_host = [v2:127.0.0.1:$self->{mon_port}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false

auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_cluster_mode = crc
ms_service_mode = crc
ms_client_mode = crc

run_dir = $dir
crash_dir = $dir
mon_data = $dir/mon
osd_data = $dir/osd
log_file = $dir/\$name.log
keyring = $dir/keyring
admin_socket =

mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
paxos_propose_interval = 0.05
paxos_min_wait = 0.01

@{[ defined $classes ? "osd_class_dir = $classes" : '' ]}
osd_objectstore = memstore
memstore_device_bytes = 8G
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off

rgw_dns_name = $self->{dns_name}
rgw_thread_pool_size = 16
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
rgw_enable_quota_threads = false
rgw_run_sync_thread = false
debug_rgw = $debug

[client.rgw]
rgw_frontends = beast tcp_nodelay=1 $endpoints
EOC

    $conf .= <<"EOC" if $self->{sts};

[client.sts]
rgw_frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:$self->{sts_port}
rgw_s3_auth_use_sts = true
rgw_sts_key = @{[ STS_KEY ]}
EOC

    return $conf;
}


sub _start_store {
    my ($self) = @_;

    my $dir = $self->{dir};
    my ($mon_id, $osd_id) = (_uuid(), _uuid());

    mkdir "$dir/$_" for qw(mon osd);

    $self->_run('monmaptool', '--create', '--fsid', $mon_id, '--addv', 'a',
                "[v2:127.0.0.1:$self->{mon_port}]", "$dir/monmap");
    $self->_run('ceph-mon', '--mkfs', '-i', 'a', '--fsid', $mon_id,
                '--monmap', "$dir/monmap");
    $self->_daemon('ceph-mon', '-f', '-i', 'a');

    # this command waits for the monitor itself

    $self->_run('ceph', 'osd', 'new', $osd_id);
    $self->_run('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', $osd_id);
    $self->_daemon('ceph-osd', '-f', '-i', '0');
}


# the first client of a new store, so it makes the pools of the gateways

sub _make_user {
    my ($self) = @_;

    $self->_run('radosgw-admin', 'user', 'create', '--uid=owner',
                '--display-name=owner', '--caps=user-policy=*',
                "--access-key=$self->{access_key}",
                "--secret-key=$self->{secret_key}");
}


sub _start_gateways {
    my ($self) = @_;

    my %port = (rgw => $self->{port});

    $port{sts} = $self->{sts_port} if $self->{sts};

    my %pid = map {
        $_ => $self->_daemon('radosgw', '-f', '-n', "client.$_")
    } sort keys %port;

    for my $name (sort keys %port) {
        my $up = wait_until(sub {
            return process_exited($pid{$name}) || _answers($port{$name});
        }, TIMEOUT);

        if (!$up || process_exited($pid{$name})) {
            die "radosgw does not answer on port $port{$name}: ",
                $self->_last_words('radosgw');
        }
    }
}


sub _answers {
    my ($port) = @_;

    return eval {
        S3O::HTTP->connect(port => $port)->request(close => 1)
    } ? 1 : 0;
}


sub _make_bucket {
    my ($self) = @_;

    my $r = $self->signed(method => 'PUT', body => '');

    die "no bucket: $r->{status} $r->{body}\n" if $r->{status} != 200;
}


# the certificate of any access point on this Outpost, signed by itself

sub _make_certificate {
    my ($self) = @_;

    my ($cert, $key) = map { "$self->{dir}/tls.$_" } qw(crt key);

    $self->_command(find_program('openssl'), 'req', '-x509', '-newkey', 'ec',
                    '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-days', '2', '-subj', '/CN=S3 on Outposts on loopback',
                    '-addext', "subjectAltName=DNS:*.$self->{dns_name}",
                    '-keyout', $key, '-out', $cert);

    # read by the master of nginx, but also by clients with other users

    chmod 0755, $self->{dir};
    chmod 0644, $cert;

    $self->{tls} = { cert => $cert, key => $key };
}


# session_token(seconds) -> {access_key, secret_key, session_token,
# expiration}, as the gateway's STS gives them out

sub session_token {
    my ($self, $duration) = @_;

    croak 'needs sts => 1' unless $self->{sts};

    # a new user may use everything but STS

    $self->_action('iam', $self->{port}, Action => 'PutUserPolicy',
                   UserName => 'owner', PolicyName => 'all',
                   PolicyDocument => POLICY) unless $self->{policy}++;

    my $xml = $self->_action('sts', $self->{sts_port},
                             Action => 'GetSessionToken',
                             DurationSeconds => $duration // 3600);

    my %got = $xml =~ m{<(AccessKeyId|SecretAccessKey|SessionToken|Expiration)>
                        ([^<]+)<}gx;

    return {
        access_key    => $got{AccessKeyId},
        secret_key    => $got{SecretAccessKey},
        session_token => $got{SessionToken},
        expiration    => $got{Expiration},
    };
}


# one call of IAM or STS; these have no bucket and so no virtual host

sub _action {
    my ($self, $service, $port, @args) = @_;

    my @pairs;

    while (my ($name, $value) = splice @args, 0, 2) {
        push @pairs, "$name=" . uri_encode($value);
    }

    my $r = $self->signed(
        method  => 'POST',
        service => $service,
        host    => "127.0.0.1:$port",
        port    => $port,
        headers => ['Content-Type' => 'application/x-www-form-urlencoded'],
        body    => join('&', @pairs),
    );

    croak "$service: $r->{status} $r->{body}" if $r->{status} != 200;

    return $r->{body};
}


sub _daemon {
    my ($self, $program, @args) = @_;

    my $out = "$self->{dir}/$program.out";
    my $pid = spawn(
        cmd    => [find_program($program), '-c', $self->{conf}, @args],
        name   => $program,
        stdout => $out,
        stderr => $out,
        env    => { CEPH_ARGS => undef, CEPH_CONF => undef },
    );

    push @{ $self->{pids} }, $pid;

    return $pid;
}


sub _run {
    my ($self, $program, @args) = @_;

    # the only program of Ceph that takes no configuration

    my @conf = $program eq 'monmaptool' ? () : ('-c', $self->{conf});

    return $self->_command(find_program($program), @conf, @args);
}


sub _command {
    my ($self, @cmd) = @_;

    my ($status, $out) = capture(\@cmd, timeout => TIMEOUT,
                                 env => { CEPH_ARGS => undef,
                                          CEPH_CONF => undef });

    die "\"@cmd\" failed with status $status:\n$out"
        . $self->_last_words('ceph-mon', 'ceph-osd') if $status;

    return $out;
}


sub _last_words {
    my ($self, @programs) = @_;

    return join '', map { slurp("$self->{dir}/$_.out") } @programs;
}


sub _uuid {
    return slurp('/proc/sys/kernel/random/uuid') =~ s/\s+\z//r;
}


END {
    if ($$ == $owner) {
        local ($?, $@, $!);
        $_->stop() for @instances;
    }
}


1;
