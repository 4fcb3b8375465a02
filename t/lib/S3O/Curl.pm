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
use S3O::Process qw(capture slurp spew wait_until);

our @EXPORT_OK = qw(curl curl_http3);

my $dir;
my $count = 0;


# curl(url, method => name, follow => 1, upload => bytes, file => path, stdin =>
# path (an upload whose length curl does not know), to => path (the body is not
# read then), headers => [name => value, ...], args => [more arguments],
# timeout => seconds) -> {exit, status, headers, body, redirects, url (the last
# one), heads => [of each answer], stderr}
#
# By default curl waits one second for "100 Continue" and then sends the body
# anyway.  On a slow machine this would look as if the server had not answered,
# so the wait is made long.

sub curl {
    my ($url, %o) = @_;

    $dir //= File::Temp->newdir('s3o-curl-XXXXXXXX', TMPDIR => 1);

    my $n = $count++;
    my ($head, $body) = map { "$dir/$n.$_" } qw(head body);
    my $timeout = $o{timeout} // 60;

    my @cmd = ('curl', '-q', '-sS', '-g', '--path-as-is', '--noproxy', '*',
               '--max-time', $timeout, '--expect100-timeout', 2 * $timeout,
               '-D', $head, '-o', $o{to} // $body,
               '-w', '%{num_redirects} %{url_effective}');

    push @cmd, '-L' if $o{follow};
    push @cmd, _method(\%o, "$dir/$n.up");
    push @cmd, @{ $o{args} // [] };

    my @headers = @{ $o{headers} // [] };

    while (my ($name, $value) = splice @headers, 0, 2) {

        # "NAME;" tells curl to send a header with an empty value

        push @cmd, '-H', length $value ? "$name: $value" : "$name;";
    }

    my ($status, $said) = capture([@cmd, $url], timeout => $timeout + 10,
                                  stdin => $o{stdin});
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


# The same over HTTP/3, with ca => file, log => the access log of nginx.
#
# Now and then curl 8.14 sends a header without the data that its compression
# (QPACK) refers to, and waits for ever; this happens with any server.  nginx
# then logs a request that it could not read, "-", and curl is run once more.

sub curl_http3 {
    my ($url, %o) = @_;

    # with --http3-only curl would not follow a redirect to a server without
    # HTTP/3

    my @args = ($o{follow} ? '--http3' : '--http3-only', '--cacert', $o{ca},
                @{ $o{args} // [] });

    for my $left (2, 1, 0) {
        my $seen = length slurp($o{log});
        my $r = curl($url, timeout => 15, %o, args => \@args);

        return $r unless $left && $r->{exit} == 28
            && wait_until(sub { substr(slurp($o{log}), $seen) =~ /"-" 400/ },
                          30);
    }
}


sub _method {
    my ($o, $file) = @_;

    if (defined $o->{upload}) {
        spew($file, $o->{upload});
        $o->{file} = $file;
    }

    $o->{file} = '-' if defined $o->{stdin};

    my $method = $o->{method} // (defined $o->{file} ? 'PUT' : 'GET');
    my @args;

    # -T makes curl send PUT, -I HEAD

    push @args, '-T', $o->{file} if defined $o->{file};

    return (@args, '-I') if $method eq 'HEAD';
    return @args if $method eq (defined $o->{file} ? 'PUT' : 'GET');
    return (@args, '-X', $method);
}


1;
