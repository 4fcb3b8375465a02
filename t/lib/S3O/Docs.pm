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

# what is no message although there is a blank in it

my $no_message = qr{^(?:no\ error$|<\?xml|CONNECT\ |Connection:|User-Agent:
                     |us\ eu\ |text/plain;|private,\ |https://\ |GET,\ HEAD,
                     |the\ Outpost$|\w+:\ \S+$)}x;


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


# What the module can say: texts of the sources with a blank between two words,
# each with "..." for what is filled in, as (text => [files]).  Debug logs are
# left out, and what is written to programs: headers, metrics, XML.

sub messages {
    my %files;

    for my $file ("$root/ngx_http_s3o_presign_module.c", glob "$root/src/*/*.c")
    {
        next if $file =~ /_metrics\.c$/;

        for my $text (_strings(slurp($file))) {
            my $shown = _shown($text);

            push @{ $files{$shown} }, $file =~ s{^\Q$root\E/}{}r
                if $shown =~ /[[:alpha:]"]{2}\S*\ \S*[[:alpha:]"]/x
                   && $shown !~ $no_message;
        }
    }

    return %files;
}


# the strings of a source, those that follow each other as one

sub _strings {
    my ($c) = @_;

    my ($open, $depth, @strings);

    while ($c =~ m{\G(?:(?<skip>\s+|/\*.*?\*/)
                      |"(?<string>(?:[^"\\]|\\.)*)"
                      |(?<debug>ngx_log_debug\d?\s*\()
                      |(?<other>'(?:[^'\\]|\\.)*'|\w+|.))}gcsx)
    {
        if (defined $+{string}) {
            $open = ($open // '') . $+{string};
            next;
        }

        next if defined $+{skip};

        push @strings, $open if defined $open && !$depth;
        undef $open;

        # how many parentheses of a debug log are open

        if (defined $+{debug}) {
            $depth = 1;

        } elsif ($depth) {
            $depth++ if $+{other} eq '(';
            $depth-- if $+{other} eq ')';
        }
    }

    return @strings;
}


sub _shown {
    my ($text) = @_;

    $text =~ s/\\(["\\])/$1/g;
    $text =~ s/\\[nrt]/ /g;
    $text =~ s{(%%)|%\*?[0-9.]*(?:u[iAz]|[VsOTilxdDzAP])}
              {defined $1 ? '%' : '...'}gex;
    $text =~ s/(?:\.\.\.)+/.../g;
    $text =~ s/^\s+|\s+$//g;

    return $text;
}


# the messages that a page has: blocks of text, each line that is not indented
# begins one

sub said {
    my ($page) = @_;

    my $text = slurp("$root/$page");
    my @messages;

    for my $block ($text =~ /^```\n(.*?)^```$/msg) {
        push @messages, map { s/\n\s+/ /gr }
                        $block =~ /^(\S.*(?:\n\s+\S.*)*)$/mg;
    }

    return @messages;
}


1;
