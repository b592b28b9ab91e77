"""The service over real HTTP, with its data in memory: python3 -m unittest."""
import json
import threading
import unittest
import urllib.error
import urllib.request

from app import routes
from store import Store
from web import Server


class AppTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = Store()
        cls.server = Server(("127.0.0.1", 0), routes(cls.store))
        threading.Thread(target=cls.server.serve_forever, args=(0.01,)).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.store.close()

    def ask(self, method, path, body=None, **headers):
        url = f"http://127.0.0.1:{self.server.server_port}{path}"
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request) as response:
                raw = response.read()
        except urllib.error.HTTPError as error:
            response, raw = error, error.read()
        return response.status, response.headers, json.loads(raw) if raw else None

    def test_it_is_healthy(self):
        status, _headers, body = self.ask("GET", "/healthz")
        self.assertEqual((status, body), (200, {"status": "ok"}))

    def test_an_item_is_made_found_listed_and_removed(self):
        status, headers, item = self.ask("POST", "__URL__", {"name": "Teapot", "quantity": 2})
        self.assertEqual(status, 201)
        self.assertEqual(headers["location"], f"__PATH__/{item['id']}")
        self.assertEqual(self.ask("GET", headers["location"])[2], item)
        self.assertEqual(self.ask("GET", "__URL__?limit=1")[2], {"items": [item]})
        self.assertEqual(self.ask("DELETE", headers["location"])[0], 204)
        self.assertEqual(self.ask("GET", headers["location"])[0], 404)

    def test_mistakes_are_answered_as_problems(self):
        status, headers, problem = self.ask("POST", "__URL__", {"name": "", "quantity": True})
        self.assertEqual((status, headers["content-type"]), (422, "application/problem+json"))
        self.assertEqual(problem["type"], "/problems/invalid-item")
        self.assertEqual([error["field"] for error in problem["errors"]], ["name", "quantity"])
        self.assertEqual(self.ask("POST", "__URL__", "{")[0], 400)
        self.assertEqual(self.ask("GET", "__URL__?limit=many")[0], 400)
        self.assertEqual(self.ask("GET", "/nowhere/at/all")[0], 404)
        status, headers, _problem = self.ask("PATCH", "__URL__")
        self.assertEqual((status, headers["allow"]), (405, "GET, POST"))

    def test_a_request_keeps_its_id(self):
        self.assertEqual(self.ask("GET", "/healthz", **{"x-request-id": "abc"})[1]["x-request-id"], "abc")


if __name__ == "__main__":
    unittest.main()
