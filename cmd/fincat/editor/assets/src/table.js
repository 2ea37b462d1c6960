// Answers as tables.

import { h, number, root, t } from './dom.js'

const numeric = /(?:integer|decimal|double|float|int|long|short|byte|nonNegativeInteger|positiveInteger|negativeInteger|nonPositiveInteger|unsigned\w+)$/

// amount is the number that a cell holds, null for none.
export function amount(cell) {
  if (!cell || cell.k !== 'literal' || !cell.d || !numeric.test(cell.d)) return null
  const n = Number(cell.v)
  return Number.isFinite(n) ? n : null
}

// moment is the time that a cell holds, in milliseconds; null for none.
export function moment(cell) {
  if (!cell || cell.k !== 'literal' || !/(?:dateTime|date|gYear|gYearMonth)$/.test(cell.d ?? '')) return null
  const n = Date.parse(cell.v)
  return Number.isFinite(n) ? n : null
}

// shown is the text of a cell: of a resource its name when names are wanted, else its short form.
export function shown(cell, names, labels) {
  if (!cell) return ''
  if (cell.k === 'blank') return '_:' + cell.v
  if (cell.k !== 'iri') return cell.v
  const name = names[cell.v]
  return labels && name?.n || name?.s || cell.v
}

// link is the address of a resource's page, "" for none.
export function link(cell, names) {
  const name = cell?.k === 'iri' ? names[cell.v] : null
  if (!name?.h) return ''
  return name.o ? name.h : root + name.h
}

export function content(cell, names, labels) {
  if (!cell) return []
  const text = shown(cell, names, labels)
  if (cell.k === 'iri') {
    const to = link(cell, names)
    return to ? [h('a', { href: to, title: cell.v, rel: names[cell.v].o && 'noopener nofollow' }, text)]
      : [h('span', { title: cell.v }, text)]
  }
  return [h('span', { lang: cell.l, title: cell.d }, text), cell.l && h('span', { class: 'lang-of' }, cell.l)]
}

function compare(a, b, names, labels) {
  if (!a || !b) return a ? 1 : b ? -1 : 0 // unbound first, as ORDER BY has it
  const x = amount(a), y = amount(b)
  if (x !== null && y !== null) return x - y
  return collator.compare(shown(a, names, labels), shown(b, names, labels))
}

const collator = new Intl.Collator(document.documentElement.lang, { numeric: true })
const step = 200

// table shows solutions or triples. Columns can be sorted, and more rows be shown.
export function table(answer, labels) {
  let rows = answer.rows, by = -1, falling = false, many = step
  const names = answer.names ?? {}
  const body = h('tbody')
  const more = h('button', { type: 'button', class: 'plain', onclick: () => { many += step; fill() } })
  const heads = answer.vars.map((name, i) => h('th', { scope: 'col' },
    h('button', { type: 'button', class: 'sort', onclick: () => sort(i) }, name, h('span', { 'aria-hidden': 'true' }))))

  function sort(i) {
    falling = by === i && !falling
    by = i
    rows = answer.rows.map((row, k) => ({ row, k }))
      .sort((a, b) => (falling ? -1 : 1) * compare(a.row[i], b.row[i], names, labels) || a.k - b.k).map(x => x.row)
    heads.forEach((head, k) => {
      if (k !== i) head.removeAttribute('aria-sort')
      else head.setAttribute('aria-sort', falling ? 'descending' : 'ascending')
      head.querySelector('span').textContent = k === i ? falling ? ' ▼' : ' ▲' : ''
    })
    fill()
  }

  function fill() {
    body.replaceChildren(...rows.slice(0, many).map(row => h('tr', {}, row.map(cell =>
      h('td', { class: amount(cell) !== null && 'num' }, content(cell, names, labels))))))
    more.hidden = rows.length <= many
    more.textContent = t('moreRows', number(Math.min(step, rows.length - many)))
  }

  fill()
  return [h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('table') },
    h('table', {}, h('thead', {}, h('tr', {}, heads)), body)), more]
}
