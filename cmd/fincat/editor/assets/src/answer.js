// The answer to a query, right under it: what came, in which time and size, and the views of it.

import { chart, kinds } from './chart.js'
import { ask, duration, Failure, h, number, root, size, t } from './dom.js'
import { graph } from './graph.js'
import { plan } from './plan.js'
import { table } from './table.js'

const formats = { SELECT: ['csv', 'tsv', 'json', 'xml'], ASK: ['json', 'xml'] }
const ofGraphs = ['ttl', 'nt', 'jsonld', 'rdf']
const longest = 6000 // bytes of a query in an address

// makeAnswer returns what shows answers below an element.
export function makeAnswer({ after, ran, failed }) {
  document.getElementById('result')?.setAttribute('id', 'static-result')
  const status = h('p', { class: 'row', role: 'status' })
  const views = h('div', { class: 'row views', role: 'group', 'aria-label': t('views'), hidden: true })
  const panel = h('div', { id: 'panel' })
  const section = h('section', { id: 'result', 'aria-label': t('answer'), hidden: true }, status, views, panel)
  after.after(section)
  const labels = h('input', { type: 'checkbox', id: 'labels', checked: true, onchange: () => draw() })
  let running = null, last = null, view = 'table'

  // work asks a task of the server, ends when it is cancelled, and has the answer shown.
  async function work(task, query, show) {
    running?.abort()
    const mine = running = new AbortController()
    document.getElementById('static-result')?.remove()
    section.hidden = false
    section.setAttribute('aria-busy', 'true')
    status.replaceChildren(t('running'))
    const start = performance.now()
    try {
      const answer = await ask(task, query, mine.signal)
      if (running === mine) show(answer, (performance.now() - start) / 1000)
    } catch (error) {
      if (running === mine) problem(error)
    } finally {
      if (running === mine) {
        running = null
        section.removeAttribute('aria-busy')
      }
      ran()
    }
  }

  function problem(error) {
    last = null
    views.hidden = true
    const text = error.name === 'AbortError' ? t('cancelled') : error instanceof Failure ? error.message : t('unreachable')
    status.replaceChildren(error.name === 'AbortError' ? text : h('strong', {}, t('failed')))
    panel.replaceChildren(...error.name === 'AbortError' ? [] : [h('div', { class: 'card problem', role: 'alert' }, h('pre', {}, text))])
    if (error instanceof Failure && error.line) failed({ line: error.line, column: error.column, message: text })
  }

  function summary(answer) {
    if (answer.form === 'ASK') return t(answer.yes ? 'yes' : 'no')
    const n = number(answer.rows.length)
    if (answer.more) return t('firstOnly', n)
    return t(answer.form === 'SELECT' ? 'solutions' : 'triples', n)
  }

  function show(query, answer, seconds) {
    last = answer
    status.replaceChildren(h('strong', {}, summary(answer)),
      h('span', { class: 'meta' }, t('took', duration(answer.seconds), duration(seconds)), ' · ', size(answer.bytes)),
      ...(formats[answer.form] ?? ofGraphs).map(f => download(query, f)))
    const can = answer.form === 'ASK' ? [] : ['table', ...kinds(answer).length ? ['chart'] : [],
      ...answer.form === 'SELECT' ? [] : ['graph', 'text']]
    if (!can.includes(view)) view = can[0]
    views.hidden = !can.length
    views.replaceChildren(...can.map(name => h('button', { type: 'button', class: 'plain', 'data-view': name,
      onclick: () => { view = name; draw() } }, t(name))), h('label', { for: 'labels' }, labels, ' ', t('labels')))
    draw()
  }

  function draw() {
    if (!last) return
    for (const button of views.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.view === view))
    const make = { table: () => table(last, labels.checked), chart: () => chart(last, labels.checked),
      graph: () => graph(last, labels.checked), text: () => [h('div', { class: 'card' }, h('pre', {}, h('code', {}, last.turtle)))] }
    panel.replaceChildren(...(make[view]?.() ?? []).filter(Boolean))
  }

  return {
    run: query => work('run', query, (answer, seconds) => show(query, answer, seconds)),
    plan: query => work('plan', query, (answer, seconds) => {
      last = null
      views.hidden = true
      status.replaceChildren(h('strong', {}, t('plan')), h('span', { class: 'meta' }, t('whole', duration(seconds))))
      panel.replaceChildren(...plan(answer))
    }),
    cancel: () => running?.abort(),
    busy: () => running !== null,
    reveal: () => { if (section.getBoundingClientRect().top > innerHeight - 80) section.scrollIntoView({ block: 'nearest' }) },
  }
}

// download is a link to the whole answer in a format. A query that is too long for an address
// is sent in the body of a form.
function download(query, format) {
  const name = `query.${format}`
  const parameters = new URLSearchParams({ query, format })
  const address = `${root}/sparql?${parameters}`
  if (address.length <= longest) return h('a', { href: address, download: name }, format.toUpperCase())
  return h('button', { type: 'button', class: 'plain', onclick: () => {
    const whole = h('form', { method: 'post', action: `${root}/sparql`, hidden: true },
      h('textarea', { name: 'query' }, query), h('input', { name: 'format', value: format }))
    document.body.append(whole)
    whole.submit()
    whole.remove()
  } }, format.toUpperCase())
}
