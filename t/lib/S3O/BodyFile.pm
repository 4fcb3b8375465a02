package S3O::BodyFile;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Files to upload, and whether what comes back is the same.
#
#     my $file = make_file("$dir/body", 1_048_577);
#     is(sum($back), sum($file), 'all bytes are the same');

use strict;
use warnings;

use Digest::SHA ();
use Exporter qw(import);

our @EXPORT_OK = qw(make_file sum);


# Makes a file of that many bytes, and returns its path.  Every line of the
# file is different, so that no two parts of it can be exchanged.

sub make_file {
    my ($path, $size) = @_;

    my $line = 0;
    my $left = $size;

    open my $fh, '>:raw', $path or die "open() of $path failed: $!\n";

    while ($left > 0) {
        my $block = join '', map { sprintf "%015d\n", $line++ } 1 .. 4096;

        $block = substr $block, 0, $left if $left < length $block;
        print {$fh} $block;
        $left -= length $block;
    }

    close $fh or die "close() of $path failed: $!\n";

    return $path;
}


# returns the SHA-256 of a file, or "no file"

sub sum {
    my ($path) = @_;

    return -e $path ? Digest::SHA->new(256)->addfile($path)->hexdigest()
                    : 'no file';
}


1;
