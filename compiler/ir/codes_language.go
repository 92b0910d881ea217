package ir

// languageCodes are the problems that package schema finds while it reads a specification.
var languageCodes = []Kind{
	{Code: "E0001", Summary: "Invalid syntax", Help: "The file is not valid HCL. The detail names what the parser expected; the position is where it gave up, which may be after the place at fault (an unclosed brace, a missing quote)."},
}
