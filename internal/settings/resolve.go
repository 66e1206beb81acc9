package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// Inputs are the places that settings come from.
type Inputs struct {
	// File is the definition's file from the command line, "-" for standard
	// input; Set are its "path=value" assignments.
	File string
	Set  []string
	// Flags are the values of the flags that were given, by the flag's name.
	Flags map[string][]string
	// Getenv reads the environment.
	Getenv func(string) string
	// Stack is the stack's config, by key, without its namespace.
	Stack map[string]string
	// Stdin is read where the file is "-".
	Stdin io.Reader
	// Dir is where relative paths start: the working directory, which is also
	// the project's where it has one.
	Dir string
	// Read reads the definition and the files that it names, by absolute path,
	// where they are to come from elsewhere than the disk. It may be nil.
	Read func(path string) ([]byte, error)
}

// ErrNoDefinition says that no definition was named anywhere.
var ErrNoDefinition = errors.New("no cluster definition: name its file with -f FILE, " + DefinitionEnv +
	" or the stack's config " + stacks.Namespace + ":" + stacks.KeyDefinition)

// missingFile says that the definition that was named is not there. It is an
// [os.ErrNotExist].
type missingFile struct{ place, file string }

func (e missingFile) Error() string {
	return fmt.Sprintf("%s: there is no file %s; name the cluster definition with -f FILE", e.place, e.file)
}

func (missingFile) Is(target error) bool { return target == os.ErrNotExist }

// Resolve makes the program's configuration. It reads files and checks nothing
// in them; Config.Resolve does that.
func Resolve(in Inputs) (stacks.Config, error) {
	return resolve(in, Inputs.definition)
}

// ResolveWithoutDefinition is Resolve for what needs no definition. None is read,
// wherever one is named.
func ResolveWithoutDefinition(in Inputs) (stacks.Config, error) {
	return resolve(in, func(Inputs) (apimodel.Source, error) { return apimodel.Source{}, nil })
}

func resolve(in Inputs, definition func(Inputs) (apimodel.Source, error)) (stacks.Config, error) {
	values := map[string]string{}
	var problems []error
	for _, f := range Fields() {
		v, err := in.value(f)
		problems = append(problems, err)
		values[f.Key] = v
	}
	// The config of another commit is as it was, and nobody can mend it.
	if faults := stacks.UnknownKeys(slices.Collect(maps.Keys(in.Stack))); len(faults) > 0 && in.Read == nil {
		problems = append(problems, faults)
	}
	source, err := definition(in)
	if err := errors.Join(append(problems, err)...); err != nil {
		return stacks.Config{}, err
	}
	// The document is put in afterwards: the stack's config can only hold a
	// path or JSON, and this may be YAML from standard input.
	values[stacks.KeyDefinition] = "{}"
	c, err := stacks.ReadConfig(in.Dir, func(key string) (string, bool) {
		v, ok := values[key]
		return v, ok && v != ""
	})
	if err != nil {
		return stacks.Config{}, err
	}
	source.Set, source.Overrides = in.Set, c.Source.Overrides
	c.Place, source.Overrides.Place = in.place, in.place
	c.Source = source
	return c, nil
}

// place says where a setting was found, as a message names it.
func (in Inputs) place(key string) string {
	i := slices.IndexFunc(Fields(), func(f Field) bool { return f.Key == key })
	if i < 0 {
		return stacks.ConfigPlace(key)
	}
	f := Fields()[i]
	if _, ok := in.Flags[f.Flag]; ok {
		return "--" + f.Flag
	}
	switch {
	case in.Getenv(f.Env) != "":
		return f.Env
	case in.Stack[key] != "":
		return stacks.ConfigPlace(key)
	default:
		return "--" + f.Flag
	}
}

// value finds a setting where it is given with the most weight, in the form
// that the stack's config has.
func (in Inputs) value(f Field) (string, error) {
	if given, ok := in.Flags[f.Flag]; ok {
		return in.encode(f, given, "--"+f.Flag)
	}
	env := in.Getenv(f.Env)
	switch f.Form {
	case SecretFile:
		if env != "" {
			return env, nil
		}
		if file := in.Getenv(f.Env + "_FILE"); file != "" {
			return in.encode(f, []string{file}, f.Env+"_FILE")
		}
	case List, Pairs, UniquePairs, SecretFilePairs:
		if env != "" {
			return in.encode(f, strings.Split(env, ","), f.Env)
		}
	default:
		if env != "" {
			return in.encode(f, []string{env}, f.Env)
		}
	}
	return in.Stack[f.Key], nil
}

// encode turns what was given at some place into the form of the stack's config.
func (in Inputs) encode(f Field, given []string, place string) (string, error) {
	last := given[len(given)-1]
	switch f.Form {
	case KeyFile:
		if isPublicKey(last) {
			return last, nil
		}
		return in.readValue(last, place)
	case SecretFile:
		return in.readValue(last, place)
	case List:
		return encodeJSON(trimmed(given))
	case Pairs, UniquePairs:
		return encoded(readPairs(trimmed(given), place, f.Form == UniquePairs))
	case SecretFilePairs:
		return encoded(in.readFiles(trimmed(given), place))
	case Switch:
		on, err := strconv.ParseBool(last)
		if err != nil {
			return "", fmt.Errorf("%s is %q: write true or false", place, last)
		}
		return strconv.FormatBool(on), nil
	case Number:
		n, err := strconv.Atoi(strings.TrimSpace(last))
		if err != nil {
			return "", fmt.Errorf("%s is %q: write a whole number", place, last)
		}
		return strconv.Itoa(n), nil
	default:
		return last, nil
	}
}

func trimmed(values []string) []string {
	out := slices.Clone(values)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

func readPairs(given []string, place string, unique bool) (map[string]string, error) {
	pairs := map[string]string{}
	for _, kv := range given {
		k, v, ok := strings.Cut(kv, "=")
		if !ok && unique {
			// It may hold a login by mistake, so it is not shown.
			return nil, fmt.Errorf("%s holds something without an equals sign: write it as name=value", place)
		}
		if !ok || k == "" && !unique {
			return nil, fmt.Errorf("%s is %q: write it as name=value", place, kv)
		}
		if _, twice := pairs[k]; twice && unique {
			return nil, fmt.Errorf("%s names %s twice: leave one of them out", place, k)
		}
		pairs[k] = v
	}
	return pairs, nil
}

// readFiles reads the files of pairs in the place of their names.
func (in Inputs) readFiles(given []string, place string) (map[string]string, error) {
	pairs, err := readPairs(given, place, true)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		value, err := in.readValue(pairs[name], place)
		pairs[name], problems = value, append(problems, err)
	}
	return pairs, errors.Join(problems...)
}

// encoded is a map in the form of the stack's config.
func encoded(pairs map[string]string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return encodeJSON(pairs)
}

func encodeJSON(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}

// isPublicKey tells a key in authorized_keys form from the path of a file.
func isPublicKey(s string) bool {
	kind, _, more := strings.Cut(strings.TrimSpace(s), " ")
	return more && (strings.HasPrefix(kind, "ssh-") || strings.HasPrefix(kind, "ecdsa-") || strings.HasPrefix(kind, "sk-"))
}

// readValue reads a file that holds one value. The newline that editors add is
// no part of it.
func (in Inputs) readValue(path, place string) (string, error) {
	data, err := os.ReadFile(in.path(path))
	if err != nil {
		return "", fmt.Errorf("%s: %w", place, err)
	}
	value := strings.TrimRight(string(data), "\r\n")
	if value == "" {
		return "", fmt.Errorf("%s: %s is empty", place, path)
	}
	return value, nil
}

func (in Inputs) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(in.Dir, p)
}

// definition reads the definition, under the name that it has in messages. Files
// that it names are relative to its folder, or to the working directory where it
// is in no file.
func (in Inputs) definition() (apimodel.Source, error) {
	file, place := in.File, "-f"
	if file == "" {
		file, place = in.Getenv(DefinitionEnv), DefinitionEnv
	}
	if file == "" {
		file, place = in.Stack[stacks.KeyDefinition], stacks.ConfigPlace(stacks.KeyDefinition)
		if strings.HasPrefix(strings.TrimSpace(file), "{") {
			return apimodel.Source{Name: place, Data: []byte(file), ReadFile: in.reader(in.Dir)}, nil
		}
	}
	switch file {
	case "":
		return apimodel.Source{}, ErrNoDefinition
	case "-":
		data, err := io.ReadAll(in.Stdin)
		if err != nil {
			return apimodel.Source{}, fmt.Errorf("reading the definition from standard input: %w", err)
		}
		return apimodel.Source{Name: "-", Data: data, ReadFile: in.reader(in.Dir)}, nil
	}
	path := in.path(file)
	read := in.Read
	if read == nil {
		read = os.ReadFile
	}
	data, err := read(path)
	if errors.Is(err, os.ErrNotExist) {
		return apimodel.Source{}, missingFile{place, file}
	}
	if err != nil {
		return apimodel.Source{}, fmt.Errorf("reading the cluster definition (%s): %w", place, err)
	}
	return apimodel.Source{Name: file, Data: data, ReadFile: in.reader(filepath.Dir(path))}, nil
}

// reader reads the files that a definition names, from its folder.
func (in Inputs) reader(folder string) func(path string) ([]byte, error) {
	if in.Read == nil {
		return stacks.FileReader(folder)
	}
	return func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		return in.Read(path)
	}
}
