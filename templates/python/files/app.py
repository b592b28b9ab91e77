"""What the service offers over HTTP. Each handler gets a Request and returns an Answer, or raises a Problem."""
import json
from pathlib import Path

# msvc:if calls
from peers import call_peer
# msvc:end
from problem import Problem
from web import Answer

OPENAPI = json.loads(Path(__file__).with_name("openapi.json").read_text("utf-8"))
# msvc:if calls
PEERS = [
# msvc:each calls
    "__CALLEE__",
# msvc:end
]
# msvc:end


def routes(store):
    """Method and path -> handler; the first that fits is taken."""

    def health(_request):
        store.ping()
        return Answer({"status": "ok"})

    def list_items(request):
        return Answer({"items": store.list(limit_of(request))})

    def create_item(request):
        item = store.add(**valid_item(request.json()))
        return Answer(item, status=201, headers={"location": f"__PATH__/{item['id']}"})

    def get_item(request):
        return Answer(found(store.get(request.params["id"]), request))

    def delete_item(request):
        found(store.remove(request.params["id"]), request)
        return Answer(status=204)

    return [
        ("GET", "/healthz", health),
        ("GET", "__PATH__/openapi.json", lambda _request: Answer(OPENAPI)),
# msvc:if calls
        ("GET", "__PATH__/peers", list_peers),
# msvc:end
        ("GET", "__URL__", list_items),
        ("POST", "__URL__", create_item),
        ("GET", "__PATH__/{id}", get_item),
        ("DELETE", "__PATH__/{id}", delete_item),
    ]


# msvc:if calls
def list_peers(request):
    """How the services that this one calls are: an example of a call over a declared edge."""
    return Answer({name: {"status": call_peer(name, "GET", "/healthz", request.trace)[0]} for name in PEERS})


# msvc:end
def found(item, request):
    if not item:
        raise Problem(404, "unknown-item", f"there is no item {request.params['id']}")
    return item


def limit_of(request):
    text = request.query.get("limit", "20")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100):
        raise Problem(400, "invalid-limit", "limit must be a whole number from 1 to 100")
    return int(text)


def valid_item(body):
    """All mistakes at once, each with the field it is about."""
    errors = []
    body = body if isinstance(body, dict) else {}
    name, quantity = body.get("name"), body.get("quantity")
    name = name.strip() if isinstance(name, str) else ""
    if not 1 <= len(name) <= 100:
        errors.append({"field": "name", "detail": "must be a text of 1 to 100 characters"})
    # bool is an int in Python.
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 1000:
        errors.append({"field": "quantity", "detail": "must be a whole number from 1 to 1000"})
    if errors:
        raise Problem(422, "invalid-item", "the item is not valid", errors=errors)
    return {"name": name, "quantity": quantity}
