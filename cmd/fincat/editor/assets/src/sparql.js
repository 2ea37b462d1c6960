// SPARQL as the editor needs it: tokens for colours, and what a place in a query is about. Whether
// a text is a query is judged by the server.

const rules = [
  ['comment', /#[^\n\r]*/y],
  ['iri', /<[^<>"{}|^`\\\u0000-\u0020]*>/y],
  ['string', /"""(?:(?:""|")?(?:[^"\\]|\\[\s\S]))*"""|'''(?:(?:''|')?(?:[^'\\]|\\[\s\S]))*'''|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'/y],
  ['open', /["'][^\n\r]*/y],
  ['tag', /@[A-Za-z]+(?:-[A-Za-z0-9]+)*/y],
  ['variable', /[?$][\p{L}\p{N}_]+/uy],
  ['blank', /_:[\p{L}\p{N}_][\p{L}\p{N}_.-]*/uy],
  ['name', /(?:\p{L}(?:[\p{L}\p{N}_-]|\.(?=[\p{L}\p{N}_-]))*)?:(?:[\p{L}\p{N}_:-]|%[0-9A-Fa-f]{2}|\\.|\.(?=[\p{L}\p{N}_:-]))*/uy],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['mark', /\^\^|&&|\|\||!=|<=|>=|[^\s]/uy],
]

// tokens cuts a text. Each token has a type, its place, and its text.
export function tokens(text) {
  const out = []
  const space = /\s+/y
  let at = 0
  while (at < text.length) {
    space.lastIndex = at
    if (space.test(text)) {
      at = space.lastIndex
      continue
    }
    for (const [type, rule] of rules) {
      rule.lastIndex = at
      const match = rule.exec(text)
      if (!match || !match[0]) continue
      out.push({ type, from: at, to: at + match[0].length, text: match[0] })
      at += match[0].length
      break
    }
  }
  return out
}

export const keywords = ('ADD ALL AS ASC ASK BASE BIND BY CONSTRUCT DEFAULT DESC DESCRIBE DISTINCT EXISTS FILTER FROM ' +
  'GRAPH GROUP HAVING IN LIMIT MINUS NAMED NOT OFFSET OPTIONAL ORDER PREFIX REDUCED SELECT SEPARATOR SERVICE SILENT ' +
  'UNDEF UNION VALUES WHERE').split(' ')

export const functions = ('ABS AVG BNODE BOUND CEIL COALESCE CONCAT CONTAINS COUNT DATATYPE DAY ENCODE_FOR_URI FLOOR ' +
  'GROUP_CONCAT HOURS IF IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISURI LANG LANGMATCHES LCASE MAX MD5 MIN MINUTES MONTH ' +
  'NOW RAND REGEX REPLACE ROUND SAMETERM SAMPLE SECONDS SHA1 SHA256 SHA384 SHA512 STR STRAFTER STRBEFORE STRDT ' +
  'STRENDS STRLANG STRLEN STRSTARTS STRUUID SUBSTR SUM TIMEZONE TZ UCASE URI UUID YEAR').split(' ')

const known = new Map([...keywords.map(k => [k, 'keyword']), ...functions.map(f => [f, 'function']),
  ['TRUE', 'constant'], ['FALSE', 'constant']])

// kind is what a token is coloured as, "" for nothing.
export function kind(token) {
  if (token.type === 'word') return token.text === 'a' ? 'keyword' : known.get(token.text.toUpperCase()) ?? ''
  return token.type === 'mark' ? '' : token.type
}

// prologue returns the prefixes that a query declares, and where another one goes.
export function prologue(list) {
  const prefixes = new Map()
  let end = 0
  for (let i = 0; i < list.length; i++) {
    if (list[i].type === 'comment') continue
    const word = list[i].type === 'word' ? list[i].text.toUpperCase() : ''
    if (word === 'BASE' && list[i + 1]?.type === 'iri') {
      end = list[++i].to
    } else if (word === 'PREFIX' && list[i + 1]?.type === 'name' && list[i + 2]?.type === 'iri') {
      prefixes.set(list[i + 1].text.slice(0, -1), list[i + 2].text.slice(1, -1))
      end = list[i += 2].to
    } else {
      break
    }
  }
  return { prefixes, end }
}

// undeclared returns the prefixes of a query that it uses without declaring them, save that
// whose first letters are being typed, which ends at the position typed.
export function undeclared(list, prefixes) {
  const out = new Set()
  for (const token of list) {
    if (token.type !== 'name') continue
    const prefix = token.text.slice(0, token.text.indexOf(':'))
    if (!prefixes.has(prefix)) out.add(prefix)
  }
  return out
}

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'

// expand returns the IRI of a token, "" when it has none.
export function expand(token, prefixes) {
  if (!token) return ''
  if (token.type === 'iri') return token.text.slice(1, -1)
  if (token.type === 'word' && token.text === 'a') return RDF
  if (token.type !== 'name') return ''
  const colon = token.text.indexOf(':')
  const namespace = prefixes.get(token.text.slice(0, colon))
  return namespace === undefined ? '' : namespace + token.text.slice(colon + 1).replace(/\\(.)/g, '$1')
}

const isTerm = token => ['iri', 'string', 'variable', 'blank', 'name', 'number', 'open'].includes(token.type) ||
  token.type === 'word' && /^(a|true|false)$/i.test(token.text)

// Walk follows the triples of a query and knows what comes next: "head" before the pattern, "subject",
// "path" (a property), "more" (an object, or a path that goes on), "object", "end" (of a triple), "graph" or
// "expression".
class Walk {
  constructor(prefixes) {
    this.prefixes = prefixes
    this.frames = []
    this.state = { expect: 'head' }
    this.classes = new Map() // of subjects, by their text
    this.anonymous = 0
  }

  enter(state) {
    this.frames.push(this.state)
    this.state = state
  }

  leave() {
    this.state = this.frames.pop() ?? { expect: 'head' }
  }

  // term takes a term where one may stand; text names it.
  term(token, text = token.text) {
    const state = this.state
    switch (state.expect) {
      case 'subject':
        Object.assign(state, { subject: text, expect: 'path' })
        break
      case 'path':
        Object.assign(state, { predicate: state.plain === false ? null : token, expect: 'more' })
        break
      case 'more':
      case 'object':
        this.triple(state, token)
        state.expect = 'end'
        break
      case 'graph':
        state.expect = 'subject'
    }
  }

  triple(state, object) {
    if (!state.predicate || expand(state.predicate, this.prefixes) !== RDF) return
    const iri = expand(object, this.prefixes)
    if (!iri) return
    const of = this.classes.get(state.subject) ?? new Set()
    this.classes.set(state.subject, of.add(iri))
  }

  take(token) {
    const state = this.state
    if (token.type === 'mark') {
      this.mark(token.text, state)
    } else if (state.literal) {
      state.literal = false // the datatype after ^^
    } else if (token.type === 'word' && !isTerm(token)) {
      this.word(token.text.toUpperCase(), state)
    } else if (isTerm(token)) {
      this.term(token)
    }
  }

  word(word, state) {
    if (state.expect === 'head') {
      if (/^(VALUES|GROUP|ORDER|HAVING|LIMIT|OFFSET)$/.test(word)) state.tail = true
      return
    }
    if (['FILTER', 'BIND', 'VALUES'].includes(word)) state.expect = 'expression'
    else if (['GRAPH', 'SERVICE'].includes(word)) state.expect = 'graph'
    else if (['OPTIONAL', 'MINUS', 'UNION', 'WHERE'].includes(word)) state.expect = 'subject'
    else if (word === 'SELECT') state.expect = 'head'
  }

  mark(text, state) {
    switch (text) {
      case '{':
        if (state.expect === 'expression' || state.tail) this.enter({ expect: 'expression', values: !state.exists })
        else this.enter({ expect: 'subject' })
        return
      case '}':
        this.leave()
        if (this.state.expect !== 'head') this.state.expect = 'subject'
        return
      case '[':
        this.enter({ expect: 'path', subject: `[${++this.anonymous}` })
        return
      case ']': {
        const inner = this.state.subject
        this.leave()
        this.term({ type: 'anonymous', text: inner }, inner)
        if (this.state.expect === 'path' && this.state.subject === inner) this.state.optional = true
        return
      }
      case '(':
        if (state.expect === 'path') state.group = (state.group ?? 0) + 1, state.plain = false
        else this.enter({ expect: state.expect === 'subject' || state.expect === 'object' ? 'list' : 'expression' })
        return
      case ')':
        if (state.group) {
          state.group--
          state.expect = 'more'
          return
        }
        this.close(state)
        return
      case '^^':
        state.literal = true
        return
    }
    if (state.expect === 'path' && (text === '^' || text === '!')) state.plain = false
    else if (state.expect === 'more' && (text === '/' || text === '|')) Object.assign(state, { plain: false, expect: 'path' })
    else if (state.expect === 'more' && '*+?'.includes(text)) Object.assign(state, { plain: false, predicate: null })
    else if (text === '.' && ['end', 'path', 'subject'].includes(state.expect)) Object.assign(state, { expect: 'subject' })
    else if (text === ';') Object.assign(state, { expect: 'path', plain: true, predicate: null })
    else if (text === ',' && state.expect === 'end') state.expect = 'object'
    if (text === '.' || text === ';') state.plain = true
  }

  close(state) {
    this.leave()
    if (state.expect === 'list') this.term({ type: 'list', text: '(' }, `(${++this.anonymous}`)
    else if (this.state.expect === 'expression' && !this.state.values) this.state.expect = 'subject'
  }
}

// contextAt says what stands at a position: what is expected, the property before it, and the
// classes of the subject as the whole query states them. token is what has been typed of it.
export function contextAt(list, position) {
  const { prefixes } = prologue(list)
  const walk = new Walk(prefixes)
  let found = null, token = null
  for (const one of list) {
    if (one.type === 'comment') {
      if (one.from < position && position <= one.to) return null
      continue
    }
    if (!found && one.to >= position) {
      const part = one.from < position && one.type !== 'mark'
      if (part || one.from >= position) found = snapshot(walk)
      if (part) token = one
    }
    walk.take(one)
  }
  found ??= snapshot(walk)
  if (token && (token.type === 'string' && position === token.to)) return null
  return {
    ...found, token, prefixes,
    property: expand(found.predicate, prefixes),
    classes: [...walk.classes.get(found.subject) ?? []],
    typed: walk.classes,
  }
}

function snapshot(walk) {
  const { expect, subject, predicate } = walk.state
  return { expect, subject, predicate }
}

// variables returns the variables of a query, each once.
export function variables(list) {
  return [...new Set(list.filter(x => x.type === 'variable').map(x => '?' + x.text.slice(1)))]
}

// shorten writes an IRI by a prefix where that gives a name, and says which.
export function shorten(iri, declared, known) {
  for (const [prefix, namespace] of [...declared, ...known]) {
    if (!namespace || !iri.startsWith(namespace)) continue
    if (declared.has(prefix) && declared.get(prefix) !== namespace) continue
    const rest = iri.slice(namespace.length)
    if (/^[\p{L}\p{N}_]([\p{L}\p{N}_-]*)$/u.test(rest)) {
      return { text: `${prefix}:${rest}`, prefix, namespace }
    }
  }
  return { text: `<${iri}>` }
}
