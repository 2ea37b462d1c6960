// Completion: prefixes, classes, properties that the subject's class has, values, variables and words.

import { look } from './dom.js'
import { contextAt, functions, keywords, prologue, shorten, tokens, variables } from './sparql.js'

let knownSchema = null
let asked = null

// schema returns what the server knows of classes and properties. It is asked once, and again
// after a failure.
export function schema() {
  asked ??= look('schema').then(answer => {
    answer.prefixes = new Map(Object.entries(answer.prefixes))
    knownSchema = answer
    return answer
  }).catch(error => {
    asked = null
    throw error
  })
  return asked
}

// knownPrefixes are the prefixes that are there without asking.
export const knownPrefixes = () => knownSchema?.prefixes ?? new Map()

// prefixLines returns the change that declares prefixes.
export function prefixLines(list, wanted) {
  const { end } = prologue(list)
  const lines = wanted.map(([prefix, namespace]) => `PREFIX ${prefix}: <${namespace}>`).join('\n')
  return end === 0 ? { from: 0, insert: lines + '\n' } : { from: end, insert: '\n' + lines }
}

// put applies a completion: its text, and the declaration of its prefix when there is none.
function put(text, prefix, namespace) {
  return (view, completion, from, to) => {
    const changes = [{ from, to, insert: text }]
    const list = tokens(view.state.doc.toString())
    if (prefix !== undefined && !prologue(list).prefixes.has(prefix)) {
      changes.unshift(prefixLines(list, [[prefix, namespace]]))
    }
    const set = view.state.changes(changes)
    view.dispatch({ changes: set, selection: { anchor: set.mapPos(from, -1) + added(changes, from) + text.length },
      userEvent: 'input.complete', scrollIntoView: true })
  }
}

// added is what mapPos leaves out when a declaration is put at the very place of the completion.
const added = (changes, from) => changes.length > 1 && changes[0].from === from ? changes[0].insert.length : 0

// matches ranks what fits to the letters that were typed, those that begin with them first.
function ranked(options, typed) {
  const want = typed.replace(/^[<"'?$]/, '').toLowerCase()
  return options.map((option, i) => {
    const label = option.label.toLowerCase().replace(/^[<"?]/, ''), local = label.slice(label.indexOf(':') + 1)
    const all = `${label} ${option.detail ?? ''} ${option.iri ?? ''}`.toLowerCase()
    const rank = !want || label.startsWith(want) ? 0 : local.startsWith(want) ? 1 : all.includes(want) ? 2 : 3
    return { option, rank, i }
  }).filter(x => x.rank < 3).sort((a, b) => a.rank - b.rank || a.i - b.i).slice(0, 100).map(x => x.option)
}

function resource(iri, detail, type, declared, known) {
  const { text, prefix, namespace } = shorten(iri, declared, known)
  return { label: text, detail: detail || undefined, type, iri, apply: put(text, prefix, namespace) }
}

function classes(context, all) {
  return all.classes.map(c => resource(c.iri, all.names[c.iri], 'class', context.prefixes, all.prefixes))
}

// properties are those of the subject's classes; of all classes when the query states none.
function properties(context, all) {
  const of = all.classes.filter(c => !context.classes.length || context.classes.includes(c.iri))
  const counts = new Map()
  for (const c of of) {
    for (const p of c.properties) counts.set(p.iri, (counts.get(p.iri) ?? 0) + p.n)
  }
  const list = [...counts].sort((a, b) => b[1] - a[1])
    .map(([iri]) => resource(iri, all.names[iri], 'property', context.prefixes, all.prefixes))
  return [{ label: 'a', detail: 'rdf:type', type: 'keyword' }, ...list]
}

const remembered = new Map()

async function values(context, all) {
  const parameters = { property: context.property }
  if (context.classes[0]) parameters.class = context.classes[0]
  const key = JSON.stringify(parameters)
  if (!remembered.has(key)) {
    const answer = look('values', parameters)
    remembered.set(key, answer)
    answer.catch(() => remembered.delete(key))
  }
  const { values: found } = await remembered.get(key)
  return found.map(v => v.iri
    ? resource(v.iri, v.name, 'value', context.prefixes, all.prefixes)
    : { label: v.text, type: 'value', apply: literal(v.text, context, all) })
}

// literal writes the datatype of a literal by its prefix.
function literal(text, context, all) {
  const typed = /^([\s\S]*\^\^)<([^<>]*)>$/.exec(text)
  if (!typed) return put(text)
  const short = shorten(typed[2], context.prefixes, all.prefixes)
  return put(typed[1] + short.text, short.prefix, short.namespace)
}

const prefixOptions = (context, all) => [...all.prefixes].filter(([p]) => !context.prefixes.has(p))
  .map(([prefix, namespace]) => ({ label: prefix + ':', detail: namespace, type: 'namespace', boost: -50,
    apply: put(prefix + ':', prefix, namespace) }))

const wordOptions = () => [...keywords.map(k => ({ label: k, type: 'keyword' })),
  ...functions.map(f => ({ label: f, type: 'function', apply: f + '(' }))]

// complete is the source of completions for the place at the cursor.
export async function complete(at) {
  const text = at.state.doc.toString()
  const list = tokens(text)
  const context = contextAt(list, at.pos)
  if (!context) return null
  const all = await schema().catch(() => null)
  if (at.aborted || !all) return null
  const { token } = context
  const typed = token ? token.text.slice(0, at.pos - token.from) : ''
  if (declares(list, at.pos)) return declaration(at, token, all)
  const from = token ? token.from : at.pos
  const variable = variables(list).filter(v => v !== typed).map(label => ({ label, type: 'variable' }))
  if (/^[?$]/.test(typed)) return answer(from, ranked(variable, typed))
  const place = context.expect
  if (!typed && !at.explicit && !(text[at.pos - 1] === ' ' && ['path', 'more', 'object'].includes(place))) return null
  let options = []
  if (place === 'path') options = properties(context, all)
  else if (place === 'more' || place === 'object') {
    if (/#type$/.test(context.property)) options = classes(context, all)
    else if (context.property) options = await values(context, all).catch(() => [])
    options.push(...variable)
  } else if (place === 'subject' || place === 'graph') {
    options = [...variable, ...wordOptions().filter(o => /^(FILTER|OPTIONAL|BIND|VALUES|MINUS|UNION|GRAPH|SERVICE|SELECT)$/
      .test(o.label))]
  } else {
    options = [...wordOptions(), ...variable]
  }
  if (at.aborted) return null
  if (typed && !typed.startsWith('<') && !/["']/.test(typed)) options.push(...prefixOptions(context, all))
  const shown = ranked(options, typed)
  return shown.length ? answer(from, shown) : null
}

const answer = (from, options) => ({ from, options, filter: false })

// declares reports whether the position is behind PREFIX, where a prefix is named.
function declares(list, position) {
  const before = list.filter(x => x.from < position)
  const last = before.at(-1)
  const word = last?.to >= position && last.type !== 'iri' ? before.at(-2) : last
  return word?.type === 'word' && word.text.toUpperCase() === 'PREFIX'
}

function declaration(at, token, all) {
  const typed = token ? token.text.slice(0, at.pos - token.from) : ''
  const options = [...all.prefixes].map(([prefix, namespace]) => ({ label: prefix + ':', detail: namespace,
    type: 'namespace', apply: `${prefix}: <${namespace}>` }))
  return answer(token ? token.from : at.pos, ranked(options, typed))
}
