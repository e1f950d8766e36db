// The talk: asks, streams, shows. Everything that a person or a document wrote enters the page as text.
(() => {
  "use strict";
  const MAX_CHARS = 4000;
  const MAX_PREV = 6;
  const MAX_KEPT = 30;
  const SLOW_MS = 4000;
  const LIMIT_MS = 60000;
  const KEY = "wenzhen.talk";

  const byId = (id) => document.getElementById(id);
  const talk = byId("talk");
  const welcome = byId("welcome");
  const form = byId("ask");
  const field = byId("text");
  const send = byId("send");
  const count = byId("count");
  const announce = byId("announce");
  const clear = byId("clear");

  let turns = [];
  let busy = false;

  // ---- building

  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== "" && child !== undefined));
    return made;
  }

  // Only addresses that the server makes: a page of this site, or a number to dial.
  function link(href, attributes, ...children) {
    return /^(\/(?!\/)|tel:[+\d]+$)/.test(href) ? el("a", { ...attributes, href }, ...children) : el("span", attributes, ...children);
  }

  const chip = (text, kind = "") => (text ? el("span", { class: `chip ${kind}`.trim() }, text) : null);
  const fact = (text) => (text ? el("span", { class: "fact" }, text) : null);

  // [1] becomes a link to its card; all the rest is text.
  function withReferences(text, name, known) {
    return text.split(/(\[\d{1,2}\])/).map((piece) => {
      const found = /^\[(\d+)\]$/.exec(piece);
      if (!found || !known.has(Number(found[1]))) return piece;
      return el("a", { class: "ref", href: `#${name}-${found[1]}`, "aria-label": `出处 ${found[1]}` }, found[1]);
    });
  }

  function citation(c, name) {
    const words = el("blockquote", {}, ...c.quote.map((part) => (part.mark ? el("mark", {}, part.text) : part.text)));
    return el("article", { class: "card cite", id: `${name}-${c.n}`, tabindex: "-1" },
      el("header", {}, el("span", { class: "n", "aria-hidden": "true" }, String(c.n)), el("h3", {}, c.document)),
      el("p", { class: "chips" }, chip(c.status_label, c.status), c.example ? chip("示例", "sample") : null, fact(c.validity)),
      c.clause || c.page ? el("p", { class: "clause" }, c.clause, c.page ? fact(` 第${c.page}页`) : null) : null,
      words,
      el("footer", {}, fact(c.number) || el("span"), c.href ? link(c.href, { "aria-label": `${c.open}：${c.document} ${c.clause}` }, c.open) : null));
  }

  function course(c) {
    return el("article", { class: "card course" },
      el("header", {}, el("h3", {}, link(c.href, {}, c.title))),
      el("p", { class: "chips" }, chip(c.level), c.example ? chip("示例", "sample") : null, chip(c.seats, c.full ? "expired" : "in_force")),
      el("dl", {},
        el("div", {}, el("dt", {}, "时间"), el("dd", {}, c.when)),
        c.place ? el("div", {}, el("dt", {}, "地点"), el("dd", {}, c.place)) : null,
        el("div", {}, el("dt", {}, "价格"), el("dd", { class: "price" }, c.price))));
  }

  function similar(c) {
    return el("article", { class: "card case" },
      el("header", {}, el("h3", {}, link(c.href, {}, c.title))),
      el("p", { class: "chips" }, chip(c.domain), c.example ? chip("示例", "sample") : null),
      c.symptom ? el("p", { class: "symptom" }, c.symptom) : null);
  }

  function near(c) {
    const words = [c.document, c.clause].filter(Boolean).join(" ");
    return el("li", {}, c.href ? link(c.href, {}, words) : words);
  }

  const cards = (title, items, kind = "") => (items.length ? el("section", { class: `cards ${kind}`.trim(), "aria-label": title }, el("h2", { class: "cards-title" }, title), ...items) : null);

  // Course cards say it all; the rows that they come from are one tap away.
  function folded(section) {
    if (!section) return null;
    const title = section.firstElementChild;
    title.remove();
    return el("details", { class: "sources" }, el("summary", {}, title.textContent), section);
  }

  function question(text) {
    return el("div", { class: "asked" }, el("p", { class: "sr" }, "您问："), el("p", { class: "words" }, text));
  }

  function answerOf(view, name) {
    const known = new Set(view.citations.map((c) => c.n));
    const copy = el("button", { type: "button", class: "quiet" }, "复制");
    copy.addEventListener("click", () => copyText(plain(view), copy));
    const bubble = el("div", { class: "bubble" },
      el("p", { class: "words" }, ...withReferences(view.answer, name, known)),
      view.calls.length ? el("div", { class: "calls" }, ...view.calls.map((c) => link(c.href, { class: c.urgent ? "call urgent" : "call" }, `${c.name} `, el("strong", {}, c.number)))) : null,
      el("div", { class: "foot" }, el("p", { class: "label" }, view.label), copy));
    const sources = cards(`出处 ${view.citations.length} 条`, view.citations.map((c) => citation(c, name)));
    const made = el("div", { class: `answer ${view.outcome}`, "data-label": view.label },
      bubble,
      cards("课程", view.courses.map(course), "pair"),
      view.courses.length ? folded(sources) : sources,
      cards("类似案例", view.similar.map(similar), "pair"),
      view.near.length ? el("section", { class: "near" }, el("h2", { class: "cards-title" }, "可能相关，但没有直接回答"), el("ul", {}, ...view.near.map(near))) : null);
    if (view.suggestions.length) {
      const row = el("div", { class: "suggestions", "aria-label": "接着问", role: "group" });
      for (const words of view.suggestions) {
        const button = el("button", { type: "button", class: "suggestion" }, words);
        button.addEventListener("click", () => ask(words));
        row.append(button);
      }
      made.append(row);
    }
    return made;
  }

  // ---- copying: the label goes along

  function plain(view) {
    const lines = [view.whole];
    for (const c of view.citations) {
      const words = c.quote.map((part) => part.text).join("");
      lines.push(`[${c.n}] ${[c.document, c.number, c.clause, c.status_label, c.validity, c.example ? "示例" : ""].filter(Boolean).join(" · ")}\n“${words}”`);
    }
    for (const c of view.courses) lines.push([c.title, c.when, c.place, c.price, c.seats, c.example ? "示例" : ""].filter(Boolean).join(" · "));
    lines.push(`【${view.label}】`);
    return lines.join("\n\n");
  }

  async function copyText(text, button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      // Plain http on a local network has no clipboard of its own.
      const area = el("textarea", { class: "sr", readonly: true });
      area.value = text;
      document.body.append(area);
      area.select();
      try { done = document.execCommand("copy"); } catch { done = false; }
      area.remove();
      button.focus();
    }
    announce.textContent = button.textContent = done ? "已复制" : "复制不了，请手动选择";
    setTimeout(() => { button.textContent = "复制"; }, 2000);
  }

  document.addEventListener("copy", (event) => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !event.clipboardData) return;
    const touched = [...talk.querySelectorAll(".answer[data-label]")].find((node) => selection.containsNode(node, true));
    if (!touched) return;
    event.clipboardData.setData("text/plain", `${selection.toString()}\n【${touched.dataset.label}】`);
    event.preventDefault();
  });

  // ---- asking

  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let kept = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      kept += value;
      const blocks = kept.split(/\r?\n\r?\n/);
      kept = blocks.pop();
      for (const block of blocks) {
        let name = "message";
        const data = [];
        for (const line of block.split(/\r?\n/)) {
          if (line.startsWith("event:")) name = line.slice(6).trim();
          else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
        }
        if (data.length) yield { name, data: JSON.parse(data.join("\n")) };
      }
    }
  }

  class Refused extends Error {}

  async function fetchTurn(text, prev, onDelta) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), LIMIT_MS);
    try {
      const response = await fetch("/turns", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
        body: JSON.stringify({ text, prev }),
        signal: stop.signal,
      });
      if (!response.ok) {
        const body = await response.json().catch(() => null);
        throw new Refused(body?.error?.message || "这次没有完成，请稍后再试。");
      }
      for await (const event of events(response)) {
        if (event.name === "delta") onDelta(event.data.text);
        else if (event.name === "answer") return event.data;
      }
      throw new Refused("回答中断了，请再试一次。");
    } finally {
      clearTimeout(limit);
    }
  }

  function waiting() {
    const words = el("span", {}, "正在查找资料");
    const made = el("div", { class: "answer" }, el("div", { class: "bubble waiting" }, words, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"))));
    const slow = setTimeout(() => { words.textContent = "资料还在装载，马上就好"; }, SLOW_MS);
    return { made, stop: () => clearTimeout(slow) };
  }

  function failure(message, text, turn) {
    const again = el("button", { type: "button", class: "quiet" }, "再试一次");
    again.addEventListener("click", () => { turn.remove(); ask(text); });
    return el("div", { class: "answer" }, el("div", { class: "bubble failure" }, el("p", {}, message), again));
  }

  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  async function ask(text) {
    if (busy) return;
    setBusy(true);
    welcome.hidden = true;
    clear.hidden = false;
    const name = `t${Date.now().toString(36)}`;
    const wait = waiting();
    const turn = el("article", { class: "turn", "aria-busy": "true" }, question(text), wait.made);
    talk.append(turn);
    turn.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    announce.textContent = "正在查找资料";
    let streamed = null;
    const onDelta = (piece) => {
      if (!streamed) {
        wait.stop();
        streamed = el("p", { class: "words" });
        wait.made.replaceChildren(el("div", { class: "bubble" }, streamed));
      }
      streamed.append(piece);
    };
    try {
      const view = await fetchTurn(text, turns.slice(-MAX_PREV).map((t) => t.text), onDelta);
      wait.made.replaceWith(answerOf(view, name));
      turns.push({ text, view, name });
      keep();
      announce.textContent = `${view.answer} ${view.citations.length ? `附出处 ${view.citations.length} 条。` : ""}${view.label}`;
    } catch (error) {
      const message = error instanceof Refused ? error.message : "连接不上服务，请检查网络后再试。";
      wait.made.replaceWith(failure(message, text, turn));
      announce.textContent = message;
    } finally {
      wait.stop();
      turn.removeAttribute("aria-busy");
      setBusy(false);
    }
  }

  function setBusy(now) {
    busy = now;
    send.disabled = now || !sendable();
  }

  // ---- the field

  const length = () => [...field.value].length;
  const sendable = () => field.value.trim() !== "" && length() <= MAX_CHARS;

  function measure() {
    const over = length() > MAX_CHARS * 0.9;
    count.textContent = over ? `${length()} / ${MAX_CHARS} 字 · ` : "";
    count.classList.toggle("over", length() > MAX_CHARS);
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
    send.disabled = busy || !sendable();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy || !sendable()) return;
    const text = field.value.trim();
    field.value = "";
    measure();
    field.focus();
    ask(text);
  });

  field.addEventListener("input", measure);
  field.addEventListener("keydown", (event) => {
    // While an input method composes, Enter picks a word; 229 is what Safari reports for that key press.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });

  byId("examples").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = event.submitter?.value;
    if (words) ask(words);
  });

  talk.addEventListener("click", (event) => {
    const reference = event.target.closest("a.ref");
    if (!reference) return;
    event.preventDefault();
    const card = byId(reference.getAttribute("href").slice(1));
    const folder = card?.closest("details");
    if (folder) folder.open = true;
    card?.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    card?.focus({ preventScroll: true });
  });

  clear.addEventListener("click", () => {
    turns = [];
    keep();
    talk.replaceChildren();
    welcome.hidden = false;
    clear.hidden = true;
    announce.textContent = "已开始新对话";
    field.focus();
  });

  // ---- keeping: going to a document and back does not lose the talk; closing the tab does

  function keep() {
    turns = turns.slice(-MAX_KEPT);
    try { sessionStorage.setItem(KEY, JSON.stringify(turns)); } catch { /* full or forbidden: only this page remembers */ }
  }

  function restore() {
    let kept = [];
    try { kept = JSON.parse(sessionStorage.getItem(KEY) || "[]"); } catch { kept = []; }
    if (!Array.isArray(kept) || !kept.length) return;
    for (const { text, view, name } of kept) {
      try {
        talk.append(el("article", { class: "turn" }, question(text), answerOf(view, name)));
        turns.push({ text, view, name });
      } catch { /* kept by another version of this page */ }
    }
    if (!turns.length) return;
    welcome.hidden = true;
    clear.hidden = false;
    talk.lastElementChild.scrollIntoView({ block: "start" });
  }

  document.body.classList.add("scripts");
  for (const node of document.querySelectorAll(".scripted:not(button)")) node.hidden = false;
  restore();
  measure();
  if (window.matchMedia("(pointer: fine)").matches) field.focus();
})();
