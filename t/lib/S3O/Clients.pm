package S3O::Clients;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Programs that people use as clients, none of them tuned for the module:
#
#     my $got = node('console.log(JSON.stringify(args))', 'an argument');
#     my $got = python('answer(sys.argv[1:])', 'an argument');
#     diag(versions(qw(curl node)));
#
# Scripts print their result as JSON in the last line of their output.  In
# scripts, as in curl and browsers, names below "localhost" mean 127.0.0.1.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Temp ();
use JSON::PP ();

use S3O::Process qw(capture find_program spew);

our @EXPORT_OK = qw(node python debian_python versions sparse_file);

my $json = JSON::PP->new->utf8;
my $dir;
my $count = 0;

my $node_prelude = <<'EOC';
'use strict';
const dns = require('dns');
const args = process.argv.slice(2);
const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
    if (typeof options === 'function') {
        done = options;
        options = {};
    }
    if (!/\.localhost$/.test(name)) {
        return lookup(name, options, done);
    }
    return process.nextTick(() => options.all
        ? done(null, [{address: '127.0.0.1', family: 4}])
        : done(null, '127.0.0.1', 4));
};
function answer(what) {
    process.stdout.write(JSON.stringify(what) + '\n', () => process.exit(0));
}
EOC

my $python_prelude = <<'EOC';
import json, socket, sys, time
def _lookup(name, *more, _real=socket.getaddrinfo, **named):
    if isinstance(name, str) and name.endswith('.localhost'):
        name = '127.0.0.1'
    return _real(name, *more, **named)
socket.getaddrinfo = _lookup
def answer(what):
    print(json.dumps(what))
EOC


# the Python of the distribution, as another one on the PATH may lack packages

sub debian_python { return $ENV{S3O_PYTHON} || '/usr/bin/python3' }


# runs a script and returns its result; dies when the script fails

sub node {
    my ($script, @args) = @_;

    return _run([find_program('node') // croak('node is not installed')],
                'js', $node_prelude . $script, @args);
}


sub python {
    my ($script, @args) = @_;

    return _run([debian_python(), '-W', 'ignore'], 'py',
                $python_prelude . $script, @args);
}


sub _run {
    my ($cmd, $suffix, $script, @args) = @_;

    $dir //= File::Temp->newdir('s3o-client-XXXXXXXX', TMPDIR => 1);

    my $file = "$dir/" . ++$count . ".$suffix";
    spew($file, $script);

    # without the configuration and the proxies of the user who runs the tests

    my %env = (
        AWS_CONFIG_FILE             => '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE => '/dev/null',
        AWS_EC2_METADATA_DISABLED   => 'true',
        AWS_CA_BUNDLE               => undef,
        no_proxy                    => '*',
        NO_PROXY                    => '*',
        PYTHONDONTWRITEBYTECODE     => 1,
    );

    my ($status, $out) = capture([@$cmd, $file, @args], timeout => 300,
                                 env => \%env);

    my ($last) = $out =~ /^([\[{].*)\n\z/m;

    croak "$cmd->[0] ended with $status: $out" if $status || !defined $last;

    return $json->decode($last);
}


# returns "with curl 7.88.1, node v20.20.2" for the log of a test

sub versions {
    my @found;

    for my $name (@_) {
        my $program = find_program($name) or next;
        my ($number) = (capture([$program, '--version']))[1]
                       =~ /\b(v?\d+\.[\w.+-]*)/;

        push @found, $name =~ s{.*/}{}r . ' ' . ($number // '?');
    }

    return 'with ' . join ', ', @found;
}


# makes a file of so many zero bytes that takes no space on the disk

sub sparse_file {
    my ($file, $size) = @_;

    open my $fh, '>', $file or croak "open() of $file failed: $!";
    truncate $fh, $size or croak "truncate() of $file failed: $!";
    close $fh;

    return $file;
}


1;
