"""What every request gets: a trace, one log line, a limit on its body, and an RFC 9457 problem for whatever goes wrong."""
import json
import logging
import sys
import time

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from problem import Problem
from tracing import Trace

MAX_BODY_BYTES = 64 * 1024

logger = logging.getLogger("app")


def answered(problem):
    kind = "application/problem+json"
    return JSONResponse(problem.body, status_code=problem.status, headers=problem.headers, media_type=kind)


def problems(*statuses):
    """The part of an OpenAPI document that says which of them an operation answers with."""
    members = {"type": "string", "title": "string", "status": "integer", "detail": "string"}
    schema = {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {name: {"type": kind} for name, kind in members.items()},
    }
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": "What is wrong", "content": content} for status in statuses}


def with_problems_and_traces(app: FastAPI) -> FastAPI:
    app.add_middleware(Observed)
    generate = app.openapi
    app.openapi = lambda: _as_answered(generate())

    @app.exception_handler(Problem)
    async def _problem(_request: Request, problem: Problem):
        return answered(problem)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError):
        return answered(_invalid_problem(error.errors()))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException):
        return answered(_http_problem(request, error))

    return app


def _as_answered(document):
    """Without the 422 that FastAPI promises wherever it checks something: mistakes are answered as problems."""
    for operations in document["paths"].values():
        for operation in operations.values():
            promised = operation["responses"].get("422", {}).get("content", {}).get("application/json", {})
            if promised.get("schema") == {"$ref": "#/components/schemas/HTTPValidationError"}:
                del operation["responses"]["422"]
    for schema in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(schema, None)
    return document


def _http_problem(request, error):
    """What FastAPI itself answers, and what `_limited` raises."""
    kind, detail = {
        404: ("not-found", f"nothing is at {request.url.path}"),
        405: ("method-not-allowed", f"{request.method} is not possible on {request.url.path}"),
        413: ("body-too-large", f"the body is over {MAX_BODY_BYTES} bytes"),
    }.get(error.status_code, ("invalid-request", str(error.detail)))
    return Problem(error.status_code, kind, detail, headers=error.headers)


def _invalid_problem(errors):
    """All mistakes at once, each with the field it is about. Those of a body are 422, others 400."""
    if any("json" in error["type"] for error in errors):
        return Problem(400, "invalid-json", "the body is not JSON")
    found = [{"field": ".".join(map(str, e["loc"][1:])) or "body", "detail": e["msg"]} for e in errors]
    if any(error["loc"][0] == "body" for error in errors):
        return Problem(422, "invalid-item", "the item is not valid", errors=found)
    first = found[0]
    return Problem(400, f"invalid-{first['field']}", f"{first['field']}: {first['detail']}", errors=found)


class Observed:
    """ASGI middleware, around everything else: `request.state.trace`, the request's id in the answer, the log line."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.monotonic()
        trace = Trace(Headers(scope=scope))
        scope.setdefault("state", {})["trace"] = trace
        status = None

        async def send_with_id(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = trace.request_id
            await send(message)

        try:
            await self.app(scope, _limited(receive), send_with_id)
        except Exception as error:  # the last resort: the caller gets an answer, the log the truth
            logger.exception("%r", error, extra={"fields": {"requestId": trace.request_id}})
            if status is not None:
                raise
            problem = Problem(500, "internal", "this should not have happened")
            await answered(problem)(scope, receive, send_with_id)
        # Probes come every few seconds; nobody wants to read them.
        if scope["path"] != "/healthz" or status is None or status >= 400:
            ms = round((time.monotonic() - started) * 1000)
            fields = {"status": status, "ms": ms, "requestId": trace.request_id, "traceId": trace.trace_id}
            logger.info("%s %s %s", scope["method"], scope["path"], status, extra={"fields": fields})


def _limited(receive):
    """Counts what arrives, since a Content-Length may be missing."""
    size = 0

    async def limited():
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            # Whatever else is raised here FastAPI takes for a body that it cannot read.
            raise HTTPException(413)
        return message

    return limited


class JsonLines(logging.Formatter):
    """One JSON object a line. msvc adds time and service."""

    def format(self, record):
        line = {"level": record.levelname.lower(), "message": record.getMessage(), **getattr(record, "fields", {})}
        if record.exc_info:
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_as_json():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
