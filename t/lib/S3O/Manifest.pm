package S3O::Manifest;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/examples/kubernetes.yaml and ecs.json, the files that the platforms make
# of them, and what they set and mount besides.
#
#     my $is = manifest(kubernetes => $file);
#     my ($task) = @{ manifest(ecs => $other)->{documents} };
#     my %env = ecs_environment($task, S3O_HTPASSWD => $line);

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP qw(decode_json);

use S3O::Nginx;
use S3O::Oracle;
use S3O::Process qw(capture slurp);

our @EXPORT_OK = qw(EKS_AGENT EKS_TOKEN WEB_TOKEN ECS_AGENT ECS_PATH examples
    manifest eks_environment ecs_environment ecs_files);

use constant {
    EKS_AGENT => 'http://169.254.170.23/v1/credentials',
    EKS_TOKEN => '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount'
                 . '/eks-pod-identity-token',
    WEB_TOKEN => '/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
    ECS_AGENT => '169.254.170.2',
    ECS_PATH  => '/v2/credentials/2f1ae6f3-6f3e-4a5c-8d36-000000000000',
};


sub examples { return S3O::Nginx::root() . '/docs/examples' }


# manifest('kubernetes' or 'ecs', file): {documents => [...], faults => [...]}
# of a file, as t/lib/manifest.py finds them

sub manifest {
    my ($kind, $file) = @_;

    my ($status, $out) = capture(
        [S3O::Oracle::python(), '-W', 'ignore',
         S3O::Nginx::root() . '/t/lib/manifest.py', $kind, $file],
        timeout => 300, env => { PYTHONDONTWRITEBYTECODE => 1 });

    die "$file: $out" if $status;

    return decode_json($out);
}


# what EKS sets in a pod of a service account with an association

sub eks_environment {
    return (AWS_CONTAINER_CREDENTIALS_FULL_URI     => EKS_AGENT,
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE => EKS_TOKEN);
}


# what a task definition says of the environment, and what ECS adds; secrets
# are the values of its "secrets" by name

sub ecs_environment {
    my ($task, %secrets) = @_;

    my ($container) = @{ $task->{containerDefinitions} };

    return ((map { $_->{name} => $_->{value} } @{ $container->{environment} }),
            (map { $_->{name} => $secrets{ $_->{name} } }
             @{ $container->{secrets} }),
            AWS_CONTAINER_CREDENTIALS_RELATIVE_URI => ECS_PATH);
}


# what the entry point of the image makes of the templates: ${NAME} of each
# variable of the environment is replaced, and nothing else

sub ecs_files {
    my (%env) = @_;

    my %file;

    for my $file (glob examples() . '/image/templates/*.template') {
        my ($name) = $file =~ m{([^/]+)\.template$};

        $file{"/etc/nginx/conf.d/$name"}
            = slurp($file) =~ s/\$\{(\w+)\}/$env{$1} \/\/ $&/ger;
    }

    return %file;
}


1;
