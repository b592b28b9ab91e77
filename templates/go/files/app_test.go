package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const items = "__URL__"

func newApp(t *testing.T) http.Handler {
	t.Helper()
	store, err := OpenStore("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return NewApp(store)
}

func ask(t *testing.T, app http.Handler, method, path, body string, into any) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("x-request-id", "abc")
	app.ServeHTTP(answer, request)
	if into != nil {
		if err := json.Unmarshal(answer.Body.Bytes(), into); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, answer.Body)
		}
	}
	return answer
}

func TestItems(t *testing.T) {
	app := newApp(t)
	var item Item
	made := ask(t, app, "POST", items, `{"name": "Teapot", "quantity": 2}`, &item)
	if made.Code != 201 || made.Header().Get("location") != "__PATH__/"+item.ID || item.Name != "Teapot" {
		t.Fatalf("%d %v %+v", made.Code, made.Header(), item)
	}
	var list struct{ Items []Item }
	ask(t, app, "GET", items+"?limit=1", "", &list)
	if len(list.Items) != 1 || list.Items[0] != item {
		t.Fatalf("%+v", list)
	}
	for _, want := range []struct {
		method string
		status int
	}{{"GET", 200}, {"DELETE", 204}, {"GET", 404}, {"DELETE", 404}} {
		if got := ask(t, app, want.method, "__PATH__/"+item.ID, "", nil); got.Code != want.status {
			t.Fatalf("%s: %d, not %d", want.method, got.Code, want.status)
		}
	}
}

func TestProblems(t *testing.T) {
	app := newApp(t)
	for _, want := range []struct {
		method, path, body string
		status             int
		kind               string
	}{
		{"POST", items, `{"name": "", "quantity": 1.5}`, 422, "invalid-item"},
		{"POST", items, `{`, 400, "invalid-json"},
		{"POST", items, `{"name": "` + strings.Repeat("x", 70_000) + `"}`, 413, "body-too-large"},
		{"GET", items + "?limit=many", "", 400, "invalid-limit"},
		{"GET", "/nowhere/at/all", "", 404, "not-found"},
		{"PATCH", items, "", 405, "method-not-allowed"},
	} {
		var problem struct {
			Type   string
			Status int
			Errors []Mistake
		}
		got := ask(t, app, want.method, want.path, want.body, &problem)
		kind := got.Header().Get("content-type")
		if got.Code != want.status || problem.Type != "/problems/"+want.kind || kind != "application/problem+json" {
			t.Errorf("%s %s: %d %s %+v", want.method, want.path, got.Code, kind, problem)
		}
	}
}

func TestHealthAndRequestID(t *testing.T) {
	got := ask(t, newApp(t), "GET", "/healthz", "", nil)
	if got.Code != 200 || got.Header().Get("x-request-id") != "abc" {
		t.Fatalf("%d %v", got.Code, got.Header())
	}
}
