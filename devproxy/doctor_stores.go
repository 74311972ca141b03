package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// stores are where `devproxy trust` puts a CA, as far as they can be read: the
// system's store and the NSS databases of browsers.
type stores struct {
	databases []database
	files     []string // of CAs by our name, in the folders of Linux systems
	certutil  bool     // without it, databases cannot be read
}

// database is an NSS database.
type database struct {
	dir   string
	names []string // of CAs by our name, trusted for sites
}

// anchors are the folders of Linux systems, and what takes a change over.
var anchors = []struct{ dir, command string }{
	{"/etc/pki/ca-trust/source/anchors", "update-ca-trust extract"},
	{"/usr/local/share/ca-certificates", "update-ca-certificates"},
	{"/usr/share/pki/trust/anchors", "update-ca-certificates"},
	{"/etc/ca-certificates/trust-source/anchors", "trust extract-compat"},
}

func findStores(ctx context.Context) (s stores) {
	_, err := exec.LookPath("certutil")
	s.certutil = err == nil
	home, _ := os.UserHomeDir()
	for _, pattern := range []string{".pki/nssdb", ".mozilla/firefox/*", "Library/Application Support/Firefox/Profiles/*"} {
		dirs, _ := filepath.Glob(filepath.Join(home, pattern, "cert9.db")) // only a wrong pattern is an error
		for _, file := range dirs {
			dir := filepath.Dir(file)
			s.databases = append(s.databases, database{dir, namesIn(ctx, dir)})
		}
	}
	for _, anchor := range anchors {
		files, _ := filepath.Glob(filepath.Join(anchor.dir, strings.ReplaceAll(authorityName, " ", "_")+"_*"))
		s.files = append(s.files, files...)
	}
	return s
}

// namesIn reads lines as "devproxy, for this user's localhost 12345    C,,".
func namesIn(ctx context.Context, dir string) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, versionLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "certutil", "-L", "-d", "sql:"+dir).Output()
	if err != nil {
		return nil // then it is not trusted there
	}
	for line := range strings.Lines(string(out)) {
		name, flags, found := cutLast(strings.TrimSpace(line))
		if found && strings.HasPrefix(name, authorityName+" ") && strings.HasPrefix(flags, "C") {
			names = append(names, name)
		}
	}
	return names
}

// cutLast cuts at the last blank.
func cutLast(text string) (before, after string, found bool) {
	at := strings.LastIndexByte(text, ' ')
	if at < 0 {
		return text, "", false
	}
	return strings.TrimSpace(text[:at]), text[at+1:], true
}

// serial is in what `devproxy trust` calls the CA.
func serial(root *x509.Certificate) string { return root.SerialNumber.String() }

// missing are the stores that do not trust the CA.
func (s stores) missing(root *x509.Certificate) []finding {
	var places []string
	if _, err := root.Verify(x509.VerifyOptions{}); err != nil {
		places = append(places, "the system: "+err.Error())
	}
	for _, db := range s.databases {
		switch {
		case !s.certutil:
			places = append(places, db.dir+": it is read with certutil, which is not there")
		case !ends(db.names, serial(root)):
			places = append(places, db.dir+": it is not in there")
		}
	}
	if len(places) == 0 {
		return nil
	}
	fix := "run 'devproxy trust' while 'devproxy up --https' runs, and start browsers anew"
	if len(s.databases) > 0 && !s.certutil {
		fix = "install certutil (Debian and Ubuntu: libnss3-tools); then " + fix
	}
	return []finding{{State: stateWarning, Code: "ca_untrusted", Cause: "browsers warn of the certificates of https", Evidence: strings.Join(places, "\n"), Fix: fix}}
}

func ends(names []string, with string) bool {
	for _, name := range names {
		if strings.HasSuffix(name, " "+with) {
			return true
		}
	}
	return false
}

// leftover are CAs by our name that are not this one: their keys are gone, or
// nobody knows who has them. It is one finding, with a command for each.
func (s stores) leftover(root *x509.Certificate) []finding {
	own := "none"
	if root != nil {
		own = serial(root)
	}
	var seen, commands []string
	for _, db := range s.databases {
		for _, name := range db.names {
			if !ends([]string{name}, own) {
				seen = append(seen, fmt.Sprintf("%s: %s", db.dir, name))
				commands = append(commands, fmt.Sprintf("certutil -D -d %s -n %s", shellWord("sql:"+db.dir), shellWord(name)))
			}
		}
	}
	for _, file := range s.files {
		if stem := strings.TrimSuffix(file, filepath.Ext(file)); !strings.HasSuffix(stem, "_"+own) {
			seen = append(seen, file)
			commands = append(commands, "sudo rm "+shellWord(file)+" && sudo "+takenOverBy(file))
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return []finding{{State: stateWarning, Code: "ca_leftover", Cause: "a CA of an earlier devproxy, or of another XDG_STATE_HOME, is still trusted: who has its key can pass for any site",
		Evidence: strings.Join(seen, "\n"), Fix: strings.Join(commands, "\n")}}
}

func takenOverBy(file string) string {
	for _, anchor := range anchors {
		if filepath.Dir(file) == anchor.dir {
			return anchor.command
		}
	}
	return ""
}
