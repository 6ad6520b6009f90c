// Builds nodes. Strings only ever become text nodes and attributes: nothing here, or above it, writes markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * h("button.primary", {type: "button", onclick: f}, "text", node): functions listen, `style` holds custom properties and
 * styles by name, true is an empty attribute; null, undefined and false are left out, among the children as well.
 */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  add(node, children);
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") node.addEventListener(name.slice(2), value);
  else if (name === "style") for (const [key, entry] of Object.entries(value)) node.style.setProperty(key, entry);
  else if (name === "class") node.classList.add(...value.split(" ").filter(Boolean));
  else if (name === "href") node.setAttribute("href", value.startsWith("#") ? value : (safeUrl(value) ?? "#"));
  else node.setAttribute(name, value === true ? "" : value);
}

export function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** The address if a browser may follow it: absolute http or https; else null. */
export function safeUrl(text) {
  try {
    const url = new URL(String(text ?? "").trim());
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that leaves the page; an address nobody may follow is shown as plain text. */
export function outward(url, props, ...children) {
  const href = safeUrl(url);
  if (href === null) return h("span", { class: props?.class, title: String(url ?? "") }, ...children);
  return h("a", { ...props, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

export function open(url) {
  const href = safeUrl(url);
  if (href !== null) window.open(href, "_blank", "noopener,noreferrer");
}

const STROKES = {
  share:
    "M15 6.5 8.5 10M15 17.5 8.5 14M18 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6M6 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6M18 22a3 3 0 1 0 0-6 3 3 0 0 0 0 6",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5M12 8v.01",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  pin: "M9 3h6l-1 7 4 4H6l4-4zM12 14v7",
  send: "M4 12 20 4l-4 16-4-7zM12 13l8-9",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  phone: "M6 3h3l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3",
  sms: "M4 5h16v11H10l-5 4v-4H4z",
  buzz: "M13 2 5 13h6l-1 9 9-12h-6z",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4",
  tick: "M5 12.5 10 17.5 19.5 7",
  cross: "M7 7l10 10M17 7 7 17",
  warn: "M12 4 2.5 20h19zM12 10v4M12 17v.01",
  storm: "M7 15a4 4 0 0 1 .5-8 5.5 5.5 0 0 1 10.5 1.5A3.5 3.5 0 0 1 17.5 15M12 12l-2.5 4.5h4L11 21",
  reply: "M10 7 4 12l6 5v-3.5c5 0 8 1.5 10 4.5-.5-5-4-8.5-10-8.5z",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.5v.01",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
};

export function icon(name, size = 16) {
  const svg = document.createElementNS(SVG, "svg");
  const shape = { class: "icon", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" };
  for (const [key, value] of Object.entries(shape)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", STROKES[name]);
  svg.append(path);
  return svg;
}

const drawn = new WeakMap();

/** Fill `slot` anew when `signature` changed; the focus stays on the node with the same data-key. */
export function fill(slot, signature, build) {
  if (drawn.get(slot) === signature) return;
  drawn.set(slot, signature);
  keepingFocus(slot, () => slot.replaceChildren(...[build()].flat(Infinity).filter(Boolean)));
}

/** Make `list` show `items` ({key, signature, build}) in order, building only those that are new or changed. */
export function reconcile(list, items) {
  const old = new Map([...list.children].map((node) => [node.dataset.item, node]));
  keepingFocus(list, () => {
    items.forEach((item, index) => {
      let node = old.get(item.key);
      old.delete(item.key);
      if (!node || drawn.get(node) !== item.signature) {
        const fresh = item.build();
        fresh.dataset.item = item.key;
        drawn.set(fresh, item.signature);
        if (node) {
          node.replaceWith(fresh);
          fresh.classList.add("changed");
        }
        node = fresh;
      }
      if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
    });
    for (const gone of old.values()) gone.remove();
  });
}

function keepingFocus(slot, change) {
  const focused = slot.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.dataset.key;
  const caret = key && "selectionStart" in focused ? [focused.selectionStart, focused.selectionEnd] : null;
  change();
  if (!key || focused.isConnected) return;
  const heir = slot.querySelector(`[data-key="${CSS.escape(key)}"]`);
  heir?.focus({ preventScroll: true });
  if (caret?.[0] != null && heir?.setSelectionRange) heir.setSelectionRange(...caret);
}
