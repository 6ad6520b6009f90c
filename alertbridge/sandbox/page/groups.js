// The left column: every group, those with news on top, the disbanded ones apart.

import { h, icon } from "./dom.js";
import { preview } from "./message.js";
import { chatAvatar, reading } from "./people.js";
import { latest, me, person } from "./world.js";
import { localized, say, sayOr, when } from "./words.js";

const SECTIONS = [
  ["groups", (chat) => chat.is_live && !chat.is_direct],
  ["direct", (chat) => chat.is_live && chat.is_direct],
  ["disbanded", (chat) => !chat.is_live],
];

const STATE_COLORS = {
  firing: "red",
  acked: "orange",
  silenced: "grey",
  stale: "yellow",
  resolved: "green",
  closed: "neutral",
  storm: "purple",
  drill: "blue",
};
const SEVERITY_COLORS = { P1: "red", P2: "orange", P3: "yellow", P4: "blue" };

/** A group's name in the reader's language; a direct chat is named after the other side, for an onlooker after both. */
export function nameOf(chat) {
  if (chat.is_direct) {
    const others = chat.members.filter((member) => member.id !== me());
    const sides =
      others.length < chat.members.length ? others : [...others].sort((a, b) => Number(a.bot) - Number(b.bot));
    return sides.map((member) => member.name).join(" · ");
  }
  return localized(chat.i18n_names, chat.name) || chat.name || say("no_subject");
}

/**
 * `reader`: {selected: chat_id, unread: chat => number of messages not seen yet, select(chat_id), messageBot()}.
 */
export function drawGroups(chats, reader) {
  const ordered = [...chats].sort((a, b) => latest(b) - latest(a));
  return [
    chats.length === 0 && h("div.empty", {}, h("h2", {}, say("no_groups")), h("p", {}, say("no_groups_hint"))),
    drawSections(ordered, reader),
    h(
      "button.message-bot",
      { type: "button", "data-key": "message-bot", onclick: reader.messageBot },
      icon("chat", 15),
      say("message_bot"),
    ),
  ];
}

function drawSections(ordered, { selected, unread, select }) {
  return SECTIONS.map(([key, belongs]) => [key, ordered.filter(belongs)])
    .filter(([, some]) => some.length > 0)
    .map(([key, some]) =>
      h(
        "section.group-section",
        { "data-kind": key },
        h("h2", {}, say(key), " ", h("span.count", {}, some.length)),
        h(
          "ul",
          {},
          some.map((chat) => h("li", {}, drawGroup(chat, chat.chat_id === selected, unread(chat), select))),
        ),
      ),
    );
}

function drawGroup(chat, isSelected, news, select) {
  const name = nameOf(chat);
  const { severity, state } = reading(chat.name);
  const title = reading(name).title || name;
  const last = chat.messages.at(-1);
  return h(
    "button.group",
    {
      type: "button",
      "data-key": chat.chat_id,
      "aria-current": isSelected ? "true" : null,
      title: name,
      onclick: () => select(chat.chat_id),
    },
    h("span.face", {}, chatAvatar(chat), news > 0 && h("span.unread", {}, news > 99 ? "99+" : news)),
    h(
      "span.group-lines",
      {},
      h("span.group-line", {}, h("span.group-title", {}, title), h("time", {}, latest(chat) ? when(latest(chat)) : "")),
      h(
        "span.group-line",
        {},
        badges(severity, state),
        h("span.group-preview", {}, last ? `${person(last.sender.id).name}: ${preview(last)}` : chat.description),
      ),
    ),
  );
}

/** The severity and state of a group's name, as badges in the reader's language. */
function badges(severity, state) {
  if (!state) return null;
  const shown = STATE_COLORS[state] ? sayOr(`state_${state}`) : state;
  return [
    h(
      "span.badge",
      { "data-color": SEVERITY_COLORS[severity] ?? "blue" },
      STATE_COLORS[severity] ? sayOr(`state_${severity}`) : severity,
    ),
    h("span.badge", { "data-color": STATE_COLORS[state] ?? "neutral" }, shown),
  ];
}
