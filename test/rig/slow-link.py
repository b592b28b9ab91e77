"""
A command behind a slow line, as SSH over a bad network has it: every byte comes late both ways, few come at a time, and
what has not come yet waits in a window of the sender's. Its terminal is a pty of its own; what is typed and shown here
goes through the line.

    slow-link.py STATS DELAY_SECONDS BYTES_PER_SECOND WINDOW_BYTES COMMAND [ARGUMENT...]

STATS is a file that is written anew each 50 ms: {"waiting": bytes sent and not shown yet, "most": the most that were,
"bytes": shown, "frames": synchronized updates among them, "keys": bytes that went up}.
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
import tty

STATS, DELAY, RATE, WINDOW = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
PIECE = 512


class Line:
    """One way: pieces in order, each due when the line has carried all before it, and then the delay."""

    def __init__(self, rate):
        self.rate, self.pieces, self.free_at, self.waiting = rate, [], 0.0, 0

    def put(self, data):
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self.free_at = max(time.monotonic(), self.free_at) + len(piece) / self.rate
            self.pieces.append((self.free_at + DELAY, piece))
            self.waiting += len(piece)

    def due_in(self):
        return max(0.0, self.pieces[0][0] - time.monotonic()) if self.pieces else None

    def take(self):
        out = []
        while self.pieces and self.pieces[0][0] <= time.monotonic():
            out.append(self.pieces.pop(0)[1])
        data = b"".join(out)
        self.waiting -= len(data)
        return data


def size():
    return fcntl.ioctl(0, termios.TIOCGWINSZ, struct.pack("HHHH", 0, 0, 0, 0))


dimensions = size()
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, dimensions)
    os.execvp(sys.argv[5], sys.argv[5:])

before = termios.tcgetattr(0)
signal.signal(signal.SIGWINCH, lambda *_: fcntl.ioctl(master, termios.TIOCSWINSZ, size()))
tty.setraw(0)
up, down = Line(RATE), Line(RATE)
shown = frames = keys = most = 0
tail, told_at, is_open = b"", 0.0, True
try:
    while is_open or down.pieces:
        waits = [wait for wait in (up.due_in(), down.due_in(), 0.05) if wait is not None]
        wanted = [0, master] if is_open and down.waiting < WINDOW else [0]
        ready, _, _ = select.select(wanted, [], [], min(waits))
        if 0 in ready:
            up.put(os.read(0, 65536))
        if master in ready:
            try:
                data = os.read(master, 65536)
            except OSError:
                data = b""
            is_open = data != b""
            down.put(data)
        data = up.take()
        if data and is_open:
            keys += len(data)
            os.write(master, data)
        data = down.take()
        if data:
            shown += len(data)
            frames += (tail + data).count(b"\x1b[?2026h") - tail.count(b"\x1b[?2026h")
            tail = data[-7:]
            while data:
                data = data[os.write(1, data) :]
        most = max(most, down.waiting)
        if time.monotonic() - told_at > 0.05 or not is_open:
            told_at = time.monotonic()
            with open(STATS + ".new", "w", encoding="ascii") as file:
                json.dump({"waiting": down.waiting, "most": most, "bytes": shown, "frames": frames, "keys": keys}, file)
            os.replace(STATS + ".new", STATS)
finally:
    termios.tcsetattr(0, termios.TCSAFLUSH, before)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
