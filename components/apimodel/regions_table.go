package apimodel

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// table is a file of comma-separated values that is built into the package.
type table struct {
	// asOf is the day that the facts were read, as YYYY-MM-DD.
	asOf string
	rows [][]string
}

const asOfPrefix = "# As of: "

// readTable reads a table. Lines that start with "#" are comments, of which one
// gives the day; the first line behind them names the columns.
func readTable(text string, columns ...string) (table, error) {
	_, day, _ := strings.Cut(text, asOfPrefix)
	day, _, _ = strings.Cut(day, "\n")
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comment = '#'
	reader.FieldsPerRecord = len(columns)
	header, err := reader.Read()
	if err != nil {
		return table{}, err
	}
	if !slices.Equal(header, columns) {
		return table{}, fmt.Errorf("the columns are %v, not %v", header, columns)
	}
	// There are at most as many rows as lines, so the slice need not grow.
	rows := make([][]string, 0, strings.Count(text, "\n"))
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return table{asOf: strings.TrimSpace(day), rows: rows}, nil
		}
		if err != nil {
			return table{}, err
		}
		rows = append(rows, row)
	}
}

// builtIn is for tables that are part of the program: tests read every row of
// them, so an error is a mistake of ours.
func builtIn[T any](value T, err error) T {
	if err != nil {
		panic("apimodel: a built-in table is broken: " + err.Error())
	}
	return value
}

// find returns the row of a name in any case. The rows are sorted by the first
// column in lower case.
func (t table) find(name string) ([]string, bool) {
	i, found := slices.BinarySearchFunc(t.rows, strings.ToLower(name), func(row []string, name string) int {
		return strings.Compare(strings.ToLower(row[0]), name)
	})
	if !found {
		return nil, false
	}
	return t.rows[i], true
}

// fields reads the fields of a row in turn and remembers the first mistake.
type fields struct {
	rest []string
	err  error
}

func (f *fields) text() string {
	first := f.rest[0]
	f.rest = f.rest[1:]
	return first
}

func (f *fields) fail(text, want string) {
	if f.err == nil {
		f.err = fmt.Errorf("%q is no %s", text, want)
	}
}

// number is nil where the field is empty: the figure is unknown.
func (f *fields) number() *int {
	text := f.text()
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		f.fail(text, "number")
	}
	return &n
}

// flag is nil where the field is empty.
func (f *fields) flag() *bool {
	text := f.text()
	if text == "" {
		return nil
	}
	if text != "yes" && text != "no" {
		f.fail(text, "yes or no")
	}
	return new(text == "yes")
}
