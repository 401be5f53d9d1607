package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPasswordComesFromItsFile(t *testing.T) {
	tests := []struct {
		name, content string
		mode          fs.FileMode
		want, err     string
	}{
		{"a password", "hemligt", 0o600, "hemligt", ""},
		{"a line end is not part of it", "hemligt\n", 0o400, "hemligt", ""},
		{"nor is that of Windows", "hemligt\r\n", 0o640, "hemligt", ""},
		{"blanks are part of it", " hem ligt \n", 0o600, " hem ligt ", ""},
		{"a second line is not", "hemligt\nx\n", 0o600, "", "not one line"},
		{"an empty second line is not", "hemligt\n\n", 0o600, "", "not one line"},
		{"an empty file is none", "", 0o600, "", "the file is empty"},
		{"a line end alone is none", "\n", 0o600, "", "the file is empty"},
		{"a NUL is not text", "hem\x00ligt", 0o600, "", "not one line"},
		{"what everybody can read is no secret", "hemligt", 0o644, "", "mode 0644"},
		{"what everybody can write is none either", "hemligt", 0o602, "", "mode 0602"},
		{"ten MiB are no password", strings.Repeat("x", 10<<20), 0o600, "", "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "password")
			if err := errors.Join(os.WriteFile(path, []byte(tt.content), tt.mode), os.Chmod(path, tt.mode)); err != nil {
				t.Fatal(err)
			}
			c := withUser(path)
			got, err := c.SMTPPassword()
			if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %q, %v; want %q, …%s…", got, err, tt.want, tt.err)
			}
			if err != nil && (!errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "hemligt")) {
				t.Errorf("%v is no ErrConfig, or tells the secret", err)
			}
		})
	}
}

func TestPasswordFileThatCannotBeRead(t *testing.T) {
	for path, want := range map[string]string{
		filepath.Join(t.TempDir(), "none"): "no such file or directory",
		t.TempDir():                        "no ordinary file",
		"/dev/zero":                        "no ordinary file",
		"hemligt, by mistake":              "no such file or directory",
	} {
		c := withUser(path)
		if _, err := c.SMTPPassword(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hemligt") {
			t.Errorf("%s: got %v, want …%s… without the path", path, err, want)
		}
	}
	missing := withUser(filepath.Join(t.TempDir(), "none"))
	if _, err := missing.SMTPPassword(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

func TestPasswordIsNotLookedForWhereNobodySignsIn(t *testing.T) {
	c := withUser("/none")
	c.Mail.SMTP.Username = ""
	if got, err := c.SMTPPassword(); got != "" || err != nil {
		t.Errorf("got %q, %v; want none", got, err)
	}
}

func TestPasswordMayComeFromSystemd(t *testing.T) {
	dir := t.TempDir()
	user := []string{"TERTIAL_MAIL_SMTP_USERNAME=tertial", "CREDENTIALS_DIRECTORY=" + dir}
	if _, err := Load("", user); err == nil || !strings.Contains(err.Error(), "mail.smtp.password_file: ") {
		t.Errorf("without a credential: got %v, want a complaint", err)
	}
	// Its mode is systemd's affair.
	if err := os.WriteFile(filepath.Join(dir, Credential), []byte("hemligt\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load("", user)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.SMTPPassword(); got != "hemligt" || err != nil {
		t.Errorf("got %q, %v; want hemligt", got, err)
	}
}

func withUser(path string) Config {
	c := Default()
	c.Mail.SMTP.Username, c.Mail.SMTP.PasswordFile = "tertial", path
	return c
}
