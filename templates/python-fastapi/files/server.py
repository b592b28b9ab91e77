"""The process: listens on HOST:PORT, and on SIGTERM finishes what is in flight before it leaves.

What the service does is in app.py, its data in store.py.
"""
import os
import signal

import uvicorn

from app import create_app
from store import Store
from web import log_as_json


def main():
    log_as_json()
    store = Store(os.environ.get("DATABASE_PATH"))
    config = uvicorn.Config(
        create_app(store),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "3000")),
        # Its lines go the way of all others, and web.py has written a better access log.
        log_config=None,
        access_log=False,
        # Longer than the gateway keeps idle connections, so that it is never this side that hangs up first.
        timeout_keep_alive=60,
    )
    server = uvicorn.Server(config)

    def stop(*_):
        server.should_exit = True

    # While it serves, uvicorn has handlers of its own, and raises the signal again afterwards: here, not to the default,
    # which would end the process before the store is closed.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run()
    store.close()


if __name__ == "__main__":
    main()
