"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
let visits = data.visits;
let at = 0;

// -- a run in the page, for functions of numbers -------------------------------------------

function range(a, b, step = 1) {
  const made = [];
  if (b === undefined) [a, b] = [0, a];
  for (let i = a; step > 0 ? i < b : i > b; i += step) made.push(i);
  return made;
}

function said(value) {
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf").replace("NaN", "nan");
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e4)) {
    const [digits, power] = value.toExponential(3).split("e");
    const short = String(Number(digits));
    return `${short}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  return String(Number(value.toPrecision(4)));
}

// The emitted code calls these between its lines.
let ran, open, undoing;
function _ran_(line, n, value) {
  const { text, target } = data.lines[line];
  const visit = { n, l: data.sourceOf[n], text, target, value: said(value), raw: value, gradient: "", shares: [] };
  ran.push(visit);
  (open[n] ??= []).push(visit);
}
function _begun_(n, gradient) {
  undoing = open[n]?.pop();
  if (undoing && gradient !== undefined) undoing.gradient = said(gradient);
}
function _undone_(line, value, slope) {
  const { text, target, math, local } = data.lines[line];
  undoing?.shares.push({ text, target, math, local, value: said(value), slope: slope == null ? "" : said(slope) });
}
function _trip_() {}

const emitted = data.emitted
  ? new Function("range", "_ran_", "_begun_", "_undone_", "_trip_",
      `${data.emitted.code}\nreturn [${data.emitted.forward}, ${data.emitted.backward}];`)(
      range, _ran_, _begun_, _undone_, _trip_)
  : null;

function run(values) {
  [ran, open] = [[], {}];
  const [result, cache] = emitted[0](...values);
  const found = emitted[1](1.0, cache);
  return { visits: ran, result, gradients: Array.isArray(found) ? found : [found] };
}

function rerun() {
  const values = data.arguments.map((a) => Number(a.value));
  const given = run(values);
  visits = given.visits;
  let k = 0;
  data.arguments.forEach((argument, i) => {
    if (argument.gradient === null) return;
    argument.gradient = said(given.gradients[k++]);
    const step = 1e-6 * Math.max(1, Math.abs(values[i]));
    const moved = (by) => run(values.map((v, j) => (j === i ? v + by : v))).result;
    argument.difference = said((moved(step) - moved(-step)) / (2 * step));
  });
}

// -- what is shown -------------------------------------------------------------------------

const steps = () => {
  const backward = visits.map((_, i) => i).filter((i) => visits[i].gradient !== "").reverse();
  return [...visits.map((_, i) => [i, false]), ...backward.map((i) => [i, true])];
};

function element(tag, kind, text) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

function describe(visit, back) {
  const lines = [];
  const first = element("p");
  first.append(element("strong", "", back ? "backward" : "forward"), element("code", "", visit.text));
  lines.push(first);
  const second = element("p");
  const pair = (name, kind, value) => {
    const made = element("span");
    made.append(element("code", "", `${name} = `), element("span", kind, value));
    return made;
  };
  second.append(pair(visit.target, "value", visit.value));
  if (back) second.append(pair(`d${visit.target}`, "gradient", visit.gradient));
  lines.push(second);
  for (const share of back ? visit.shares : []) {
    const line = element("p");
    if (share.math) {
      const math = element("span");
      math.innerHTML = share.math; // made by adgen, with all text of the author's escaped
      line.append(math);
      if (share.slope && share.slope !== share.local) math.append(` = ${share.slope}`);
    }
    const given = element("span");
    given.append(element("code", "", share.text), " = ", element("span", "gradient", share.value));
    line.append(given);
    lines.push(line);
  }
  return lines;
}

function mark(kind, n, l) {
  document.querySelectorAll(`.${kind}`).forEach((e) => e.classList.remove(kind));
  if (n === null) return;
  const found = [...document.querySelectorAll(`[data-n="${n}"]`), ...document.querySelectorAll(`[data-l="${l}"]`)];
  const node = document.getElementById(data.nodes[n] ?? "");
  if (node) found.push(node);
  found.forEach((e) => e.classList.add(kind));
  return found;
}

function labels() {
  // what each wire carries by now: the newest value of its gate, and the gradient once it is known
  const value = {}, gradient = {};
  steps().slice(0, at).forEach(([i, back]) => {
    if (back) gradient[visits[i].n] = visits[i].gradient;
    else value[visits[i].n] = visits[i].value;
  });
  const whole = at >= steps().length;
  for (const wire of data.wires) {
    const group = document.getElementById(wire.id);
    if (!group) continue;
    const argument = data.arguments.find((a) => a.name === wire.argument);
    const shown = wire.n === null
      ? [argument?.value, whole ? argument?.gradient : undefined] : [value[wire.n], gradient[wire.n]];
    group.querySelectorAll("text").forEach((text, k) => {
      text.classList.toggle("unseen", shown[k] === undefined || shown[k] === null);
      if (shown[k] !== undefined && shown[k] !== null) text.textContent = shown[k];
    });
  }
}

function reveal(pane, part) {
  // within its pane alone, so that the page stays where the reader has put it
  const [around, box] = [pane.getBoundingClientRect(), part.getBoundingClientRect()];
  if (box.top < around.top || box.bottom > around.bottom)
    pane.scrollTop += box.top + box.height / 2 - around.top - around.height / 2;
  if (box.width < around.width && (box.left < around.left || box.right > around.right))
    pane.scrollLeft += box.left + box.width / 2 - around.left - around.width / 2;
}

function show(position) {
  const all = steps();
  at = Math.max(0, Math.min(all.length, position));
  $("slider").max = all.length;
  $("slider").value = at;
  $("count").textContent = `${at} / ${all.length}`;
  const panel = $("step");
  if (at === 0) {
    panel.replaceChildren(element("p", "", "Nothing has run yet."));
    mark("lit", null);
  } else {
    const [i, back] = all[at - 1];
    panel.replaceChildren(...describe(visits[i], back));
    const found = mark("lit", visits[i].n, visits[i].l);
    const wanted = found.find((e) => e.closest(back ? "#backward" : "#forward"));
    if (wanted) reveal(wanted.closest("pre"), wanted);
    const node = document.getElementById(data.nodes[visits[i].n] ?? "");
    if (node) reveal($("circuit"), node);
  }
  labels();
}

function table() {
  $("arguments").replaceChildren(...data.arguments.map((argument) => {
    const row = element("tr");
    const name = element("th", "", argument.name);
    name.scope = "row";
    const value = element("td", "value");
    if (emitted) {
      const input = element("input");
      Object.assign(input, { type: "number", step: "any", value: argument.value });
      input.setAttribute("aria-label", argument.name);
      input.addEventListener("input", () => {
        if (input.value === "") return;
        argument.value = input.value;
        rerun();
        fill();
        show(at);
      });
      value.append(input);
    } else value.textContent = argument.value;
    row.append(name, value, element("td", "gradient"), element("td"));
    return row;
  }));
  fill();
}

function fill() {
  [...$("arguments").rows].forEach((row, i) => {
    row.cells[2].textContent = data.arguments[i].gradient ?? "";
    row.cells[3].textContent = data.arguments[i].difference ?? "";
  });
}

$("first").addEventListener("click", () => show(0));
$("back").addEventListener("click", () => show(at - 1));
$("next").addEventListener("click", () => show(at + 1));
$("last").addEventListener("click", () => show(steps().length));
$("slider").addEventListener("input", (event) => show(Number(event.target.value)));
document.addEventListener("keydown", (event) => {
  if (event.target.tagName === "INPUT" && event.target.type !== "range") return;
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (move === undefined) return;
  event.preventDefault();
  show(at + move);
});
for (const kind of ["pointerover", "focusin"])
  document.addEventListener(kind, (event) => {
    const row = event.target.closest?.("[data-n], [data-l]");
    if (!row) return mark("partner", null);
    if (row.dataset.n) return mark("partner", row.dataset.n, data.sourceOf[row.dataset.n]);
    const numbers = Object.keys(data.sourceOf).filter((n) => String(data.sourceOf[n]) === row.dataset.l);
    mark("partner", null);
    numbers.forEach((n) => document.querySelectorAll(`[data-n="${n}"]`).forEach((e) => e.classList.add("partner")));
    numbers.forEach((n) => document.getElementById(data.nodes[n] ?? "")?.classList.add("partner"));
    row.classList.add("partner");
  });

$("note").textContent = data.note;
table();
show(0);
