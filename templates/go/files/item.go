package main

import (
	"errors"
	"time"
)

// NewItem is what a caller gives.
type NewItem struct {
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
}

// Item is what is kept.
type Item struct {
	ID string `json:"id"`
	NewItem
	CreatedAt time.Time `json:"createdAt"`
}

// ErrNoItem is returned by a Store that has no item of that id.
var ErrNoItem = errors.New("no such item")
