// Faces: a person's initials or a bot's mark on a colour of their own, a group's severity or state on its colour.

import { h, icon } from "./dom.js";
import { isBot, me, person } from "./world.js";

const HUES = 8;

/** Chinese names show their last two characters, others the first letter, as clients do. */
function initials(name) {
  const chinese = name.match(/\p{Script=Han}/gu);
  return chinese ? chinese.slice(-2).join("") : (name.match(/[\p{L}\p{N}]/u)?.[0] ?? "?").toUpperCase();
}

function hue(text) {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % HUES;
}

export function avatar(id, size = 36) {
  const name = person(id).name;
  return h(
    "span.avatar",
    { "aria-hidden": "true", "data-hue": isBot(id) ? "bot" : hue(String(id)), style: { "--size": `${size}px` } },
    isBot(id) ? icon("bell", size * 0.55) : initials(name),
  );
}

const MARKS = {
  resolved: ["green", "tick"],
  closed: ["neutral", "tick"],
  silenced: ["grey", "bell"],
  storm: ["purple", "storm"],
};
const BY_SEVERITY = { P1: "red", P2: "orange", P3: "yellow", P4: "blue" };

/** What a group's name says about it: severity, state and the rest; both null for a name that is none of ours. */
export function reading(name) {
  const match = name.match(/^\[(P[1-4]|[^\][]{1,8})\]\[([^\][]{1,12})\]\s*(.*)$/u);
  return match
    ? { severity: match[1], state: match[2], title: match[3] }
    : { severity: null, state: null, title: name };
}

/** Whose face a direct chat shows: the other side's, to an onlooker the person's. */
function partner(chat) {
  const others = chat.members.filter((member) => member.id !== me());
  return (others.length < chat.members.length ? others[0] : others.find((member) => !member.bot))?.id;
}

export function chatAvatar(chat, size = 44) {
  const { severity, state } = reading(chat.name);
  const style = { "--size": `${size}px` };
  if (chat.avatar_url) return h("img.avatar", { src: new URL(chat.avatar_url, location.href).pathname, alt: "", style });
  if (chat.is_direct) return avatar(partner(chat), size);
  const [color, mark] = MARKS[state] ?? [BY_SEVERITY[severity], null];
  if (color)
    return h(
      "span.avatar",
      { "aria-hidden": "true", "data-color": color, style },
      mark ? icon(mark, size * 0.55) : severity.slice(1),
    );
  return h(
    "span.avatar",
    { "aria-hidden": "true", "data-hue": hue(chat.chat_id), style },
    chat.name ? initials(chat.name) : icon("chat", size * 0.5),
  );
}
