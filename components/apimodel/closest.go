package apimodel

// Closest returns the candidate that a misspelt word may have meant, or "".
func Closest(word string, candidates []string) string { return closest(word, candidates) }
