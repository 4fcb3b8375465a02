package S3O::SigV4A::Verifier;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Verifies signatures of SigV4A with the package "cryptography" of Python, in
# one process for many connections, so that an upload of thousands of chunks
# does not start one for each.
#
#     my $verifier = S3O::SigV4A::Verifier->new();
#     my @wrong = grep { length } ask($verifier->path(), @items);
#
# An item is an argument of S3O::SigV4A::by_python().

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Basename ();
use File::Path ();
use IO::Socket::UNIX;
use JSON::PP ();

use S3O::Process qw(spawn stop_process wait_until control_dir);
use S3O::SigV4A qw(python python_reason);

our @EXPORT_OK = qw(ask);

my $json = JSON::PP->new->ascii;
my $script = File::Basename::dirname(__FILE__) . '/../../sigv4a.py';
my %socket;             # by process and path: a child must not share it


sub new {
    my ($class) = @_;

    croak python_reason() if python_reason();

    my $self = bless { dir => control_dir(), owner => $$ }, $class;

    $self->{path} = "$self->{dir}/verifier";
    $self->{pid} = spawn(cmd => [python(), '-W', 'ignore', $script,
                                 $self->{path}], name => 'verifier',
                         env => { PYTHONDONTWRITEBYTECODE => 1 });

    wait_until(sub { -S $self->{path} }, 60)
        or croak 'the verifier does not start';

    return $self;
}


sub path { return $_[0]{path} }


# as many verdicts as items, '' for a signature that is right

sub ask {
    my ($path, @items) = @_;

    return unless @items;

    my $socket = $socket{"$$ $path"} //= IO::Socket::UNIX->new(Peer => $path)
                 // croak "no verifier at $path: $!";

    my $text = $json->encode([map {
        my $e = $_;
        +{ map { $_ => $e->{$_} }
           qw(access_key secret_key string_to_sign signature) }
    } @items]) . "\n";

    print {$socket} $text or croak "the verifier is gone: $!";
    $socket->flush();

    my $answer = <$socket> // croak 'the verifier has no answer';

    return @{ $json->decode($answer) };
}


sub DESTROY {
    my ($self) = @_;

    return if $self->{owner} != $$;

    local ($?, $@, $!);
    stop_process(delete $self->{pid}) if $self->{pid};
    File::Path::remove_tree($self->{dir});
}


1;
