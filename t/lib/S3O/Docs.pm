package S3O::Docs;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Parts of the documentation that tests run: the configurations of
# docs/recipes.md and other pages, and the page of docs/examples/browser.

use strict;
use warnings;

use Cwd ();
use File::Basename ();

use S3O::Process qw(slurp spew);


# made absolute now, as a test may change the directory

my $root = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../..');


# the n-th block of nginx's configuration below a heading of docs/recipes.md or
# of another page, and whether it is for http{} or for a server

sub block {
    my ($heading, $n, $page) = @_;

    my $text = slurp(defined $page ? "$root/$page"
                                   : $ENV{S3O_RECIPES}
                                     || "$root/docs/recipes.md");

    my ($section) = $text =~ /^##? \Q$heading\E\n(.*?)(?=^##? |\z)/ms
        or die "no section \"$heading\" in @{[ $page // 'docs/recipes.md' ]}\n";

    my @blocks;

    push @blocks, { level => $1, conf => $2 }
        while $section =~ /^<!--\ test:\ (\w+)(?:(?!-->).)*-->\n
                           ```nginx\n(.*?)^```$/msgx;

    return $blocks[($n // 1) - 1] // die "no such block in \"$heading\"\n";
}


# copies the page to a new folder that workers can read

sub copy_page {
    my ($folder) = @_;

    mkdir $folder or die "mkdir() of $folder failed: $!\n";
    chmod 0755, $folder;

    for my $file (glob "$root/docs/examples/browser/*") {
        spew("$folder/" . File::Basename::basename($file), slurp($file), 0644);
    }

    return;
}


1;
