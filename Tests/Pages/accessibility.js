// What is wrong with a page for people who use a keyboard, a screen reader, a phone, or see little contrast.
// Returns a list of sentences.
const problems = [];
const say = (what, element) => {
  const text = (element?.outerHTML ?? "").replace(/\s+/g, " ").slice(0, 160);
  problems.push(text ? `${what}: ${text}` : what);
};
const isShown = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.display === "none" || style.visibility === "hidden") return false;
    if (at.tagName === "DETAILS" && !at.open && !at.querySelector(":scope > summary")?.contains(element)) return false;
  }
  return element.getClientRects().length > 0;
};

// Document.
if (!document.documentElement.lang) say("the page has no language");
if (!document.title.trim()) say("the page has no title");
if (document.querySelectorAll("main").length !== 1) say("the page does not have one main part");
if (document.querySelectorAll("h1").length !== 1) say("the page does not have one heading of the first level");
if (!document.querySelector('[aria-live], [role="status"], [role="alert"]')) say("the page has no live region");
let level = 0;
for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
  if (!isShown(heading)) continue;
  const own = Number(heading.tagName[1]);
  if (level && own > level + 1) say(`a heading goes from level ${level} to ${own}`, heading);
  if (!heading.textContent.trim()) say("a heading is empty", heading);
  level = own;
}
const identifiers = [...document.querySelectorAll("[id]")].map((element) => element.id);
for (const id of new Set(identifiers.filter((id, place) => identifiers.indexOf(id) !== place))) {
  say(`the identifier ${id} is given twice`);
}
for (const attribute of ["for", "aria-labelledby", "aria-describedby", "aria-controls", "list"]) {
  for (const element of document.querySelectorAll(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(/\s+/)) {
      if (!document.getElementById(id)) say(`${attribute} names ${id}, which there is not`, element);
    }
  }
}

// Names.
const nameOf = (element) => {
  const byId = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean)
    .map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
  const inner = ["BUTTON", "A", "SUMMARY"].includes(element.tagName) || element.hasAttribute("tabindex")
    ? element.textContent + [...element.querySelectorAll("img")].map((image) => image.alt).join(" ") : "";
  return [element.getAttribute("aria-label"), byId, labels, inner, element.title].find((text) => text?.trim()) ?? "";
};
const controls = "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=slider], progress";
for (const element of document.querySelectorAll(controls)) {
  if (isShown(element) && !nameOf(element).trim()) say("a control has no name", element);
}
for (const image of document.querySelectorAll("img")) {
  if (!image.hasAttribute("alt")) say("a picture has no alt text", image);
}
for (const picture of document.querySelectorAll("svg, canvas")) {
  if (!isShown(picture) || picture.closest("[aria-hidden=true]")) continue;
  if (!picture.getAttribute("aria-label") && !picture.getAttribute("aria-labelledby") && !picture.querySelector("title")) {
    say("a drawing has neither a name nor aria-hidden", picture);
  }
}
for (const table of document.querySelectorAll("table")) {
  if (!table.querySelector("th")) say("a table has no header cells", table);
}
for (const element of document.querySelectorAll("[tabindex]")) {
  if (element.tabIndex > 0) say("a positive tabindex breaks the order of the keyboard", element);
}
for (const element of document.querySelectorAll("[onclick], div[role=button]:not([tabindex])")) {
  say("a control cannot be reached by keyboard, or its script stands within the page", element);
}

// Contrast of texts, by WCAG 2: 4.5, or 3 for large ones.
const numbers = (color) => {
  const parts = color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  if (color.startsWith("color(srgb")) return {rgb: parts.slice(0, 3).map((part) => 255 * part), alpha: parts[3] ?? 1};
  return {rgb: parts.slice(0, 3), alpha: parts[3] ?? 1};
};
const luminance = (rgb) => {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const over = (front, back) => front.rgb.map((part, place) => part * front.alpha + back[place] * (1 - front.alpha));
const backgroundOf = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const color = numbers(getComputedStyle(at).backgroundColor);
    if (color.alpha > 0) layers.push(color);
    if (color.alpha === 1) break;
  }
  const base = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  return layers.reverse().reduce((back, layer) => over(layer, back), base);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.textContent.trim() || seen.has(element) || !isShown(element)) continue;
  seen.add(element);
  if (element.closest(":disabled, [aria-disabled=true], .visually-hidden, .skip-link, option, noscript")) continue;
  const style = getComputedStyle(element);
  const background = backgroundOf(element);
  const [light, dark] = [luminance(over(numbers(style.color), background)), luminance(background)].sort((a, b) => b - a);
  const size = parseFloat(style.fontSize);
  const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  const contrast = (light + 0.05) / (dark + 0.05);
  if (contrast < needed) say(`a text has a contrast of ${contrast.toFixed(2)}, below ${needed}`, element);
}

// Sizes.
// Not innerWidth: a phone's window grows with what does not fit.
const windowWidth = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > windowWidth + 1) {
  const wide = [...document.body.querySelectorAll("*")].find((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.right > windowWidth + 1 && !element.closest(".visually-hidden, .scroll");
  });
  say(`the page is ${document.documentElement.scrollWidth} pixels wide, wider than its window of ${windowWidth}`, wide);
}
for (const element of document.querySelectorAll("button, a.button, .tab, select, summary")) {
  if (!isShown(element)) continue;
  const box = element.getBoundingClientRect();
  if (box.width < 24 || box.height < 24) say(`a control is ${box.width} x ${box.height} pixels, below 24 x 24`, element);
}
return problems;
