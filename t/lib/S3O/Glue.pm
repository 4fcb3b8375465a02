package S3O::Glue;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Builds programs that link a few files of the glue without nginx.  The comment
# at the beginning of a program has "link: ..." with the objects of the module
# and the libraries that it needs.
#
#     my $glue = S3O::Glue->new($out) or plan skip_all => '...';
#     my $said = $glue->build('t/glue/stamp.c', "$out/glue/stamp");

use strict;
use warnings;

use Cwd ();
use File::Basename ();

use S3O::Process qw(slurp);

my $root = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../..');


# new(directory of the build); returns nothing when that has no objects of the
# module or no headers of nginx

sub new {
    my ($class, $out) = @_;

    return unless -f "$out/objs/Makefile"
                  && -f "$out/objs/addon/base/s3o_time.o"
                  && -d "$out/nginx/src";

    my $makefile = slurp("$out/objs/Makefile") =~ s/\\\n//gr;

    return bless {
        out   => $out,
        flags => join ' ', map {
            $makefile =~ /^\Q$_\E\s*=\s*(.*)/m ? $1 : ''
        } qw(CFLAGS ALL_INCS),
    }, $class;
}


# builds a program; returns '' or what the compiler says

sub build {
    my ($self, $file, $program) = @_;

    my ($link) = slurp($file) =~ m{link: (.*?)\n \*/}s
        or return "$file: no line of what it links";

    my $objects = join ' ', map {
        /^-/ ? $_ : glob "$self->{out}/objs/addon/*/$_.o"
    } grep { $_ ne '*' } split ' ', $link;

    my $said = qx{cd '$self->{out}/nginx' && cc -fPIC $self->{flags} \\
                  -I '$root/t/glue' -o '$program' '$file' $objects 2>&1};

    return $? ? $said || "$file does not build" : '';
}


1;
