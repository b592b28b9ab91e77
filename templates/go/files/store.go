package main

import (
	"sync"
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

// Store keeps the items in memory: they are gone when the service stops, and each replica has its own. Go's standard
// library has no SQLite; README.md says how to keep them in the service's own database.
type Store struct {
	mu    sync.RWMutex
	items []Item
}

func NewStore() *Store { return &Store{} }

// List returns the newest items first.
func (s *Store) List(limit int) []Item {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Item{}
	for i := len(s.items) - 1; i >= 0 && len(list) < limit; i-- {
		list = append(list, s.items[i])
	}
	return list
}

func (s *Store) Get(id string) (Item, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, item := range s.items {
		if item.ID == id {
			return item, true
		}
	}
	return Item{}, false
}

func (s *Store) Add(wanted NewItem) Item {
	item := Item{ID: randomHex(16), NewItem: wanted, CreatedAt: time.Now().UTC()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
	return item
}

// Remove tells whether the item was there.
func (s *Store) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, item := range s.items {
		if item.ID == id {
			s.items = append(s.items[:i], s.items[i+1:]...)
			return true
		}
	}
	return false
}
