// The process: listens on HOST:PORT, and on SIGTERM finishes what is in flight before it leaves. What the service does
// is in app.go.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// A request that takes longer than this is cut off when the service has to stop.
const stopWithin = 5 * time.Second

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: attribute})))
	if err := run(); err != nil {
		slog.Error(err.Error())
		os.Exit(1)
	}
}

func run() error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	store, err := OpenStore(os.Getenv("DATABASE_PATH"))
	if err != nil {
		return err
	}
	defer store.Close()
	listener, err := net.Listen("tcp", net.JoinHostPort(env("HOST", "127.0.0.1"), env("PORT", "3000")))
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           NewApp(store),
		ReadHeaderTimeout: 10 * time.Second,
		// Longer than the gateway keeps idle connections, so that it is never this side that hangs up first.
		IdleTimeout: time.Minute,
		ErrorLog:    slog.NewLogLogger(slog.Default().Handler(), slog.LevelError),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	slog.Info("listening", "port", listener.Addr().(*net.TCPAddr).Port)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	slog.Info("stopping")
	deadline, done := context.WithTimeout(context.Background(), stopWithin)
	defer done()
	if err := server.Shutdown(deadline); errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close()
	}
	slog.Info("stopped")
	return nil
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// The names of fields that msvc's other templates use; msvc adds the time itself.
func attribute(groups []string, a slog.Attr) slog.Attr {
	switch {
	case len(groups) > 0:
	case a.Key == slog.TimeKey:
		return slog.Attr{}
	case a.Key == slog.LevelKey:
		a.Value = slog.StringValue(strings.ToLower(a.Value.String()))
	case a.Key == slog.MessageKey:
		a.Key = "message"
	}
	return a
}
