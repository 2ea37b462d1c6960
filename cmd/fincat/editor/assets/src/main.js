// The query page with scripts: tabs, the editor, its buttons, the answer, and what was run before.

import { makeAnswer } from './answer.js'
import { schema } from './complete.js'
import { form, h, root, t } from './dom.js'
import { forget, full, keep, kept, ran } from './kept.js'
import { diagnosed, makeEditor, replaceText, said } from './text.js'
import { setDiagnostics } from '@codemirror/lint'

const field = form.querySelector('textarea')
const asked = new URLSearchParams(location.search)
const given = asked.has('query') || asked.has('example')
const beforehand = document.getElementById('result')?.dataset.seconds

// What the address asks for is shown in a tab; otherwise what was open.
if (given || !kept.tabs.length) {
  const at = kept.tabs.indexOf(field.value)
  if (at < 0 && full()) kept.tabs.shift()
  kept.open = at < 0 ? kept.tabs.push(field.value) - 1 : at
}

const tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': t('tabs') })
const place = h('div', { class: 'editor', role: 'tabpanel', id: 'query-panel', 'aria-label': t('label') })
const verdict = h('p', { id: 'verdict', role: 'status', class: 'meta' })
const runButton = form.querySelector('button')
const button = (word, click, more) => h('button', { type: 'button', class: 'plain', onclick: click, ...more }, t(word))
const cancel = button('cancel', () => answer.cancel(), { disabled: true, id: 'cancel' })
const planButton = button('plan', () => start('plan'), { id: 'plan' })
const share = button('share', copy, { id: 'share' })

runButton.append(h('kbd', { 'aria-hidden': 'true' }, 'Ctrl+Enter'))
runButton.after(cancel, planButton, share)
const closer = h('button', { type: 'button', class: 'plain', id: 'close-tab', 'aria-label': t('closeTab'), title: t('closeTab'),
  onclick: () => shut(kept.open) }, '×')
form.before(h('div', { class: 'row tabbar' }, tabs, closer, h('button', { type: 'button', class: 'plain', id: 'new-tab',
  'aria-label': t('newTab'), title: t('newTab'), onclick: () => open('') }, '+')))
field.before(place, verdict)
field.hidden = true
field.removeAttribute('name') // the editor's text counts
form.querySelector(`label[for="${field.id}"]`).hidden = true

const view = makeEditor({
  parent: place, text: kept.tabs[kept.open], label: t('label'), run: () => start('run'),
  changed: text => {
    kept.tabs[kept.open] = text
    nameTab(kept.open)
    keep()
    tell('')
  },
  told: error => {
    if (!error && !verdict.classList.contains('bad')) return // a late check does not wipe away what was said since
    verdict.textContent = error ? said(error) : ''
    verdict.classList.toggle('bad', Boolean(error))
  },
})

const answer = makeAnswer({
  after: form.closest('section'),
  ran: () => { cancel.disabled = !answer.busy() },
  failed: error => view.dispatch(setDiagnostics(view.state, [diagnosed(view.state.doc, error)])),
})

form.addEventListener('submit', event => {
  if (event.submitter?.hasAttribute('formaction')) { // to the page that saves
    field.name = 'query'
    field.value = view.state.doc.toString()
    return
  }
  event.preventDefault()
  start('run')
})

async function start(task) {
  const query = view.state.doc.toString()
  if (!query.trim()) return
  const done = answer[task](query)
  cancel.disabled = false
  if (task === 'run') {
    ran(query, titleOf(query))
    listRuns()
    remember(query)
  }
  await done
  answer.reveal()
}

// address is that of this page with a query.
function address(query) {
  const parameters = new URLSearchParams({ query })
  if (asked.has('lang')) parameters.set('lang', asked.get('lang'))
  return `${root}/query?${parameters}`
}

// remember has the address of the page lead to the query, so that it can be kept and reloaded.
function remember(query) {
  const to = address(query)
  if (to.length <= 6000) history.replaceState(null, '', to)
}

// shortened saves a query and returns its short address; "" where it cannot be saved.
async function shortened(query) {
  if (!form.dataset.saves) return ''
  try {
    const answer = await fetch(`${root}/saved`, { method: 'POST', body: JSON.stringify({ query }),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' } })
    return answer.ok ? new URL(`${root}/saved/${(await answer.json()).name}`, location).href : ''
  } catch {
    return ''
  }
}

async function copy() {
  const query = view.state.doc.toString()
  const short = await shortened(query)
  const to = short || new URL(address(query), location).href
  try {
    await navigator.clipboard.writeText(to)
    tell(short ? t('shortCopied', to) : t('copied'))
  } catch {
    tell(h('a', { href: to }, t('link'))) // the browser allows no copying here
  }
}

// tell says something below the editor that is no error.
function tell(what) {
  verdict.classList.remove('bad')
  verdict.replaceChildren(what)
}

// titleOf names a query by its first comment, or else by its first line after the prefixes.
function titleOf(query) {
  const lines = query.split('\n').map(l => l.trim())
  const line = lines.find(l => l.startsWith('#'))?.replace(/^#+\s*/, '') || lines.find(l => l && !/^(PREFIX|BASE)\b/i.test(l))
  return [...line ?? t('emptyTab')].slice(0, 40).join('')
}

function nameTab(i) {
  if (tabs.children[i]) tabs.children[i].textContent = `${i + 1}. ${titleOf(kept.tabs[i])}`
}

function listTabs() {
  tabs.replaceChildren(...kept.tabs.map((_, i) => h('button', { type: 'button', role: 'tab', 'aria-selected': String(i === kept.open),
    'aria-controls': 'query-panel', tabindex: i === kept.open ? '0' : '-1', onclick: () => choose(i),
    onkeydown: event => move(event, i) })))
  kept.tabs.forEach((_, i) => nameTab(i))
  closer.disabled = kept.tabs.length < 2
}

function move(event, i) {
  const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: kept.tabs.length - 1 }[event.key]
  if (to === undefined || to < 0 || to >= kept.tabs.length) {
    if (event.key === 'Delete' && kept.tabs.length > 1) shut(i)
    return
  }
  event.preventDefault()
  choose(to)
  tabs.children[to].focus()
}

function choose(i) {
  kept.open = i
  listTabs()
  replaceText(view, kept.tabs[i])
}

function open(text) {
  if (full()) {
    verdict.textContent = t('tooMany')
    return
  }
  kept.tabs.push(text)
  choose(kept.tabs.length - 1)
  view.focus()
}

function shut(i) {
  kept.tabs.splice(i, 1)
  choose(Math.min(i, kept.tabs.length - 1))
  tabs.querySelector('[aria-selected=true]').focus()
}

// What was run before, beside the examples.
const runs = h('ol', { class: 'counts' })
const before = h('details', { id: 'runs' }, h('summary', {}, t('runs')), runs,
  h('button', { type: 'button', class: 'plain', onclick: () => { forget(); listRuns() } }, t('forget')))
const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'short' })

function listRuns() {
  before.hidden = !kept.runs.length
  runs.replaceChildren(...kept.runs.map(r => h('li', {},
    h('button', { type: 'button', class: 'link', onclick: () => reopen(r.query) }, r.what), h('span', { class: 'n' }, when.format(r.at)))))
}

function reopen(query) {
  const at = kept.tabs.indexOf(query)
  if (at >= 0) choose(at)
  else open(query)
}

// The examples can be searched.
const examples = document.getElementById('examples')
const groups = [...examples.querySelectorAll('details')]
const opened = groups.map(g => g.open)
const none = h('p', { class: 'meta', role: 'status' })
const search = h('input', { type: 'search', id: 'example-search', oninput: () => {
  const want = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean)
  let found = 0
  groups.forEach((group, i) => {
    let some = 0
    for (const item of group.querySelectorAll('li')) {
      const all = `${group.querySelector('summary').textContent} ${item.textContent} ${item.querySelector('a').href}`.toLowerCase()
      item.hidden = !want.every(word => all.includes(word))
      if (!item.hidden) some++
    }
    group.hidden = !some
    group.open = want.length ? true : opened[i]
    found += some
  })
  none.textContent = found ? '' : t('noExample')
} })
examples.querySelector('h2').after(h('p', {}, h('label', { for: 'example-search' }, t('searchExamples')), search), none)
examples.before(h('section', { class: 'card', id: 'before' }, before))

listTabs()
listRuns()
schema().catch(() => {})
if (given && beforehand !== undefined && Number(beforehand) < 1) start('run')
document.documentElement.dataset.editor = 'ready'
