"""HTTP for a service: routes, JSON in and out, errors as problems, one log line a request. No framework needed."""
import json
import re
import sys
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from problem import Problem
from tracing import Trace

MAX_BODY_BYTES = 64 * 1024


def log(level, message, **fields):
    """One JSON object a line; one write, so that threads do not tear each other's lines. msvc adds time and service."""
    sys.stdout.write(json.dumps({"level": level, "message": message, **fields}) + "\n")
    sys.stdout.flush()


class Answer:
    def __init__(self, body=None, status=200, headers=None):
        self.body, self.status, self.headers = body, status, headers or {}


class Request:
    def __init__(self, handler, trace, params, query):
        self.headers, self.trace, self.params, self.query = handler.headers, trace, params, query
        self._raw = _read_body(handler)

    def json(self):
        """None when there is no body."""
        if not self._raw:
            return None
        try:
            return json.loads(self._raw)
        except ValueError:
            raise Problem(400, "invalid-json", "the body is not JSON") from None


class Server(ThreadingHTTPServer):
    # Not daemons: `server_close` then waits for the threads, that is for the requests in flight.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address, routes):
        super().__init__(address, _Handler)
        self.routes = [(method, _pattern(path), handle) for method, path, handle in routes]


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request (the base class speaks HTTP/1.0), one thread."""

    # Seconds a client may take to send its request.
    timeout = 10

    def _serve(self):
        started = time.monotonic()
        trace = Trace(self.headers)
        url = urlsplit(self.path)
        try:
            answer = self._handle(url, trace)
            status = answer.status
            self._send(status, answer.body, {**answer.headers, "x-request-id": trace.request_id})
        except Problem as problem:
            status = problem.status
            self._send_problem(problem, trace)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            return
        except Exception as error:  # the last resort: the caller gets an answer, the log the truth
            status = 500
            log("error", repr(error), requestId=trace.request_id, stack=traceback.format_exc())
            self._send_problem(Problem(500, "internal", "this should not have happened"), trace)
        # Probes come every few seconds; nobody wants to read them.
        if url.path != "/healthz" or status >= 400:
            ms = round((time.monotonic() - started) * 1000)
            ids = {"requestId": trace.request_id, "traceId": trace.trace_id}
            log("info", f"{self.command} {url.path} {status}", status=status, ms=ms, **ids)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _handle(self, url, trace):
        method = "GET" if self.command == "HEAD" else self.command
        allowed = []
        for candidate, pattern, handle in self.server.routes:
            match = pattern.match(url.path)
            if match is None:
                continue
            if candidate == method:
                params = {name: unquote(value) for name, value in match.groupdict().items()}
                return handle(Request(self, trace, params, dict(parse_qsl(url.query))))
            allowed.append(candidate)
        if not allowed:
            raise Problem(404, "not-found", f"nothing is at {url.path}")
        allow = ", ".join(dict.fromkeys(allowed))
        detail = f"{self.command} is not possible on {url.path}"
        raise Problem(405, "method-not-allowed", detail, headers={"allow": allow})

    def _send_problem(self, problem, trace):
        headers = {**problem.headers, "x-request-id": trace.request_id}
        self._send(problem.status, problem.body, headers, "application/problem+json")

    def _send(self, status, body, headers, kind="application/json"):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def log_message(self, *_):
        """The base class writes its own access log; `_serve` has written a better one."""


def _pattern(path):
    """/items/{id} as an expression."""
    parts = re.split(r"\{(\w+)\}", path)
    source = "".join(f"(?P<{part}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return re.compile(f"^{source}/?$")


def _read_body(handler):
    length = handler.headers.get("content-length") or "0"
    if handler.headers.get("transfer-encoding"):
        raise Problem(411, "length-required", "send the body with a Content-Length")
    if not (length.isascii() and length.isdigit()):
        raise Problem(400, "invalid-length", "Content-Length is not a number")
    if int(length) > MAX_BODY_BYTES:
        raise Problem(413, "body-too-large", f"the body is over {MAX_BODY_BYTES} bytes")
    return handler.rfile.read(int(length))
