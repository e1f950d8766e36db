// 有用 and 没用 beside an answer, without leaving the page. Without this script the same form is posted and leads back.
(() => {
  "use strict";

  const csrf = () => document.querySelector("#ask [name=csrf]")?.value || "";

  async function send(form, fields) {
    const headers = { Accept: "application/json", "X-CSRF": csrf() };
    try {
      return (await fetch(form.action, { method: "POST", headers, body: new URLSearchParams(fields) })).ok;
    } catch {
      return false;
    }
  }

  function askWhy(form) {
    if (form.querySelector(".why")) return;
    const field = Object.assign(document.createElement("input"), { className: "why", maxLength: 2000, autocomplete: "off", placeholder: "哪里不对？（可以不写）" });
    field.setAttribute("aria-label", "哪里不对");
    const button = Object.assign(document.createElement("button"), { className: "quiet why", textContent: "告诉中心" });
    button.name = "useful";
    button.value = "no";
    form.append(field, button);
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!form.matches(".useful") || !button?.value) return;
    event.preventDefault();
    const said = form.querySelector("[role=status]");
    const why = form.querySelector("input.why");
    const fields = { useful: button.value };
    if (button.value === "no" && why?.value.trim()) fields.comment = why.value.trim();
    if (!(await send(form, fields))) {
      said.textContent = "没有记下，请稍后再试。";
      return;
    }
    for (const one of form.querySelectorAll("[aria-pressed]")) one.setAttribute("aria-pressed", String(one.value === button.value));
    said.textContent = button.value === "yes" ? "谢谢，已记下。" : "已记下，中心会看到。";
    if (button.value === "no" && !fields.comment) askWhy(form);
    else for (const one of form.querySelectorAll(".why")) one.remove();
  });
})();
