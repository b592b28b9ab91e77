"""Errors as RFC 9457 has them. Raise one anywhere in a handler; web.py sends it."""


class Problem(Exception):
    """An error as RFC 9457 problem details. `kind` is a short stable word that a program can match on."""

    def __init__(self, status, kind, detail, headers=None, **facts):
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}
        self.body = {
            "type": f"/problems/{kind}",
            "title": kind.replace("-", " "),
            "status": status,
            "detail": detail,
            **facts,
        }
