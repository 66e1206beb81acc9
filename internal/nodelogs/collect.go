package nodelogs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"

	"github.com/hybridcluster/hybridcluster/internal/remote"
)

const (
	// parallel is how many nodes are asked at once: sshd takes ten that have not
	// logged in yet (MaxStartups).
	parallel = 6
	// itemTime bounds one log.
	itemTime = 2 * time.Minute
)

// Node is a node whose logs are wanted.
type Node struct {
	Name    string
	Windows bool
}

// Shell runs commands on a machine. [*remote.Client] is one.
type Shell interface {
	Run(ctx context.Context, command string, s remote.Streams, t *remote.Terminal) (int, error)
	Close() error
}

// Options say what is taken, and how.
type Options struct {
	Stack string
	// Dir is the folder; it is made, and must not hold anything.
	Dir   string
	Nodes []Node
	// Login logs in on a node. It may be nil; then NoLogin says why.
	Login   func(ctx context.Context, node string) (Shell, error)
	NoLogin error
	// Kubernetes may be nil; then NoKubernetes says why. AllOfIt takes events and
	// pods' logs, too.
	Kubernetes   kubernetes.Interface
	NoKubernetes error
	AllOfIt      bool
	Mask         *Mask
	// Now is when it was taken.
	Now time.Time
}

// Item is one log, taken or not.
type Item struct {
	// File is relative to the folder.
	File string `json:"file"`
	// From is ssh or kubernetes.
	From string `json:"from,omitempty"`
	// Bytes is the size of the file, after masking.
	Bytes int `json:"bytes"`
	// Error says why there is nothing in it, or not all.
	Error string `json:"error,omitempty"`
}

// Index is what was taken. It is also the folder's index.json.
type Index struct {
	Stack string    `json:"stack"`
	Dir   string    `json:"-"`
	Taken time.Time `json:"taken"`
	Items []Item    `json:"items"`
}

// Failed are the items that are missing or not whole.
func (i Index) Failed() []Item {
	return slices.DeleteFunc(slices.Clone(i.Items), func(item Item) bool { return item.Error == "" })
}

// collector gathers items from several nodes at once.
type collector struct {
	o Options
	// root is the folder: whatever a name says, nothing is written outside of it.
	root  *os.Root
	mu    sync.Mutex
	items []Item
}

// Collect takes what it can get. The error is about the folder alone; what a node
// does not give is in the index. What was taken before the context ended is kept.
func Collect(ctx context.Context, o Options) (Index, error) {
	if err := emptyDir(o.Dir); err != nil {
		return Index{}, err
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return Index{}, fmt.Errorf("opening the folder for the logs: %w", err)
	}
	defer func() { _ = root.Close() }()
	c := &collector{o: o, root: root}
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, n := range o.Nodes {
		group.Go(func() error { return c.node(ctx, n) })
	}
	if o.AllOfIt {
		group.Go(func() error { return c.cluster(ctx) })
	}
	err = group.Wait()
	slices.SortFunc(c.items, func(a, b Item) int { return strings.Compare(a.File, b.File) })
	index := Index{Stack: o.Stack, Dir: o.Dir, Taken: o.Now.UTC(), Items: c.items}
	return index, errors.Join(err, index.write())
}

func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder for the logs: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the folder for the logs: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: name another folder, so that logs of two times are not mixed", dir)
	}
	return nil
}

func (i Index) write() error {
	data, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	if err := os.WriteFile(filepath.Join(i.Dir, "index.json"), append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	return nil
}

// node takes the logs of one node: over SSH, and what that does not give through
// the API server.
func (c *collector) node(ctx context.Context, n Node) error {
	sources := linuxSources()
	if n.Windows {
		sources = windowsSources()
	}
	shell, noShell := c.login(ctx, n.Name)
	if shell != nil {
		defer func() { _ = shell.Close() }()
	}
	var faults []error
	for _, s := range sources {
		text, from, err := c.take(ctx, shell, noShell, n.Name, s)
		faults = append(faults, c.keep(n.Name+"/"+s.file, from, text, err))
	}
	return errors.Join(faults...)
}

func (c *collector) login(ctx context.Context, node string) (Shell, error) {
	if c.o.Login == nil {
		return nil, c.o.NoLogin
	}
	shell, err := c.o.Login(ctx, node)
	if err != nil {
		return nil, err
	}
	return shell, nil
}

// take gives what there is of a log, and an error where that is not all.
func (c *collector) take(ctx context.Context, shell Shell, noShell error, node string, s source) (text, from string, err error) {
	ctx, cancel := context.WithTimeout(ctx, itemTime)
	defer cancel()
	if shell != nil {
		text, err = run(ctx, shell, s.command)
		return text, "ssh", err
	}
	viaKubelet, err := c.kubelet(ctx, node, s)
	if err != nil {
		return "", "", fmt.Errorf("over SSH: %w; through Kubernetes: %w", noShell, err)
	}
	return viaKubelet, "kubernetes", nil
}

// run keeps the end of what a command prints.
func run(ctx context.Context, shell Shell, command string) (string, error) {
	out, complaint := &tail{most: largest}, &tail{most: 2000}
	code, err := shell.Run(ctx, command, remote.Streams{Out: out, Err: complaint}, nil)
	switch {
	case err != nil:
		return out.String(), err
	case code != 0:
		return out.String(), fmt.Errorf("the command ended with exit code %d: %s", code, strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}

// keep masks and writes a log, and notes it. Only what cannot be written is an
// error here.
func (c *collector) keep(file, from, text string, problem error) error {
	item := Item{File: file, From: from}
	if problem != nil {
		item.Error = c.o.Mask.Hide(problem.Error())
	}
	var err error
	switch {
	case !plain(file):
		// Quoted, it cannot drive a terminal either.
		item.File = strconv.QuoteToASCII(file)
		item.Error = strings.TrimPrefix(item.Error+"; the name is not one of Kubernetes', so nothing was written", "; ")
	case text != "" || problem == nil:
		text = c.o.Mask.Hide(text)
		item.Bytes = len(text)
		path := filepath.FromSlash(file)
		if err = c.root.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			err = c.root.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			err = fmt.Errorf("writing a log: %w", err)
			item.Error = err.Error()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = append(c.items, item)
	return err
}

// plain tells whether a path leads where it seems to. Names of nodes, namespaces,
// pods and containers come from the API server, and are joined to paths: one that is
// not itself would lead elsewhere, or write over another log. Kubernetes' own names
// are letters, digits, hyphens and dots:
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
func plain(file string) bool {
	for name := range strings.SplitSeq(file, "/") {
		if name == "" || strings.Trim(name, ".") == "" || strings.ContainsFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
		}) {
			return false
		}
	}
	return filepath.IsLocal(filepath.FromSlash(file))
}

// tail keeps the last bytes that are written to it. The streams of one session come
// one at a time, and a session that was given up may still write.
type tail struct {
	mu   sync.Mutex
	most int
	data []byte
	cut  bool
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if len(t.data) > 2*t.most {
		t.shorten()
	}
	return len(p), nil
}

// shorten cuts at the end of a line: half a secret would not be known as one.
func (t *tail) shorten() {
	if len(t.data) <= t.most {
		return
	}
	kept := t.data[len(t.data)-t.most:]
	if at := bytes.IndexByte(kept, '\n'); at >= 0 {
		kept = kept[at+1:]
	}
	t.data, t.cut = bytes.Clone(kept), true
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shorten()
	if t.cut {
		return "[earlier lines are left out]\n" + string(t.data)
	}
	return string(t.data)
}
