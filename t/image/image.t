#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The images that t/tools/image.sh has built ("make test-image"): the files
# that they add to their base image, and whether they run as kubernetes.yaml
# and ecs.json ask for: with a read-only root and without privileges.
#
# TEST_IMAGE is the directory of that script: NAME.root has the path of an
# image's files, NAME.files lists them, NAME.json is the configuration of the
# image.

use strict;
use warnings;

use File::Path qw(make_path);
use File::Temp ();
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Fake::Container;
use S3O::HTTP;
use S3O::Manifest qw(EKS_TOKEN ECS_AGENT ECS_PATH examples manifest
    eks_environment ecs_environment);
use S3O::OwnNetwork;
use S3O::Presigned qw(parse_url is_signed);
use S3O::Process qw(capture process_exited process_status slurp spawn spew
    wait_until);

use constant {
    SECRET   => 'SECRET/of+the+role',
    UID      => 101,
    MODULE   => '/usr/lib/nginx/modules/ngx_http_s3o_presign_module.so',
    HTPASSWD => 'alice:{PLAIN}secret',
    TOKEN    => 'TOKEN-of.the/agent+=',
};

my $built = $ENV{TEST_IMAGE}
    or plan skip_all => 'TEST_IMAGE is not set, see t/tools/image.sh';

S3O::OwnNetwork::enter(qw(169.254.170.2/32 169.254.170.23/32));

my $dir = File::Temp::tempdir(CLEANUP => 1);
chmod 0755, $dir;

holds();
says();
kubernetes();
ecs();

done_testing();


sub root { return slurp("$built/$_[0].root") =~ s/\n//r }


# runs a command in an image, as root

sub inside {
    my ($name, @cmd) = @_;

    return capture(['chroot', root($name), @cmd]);
}


sub packages {
    my ($name) = @_;

    my ($status, $out) = inside($name, 'dpkg-query', '-W', '-f',
                                '${Package}\n');

    is($status, 0, "$name: the packages are listed");

    return split /\n/, $out;
}


# the image adds the module, its libraries and a configuration, and nothing
# else

sub holds {
    my %before = map { $_ => 1 } packages('official');
    my @new = grep { !$before{$_} } packages('image');

    is("@new", 'libexpat1 libjansson4', 'the image adds two libraries');

    my (undef, $owned) = inside('image', 'dpkg', '-L', @new);

    # where /lib is a link to /usr/lib, dpkg may name a library by its old
    # path

    my %owned = map { s{^/lib/}{/usr/lib/}r => 1 } split /\n/, $owned;
    my %files = map { $_ => files($_) } qw(official image);

    is(join(' ', grep { !$files{official}{$_} && !$owned{$_} }
                 sort keys %{ $files{image} }), MODULE,
       'the image adds the module');
    is(join(' ', grep { !$files{image}{$_} } sort keys %{ $files{official} }),
       '/etc/nginx/conf.d/default.conf',
       'the default site of the base image is removed');
    is(slurp(root('image') . '/etc/nginx/nginx.conf'),
       slurp(examples() . '/image/nginx.conf'),
       'the configuration is the one of the examples');

    my ($status, $libraries) = inside('image', 'ldd', MODULE);

    is($status, 0, 'ldd reads the module');
    unlike($libraries, qr/not found/, 'all libraries of the module are there');

    return;
}


sub files {
    my ($name) = @_;

    my %there = map { $_ => 1 } slurp("$built/$name.files")
                                =~ m{^\S\ \.(/\S*)}mgx;

    return \%there;
}


sub says {
    my $is = decode_json(slurp("$built/image.json"))->{Docker}{config};

    is($is->{User}, UID . ':' . UID, 'the user');
    is($is->{StopSignal}, 'SIGQUIT', 'the stop signal');
    is_deeply($is->{Entrypoint}, ['/docker-entrypoint.sh'], 'the entry point');
    ok($is->{ExposedPorts}{'8080/tcp'}, 'the port');
    like("@{ $is->{Healthcheck}{Test} }", qr{CMD-SHELL curl .*/ready},
         'its health check');

    return;
}


# an image as it runs with a read-only root: our own directories in some
# places, memory in others

sub run_image {
    my ($name, $mount, $memory, %env) = @_;

    my $root = root($name);
    my ($cmd) = decode_json(slurp("$built/$name.json"))->{Docker}{config}{Cmd};

    my @steps = ("mount --bind '$root' '$root'");

    for my $place (sort keys %$mount) {

        # an absolute link would lead out of the root

        my $there = $root . $place =~ s{^/var/run/}{/run/}r;

        make_path($there);
        push @steps, "mount --bind '$mount->{$place}' '$there'";
    }

    push @steps, "mount -o remount,bind,ro '$root'",
         (map { "mount -t tmpfs -o mode=1777 none '$root$_'" } @$memory),
         "mount -t proc none '$root/proc'", "mount --rbind /dev '$root/dev'",
         "exec setpriv --no-new-privs chroot --userspec=${\ UID}:${\ UID}"
         . " --groups=${\ UID} '$root' /docker-entrypoint.sh \"\$@\"";

    spew("$dir/$name.$_", '', 0666) for qw(out err);
    chmod 0666, "$dir/$name.$_" for qw(out err);

    # the container does not have the environment of the test

    return spawn(
        name => $name,
        cmd => ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
                (map { "$_=$env{$_}" } sort keys %env),
                'unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh',
                '-ec', join("\n", @steps), 'sh', @$cmd],
        stdout => "$dir/$name.out", stderr => "$dir/$name.err");
}


sub ask {
    my ($port, $uri, @headers) = @_;

    my $c = eval { S3O::HTTP->connect(port => $port) }
        // return { status => 0 };
    my $r = $c->request(uri => $uri, headers => \@headers, close => 1);
    $c->close();

    return $r;
}


sub serves {
    my ($name, $pid, $comes, $host) = @_;

    ok(wait_until(sub { ask(8081, '/alive')->{status} == 204 }, 120),
       "$name: it runs")
        or diag(slurp("$dir/$name.err"), slurp("$dir/$name.out"));
    is(ask(8081, '/ready')->{status}, 503, "$name: not ready");
    isnt(check($name), 0, "$name: the health check says so");

    $comes->();

    ok(wait_until(sub { ask(8081, '/ready')->{status} == 200 }, 120),
       "$name: ready")
        or diag(slurp("$dir/$name.err"));
    is(check($name), 0, "$name: the health check says that it is ready");

    is(ask(8080, '/files/a')->{status}, 401,
       "$name: a request without the password is refused");

    my $r = ask(8080, '/files/a', Authorization => 'Basic '
                                      . encode_base64('alice:secret', ''));
    is($r->{status}, 307, "$name: a redirect");

    my $u = parse_url($r->{headers}{location}[0]);

    is($u->{access_key}, 'ASIAROLE', "$name: the role signs");
    ok(is_signed($u, secret_key => SECRET), "$name: signed");

    rights($name, $pid);
    unlike(slurp("$dir/$name.err"), qr/\[(?:warn|error|crit|alert|emerg)\]
                                       (?!.*(?:credentials|password))/x,
           "$name: no other warning or error");
    like(slurp("$dir/$name.out"), qr{"GET /files/a HTTP}, "$name: its log");

    # the image ends with its stop signal, and frees its ports for the next
    # one

    my ($master) = grep { slurp("/proc/$_/cmdline") =~ /^nginx: master/ }
                   below($pid);

    kill 'QUIT', $master;
    ok(wait_until(sub { process_exited($pid) }, 60), "$name: the end");
    is(process_status($pid), 0, "$name: it ends without an error");

    return;
}


sub check {
    my ($name) = @_;

    my $test = decode_json(slurp("$built/$name.json"))
               ->{Docker}{config}{Healthcheck}{Test};

    return (inside($name, '/bin/sh', '-c', $test->[1]))[0];
}


# returns the processes below one

sub below {
    my ($pid) = @_;

    my %parent = map { slurp($_) =~ /^(\d+) \(.*\) \S+ (\d+)/s }
                 glob '/proc/[0-9]*/stat';

    return grep { my $p = $_;
                  $p = $parent{$p} while $p && $p != $pid;
                  $p } keys %parent;
}


sub rights {
    my ($name, $pid) = @_;

    my @nginx = grep { slurp("/proc/$_/cmdline") =~ /^nginx:/ } below($pid);

    cmp_ok(scalar @nginx, '>', 1, "$name: a master and workers");

    for my $p (@nginx) {
        my $status = slurp("/proc/$p/status");

        like($status, qr/^Uid:\s+${\ UID}\s+${\ UID}\s+${\ UID}/m,
             "$name: not root");
        like($status, qr/^CapEff:\s+0+$/m, "$name: no rights");

        # only processes in the mount namespace see its mounts

        my ($rc, $said) = capture(
            ['nsenter', '-t', $p, '-m', 'touch', root($name) . '/etc/x']);
        like($said, qr/Read-only/, "$name: a read-only root");
    }

    return;
}


sub kubernetes {
    my %object = map { $_->{kind} => $_ }
        @{ manifest(kubernetes => examples() . '/kubernetes.yaml')
           ->{documents} };

    # the files that the kubelet mounts, for a group with the number in
    # fsGroup

    my %place = (
        '/etc/nginx/conf.d'  => { %{ $object{ConfigMap}{data} } },
        '/etc/nginx/secrets' => { htpasswd => HTPASSWD . "\n" },
        EKS_TOKEN =~ s{/[^/]+$}{}r => { 'eks-pod-identity-token' => TOKEN },
    );

    my %mount;

    for my $place (sort keys %place) {
        my $here = $mount{$place} = "$dir/kubernetes" . $place =~ tr{/}{-}r;

        mkdir $here;

        for my $file (sort keys %{ $place{$place} }) {
            spew("$here/$file", $place{$place}{$file},
                 $place =~ /conf\.d/ ? 0644 : 0440);
            chown 0, UID, "$here/$file";
        }
    }

    my $agent = S3O::Fake::Container->new(host => '169.254.170.23', port => 80,
                                          eks => 1)->start();

    serves('image', run_image('image', \%mount, ['/tmp'], eks_environment()),
           sub { $agent->set(token => TOKEN, '/v1/credentials' => role()) });

    return;
}


sub ecs {
    my ($task) = @{ manifest(ecs => examples() . '/ecs.json')->{documents} };
    my ($container) = @{ $task->{containerDefinitions} };
    my @memory = map { $_->{containerPath} }
                 @{ $container->{linuxParameters}{tmpfs} };

    my $agent = S3O::Fake::Container->new(host => ECS_AGENT, port => 80)
                ->start();

    serves('ecs', run_image('ecs', {}, \@memory, ecs_environment(
                                $task, S3O_HTPASSWD => HTPASSWD)),
           sub { $agent->set(ECS_PATH, role()) });

    return;
}


sub role {
    return { AccessKeyId => 'ASIAROLE', SecretAccessKey => SECRET,
             Token => 'SESSION/token' };
}
