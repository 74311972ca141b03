package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/same-origin/devproxy/compose/expression"
)

// initOptions are the flags of `init`.
type initOptions struct {
	dir       string
	template  string
	publisher string
	name      string
	caddyfile bool
	compose   bool
}

func newInit() *cobra.Command {
	o := new(initOptions)
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a new extension that runs at once",
		Long: "Write a new extension into DIR (default: this folder) that runs at once. Nothing is\n" +
			"overwritten. In a terminal it asks for what no flag says; elsewhere, or with CI set,\n" +
			"defaults stand in.",
		Example: "  devproxy init my-extension\n  devproxy init my-extension --template ts-handler\n" +
			"  devproxy init my-extension --caddyfile --compose",
		GroupID:           "dev",
		Args:              o.parseArgs,
		ValidArgsFunction: completeFolders,
		RunE:              func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.template, "template", "t", "", "what to write: "+strings.Join(templateNames, " or ")+" (default: "+templateNames[0]+")")
	flags.StringVar(&o.publisher, "publisher", "", "who publishes it, the first half of its id (default: my-company)")
	flags.StringVar(&o.name, "name", "", "its name, the second half of its id (default: the name of DIR)")
	flags.BoolVar(&o.caddyfile, "caddyfile", false, "write a Caddyfile too, the one that is built in, to change it")
	flags.BoolVar(&o.compose, "compose", false, "write a compose.yml too, for a runner in a container")
	suggest(cmd, "template", templateNames...)
	return cmd
}

func (o *initOptions) parseArgs(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageFault("unexpected_argument", "write 'devproxy init DIR'", "init takes one folder, and got %q", args[1])
	}
	o.dir = strings.Join(args, "")
	return nil
}

func (o *initOptions) run(cmd *cobra.Command) error {
	if err := o.complete(cmd); err != nil {
		return err
	}
	files, err := o.files()
	if err != nil {
		return err
	}
	if err := writeNew(o.dir, files); err != nil {
		return err
	}
	return o.report(cmd.OutOrStdout(), files)
}

// slug is what a manifest takes for name and publisher.
var slug = expression.WhenNeeded(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// complete asks, or takes defaults, and refuses what a manifest would.
func (o *initOptions) complete(cmd *cobra.Command) error {
	if o.dir == "" {
		o.dir = "."
	}
	ask := asking(cmd)
	abs, err := filepath.Abs(o.dir)
	if err != nil {
		return fmt.Errorf("finding the folder: %w", err)
	}
	if err := o.check(); err != nil {
		return err
	}
	for _, q := range []struct {
		value          *string
		what, fallback string
	}{
		{&o.template, "Template (" + strings.Join(templateNames, ", ") + ")", templateNames[0]},
		{&o.publisher, "Publisher", placeholderPublisher},
		{&o.name, "Name", folderName(abs)},
	} {
		if *q.value != "" {
			continue
		}
		if *q.value, err = ask(q.what, q.fallback); err != nil {
			return err
		}
		if err := o.check(); err != nil { // before the next question
			return err
		}
	}
	return nil
}

// check refuses what is wrong with what is known so far.
func (o *initOptions) check() error {
	if o.template != "" {
		if err := checkTemplate(o.template); err != nil {
			return err
		}
	}
	for _, flag := range []struct{ name, value string }{{"name", o.name}, {"publisher", o.publisher}} {
		if flag.value != "" && !slug().MatchString(flag.value) {
			return usageFault("invalid_flag", "use letters, digits, '-' and '_', 63 at most", "--%s %q is none that a manifest may have", flag.name, flag.value)
		}
	}
	return nil
}

// folderName makes a name of a folder's.
func folderName(dir string) string {
	name := strings.Trim(unsafeInName().ReplaceAllString(strings.ToLower(filepath.Base(dir)), "-"), "-")
	if len(name) > 63 {
		name = strings.TrimRight(name[:63], "-")
	}
	if name == "" {
		return placeholderName
	}
	return name
}

// report says what was written, and what to type next.
func (o *initOptions) report(w io.Writer, files []newFile) error {
	fmt.Fprintf(w, "%s.%s is written to %s:\n", o.publisher, o.name, relative(o.dir))
	for _, f := range files {
		fmt.Fprintln(w, "  "+f.path)
	}
	fmt.Fprintln(w, "Next:")
	if filepath.Clean(o.dir) != "." {
		fmt.Fprintln(w, "  cd "+shellWord(o.dir))
	}
	if o.template == handlerTemplate {
		fmt.Fprintln(w, "  npm ci")
	}
	next := "  devproxy up"
	if o.compose {
		next += "    # with --backend docker --file compose.yml: in a container"
	}
	_, err := fmt.Fprintln(w, next)
	return err
}

// shellWord is the word as a shell takes it.
func shellWord(word string) string {
	if !strings.ContainsAny(word, " \t\n'\"\\$`&|;<>()*?[]#~!{}") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
