// The page that cleans: lists of items, what is chosen for them, and the plan that is agreed to.
import {announce, element, percent, request, text} from "./apus.js";

const byId = (id) => document.getElementById(id);
const list = byId("list");
const step = 60;
let state = null;
let order = null;
// What is shown, by the items' numbers, and their numbers in the order of the page.
let items = new Map();
let sequence = [];
let groups = [];
let total = 0;
let loaded = 0;
let loading = 0;
const selected = new Set();
// The item that the keyboard is at, and the one that a range begins at.
let current = null;
let anchor = null;
// What was chosen before, the last choice last: each a list of numbers with their choices.
const taken = [];

// MARK: Showing

const isTable = () => state.kind !== "pictures";

/** A percentage whose sign stays on its line. */
const share = (part) => percent(part).replace(" ", "\u00a0");

/** What the model says of an item, as a short text. */
function says(item) {
  if (item.problem) return text("clean.unreadable");
  if (item.predicted === null || item.predicted === undefined) return "";
  return item.predicted === item.label
    ? text("clean.agrees", {confidence: share(item.confidence)})
    : text("clean.disagrees", {predicted: item.predicted, confidence: share(item.confidence)});
}

function lossText(item) {
  if (item.predicted === null || item.predicted === undefined) return "";
  return item.loss === null || item.loss === undefined ? text("clean.unknownLabel") : item.loss.toFixed(2);
}

function badge(item) {
  if (!item.choice) return null;
  const words = item.choice === "relabel" ? `→ ${item.newLabel}` : text(`clean.chosen.${item.choice}`);
  return element("span", {class: `clean-badge ${item.choice}`}, words);
}

/** What a screen reader says of an item. */
function described(item) {
  const parts = [item.label || item.name, says(item)];
  if (lossText(item)) parts.push(text("clean.lossOf", {loss: lossText(item)}));
  if (item.choice) {
    parts.push(item.choice === "relabel"
      ? text("clean.chosen.relabel", {label: item.newLabel}) : text(`clean.chosen.${item.choice}`));
  }
  return parts.filter(Boolean).join(", ");
}

function option(item) {
  const picture = element("div", {class: "picture"});
  if (item.problem) {
    picture.append(text("clean.unreadable"));
  } else {
    const image = element("img", {src: `thumbnails/256/${item.index}`, alt: "", loading: "lazy", draggable: "false"});
    image.addEventListener("error", () => picture.replaceChildren(text("clean.unreadable")));
    picture.append(image);
  }
  return element("div", attributes(item, "option", "clean-item"),
    badge(item), picture,
    element("span", {class: "label"}, item.label || "–"),
    element("span", {class: "says"}, item.problem ?? says(item)),
    lossText(item) ? element("span", {class: "says muted"}, text("clean.lossOf", {loss: lossText(item)})) : null,
    element("span", {class: "name", title: item.name}, item.name));
}

function attributes(item, role, name) {
  return {
    class: name, role, id: `item-${item.index}`, "data-index": item.index, "data-choice": item.choice ?? "",
    tabindex: item.index === current ? 0 : -1, "aria-selected": String(selected.has(item.index)),
    "aria-label": described(item),
  };
}

function tableRow(item) {
  const cells = item.values.length ? item.values : [item.name];
  const row = element("tr", attributes(item, "row", ""),
    element("td", {role: "gridcell"}, badge(item)),
    element("td", {role: "gridcell", class: "label"}, item.label || "–"),
    element("td", {role: "gridcell"}, item.problem ?? says(item)),
    element("td", {role: "gridcell", class: "number"}, lossText(item)),
    cells.map((value) => element("td", {role: "gridcell", class: "text"}, element("div", {}, value))));
  row.removeAttribute("class");
  return row;
}

/** A group of near duplicates with its heading. */
function groupNode(group, members, number) {
  const words = text("clean.group", {number, count: group.count, similarity: group.similarity.toFixed(3)});
  if (isTable()) {
    const width = 4 + Math.max(1, state.columns.length);
    return element("tbody", {role: "rowgroup", "data-group": number},
      element("tr", {role: "row"}, element("th", {role: "rowheader", colspan: width}, words)), members.map(tableRow));
  }
  return element("div", {class: "clean-group", role: "group", "aria-label": words, "data-group": number},
    element("h2", {"aria-hidden": "true"}, words), members.map(option));
}

function frame() {
  if (!isTable()) {
    return element("div", {
      class: "clean-grid", role: "listbox", "aria-multiselectable": "true", "aria-label": text("clean.items"),
    });
  }
  const columns = state.columns.length ? state.columns : [text("clean.file")];
  const names = ["clean.choice", "clean.label", "clean.model", "clean.loss"].map((key) => text(key)).concat(columns);
  return element("table", {
    class: "clean-table", role: "grid", "aria-multiselectable": "true", "aria-label": text("clean.items"),
  }, element("thead", {role: "rowgroup"}, element("tr", {role: "row"},
    names.map((name) => element("th", {role: "columnheader", scope: "col"}, name)))));
}

function append(page) {
  const first = sequence.length;
  for (const item of page.items) {
    items.set(item.index, item);
    sequence.push(item.index);
  }
  current ??= sequence[0] ?? null;
  let holder = list.firstElementChild;
  if (!holder) {
    holder = frame();
    list.append(isTable() ? element("div", {class: "scroll"}, holder) : holder);
  }
  const table = holder.matches(".scroll") ? holder.firstElementChild : holder;
  if (page.groups) {
    let next = 0;
    for (const group of page.groups) {
      table.append(groupNode(group, page.items.slice(next, next + group.count), groups.length + 1));
      groups.push(page.items.slice(next, next + group.count).map((item) => item.index));
      next += group.count;
    }
  } else if (isTable()) {
    const body = table.querySelector("tbody") ?? table.appendChild(element("tbody", {role: "rowgroup"}));
    body.append(...page.items.map(tableRow));
  } else {
    table.append(...page.items.map(option));
  }
  loaded += page.groups ? page.groups.length : page.items.length;
  return first;
}

async function load({restart}) {
  const ticket = ++loading;
  if (restart) {
    selected.clear();
    [items, sequence, groups, loaded, current, anchor] = [new Map(), [], [], 0, null, null];
    list.replaceChildren(element("p", {class: "muted"}, text("common.loading")));
    list.setAttribute("aria-busy", "true");
    byId("more").hidden = true;
  }
  const query = new URLSearchParams({
    order, part: byId("part").value, class: byId("class").value, offset: loaded,
    count: order === "duplicates" ? 20 : step,
  });
  if (order === "duplicates") query.set("threshold", byId("threshold").value);
  let page;
  try {
    page = await request(`items?${query}`);
  } catch (error) {
    if (ticket === loading) list.replaceChildren(element("p", {class: "notice bad", role: "alert"}, error.message));
    return;
  }
  // Another list was asked for meanwhile.
  if (ticket !== loading) return;
  if (restart) list.replaceChildren();
  list.removeAttribute("aria-busy");
  total = page.total;
  const first = page.items.length ? append(page) : sequence.length;
  if (!total) list.replaceChildren(element("p", {class: "notice"}, text(`clean.none.${order}`)));
  const key = order === "duplicates" ? "clean.countGroups" : "clean.count";
  byId("count").textContent = total ? text(key, {shown: loaded, count: total}) : "";
  byId("more").hidden = loaded >= total;
  byId("select-rest").hidden = order !== "duplicates" || !total;
  announce(byId("count").textContent || text(`clean.none.${order}`));
  showBar();
  if (!restart && sequence[first] !== undefined) focusItem(sequence[first]);
}

function refresh(index) {
  const [item, node] = [items.get(index), byId(`item-${index}`)];
  if (!item || !node) return;
  const made = node.matches("tr") ? tableRow(item) : option(item);
  const hadFocus = document.activeElement === node;
  node.replaceWith(made);
  if (hadFocus) made.focus({preventScroll: true});
}

function showBar() {
  const count = selected.size;
  byId("selected").textContent = count ? text("clean.selected", {count}) : text("clean.selectedNone");
  const {delete: deleted, relabel, keep} = state.chosen;
  byId("chosen").textContent = text("clean.chosenCounts", {delete: deleted, relabel, keep});
  byId("look").disabled = deleted + relabel === 0;
  byId("take-back").disabled = taken.length === 0;
}

// MARK: Selecting

function mark(index) {
  byId(`item-${index}`)?.setAttribute("aria-selected", String(selected.has(index)));
}

function select(indices, {only = false} = {}) {
  if (only) {
    const before = [...selected];
    selected.clear();
    before.forEach(mark);
  }
  indices.forEach((index) => { selected.add(index); mark(index); });
  showBar();
}

function toggle(index) {
  if (!selected.delete(index)) selected.add(index);
  mark(index);
  anchor = index;
  showBar();
}

function range(from, to) {
  const [a, b] = [sequence.indexOf(from), sequence.indexOf(to)].sort((x, y) => x - y);
  return a < 0 ? [to] : sequence.slice(a, b + 1);
}

function focusItem(index) {
  const before = current !== null && byId(`item-${current}`);
  if (before) before.tabIndex = -1;
  current = index;
  const node = byId(`item-${index}`);
  if (!node) return;
  node.tabIndex = 0;
  node.focus({preventScroll: true});
  node.scrollIntoView({block: "nearest"});
}

/** The item above or below the current one: the nearest in the next line of the grid. */
function vertical(direction) {
  if (isTable()) return sequence[sequence.indexOf(current) + direction];
  const here = byId(`item-${current}`).getBoundingClientRect();
  const place = sequence.indexOf(current);
  const rest = direction > 0 ? sequence.slice(place + 1) : sequence.slice(0, place).reverse();
  let [best, line] = [undefined, null];
  for (const index of rest) {
    const box = byId(`item-${index}`).getBoundingClientRect();
    if (Math.abs(box.top - here.top) < 4) continue;
    line ??= box.top;
    if (Math.abs(box.top - line) >= 4) break;
    const distance = Math.abs(box.left - here.left);
    if (best === undefined || distance < best.distance) best = {index, distance};
  }
  return best?.index;
}

list.addEventListener("click", (event) => {
  const node = event.target.closest("[data-index]");
  if (!node) return;
  const index = Number(node.dataset.index);
  if (event.shiftKey && anchor !== null) {
    select(range(anchor, index));
  } else {
    toggle(index);
  }
  focusItem(index);
});
list.addEventListener("dblclick", (event) => {
  const node = event.target.closest("[data-index]");
  if (node) closer(Number(node.dataset.index));
});
list.addEventListener("mousedown", (event) => { if (event.shiftKey) event.preventDefault(); });

list.addEventListener("keydown", (event) => {
  if (current === null || event.target.dataset.index === undefined) return;
  if (event.altKey || event.metaKey) return;
  const place = sequence.indexOf(current);
  const moves = {
    ArrowRight: sequence[place + (isTable() ? 0 : 1)], ArrowLeft: sequence[place - (isTable() ? 0 : 1)],
    ArrowDown: vertical(1), ArrowUp: vertical(-1), Home: sequence[0], End: sequence.at(-1),
  };
  if (event.key in moves) {
    event.preventDefault();
    const next = moves[event.key];
    if (next === undefined) {
      if (event.key === "ArrowDown" && !byId("more").hidden) load({restart: false});
      return;
    }
    if (event.shiftKey) {
      anchor ??= current;
      select(range(anchor, next));
    } else {
      anchor = next;
    }
    return focusItem(next);
  }
  if (event.ctrlKey) {
    if (event.key === "a") {
      event.preventDefault();
      select(sequence);
    }
    return;
  }
  const number = Number(event.key);
  if (event.key === " ") {
    event.preventDefault();
    toggle(current);
  } else if (event.key === "Enter") {
    event.preventDefault();
    closer(current);
  } else if (event.key === "Escape") {
    select([], {only: true});
  } else if (["Delete", "d", "x"].includes(event.key)) {
    act("delete");
  } else if (event.key === "k") {
    act("keep");
  } else if (event.key === "c") {
    act("clear");
  } else if (event.key === "z") {
    takeBack();
  } else if (event.key === "s") {
    const suggestion = items.get(current)?.suggestion ?? items.get(current)?.predicted;
    if (suggestion) act("relabel", suggestion);
  } else if (event.key === "r") {
    event.preventDefault();
    byId("new-label").focus();
  } else if (number >= 1 && number <= state.classes.length) {
    act("relabel", state.classes[number - 1].name);
  }
});

// MARK: Choosing

/** Those that are selected, or the one that the keyboard is at. */
const meant = () => selected.size ? sequence.filter((index) => selected.has(index)) : current === null ? [] : [current];

async function send(indices, choice, label) {
  state.chosen = await request("choices", {method: "POST", json: {items: indices, choice, label}});
  for (const index of indices) {
    const item = items.get(index);
    if (item) Object.assign(item, {choice, newLabel: label ?? null});
    refresh(index);
  }
}

async function act(kind, label) {
  const indices = meant();
  if (!indices.length) return announce(text("clean.selectedNone"));
  const before = indices.map((index) => ({index, choice: items.get(index).choice, label: items.get(index).newLabel}));
  const choice = kind === "clear" ? null : kind;
  try {
    await send(indices, choice, label);
  } catch (error) {
    return fail(error);
  }
  taken.push(before);
  announce(text(kind === "clear" ? "clean.cleared" : "clean.done", {
    count: indices.length, what: kind === "relabel" ? `→ ${label}` : text(`clean.chosen.${kind}`),
  }));
  const last = indices.at(-1);
  select([], {only: true});
  anchor = null;
  // The next one, so that one key after the other goes through the list.
  if (list.contains(document.activeElement)) focusItem(sequence[sequence.indexOf(last) + 1] ?? last);
  showBar();
}

async function takeBack() {
  const before = taken.pop();
  if (!before) return;
  const kinds = new Map();
  for (const {index, choice, label} of before) {
    const key = JSON.stringify([choice ?? null, label ?? null]);
    kinds.set(key, [...(kinds.get(key) ?? []), index]);
  }
  try {
    for (const [key, indices] of kinds) await send(indices, ...JSON.parse(key));
  } catch (error) {
    fail(error);
  }
  announce(text("clean.tookBack", {count: before.length}));
  showBar();
}

function fail(error) {
  byId("result").replaceChildren(element("p", {class: "notice bad", role: "alert"}, error.message));
  byId("result").scrollIntoView({block: "nearest"});
}

for (const button of document.querySelectorAll("[data-act]")) {
  button.addEventListener("click", () => act(button.dataset.act));
}
byId("take-back").addEventListener("click", takeBack);
byId("select-all").addEventListener("click", () => select(sequence));
byId("select-rest").addEventListener("click", () => {
  select(groups.flatMap((members) => members.slice(1)), {only: true});
  announce(text("clean.selected", {count: selected.size}));
});
byId("new-label").addEventListener("change", async (event) => {
  const label = event.target.value;
  event.target.value = "";
  if (!label) return;
  const node = current !== null && byId(`item-${current}`);
  if (node) node.focus({preventScroll: true});
  await act("relabel", label);
});
byId("more").addEventListener("click", () => load({restart: false}));

// MARK: Looking closely

async function closer(index) {
  const item = items.get(index);
  byId("closer-title").textContent = item.name;
  const facts = element("p", {}, described(item));
  if (item.suggestion) facts.append(element("br"), text("clean.suggests", {label: item.suggestion}));
  let content;
  if (item.problem && !item.values.length) {
    content = element("p", {class: "notice bad"}, item.problem);
  } else if (isTable()) {
    content = element("pre", {tabindex: 0}, await request(`texts/${index}`).catch((error) => error.message));
  } else {
    content = element("img", {src: `thumbnails/1280/${index}`, alt: item.name});
  }
  byId("closer-text").replaceChildren(content, facts);
  byId("closer").showModal();
}

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

// MARK: Applying

let plan = null;

byId("look").addEventListener("click", async () => {
  try {
    plan = await request("plan");
  } catch (error) {
    return fail(error);
  }
  const most = 200;
  const sentences = (all) => element("ul", {tabindex: 0}, all.slice(0, most).map((one) => element("li", {}, one)),
    all.length > most ? element("li", {}, text("clean.andMore", {count: all.length - most})) : null);
  byId("plan-text").replaceChildren(
    element("p", {}, text("clean.planCounts", {delete: plan.deleted, relabel: plan.relabeled})),
    plan.steps.length ? sentences(plan.steps) : "",
    plan.problems.length ? element("p", {class: "notice warn"}, text("clean.planProblems")) : "",
    plan.problems.length ? sentences(plan.problems) : "",
    element("p", {class: "small muted"}, text("clean.planBin")));
  byId("apply").disabled = !plan.steps.length;
  byId("plan").showModal();
});

byId("apply").addEventListener("click", async () => {
  byId("apply").disabled = true;
  try {
    const result = await request("apply", {method: "POST", json: {agreement: plan.agreement}});
    byId("plan").close();
    showResult(result);
  } catch (error) {
    byId("plan").close();
    fail(error);
  }
  taken.length = 0;
  await begin();
});

function showResult(result) {
  const command = result.advice.command;
  const undo = element("button", {type: "button", onclick: undoApplied}, text("clean.undoApplied"));
  byId("result").replaceChildren(element("section", {class: "card stack", "aria-labelledby": "result-title"},
    element("h2", {id: "result-title"}, text("clean.applied", {delete: result.deleted, relabel: result.relabeled})),
    result.leftOut.length ? element("div", {class: "notice warn"}, text("clean.leftOut"),
      element("ul", {}, result.leftOut.map((one) => element("li", {}, one)))) : null,
    command ? element("p", {}, text("clean.retrain")) : null,
    command ? element("pre", {tabindex: 0}, command) : null,
    result.advice.notes.map((note) => element("p", {class: "small"}, note)),
    element("div", {class: "row"},
      command && navigator.clipboard ? element("button", {type: "button", class: "primary", onclick: async () => {
        await navigator.clipboard.writeText(command);
        announce(text("clean.copied"));
      }}, text("clean.copy")) : null,
      undo)));
  byId("result").focus();
  byId("result").scrollIntoView({block: "center"});
  announce(text("clean.applied", {delete: result.deleted, relabel: result.relabeled}));
}

async function undoApplied() {
  try {
    const notes = await request("undo", {method: "POST", json: {}});
    byId("result").replaceChildren(element("div", {class: notes.length ? "notice warn" : "notice good"},
      text("clean.undone"), notes.length ? element("ul", {}, notes.map((one) => element("li", {}, one))) : null));
    announce(text("clean.undone"));
  } catch (error) {
    fail(error);
  }
  await begin();
}

// MARK: Filters

function showFilters() {
  const fill = (select, all, parts, name) => {
    const before = select.value;
    select.replaceChildren(element("option", {value: ""}, all),
      ...parts.map((part) => element("option", {value: part.name}, `${name(part.name)} (${part.count})`)));
    select.value = parts.some((part) => part.name === before) ? before : "";
  };
  fill(byId("part"), text("clean.allParts"), state.parts, (name) => text(`clean.part.${name}`));
  fill(byId("class"), text("clean.allClasses"), state.classes, (name) => name);
  byId("new-label").replaceChildren(element("option", {value: ""}, text("clean.relabel")),
    ...state.classes.map((part, place) => element("option", {value: part.name},
      place < 9 ? `${place + 1}  ${part.name}` : part.name)));
  byId("orders").replaceChildren(...state.orders.map((one) => {
    const count = ["mislabeled", "unreadable"].includes(one.name) ? ` (${one.count})` : "";
    return element("button", {
      type: "button", role: "tab", class: "tab", id: `order-${one.name}`, "aria-controls": "panel",
      "aria-selected": String(one.name === order), tabindex: one.name === order ? 0 : -1,
      onclick: () => choose(one.name),
    }, text(`clean.order.${one.name}`) + count);
  }));
  byId("panel").setAttribute("aria-labelledby", `order-${order}`);
  byId("explanation").textContent = text(`clean.explain.${order}`);
  byId("threshold-field").hidden = order !== "duplicates";
}

function choose(name) {
  order = name;
  showFilters();
  byId(`order-${name}`).focus();
  return load({restart: true});
}

byId("orders").addEventListener("keydown", (event) => {
  const names = state.orders.map((one) => one.name);
  const moves = {ArrowRight: 1, ArrowLeft: -1, Home: -names.indexOf(order), End: names.length - 1 - names.indexOf(order)};
  if (!(event.key in moves)) return;
  event.preventDefault();
  choose(names[(names.indexOf(order) + moves[event.key] + names.length) % names.length]);
});
for (const id of ["part", "class", "threshold"]) byId(id).addEventListener("change", () => load({restart: true}));

async function begin() {
  const isFirst = state === null;
  try {
    state = await request("state");
  } catch (error) {
    return fail(error);
  }
  order ??= state.orders[0].name;
  showFilters();
  // Validation first: the model has not learned its labels.
  if (isFirst && state.parts.some((part) => part.name === "valid")) byId("part").value = "valid";
  await load({restart: true});
}

byId("keys").append(...["arrows", "space", "shift", "delete", "keep", "relabel", "digits", "suggested", "clear", "back",
  "enter"].flatMap((key) => {
  const [keys, meaning] = text(`clean.key.${key}`).split(" | ");
  return [element("dt", {}, keys.split(" ").map((one) => element("kbd", {}, one))), element("dd", {}, meaning)];
}));
begin();
