// What the browser keeps: open tabs and the queries that were run. Nothing of it is sent anywhere.

const name = 'fincat.editor'
const maxTabs = 20, maxRuns = 50

function load() {
  let kept
  try {
    kept = JSON.parse(localStorage.getItem(name))
  } catch {
    kept = null // it is not allowed, or somebody else's
  }
  const text = x => typeof x === 'string'
  const tabs = Array.isArray(kept?.tabs) ? kept.tabs.filter(text).slice(0, maxTabs) : []
  const runs = Array.isArray(kept?.runs) ? kept.runs.filter(r => text(r?.query) && Number.isFinite(r.at)).slice(0, maxRuns) : []
  const open = Number.isInteger(kept?.open) && kept.open >= 0 && kept.open < tabs.length ? kept.open : 0
  return { tabs, runs, open }
}

export const kept = load()

let timer
export function keep() {
  clearTimeout(timer)
  timer = setTimeout(save, 300)
}

function save() {
  try {
    localStorage.setItem(name, JSON.stringify(kept))
  } catch { /* it is full or not allowed: the page works without */ }
}

addEventListener('pagehide', save)

export const full = () => kept.tabs.length >= maxTabs

// ran notes that a query was run; one that was run before moves to the front.
export function ran(query, what) {
  kept.runs = [{ query, what, at: Date.now() }, ...kept.runs.filter(r => r.query !== query)].slice(0, maxRuns)
  keep()
}

export function forget() {
  kept.runs = []
  save()
}
