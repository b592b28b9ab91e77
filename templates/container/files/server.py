"""The process: listens on HOST:PORT, and on SIGTERM finishes what is in flight before it leaves.

What the service does is in app.py, its data in store.py.
"""
import os
import signal
import threading

from app import routes
from store import Store
from web import Server, log


def main():
    store = Store(os.environ.get("DATABASE_PATH"))
    server = Server((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000"))), routes(store))

    def stop(number, _frame):
        log("info", "stopping", signal=signal.Signals(number).name)
        # `shutdown` waits for the loop in the main thread, so it cannot be called there.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log("info", "listening", port=server.server_port)
    server.serve_forever(poll_interval=0.05)
    server.server_close()  # waits for the requests in flight
    store.close()
    log("info", "stopped")


if __name__ == "__main__":
    main()
