// What all parts of the editor share: the words of the page, elements, and requests.

const script = document.currentScript

// root is the path of this server before /query/, "" at the root of a host.
export const root = new URL(script.src).pathname.replace(/\/query\/[^/]*$/, '')
export const nonce = script.nonce
export const form = document.getElementById('editor')
export const language = document.documentElement.lang
export const words = JSON.parse(form.dataset.words)

// t returns a word of the page, with values for %s in it.
export function t(key, ...values) {
  return (words[key] ?? key).replace(/%s/g, () => values.shift())
}

const SVG = 'http://www.w3.org/2000/svg'

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat().filter(c => c !== null && c !== undefined))
  return element
}

// h makes an HTML element. Text stays text, whatever it is.
export function h(name, attributes, ...children) {
  return build(document.createElement(name), attributes, children)
}

// s makes an SVG element.
export function s(name, attributes, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children)
}

const chosen = new URLSearchParams(location.search).get('lang') ?? (language === 'en' ? 'en' : 'zh')

// Failure is an answer of the server that is none: its words, and the place where there is one.
export class Failure extends Error {
  constructor(problem, status) {
    super(problem.detail || problem.title || String(status))
    Object.assign(this, { line: problem.line, column: problem.column, status })
  }
}

// ask sends a query to a task of the server and returns its answer.
export async function ask(task, query, signal) {
  return read(await fetch(`${root}/query/${task}?lang=${chosen}`, {
    method: 'POST', body: query, signal,
    headers: { 'Content-Type': 'application/sparql-query', Accept: 'application/json' },
  }))
}

// look reads what the server knows of the data.
export async function look(task, parameters = {}) {
  const query = new URLSearchParams({ ...parameters, lang: chosen })
  return read(await fetch(`${root}/query/${task}?${query}`, { headers: { Accept: 'application/json' } }))
}

async function read(response) {
  const text = await response.text()
  let answer
  try {
    answer = JSON.parse(text)
  } catch {
    throw new Failure({ detail: `${response.status} ${response.statusText}` }, response.status)
  }
  if (!response.ok) throw new Failure(answer, response.status)
  return { ...answer, bytes: new Blob([text]).size }
}

// number writes a number as people of the page's language do.
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 3 })
export const number = n => numbers.format(n)

// duration writes a time, given in seconds.
const digits = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 })
export const duration = n => n < 1 ? `${digits.format(n * 1000)} ms` : `${digits.format(n)} s`

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${numbers.format(Math.round(bytes / 102.4) / 10)} KiB`
  return `${numbers.format(Math.round(bytes / 104857.6) / 10)} MiB`
}
