package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

const maxBodyBytes = 64 * 1024

// Problem is an error as RFC 9457 has it. Return one from a Handler.
type Problem struct {
	Status int
	// A short stable word that a program can match on.
	Kind   string
	Detail string
	Errors []Mistake
}

// Mistake is one field that is wrong.
type Mistake struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (p *Problem) Error() string { return p.Detail }

// Handler answers a request, or returns an error that is answered for it.
type Handler func(w http.ResponseWriter, r *http.Request) error

func (handle Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := handle(w, r)
	if err == nil {
		return
	}
	var problem *Problem
	if !errors.As(err, &problem) {
		slog.Error(err.Error(), "requestId", traceOf(r.Context()).RequestID)
		problem = &Problem{Status: http.StatusInternalServerError, Kind: "internal", Detail: "this should not have happened"}
	}
	writeProblem(w, problem)
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
	return nil
}

func writeProblem(w http.ResponseWriter, problem *Problem) {
	body, _ := json.Marshal(struct {
		Type   string    `json:"type"`
		Title  string    `json:"title"`
		Status int       `json:"status"`
		Detail string    `json:"detail"`
		Errors []Mistake `json:"errors,omitempty"`
	}{"/problems/" + problem.Kind, strings.ReplaceAll(problem.Kind, "-", " "), problem.Status, problem.Detail, problem.Errors})
	w.Header().Set("content-type", "application/problem+json")
	w.WriteHeader(problem.Status)
	_, _ = w.Write(body)
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Kind: "body-too-large", Detail: "the body is over 65536 bytes"}
	}
	if err != nil || json.Unmarshal(raw, into) != nil {
		return &Problem{Status: http.StatusBadRequest, Kind: "invalid-json", Detail: "the body is not a JSON object"}
	}
	return nil
}

// The mux answers what it does not know in plain text; here that becomes a problem like all others.
func withProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		plain := &discarded{header: http.Header{}}
		mux.ServeHTTP(plain, r)
		if plain.status == http.StatusMethodNotAllowed {
			w.Header().Set("allow", plain.header.Get("allow"))
			detail := r.Method + " is not possible on " + r.URL.Path
			writeProblem(w, &Problem{Status: plain.status, Kind: "method-not-allowed", Detail: detail})
			return
		}
		writeProblem(w, &Problem{Status: http.StatusNotFound, Kind: "not-found", Detail: "nothing is at " + r.URL.Path})
	})
}

type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header            { return d.header }
func (d *discarded) Write(text []byte) (int, error) { return len(text), nil }
func (d *discarded) WriteHeader(status int)         { d.status = status }

// One log line a request. Probes come every few seconds; nobody wants to read them.
func logged(r *http.Request, status int, started time.Time) {
	if r.URL.Path == "/healthz" && status < 400 {
		return
	}
	trace := traceOf(r.Context())
	slog.Info(r.Method+" "+r.URL.Path, "status", status, "ms", time.Since(started).Milliseconds(),
		"requestId", trace.RequestID, "traceId", trace.TraceID)
}

type recorded struct {
	http.ResponseWriter
	status int
}

func (w *recorded) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorded) Unwrap() http.ResponseWriter { return w.ResponseWriter }
