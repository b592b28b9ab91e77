"""Payments: charges a card, once for each idempotency key. Python's standard library only.

It has no public route: only a service that declares `calls: [payments]` gets an address for it. It listens on
HOST:PORT, answers /healthz, and on SIGTERM finishes what is in flight.
"""
import json
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import ledger
from ledger import Refused

MAX_BODY_BYTES = 64 * 1024
CHARGE = re.compile(r"^/charges/([^/]+)$")


def log(level, message, **fields):
    """One JSON object a line; one write, so that threads do not tear each other's lines."""
    sys.stdout.write(json.dumps({"level": level, "message": message, **fields}) + "\n")
    sys.stdout.flush()


class Server(ThreadingHTTPServer):
    # Not daemons: `server_close` then waits for the threads, that is for the requests in flight.
    daemon_threads = False
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    """One connection, one request (the base class speaks HTTP/1.0), one thread."""

    # Seconds a client may take to send its request.
    timeout = 10

    def do_GET(self):
        self._answer(self._get)

    def do_POST(self):
        self._answer(self._post)

    def do_DELETE(self):
        self._answer(self._delete)

    def _get(self):
        if self.path == "/healthz":
            ledger.ping()
            return 200, {"status": "ok"}
        charge = ledger.find(self._charge_id())
        if charge is None:
            raise Refused(404, "unknown-charge", f"nothing is at {self.path}")
        return 200, charge

    def _post(self):
        if self.path != "/charges":
            raise Refused(404, "not-found", f"nothing is at {self.path}")
        key = self.headers.get("idempotency-key")
        if not key:
            raise Refused(400, "idempotency-key-missing", "a charge needs an Idempotency-Key header")
        body = self._body()
        amount, card, customer = body.get("amountCents"), body.get("card"), body.get("customer")
        # bool is an int in Python.
        if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0:
            raise Refused(422, "invalid-charge", "amountCents must be a whole number above 0")
        if not isinstance(card, str) or not card or not isinstance(customer, str):
            raise Refused(422, "invalid-charge", "card and customer must be texts")
        created, charge = ledger.charge(key, amount, card, customer)
        return (201 if created else 200), charge

    def _delete(self):
        ledger.void(self._charge_id())
        return 204, None

    def _charge_id(self):
        match = CHARGE.match(self.path)
        if match is None:
            raise Refused(404, "not-found", f"nothing is at {self.path}")
        return match.group(1)

    def _body(self):
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY_BYTES:
            raise Refused(413, "body-too-large", f"the body is over {MAX_BODY_BYTES} bytes")
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            raise Refused(400, "invalid-json", "the body is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(422, "invalid-charge", "the body must be an object")
        return body

    def _answer(self, handle):
        started = time.monotonic()
        try:
            status, body = handle()
        except Refused as refused:
            status = refused.status
            body = {"type": f"/problems/{refused.kind}", "title": refused.kind, "status": status, "detail": str(refused)}
        except Exception as error:  # the last resort: the caller gets an answer, the log the truth
            status, body = 500, {"type": "/problems/internal", "title": "internal", "status": 500}
            log("error", repr(error), path=self.path)
        self._send(status, body)
        if self.path != "/healthz":
            log(
                "info",
                f"{self.command} {self.path} {status}",
                ms=round((time.monotonic() - started) * 1000),
                requestId=self.headers.get("x-request-id"),
                traceId=(self.headers.get("traceparent") or "").partition("-")[2][:32] or None,
            )

    def _send(self, status, body):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("content-type", "application/problem+json" if status >= 400 else "application/json")
            self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        """The base class writes its own access log; `_answer` has written a better one."""


def main():
    server = Server((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Handler)
    # `shutdown` waits for the loop in the main thread, so it cannot be called there.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    log("info", "listening", port=server.server_port)
    server.serve_forever(poll_interval=0.05)
    log("info", "stopping")
    server.server_close()
    log("info", "stopped")


if __name__ == "__main__":
    main()
