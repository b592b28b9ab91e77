# msvc:if calls
"""Calls another service over its declared edge.

The address in <NAME>_URL is a loopback port of msvc's gateway that belongs to this caller and that callee: balancing,
and waiting through a restart, happen there.
"""
import json
import os
import re
import urllib.error
import urllib.request

from problem import Problem

TIMEOUT_SECONDS = 5


def call_peer(name, method, path, trace, body=None):
    """Returns (status, body), whatever the callee answered below 500.

    `name` is a service in `calls` of msvc.yaml. Raises Problem 503 when no usable answer came; whether the callee did
    the work is then unknown.
    """
    variable = re.sub(r"^(?=\d)", "_", re.sub(r"[^A-Z0-9]", "_", name.upper())) + "_URL"
    base = os.environ.get(variable)
    if not base:
        raise RuntimeError(f"{variable} is not set: does the service declare calls: [{name}] in msvc.yaml?")
    headers = {"accept": "application/json", **trace.headers()}
    data = None
    if body is not None:
        data, headers["content-type"] = json.dumps(body).encode(), "application/json"
    request = urllib.request.Request(base.rstrip("/") + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, _parsed(response.read())
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            raise _unavailable(name, f"status {error.code}") from None
        return error.code, _parsed(error.read())
    except OSError as error:
        raise _unavailable(name, str(getattr(error, "reason", error))) from None


def _unavailable(name, reason):
    return Problem(503, "peer-unavailable", f"{name} gave no answer ({reason})", peer=name, reason=reason)


def _parsed(raw):
    try:
        return json.loads(raw)
    except ValueError:
        return None
# msvc:end
