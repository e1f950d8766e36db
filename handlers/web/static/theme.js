// Light or dark: the system's wish, or the reader's own once it was given; and that scripts run at all. In the head, so that nothing flashes.
(() => {
  "use strict";
  const KEY = "wenzhen.theme";
  const root = document.documentElement;
  root.classList.add("scripts");
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  const wish = stored();
  if (wish === "dark" || wish === "light") root.dataset.theme = wish;

  // Who signs out leaves nothing half written behind for the next one at this machine.
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/sign-out") return;
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith("wenzhen.") && key !== KEY) localStorage.removeItem(key);
    } catch { /* nothing was kept either */ }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const show = () => {
      button.setAttribute("aria-pressed", String(isDark()));
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem(KEY, root.dataset.theme); } catch { /* private window: lasts for this page */ }
      show();
    });
    system.addEventListener("change", show);
    show();
  });
})();
