// The talk: sends, follows what is said, shows it. Messages come from the server as escaped HTML; what is typed here enters the page as text.
(() => {
  "use strict";
  const MAX_CHARS = 20000;
  const SLOW_MS = 4000;
  const LIMIT_MS = 30000;
  const PAUSES_MS = [800, 2500]; // before a message that got no answer at all is sent again with the same id
  const ASK_AGAIN_MS = 3000; // it is stored; is the reply there?
  const PATIENCE_MS = 90000;
  const REVEAL_MS = 700;
  const WORRY_MS = 4000; // a connection that is back before that need not be spoken of
  const MAX_FILE_BYTES = 20 * 1024 * 1024;
  const UPLOAD_MS = 240000;
  const TALK = "wenzhen.talk";
  const DRAFT = "wenzhen.draft";
  const UNSENT = "wenzhen.unsent";
  const PLACE = "wenzhen.place"; // of this window: where one was reading when one opened a source

  const byId = (id) => document.getElementById(id);
  const main = byId("main");
  const talk = byId("talk");
  const welcome = byId("welcome");
  const form = byId("ask");
  const field = byId("text");
  const send = byId("send");
  const count = byId("count");
  const announce = byId("announce");
  const clear = byId("clear");
  const state = byId("state");
  const newer = byId("newer");
  const room = byId("latest");
  const offline = byId("offline");
  const shutOut = byId("shut-out");
  const account = byId("account");
  const toPerson = byId("to-person"); // firms have it
  const title = document.title;

  let id = main.dataset.talk;
  let owner = main.dataset.owner;
  let cursor = ""; // the last message that stands here
  let queue = []; // {client, text, shown}: typed, and not yet known to be stored; in order
  let sending = false;
  let cut = false; // nothing was sent because the connection was gone, not because it was refused
  let source = null;
  let waiting = null;
  let anchor = null; // the newest question: it stands at the top while its answer is read
  let unseen = 0;

  // ---- what the browser keeps

  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  function keep(key, value) {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch { /* full or forbidden: only this page remembers */ }
  }
  const keepQueue = () => keep(UNSENT, queue.length ? JSON.stringify({ id, queue }) : "");
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // ---- building

  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function fromServer(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.firstElementChild;
  }

  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function bubble(entry) {
    const made = el("article", { class: "message asked sending" }, el("p", { class: "sr" }, "您："), el("p", { class: "words" }, entry.shown));
    made.dataset.client = entry.client;
    return made;
  }

  const bubbleOf = (client) => unplaced().find((node) => node.dataset.client === client);

  // ---- placing what came

  /** Put messages in their places, each once. They come in order, and every list goes on from what was placed before. */
  function place(items, { quietly = false } = {}) {
    const fresh = [];
    const near = isNear();
    for (const item of items) {
      cursor = item.id;
      if (byId(item.id)) continue;
      const node = fromServer(item.html);
      const own = node.matches(".asked") && unplaced().find((other) => wordsOf(other) === wordsOf(node));
      if (own) {
        if (anchor === own) anchor = node;
        own.replaceWith(node);
      } else {
        const next = unplaced()[0] || (waiting?.made.isConnected ? waiting.made : null);
        if (next) next.before(node);
        else talk.append(node);
      }
      if (!node.matches(".asked")) fresh.push(node);
    }
    if (!talk.childElementCount) return;
    welcome.hidden = true;
    clear.hidden = false;
    tidyButtons();
    if (!quietly && fresh.length) arrived(fresh, near);
    makeRoom();
  }

  const unplaced = () => [...talk.querySelectorAll(".asked.sending")];
  const wordsOf = (node) => node.querySelector(".words").textContent.trim();

  // What was offered before the asker went on is over; what the machine offered, also when a person has spoken since.
  function tidyButtons() {
    const after = (row, kind) => {
      const newest = [...talk.querySelectorAll(kind)].pop();
      return Boolean(newest && row.compareDocumentPosition(newest) & Node.DOCUMENT_POSITION_FOLLOWING);
    };
    for (const row of talk.querySelectorAll(".suggestions")) {
      row.hidden = after(row, ".asked") || (row.closest(".notice-line") === null && after(row, ".person"));
    }
  }

  function arrived(nodes, near) {
    stopWaiting();
    for (const node of nodes) {
      if (node.matches(".answer:not(.person)")) reveal(node);
      announce.textContent = spoken(node);
    }
    makeRoom();
    if (anchor && nodes.every((node) => node.matches(".answer:not(.person)"))) return;
    if (near) toEnd();
    else newer.hidden = false;
    if (document.hidden) {
      unseen += nodes.length;
      document.title = `(${unseen}) ${title}`;
    }
  }

  function spoken(node) {
    const words = node.querySelector(".words")?.textContent || "";
    const who = node.querySelector(".who .name")?.textContent;
    const cited = node.querySelectorAll(".card.cite").length;
    return [who ? `${who}：` : "", words, cited ? ` 附出处 ${cited} 条。` : " ", node.dataset.label || ""].join("");
  }

  // The words of the machine come piece by piece, quickly, then its cards.
  function reveal(node) {
    const words = node.querySelector(".bubble .words");
    if (calm() || document.hidden || !words) return;
    const pieces = [...words.childNodes].flatMap((child) =>
      child.nodeType === Node.TEXT_NODE ? child.data.match(/.{1,12}?(?:[，。；：！？、\n]+|$)|.{1,12}/gs) || [] : [child]);
    node.classList.add("arriving");
    words.replaceChildren();
    const began = performance.now();
    let shown = 0;
    const step = (now) => {
      const due = Math.ceil(Math.min(1, (now - began) / REVEAL_MS) * pieces.length);
      while (shown < due) words.append(pieces[shown++]);
      if (shown < pieces.length) requestAnimationFrame(step);
      else { node.classList.remove("arriving"); makeRoom(); }
    };
    requestAnimationFrame(step);
  }

  function takeState(told) {
    if (!told) return;
    takeOwner(told.owner);
    if (told.csrf !== undefined) takeLogin(told.csrf);
    if (told.state !== undefined && state.innerHTML.trim() !== told.state.trim()) state.innerHTML = told.state;
  }

  function takeOwner(next) {
    owner = next;
    if (owner === "engineer") stopWaiting();
    if (toPerson) toPerson.hidden = owner === "engineer";
    field.placeholder = owner === "engineer" ? "写给工程师" : "写下您的问题";
  }

  // A firm that has just registered in the talk is signed in from then on.
  function takeLogin(csrf) {
    form.elements.csrf.value = csrf;
    if (!csrf || account.getAttribute("href") !== "/sign-in") return;
    account.setAttribute("aria-label", account.dataset.own);
    account.querySelector(".wide").textContent = account.dataset.own;
  }

  // ---- scrolling

  const barBottom = () => document.querySelector(".bar").getBoundingClientRect().height;
  const composerHeight = () => document.querySelector(".composer").getBoundingClientRect().height;

  function makeRoom() {
    if (!anchor?.isConnected || owner === "engineer") { room.style.height = ""; return; }
    const below = talk.getBoundingClientRect().bottom - anchor.getBoundingClientRect().top;
    room.style.height = `${Math.max(0, window.innerHeight - barBottom() - composerHeight() - below - 48)}px`;
  }

  const isNear = () => room.getBoundingClientRect().bottom - window.innerHeight < 240;

  function toEnd() {
    newer.hidden = true;
    window.scrollTo({ top: document.scrollingElement.scrollHeight, behavior: calm() ? "auto" : "smooth" });
  }

  function toTop(node) {
    anchor = node;
    makeRoom();
    if (owner === "engineer") toEnd();
    else node.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  }

  // ---- waiting

  function startWaiting() {
    if (waiting || owner === "engineer") return;
    const words = el("span", {}, "正在查找资料");
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    const made = el("div", { class: "answer thinking", "aria-busy": "true" }, el("div", { class: "bubble waiting" }, words, dots));
    const slow = setTimeout(() => { words.textContent = "还在查，请稍等；离开再回来也不会丢"; }, SLOW_MS);
    waiting = { made, slow };
    talk.append(made);
    announce.textContent = "正在查找资料";
  }

  function stopWaiting() {
    if (!waiting) return;
    clearTimeout(waiting.slow);
    waiting.made.remove();
    waiting = null;
  }

  // ---- sending

  class Refused extends Error {
    constructor(status, message) { super(message); this.status = status; }
  }

  async function call(path, body) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), LIMIT_MS);
    const headers = { Accept: "application/json" };
    const csrf = form.elements.csrf.value;
    if (body) headers["Content-Type"] = "application/json";
    if (csrf) headers["X-CSRF"] = csrf;
    try {
      const response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal: stop.signal });
      const told = await response.json().catch(() => null);
      if (!response.ok || !told) throw new Refused(response.status, told?.error?.message || "这次没有完成，请稍后再试。");
      return told;
    } finally {
      clearTimeout(limit);
    }
  }

  const isGone = (error) => error instanceof Refused && [401, 403, 404].includes(error.status);
  const signIn = (talked) => `/sign-in?next=${encodeURIComponent(`/talk/${talked}`)}`;

  function showShutOut(talked) {
    shutOut.querySelector("a").href = signIn(talked);
    shutOut.hidden = false;
    offline.hidden = true;
  }

  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

  /** Whatever happens on the way, the same id makes it one message. */
  async function deliver(entry) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (!id) await begin();
        return await call(`/talk/${id}/messages`, { text: entry.text, client_id: entry.client, after: cursor });
      } catch (error) {
        if (error instanceof Refused && error.status === 403 && attempt === 0) {
          takeState(await call(`/talk/${id}/messages?after=${encodeURIComponent(cursor)}`)); // signed in elsewhere since: a new word for the forms
          continue;
        }
        if (error instanceof Refused || attempt >= PAUSES_MS.length) throw error;
        await pause(PAUSES_MS[attempt]);
      }
    }
  }

  async function begin() {
    id = (await call("/talk", {})).id;
    keep(TALK, id);
    keepQueue();
    follow();
  }

  function ask(text, shown = text) {
    const entry = { client: newKey(), text, shown };
    queue.push(entry);
    keepQueue();
    welcome.hidden = true;
    clear.hidden = false;
    const made = bubble(entry);
    talk.append(made);
    tidyButtons();
    startWaiting();
    toTop(made);
    drain();
  }

  async function drain() {
    if (sending) return;
    sending = true;
    cut = false;
    for (const box of talk.querySelectorAll(".failed")) box.remove();
    for (const own of unplaced()) own.classList.remove("unsent");
    while (queue.length) {
      const entry = queue[0];
      const talked = id;
      try {
        startWaiting();
        const told = await deliver(entry);
        if (queue[0] !== entry) break; // a new talk was begun meanwhile
        queue.shift();
        keepQueue();
        place(told.items);
        bubbleOf(entry.client)?.remove(); // a pressed button is kept under its own words
        takeState(told);
        if (told.done) stopWaiting();
        else askAgain(entry, id, Date.now() + PATIENCE_MS);
      } catch (error) {
        if (talked && talked !== id) break;
        stopWaiting();
        failed(entry, error);
        break;
      }
    }
    sending = false;
  }

  // It is stored and its reply takes long: events bring it; where they cannot, asking again does.
  async function askAgain(entry, talked, until) {
    while (id === talked && waiting && Date.now() < until) {
      await pause(ASK_AGAIN_MS);
      if (id !== talked || !waiting) return;
      try {
        const told = await call(`/talk/${talked}/messages`, { text: entry.text, client_id: entry.client, after: cursor });
        place(told.items);
        takeState(told);
        if (told.done) { stopWaiting(); return; }
      } catch { /* the connection will be back */ }
    }
    if (id === talked && waiting) {
      stopWaiting();
      announce.textContent = "已收到，回复会出现在这里。";
    }
  }

  function failed(entry, error) {
    const own = bubbleOf(entry.client);
    const refused = error instanceof Refused;
    const gone = isGone(error);
    const signedOut = gone && error.status !== 403;
    const message = signedOut ? "这段对话现在看不到了，登录可能已经失效。重新登录后，这句话会自动发出。" : refused ? error.message : "连接不上服务，请检查网络后再试。您写的已经留在这里。";
    cut = !refused;
    const hopeless = refused && [400, 413, 422].includes(error.status);
    const box = el("div", { class: "answer failed" }, el("div", { class: "bubble failure", role: "alert" }, el("p", {}, message)));
    const inside = box.firstElementChild;
    if (hopeless) {
      queue.shift();
      keepQueue();
      own?.remove();
      if (!field.value) { field.value = entry.shown; measure(); }
    } else {
      const again = el("button", { type: "button", class: "quiet" }, gone ? "在新对话里发送" : "再试一次");
      again.addEventListener("click", () => {
        if (gone) forget();
        drain();
      });
      inside.append(again);
      if (gone) inside.append(el("a", { class: "quiet", href: signIn(id) }, "登录"));
      own?.classList.add("unsent");
    }
    (own?.isConnected ? own : talk.lastElementChild || talk).after(box);
    if (!box.isConnected) talk.append(box);
    box.scrollIntoView({ block: "nearest" });
    announce.textContent = message;
  }

  // ---- photos and files

  const attach = byId("attach");
  const picker = byId("file");
  attach.hidden = false;
  attach.addEventListener("click", () => picker.click());
  picker.addEventListener("change", async () => {
    const chosen = [...picker.files];
    picker.value = "";
    for (const file of chosen) await upload({ file, client: newKey() });
  });

  async function upload(entry) {
    const made = el("article", { class: "message asked uploading" }, el("p", { class: "sr" }, "您："), el("p", { class: "file" }, entry.file.name));
    welcome.hidden = true;
    clear.hidden = false;
    talk.append(made);
    toEnd();
    try {
      if (entry.file.size > MAX_FILE_BYTES) throw new Refused(413, "文件超过上限 20 MB，请压缩、拆分后再发，或发一个下载链接。");
      if (!id) await begin();
      await put(entry);
      made.remove();
      const told = await call(`/talk/${id}/messages?after=${encodeURIComponent(cursor)}`);
      place(told.items);
      takeState(told);
    } catch (error) {
      const refused = error instanceof Refused;
      const box = el("div", { class: "answer failed" }, el("div", { class: "bubble failure", role: "alert" }, el("p", {}, refused ? error.message : "没有传上去，请检查网络后再试。")));
      made.classList.add("unsent");
      made.after(box);
      const drop = () => { made.remove(); box.remove(); };
      const again = el("button", { type: "button", class: "quiet" }, refused && error.status < 429 ? "知道了" : "再试一次");
      again.addEventListener("click", () => { drop(); if (!refused || error.status >= 429) upload(entry); });
      box.firstElementChild.append(again);
      announce.textContent = box.textContent;
    }
  }

  /** The same client id makes it one file, however often it is tried. */
  async function put(entry) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), UPLOAD_MS);
    const body = new FormData();
    body.append("client_id", entry.client);
    body.append("file", entry.file);
    const csrf = form.elements.csrf.value;
    try {
      const response = await fetch(`/api/v1/conversations/${id}/files`, { method: "POST", headers: csrf ? { "X-CSRF": csrf } : {}, body, signal: stop.signal });
      const told = await response.json().catch(() => null);
      if (!response.ok) throw new Refused(response.status, told?.error?.message || "这次没有完成，请稍后再试。");
    } finally {
      clearTimeout(limit);
    }
  }

  // ---- following

  function follow() {
    source?.close();
    if (!id) return;
    const followed = id;
    source = new EventSource(`/talk/${id}/events?after=${encodeURIComponent(cursor)}`);
    source.addEventListener("message", (event) => { if (id === followed) place([JSON.parse(event.data)]); });
    source.addEventListener("state", (event) => { if (id === followed) takeState(JSON.parse(event.data)); });
    source.addEventListener("open", () => { offline.hidden = true; if (cut) drain(); });
    source.addEventListener("error", () => {
      if (!navigator.onLine) offline.hidden = false;
      setTimeout(() => { offline.hidden = offline.hidden && (id !== followed || !shutOut.hidden || source.readyState === EventSource.OPEN); }, WORRY_MS);
      if (source.readyState === EventSource.CLOSED && id === followed) setTimeout(() => { if (id === followed) lookAgain(); }, 5000);
    });
  }

  // The stream was refused: whether this talk may still be read, a reading tells.
  async function lookAgain() {
    const talked = id;
    try {
      const told = await call(`/talk/${talked}/messages?after=${encodeURIComponent(cursor)}`);
      if (id !== talked) return;
      place(told.items);
      takeState(told);
      shutOut.hidden = true;
    } catch (error) {
      if (id === talked && isGone(error)) { showShutOut(talked); return; }
    }
    if (id === talked) follow();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unseen = 0;
    document.title = title;
    if (id && source?.readyState === EventSource.CLOSED) lookAgain();
  });

  // ---- what is copied by hand takes the label along; buttons are copy.js's

  document.addEventListener("copy", (event) => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !event.clipboardData) return;
    const touched = [...talk.querySelectorAll(".answer[data-label]")].find((node) => selection.containsNode(node, true));
    if (!touched) return;
    event.clipboardData.setData("text/plain", `${selection.toString()}\n【${touched.dataset.label}】`);
    event.preventDefault();
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

  talk.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!event.target.matches(".suggestions") || !button?.value) return;
    event.preventDefault();
    ask(button.value, button.textContent.trim());
  });

  // ---- the field

  const length = () => [...field.value].length;
  const sendable = () => field.value.trim() !== "" && length() <= MAX_CHARS;

  function measure() {
    count.textContent = length() > MAX_CHARS * 0.9 ? `${length()} / ${MAX_CHARS} 字 · ` : "";
    count.classList.toggle("over", length() > MAX_CHARS);
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
    send.disabled = !sendable();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!sendable()) return;
    const text = field.value.trim();
    field.value = "";
    keep(DRAFT, "");
    measure();
    field.focus();
    ask(text);
  });

  field.addEventListener("input", () => { measure(); keep(DRAFT, field.value); });
  field.addEventListener("keydown", (event) => {
    // While an input method composes, Enter picks a word; 229 is what Safari reports for that key press.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });

  byId("examples").addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.value) ask(event.submitter.value);
  });

  byId("person")?.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(toPerson.value); // what is half written stays in the field
  });

  newer.addEventListener("click", toEnd);
  window.addEventListener("scroll", () => { if (room.getBoundingClientRect().bottom - window.innerHeight < 80) newer.hidden = true; }, { passive: true });
  window.addEventListener("resize", makeRoom);
  window.addEventListener("online", () => { offline.hidden = true; if (cut) drain(); });
  window.addEventListener("offline", () => { offline.hidden = false; });

  // ---- beginning anew, and coming back

  function forget() {
    source?.close();
    id = "";
    takeOwner("bot");
    anchor = null;
    keep(TALK, "");
    state.replaceChildren();
    cursor = "";
    for (const node of talk.querySelectorAll(".message:not(.sending)")) node.remove();
    if (window.location.pathname !== "/") window.history.replaceState(null, "", "/");
  }

  clear.addEventListener("click", () => {
    shutOut.hidden = true;
    queue = [];
    keepQueue();
    stopWaiting();
    forget();
    talk.replaceChildren();
    makeRoom();
    welcome.hidden = false;
    clear.hidden = true;
    announce.textContent = "已开始新对话";
    field.focus();
  });

  window.addEventListener("pagehide", () => {
    try { sessionStorage.setItem(PLACE, JSON.stringify({ id, cursor, y: window.scrollY })); } catch { /* only a comfort */ }
  });

  // Who comes back from a source finds the talk where it was left, unless it went on meanwhile.
  function backToPlace() {
    let place = null;
    try { place = JSON.parse(sessionStorage.getItem(PLACE) || "null"); } catch { place = null; }
    if (place && place.id === id && place.cursor === cursor && !queue.length) window.scrollTo({ top: place.y, behavior: "instant" });
  }

  async function comeBack() {
    takeOwner(owner);
    if (id) {
      keep(TALK, id);
      cursor = [...talk.querySelectorAll(".message[id]")].pop()?.id || "";
    } else if (kept(TALK)) {
      id = kept(TALK);
      welcome.hidden = true; // what is on its way would push it aside
      try {
        const told = await call(`/talk/${id}/messages`);
        place(told.items, { quietly: true });
        takeState(told);
        welcome.hidden = Boolean(told.items.length);
      } catch (error) {
        // Gone, or another's since; without a connection it may still be there.
        if (isGone(error)) { showShutOut(id); forget(); welcome.hidden = false; }
      }
    }
    tidyButtons();
    clear.hidden = !id;
    let unsent = null;
    try { unsent = JSON.parse(kept(UNSENT) || "null"); } catch { unsent = null; }
    if (unsent && Array.isArray(unsent.queue) && (unsent.id || "") === (id || "")) {
      queue = [...unsent.queue, ...queue];
      for (const entry of unsent.queue) {
        if (!bubbleOf(entry.client)) talk.append(bubble(entry));
      }
      if (queue.length) welcome.hidden = true;
    }
    const asked = [...talk.querySelectorAll(".asked")].pop();
    if (asked) toTop(asked);
    backToPlace();
    follow();
    drain();
  }

  if (!field.value && kept(DRAFT)) field.value = kept(DRAFT);
  measure();
  window.history.scrollRestoration = "manual";
  comeBack();
  if (window.matchMedia("(pointer: fine)").matches) field.focus();
})();
