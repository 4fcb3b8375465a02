# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# An HTTP/2 client without manners, which S3O::Fuzz::Http2 drives: frames are
# hyperframe's, headers hpack's, and what is done to them is said in each line:
#
#     KIND SEED STREAM...    a connection of its own, with so many streams
#     STREAM = HEADERS/BODY  HEADERS = NAME:VALUE,...  all in hex digits
#
# The answer is a line for each stream that was answered, "N HEADERS/BODY END",
# and one with what became of all: "ended", "closed" or "silent".

import random
import select
import socket
import sys
import time

from hpack import Decoder, Encoder
from hpack.exceptions import HPACKError
from hyperframe.exceptions import HyperframeError
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# how many seconds to wait for an answer that is sure, and for one that may
# never come

WAIT = 30
DOUBT = 2
SILENCE = 0.06

dice = random.Random()


def parse(text):
    headers, body = text.split("/")
    pairs = [
        tuple(bytes.fromhex(part) for part in pair.split(":"))
        for pair in headers.split(",")
    ]
    return pairs, bytes.fromhex(body)


def settings():
    frame = SettingsFrame(0)
    frame.settings = {SettingsFrame.INITIAL_WINDOW_SIZE: 1 << 24}
    update = WindowUpdateFrame(0)
    update.window_increment = 1 << 24

    return PREFACE + frame.serialize() + update.serialize()


def ack():
    frame = SettingsFrame(0)
    frame.flags.add("ACK")

    return frame.serialize()


# a block of headers, in one frame or in several frames


def header_frames(stream, block, end):
    cuts = [0, len(block)]

    if dice.random() < 0.1:
        cuts[1:1] = sorted(
            dice.randrange(len(block) + 1) for _ in range(dice.randrange(4))
        )

    frames = []

    for n, (start, stop) in enumerate(zip(cuts, cuts[1:])):
        frame = (ContinuationFrame if n else HeadersFrame)(stream)
        frame.data = block[start:stop]

        if n == 0 and end:
            frame.flags.add("END_STREAM")

        if n == 0 and dice.random() < 0.05:
            frame.flags.add("PADDED")
            frame.pad_length = dice.randrange(50)

        if n == len(cuts) - 2:
            frame.flags.add("END_HEADERS")

        frames.append(frame)

    return frames


def data_frames(stream, body):
    frames = []

    while True:
        size = dice.choice((1, 100, 5000, 16000, 16000))
        frame = DataFrame(stream)
        frame.data, body = body[:size], body[size:]

        # padding that arrives later than the data would end a stream in nginx
        # 1.22, which takes the rest of it for data: "negative window update"

        if dice.random() < 0.05:
            frame.flags.add("PADDED")
            frame.pad_length = 0

        frames.append(frame)

        if not body:
            frame.flags.add("END_STREAM")
            return frames


def odd_frame(streams):
    stream = 2 * dice.randrange(len(streams) + 2) + dice.choice((1, 1, 1, 0))
    kind = dice.randrange(9)

    if kind == 0:
        frame = PingFrame(0)
        frame.opaque_data = bytes(8)

    elif kind == 1:
        frame = PriorityFrame(stream or 1)
        frame.depends_on = dice.choice((0, stream, 1, 7, 1 << 30))
        frame.stream_weight = dice.randrange(256)

    elif kind == 2:
        frame = WindowUpdateFrame(dice.choice((0, stream)))
        frame.window_increment = dice.choice((1, 1000, (1 << 31) - 1))

    elif kind == 3:
        frame = SettingsFrame(0)
        frame.settings = {
            dice.randrange(8): dice.choice((0, 1, 100, 16384, (1 << 31) - 1))
        }

    elif kind == 4:
        frame = DataFrame(stream or 1)
        frame.data = dice.randbytes(dice.randrange(100))

    elif kind == 5:
        frame = GoAwayFrame(0)

    elif kind == 6:
        frame = RstStreamFrame(stream or 1)
        frame.error_code = dice.randrange(14)

    elif kind == 7:
        frame = ContinuationFrame(stream or 1)
        frame.data = dice.randbytes(dice.randrange(20))

    else:
        frame = HeadersFrame(stream or 1)
        frame.data = dice.randbytes(dice.randrange(40))
        frame.flags.add("END_HEADERS")

    return frame


# the frames of all streams, mixed; the frames of one stream stay in order, and
# no frame comes within a block of headers


def conversation(kind, streams):
    encoder = Encoder()
    queues = []
    parts = []

    for n, (headers, body) in enumerate(streams):
        stream = 2 * n + 1
        block = encoder.encode(
            [(name, value, dice.random() < 0.3) for name, value in headers],
            huffman=dice.random() < 0.7,
        )
        parts.append(header_frames(stream, block, not body))
        queues.append(data_frames(stream, body) if body else [])

    # headers come in the order in which they were encoded, with data in between

    frames = []
    opened = 0

    while opened < len(parts) or any(queues):
        ready = [queue for queue in queues[:opened] if queue]

        if opened < len(parts) and (not ready or dice.random() < 0.6):
            frames += parts[opened]
            opened += 1

        else:
            frames.append(dice.choice(ready).pop(0))

    if kind == "odd":
        for _ in range(dice.randrange(1, 4)):
            frames.insert(dice.randrange(len(frames) + 1), odd_frame(streams))

    if kind == "reset":
        for _ in range(dice.randrange(1, 3)):
            frame = RstStreamFrame(2 * dice.randrange(len(streams)) + 1)
            frame.error_code = dice.choice((0, 5, 8))
            frames.insert(dice.randrange(1, len(frames) + 1), frame)

    out = [frame.serialize() for frame in frames]

    if kind == "mutate":
        mutate(out)

    all_bytes = b"".join(out)

    if kind == "cut":
        all_bytes = all_bytes[: dice.randrange(len(all_bytes))]

    return all_bytes


def mutate(out):
    for _ in range(dice.randrange(1, 5)):
        n = dice.randrange(len(out))
        what = dice.random()

        if what < 0.1 and len(out) > 1:
            del out[n]

        elif what < 0.2:
            out.insert(n, dice.choice(out))

        elif what < 0.3:
            out[n] = out[n][: dice.randrange(len(out[n]) + 1)]

        else:
            frame = bytearray(out[n] or b"\0")

            # changes a byte of the frame: in its head, or anywhere in it

            at = dice.randrange(min(9 if what < 0.5 else 1 << 20, len(frame)))
            frame[at] = dice.randrange(256)
            out[n] = bytes(frame)


def interim(headers):
    return any(name == b":status" and value.startswith(b"1")
               for name, value in headers)


class Reader:
    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.block = b""
        self.decoder = Decoder()
        self.answers = {}
        self.ended = 0
        self.closed = False
        self.held = None

        self.decoder.max_allowed_table_size = 1 << 20

    def fill(self, timeout):
        if not select.select((self.sock,), (), (), timeout)[0]:
            return False

        try:
            data = self.sock.recv(65536)

        except OSError:
            data = b""

        self.closed = not data
        self.buffer += data
        self.frames()

        return not self.closed

    def frames(self):
        while len(self.buffer) >= 9:
            head = memoryview(self.buffer)[:9]
            frame, length = Frame.parse_frame_header(head)

            if len(self.buffer) < 9 + length:
                return

            frame.parse_body(memoryview(self.buffer)[9 : 9 + length])
            self.buffer = self.buffer[9 + length :]
            self.take(frame)

    def take(self, frame):
        answer = self.answers.setdefault(frame.stream_id, [[], b"", 0])

        if isinstance(frame, (HeadersFrame, ContinuationFrame)):
            self.block += frame.data

            if "END_HEADERS" in frame.flags:
                headers = self.decoder.decode(self.block, raw=True)
                self.block = b""

                # keeps the headers of the answer: interim answers, such as
                # 100, come before it, and trailers behind it

                if not answer[0] and not interim(headers):
                    answer[0] = headers

        elif isinstance(frame, DataFrame):
            answer[1] += bytes(frame.data)

        elif isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self.answer(ack())

        # 1 for a complete answer, 2 for a stream that was reset

        if "END_STREAM" in frame.flags or isinstance(frame, RstStreamFrame):
            if not answer[2]:
                self.ended += 1
                answer[2] = 1 if "END_STREAM" in frame.flags else 2

    # not between the pieces of a frame that is being sent

    def answer(self, data):
        if self.held is None:
            self.send(data)

        else:
            self.held += data

    def send(self, data):
        try:
            self.sock.sendall(data)

        except OSError:
            pass


def send(reader, data):
    slow = dice.random() < 0.1

    if not slow:
        reader.send(data)
        return

    reader.held = b""

    for n in range(0, 2000, 100):
        reader.send(data[n : n + 100])
        reader.fill(0.001)

    reader.send(data[2000:] + reader.held)
    reader.held = None


def exchange(port, kind, streams):
    sock = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    reader = Reader(sock)
    sure = kind in ("sure", "names")

    try:
        send(reader, settings() + conversation(kind, streams))

        end = time.monotonic() + (WAIT if sure else DOUBT)
        silence = WAIT if sure else dice.choice((0, SILENCE, SILENCE))

        while reader.ended < len(streams):
            left = end - time.monotonic()

            if left <= 0 or not reader.fill(min(silence, left)):
                break

    finally:
        sock.close()

    return reader


def hexed(headers):
    return ",".join(
        "%s:%s" % (bytes(name).hex(), bytes(value).hex())
        for name, value in headers
    )


def main():
    port = int(sys.argv[1])

    for line in sys.stdin:
        kind, seed, *streams = line.split()
        dice.seed(int(seed))

        try:
            reader = exchange(port, kind, [parse(text) for text in streams])

        except (HPACKError, HyperframeError) as error:
            print("broken %r" % error, flush=True)
            continue

        for number, (headers, body, ended) in sorted(reader.answers.items()):
            if number and headers:
                print(
                    "%d %s/%s %d"
                    % (number, hexed(headers), body.hex(), ended)
                )

        print(
            "ended"
            if reader.ended >= len(streams)
            else "closed" if reader.closed else "silent",
            flush=True,
        )


main()
