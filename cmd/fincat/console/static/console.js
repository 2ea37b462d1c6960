// The pages work without this script. It asks again for a harvest under way, and lets links be
// decided by keyboard.
"use strict";
(() => {
  const refresh = 2000; // milliseconds
  const follow = async () => {
    const live = document.querySelector("#live[data-live]");
    if (!live) return;
    // Whoever is about to press something is not disturbed.
    if (!document.hidden && !live.contains(document.activeElement)) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        if (answer.redirected || !answer.ok) { location.reload(); return; }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const now = page.getElementById("live");
        if (now && !live.contains(document.activeElement)) live.replaceWith(document.adoptNode(now));
      } catch (_) { /* the server is away: try again */ }
    }
    setTimeout(follow, refresh);
  };
  setTimeout(follow, refresh);

  const keys = { j: "next", k: "previous", y: "confirm", n: "refuse" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const writing = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (writing || !document.getElementById("pair")) return;
    const target = document.getElementById(keys[event.key] || "");
    if (!target) return;
    event.preventDefault();
    target.click();
  });
})();
