// Triples as a graph, as SVG: resources are nodes that lead to their pages, literals are left to the table.

import { h, number, s, t } from './dom.js'
import { link, shown } from './table.js'

const width = 760, height = 520
const most = 120 // nodes

export function graph(answer, labels) {
  const names = answer.names ?? {}
  const nodes = new Map(), edges = []
  let left = 0
  const node = cell => {
    const key = cell.k + cell.v
    if (!nodes.has(key)) {
      if (nodes.size === most) return null
      const angle = nodes.size * 2.399963, far = 12 * Math.sqrt(nodes.size) // a sunflower: the same each time
      nodes.set(key, { cell, x: width / 2 + far * Math.cos(angle), y: height / 2 + far * Math.sin(angle) })
    }
    return nodes.get(key)
  }
  for (const [from, by, to] of answer.rows) {
    if (to.k === 'literal' || to.k === 'triple') continue
    const a = node(from), b = node(to)
    if (!a || !b) left++
    else edges.push({ a, b, by })
  }
  if (!edges.length) return [h('p', { class: 'empty' }, t('noGraph'))]
  const list = [...nodes.values()]
  settle(list, edges)
  const text = cell => shown(cell, names, labels)
  const cut = value => [...value].length > 18 ? [...value].slice(0, 17).join('') + '…' : value
  const picture = s('svg', { viewBox: `0 0 ${width} ${height}`, class: 'chart network', role: 'group', 'aria-label': t('graphOf', number(list.length), number(edges.length)) },
    edges.map(e => {
      const line = s('line', { x1: e.a.x, y1: e.a.y, x2: e.b.x, y2: e.b.y, class: 'edge' })
      line.append(s('title', {}, `${text(e.a.cell)} — ${text(e.by)} → ${text(e.b.cell)}`))
      return line
    }),
    edges.length <= 40 && edges.map(e => s('text', { x: (e.a.x + e.b.x) / 2, y: (e.a.y + e.b.y) / 2 - 3,
      'text-anchor': 'middle', class: 'small' }, cut(text(e.by)))) || [],
    list.map(n => {
      const dot = s('circle', { cx: n.x, cy: n.y, r: 6, class: 'mark' })
      dot.append(s('title', {}, text(n.cell)))
      const late = n.x > width * 0.66
      const name = s('text', { x: n.x + (late ? -9 : 9), y: n.y + 4, 'text-anchor': late ? 'end' : 'start' }, cut(text(n.cell)))
      const to = link(n.cell, names)
      return to ? s('a', { href: to }, dot, name) : s('g', {}, dot, name)
    }))
  return [h('div', { class: 'figure', tabindex: '0', role: 'region', 'aria-label': t('graph') }, picture), left ? h('p', { class: 'meta' }, t('graphPart', number(list.length), number(left))) : null]
}

// settle moves nodes apart and those with an edge together (Fruchterman and Reingold), and fits
// them into the picture.
function settle(nodes, edges) {
  const k = 0.75 * Math.sqrt(width * height / nodes.length)
  for (let round = 0, heat = width / 8; round < 200; round++, heat *= 0.975) {
    for (const n of nodes) n.dx = (width / 2 - n.x) * 0.02, n.dy = (height / 2 - n.y) * 0.02
    for (let i = 0; i < nodes.length; i++) {
      for (let j = i + 1; j < nodes.length; j++) push(nodes[i], nodes[j], d => k * k / d)
    }
    for (const e of edges) if (e.a !== e.b) push(e.a, e.b, d => -d * d / k)
    for (const n of nodes) {
      const d = Math.hypot(n.dx, n.dy) || 1
      n.x += n.dx / d * Math.min(d, heat)
      n.y += n.dy / d * Math.min(d, heat)
    }
  }
  for (const [at, room, edge, far] of [['x', width, 20, 20], ['y', height, 20, 20]]) {
    const low = Math.min(...nodes.map(n => n[at])), high = Math.max(...nodes.map(n => n[at]))
    for (const n of nodes) n[at] = high === low ? room / 2 : edge + (n[at] - low) / (high - low) * (room - edge - far)
  }
}

function push(a, b, force) {
  const dx = a.x - b.x || 0.01, dy = a.y - b.y || 0.01, d = Math.hypot(dx, dy), f = force(d) / d
  a.dx += dx * f
  a.dy += dy * f
  b.dx -= dx * f
  b.dy -= dy * f
}
