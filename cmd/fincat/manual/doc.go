// Package manual is the program's manual, in Traditional Chinese and English: pages below /docs
// and the command docs.
//
// A [Book] has chapters in Markdown. What can be read off the program is not written down there: a
// line such as {{commands}} stands for a part that is made of the commands, the structure of the
// configuration, the routes that a server adds, or the metrics that it has, when the book is opened.
// The folder words has the Chinese for what the program itself says in English, one line each; a
// test finds what is missing and what nothing stands for any more.
//
// [Book.Examples] are the code blocks of all chapters. A test runs or checks every one of them, so
// that a block needs a language that the test knows: sh, yaml, sparql, python, json. Raw HTML is
// not let through.
package manual
