package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// Kept is what a workspace keeps beside its records until its life ends: what limits have counted, answers, faults, failed
// logins. Each value has a kind and a key. It is in memory, and gone with the process, where no other process has the
// database; and in the database where others have it too.
type Kept struct {
	memory    map[keptName]any // nil where it is in the database
	view      store.View
	tx        store.Tx // unless it is only looked at
	workspace string
	announced bool
}

type keptName struct{ kind, key string }

// Keep changes what is kept for the life, alone with it. It may run change twice, which returns its findings by setting
// variables anew, and puts nothing if it fails. What change does once the life has ended nobody sees any more.
func (l *Life) Keep(ctx context.Context, change func(*Kept) error) error {
	w := l.of
	if !w.dir.store.Shared() {
		l.mu.Lock()
		defer l.mu.Unlock()
		k := Kept{memory: l.kept}
		err := change(&k)
		if k.announced {
			l.announce()
		}
		return err
	}
	var k Kept
	var now present
	err := w.dir.store.Write(ctx, w.Name, func(tx store.Tx) error {
		k = Kept{view: tx.View, tx: tx, workspace: w.Name}
		switch r, err := rowOf(tx.View, w.Name); {
		case errors.Is(err, ErrNotFound) || err == nil && r.life.generation != l.generation:
			return change(&Kept{memory: map[keptName]any{}}) // of a life that has ended nothing is kept
		case err != nil:
			return err
		}
		err := change(&k)
		if err == nil && k.announced {
			now, err = w.dir.raise(tx, w.Name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep something for %s: %w", w.Name, err)
	}
	if k.announced {
		w.show(now, false)
	}
	return nil
}

// Look is Keep for who only reads.
func (l *Life) Look(ctx context.Context, look func(*Kept) error) error {
	w := l.of
	if !w.dir.store.Shared() {
		l.mu.Lock()
		defer l.mu.Unlock()
		return look(&Kept{memory: l.kept})
	}
	err := w.dir.store.Read(ctx, func(v store.View) error {
		switch r, err := rowOf(v, w.Name); {
		case errors.Is(err, ErrNotFound) || err == nil && r.life.generation != l.generation:
			return look(&Kept{memory: map[keptName]any{}})
		case err != nil:
			return err
		}
		return look(&Kept{view: v, workspace: w.Name})
	})
	if err != nil {
		return fmt.Errorf("look at what is kept for %s: %w", w.Name, err)
	}
	return nil
}

// Announce says that what is put now is read by Peek: who waits for [Life.Changed] is told.
func (k *Kept) Announce() { k.announced = true }

// Get is a value of the type that was put: nil if there is none. It is changed by Put alone.
func Get[T any](k *Kept, kind, key string) (*T, error) {
	if k.memory != nil {
		value, _ := k.memory[keptName{kind, key}].(*T)
		return value, nil
	}
	all, err := query[T](k.view, "of_workspace = $1 AND kind = $2 AND digest = $3", k.workspace, kind, Digest(key))
	return all[key], err
}

// All are the values of a kind by their keys.
func All[T any](k *Kept, kind string) (map[string]*T, error) {
	if k.memory == nil {
		return query[T](k.view, "of_workspace = $1 AND kind = $2", k.workspace, kind)
	}
	all := map[string]*T{}
	for name, value := range k.memory {
		if name.kind == kind {
			all[name.key] = value.(*T)
		}
	}
	return all, nil
}

// Count is how many values of a kind there are.
func (k *Kept) Count(kind string) (n int, err error) {
	if k.memory == nil {
		err = k.view.QueryRow("SELECT count(*) FROM kept WHERE of_workspace = $1 AND kind = $2", k.workspace, kind).Scan(&n)
		return n, err
	}
	for name := range k.memory {
		if name.kind == kind {
			n++
		}
	}
	return n, nil
}

func query[T any](v store.View, condition string, args ...any) (map[string]*T, error) {
	found, err := v.Query("SELECT key, value FROM kept WHERE "+condition, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	all := map[string]*T{}
	for found.Next() {
		var key, text string
		if err := found.Scan(&key, &text); err != nil {
			return nil, err
		}
		value := new(T)
		if err := json.Unmarshal([]byte(text), value); err != nil {
			return nil, fmt.Errorf("read what is kept as %q: %w", key, err)
		}
		all[key] = value
	}
	return all, found.Err()
}

// Put keeps a pointer to a value, in the place of what is kept there.
func (k *Kept) Put(kind, key string, value any) error {
	if k.memory != nil {
		k.memory[keptName{kind, key}] = value
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return k.tx.Exec(`
		INSERT INTO kept (of_workspace, kind, digest, key, value) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (of_workspace, kind, digest) DO UPDATE SET value = excluded.value`, k.workspace, kind, Digest(key), key, string(text))
}

// Delete removes a value, if there is one.
func (k *Kept) Delete(kind, key string) error {
	if k.memory != nil {
		delete(k.memory, keptName{kind, key})
		return nil
	}
	return k.tx.Exec("DELETE FROM kept WHERE of_workspace = $1 AND kind = $2 AND digest = $3", k.workspace, kind, Digest(key))
}

// Clear removes all values of a kind.
func (k *Kept) Clear(kind string) error {
	if k.memory == nil {
		return k.tx.Exec("DELETE FROM kept WHERE of_workspace = $1 AND kind = $2", k.workspace, kind)
	}
	for name := range k.memory {
		if name.kind == kind {
			delete(k.memory, name)
		}
	}
	return nil
}

// peeked is a value as it was at a revision.
type peeked struct {
	revision int64
	value    any
}

// Peek is Get of a value that is never put without Announce, at little cost: it is as new as the workspace was at its last
// Refresh. It is shared, and not to be changed.
func Peek[T any](ctx context.Context, l *Life, kind, key string) (*T, error) {
	name, w := keptName{kind, key}, l.of
	l.mu.Lock()
	if !w.dir.store.Shared() {
		defer l.mu.Unlock()
		value, _ := l.kept[name].(*T)
		return value, nil
	}
	known, ok := l.peeked[name]
	l.mu.Unlock()
	if ok && known.revision >= w.revision.Load() {
		return known.value.(*T), nil
	}
	var value *T
	var revision int64
	err := w.dir.store.Read(ctx, func(v store.View) error {
		r, err := rowOf(v, w.Name)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		revision = r.revision
		all, err := query[T](v, "of_workspace = $1 AND kind = $2 AND digest = $3", w.Name, kind, Digest(key))
		value = all[key]
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is kept for %s: %w", w.Name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.peeked == nil {
		l.peeked = map[keptName]peeked{}
	}
	l.peeked[name] = peeked{revision, value}
	return value, nil
}
