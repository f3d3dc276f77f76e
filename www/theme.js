// Dark or light: what the system prefers until the button says otherwise, and then that, remembered.

import { byId } from "./dom.js";

const KEY = "theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

/** Applies the remembered theme and connects the button. */
export function start() {
  show();
  prefersDark.addEventListener("change", show);
  byId("theme").addEventListener("click", () => {
    localStorage.setItem(KEY, isDark() ? "light" : "dark");
    show();
  });
}

function isDark() {
  const chosen = localStorage.getItem(KEY);
  return chosen ? chosen === "dark" : prefersDark.matches;
}

function show() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  byId("theme").setAttribute("aria-checked", String(isDark()));
}
