// Reads the markup of cards and messages into nodes. An entity or an escape only ever yields text, so nothing that was
// written as `&#60;` can become markup again.

import { h, outward, icon } from "./dom.js";
import { me, person } from "./world.js";
import { datetime, localized, say } from "./words.js";

const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", sim: "~" }; // `&sim;` is how cards escape `~`

const EMOJI = {
  OK: "👌",
  DONE: "✅",
  THUMBSUP: "👍",
  FIRE: "🔥",
  GET: "🫡",
  CHECKMARK: "✅",
  CROSSMARK: "❌",
  HEART: "❤️",
  THANKS: "🙏",
  APPLAUSE: "👏",
  SMILE: "🙂",
  EYES: "👀",
  MUSCLE: "💪",
  PARTY: "🎉",
  ALARM: "⏰",
  PIN: "📌",
  ERROR: "❗",
};

/** The picture of an emoji type (`OK`, `CheckMark`), or null for one without. */
export const emoji = (type) => EMOJI[String(type).toUpperCase()] ?? null;

/** `@name`, marked when it is the reader; everybody for `all`. */
export function mention(id, name) {
  const label = id === "all" ? name || "all" : name || person(id).name;
  return h(
    "span.at",
    { "data-reader": id === "all" || id === me(), "data-unknown": id !== "all" && person(id).unknown === true },
    `@${label}`,
  );
}

const attributes = (source) => {
  const found = {};
  for (const [, name, quoted, double, bare] of source.matchAll(/(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s>]*))/g)) {
    found[name] = quoted ?? double ?? bare;
  }
  return found;
};

const many = (ids, draw) => ids.split(",").map((id) => draw(id.trim()));

// Each rule: a sticky pattern and what its match becomes. `again` reads the inside by the same rules.
const entity = [
  /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,8}));/y,
  ([whole, decimal, hex, name]) => {
    if (name) return NAMED[name] ?? whole;
    const point = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  },
];
const lineBreak = [/<br\s*\/?>/y, () => h("br")];
const at = [
  /<at\s+([^>]*)>([^<]*)<\/at>/y,
  ([, source, name]) => {
    const { id, ids, email, user_id: user } = attributes(source);
    if (email) return h("span.at", {}, `@${email}`);
    return many(ids ?? id ?? user ?? "", (one) => mention(one, name));
  },
];
const link = [/\[([^\]\n]*)\]\(([^)\s]*)\)/y, ([, text, url], again) => outward(url, {}, again(text))];
const address = [/https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef]*[\w/#=&%~+-]/y, ([url]) => outward(url, {}, url)];
const styles = [/<(b|i|u|s)>([^]*?)<\/\1>/y, ([, tag, inner], again) => h(tag, {}, again(inner))];

const CARD = [
  entity,
  [/\\([!-/:-@[-`{-~])/y, ([, character]) => character],
  lineBreak,
  at,
  [
    /<local_datetime\s+([^>]*)>[^<]*<\/local_datetime>/y,
    ([, source]) => {
      const { millisecond, format_type: kind } = attributes(source);
      const date = new Date(Number(millisecond));
      if (Number.isNaN(date.getTime())) return h("time", {}, millisecond);
      return h(
        "time",
        { datetime: date.toISOString(), title: date.toLocaleString() },
        datetime(Number(millisecond), kind),
      );
    },
  ],
  [
    /<person\s+([^>]*)>[^<]*<\/person>/y,
    ([, source]) => {
      const { id } = attributes(source);
      return h("span.person", {}, person(id).name);
    },
  ],
  [
    /<font\s+([^>]*)>([^]*?)<\/font>/y,
    ([, source, inner], again) => h("span.font", { "data-color": attributes(source).color }, again(inner)),
  ],
  [
    /<text_tag\s*([^>]*)>([^]*?)<\/text_tag>/y,
    ([, source, inner], again) => h("span.tag", { "data-color": attributes(source).color ?? "neutral" }, again(inner)),
  ],
  [
    /<a\s+([^>]*)>([^]*?)<\/a>/y,
    ([, source, inner], again) => outward(attributes(source).href, {}, again(inner) || attributes(source).href),
  ],
  [/<link\s+([^>]*)>([^]*?)<\/link>/y, ([, source, inner], again) => outward(attributes(source).url, {}, again(inner))],
  [/<number_tag\s*[^>]*>([^<]*)<\/number_tag>/y, ([, number]) => h("span.number", {}, number)],
  [/<raw>([^]*?)<\/raw>/y, ([, inner]) => inner],
  [/`([^`\n]+)`/y, ([, code]) => h("code", {}, code)],
  [/!\[([^\]\n]*)\]\(([^)\s]*)\)/y, ([, alt]) => picture(alt)],
  link,
  [/\*\*(?=\S)([^]*?\S)\*\*/y, ([, inner], again) => h("strong", {}, again(inner))],
  [/~~(?=\S)([^]*?\S)~~/y, ([, inner], again) => h("del", {}, again(inner))],
  [/\*(?=[^\s*])([^*\n]*[^\s*])\*/y, ([, inner], again) => h("em", {}, again(inner))],
  [/(?<![\p{L}\p{N}])__(?=\S)([^]*?\S)__(?![\p{L}\p{N}])/uy, ([, inner], again) => h("strong", {}, again(inner))],
  [/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*[^\s_])_(?![\p{L}\p{N}_])/uy, ([, inner], again) => h("em", {}, again(inner))],
  [/:([A-Z][A-Za-z0-9_]+):/y, ([whole, type]) => emoji(type) ?? whole],
  address,
];

const TEXT = [at, styles, link, address];

/** Read one line of `source` by `rules`. */
function inline(source, rules) {
  const nodes = [];
  let plain = "";
  let position = 0;
  const again = (inner) => inline(inner, rules);
  next: while (position < source.length) {
    for (const [pattern, become] of rules) {
      pattern.lastIndex = position;
      const match = pattern.exec(source);
      if (match === null) continue;
      position += match[0].length;
      const made = become(match, again);
      if (typeof made === "string") plain += made;
      else {
        if (plain) nodes.push(plain);
        plain = "";
        nodes.push(made);
      }
      continue next;
    }
    plain += source[position];
    position += 1;
  }
  if (plain) nodes.push(plain);
  return nodes.flat(Infinity);
}

/** A picture that the sandbox holds no bytes for: its place and its words. */
export function picture(alt) {
  return h("span.picture", { role: "img", "aria-label": alt || say("image") }, icon("image", 20), alt || say("image"));
}

const BLOCKS = [
  [
    /^```.*$/,
    (lines) => {
      const end = lines.findIndex((line, at) => at > 0 && line.startsWith("```"));
      const last = end === -1 ? lines.length : end;
      return [last + 1, h("pre", {}, h("code", {}, lines.slice(1, last).join("\n")))];
    },
  ],
  [
    /^(#{1,6})\s+(.+)$/,
    (lines, [, marks, text]) => [1, h("p.heading", { "data-level": marks.length }, inline(text, CARD))],
  ],
  [/^ ?(?:-{3,}|\*{3,}|_{3,})\s*$/, () => [1, h("hr")]],
  [
    /^>/,
    (lines, _, depth) => {
      if (depth === DEEPEST) return null;
      const quoted = takeWhile(lines, (line) => line.startsWith(">"));
      return [
        quoted.length,
        h("blockquote", {}, markdown(quoted.map((line) => line.replace(/^>\s?/, "")).join("\n"), depth + 1)),
      ];
    },
  ],
  [
    /^\s*(?:[-*+]|\d{1,3}[.)])\s+\S/,
    (lines, match) => {
      const ordered = /\d/.test(match[0]);
      const rows = takeWhile(lines, (line) => (ordered ? /^\s*\d{1,3}[.)]\s+\S/ : /^\s*[-*+]\s+\S/).test(line));
      return [
        rows.length,
        h(
          ordered ? "ol" : "ul",
          { start: ordered ? Number.parseInt(match[0], 10) : null },
          rows.map((row) => {
            const [, indent, text] = row.match(/^(\s*)(?:[-*+]|\d{1,3}[.)])\s+(.*)$/);
            return h("li", { style: { "--depth": Math.min(4, Math.floor(indent.length / 2)) } }, inline(text, CARD));
          }),
        ),
      ];
    },
  ],
  [
    /^\|.+\|\s*$/,
    (lines) => {
      if (!/^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(lines[1] ?? "")) return null;
      const rows = takeWhile(lines, (line) => /^\|.+\|\s*$/.test(line)).map((line) =>
        line.trim().slice(1, -1).split("|"),
      );
      const row = (cells, tag) =>
        h(
          "tr",
          {},
          cells.map((cell) => h(tag, {}, inline(cell.trim(), CARD))),
        );
      return [
        rows.length,
        h(
          "table",
          {},
          h("thead", {}, row(rows[0], "th")),
          h(
            "tbody",
            {},
            rows.slice(2).map((cells) => row(cells, "td")),
          ),
        ),
      ];
    },
  ],
];

function takeWhile(lines, test) {
  const end = lines.findIndex((line) => !test(line));
  return end === -1 ? lines : lines.slice(0, end);
}

const DEEPEST = 8; // quotes within quotes; deeper ones are text

/** The markdown of cards, as a list of blocks. */
export function markdown(source, depth = 0) {
  const blocks = [];
  let paragraph = [];
  const close = () => {
    if (paragraph.length) blocks.push(h("p", {}, inline(paragraph.join("<br>"), CARD)));
    paragraph = [];
  };
  let lines = String(source ?? "")
    .replaceAll("\r\n", "\n")
    .split("\n");
  while (lines.length) {
    const [line] = lines;
    const found = firstBlock(lines, depth);
    if (found) {
      close();
      blocks.push(found[1]);
      lines = lines.slice(found[0]);
      continue;
    }
    if (line.trim() === "") close();
    else paragraph.push(line);
    lines = lines.slice(1);
  }
  close();
  return blocks;
}

function firstBlock(lines, depth) {
  for (const [pattern, read] of BLOCKS) {
    const match = lines[0].match(pattern);
    const block = match && read(lines, match, depth);
    if (block) return block;
  }
  return null;
}

/** `lark_md` of a card: one paragraph of the same markup. */
export const larkMarkdown = (source) => inline(String(source ?? ""), CARD);

/** The text of a text message: mentions by key (`@_user_1`) or tag, links, four styles; line breaks stay. */
export function messageText(source, mentions = []) {
  const byKey = new Map(mentions.map((one) => [one.key, one]));
  const keys = [
    /@_user_\d+|@_all/y,
    ([key]) => {
      const found = byKey.get(key);
      return found ? mention(idIn(found.id), found.name) : key === "@_all" ? mention("all") : key;
    },
  ];
  return inline(String(source ?? ""), [keys, ...TEXT]);
}

const idIn = (id) => (id && typeof id === "object" ? id.open_id : id);

/** A post, as paragraphs: of its bodies the reader's, else the first. One that was read back is a bare body. */
export function post(content) {
  const body = Array.isArray(content.content) ? content : (localized(content, Object.values(content)[0]) ?? {});
  const paragraphs = (body.content ?? []).map((line) => h("p", {}, [line].flat().map(postNode)));
  return body.title ? [h("p.post-title", {}, body.title), ...paragraphs] : paragraphs;
}

function postNode(node) {
  const draw = {
    text: () => styled(node.text, node.style),
    a: () => outward(node.href, {}, node.text ?? node.href),
    at: () => mention(node.user_id, node.user_name),
    emotion: () => emoji(node.emoji_type) ?? `[${node.emoji_type}]`,
    img: () => picture(),
    media: () => picture(),
    hr: () => h("hr"),
    code_block: () => h("pre", {}, h("code", {}, node.text)),
    md: () => markdown(node.text),
  }[node.tag];
  return draw ? draw() : (node.text ?? "");
}

function styled(text, style = []) {
  const tags = { bold: "strong", italic: "em", underline: "u", lineThrough: "del" };
  return style.reduce((inner, name) => (tags[name] ? h(tags[name], {}, inner) : inner), text ?? "");
}
