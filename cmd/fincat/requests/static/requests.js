// Shows datasets and requests like the one that somebody types.
const title = document.querySelector("#req-subject"), box = document.querySelector("#req-near");
let asked = 0, timer;
function list(heading, about, rows) {
  if (!rows.length) return;
  box.append(Object.assign(document.createElement("h3"), { textContent: heading }),
    Object.assign(document.createElement("p"), { textContent: about, className: "meta" }));
  const ul = document.createElement("ul");
  for (const row of rows) {
    const li = document.createElement("li"), a = document.createElement("a");
    a.href = row.href;
    a.textContent = row.title + (row.state ? "（" + row.state + "）" : "");
    li.append(a);
    ul.append(li);
  }
  box.append(ul);
}
async function look() {
  const turn = ++asked;
  const answer = await fetch("/requests/similar?q=" + encodeURIComponent(title.value.slice(0, 120)));
  if (!answer.ok || turn !== asked) return;
  const found = await answer.json(), words = box.dataset;
  box.replaceChildren();
  list(words.datasets, words.datasetsAbout, found.datasets);
  list(words.requests, words.requestsAbout, found.requests);
  box.hidden = !box.children.length;
}
if (title && box) {
  title.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 300); });
  document.documentElement.dataset.requests = "ready";
}
