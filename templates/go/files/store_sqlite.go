// msvc:if database
package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"net/url"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store keeps the items in this service's own SQLite file, and is the only code that touches its tables. msvc makes the
// file, in WAL mode, and applies migrations/ before the first replica starts.
type Store struct {
	db *sql.DB
}

// OpenStore opens a file that msvc has prepared. Without a path the data lives in memory, as the unit tests have it.
func OpenStore(path string) (*Store, error) {
	// These belong to a connection, not to the file. Replicas share the file: a writer waits for another's short
	// transaction instead of failing at once.
	options := url.Values{
		"_busy_timeout": {"5000"},
		"_foreign_keys": {"on"},
		"_synchronous":  {"NORMAL"},
		"_txlock":       {"immediate"},
		"mode":          {"rw"},
	}
	if path == "" {
		path = ":memory:"
		options.Set("mode", "memory")
	}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode())
	if err != nil {
		return nil, err
	}
	store := &Store{db: db}
	if path == ":memory:" {
		// Each connection would have a database of its own.
		db.SetMaxOpenConns(1)
		err = store.migrate()
	} else {
		err = db.Ping()
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return store, nil
}

func (s *Store) migrate() error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := s.db.Exec(string(text)); err != nil {
			return err
		}
	}
	return nil
}

const columns = "id, name, quantity, created_at"

// List returns at most limit items, the newest first.
func (s *Store) List(ctx context.Context, limit int) ([]Item, error) {
	const query = "SELECT " + columns + " FROM items ORDER BY created_at DESC, rowid DESC LIMIT ?"
	rows, err := s.db.QueryContext(ctx, query, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := []Item{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, rows.Err()
}

// Get returns ErrNoItem when there is none of that id.
func (s *Store) Get(ctx context.Context, id string) (Item, error) {
	item, err := scan(s.db.QueryRowContext(ctx, "SELECT "+columns+" FROM items WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return Item{}, ErrNoItem
	}
	return item, err
}

// Add keeps a new item under an id of its own.
func (s *Store) Add(ctx context.Context, wanted NewItem) (Item, error) {
	const insert = "INSERT INTO items (id, name, quantity) VALUES (?, ?, ?) RETURNING " + columns
	return scan(s.db.QueryRowContext(ctx, insert, randomHex(16), wanted.Name, wanted.Quantity))
}

// Remove returns ErrNoItem when there is none of that id.
func (s *Store) Remove(ctx context.Context, id string) error {
	result, err := s.db.ExecContext(ctx, "DELETE FROM items WHERE id = ?", id)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNoItem
	}
	return nil
}

// Ping fails when the database cannot be read.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.List(ctx, 1)
	return err
}

// Close gives up what the store holds.
func (s *Store) Close() error { return s.db.Close() }

func scan(row interface{ Scan(...any) error }) (Item, error) {
	var item Item
	var createdAt string
	if err := row.Scan(&item.ID, &item.Name, &item.Quantity, &createdAt); err != nil {
		return Item{}, err
	}
	var err error
	item.CreatedAt, err = time.Parse(time.RFC3339Nano, createdAt)
	return item, err
}
// msvc:end
