package main

import (
	"cmp"
	_ "embed"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed openapi.json
var openapi []byte

// Where all items are: the service's route, or at the root the root alone.
var collection = cmp.Or("__PATH__", "/{$}")

// NewApp is what the service offers over HTTP.
func NewApp(store *Store) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, handler Handler) { mux.Handle(pattern, handler) }

	handle("GET /healthz", func(w http.ResponseWriter, r *http.Request) error {
		if err := store.Ping(r.Context()); err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	handle("GET __PATH__/openapi.json", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("content-type", "application/json")
		_, err := w.Write(openapi)
		return err
	})
// msvc:if calls
	handle("GET __PATH__/peers", listPeers)
// msvc:end
	handle("GET "+collection, func(w http.ResponseWriter, r *http.Request) error {
		limit, err := limitOf(r)
		if err != nil {
			return err
		}
		items, err := store.List(r.Context(), limit)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, map[string][]Item{"items": items})
	})
	handle("POST "+collection, func(w http.ResponseWriter, r *http.Request) error {
		wanted, err := validItem(w, r)
		if err != nil {
			return err
		}
		item, err := store.Add(r.Context(), wanted)
		if err != nil {
			return err
		}
		w.Header().Set("location", "__PATH__/"+item.ID)
		return writeJSON(w, http.StatusCreated, item)
	})
	handle("GET __PATH__/{id}", func(w http.ResponseWriter, r *http.Request) error {
		item, err := store.Get(r.Context(), r.PathValue("id"))
		if err != nil {
			return unknownItem(err, r)
		}
		return writeJSON(w, http.StatusOK, item)
	})
	handle("DELETE __PATH__/{id}", func(w http.ResponseWriter, r *http.Request) error {
		if err := store.Remove(r.Context(), r.PathValue("id")); err != nil {
			return unknownItem(err, r)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	return withTrace(withProblems(mux))
}
// msvc:if calls

var peers = []string{
// msvc:each calls
	"__CALLEE__",
// msvc:end
}

// How the services that this one calls are: an example of a call over a declared edge.
func listPeers(w http.ResponseWriter, r *http.Request) error {
	answer := map[string]map[string]int{}
	for _, name := range peers {
		status, err := CallPeer(r.Context(), name, http.MethodGet, "/healthz", nil, nil)
		if err != nil {
			return err
		}
		answer[name] = map[string]int{"status": status}
	}
	return writeJSON(w, http.StatusOK, answer)
}
// msvc:end

// Any other error of the store is a failure of this service.
func unknownItem(err error, r *http.Request) error {
	if !errors.Is(err, ErrNoItem) {
		return err
	}
	return &Problem{Status: http.StatusNotFound, Kind: "unknown-item", Detail: "there is no item " + r.PathValue("id")}
}

func limitOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return 20, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > 100 {
		detail := "limit must be a whole number from 1 to 100"
		return 0, &Problem{Status: http.StatusBadRequest, Kind: "invalid-limit", Detail: detail}
	}
	return limit, nil
}

// All mistakes at once, each with the field it is about.
func validItem(w http.ResponseWriter, r *http.Request) (NewItem, error) {
	var body struct {
		Name     any `json:"name"`
		Quantity any `json:"quantity"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return NewItem{}, err
	}
	var mistakes []Mistake
	name, _ := body.Name.(string)
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		mistakes = append(mistakes, Mistake{"name", "must be a text of 1 to 100 characters"})
	}
	quantity, _ := body.Quantity.(float64)
	if quantity != float64(int(quantity)) || quantity < 1 || quantity > 1000 {
		mistakes = append(mistakes, Mistake{"quantity", "must be a whole number from 1 to 1000"})
	}
	if len(mistakes) > 0 {
		return NewItem{}, &Problem{
			Status: http.StatusUnprocessableEntity,
			Kind:   "invalid-item",
			Detail: "the item is not valid",
			Errors: mistakes,
		}
	}
	return NewItem{Name: name, Quantity: int(quantity)}, nil
}
