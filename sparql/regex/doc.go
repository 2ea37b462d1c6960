// Package regex has the regular expressions of XPath (F&O 3.1 §5.6.1), which are those of
// REGEX and REPLACE: classes with subtraction, categories and blocks of Unicode, reluctant
// quantifiers, back-references, and the flags s, m, i, x and q.
//
// An expression is parsed into a tree. Where Go's matcher can do the same, in linear time,
// it does; the rest (back-references) is left to a matcher that tries one way after the
// other, within limits.
package regex
