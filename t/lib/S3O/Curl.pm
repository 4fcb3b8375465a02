package S3O::Curl;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# curl as a client that nobody has tuned for the module: it follows redirects
# with the URL as it came, and asks for "100 Continue" before an upload.
#
#     my $r = curl("http://127.0.0.1:$port/a", upload => 'text', follow => 1);
#     is("$r->{status} $r->{redirects}", '200 1');

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();

use S3O::HTTP;
use S3O::Process qw(capture slurp spew);

our @EXPORT_OK = qw(curl);

my $dir;
my $count = 0;


# curl(url, method => name, follow => 1, upload => bytes, file => path, to =>
# path (the body is not read then), headers => [name => value, ...], args =>
# [more arguments], timeout => seconds) -> {exit, status, headers, body,
# redirects, url (the last one), heads => [of each answer], stderr}

sub curl {
    my ($url, %o) = @_;

    $dir //= File::Temp->newdir('s3o-curl-XXXXXXXX', TMPDIR => 1);

    my $n = $count++;
    my ($head, $body) = map { "$dir/$n.$_" } qw(head body);
    my $timeout = $o{timeout} // 60;

    my @cmd = ('curl', '-q', '-sS', '-g', '--path-as-is', '--noproxy', '*',
               '--max-time', $timeout, '-D', $head, '-o', $o{to} // $body,
               '-w', '%{num_redirects} %{url_effective}');

    push @cmd, '-L' if $o{follow};
    push @cmd, _method(\%o, "$dir/$n.up");
    push @cmd, @{ $o{args} // [] };

    my @headers = @{ $o{headers} // [] };

    while (my ($name, $value) = splice @headers, 0, 2) {

        # this is how curl is told to send an empty one

        push @cmd, '-H', length $value ? "$name: $value" : "$name;";
    }

    my ($status, $said) = capture([@cmd, $url], timeout => $timeout + 10);
    my ($redirects, $effective) = $said =~ /(\d+) (\S+)\z/;

    my @heads = map { S3O::HTTP::parse_head($_) // () }
                split /(?<=\r\n\r\n)/, slurp($head);

    return {
        exit      => $status,
        status    => 0,
        headers   => {},
        %{ $heads[-1] // {} },
        body      => defined $o{to} ? undef : slurp($body),
        heads     => \@heads,
        redirects => $redirects,
        url       => $effective,
        stderr    => $said,
    };
}


sub _method {
    my ($o, $file) = @_;

    if (defined $o->{upload}) {
        spew($file, $o->{upload});
        $o->{file} = $file;
    }

    my $method = $o->{method} // (defined $o->{file} ? 'PUT' : 'GET');
    my @args;

    # with -T it is PUT by itself, and with -I it is HEAD

    push @args, '-T', $o->{file} if defined $o->{file};

    return (@args, '-I') if $method eq 'HEAD';
    return @args if $method eq (defined $o->{file} ? 'PUT' : 'GET');
    return (@args, '-X', $method);
}


1;
