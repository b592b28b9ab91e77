// msvc:unless database
package main

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Store keeps the items in memory: they are gone when the service stops, and each replica has its own. README.md says
// how to keep them in a database instead.
type Store struct {
	mu    sync.RWMutex
	items []Item // the newest last
}

// OpenStore takes the path of a database, which this store has no use for, and never fails.
func OpenStore(string) (*Store, error) { return &Store{}, nil }

// List returns at most limit items, the newest first.
func (s *Store) List(_ context.Context, limit int) ([]Item, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	newest := append([]Item{}, s.items[max(0, len(s.items)-limit):]...)
	slices.Reverse(newest)
	return newest, nil
}

// Get returns ErrNoItem when there is none of that id.
func (s *Store) Get(_ context.Context, id string) (Item, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if i := s.find(id); i >= 0 {
		return s.items[i], nil
	}
	return Item{}, ErrNoItem
}

// Add keeps a new item under an id of its own.
func (s *Store) Add(_ context.Context, wanted NewItem) (Item, error) {
	item := Item{ID: randomHex(16), NewItem: wanted, CreatedAt: time.Now().UTC()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
	return item, nil
}

// Remove returns ErrNoItem when there is none of that id.
func (s *Store) Remove(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(id)
	if i < 0 {
		return ErrNoItem
	}
	s.items = slices.Delete(s.items, i, i+1)
	return nil
}

// Ping fails when the store cannot do its work.
func (s *Store) Ping(context.Context) error { return nil }

// Close gives up what the store holds.
func (s *Store) Close() error { return nil }

func (s *Store) find(id string) int {
	return slices.IndexFunc(s.items, func(item Item) bool { return item.ID == id })
}
// msvc:end
