package S3O::Bench::Uploads;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# What an upload costs: each form of the payload beside proxy_pass alone with
# the same buffers, for bodies of three sizes.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();

use S3O::Bench::Gate qw(gate_echo);
use S3O::Bench::Measure qw(load spend run median has_perf);
use S3O::Bench::Report qw(heading table goal say_line num);
use S3O::Bench::Setup qw(server access_point credentials TOKEN KEY);

our @EXPORT_OK = qw(uploads);

use constant MIB => 1_048_576;

# size of the body, proxy_request_buffering, client_body_buffer_size, forms
# of the payload

my @cases = (
    [1024,      on  => '16k',  qw(plain unsigned signed)],
    [1024,      off => '16k',  qw(plain unsigned streaming)],
    [MIB,       on  => '16k',  qw(plain unsigned signed)],
    [MIB,       on  => '1m',   qw(plain unsigned signed)],
    [MIB,       off => '16k',  qw(plain unsigned streaming)],
    [MIB,       off => '128k', qw(plain unsigned streaming)],
    [256 * MIB, on  => '16k',  qw(plain unsigned signed)],
    [256 * MIB, on  => '1m',   qw(plain unsigned signed)],
    [256 * MIB, off => '16k',  qw(plain unsigned streaming)],
    [256 * MIB, off => '128k', qw(plain unsigned streaming)],
    [256 * MIB, off => '1m',   qw(plain unsigned streaming)],
);

my %title = (1024, '1 KiB', MIB, '1 MiB', 256 * MIB, '256 MiB');


sub uploads {
    my (%o) = @_;

    my %server = (plain => server(module => 0, locations => _locations(1)));

    $server{$_} = $server{ours} //= server(
        http => '    ' . access_point() . "\n    " . credentials(TOKEN),
        locations => _locations(0)) for qw(unsigned signed streaming);

    my $file = File::Temp->new();
    truncate $file, 256 * MIB;

    for my $case (@cases) {
        my ($size, $buffering, $buffer, @forms) = @$case;

        for my $form (@forms) {
            gate_echo($server{$form}, _path($form, $buffering, $buffer),
                      $form, 'x' x 100_000) if $form ne 'plain';
        }
    }

    my %runs;

    for my $round (1 .. $o{rounds}) {
        for my $case (@cases) {
            my ($size, $buffering, $buffer, @forms) = @$case;

            for my $form (@forms) {
                my $t = $server{$form};
                my $url = $t->{url} . _path($form, $buffering, $buffer) . KEY;

                push @{ $runs{"@$case[0 .. 2] $form"} },
                     $size > MIB ? _one($t, $url, $file->filename)
                                 : _many($t, $url, $size);
            }
        }
    }

    return _report(\%runs, $o{rounds});
}


sub _path { return '/' . join('-', @_) . '/' }


sub _locations {
    my ($plain) = @_;

    my (%seen, $text);

    for my $case (@cases) {
        my ($size, $buffering, $buffer, @forms) = @$case;

        for my $form (grep { ($_ eq 'plain') == $plain } @forms) {
            my $path = _path($form, $buffering, $buffer);
            my $ours = $plain ? '' : "
            s3o_presign              proxy;
            s3o_presign_methods      PUT;
            s3o_presign_payload      $form;";

            $text .= <<"EOC" unless $seen{$path}++;
        location $path {$ours
            proxy_pass               http://sink;
            proxy_request_buffering  $buffering;
            client_body_buffer_size  $buffer;
        }
EOC
        }
    }

    return $text;
}


sub _many {
    my ($t, $url, $size) = @_;

    return load($t->{worker}, $url, script =>
        "wrk.method = \"PUT\"\nwrk.body = string.rep(\"x\", $size)\n");
}


# one upload at a time; what is left to do after its answer counts as well

sub _one {
    my ($t, $url, $file) = @_;

    return spend($t->{worker}, cmd => ['sh', '-c',
        "curl -sSf --noproxy '*' -o /dev/null -H Expect: -T '$file' '$url'"
        . ' && sleep 0.05']);
}


sub _two { return sprintf '%.2f', $_[0] }


# nanoseconds that the openssl command takes for SHA-256 of a byte

sub _sha256 {
    my $r = run(['openssl', 'speed', '-mr', '-evp', 'sha256', '-bytes', 65536,
                 '-seconds', 1]);

    $r->{out} =~ /^\+F:\d+:\w+:([\d.]+)/mi
        or die "openssl speed: $r->{out}\n";

    return 1e9 / $1;
}


sub _report {
    my ($runs, $rounds) = @_;

    my $sha = median(map { _sha256() } 1 .. $rounds);
    my (%level, %worst, @rows);

    for my $case (@cases) {
        my ($size, $buffering, $buffer, @forms) = @$case;

        my %of = map { $_ => $runs->{"@$case[0 .. 2] $_"} } @forms;
        my $cpu = sub {
            num(median(map { $_->{cpu} } @{ $of{ $_[0] } }) / 1000);
        };

        # of each round, with so many nanoseconds for what hashes the body

        my $all = sub {
            my ($form, $cost, $more) = @_;
            my ($plain, $ours) = @of{'plain', $form};

            return map {
                $cost->($ours->[$_]) / ($cost->($plain->[$_]) + ($more // 0))
            } 0 .. $rounds - 1;
        };
        my $by = sub { return median($all->(@_)) };

        my $time = sub { $_[0]{cpu} };
        my $instr = sub { $_[0]{user} + ($_[0]{kernel} // 0) };

        my $unsigned = $by->('unsigned', $time);
        my $hashed = $by->($forms[2], $time, $sha * $size);

        my $worst = \$worst{"$size $forms[2]"};

        $$worst = $hashed if $hashed > ($$worst // 0);
        push @{ $level{$size} }, $all->('unsigned', $time);

        push @rows, ["$title{$size}, $buffering, $buffer", $cpu->('plain'),
                     $cpu->('unsigned'), _two($unsigned),
                     has_perf() ? _two($by->('unsigned', $instr)) : undef,
                     "`$forms[2]`", $cpu->($forms[2]),
                     _two($by->($forms[2], $time)), _two($hashed)];
    }

    heading('Uploads');

    say_line(<<'EOT');
Microseconds of processor time of a request, and ratios to `proxy_pass` with
the same `proxy_request_buffering` and `client_body_buffer_size`; the last to
`proxy_pass` and SHA-256 of the body.
EOT

    table(['body, buffering, buffer', '`proxy_pass`', 'unsigned', 'ratio',
           'instructions', 'and', 'takes', 'ratio', 'with SHA-256'], @rows);

    say_line(sprintf "\nSHA-256 of 256 MiB takes %s us.",
                     num($sha * 256 * MIB / 1000));

    for my $size (1024, MIB, 256 * MIB) {
        goal("proxy PUT of $title{$size}: over `proxy_pass` alone",
             median(@{ $level{$size} }), 1.03);
    }

    # the worst of the buffers

    goal('`signed`, 256 MiB: over `proxy_pass` and SHA-256 once',
         $worst{256 * MIB . ' signed'}, 1.1);
    goal('`streaming`, 256 MiB: over `proxy_pass` and SHA-256 once',
         $worst{256 * MIB . ' streaming'}, 1.15);

    return;
}


1;
