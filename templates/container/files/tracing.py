"""W3C Trace Context and a request id.

Taken over from the caller when they are well-formed, begun here otherwise, written to the log, and passed on with every
call to another service, so that one request can be followed through the logs of all of them.
"""
import re
import secrets
import uuid

_TRACEPARENT = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$")


class Trace:
    def __init__(self, headers):
        """`headers`: a mapping with `get` that does not mind the case of names."""
        match = _TRACEPARENT.match(headers.get("traceparent") or "")
        self.trace_id, self._flags = match.groups() if match else (secrets.token_hex(16), "01")
        self._state = headers.get("tracestate") if match else None
        self.request_id = headers.get("x-request-id") or str(uuid.uuid4())

    def headers(self):
        """Of an outgoing call: the same trace, a span of its own."""
        headers = {
            "traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-{self._flags}",
            "x-request-id": self.request_id,
        }
        return {**headers, "tracestate": self._state} if self._state else headers
