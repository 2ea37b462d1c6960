// The picture is there without this script, which lets it be zoomed and moved: by buttons, by the keys
// + - 0 and the arrows, by the wheel with Ctrl, and by dragging once it is zoomed.
"use strict";
(() => {
  const picture = document.getElementById("picture");
  const tools = document.getElementById("tools");
  if (!picture || !tools) return;
  const whole = picture.getAttribute("viewBox").split(" ").map(Number);
  let [x, y, w, h] = whole;
  const show = () => {
    w = Math.min(whole[2], Math.max(whole[2] / 12, w));
    h = w * whole[3] / whole[2];
    x = Math.min(whole[0] + whole[2] - w, Math.max(whole[0], x));
    y = Math.min(whole[1] + whole[3] - h, Math.max(whole[1], y));
    picture.setAttribute("viewBox", [x, y, w, h].join(" "));
    picture.classList.toggle("zoomed", w < whole[2]);
  };
  const zoom = (factor, cx = x + w / 2, cy = y + h / 2) => {
    const before = w;
    w = Math.min(whole[2], Math.max(whole[2] / 12, w * factor));
    x = cx - (cx - x) * w / before;
    y = cy - (cy - y) * w / before;
    show();
  };
  const move = (dx, dy) => { x += dx * w; y += dy * h; show(); };
  const acts = {
    in: ["+", () => zoom(1 / 1.4)], out: ["−", () => zoom(1.4)], whole: ["⤢", () => { [x, y, w, h] = whole; show(); }],
    left: ["←", () => move(-.2, 0)], right: ["→", () => move(.2, 0)],
    up: ["↑", () => move(0, -.2)], down: ["↓", () => move(0, .2)],
  };
  for (const [name, [sign, act]] of Object.entries(acts)) {
    const button = document.createElement("button");
    button.type = "button";
    button.id = "map-" + name;
    button.textContent = sign;
    button.title = tools.dataset[name];
    button.setAttribute("aria-label", tools.dataset[name]);
    button.addEventListener("click", act);
    tools.append(button);
  }
  tools.hidden = false;
  const keys = { "+": "in", "=": "in", "-": "out", "0": "whole",
    ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
  picture.parentElement.addEventListener("keydown", (event) => {
    const name = keys[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow") && w === whole[2]) return; // the page is moved
    event.preventDefault();
    acts[name][1]();
  });
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && w === whole[2]) return; // the page is scrolled
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, ...place(event));
  }, { passive: false });
  let from = null, moved = false;
  picture.addEventListener("pointerdown", (event) => {
    if (w < whole[2] && event.button === 0) { from = place(event); moved = false; }
  });
  picture.addEventListener("pointermove", (event) => {
    if (!from || !event.buttons) { from = null; return; }
    const at = place(event);
    if (Math.hypot(at[0] - from[0], at[1] - from[1]) > w / 200) moved = true;
    x += from[0] - at[0];
    y += from[1] - at[1];
    show();
  });
  picture.addEventListener("click", (event) => { if (moved) event.preventDefault(); moved = false; }, true);
  picture.addEventListener("dragstart", (event) => event.preventDefault());
})();
