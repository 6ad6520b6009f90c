// What lies over the page: menus to choose from, questions to confirm, toasts.

import { add, h, icon } from "./dom.js";
import { say, wordsOf } from "./words.js";

/**
 * Open a menu at `anchor`. `items` are {label, choose, icon?, lead?, note?, chosen?}; one is chosen by click or Enter,
 * arrows move, Escape and a click elsewhere close. `role` is "menu" for actions, "listbox" for a value.
 */
export function openMenu(anchor, items, { role = "menu", label } = {}) {
  const menu = h("div.menu", { role, popover: "auto", "aria-label": label ?? anchor.textContent });
  const entry = role === "listbox" ? "option" : "menuitem";
  for (const item of items) {
    const choose = () => {
      menu.hidePopover();
      item.choose();
    };
    menu.append(
      h(
        "button.menu-item",
        {
          type: "button",
          role: entry,
          tabindex: "-1",
          onclick: choose,
          "aria-selected": role === "listbox" ? String(item.chosen === true) : null,
        },
        item.lead,
        h("span.menu-label", {}, item.label),
        item.note && h("span.menu-note", {}, item.note),
        item.chosen && icon("tick", 14),
      ),
    );
  }
  if (items.length === 0) menu.append(h("p.menu-empty", {}, say("none")));
  menu.addEventListener("keydown", (event) => moveFocus(event, [...menu.querySelectorAll("button")]));
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "open") return;
    anchor.setAttribute("aria-expanded", "false");
    menu.remove();
  });
  document.body.append(menu);
  menu.showPopover();
  place(menu, anchor.getBoundingClientRect());
  anchor.setAttribute("aria-expanded", "true");
  (menu.querySelector("[aria-selected=true]") ?? menu.querySelector("button"))?.focus({ preventScroll: true });
}

function moveFocus(event, entries) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const to =
    { Home: 0, End: entries.length - 1 }[event.key] ?? (step ? entries.indexOf(document.activeElement) + step : null);
  if (to === null || entries.length === 0) return;
  event.preventDefault();
  entries.at(to % entries.length).focus();
}

/** Below the anchor if there is room, else above; never over an edge of the window. */
function place(menu, anchor) {
  const gap = 6;
  menu.style.minWidth = `${Math.min(anchor.width, 320)}px`;
  const { width, height } = menu.getBoundingClientRect();
  const below = innerHeight - anchor.bottom - gap;
  const top =
    height <= below - gap || below > anchor.top
      ? anchor.bottom + gap
      : anchor.top - gap - Math.min(height, anchor.top - 2 * gap);
  menu.style.top = `${Math.max(gap, top)}px`;
  menu.style.left = `${Math.max(gap, Math.min(anchor.left, innerWidth - width - gap))}px`;
  menu.style.maxHeight = `${top > anchor.top ? innerHeight - top - gap : anchor.top - 2 * gap}px`;
}

/** Ask with a `confirm` object of a card ({title, text}); true when confirmed. */
export function ask(confirm) {
  return dialog(wordsOf(confirm.title), [confirm.text && h("p", {}, wordsOf(confirm.text))], (answer) => [
    h("button.button", { type: "button", "data-type": "default", onclick: () => answer(false) }, say("cancel")),
    h(
      "button.button",
      { type: "button", "data-type": "primary_filled", autofocus: true, onclick: () => answer(true) },
      say("confirm"),
    ),
  ]);
}

/** Ask for a line of text, starting from `text`; null when cancelled. */
export async function askText(title, text) {
  const input = h("input.field", { type: "text", value: text, "aria-label": title, autofocus: true });
  const confirmed = await dialog(title, [input], (answer) => {
    input.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && answer(true));
    return [
      h("button.button", { type: "button", "data-type": "default", onclick: () => answer(false) }, say("cancel")),
      h(
        "button.button",
        { type: "button", "data-type": "primary_filled", onclick: () => answer(true) },
        say("confirm"),
      ),
    ];
  });
  return confirmed ? input.value : null;
}

/** Show `content` under `title` until it is closed. */
export function showPanel(title, content) {
  return dialog(
    title,
    content,
    (answer) => [
      h(
        "button.button",
        { type: "button", "data-type": "default", autofocus: true, onclick: () => answer(false) },
        say("close"),
      ),
    ],
    "wide",
  );
}

function dialog(title, content, buttons, kind = "") {
  return new Promise((resolve) => {
    const box = h("dialog.dialog", { "aria-labelledby": "dialog-title", class: kind });
    const answer = (value) => {
      box.close();
      resolve(value);
    };
    add(box, [
      h("h2", { id: "dialog-title" }, title),
      h("div.dialog-body", {}, content),
      h("div.dialog-buttons", {}, buttons(answer)),
    ]);
    box.addEventListener("cancel", () => resolve(false));
    box.addEventListener("click", (event) => event.target === box && answer(false));
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  });
}

const MARKS = { success: "tick", error: "cross", warning: "warn", info: "info" };

/** Show a toast; `kind` is Feishu's: info, success, warning, error. It stays while it is read: 4 s, longer for errors. */
export function toast(kind, text) {
  const known = kind in MARKS ? kind : "info";
  const note = h("p.toast", { "data-kind": known }, icon(MARKS[known], 18), h("span", {}, text));
  const slot = document.getElementById("toasts");
  slot.append(note);
  while (slot.childElementCount > 3) slot.firstElementChild.remove();
  setTimeout(() => note.remove(), known === "error" ? 7000 : 4000);
}
