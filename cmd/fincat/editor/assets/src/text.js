// The text editor: CodeMirror with colours, brackets, completion, errors and prefixes.

import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands'
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from '@codemirror/autocomplete'
import { bracketMatching, indentService } from '@codemirror/language'
import { linter, lintGutter, lintKeymap } from '@codemirror/lint'
import { EditorState, Prec, StateField } from '@codemirror/state'
import { Decoration, drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'

import { complete, knownPrefixes, prefixLines } from './complete.js'
import { ask, nonce, t } from './dom.js'
import { kind, prologue, tokens, undeclared } from './sparql.js'

const marks = new Map()
const mark = name => {
  if (!marks.has(name)) marks.set(name, Decoration.mark({ class: 'sparql-' + name }))
  return marks.get(name)
}

const colours = StateField.define({
  create: state => coloured(state.doc.toString()),
  update: (value, transaction) => transaction.docChanged ? coloured(transaction.newDoc.toString()) : value,
  provide: field => EditorView.decorations.from(field),
})

function coloured(text) {
  const out = []
  for (const token of tokens(text)) {
    const name = kind(token)
    if (name) out.push(mark(name).range(token.from, token.to))
  }
  return Decoration.set(out)
}

const indentation = indentService.of((context, position) => {
  const line = context.state.doc.lineAt(Math.max(0, position - 1))
  const before = line.text.slice(0, Math.max(0, position - line.from))
  const own = /^\s*/.exec(before)[0].length
  return own + (/[{([]\s*$/.test(before) ? 2 : 0)
})

// addPrefixes declares known prefixes that somebody has just used.
const addPrefixes = EditorView.updateListener.of(update => {
  if (!update.docChanged || !update.transactions.some(x => x.isUserEvent('input.type'))) return
  let colon = false
  update.changes.iterChanges((_a, _b, _c, _d, inserted) => { colon ||= inserted.toString().includes(':') })
  if (!colon || update.view.composing) return
  const list = tokens(update.state.doc.toString())
  const { prefixes } = prologue(list)
  const at = update.state.selection.main.head
  const within = list.find(x => x.from < at && at <= x.to)
  if (within?.type !== 'name' || list[list.indexOf(within) - 1]?.text.toUpperCase() === 'PREFIX') return
  const known = knownPrefixes()
  const wanted = [...undeclared([within], prefixes)].filter(p => known.has(p)).map(p => [p, known.get(p)])
  if (!wanted.length) return
  // Not from within the update, and not when the text has changed since.
  queueMicrotask(() => {
    if (update.view.state.doc !== update.state.doc) return
    const change = prefixLines(list, wanted)
    update.view.dispatch({ changes: change, selection: { anchor: at + change.insert.length }, userEvent: 'input.prefix' })
    startCompletion(update.view)
  })
})

// place turns a line and a column, which count characters from 1, into a position.
function place(doc, line, column) {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines))
  return Math.min(at.to, at.from + [...at.text].slice(0, column - 1).join('').length)
}

// diagnosed turns what the server says of a query into what the editor marks.
export function diagnosed(doc, error) {
  const text = doc.toString()
  let from = error.line ? place(doc, error.line, error.column) : 0
  const token = tokens(text).find(x => x.from <= from && from < x.to)
  let to = error.line ? token?.to ?? from : doc.line(1).to
  if (to === from) from = Math.max(0, from - 1) // at the end: the last character
  return { from, to, severity: 'error', message: said(error) }
}

export const said = error => error.line ? t('at', error.line, error.column) + ' ' + error.message : error.message

// makeEditor puts an editor into an element. told is called with what is wrong, null for nothing.
export function makeEditor({ parent, text, label, run, changed, told }) {
  const judge = linter(async view => {
    const doc = view.state.doc
    if (!doc.toString().trim()) {
      told(null)
      return []
    }
    try {
      const { error } = await ask('check', doc.toString())
      if (view.state.doc !== doc) return []
      told(error ?? null)
      return error ? [diagnosed(doc, error)] : []
    } catch (failure) {
      told({ message: failure.message })
      return []
    }
  }, { delay: 350 })
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        nonce ? EditorView.cspNonce.of(nonce) : [],
        lineNumbers(), lintGutter(), highlightSpecialChars(), history(), drawSelection(), highlightActiveLine(),
        bracketMatching(), closeBrackets(), indentation, colours, judge, addPrefixes,
        autocompletion({ override: [complete], icons: false, maxRenderedOptions: 12 }),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label, id: 'query-text', spellcheck: 'false' }),
        EditorState.phrases.of({ 'Completions': t('completions'), 'Diagnostics': t('errors'), 'No diagnostics': t('noErrors'),
          'close': t('close') }),
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (run(), true) }])),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap,
          { key: 'Enter', run: insertNewlineAndIndent }, ...defaultKeymap]),
        EditorView.updateListener.of(update => { if (update.docChanged) changed(update.state.doc.toString()) }),
      ],
    }),
  })
  return view
}

// replaceText has the editor show another query.
export function replaceText(view, text) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } })
}
