// msvc:if calls
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

var (
	peerClient = &http.Client{Timeout: 5 * time.Second}
	notAWord   = regexp.MustCompile(`[^A-Z0-9]`)
)

// CallPeer calls another service over its declared edge. The address in <NAME>_URL is a loopback port of msvc's gateway
// that belongs to this caller and that callee: balancing, and waiting through a restart, happen there.
//
// It sends body as JSON unless it is nil, reads the answer into answer unless that is nil, and returns the status, whatever
// the callee answered below 500. Otherwise the error is a *Problem 503; whether the callee did the work is then unknown.
func CallPeer(ctx context.Context, name, method, path string, body, answer any) (int, error) {
	variable := notAWord.ReplaceAllString(strings.ToUpper(name), "_") + "_URL"
	if name[0] >= '0' && name[0] <= '9' {
		variable = "_" + variable
	}
	base := os.Getenv(variable)
	if base == "" {
		return 0, fmt.Errorf("%s is not set: does the service declare calls: [%s] in msvc.yaml?", variable, name)
	}
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, content)
	if err != nil {
		return 0, err
	}
	request.Header.Set("accept", "application/json")
	if body != nil {
		request.Header.Set("content-type", "application/json")
	}
	traceOf(ctx).Headers(request.Header)
	response, err := peerClient.Do(request)
	if err != nil {
		return 0, unavailable(name, err.Error())
	}
	defer response.Body.Close()
	if response.StatusCode >= 500 {
		return 0, unavailable(name, response.Status)
	}
	if answer == nil {
		return response.StatusCode, nil
	}
	return response.StatusCode, json.NewDecoder(response.Body).Decode(answer)
}

func unavailable(name, reason string) error {
	detail := fmt.Sprintf("%s gave no answer (%s)", name, reason)
	return &Problem{Status: http.StatusServiceUnavailable, Kind: "peer-unavailable", Detail: detail}
}
// msvc:end
