package review

import (
	"fmt"
	"strings"
	"unicode"
)

// Nothing in a definition may break out of its place in a comment: no Markdown, no
// HTML, no mention, no link. So names and values stand in <code>, where GitHub
// makes neither mentions nor references of them, and everything but letters and
// digits is a character reference, which Markdown never reads as structure:
// https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references

// longestInline is how many characters of a name or message stand in a line.
const longestInline = 300

// code is text from outside, for a line, a table's cell or a summary.
func code(s string) string { return "<code>" + entities(shorten(visible(s))) + "</code>" }

// harmless are characters that are no structure inside of a line, in any place.
const harmless = "-,()+='?%/"

// entities writes everything but letters, digits, single spaces and what is
// harmless as character references.
func entities(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r > unicode.MaxASCII, unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(harmless, r) && i > 0:
			b.WriteRune(r)
		case r == ' ' && i > 0 && s[i-1] != ' ':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// visible shows what cannot be seen, or would change the direction or the line, by
// its number: control and format characters, bidirectional ones among them.
// https://trojansource.codes
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\t' {
			b.WriteString("    ")
			continue
		}
		if r != ' ' && (!unicode.IsGraphic(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar) {
			fmt.Fprintf(&b, "[U+%04X]", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func shorten(s string) string {
	runes := []rune(s)
	if len(runes) <= longestInline {
		return s
	}
	return string(runes[:longestInline]) + "…"
}

// cell is a figure or a word as it is, and anything else as code: a network or a
// size may be named by somebody else.
func cell(s string) string {
	for _, r := range s {
		if r > unicode.MaxASCII || !unicode.IsDigit(r) && !unicode.IsLetter(r) && r != ' ' {
			return code(s)
		}
	}
	return s
}

// fence is a block of code in a language, longer than any run of back-ticks in it.
func fence(language string, lines []string) string {
	longest, body := 2, strings.Builder{}
	for _, line := range lines {
		line = visible(line)
		longest = max(longest, backticks(line))
		body.WriteString(line + "\n")
	}
	marks := strings.Repeat("`", longest+1)
	return marks + language + "\n" + body.String() + marks + "\n"
}

// backticks is the length of the longest run of them.
func backticks(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
