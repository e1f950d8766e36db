// Buttons that copy: `data-copy` holds the text, `data-copy-link` an address on this machine.
(() => {
  "use strict";
  const WORDS_MS = 2000;

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Plain http on a local network has no clipboard of its own.
      const area = document.createElement("textarea");
      area.className = "sr";
      area.readOnly = true;
      area.value = text;
      document.body.append(area);
      area.select();
      try { return document.execCommand("copy"); } catch { return false; } finally { area.remove(); }
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy], button[data-copy-link]");
    if (!button || button.dataset.words) return;
    const { copy, copyLink } = button.dataset;
    const done = await copied(copyLink ? new URL(copyLink, window.location.href).href : copy);
    const words = done ? "已复制" : "复制不了，请手动选择";
    button.focus();
    button.dataset.words = button.textContent;
    button.textContent = words;
    const announce = document.getElementById("announce");
    if (announce) announce.textContent = words;
    setTimeout(() => { button.textContent = button.dataset.words; delete button.dataset.words; }, WORDS_MS);
  });
})();
