package config

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// SecretCredential is the name under which systemd hands over the instance's secret where no
// file is named: LoadCredential=secret:/etc/tertial/secret.
const SecretCredential = "secret"

const (
	// keyBytes is the least that a secret must hold, and what one that is made does hold.
	keyBytes = 32
	// keyVariety is how many different bytes a secret must have: 32 drawn by lot have more, whatever somebody
	// typed until it was long enough has fewer.
	keyVariety = 12
)

// Secret returns the instance's secret, from which the keys are derived that sign what this instance must know
// again. It is read from secret_file, else from the systemd credential [SecretCredential], else from the file beside
// the SQLite database, which is made when it is first needed. It never enters the database, a log or an output.
func (c *Config) Secret() ([]byte, error) {
	path, handedOver := c.secretFile()
	if path == "" {
		return nil, fmt.Errorf("%w: secret_file: %s", ErrConfig, noSecretFile)
	}
	if c.SecretFile == "" && !handedOver {
		if err := makeSecret(path); err != nil {
			return nil, fmt.Errorf("%w: secret_file: no file with a new secret can be made beside the database: %w", ErrConfig, cause(err))
		}
	}
	key, err := readKey(path, handedOver)
	if err != nil {
		return nil, fmt.Errorf("%w: secret_file: %w", ErrConfig, err)
	}
	return key, nil
}

// CheckSecret finds out whether [Config.Secret] will do, without making one.
func (c *Config) CheckSecret() error {
	path, handedOver := c.secretFile()
	if c.SecretFile == "" && !handedOver && path != "" {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	_, err := c.Secret()
	return err
}

// KeyFile is the file that holds the instance's secret, whether it is there yet or not; "" where none is named.
func (c *Config) KeyFile() string {
	path, _ := c.secretFile()
	return path
}

const noSecretFile = "several processes may share a PostgreSQL database, and all need one secret; name the file that holds it"

// secretFile returns where the secret is, "" where that must be said, and whether systemd put it there.
func (c *Config) secretFile() (path string, handedOver bool) {
	if c.SecretFile != "" {
		return c.SecretFile, false
	}
	if c.credentials != "" {
		path := filepath.Join(c.credentials, SecretCredential)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	if isPostgres(c.Database) {
		return "", false
	}
	return c.Database + ".key", false
}

// readKey reads a secret of 32 bytes or more: in hexadecimal, in base64, or as it is. As with passwords, no error
// repeats the path. Who can read the file can forge reports; who can write it can make us
// take a secret of theirs, which is refused.
func readKey(path string, handedOver bool) ([]byte, error) {
	raw, mode, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	if mode&0o002 != 0 && !handedOver {
		return nil, fmt.Errorf("everybody on this machine can change the file (mode %04o); chmod 600 it", mode)
	}
	key := decodeKey(raw)
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
		return nil, errors.New("the file is empty")
	case len(key) < keyBytes:
		return nil, fmt.Errorf("the secret has %d bytes, not %d or more; make one with: openssl rand -hex 32", len(key), keyBytes)
	case variety(key) < keyVariety:
		return nil, errors.New("the secret can be guessed; make one with: openssl rand -hex 32")
	}
	return key, nil
}

// decodeKey takes text for hexadecimal where it is, or else for base64 where it is and is long enough, and everything
// else for what it is. A line end closes text and is no part of it; in a file that is no text it may be one of the bytes.
func decodeKey(raw []byte) []byte {
	text := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return raw
	}
	if key, err := hex.DecodeString(text); err == nil {
		return key
	}
	bare := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	if key, err := base64.RawStdEncoding.DecodeString(bare); err == nil && len(key) >= keyBytes {
		return key
	}
	return []byte(text)
}

func variety(key []byte) int {
	seen := map[byte]bool{}
	for _, b := range key {
		seen[b] = true
	}
	return len(seen)
}

// makeSecret makes a file with a new secret, unless there is one. It appears whole or not at all, and of two
// processes that make it at once one does: the file is written under another name, and then given this one too.
func makeSecret(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	secret := make([]byte, keyBytes)
	_, _ = rand.Read(secret) // never fails
	draft := path + "." + strings.ToLower(rand.Text()[:8])
	file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }() // its other name stays
	_, err = file.WriteString(hex.EncodeToString(secret) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(draft, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a name in the folder last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// readableByAll reports whether everybody on this machine can read the secret.
func (c *Config) readableByAll() bool {
	path, handedOver := c.secretFile()
	if path == "" || handedOver {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o004 != 0
}
