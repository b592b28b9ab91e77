"""A web app in the style of Flask: a WSGI callable `app`, and a command line that says where it listens.

    python3 app.py --port 5000

It has never heard of msvc. With Flask, `app = Flask(__name__)` would stand here and nothing else would change; it is
plain WSGI so that the example needs nothing installed.
"""
import argparse
import json
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

BALANCES = {"ada": 120, "bo": 80}
LOCK = threading.Lock()


def app(environ, start_response):
    status, body = respond(environ["REQUEST_METHOD"], environ["PATH_INFO"].strip("/").split("/"), environ)
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode() + b"\n"]


def respond(method, path, environ):
    if method == "GET" and path == ["health"]:
        return "200 OK", {"status": "ok"}
    if method == "GET" and path == ["accounts"]:
        return "200 OK", BALANCES
    if method == "POST" and len(path) == 2 and path[0] == "accounts" and path[1] in BALANCES:
        amount = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))["amount"]
        with LOCK:
            BALANCES[path[1]] += amount
        print(f"{path[1]} {amount:+}")
        return "200 OK", {path[1]: BALANCES[path[1]]}
    return "404 Not Found", {"error": "not found"}


class ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=5000)
    given = options.parse_args()
    print(f"serving on {given.host}:{given.port}")
    make_server(given.host, given.port, app, server_class=ThreadingServer, handler_class=QuietHandler).serve_forever()
