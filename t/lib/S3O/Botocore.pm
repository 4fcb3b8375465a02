package S3O::Botocore;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A client of the SDK for Python, in a process of its own:
#
#     my $sdk = S3O::Botocore->new("http://127.0.0.1:$port");
#     my $r = $sdk->call(put_object => {Bucket => 'files', Key => 'a',
#                                       Body => {hex => unpack 'H*', 'text'}});
#     ok($r->{ok}); $r->{answer}{ETag};
#
# It is Debian's Python, or that of S3O_PYTHON, which may have another botocore.

use strict;
use warnings;

use Carp qw(croak);
use File::Basename ();
use IPC::Open2 qw(open2);
use JSON::PP ();

use S3O::Process qw(capture find_program);

my $json = JSON::PP->new->utf8;
my $script = File::Basename::dirname(__FILE__) . '/../s3_client.py';


sub python {
    return $ENV{S3O_PYTHON} || '/usr/bin/python3';
}


sub available {
    return !reason();
}


my $reason;

sub reason {
    return $reason //= !find_program(python()) ? python() . ' is not there'
        : (capture([python(), '-c', 'import botocore']))[0] == 0 ? ''
        : python() . ' has no botocore';
}


sub new {
    my ($class, $endpoint) = @_;

    # without the configuration and the proxies of the user who runs the tests

    local @ENV{qw(AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE no_proxy
                  PYTHONDONTWRITEBYTECODE)} = ('/dev/null', '/dev/null', '*',
                                               1);

    my $pid = open2(my $out, my $in, python(), $script, $endpoint);
    my $self = bless { pid => $pid, in => $in, out => $out }, $class;

    $self->{version} = $self->_read()->{version};

    return $self;
}


sub version { return $_[0]{version} }


# call(operation => {arguments}, {options}) -> {ok => 1, answer => {...}}, or
# {ok => 0, status =>, code =>}

sub call {
    my ($self, @call) = @_;

    print { $self->{in} } $json->encode(\@call), "\n";
    $self->{in}->flush();

    return $self->_read();
}


sub _read {
    my ($self) = @_;

    my $line = eval {
        local $SIG{ALRM} = sub { die "no answer of botocore in time\n" };
        alarm 300;
        my $got = readline $self->{out};
        alarm 0;
        $got;
    };

    croak $@ || 'botocore has ended' unless defined $line;

    return $json->decode($line);
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    local $?;
    close $self->{in};
    kill 'KILL', $pid;
    waitpid $pid, 0;

    return;
}


sub DESTROY {
    $_[0]->stop();
}


1;
