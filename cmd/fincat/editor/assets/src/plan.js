// The plan of a query that was run: what was expected of each operator, and what came.

import { h, number, t } from './dom.js'

export function plan(answer) {
  const rows = answer.steps.map(step => {
    const off = step.ran ? Math.max((step.expected + 1) / (step.actual + 1), (step.actual + 1) / (step.expected + 1)) : 1
    return h('tr', { class: off > 10 && 'is-fail' },
      h('td', { class: 'num' }, number(Math.round(step.expected * 10) / 10)),
      h('td', { class: 'num' }, step.ran ? number(step.actual) : '–'),
      h('td', { class: 'num' }, step.ran ? number(step.seconds * 1000) : '–'),
      h('td', { class: 'num' }, step.ran && step.starts > 1 ? number(step.starts) : ''),
      h('th', { scope: 'row' }, h('span', { class: 'depth', 'aria-hidden': 'true' }, '│ '.repeat(step.depth)), h('code', {}, step.does)))
  })
  const heads = ['expected', 'actual', 'milliseconds', 'starts', 'step']
  return [h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('plan') },
    h('table', { class: 'plan' }, h('thead', {}, h('tr', {}, heads.map(k => h('th', { scope: 'col' }, t(k))))), h('tbody', {}, rows)))]
}
