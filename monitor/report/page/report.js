"use strict";
// The page is whole without this: it adds a switch of the theme, filters and search.

const page = document.documentElement;
const theme = document.getElementById("theme");
const wantsDark = window.matchMedia("(prefers-color-scheme: dark)");

function showTheme() {
  const dark = page.dataset.theme ? page.dataset.theme === "dark" : wantsDark.matches;
  theme.setAttribute("aria-pressed", String(dark));
  return dark;
}

theme.addEventListener("click", () => {
  page.dataset.theme = showTheme() ? "light" : "dark";
  showTheme();
});
wantsDark.addEventListener("change", showTheme);
theme.hidden = false;
showTheme();

for (const filters of document.querySelectorAll(".filters")) {
  const rows = [...document.getElementById(filters.dataset.table).tBodies[0].rows];
  const search = filters.querySelector("[data-search]");
  const keys = [...filters.querySelectorAll("[data-key]")];
  const output = filters.querySelector("output");
  const texts = new Map();

  function holds(row, word) {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row).includes(word);
  }

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = keys.filter((key) => key.value);
    let shown = 0;
    for (const row of rows) {
      const matches =
        chosen.every((key) => row.dataset[key.dataset.key].split(" ").includes(key.value)) &&
        words.every((word) => holds(row, word));
      row.hidden = !matches;
      shown += matches;
    }
    output.value = `${shown} of ${rows.length}`;
  }

  filters.addEventListener("input", apply);
  filters.querySelector("[data-clear]").addEventListener("click", () => {
    search.value = "";
    for (const key of keys) key.value = "";
    apply();
    search.focus();
  });
  filters.hidden = false;
}
