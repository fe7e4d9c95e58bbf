// What the scripts of all pages share: strings, elements, requests, announcements.
import strings from "./strings.js";

document.documentElement.classList.add("scripts");

/** The English string of a key, with {name} replaced by the values. */
export function text(key, values = {}) {
  return (strings[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => name in values ? String(values[name]) : whole);
}

/**
 * An element: element("button", {class: "primary", type: "button", onclick: act}, "Save").
 * Functions become listeners, true and false attributes without a value; children are nodes or texts, never HTML.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      made.addEventListener(name.replace(/^on/, ""), value);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== false && value !== undefined && value !== null) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Tells people who listen to the page what has happened. */
export function announce(message) {
  const live = document.getElementById("live");
  live.textContent = "";
  // A text that is said twice must change in between, or it is not read again.
  setTimeout(() => { live.textContent = message; }, 50);
}

/** A number from 0 to 1 as a percentage. */
export function percent(share) {
  return `${(100 * share).toFixed(share > 0.0005 && share < 0.0995 ? 1 : 0)} %`;
}

/** What the server says of an error, as a sentence. */
export async function errorSentence(response) {
  try {
    const body = await response.clone().json();
    const error = body.error?.message ?? body.error ?? body.message;
    if (typeof error === "string") return error;
  } catch {
    // No JSON: the status has to do.
  }
  return text("common.failed", {status: response.status});
}

/**
 * A request to the server of the page; its answer as JSON where it is JSON, else as text.
 * @throws An Error whose message is a sentence for people.
 */
export async function request(path, {method = "GET", json, body, headers = {}, signal} = {}) {
  const all = {"Accept": "application/json", ...headers};
  if (json !== undefined) {
    all["Content-Type"] = "application/json";
    body = JSON.stringify(json);
  }
  let response;
  try {
    response = await fetch(path, {method, headers: all, body, signal, credentials: "same-origin"});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(text("common.unreachable"));
  }
  if (!response.ok) throw new Error(await errorSentence(response));
  if (response.status === 204) return null;
  const isJSON = (response.headers.get("Content-Type") ?? "").includes("json");
  return isJSON ? response.json() : response.text();
}
