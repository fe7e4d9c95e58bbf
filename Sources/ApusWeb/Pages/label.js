// The page of labeling: selects pictures on the map and in the list, labels them, trains, and hears of others' labels.
import {announce, element, percent, request, text} from "./apus.js";
import {PictureMap} from "./map.js";

const page = (name) => document.getElementById(name);
// Colors that are told apart on pictures; the names beside them say the same.
const palette = [
  [230, 25, 75], [60, 180, 75], [255, 200, 25], [67, 120, 245], [245, 130, 48], [160, 60, 200], [70, 220, 220],
  [240, 50, 230], [170, 220, 60], [250, 160, 180], [0, 140, 140], [170, 110, 40],
];
const pageOfList = 60;

const state = await request("state").catch((error) => {
  tell(error.message, "bad");
  throw error;
});
const count = state.items.length;
const labels = new Array(count).fill(null);
let names = [];
let event = state.event;
let selected = new Set();
let suggestions = null;
let view = {kind: "selection", items: [], note: ""};
let shownCount = pageOfList;
let map = null;
let isMoving = false;
let pendingConflict = null;

const color = (name) => palette[Math.max(0, names.indexOf(name)) % palette.length];
const css = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;
const suggestionOf = (item) =>
  suggestions && labels[item] === null
    ? {label: suggestions.labels[suggestions.best[item]], probability: suggestions.probability[item]} : null;

// Messages

function tell(message, kind = "") {
  page("message").textContent = message;
  page("message").className = `notice ${kind}`;
  page("message").hidden = false;
  announce(message);
}

async function attempt(body) {
  try {
    return await body();
  } catch (error) {
    tell(error.message, "bad");
    return null;
  }
}

function note(message) {
  page("map-note").textContent = message ?? "";
  page("map-note").hidden = !message;
}

// What the map and the lists show

function restyle() {
  const isFading = page("fade").checked && suggestions;
  map?.setStyles((item) => {
    const perhaps = suggestionOf(item);
    // Labeled and surely known pictures fade, so that the rest stands out.
    const sure = labels[item] !== null ? 1 : perhaps?.probability ?? 0;
    return {
      color: labels[item] !== null ? color(labels[item]) : null,
      opacity: isFading ? Math.max(0.08, 1 - sure) : 1, isSelected: selected.has(item),
    };
  });
}

function showLabels() {
  const counts = new Map(names.map((name) => [name, 0]));
  for (const label of labels) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  page("labels").replaceChildren(...names.map((name, place) => {
    const swatch = element("span", {class: "swatch", "aria-hidden": "true"});
    swatch.style.background = css(color(name));
    return element("li", {}, element(
      "button",
      {type: "button", "aria-label": text("label.applyTo", {label: name, count: counts.get(name)}), onclick: () => apply(name)},
      swatch, element("span", {class: "name"}, name), element("span", {class: "muted"}, String(counts.get(name))),
      place < 9 ? element("kbd", {}, String(place + 1)) : null));
  }));
  page("no-labels").hidden = names.length > 0;
  const done = labels.filter((label) => label !== null).length;
  page("progress-note").textContent = text("label.progress", {labeled: done, count});
  const chosen = new Set([...page("separating-labels").querySelectorAll("input:not(:checked)")].map((box) => box.value));
  page("separating-labels").replaceChildren(...names.map((name) => element("label", {}, element(
    "input", {type: "checkbox", value: name, checked: !chosen.has(name), onchange: () => arrange()}), name)));
}

/** A picture of the list, with its name, label and suggestion. */
function tile(item) {
  const perhaps = suggestionOf(item);
  const name = state.items[item];
  const spoken = labels[item] !== null
    ? text("label.itemLabeled", {name, label: labels[item]})
    : perhaps ? text("label.itemSuggested", {name, label: perhaps.label, probability: percent(perhaps.probability)}) : name;
  return element("li", {}, element(
    "button",
    {
      type: "button", "data-item": item, "aria-pressed": String(selected.has(item)), "aria-label": spoken,
      title: name, tabindex: "-1", onclick: () => toggle(item),
    },
    element("img", {src: `picture/${item}`, alt: "", loading: "lazy", decoding: "async"}),
    element("span", {class: "name"}, name.split("/").pop()),
    labels[item] !== null ? element("span", {class: "given"}, labels[item]) : null,
    perhaps ? element("span", {class: "perhaps"}, `${perhaps.label} ${percent(perhaps.probability)}`) : null));
}

function showList({keepsFocus = false} = {}) {
  const focused = keepsFocus ? document.activeElement?.dataset?.item : undefined;
  const shown = view.items.slice(0, shownCount);
  page("grid").replaceChildren(...shown.map(tile));
  page("list-note").textContent = view.items.length ? view.note : text("label.nothingShown");
  page("more").hidden = view.items.length <= shownCount;
  page("accept").hidden = !suggestions;
  const tiles = page("grid").querySelectorAll("button");
  const stop = [...tiles].find((tile) => tile.dataset.item === focused) ?? tiles[0];
  if (stop) stop.tabIndex = 0;
  if (focused !== undefined && stop?.dataset.item === focused) stop.focus();
  page("show-selection").textContent = text("label.selection", {count: selected.size});
}

function show(kind, items, noteKey, values = {}) {
  view = {kind, items, note: text(noteKey, {count: items.length, ...values})};
  shownCount = pageOfList;
  showList();
}

const showSelection = () => show("selection", [...selected], "label.shownSelection");

function select(items, {adds = false, shows = true} = {}) {
  selected = adds ? new Set([...selected, ...items]) : new Set(items);
  restyle();
  if (shows) showSelection(); else showList({keepsFocus: true});
  announce(text("label.selected", {count: selected.size}));
}

function toggle(item) {
  if (selected.has(item)) selected.delete(item); else selected.add(item);
  restyle();
  page("show-selection").textContent = text("label.selection", {count: selected.size});
  const tile = page("grid").querySelector(`[data-item="${item}"]`);
  tile?.setAttribute("aria-pressed", String(selected.has(item)));
}

function refresh() {
  showLabels();
  restyle();
  showList({keepsFocus: true});
}

// Labels

function take(changes) {
  // A label that was taken away is left out of the JSON.
  for (const {item, label} of changes) labels[item] = label ?? null;
}

function setNames(given) {
  names = given;
}

async function apply(label, items = [...selected], seen = event) {
  if (!items.length) { tell(text("label.nothingSelected"), "warn"); return false; }
  const author = page("author").value.trim();
  const answer = await attempt(() => request("label", {method: "POST", json: {items, label, author, seen}}));
  if (!answer) return false;
  const refused = new Set(answer.conflicts.map((conflict) => conflict.item));
  const done = items.filter((item) => !refused.has(item));
  for (const item of done) labels[item] = label;
  if (label !== null && !names.includes(label)) setNames([...names, label]);
  take(answer.conflicts);
  selected = new Set([...selected].filter((item) => refused.has(item)));
  pendingConflict = refused.size ? {label, items: [...refused]} : null;
  page("conflict").hidden = !pendingConflict;
  if (pendingConflict) {
    const others = [...new Set(answer.conflicts.map((conflict) => conflict.label ?? "–"))].join(", ");
    page("conflict-text").textContent = text("label.conflict", {count: refused.size, labels: others});
    announce(page("conflict-text").textContent);
  }
  if (done.length) {
    tell(label === null ? text("label.unlabeledDone", {count: done.length})
      : text("label.labeled", {count: done.length, label}), "good");
  }
  refresh();
  await hear();
  if (page("again").checked && new Set(labels.filter((name) => name !== null)).size > 1) train();
  return true;
}

async function accept() {
  const byLabel = new Map();
  for (const item of selected) {
    const perhaps = suggestionOf(item);
    if (perhaps) byLabel.set(perhaps.label, [...(byLabel.get(perhaps.label) ?? []), item]);
  }
  if (!byLabel.size) return tell(text("label.nothingSelected"), "warn");
  for (const [label, items] of byLabel) if (!await apply(label, items)) return;
}

async function undo() {
  const answer = await attempt(() => request("undo", {method: "POST", json: {author: page("author").value.trim()}}));
  if (!answer) return;
  await hear();
  tell(answer.items.length ? text("label.undone", {count: answer.items.length}) : text("label.nothingToUndo"));
}

/** Asks what has changed, whoever did it. */
async function hear() {
  try {
    const changes = await request(`changes?after=${event}`);
    const isNew = changes.labels.length > 0 || changes.names.length !== names.length;
    const own = page("author").value.trim();
    const others = changes.labels.filter((change) => change.author !== own);
    take(changes.labels);
    setNames(changes.names);
    event = changes.event;
    if (isNew) refresh();
    if (others.length) {
      announce(text("label.othersLabeled", {author: others[0].author || text("label.someone"), count: others.length}));
    }
  } catch {
    // The next time tells; what a person does meanwhile says so.
  }
}

// Search

async function findSimilar() {
  if (!selected.size) return tell(text("label.nothingSelected"), "warn");
  const layer = Number(page("layer").value);
  const found = await attempt(() => request("similar", {method: "POST", json: {items: [...selected], layer, count: 120}}));
  if (found) show("similar", found.map(({item}) => item), "label.shownSimilar");
}

function search(query) {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return;
  const found = [...state.items.keys()].filter((item) =>
    state.items[item].toLowerCase().includes(wanted) || labels[item]?.toLowerCase().includes(wanted));
  show("found", found, "label.shownFound", {query: query.trim()});
}

const unlabeled = () => [...state.items.keys()].filter((item) => labels[item] === null);

async function showUnsure() {
  if (!suggestions && !await train()) return;
  const items = unlabeled().sort((a, b) => suggestions.probability[a] - suggestions.probability[b] || a - b);
  show("unsure", items, "label.shownUnsure");
}

// Training

let isTraining = false;
let trainsAgain = false;

async function train() {
  if (isTraining) { trainsAgain = true; return false; }
  isTraining = true;
  page("estimate").textContent = text("label.training");
  const layer = Number(page("layer").value);
  const answer = await attempt(() => request("train", {method: "POST", json: {layer}}));
  isTraining = false;
  if (answer) {
    suggestions = answer;
    showEstimate();
    if (view.kind === "unsure") await showUnsure();
    refresh();
  } else {
    page("estimate").textContent = "";
  }
  if (trainsAgain) { trainsAgain = false; return train(); }
  return answer !== null;
}

function showEstimate() {
  const {estimate} = suggestions;
  page("estimate").textContent = text("label.trained", {labels: suggestions.labels.length}) + " " + (estimate
    ? text("label.estimate", {
      accuracy: percent(estimate.correct / estimate.count), count: estimate.count, low: percent(estimate.low),
      high: percent(estimate.high),
    })
    : text("label.noEstimate"));
}

// The map

let arranged = 0;

async function arrange(kind = page("projection").value) {
  const layer = page("layer").value;
  page("separating").hidden = page("projection").value !== "separating";
  if (!map) return;
  const query = new URLSearchParams({kind, layer});
  for (const box of page("separating-labels").querySelectorAll("input:checked")) {
    if (kind === "separating") query.append("label", box.value);
  }
  const turn = ++arranged;
  const timer = setInterval(async () => {
    if (turn !== arranged) return clearInterval(timer);
    const {done} = await request(`projection?progress=1&${query}`).catch(() => ({done: 0}));
    if (turn === arranged && done > 0) note(text("label.arrangingPart", {done: percent(done)}));
  }, 700);
  note(text("label.arranging"));
  let isDone = false;
  try {
    const response = await fetch(`projection?${query}`, {credentials: "same-origin"});
    if (!response.ok) throw new Error((await response.json()).error.message);
    const places = new Float32Array(await response.arrayBuffer());
    if (turn === arranged) { map.setPlaces(places); note(null); isDone = true; }
  } catch (error) {
    if (turn === arranged) { note(null); tell(error.message, "bad"); }
  } finally {
    clearInterval(timer);
  }
  return isDone;
}

function setMoving(moves) {
  isMoving = moves;
  page("move-mode").setAttribute("aria-pressed", String(moves));
  page("select-mode").setAttribute("aria-pressed", String(!moves));
  page("map").classList.toggle("moves", moves);
}

/** Draws the line that a person draws around pictures. */
function drawLasso(points) {
  const overlay = page("overlay");
  const ratio = devicePixelRatio || 1;
  const [width, height] = [overlay.clientWidth, overlay.clientHeight];
  if (overlay.width !== Math.round(width * ratio)) overlay.width = Math.round(width * ratio);
  if (overlay.height !== Math.round(height * ratio)) overlay.height = Math.round(height * ratio);
  const context = overlay.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  if (points.length < 2) return;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
  const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  context.globalAlpha = 0.15;
  context.fillStyle = accent;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = accent;
  context.lineWidth = 2;
  context.stroke();
}

function watchPointers() {
  const canvas = page("map");
  const pointers = new Map();
  let lasso = null;
  const place = (happened) => {
    // The canvas itself may be moved.
    const box = canvas.parentElement.getBoundingClientRect();
    return [happened.clientX - box.left, happened.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (happened) => {
    canvas.setPointerCapture(happened.pointerId);
    pointers.set(happened.pointerId, place(happened));
    const moves = isMoving || happened.button === 1;
    lasso = pointers.size === 1 && !moves ? [place(happened)] : null;
    drawLasso([]);
  });
  canvas.addEventListener("pointermove", (happened) => {
    const before = pointers.get(happened.pointerId);
    if (!before) return;
    const now = place(happened);
    pointers.set(happened.pointerId, now);
    if (lasso) {
      lasso.push(now);
      drawLasso(lasso);
    } else if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== happened.pointerId)[1];
      const distance = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1;
      map.zoom(distance(now) / distance(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      map.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    } else {
      map.pan(now[0] - before[0], now[1] - before[1]);
    }
  });
  const end = (happened) => {
    if (!pointers.delete(happened.pointerId) || !lasso) return;
    const points = lasso;
    lasso = null;
    drawLasso([]);
    if (happened.type === "pointercancel") return;
    const reach = Math.max(...points.map(([x, y]) => Math.hypot(x - points[0][0], y - points[0][1])));
    if (reach < 5) {
      const item = map.itemAt(...points[0]);
      if (item === null) return;
      if (happened.shiftKey || selected.has(item)) { toggle(item); showSelection(); } else select([item]);
    } else {
      select(map.itemsIn(points), {adds: happened.shiftKey});
    }
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("wheel", (happened) => {
    happened.preventDefault();
    map.zoom(Math.exp(-happened.deltaY * (happened.deltaMode === 1 ? 0.05 : 0.0018)), ...place(happened));
  }, {passive: false});
  canvas.addEventListener("dblclick", (happened) => {
    const item = map.itemAt(...place(happened));
    if (item !== null) enlarge(item);
  });
}

function enlarge(item) {
  page("large-picture").src = `picture/${item}?large`;
  page("large-picture").alt = state.items[item];
  page("large-name").textContent =
    labels[item] !== null ? text("label.itemLabeled", {name: state.items[item], label: labels[item]}) : state.items[item];
  page("large").showModal();
}

// Keys

function step(list, by) {
  const next = Math.min(list.options.length - 1, Math.max(0, list.selectedIndex + by));
  if (next === list.selectedIndex) return;
  list.selectedIndex = next;
  announce(list.selectedOptions[0].textContent);
  arrange();
}

page("map").addEventListener("keydown", (happened) => {
  const by = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[happened.key];
  if (!map || happened.ctrlKey || happened.metaKey || happened.altKey) return;
  if (by && happened.shiftKey) map.pan(-40 * by[0], -40 * by[1]);
  else if (by && by[0]) step(page("layer"), by[0]);
  else if (by) step(page("projection"), by[1]);
  else if (happened.key === "+" || happened.key === "=") map.zoom(1.25);
  else if (happened.key === "-") map.zoom(0.8);
  else if (happened.key === "0") map.fit();
  else return;
  happened.preventDefault();
  happened.stopPropagation();
});

page("grid").addEventListener("keydown", (happened) => {
  const tiles = [...page("grid").querySelectorAll("button")];
  const place = tiles.indexOf(document.activeElement);
  if (place < 0) return;
  if (happened.key === "Enter") {
    happened.preventDefault();
    return enlarge(Number(tiles[place].dataset.item));
  }
  const perRow = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  const by = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow}[happened.key];
  const next = happened.key === "Home" ? 0 : happened.key === "End" ? tiles.length - 1 : by === undefined ? -1 : place + by;
  if (!tiles[next]) return;
  happened.preventDefault();
  tiles[place].tabIndex = -1;
  tiles[next].tabIndex = 0;
  tiles[next].focus();
});

document.addEventListener("keydown", (happened) => {
  const isWriting = happened.target.matches("input:not([type=checkbox]), select, textarea") || page("large").open;
  if (isWriting) return;
  if ((happened.ctrlKey || happened.metaKey) && happened.key === "z") { happened.preventDefault(); undo(); return; }
  if (happened.ctrlKey || happened.metaKey || happened.altKey) return;
  const number = Number(happened.key);
  if (happened.key.length === 1 && number >= 1 && names[number - 1]) apply(names[number - 1]);
  else if (happened.key === "0") apply(null);
  else if (happened.key === "s") findSimilar();
  else if (happened.key === "u") showUnsure();
  else if (happened.key === "m") setMoving(!isMoving);
  else if (happened.key === "Escape") select([]);
  else return;
  happened.preventDefault();
});

// Buttons

page("projection").addEventListener("change", () => arrange());
page("layer").addEventListener("change", () => arrange());
page("select-mode").addEventListener("click", () => setMoving(false));
page("move-mode").addEventListener("click", () => setMoving(true));
page("zoom-in").addEventListener("click", () => map?.zoom(1.4));
page("zoom-out").addEventListener("click", () => map?.zoom(1 / 1.4));
page("fit").addEventListener("click", () => map?.fit());
page("new-label").addEventListener("submit", async (happened) => {
  happened.preventDefault();
  const name = page("new-name").value.trim();
  if (!name) return;
  if (selected.size) {
    if (await apply(name)) page("new-name").value = "";
  } else {
    const answer = await attempt(() => request("name", {method: "POST", json: {label: name}}));
    if (answer) { page("new-name").value = ""; await hear(); }
  }
});
page("remove").addEventListener("click", () => apply(null));
page("undo").addEventListener("click", undo);
page("anyway").addEventListener("click", async () => {
  const {label, items} = pendingConflict;
  await apply(label, items);
});
page("train").addEventListener("click", train);
page("unsure").addEventListener("click", showUnsure);
page("fade").addEventListener("change", restyle);
page("search-form").addEventListener("submit", (happened) => {
  happened.preventDefault();
  search(page("search").value);
});
page("show-selection").addEventListener("click", showSelection);
page("similar").addEventListener("click", findSimilar);
page("unlabeled").addEventListener("click", () => show("unlabeled", unlabeled(), "label.shownUnlabeled"));
page("select-shown").addEventListener("click", () => select(view.items.slice(0, shownCount), {adds: true, shows: false}));
page("accept").addEventListener("click", accept);
page("deselect").addEventListener("click", () => select([], {shows: view.kind === "selection"}));
page("more").addEventListener("click", () => { shownCount += pageOfList; showList(); });
for (const form of ["copies", "links"]) {
  page(form).addEventListener("click", async () => {
    const answer = await attempt(() => request("export", {method: "POST", json: {form}}));
    if (answer) tell(text("label.exported", answer), "good");
  });
}
page("author").value = localStorage.getItem("apus-author") ?? "";
page("author").addEventListener("change", () => localStorage.setItem("apus-author", page("author").value.trim()));

// The beginning

setNames(state.names);
take(state.labels);
page("layer").replaceChildren(...state.layers.map(({number, shape}) => element(
  "option", {value: number, selected: number === state.layer}, text("label.layerName", {number, width: shape[0]}))));
showLabels();
if (names.length && labels.every((label) => label === null)) restyle();
show("unlabeled", unlabeled(), "label.shownUnlabeled");
setInterval(hear, 2000);
suggestions = await request("suggestions").catch(() => null);
if (suggestions) showEstimate();

/** The map; null where the browser cannot draw it. */
function makeMap() {
  try {
    return new PictureMap(page("map"), {
      count, thumbnail: state.thumbnail, columns: state.columns, sheets: state.sheets, side: state.sheetSide,
      load: async (number) => {
        const response = await fetch(`sheet/${number}`, {credentials: "same-origin"});
        if (!response.ok) throw new Error(text("common.failed", {status: response.status}));
        return createImageBitmap(await response.blob());
      },
    });
  } catch (error) {
    console.warn(error);
    note(text("label.noWebGL"));
    return null;
  }
}

map = makeMap();
if (map) {
  // For whoever measures or drives the map.
  page("map").map = map;
  watchPointers();
  restyle();
  map.loadSheets((done) => note(done < 1 ? `${text("label.loadingPictures")} ${percent(done)}` : null))
    .catch((error) => { note(null); tell(error.message, "bad"); });
  // The directions in which the vectors differ are there at once; neighbors may take longer.
  if (await arrange("principal") && page("projection").value !== "principal") await arrange();
}
