// The page that asks models: sends the form without leaving the page, and keeps the answers of the session.
import {announce, element, errorSentence, text} from "./apus.js";

const form = document.querySelector(".ask-form");
const answerPlace = document.getElementById("answer");
const history = document.getElementById("history");
const progress = form.querySelector(".progress");
const bar = progress.querySelector("progress");
const said = progress.querySelector("output");
const submit = form.querySelector("button[type=submit]");
const fileField = form.querySelector('input[type="file"][name="file"]');
const tokenField = form.querySelector('input[name="token"]');
// What was sent for the answer that is shown: the server keeps it for a while only.
let sent = null;
let running = null;

if (tokenField) {
  tokenField.value = sessionStorage.getItem("apus-token") ?? "";
  tokenField.addEventListener("change", () => sessionStorage.setItem("apus-token", tokenField.value));
}

/** Sends fields to the page's own address; resolves with the answer's HTML, or throws an Error with a sentence. */
function send(address, fields) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.loaded < event.total) {
        bar.value = event.loaded / event.total;
        said.textContent = text("predict.sending");
      } else {
        bar.removeAttribute("value");
        said.textContent = text("predict.waiting");
      }
    });
    request.addEventListener("load", async () => {
      if (request.status < 300) return resolve(request.responseText);
      const headers = {"Content-Type": request.getResponseHeader("Content-Type") ?? ""};
      const response = new Response(request.responseText, {status: request.status, headers});
      reject(Object.assign(new Error(await errorSentence(response)), {status: request.status}));
    });
    request.addEventListener("error", () => reject(new Error(text("common.unreachable"))));
    request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    running = request;
    request.send(fields);
  });
}

/** The elements of an answer's HTML; scripts in it do not run. */
function elements(html) {
  return [...new DOMParser().parseFromString(html, "text/html").body.children];
}

function show(nodes) {
  answerPlace.replaceChildren(...nodes);
}

function showError(error) {
  if (error.name === "AbortError") return;
  show([element("p", {class: "notice bad", role: "alert"}, error.message)]);
}

function setBusy(isBusy) {
  form.setAttribute("aria-busy", String(isBusy));
  answerPlace.setAttribute("aria-busy", String(isBusy));
  progress.hidden = !isBusy;
  submit.disabled = isBusy;
  if (isBusy) {
    bar.removeAttribute("value");
    said.textContent = text("predict.waiting");
  }
}

/** Asks once with the form's fields; `file` takes the place of the form's own. */
async function ask(file) {
  const fields = new FormData(form);
  if (file) fields.set("file", file, file.name || "picture.png");
  const nodes = elements(await send(form.action, fields));
  sent = file ?? fields.get("file");
  keep(nodes, sent);
  show(nodes);
  const summary = nodes[0]?.dataset.summary ?? "";
  announce(summary);
  answerPlace.scrollIntoView({block: "nearest"});
}

/** Asks for each of some pictures, one after the other. */
async function askAll(files) {
  const pictures = [...files];
  const other = pictures.find((file) => file.type && !file.type.startsWith("image/"));
  if (other) return showError(new Error(text("predict.notPicture", {name: other.name})));
  setBusy(true);
  try {
    for (const [place, file] of pictures.entries()) {
      if (pictures.length > 1) said.textContent = text("predict.several", {done: place, count: pictures.length});
      await ask(file);
    }
  } catch (error) {
    showError(error);
  } finally {
    setBusy(false);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (running?.isStream) return running.abort();
  if (fileField && !fileField.files.length && !chosen) {
    return showError(new Error(text("predict.noPicture")));
  }
  if (form.dataset.kind === "prompt") return stream();
  setBusy(true);
  try {
    await ask(fileField && !fileField.files.length ? chosen : undefined);
  } catch (error) {
    showError(error);
  } finally {
    setBusy(false);
  }
});

// MARK: Pictures: choose, photograph, drop, paste

let chosen = null;

if (form.dataset.kind === "image") {
  const take = (files) => {
    if (!files.length) return;
    chosen = files[files.length - 1];
    askAll(files);
  };
  for (const field of form.querySelectorAll('input[type="file"]')) {
    // The page sends a picture as soon as there is one; another choice of the same file is a choice, too.
    field.required = false;
    field.addEventListener("click", () => { field.value = ""; });
    field.addEventListener("change", () => take(field.files));
  }
  let depth = 0;
  const over = (isOver) => document.body.classList.toggle("is-dragged", isOver);
  document.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; over(true); });
  document.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) { depth = 0; over(false); } });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
    if (files.length) {
      event.preventDefault();
      take(files);
    }
  });
}

// MARK: Texts that are written while one looks on

async function stream() {
  const fields = new FormData(form);
  const controller = new AbortController();
  running = {isStream: true, abort: () => controller.abort()};
  const written = element("span");
  const prompt = String(fields.get("text") ?? "");
  const article = element("article", {class: "answer card"},
    element("p", {class: "generated"}, element("span", {class: "prompt"}, prompt), written));
  show([article]);
  form.setAttribute("aria-busy", "true");
  submit.textContent = text("predict.stop");
  try {
    const token = fields.get("token");
    const response = await fetch(form.dataset.stream, {
      method: "POST", signal: controller.signal,
      headers: {
        "Accept": "text/event-stream", "Content-Type": "application/json",
        ...(token ? {"Authorization": `Bearer ${token}`} : {}),
      },
      body: JSON.stringify({prompt, words: Number(fields.get("words")) || undefined}),
    });
    if (!response.ok) throw new Error(await errorSentence(response));
    for await (const event of events(response.body)) {
      if (event.name === "error") throw new Error(JSON.parse(event.data).error?.message ?? event.data);
      const value = JSON.parse(event.data);
      if (typeof value.part === "string") written.append(value.part);
    }
    announce(prompt + written.textContent);
  } catch (error) {
    if (error.name !== "AbortError") {
      article.append(element("p", {class: "notice bad", role: "alert"}, error.message));
    }
  } finally {
    running = null;
    form.setAttribute("aria-busy", "false");
    submit.textContent = text("predict.write");
    article.dataset.summary = (prompt + written.textContent).slice(0, 80);
    keep([article], null);
  }
}

/** The events of a stream of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    rest += value.replace(/\r/g, "");
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const event = {name: "message", data: ""};
      for (const line of rest.slice(0, end).split("\n")) {
        if (line.startsWith("event:")) event.name = line.slice(6).trim();
        if (line.startsWith("data:")) event.data += line.slice(5).trimStart();
      }
      rest = rest.slice(end + 2);
      if (event.data) yield event;
    }
  }
}

// MARK: What stands in an answer: where the model looked, and corrections

answerPlace.addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = event.target;
  const fields = new FormData(asked, event.submitter);
  if (tokenField?.value) fields.set("token", tokenField.value);
  const isCorrection = asked.matches(".feedback");
  const button = event.submitter ?? asked.querySelector("button");
  button.disabled = true;
  try {
    const html = await send(asked.action, fields).catch((error) => {
      // The server has it no more: it is sent again.
      if (error.status !== 410 || !(sent instanceof File)) throw error;
      fields.delete("held");
      fields.set("file", sent, sent.name || "picture.png");
      return send(asked.action, fields);
    });
    const nodes = elements(html);
    if (isCorrection) {
      asked.closest(".correct").replaceWith(...nodes);
    } else {
      show(nodes);
    }
    const heading = nodes[0]?.matches("[tabindex]") ? nodes[0] : nodes[0]?.querySelector("[tabindex]");
    heading?.focus();
    announce(nodes[0]?.dataset.summary ?? nodes[0]?.textContent ?? "");
  } catch (error) {
    asked.querySelector(".notice.bad")?.remove();
    asked.prepend(element("p", {class: "notice bad", role: "alert"}, error.message));
    button.disabled = false;
  }
});

// MARK: Earlier answers

function keep(nodes, file) {
  const summary = nodes[0]?.dataset.summary ?? "";
  const picture = nodes[0]?.querySelector(".pictures img");
  const item = element("li", {},
    element("button", {type: "button", onclick: () => { sent = file; show(nodes); answerPlace.scrollIntoView({block: "nearest"}); }},
      picture ? element("img", {src: picture.src, alt: ""}) : null,
      element("span", {}, summary)));
  history.querySelector("ol").prepend(item);
  history.hidden = history.querySelectorAll("li").length < 2;
}
