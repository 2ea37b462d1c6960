// Package editor is what the query page has for browsers that run scripts: a
// text editor for SPARQL, and the routes that it asks.
//
// The script is one file, assets/editor.js, which assets/build.sh makes from
// assets/src and CodeMirror; assets/LICENCES.txt names what is in it. It is served
// from this server under a name with its hash. The page without scripts is the
// portal's.
//
// An [Editor] answers below /query/: whether a text is a query (check), its answer as a
// page shows it (run), its plan with expected and actual numbers (plan), the classes and
// their properties after VoID (schema), and the values of a property (values). Every answer
// is JSON and bounded; what was left out is said. Nothing is changed by any of them.
package editor
