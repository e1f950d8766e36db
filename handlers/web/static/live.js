// Keeps a page of the desk or the console up to date, sends its forms without leaving it, and keeps what is half written.
// The server renders; this only exchanges the regions that changed. Without it every form and link works by itself.
(() => {
  "use strict";
  const DRAFT = "wenzhen.form.";
  const SEEN = "wenzhen.seen";
  const FAR_MS = 8 * 3600000;
  const WORRY_MS = 4000; // a connection that is back before that need not be spoken of
  const main = document.getElementById("main");
  const announce = document.getElementById("announce");
  const title = document.title;
  let unseen = 0;
  let working = false;
  let again = false;

  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  function keep(key, value) {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch { /* full or forbidden: only this page remembers */ }
  }

  // ---- exchanging regions

  const dirty = (region) => [...region.querySelectorAll("textarea, input:not([type=hidden]), select")].some((field) =>
    field === document.activeElement || (field.type !== "checkbox" && field.tagName !== "SELECT" && field.value !== field.defaultValue));

  /** A page of this desk or console, as text; null where one is not, or no longer, let in. */
  async function fetched(address, options = {}) {
    const response = await fetch(address, { ...options, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const there = page.getElementById("main");
    if (response.status === 401 || (there && there.dataset.who !== main.dataset.who && !page.querySelector("[data-problem]"))) {
      shutOut();
      return null;
    }
    return { response, page };
  }

  // Signed out here or elsewhere, or somebody else signed in with this browser: what stands here stays, and nothing more is sent.
  const shut = document.getElementById("shut-out");
  const offline = document.getElementById("offline");
  function shutOut() {
    if (!shut.hidden) return;
    offline.hidden = true;
    shut.querySelector("a").href = `/sign-in?next=${encodeURIComponent(window.location.pathname + window.location.search)}`;
    shut.hidden = false;
  }

  /** Exchange what differs. A region in which somebody is writing stays as it is, unless it was just sent. */
  function exchange(fetched, sent = null) {
    for (const region of document.querySelectorAll("[data-region]")) {
      const other = fetched.getElementById(region.id);
      if (!other) { if (!region.contains(sent) && !dirty(region)) region.replaceChildren(); continue; }
      if (region.hasAttribute("data-talk")) follow(region, other);
      else if (region.contains(sent) || !dirty(region)) {
        if (region.innerHTML !== other.innerHTML) region.innerHTML = other.innerHTML;
        region.className = other.className;
      }
    }
    prepare();
  }

  // A talk only grows: what stands there stays, so that a selection or an open source is not lost.
  function follow(talk, other) {
    const near = document.scrollingElement.scrollHeight - window.scrollY - window.innerHeight < 200;
    const fresh = [];
    for (const node of [...other.children]) {
      const held = document.getElementById(node.id);
      if (!held) { talk.append(node); fresh.push(node); }
      else if (held.outerHTML !== node.outerHTML && held.matches(".message")) held.replaceWith(node);
    }
    if (!fresh.length) return;
    if (near || fresh.some((node) => node.matches(".asked"))) toEnd();
    else if (newer) newer.hidden = false;
    const words = fresh.filter((node) => !node.matches(".asked"));
    if (words.length && announce) announce.textContent = words.map((node) => node.querySelector(".words")?.textContent || "").join(" ");
    if (document.hidden && words.length) {
      unseen += words.length;
      document.title = `(${unseen}) ${title}`;
    }
  }

  const newer = document.getElementById("newer");
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  function toEnd() {
    if (newer) newer.hidden = true;
    window.scrollTo({ top: document.scrollingElement.scrollHeight, behavior: calm() ? "auto" : "smooth" });
  }
  newer?.addEventListener("click", toEnd);

  async function refresh() {
    if (working) { again = true; return; }
    working = true;
    try {
      const told = await fetched(window.location.href);
      if (told?.response.ok) exchange(told.page);
    } catch { /* the connection will be back */ }
    working = false;
    if (again) { again = false; refresh(); }
  }

  // ---- forms

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (button?.dataset.sure && !form.dataset.sure) {
      event.preventDefault();
      form.dataset.sure = "asked";
      const words = button.textContent;
      const label = button.getAttribute("aria-label");
      button.removeAttribute("aria-label"); // a screen reader is told what the button says now
      announce.textContent = button.textContent = button.dataset.sure;
      button.classList.add("danger");
      setTimeout(() => {
        delete form.dataset.sure;
        button.textContent = words;
        if (label) button.setAttribute("aria-label", label);
        button.classList.remove("danger");
      }, 4000);
      return;
    }
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    for (const one of form.querySelectorAll("button")) one.disabled = true;
    const values = new URLSearchParams(new FormData(form, button));
    problem(form, "");
    try {
      const told = await fetched(form.action, { method: "POST", body: values });
      if (told?.response.ok) {
        form.reset();
        for (const field of form.querySelectorAll("textarea")) { field.value = ""; keep(DRAFT + field.dataset.draft, ""); grow(field); }
        if (form.hasAttribute("data-leave")) { window.location.assign(told.response.url); return; }
        exchange(told.page, form);
      } else if (told) {
        problem(form, told.page.querySelector("[data-problem]")?.textContent.trim() || "这次没有完成，请稍后再试。");
        if (told.page.querySelector("main.work")) exchange(told.page);
      }
    } catch {
      problem(form, "连接不上服务，请检查网络后再试；您写的还在。");
    }
    delete form.dataset.sending;
    for (const one of form.querySelectorAll("button")) one.disabled = false;
    const field = document.getElementById(form.querySelector("textarea")?.id); // the form itself may have been exchanged
    if (field && window.matchMedia("(pointer: fine)").matches) field.focus();
  });

  function problem(form, words) {
    let box = form.querySelector(".form-problem");
    if (!box) {
      box = document.createElement("p");
      box.className = "form-problem";
      box.setAttribute("role", "alert");
      form.append(box);
    }
    box.textContent = words;
    box.hidden = !words;
  }

  document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]")) event.target.form.requestSubmit(); });

  // ---- drafts

  function grow(field) {
    if (!field.matches("[data-grow]")) return;
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 200)}px`;
  }

  document.addEventListener("input", (event) => {
    if (event.target.dataset.draft) keep(DRAFT + event.target.dataset.draft, event.target.value === event.target.defaultValue ? "" : event.target.value);
    if (event.target.matches("textarea")) grow(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-enter]") || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (!window.matchMedia("(pointer: fine)").matches) return; // on a telephone Enter is a new line
    event.preventDefault();
    if (event.target.value.trim()) event.target.form.requestSubmit();
  });

  // ---- unread marks and clocks

  const seen = () => { try { return JSON.parse(kept(SEEN) || "{}"); } catch { return {}; } };
  function prepare() {
    const known = seen();
    const open = main.dataset.case;
    const newest = [...document.querySelectorAll("[data-talk] > .message")].pop()?.id;
    if (open && newest && !document.hidden && known[open] !== newest) {
      known[open] = newest;
      keep(SEEN, JSON.stringify(known));
    }
    let count = 0;
    for (const row of document.querySelectorAll("[data-last]")) {
      const unread = row.dataset.lastFrom === "sme" && known[row.dataset.ref] !== row.dataset.last;
      const mark = row.querySelector(".unread");
      if (mark) mark.hidden = !unread;
      count += unread;
    }
    for (const badge of document.querySelectorAll("[data-unread-count]")) {
      badge.hidden = !count;
      badge.textContent = `${count} 条未读`;
    }
    for (const field of document.querySelectorAll("textarea[data-draft]")) {
      const draft = kept(DRAFT + field.dataset.draft);
      if (draft === field.defaultValue) keep(DRAFT + field.dataset.draft, ""); // it was sent, and this is what became of it
      else if (draft && field.value === field.defaultValue) field.value = draft;
      grow(field);
    }
    tick();
  }

  function span(ms) {
    const minutes = Math.max(1, Math.round(Math.abs(ms) / 60000));
    if (minutes < 60) return `${minutes} 分钟`;
    if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} 小时${minutes % 60 ? ` ${minutes % 60} 分` : ""}`;
    return `${Math.round(minutes / 1440)} 天`;
  }
  function tick() {
    for (const node of document.querySelectorAll("time[data-due]")) {
      const left = new Date(node.dateTime) - (Date.now() + skew);
      if (left >= FAR_MS) continue; // as the server said it: by when
      node.textContent = left >= 0 ? `还剩 ${span(left)}` : `已超时 ${span(left)}`;
      node.closest(".clock").classList.toggle("late", left < 0);
      node.closest(".clock").classList.toggle("soon", left >= 0 && left < 10 * 60000);
    }
  }
  // The machine on the desk may be minutes off; the server's own time is what deadlines are kept in.
  const skew = main.dataset.now ? new Date(main.dataset.now) - Date.now() : 0;
  setInterval(tick, 20000);

  // ---- following

  function listen() {
    if (!main.dataset.events || !shut.hidden) return;
    const source = new EventSource(main.dataset.events);
    source.addEventListener("changed", refresh);
    source.addEventListener("open", () => { offline.hidden = true; });
    source.addEventListener("error", () => {
      setTimeout(() => { if (shut.hidden && source.readyState !== EventSource.OPEN) offline.hidden = false; }, WORRY_MS);
      if (source.readyState !== EventSource.CLOSED) return;
      refresh(); // refused: the page itself knows why
      setTimeout(listen, 5000);
    });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unseen = 0;
    document.title = title;
    prepare();
  });

  // A refused form has given its page at the form's address: reloading must not send it again.
  if (main.dataset.here) window.history.replaceState(null, "", main.dataset.here);
  prepare();
  if (main.dataset.talkEnd && !window.location.hash) window.scrollTo(0, document.scrollingElement.scrollHeight);
  listen();
})();
