// Charts of solutions: bars, lines, points, times and places, as SVG. What they show is in the table too.

import { h, number, s, t } from './dom.js'
import { amount, link, moment, shown } from './table.js'

const width = 760, height = 380, left = 70, right = 20, top = 16, bottom = 56
const most = 500 // marks of a chart
const bars = 40 // of a bar chart

// columns says which columns of an answer hold numbers, times and coordinates.
export function columns(answer) {
  const share = read => answer.vars.map((_, i) => {
    let all = 0, good = 0
    for (const row of answer.rows) {
      if (!row[i]) continue
      all++
      if (read(row[i]) !== null) good++
    }
    return all > 0 && good === all
  })
  return { numbers: indices(share(amount)), times: indices(share(moment)), places: places(answer) }
}

const indices = flags => flags.flatMap((flag, i) => flag ? [i] : [])

// coordinate reads a number that may be written as a plain string.
const coordinate = cell => {
  if (!cell || cell.k !== 'literal' || !cell.v.trim()) return null
  const n = Number(cell.v)
  return Number.isFinite(n) ? n : null
}

// point reads a WKT point, longitude first (OGC 06-103r4).
const point = cell => {
  const m = cell?.k === 'literal' && /^(?:<[^>]*>\s*)?POINT\s*Z?\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)/i.exec(cell.v)
  return m ? { x: Number(m[1]), y: Number(m[2]) } : null
}

// places returns how to read coordinates from a row, null when there are none.
function places(answer) {
  const at = pattern => answer.vars.findIndex(v => pattern.test(v))
  const north = at(/^(?:lat|latitude|緯度)$/i), east = at(/^(?:lon|long|lng|longitude|經度)$/i)
  const reads = []
  if (north >= 0 && east >= 0) {
    reads.push(row => {
      const x = coordinate(row[east]), y = coordinate(row[north])
      return x === null || y === null ? null : { x, y }
    })
  }
  answer.vars.forEach((_, i) => reads.push(row => point(row[i])))
  const sound = p => p && Math.abs(p.x) <= 180 && Math.abs(p.y) <= 90 ? p : null
  return reads.map(read => row => sound(read(row))).find(read => answer.rows.some(row => read(row))) ?? null
}

// kinds are the charts that an answer can be shown as.
export function kinds(answer) {
  const { numbers, times, places } = columns(answer)
  const out = []
  if (numbers.length && answer.vars.length > 1) out.push('bar', 'line')
  if (numbers.length > 1) out.push('scatter')
  if (times.length) out.push('timeline')
  if (places) out.push('map')
  return out
}

// ticks are round numbers between two ends.
function ticks(low, high, count = 5) {
  const rough = (high - low) / count || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const stride = [1, 2, 5, 10].map(m => m * power).find(x => x >= rough)
  const out = []
  for (let x = Math.ceil(low / stride) * stride; x <= high + stride / 1e6; x += stride) out.push(Number(x.toPrecision(12)))
  return out
}

const span = values => {
  const low = Math.min(...values), high = Math.max(...values)
  return low === high ? [low - 1, high + 1] : [low, high]
}

const scale = ([low, high], from, to) => x => from + (x - low) / (high - low) * (to - from)
const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeZone: 'Asia/Taipei' })
const cut = (text, n) => [...text].length > n ? [...text].slice(0, n - 1).join('') + '…' : text

function frame(title, ...children) {
  return s('svg', { viewBox: `0 0 ${width} ${height}`, class: 'chart', role: 'img', 'aria-label': title }, ...children)
}

function yAxis(domain, y, name) {
  return [...ticks(...domain).flatMap(v => [
    s('line', { x1: left, x2: width - right, y1: y(v), y2: y(v), class: 'grid' }),
    s('text', { x: left - 8, y: y(v) + 4, 'text-anchor': 'end' }, number(v)),
  ]), s('text', { x: 8, y: 12 }, name)]
}

function xAxis(domain, x, name, write = number) {
  return [...ticks(...domain).map(v => s('text', { x: x(v), y: height - bottom + 18, 'text-anchor': 'middle' }, write(v))),
    s('text', { x: width - right, y: height - 8, 'text-anchor': 'end' }, name)]
}

const titled = (mark, text) => (mark.append(s('title', {}, text)), mark)

// draw makes the chart of a kind with the columns that were chosen.
function draw(kind, answer, x, y, labels) {
  const names = answer.names ?? {}
  const text = (row, i) => shown(row[i], names, labels)
  const title = kind === 'map' ? t('map') : `${t(kind)}: ${answer.vars[x]}${kind === 'timeline' ? '' : ' × ' + answer.vars[y]}`
  switch (kind) {
    case 'map': return map(answer, title, labels)
    case 'timeline': return timeline(answer, x, title, text)
    case 'scatter': return scatter(answer, x, y, title, text)
    case 'line': return line(answer, x, y, title, text)
  }
  const rows = answer.rows.filter(row => amount(row[y]) !== null).slice(0, bars)
  const tall = rows.length * 24 + 30
  const domain = span([0, ...rows.map(row => amount(row[y]))])
  const at = scale(domain, 250, width - 90)
  return [s('svg', { viewBox: `0 0 ${width} ${tall}`, class: 'chart', role: 'img', 'aria-label': title },
    rows.flatMap((row, i) => {
      const v = amount(row[y])
      const bar = s('rect', { x: Math.min(at(0), at(v)), y: i * 24 + 4, height: 17, width: Math.max(1, Math.abs(at(v) - at(0))), class: 'mark' })
      return [s('text', { x: 240, y: i * 24 + 17, 'text-anchor': 'end' }, cut(text(row, x), 16)),
        titled(bar, `${text(row, x)}: ${number(v)}`),
        s('text', { x: Math.max(at(0), at(v)) + 6, y: i * 24 + 17 }, number(v))]
    }), s('text', { x: 250, y: tall - 8 }, answer.vars[y])), shownOf(rows.length, answer.rows.length)]
}

const shownOf = (n, all) => n < all ? h('p', { class: 'meta' }, t('chartPart', number(n), number(all))) : null

function line(answer, x, y, title, text) {
  const rows = answer.rows.filter(row => amount(row[y]) !== null).slice(0, most)
  const read = [moment, amount].find(f => rows.length && rows.every(row => f(row[x]) !== null))
  const points = rows.map((row, i) => ({ x: read ? read(row[x]) : i, y: amount(row[y]), text: text(row, x) }))
  if (read) points.sort((a, b) => a.x - b.x)
  const across = span(points.map(p => p.x)), up = span(points.map(p => p.y))
  const px = scale(across, left, width - right), py = scale(up, height - bottom, top)
  const every = Math.max(1, Math.ceil(points.length / 6))
  const axis = read ? xAxis(across, px, answer.vars[x], read === moment ? v => day.format(v) : number)
    : points.filter((_, i) => i % every === 0).map(p => s('text', { x: px(p.x), y: height - bottom + 18, 'text-anchor': 'middle' }, cut(p.text, 9)))
  return [frame(title, yAxis(up, py, answer.vars[y]), axis,
    s('polyline', { points: points.map(p => `${px(p.x)},${py(p.y)}`).join(' '), class: 'stroke' }),
    points.map(p => titled(s('circle', { cx: px(p.x), cy: py(p.y), r: 4, class: 'mark' }), `${p.text}: ${number(p.y)}`))),
  shownOf(rows.length, answer.rows.length)]
}

function scatter(answer, x, y, title, text) {
  const rows = answer.rows.filter(row => amount(row[x]) !== null && amount(row[y]) !== null).slice(0, most)
  const across = span(rows.map(row => amount(row[x]))), up = span(rows.map(row => amount(row[y])))
  const px = scale(across, left, width - right), py = scale(up, height - bottom, top)
  const name = answer.vars.findIndex((_, i) => i !== x && i !== y)
  return [frame(title, yAxis(up, py, answer.vars[y]), xAxis(across, px, answer.vars[x]), rows.map(row =>
    titled(s('circle', { cx: px(amount(row[x])), cy: py(amount(row[y])), r: 5, class: 'mark' }),
      `${name >= 0 ? text(row, name) + ': ' : ''}${number(amount(row[x]))}, ${number(amount(row[y]))}`))),
  shownOf(rows.length, answer.rows.length)]
}

// timeline puts each solution at its time, those of one time above each other.
function timeline(answer, x, title, text) {
  const rows = answer.rows.filter(row => moment(row[x]) !== null).slice(0, most)
    .sort((a, b) => moment(a[x]) - moment(b[x]))
  const across = span(rows.map(row => moment(row[x])))
  const px = scale(across, left, width - right)
  const ends = []
  const name = answer.vars.findIndex((_, i) => i !== x)
  const marks = rows.map(row => {
    const at = px(moment(row[x]))
    let lane = ends.findIndex(end => end < at - 12)
    if (lane < 0) lane = ends.length
    ends[lane] = at
    return { row, at, lane }
  })
  const lanes = Math.max(1, ends.length), stride = Math.min(14, (height - bottom - top - 20) / lanes)
  return [frame(title, s('line', { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, class: 'grid' }),
    [0, 1, 2, 3, 4].map(i => across[0] + (across[1] - across[0]) * i / 4).map(v =>
      s('text', { x: px(v), y: height - bottom + 18, 'text-anchor': 'middle' }, day.format(v))),
    marks.map(({ row, at, lane }) => titled(s('circle', { cx: at, cy: height - bottom - 10 - lane * stride, r: 5, class: 'mark' }),
      `${day.format(moment(row[x]))}${name >= 0 ? ': ' + text(row, name) : ''}`))), shownOf(rows.length, answer.rows.length)]
}

// map puts places on a grid of degrees, each as wide as it is there; no map of others is behind it.
function map(answer, title, labels) {
  const read = columns(answer).places
  const names = answer.names ?? {}
  const found = answer.rows.map(row => ({ row, p: read(row) })).filter(x => x.p).slice(0, most)
  let [west, east] = span(found.map(x => x.p.x)), [south, north] = span(found.map(x => x.p.y))
  const narrow = Math.cos((south + north) / 2 * Math.PI / 180) || 1
  const each = Math.min((width - left - right) / ((east - west) * narrow), (height - top - bottom) / (north - south)) * 0.94
  const cx = (west + east) / 2, cy = (south + north) / 2
  const px = x => (left + width - right) / 2 + (x - cx) * narrow * each
  const py = y => (top + height - bottom) / 2 - (y - cy) * each
  const degrees = (v, a, b) => `${number(Math.abs(v))}°${v < 0 ? b : a}`
  return [frame(title,
    ticks(west, east).flatMap(v => [s('line', { x1: px(v), x2: px(v), y1: top, y2: height - bottom, class: 'grid' }),
      s('text', { x: px(v), y: height - bottom + 18, 'text-anchor': 'middle' }, degrees(v, 'E', 'W'))]),
    ticks(south, north).flatMap(v => [s('line', { x1: left, x2: width - right, y1: py(v), y2: py(v), class: 'grid' }),
      s('text', { x: left - 8, y: py(v) + 4, 'text-anchor': 'end' }, degrees(v, 'N', 'S'))]),
    found.map(({ row, p }) => {
      const first = row.find(c => c?.k === 'iri') ?? row.find(c => c)
      const dot = titled(s('circle', { cx: px(p.x), cy: py(p.y), r: 5, class: 'mark' }),
        `${shown(first, names, labels)} (${number(p.y)}, ${number(p.x)})`)
      const to = link(first, names)
      return to ? s('a', { href: to }, dot) : dot
    })), shownOf(found.length, answer.rows.length)]
}

// chart shows an answer as a chart whose kind and columns can be chosen.
export function chart(answer, labels) {
  const can = kinds(answer)
  if (!can.length) return [h('p', { class: 'empty' }, t('noChart'))]
  const { numbers, times } = columns(answer)
  const place = h('div', { class: 'figure', tabindex: '0', role: 'region', 'aria-label': t('chart') })
  const select = (id, label, options, change) => h('label', { for: id }, label, ' ',
    h('select', { id, onchange: change }, options.map(([value, text]) => h('option', { value }, text))))
  const kind = select('chart-kind', t('chartKind'), can.map(k => [k, t(k)]), () => (offer(), show()))
  const x = select('chart-x', t('chartX'), [], show), y = select('chart-y', t('chartY'), [], show)
  const chosen = label => Number(label.querySelector('select').value)

  function offer() {
    const now = kind.querySelector('select').value
    const named = list => list.map(i => h('option', { value: i }, answer.vars[i]))
    const every = answer.vars.map((_, i) => i)
    const ys = numbers
    const firstY = now === 'scatter' ? ys[1] : ys.at(0)
    const xs = now === 'scatter' ? numbers : now === 'timeline' ? times
      : [...every.filter(i => !numbers.includes(i)), ...numbers.filter(i => i !== firstY)]
    x.hidden = now === 'map'
    y.hidden = now === 'map' || now === 'timeline'
    x.querySelector('select').replaceChildren(...named(xs.length ? xs : every))
    y.querySelector('select').replaceChildren(...named(ys))
    if (!y.hidden) y.querySelector('select').value = String(firstY)
  }

  function show() {
    place.replaceChildren(...draw(kind.querySelector('select').value, answer, chosen(x), chosen(y), labels).filter(Boolean))
  }

  offer()
  show()
  return [h('div', { class: 'row' }, kind, x, y), place]
}
