"""The service without a socket, with its data in memory: pytest."""
import asyncio
import json

import pytest
from fastapi.testclient import TestClient

from app import PATH, create_app
from store import Store
from web import Observed

ITEMS = "__URL__"


@pytest.fixture
def client():
    store = Store()
    with TestClient(create_app(store)) as client:
        yield client
    store.close()


def test_it_is_healthy(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_an_item_is_made_found_listed_and_removed(client):
    made = client.post(ITEMS, json={"name": " Teapot ", "quantity": 2})
    item = made.json()
    assert (made.status_code, item["name"]) == (201, "Teapot")
    where = made.headers["location"]
    assert where == f"{PATH}/{item['id']}"
    assert client.get(where).json() == item
    assert client.get(f"{ITEMS}?limit=1").json() == {"items": [item]}
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", ITEMS, '{"name": "", "quantity": true}', 422, "invalid-item"),
        ("POST", ITEMS, "{", 400, "invalid-json"),
        ("POST", ITEMS, f'{{"name": "{"x" * 70_000}"}}', 413, "body-too-large"),
        ("GET", f"{ITEMS}?limit=many", None, 400, "invalid-limit"),
        ("GET", f"{PATH}/nowhere/at/all", None, 404, "not-found"),
        ("PATCH", ITEMS, None, 405, "method-not-allowed"),
    ],
    ids=["invalid item", "no JSON", "large body", "invalid limit", "no such path", "no such method"],
)
def test_mistakes_are_answered_as_problems(client, method, path, body, status, kind):
    answer = client.request(method, path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["type"] == f"/problems/{kind}"


def test_the_document_promises_problems_wherever_it_promises_a_mistake(client):
    document = client.get(f"{PATH}/openapi.json").json()
    promised = {
        (method, path, kind)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status, response in operation["responses"].items()
        if status >= "400"
        for kind in response.get("content", {})
    }
    assert ("post", ITEMS, "application/problem+json") in promised
    assert {kind for _, _, kind in promised} == {"application/problem+json"}
    assert "ValidationError" not in json.dumps(document)


def test_each_mistake_of_an_item_is_told(client):
    problem = client.post(ITEMS, json={"name": 1, "quantity": "2"}).json()
    assert [error["field"] for error in problem["errors"]] == ["name", "quantity"]


def test_a_failure_is_a_problem_too(client, monkeypatch):
    monkeypatch.setattr(client.app.state.store, "ping", lambda: 1 / 0)
    answer = client.get("/healthz", headers={"x-request-id": "abc"})
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert answer.headers["x-request-id"] == "abc"


def test_a_request_that_is_not_answered_is_no_error_of_the_log():
    async def silent(_scope, _receive, _send):
        pass

    scope = {"type": "http", "method": "GET", "path": "/healthz", "headers": []}
    asyncio.run(Observed(silent)(scope, None, None))
