package S3O::Outpost::Objects;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Executes requests whose signature was right: objects and multipart uploads.
# They are kept as files, as each connection has its own process.

use strict;
use warnings;

use Digest::MD5 qw(md5 md5_hex);
use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use POSIX ();

use S3O::Process qw(slurp spew);
use S3O::SigV4 qw(uri_encode);

my $json = JSON::PP->new->latin1->canonical;

# headers that are kept with an object and come back with it

my $kept = qr/^(?:content-type|content-disposition|content-language
              |cache-control|content-encoding|expires|x-amz-meta-.+)$/x;

# arguments that select operations of S3 which this server does not have

my $unsupported = qr/^(?:acl|tagging|torrent|restore|select|legal-hold
    |retention|attributes|versions|delete|policy|policyStatus|cors|website
    |lifecycle|notification|location|logging|requestPayment|accelerate
    |analytics|encryption|inventory|metrics|object-lock|ownershipControls
    |publicAccessBlock|replication|versioning|intelligent-tiering)$/x;


sub new {
    my ($class, $dir) = @_;

    mkdir "$dir/$_" for qw(objects uploads);

    return bless { dir => $dir }, $class;
}


# handle(method =>, host =>, key =>, query => {name => value}, header => {lower
# name => value}, body =>, now =>) returns (status, [header pairs], body), or
# (status, code, message, extra ...) as error() does

sub handle {
    my ($self, %r) = @_;

    my $q = $r{query};

    for my $name (sort keys %$q) {
        return error(501, 'NotImplemented', 'A header or query you provided '
                     . 'implies functionality that is not implemented.',
                     ['Header', $name])
            if $name =~ $unsupported;
    }

    return $self->_bucket(%r) unless length $r{key};
    return $self->_multipart(%r) if exists $q->{uploads}
                                    || exists $q->{uploadId};

    return $self->_put(%r) if $r{method} eq 'PUT';
    return $self->_get(%r) if $r{method} =~ /^(?:GET|HEAD)$/;
    return $self->_delete(%r) if $r{method} eq 'DELETE';

    return error(405, 'MethodNotAllowed', 'The specified method is not allowed '
                 . 'against this resource.');
}


sub error {
    my ($status, $code, $message, @extra) = @_;

    return ($status, [], { code => $code, message => $message,
                           extra => \@extra });
}


sub _file {
    my ($self, $host, $key) = @_;

    return "$self->{dir}/objects/" . sha256_hex("$host\0$key");
}


sub read_object {
    my ($self, $host, $key) = @_;

    my $file = $self->_file($host, $key);
    my $meta = slurp("$file.json");

    return undef unless length $meta;
    return { %{ $json->decode($meta) }, body => slurp($file) };
}


sub write_object {
    my ($self, $host, $key, $body, %o) = @_;

    my $file = $self->_file($host, $key);

    spew($file, $body);
    spew("$file.json", $json->encode({
        host     => $host,
        key      => $key,
        size     => length $body,
        etag     => $o{etag} // md5_hex($body),
        modified => $o{now} // time,
        headers  => $o{headers} // {},
    }));
}


sub _kept_headers {
    my ($header) = @_;

    my %kept = map { $_ => $header->{$_} } grep { /$kept/ } keys %$header;

    # aws-chunked is the encoding of an upload, not of the object

    if (defined $kept{'content-encoding'}) {
        my @codings = grep { $_ ne 'aws-chunked' }
                      split /\s*,\s*/, $kept{'content-encoding'};

        @codings ? ($kept{'content-encoding'} = join ', ', @codings)
                 : delete $kept{'content-encoding'};
    }

    return \%kept;
}


# the headers that Outposts refuse on an upload

sub _bad_upload {
    my ($h) = @_;

    return error(501, 'NotImplemented', 'CopyObject is not implemented here.',
                 ['Header', 'x-amz-copy-source'])
        if defined $h->{'x-amz-copy-source'};

    return error(400, 'AccessControlListNotSupported',
                 'The bucket does not allow ACLs')
        if grep { /^x-amz-(?:acl|grant-.*)$/ } keys %$h;

    return error(400, 'InvalidStorageClass',
                 'The storage class you specified is not valid',
                 ['StorageClassRequested', $h->{'x-amz-storage-class'}])
        if ($h->{'x-amz-storage-class'} // 'OUTPOSTS') ne 'OUTPOSTS';

    return;
}


sub _put {
    my ($self, %r) = @_;

    my @bad = _bad_upload($r{header});
    return @bad if @bad;

    my $there = $self->read_object($r{host}, $r{key});

    return error(412, 'PreconditionFailed', 'At least one of the '
                 . 'pre-conditions you specified did not hold',
                 ['Condition', 'If-None-Match'])
        if $there && ($r{header}{'if-none-match'} // '') eq '*';

    my $etag = md5_hex($r{body});

    $self->write_object($r{host}, $r{key}, $r{body}, etag => $etag,
                        now => $r{now}, headers => _kept_headers($r{header}));

    return (200, ['ETag', "\"$etag\""], '');
}


sub _delete {
    my ($self, %r) = @_;

    my $file = $self->_file($r{host}, $r{key});
    unlink $file, "$file.json";

    return (204, [], '');
}


sub _get {
    my ($self, %r) = @_;

    my $o = $self->read_object($r{host}, $r{key})
        // return error(404, 'NoSuchKey', 'The specified key does not exist.',
                        ['Key', $r{key}]);

    my $h = $r{header};
    my $etag = "\"$o->{etag}\"";

    my @headers = ('Last-Modified', http_date($o->{modified}), 'ETag', $etag,
                   'Accept-Ranges', 'bytes');

    return error(412, 'PreconditionFailed', 'At least one of the '
                 . 'pre-conditions you specified did not hold',
                 ['Condition', 'If-Match'])
        if defined $h->{'if-match'} && $h->{'if-match'} ne $etag;

    return (304, \@headers, '')
        if defined $h->{'if-none-match'} && $h->{'if-none-match'} eq $etag;

    my %meta = ('content-type' => 'binary/octet-stream', %{ $o->{headers} });

    for my $name (keys %{ $r{query} }) {
        $meta{$1} = $r{query}{$name} if $name =~ /^response-(.+)$/;
    }

    return error(400, 'InvalidArgument', 'Header value cannot be represented '
                 . 'using ISO-8859-1.')
        if grep { /[\x00-\x08\x0a-\x1f\x7f]/ } values %meta;

    push @headers, map { $_, $meta{$_} } sort keys %meta;

    my $range = $h->{range};
    return (200, \@headers, $o->{body})
        unless defined $range && $range =~ /^bytes=(\d*)-(\d*)$/
               && length "$1$2";

    my ($first, $last) = ($1, $2);
    my $size = $o->{size};

    ($first, $last) = ($last > $size ? 0 : $size - $last, '')
        unless length $first;
    $last = $size - 1 if !length $last || $last >= $size;

    return error(416, 'InvalidRange', 'The requested range is not satisfiable',
                 ['RangeRequested', $range], ['ActualObjectSize', $size])
        if $first > $last;

    push @headers, 'Content-Range', "bytes $first-$last/$size";

    return (206, \@headers, substr $o->{body}, $first, $last - $first + 1);
}


sub _bucket {
    my ($self, %r) = @_;

    return (200, [], '') if $r{method} eq 'HEAD';
    return $self->_list(%r) if $r{method} eq 'GET'
                               && ($r{query}{'list-type'} // '') eq '2';

    return error(501, 'NotImplemented', 'This operation on a bucket is not '
                 . 'implemented.');
}


sub _list {
    my ($self, %r) = @_;

    my $q = $r{query};
    my $prefix = $q->{prefix} // '';
    my $delimiter = $q->{delimiter} // '';
    my $max = $q->{'max-keys'} // 1000;
    my $after = defined $q->{'continuation-token'}
                ? pack 'H*', $q->{'continuation-token'}
                : $q->{'start-after'} // '';

    my $show = ($q->{'encoding-type'} // '') eq 'url'
               ? sub { uri_encode($_[0], 1) } : sub { xml_escape($_[0]) };

    my @all = sort { $a->{key} cmp $b->{key} }
              grep { $_->{host} eq $r{host}
                     && index($_->{key}, $prefix) == 0 && $_->{key} gt $after }
              map { my $text = slurp($_);

                    # deleted just now, by another connection

                    length $text ? $json->decode($text) : () }
              glob "$self->{dir}/objects/*.json";

    my ($n, $next, $contents, %common) = (0, '', '');

    for my $o (@all) {
        my $end = length $delimiter
                  ? index $o->{key}, $delimiter, length $prefix : -1;
        my $group = $end < 0 ? undef
                             : substr $o->{key}, 0, $end + length $delimiter;

        next if defined $group && $common{$group};

        if ($n == $max) {
            $next = 'x';
            last;
        }

        $n++;

        if (defined $group) {

            # no key has this byte, so this is after all keys of the group

            $common{$group} = 1;
            $after = "$group\xff";

        } else {
            $after = $o->{key};
            $contents .= '<Contents><Key>' . $show->($o->{key}) . '</Key>'
                . '<LastModified>' . iso_date($o->{modified})
                . "</LastModified><ETag>&quot;$o->{etag}&quot;</ETag>"
                . "<Size>$o->{size}</Size><StorageClass>OUTPOSTS"
                . '</StorageClass></Contents>';
        }
    }

    return (200, ['Content-Type', 'application/xml'],
        qq{<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns=}
        . '"http://s3.amazonaws.com/doc/2006-03-01/">'
        . '<Prefix>' . $show->($prefix) . "</Prefix><KeyCount>$n</KeyCount>"
        . "<MaxKeys>$max</MaxKeys><IsTruncated>" . ($next ? 'true' : 'false')
        . '</IsTruncated>'
        . (($q->{'encoding-type'} // '') eq 'url'
           ? '<EncodingType>url</EncodingType>' : '')
        . ($next ? '<NextContinuationToken>' . unpack('H*', $after)
                   . '</NextContinuationToken>' : '')
        . $contents
        . join('', map { '<CommonPrefixes><Prefix>' . $show->($_)
                         . '</Prefix></CommonPrefixes>' } sort keys %common)
        . '</ListBucketResult>');
}


sub _multipart {
    my ($self, %r) = @_;

    my $q = $r{query};
    my $id = $q->{uploadId};

    if (exists $q->{uploads}) {
        return error(501, 'NotImplemented', 'ListMultipartUploads is not '
                     . 'implemented.') unless $r{method} eq 'POST';
        return $self->_create_upload(%r);
    }

    my $dir = "$self->{dir}/uploads/" . unpack 'H*', $id;

    return error(404, 'NoSuchUpload', 'The specified upload does not exist. '
                 . 'The upload ID may be invalid, or the upload may have been '
                 . 'aborted or completed.', ['UploadId', $id])
        unless -d $dir && slurp("$dir/key") eq "$r{host}\0$r{key}";

    return $self->_upload_part($dir, %r)
        if $r{method} eq 'PUT' && exists $q->{partNumber};
    return $self->_complete($dir, %r) if $r{method} eq 'POST';
    return $self->_list_parts($dir, %r) if $r{method} eq 'GET';

    if ($r{method} eq 'DELETE') {
        unlink glob("$dir/*");
        rmdir $dir;
        return (204, [], '');
    }

    return error(405, 'MethodNotAllowed', 'The specified method is not allowed '
                 . 'against this resource.');
}


sub _create_upload {
    my ($self, %r) = @_;

    my @bad = _bad_upload($r{header});
    return @bad if @bad;

    # real ids have characters that must be encoded in a query

    my $id = join '.', map({ sprintf '%08x', int rand 2**32 } 1 .. 4), '~-_+/=';
    my $dir = "$self->{dir}/uploads/" . unpack 'H*', $id;

    mkdir $dir;
    spew("$dir/key", "$r{host}\0$r{key}");
    spew("$dir/headers", $json->encode(_kept_headers($r{header})));

    return _xml('InitiateMultipartUploadResult',
                ['Key', $r{key}], ['UploadId', $id]);
}


sub _upload_part {
    my ($self, $dir, %r) = @_;

    my $n = $r{query}{partNumber};

    return error(400, 'InvalidArgument', 'Part number must be an integer '
                 . 'between 1 and 10000, inclusive',
                 ['ArgumentName', 'partNumber'], ['ArgumentValue', $n])
        unless $n =~ /^[1-9]\d{0,4}$/ && $n <= 10000;

    spew("$dir/part-$n", $r{body});

    return (200, ['ETag', '"' . md5_hex($r{body}) . '"'], '');
}


sub _complete {
    my ($self, $dir, %r) = @_;

    my ($body, $digests, $last, $count) = ('', '', 0, 0);

    while ($r{body} =~ m{<Part>(.*?)</Part>}sg) {
        my $part = $1;
        my ($n) = $part =~ m{<PartNumber>\s*(\d+)\s*</PartNumber>};
        my ($etag) = $part =~ m{<ETag>\s*(?:"|&quot;)?([0-9a-f]+)};

        my $data = slurp("$dir/part-" . ($n // 0));

        return error(400, 'InvalidPartOrder', 'The list of parts was not in '
                     . 'ascending order.') if ($n // 0) <= $last;
        return error(400, 'InvalidPart', 'One or more of the specified parts '
                     . 'could not be found.')
            unless -e "$dir/part-$n" && ($etag // '') eq md5_hex($data);

        $body .= $data;
        $digests .= md5($data);
        $last = $n;
        $count++;
    }

    return error(400, 'MalformedXML', 'The XML you provided was not '
                 . 'well-formed.') unless $count;

    my $etag = md5_hex($digests) . "-$count";

    $self->write_object($r{host}, $r{key}, $body, etag => $etag,
                        now => $r{now},
                        headers => $json->decode(slurp("$dir/headers")));

    unlink glob("$dir/*");
    rmdir $dir;

    return _xml('CompleteMultipartUploadResult',
                ['Key', $r{key}], ['ETag', "\"$etag\""]);
}


sub _list_parts {
    my ($self, $dir, %r) = @_;

    my @numbers = sort { $a <=> $b }
                  map { /part-(\d+)$/ ? $1 : () } glob "$dir/part-*";

    return _xml('ListPartsResult', ['Key', $r{key}],
                ['UploadId', $r{query}{uploadId}],
                map { ['Part', [['PartNumber', $_],
                                ['ETag', '"' . md5_hex(slurp("$dir/part-$_"))
                                         . '"'],
                                ['Size', -s "$dir/part-$_"]]] } @numbers);
}


sub _xml {
    my ($root, @elements) = @_;

    return (200, ['Content-Type', 'application/xml'],
            qq{<?xml version="1.0" encoding="UTF-8"?>\n<$root xmlns="http://}
            . 's3.amazonaws.com/doc/2006-03-01/">' . xml_elements(@elements)
            . "</$root>");
}


sub xml_elements {
    return join '', map {
        my ($name, $value) = @$_;
        "<$name>" . (ref $value ? xml_elements(@$value) : xml_escape($value))
        . "</$name>";
    } @_;
}


sub xml_escape {
    my ($text) = @_;

    my %entity = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;',
                  '"' => '&quot;');

    $text =~ s/([&<>"])/$entity{$1}/g;
    $text =~ s/([\x00-\x09\x0b-\x1f\x7f])/sprintf '&#x%x;', ord $1/ge;

    return $text;
}


sub http_date {
    return POSIX::strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime $_[0]);
}


sub iso_date {
    return POSIX::strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime $_[0]);
}


1;
