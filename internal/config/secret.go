package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// The largest secret; tokens for XOAUTH2 are some thousand bytes.
const maxSecret = 64 << 10

// SMTPPassword reads the relay's password, or token, from mail.smtp.password_file, else
// from the systemd credential smtp-password. It is "" where nobody signs in. It is
// read anew each time, since tokens change.
func (c *Config) SMTPPassword() (string, error) {
	if c.Mail.SMTP.Username == "" || c.Mail.SMTP.Auth == "none" {
		return "", nil
	}
	path := c.passwordFile()
	secret, err := readSecret(path, c.credentials != "" && filepath.Dir(path) == filepath.Clean(c.credentials))
	if err != nil {
		return "", fmt.Errorf("%w: mail.smtp.password_file: %w", ErrConfig, err)
	}
	return secret, nil
}

// readSecret reads one line. Unless the file was handed over by systemd, nobody but its
// owner and group may be able to read it.
func readSecret(path string, handedOver bool) (string, error) {
	raw, mode, err := readSmall(path)
	switch {
	case err != nil:
		return "", err
	case mode&0o007 != 0 && !handedOver:
		return "", fmt.Errorf("everybody on this machine can read the file (mode %04o); chmod 640 it", mode)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	switch {
	case secret == "":
		return "", errors.New("the file is empty")
	case strings.ContainsAny(secret, "\r\n\x00") || !utf8.ValidString(secret):
		return "", errors.New("the file is not one line of text")
	}
	return secret, nil
}

// readSmall reads a file that holds a secret, and nothing that is none or has no end. No error repeats the path: people
// have been known to write the secret there.
func readSmall(path string) (raw []byte, mode fs.FileMode, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("the file cannot be read: %w", cause(err))
	case !info.Mode().IsRegular():
		return nil, 0, errors.New("this is no ordinary file")
	case info.Size() > maxSecret:
		return nil, 0, errors.New("the file is too large for a secret")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("the file cannot be read: %w", cause(err))
	}
	defer file.Close()
	raw, err = io.ReadAll(io.LimitReader(file, maxSecret))
	if err != nil {
		return nil, 0, fmt.Errorf("the file cannot be read: %w", cause(err))
	}
	return raw, info.Mode().Perm(), nil
}

// cause is what the system said, without the path.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}
