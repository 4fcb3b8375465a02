#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/examples/kubernetes.yaml and ecs.json: their fields and words are those
# in the models of the services' clients, each reference has its target, and
# nginx runs with their configuration and environment, at the addresses that
# the agents of EKS and ECS have there.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp ();
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Fake::Container;
use S3O::Fake::Dns;
use S3O::Fake::Sts;
use S3O::Manifest qw(EKS_TOKEN WEB_TOKEN ECS_AGENT ECS_PATH examples manifest
    eks_environment ecs_environment ecs_files);
use S3O::Nginx;
use S3O::OwnNetwork;
use S3O::Presigned qw(parse_url is_signed);
use S3O::Process qw(capture slurp spew wait_until);
use S3O::TLS;

S3O::OwnNetwork::enter(qw(169.254.170.2/32 169.254.170.23/32));

use constant {
    STS     => 'sts.us-west-2.amazonaws.com',
    DNS     => 'kube-dns.kube-system.svc.cluster.local',
    UID     => 101,
    SECRET  => 'SECRET/of+the+role',
    LOGIN   => 'alice:secret',
};

my $examples = examples();
my $image = "$examples/image";
my $htpasswd = "alice:{PLAIN}secret\n";
my $token = 'TOKEN-of.the/agent+=';

my %object = map { $_->{kind} => $_ }
             documents(kubernetes => 'kubernetes.yaml');
my ($task) = documents(ecs => 'ecs.json');

schemas_see();
kubernetes_refers();
ecs_refers();

my $conf = $object{ConfigMap}{data}{'files.conf'};

pod_identity();
irsa();
ecs_task()->done();


# reads the documents of a manifest, and tests that they have no faults

sub documents {
    my ($kind, $file) = @_;

    my $is = manifest($kind, "$examples/$file");

    is(join("\n", @{ $is->{faults} }), '', "$kind: each field is known");

    return @{ $is->{documents} };
}


# the check of the fields finds faults

sub schemas_see {
    my $dir = File::Temp::tempdir(CLEANUP => 1);

    for my $case (
        ['kubernetes', 'kubernetes.yaml', 'readOnlyRootFilesystem:',
         'readonlyRootFilesystem:', qr/unknown field/],
        ['kubernetes', 'kubernetes.yaml', 'replicas: 2', 'replicas: "2"',
         qr/not int/],
        ['kubernetes', 'kubernetes.yaml', 'containerPort: 8081', 'hostPort: 8',
         qr/must not be `None`/],
        ['ecs', 'ecs.json', '"user"', '"usr"', qr/Unknown parameter/],
        ['ecs', 'ecs.json', '"EC2"', '"OUTPOST"', qr/is none of/],
        ['ecs', 'ecs.json', '"containerPort": 8080', '"containerPort": "x"',
         qr/Invalid type/])
    {
        my ($kind, $file, $from, $to, $says) = @$case;

        my $text = slurp("$examples/$file");
        $text =~ s/\Q$from\E/$to/ or fail("$from is in $file");
        spew("$dir/$file", $text);

        like(join("\n", @{ manifest($kind, "$dir/$file")->{faults} }), $says,
             "$kind: $to is a fault");
    }

    return;
}


sub kubernetes_refers {
    my $spec = $object{Deployment}{spec};
    my $pod = $spec->{template}{spec};
    my ($container) = @{ $pod->{containers} };
    my %mount = map { $_->{name} => $_ } @{ $container->{volumeMounts} };
    my %volume = map { $_->{name} => $_ } @{ $pod->{volumes} };
    my $labels = $spec->{template}{metadata}{labels};

    is($spec->{replicas}, 2, 'two replicas');
    is_deeply($object{$_}{spec}{selector}{matchLabels}
              // $object{$_}{spec}{selector}, $labels,
              "the selector of a $_ finds the pods")
        for qw(Deployment Service PodDisruptionBudget);
    is($pod->{serviceAccountName}, $object{ServiceAccount}{metadata}{name},
       'the service account');
    is(join(' ', sort keys %mount), join(' ', sort keys %volume),
       'each volume exists and is used');
    is($volume{conf}{configMap}{name}, $object{ConfigMap}{metadata}{name},
       'the configuration is mounted');
    is($mount{conf}{mountPath}, '/etc/nginx/conf.d',
       'nginx includes the directory of the configuration');
    is($volume{secrets}{secret}{defaultMode}, 0440,
       'only the group can read the password');
    is($pod->{securityContext}{$_}, UID, "$_ is that of nginx in the image")
        for qw(runAsUser runAsGroup fsGroup);
    ok($container->{securityContext}{readOnlyRootFilesystem},
       'the root is read-only');
    like(slurp(S3O::Nginx::root() . '/Dockerfile'),
         qr/^USER ${\ UID}:${\ UID}$/m, 'the image names the same user');

    # the names of ports, and the ports that nginx listens on

    my %port = map { $_->{name} => $_->{containerPort} }
               @{ $container->{ports} };
    my @used = ($object{Service}{spec}{ports}[0]{targetPort},
                map { $container->{$_}{httpGet}{port} }
                qw(readinessProbe livenessProbe));

    is(join(' ', grep { !$port{$_} } @used), '',
       'each port that is used has a name');
    is_listened_to($object{ConfigMap}{data}{'files.conf'}, values %port);

    return;
}


sub ecs_refers {
    my ($container) = @{ $task->{containerDefinitions} };
    my %tmpfs = map { $_->{containerPath} => 1 }
                @{ $container->{linuxParameters}{tmpfs} };

    ok($container->{readonlyRootFilesystem}, 'ECS: the root is read-only');
    is($container->{user}, UID . ':' . UID,
       'ECS: the user is nginx of the image');
    is(join(' ', sort keys %tmpfs), '/etc/nginx/conf.d /tmp',
       'ECS: files that the entry point and nginx write are in memory');
    is_listened_to(slurp("$image/templates/files.conf.template"),
                   map { $_->{containerPort} } @{ $container->{portMappings} });

    my %given = map { $_->{name} => 1 }
                @{ $container->{environment} }, @{ $container->{secrets} };
    my %wanted = map { $_ => 1 } map { slurp($_) =~ /\$\{(S3O_\w+)\}/g }
                 glob "$image/templates/*";

    is(join(' ', sort keys %given), join(' ', sort keys %wanted),
       'ECS: the environment has the variables of the templates');

    return;
}


sub is_listened_to {
    my ($text, @ports) = @_;

    return is(join(' ', sort @ports),
              join(' ', sort map { /^\s*listen\s+(\d+);/mg } $text,
                        slurp("$image/nginx.conf")),
              'the ports are those that nginx listens on');
}


# makes an nginx with the configuration of the image, the files of /etc/nginx,
# and files of /var/run/secrets

sub container {
    my ($files, %env) = @_;

    my $t = S3O::Nginx->new(log_level => 'info');
    my $dir = $t->testdir();

    mkdir "$dir/tmp";

    my $here = sub {
        my ($text) = @_;

        $text =~ s{/(?=etc/nginx/|tmp/|var/run/secrets/)}{$dir/}g;
        return $text;
    };

    for my $path (sort keys %$files) {
        make_path(dirname("$dir$path"), { mode => 0755 });
        $t->write_file($path, $here->($files->{$path}), 0644);
    }

    my $main = $here->(slurp("$image/nginx.conf"));

    # lines that the harness words differently

    $main =~ s{^load_module\s+modules/ngx_http_s3o_presign_module\.so;\n}
              {%%TEST_GLOBALS%%\n}m or fail('the image loads the module');
    $main =~ s{^(?:pid|worker_processes|error_log)\s.*\n}{}mg;
    $main =~ s{access_log  /dev/stdout}{access_log $dir/access.log};

    $t->write_file_expand('nginx.conf', $main);
    $t->env(map { $_ => $env{$_} =~ s{^(?=/var/run/secrets/)}{$dir}r }
            keys %env)->run();

    return $t;
}


# tests the probes, first without credentials and then with them; then a
# request

sub signs_when {
    my ($t, $name, $ready, $alive, $comes, $access_point) = @_;

    is(probe($t, $ready), 503, "$name: not ready without credentials");
    is(probe($t, $alive), $alive =~ /^curl/ ? 200 : 204,
       "$name: alive without credentials");

    $comes->();

    ok(wait_until(sub { probe($t, $ready) == 200 }, 120), "$name: ready");
    is(probe($t, $alive), $alive =~ /^curl/ ? 200 : 204, "$name: alive");

    is(ask($t)->{status}, 401,
       "$name: a request without the password is refused");

    my $r = ask($t, Authorization => 'Basic ' . encode_base64(LOGIN, ''));

    is($r->{status}, 307, "$name: a redirect");

    my $u = parse_url($r->{headers}{location}[0]);
    my ($ap, $outpost) = $access_point
                         =~ m{:outpost/([\w-]+)/accesspoint/([\w-]+)};

    like($u->{host}, qr/^\Q$outpost\E-123456789012\.\Q$ap\E\.s3-outposts\./,
         "$name: the redirect leads to the access point");
    is($u->{access_key}, 'ASIAROLE', "$name: the role signs");
    ok(is_signed($u, secret_key => SECRET), "$name: signed");

    return;
}


sub ask {
    my ($t, @headers) = @_;

    return $t->request(uri => '/files/a%20b.txt', port => 8080,
                       headers => \@headers);
}


# runs an httpGet of Kubernetes, or the command of a health check

sub probe {
    my ($t, $probe) = @_;

    return (capture(['sh', '-c', $probe]))[0] == 0 ? 200 : 503
        if $probe =~ /^curl/;

    return $t->request(uri => $probe, port => 8081)->{status};
}


sub kubernetes_probes {
    my ($container) = @{ $object{Deployment}{spec}{template}{spec}
                         {containers} };

    return map { $container->{$_}{httpGet}{path} }
           qw(readinessProbe livenessProbe);
}


sub access_point {
    my ($text) = @_;

    return ($text =~ /(arn:aws:s3-outposts:[^;\s"]+)/)[0];
}


sub role {
    my ($token_name) = @_;

    return { AccessKeyId => 'ASIAROLE', SecretAccessKey => SECRET,
             $token_name => 'SESSION/token' };
}


# the environment and files that EKS sets for an association

sub pod_identity {
    my $agent = S3O::Fake::Container->new(
        host => '169.254.170.23', port => 80, eks => 1)->start();

    my $t = container(
        { '/etc/nginx/conf.d/files.conf' => $conf,
          '/etc/nginx/secrets/htpasswd'  => $htpasswd,
          EKS_TOKEN, $token }, eks_environment());

    signs_when($t, 'Pod Identity', kubernetes_probes(), sub {
        $agent->set(token => $token, '/v1/credentials' => role('Token'));
    }, access_point($conf));
    $t->stop();

    return;
}


# the lines that are comments in the file; the environment and files that EKS
# sets for an annotation

sub irsa {
    my $text = $conf;

    $text =~ s/^s3o_presign_credentials.*\n//m;
    is($text =~ s/^#(?=\w)//mg, 2, 'IRSA: two lines instead of one');
    is($text =~ s/\Q${\ DNS}\E/127.0.0.1 ipv6=off/g, 1,
       'IRSA: the name server of the cluster');

    my $tls = S3O::TLS->new();
    my $dns = S3O::Fake::Dns->new(port => 53)->start();
    my $sts = S3O::Fake::Sts->new(host => '127.0.0.1', port => 443,
                                  tls => $tls->cert(STS), name => STS,
                                  region => 'us-west-2')->start();

    $sts->set(web_identity_token => 'of nobody');
    $dns->names(STS, ['127.0.0.1']);

    my $t = container(
        { '/etc/nginx/conf.d/files.conf' => $text,
          '/etc/nginx/secrets/htpasswd'  => $htpasswd,
          WEB_TOKEN, $token },
        AWS_ROLE_ARN                => 'arn:aws:iam::123456789012:role/s3o',
        AWS_WEB_IDENTITY_TOKEN_FILE => WEB_TOKEN,
        AWS_STS_REGIONAL_ENDPOINTS  => 'regional',
        AWS_REGION                  => 'us-west-2',
        AWS_DEFAULT_REGION          => 'us-west-2',
        AWS_CA_BUNDLE               => $tls->ca_file());

    signs_when($t, 'IRSA', kubernetes_probes(), sub {
        $sts->set(web_identity_token => $token,
                  role => 'arn:aws:iam::123456789012:role/s3o',
                  set => role('SessionToken'));
    }, access_point($text));
    $t->stop();

    return;
}


# the environment that ECS sets, and the files that the entry point of the
# image makes of templates

sub ecs_task {
    my ($container) = @{ $task->{containerDefinitions} };
    my $agent = S3O::Fake::Container->new(host => ECS_AGENT, port => 80)
                ->start();

    my %env = ecs_environment($task, S3O_HTPASSWD => $htpasswd =~ s/\n//r);
    my $t = container({ ecs_files(%env) }, %env);

    # the health check is the one of the Dockerfile, which asks whether nginx
    # is ready

    my ($ready) = slurp(S3O::Nginx::root() . '/Dockerfile')
                  =~ /^HEALTHCHECK\ .*\\\n\s+CMD\ (curl\ .*)$/mx;
    my ($shell, $alive) = @{ $container->{healthCheck}{command} };

    is($shell, 'CMD-SHELL', 'ECS: a shell runs the health check');

    signs_when($t, 'ECS', $ready, $alive, sub {
        $agent->set(ECS_PATH, role('Token'));
    }, $env{S3O_ACCESS_POINT});
    $t->stop();

    return $t;
}
