package config

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// secretBytes are 32 bytes as drawn by lot.
func secretBytes() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i*37 + 129)
	}
	return key
}

// B52, B53.
func TestSecretComesFromItsFile(t *testing.T) {
	key := secretBytes()
	asHex := hex.EncodeToString(key)
	binary := append(bytes.Clone(key[:31]), '\n')
	tests := []struct {
		name, content string
		mode          fs.FileMode
		want          []byte
		err           string
	}{
		{"B53 hexadecimal", asHex, 0o600, key, ""},
		{"B52 a line end is not part of it", asHex + "\n", 0o400, key, ""},
		{"B52 nor is that of Windows", asHex + "\r\n", 0o600, key, ""},
		{"B53 hexadecimal in capitals", strings.ToUpper(asHex), 0o600, key, ""},
		{"B53 base64", base64.StdEncoding.EncodeToString(key) + "\n", 0o600, key, ""},
		{"B53 base64 without padding", base64.RawStdEncoding.EncodeToString(key), 0o600, key, ""},
		{"B53 base64 for URLs", base64.URLEncoding.EncodeToString(key), 0o600, key, ""},
		{"B53 bytes as they are", string(key), 0o600, key, ""},
		{"B53 a line end that is one of the bytes", string(binary), 0o600, binary, ""},
		{"B53 a sentence", "nio kanelbullar och en kopp kaffe, tack så mycket", 0o600, []byte("nio kanelbullar och en kopp kaffe, tack så mycket"), ""},
		{"B52 what everybody can read is taken, and warned of", asHex, 0o644, key, ""},

		{"B53 31 bytes, whose hexadecimal could be base64 of 46", hex.EncodeToString(key[:31]), 0o600, nil, "the secret has 31 bytes"},
		{"B53 31 bytes as they are", string(key[:31]), 0o600, nil, "the secret has 31 bytes, not 32 or more"},
		{"B53 changeme", "changeme", 0o600, nil, "the secret has 8 bytes"},
		{"B53 changeme until it is long enough", strings.Repeat("changeme", 8), 0o600, nil, "can be guessed"},
		{"B53 nothing but zeros", strings.Repeat("0", 64), 0o600, nil, "can be guessed"},
		{"B52 an empty file", "", 0o600, nil, "the file is empty"},
		{"B52 a line end alone", "\n", 0o600, nil, "the file is empty"},
		{"B52 ten MiB", strings.Repeat("x", 10<<20), 0o600, nil, "too large"},
		{"B52 what everybody can change", asHex, 0o602, nil, "mode 0602"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			if err := errors.Join(os.WriteFile(path, []byte(tt.content), tt.mode), os.Chmod(path, tt.mode)); err != nil {
				t.Fatal(err)
			}
			c := Default()
			c.SecretFile = path
			got, err := c.Secret()
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got %x, %v; want …%s…", got, err, tt.err)
			}
			if tt.want != nil && !bytes.Equal(got, tt.want) {
				t.Errorf("got %x, want %x", got, tt.want)
			}
			if err != nil && (!errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "changeme") || strings.Contains(err.Error(), path)) {
				t.Errorf("%v is no ErrConfig, or tells the secret or where it is", err)
			}
		})
	}
}

func TestSecretFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file or directory",
		dir:                        "no ordinary file",
		"/dev/zero":                "no ordinary file",
		"hemligt, by mistake":      "no such file or directory",
	} {
		c := Default()
		c.SecretFile = path
		if _, err := c.Secret(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hemligt") {
			t.Errorf("%s: got %v, want …%s… without the path", path, err, want)
		}
		if err := c.CheckSecret(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s, checked: got %v", path, err)
		}
		if _, err := os.Stat(path + ".key"); err == nil {
			t.Errorf("%s: a secret was made where one was named", path)
		}
	}
}

func TestSecretIsMadeBesideTheDatabaseWhenFirstNeeded(t *testing.T) {
	c := Default()
	c.Database = filepath.Join(t.TempDir(), "t.db")
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if names, _ := filepath.Glob(c.Database + "*"); len(names) > 0 {
		t.Fatalf("it is there before it is needed: %v", names)
	}
	if err := c.CheckSecret(); err != nil {
		t.Errorf("where one will be made: got %v", err)
	}
	if names, _ := filepath.Glob(c.Database + "*"); len(names) > 0 {
		t.Fatalf("to check is to make it: %v", names)
	}
	first, err := c.Secret()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(c.Database + ".key")
	if err != nil || info.Mode() != 0o600 || len(first) != 32 {
		t.Errorf("got %d bytes in a file of %v, %v; want 32 in one of mode 0600", len(first), info, err)
	}
	if err := c.CheckSecret(); err != nil {
		t.Errorf("where it is: got %v", err)
	}
	if again, err := c.Secret(); err != nil || !bytes.Equal(again, first) {
		t.Errorf("got %x, %v; want the same secret", again, err)
	}
	other := c
	other.Database = filepath.Join(t.TempDir(), "t.db")
	if another, err := other.Secret(); err != nil || bytes.Equal(another, first) {
		t.Errorf("got %x, %v; want another instance's own secret", another, err)
	}
}

func TestOfProcessesThatMakeTheSecretAtOnceOneDoes(t *testing.T) {
	c := Default()
	c.Database = filepath.Join(t.TempDir(), "t.db")
	keys, errs := make([][]byte, 32), make([]error, 32)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() { keys[i], errs[i] = c.Secret() })
	}
	group.Wait()
	for i := range keys {
		if errs[i] != nil || !bytes.Equal(keys[i], keys[0]) {
			t.Errorf("got %x, %v; want %x", keys[i], errs[i], keys[0])
		}
	}
	if names, _ := filepath.Glob(c.Database + "*"); len(names) != 1 {
		t.Errorf("got %v, want the secret alone", names)
	}
}

func TestSecretThatCannotBeMadeIsAComplaint(t *testing.T) {
	c := Default()
	c.Database = filepath.Join(t.TempDir(), "none", "t.db")
	if _, err := c.Secret(); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "secret_file: no file with a new secret can be made") {
		t.Errorf("got %v", err)
	}
	dangling := Default()
	dangling.Database = filepath.Join(t.TempDir(), "t.db")
	if err := os.Symlink("/none/of/that", dangling.Database+".key"); err != nil {
		t.Skip("this file system has no links")
	}
	if _, err := dangling.Secret(); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("behind a link to nowhere: got %v", err)
	}
}

func TestSecretOfPostgresMustBeNamed(t *testing.T) {
	const database = "TERTIAL_DATABASE=postgres://tertial@localhost/tertial"
	const bounces = "TERTIAL_MAIL_BOUNCE_TO=bounces@example.org"
	if _, err := Load("", []string{database}); err != nil {
		t.Errorf("where nothing is signed: got %v", err)
	}
	_, err := Load("", []string{database, bounces})
	if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "secret_file: several processes may share a PostgreSQL database") {
		t.Errorf("got %v", err)
	}
	if _, err := Load("", []string{database, bounces, "TERTIAL_SECRET_FILE=/run/tertial/secret"}); err != nil {
		t.Errorf("with a name: got %v", err)
	}
	unnamed := Default()
	unnamed.Database = "postgres://tertial@localhost/tertial"
	if _, err := unnamed.Secret(); !errors.Is(err, ErrConfig) {
		t.Errorf("asked all the same: got %v", err)
	}
	if err := unnamed.CheckSecret(); !errors.Is(err, ErrConfig) {
		t.Errorf("checked all the same: got %v", err)
	}

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, SecretCredential), []byte(hex.EncodeToString(secretBytes())), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load("", []string{database, bounces, "CREDENTIALS_DIRECTORY=" + dir})
	if err != nil {
		t.Fatalf("with a credential: got %v", err)
	}
	if got, err := c.Secret(); err != nil || !bytes.Equal(got, secretBytes()) {
		t.Errorf("with a credential: got %x, %v", got, err)
	}
	for _, w := range c.Warnings() {
		if strings.Contains(w, "secret_file") {
			t.Errorf("what systemd hands over is warned of: %s", w)
		}
	}
}

func TestBouncesGoToAnAddressWithRoom(t *testing.T) {
	to := func(s string) func(*Config) { return func(c *Config) { c.Mail.BounceTo = s } }
	hold(t, []rule{
		{"an address", to("bounces@example.org"), ""},
		{"an address with an extension", to("tertial+bounces@example.org"), ""},
		{"none", to(""), ""},
		{"the longest local part", to(strings.Repeat("b", 26) + "@example.org"), ""},
		{"one letter more", to(strings.Repeat("b", 27) + "@example.org"), "mail.bounce_to: at most 26 characters"},
		{"no address", to("bounces"), "mail.bounce_to: "},
		{"a name before it", to("Bounces <bounces@example.org>"), "mail.bounce_to: "},
		{"two lines", to("b@example.org\r\nRCPT TO:<x@y.se>"), "mail.bounce_to: "},
		{"B53 the relay's password for a secret", func(c *Config) {
			c.Mail.SMTP.Username, c.Mail.SMTP.PasswordFile, c.SecretFile = "u", "/run/secret", "/run/secret"
		}, "secret_file: one secret must not serve two purposes"},
	})
}

func TestSecretThatEverybodyCanReadIsWarnedOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(hex.EncodeToString(secretBytes())), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.Mail.BounceTo, c.SecretFile = "bounces@example.org", path
	for mode, want := range map[fs.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(c.Warnings(), "\n"), "secret_file: everybody"); got != want {
			t.Errorf("B52 mode %04o: got %t, want %t", mode, got, want)
		}
	}
}

func TestSecretIsNotShown(t *testing.T) {
	c := Default()
	c.Database = filepath.Join(t.TempDir(), "t.db")
	c.Mail.BounceTo = "bounces@example.org"
	key, err := c.Secret()
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	if err := c.Show(&shown); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(shown.String(), hex.EncodeToString(key)) || strings.Contains(shown.String(), hex.EncodeToString(key)[:16]) {
		t.Errorf("the secret is shown:\n%s", shown.String())
	}
}
