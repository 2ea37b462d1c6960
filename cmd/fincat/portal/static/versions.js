// A slider over the versions of a dataset. Without it they are a list.
'use strict'
const section = document.getElementById('versions')
const rows = [...section.querySelectorAll('tbody tr')].reverse() // the oldest first
const links = rows.map(row => row.querySelector('a'))
const current = rows.findIndex(row => row.querySelector('[aria-current]'))
const make = (name, attributes, ...children) => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}
const range = make('input', { type: 'range', id: 'time', min: 0, max: rows.length - 1, step: 1, 'aria-describedby': 'time-shown' })
const shown = make('output', { id: 'time-shown', for: 'time' })
const go = make('a', { class: 'button', id: 'time-go' }, section.dataset.show)
const changes = make('a', { id: 'time-diff' }, section.dataset.changed)
const choose = () => {
  const i = Number(range.value)
  range.setAttribute('aria-valuetext', links[i].textContent)
  shown.textContent = links[i].textContent
  go.href = links[i].href
  const diff = rows[i].cells[2].querySelector('a')
  changes.hidden = !diff
  if (diff) changes.href = diff.href
}
range.value = current < 0 ? rows.length - 1 : current
range.addEventListener('input', choose)
range.addEventListener('keydown', event => { if (event.key === 'Enter') go.click() })
choose()
section.querySelector('.scroll').before(make('div', { class: 'slider' },
  make('label', { for: 'time' }, section.dataset.label), range, make('p', { class: 'row' }, shown, go, changes)))
document.documentElement.dataset.versions = 'ready'
