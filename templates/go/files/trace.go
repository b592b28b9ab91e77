package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Trace is W3C Trace Context and a request id: taken over from the caller when they are well-formed, begun here
// otherwise, and passed on with every call, so that one request can be followed through the logs of every service.
type Trace struct {
	TraceID, Flags, State, RequestID string
}

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$`)

type traceKey struct{}

func traceOf(ctx context.Context) Trace {
	trace, _ := ctx.Value(traceKey{}).(Trace)
	return trace
}

func withTrace(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		trace := readTrace(r.Header)
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, trace))
		w.Header().Set("x-request-id", trace.RequestID)
		record := &recorded{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(record, r)
		logged(r, record.status, started)
	})
}

func readTrace(header http.Header) Trace {
	trace := Trace{RequestID: header.Get("x-request-id")}
	if trace.RequestID == "" {
		trace.RequestID = randomHex(16)
	}
	parts := traceparent.FindStringSubmatch(header.Get("traceparent"))
	if parts == nil || strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" {
		trace.TraceID, trace.Flags = randomHex(16), "01"
		return trace
	}
	trace.TraceID, trace.Flags, trace.State = parts[1], parts[3], header.Get("tracestate")
	return trace
}

// Headers of an outgoing call: the same trace, a span of its own.
func (t Trace) Headers(header http.Header) {
	header.Set("traceparent", "00-"+t.TraceID+"-"+randomHex(8)+"-"+t.Flags)
	header.Set("x-request-id", t.RequestID)
	if t.State != "" {
		header.Set("tracestate", t.State)
	}
}

func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}
