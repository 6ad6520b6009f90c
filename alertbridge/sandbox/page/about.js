// The right column: who is in the group, what it announces, how it is set up, and what people can do to it by hand.

import { h, icon, outward } from "./dom.js";
import { avatar } from "./people.js";
import { mention } from "./richtext.js";
import { person } from "./world.js";
import { say, sayOr } from "./words.js";

const SETTINGS = [
  "chat_type",
  "edit_permission",
  "add_member_permission",
  "share_card_permission",
  "at_all_permission",
  "urgent_setting",
  "membership_approval",
  "join_message_visibility",
  "leave_message_visibility",
];

/** `reader`: {id, act(action, extra), show(view)}; `acts`: the actions by hand that apply, as [label, action, run]. */
export function drawAbout(chat, reader, acts) {
  return [
    h(
      "header.about-head",
      {},
      h("h2", {}, say("details")),
      h(
        "button.plain",
        { type: "button", "aria-label": say("close"), "data-key": "about-close", onclick: () => reader.show("chat") },
        icon("close", 18),
      ),
    ),
    section("announcement", h("div.announcement", {}, drawAnnouncement(chat.announcement))),
    section(
      "members",
      h(
        "ul.members",
        {},
        chat.members.map((member) => drawMember(member, reader.id)),
      ),
      chat.members.length,
    ),
    section("description", h("p.about-text", {}, chat.description || say("none"))),
    section("settings", h("dl.settings", {}, drawSettings(chat))),
    chat.is_live &&
      !chat.is_direct &&
      section("by_hand", [
        h("p.hint", {}, say("by_hand_hint")),
        h(
          "div.by-hand",
          {},
          acts.map(([label, run]) =>
            h(
              "button.button",
              {
                type: "button",
                "data-type": "default",
                "data-size": "small",
                "data-key": `act-${label}`,
                onclick: run,
              },
              label,
            ),
          ),
        ),
      ]),
  ];
}

function section(key, content, count) {
  return h(
    "section.about-section",
    { "data-kind": key },
    h("h3", {}, say(key), count !== undefined && h("span.count", {}, count)),
    content,
  );
}

function drawMember({ id, name, role, bot }, reader) {
  return h(
    "li.member",
    {},
    avatar(id, 32),
    h("span.member-name", {}, name, h("small", {}, person(id).email ?? "")),
    bot && h("span.role", { "data-role": "bot" }, say("bot")),
    role && h("span.role", { "data-role": role }, say(role)),
    id === reader && h("span.role", { "data-role": "you" }, say("you")),
  );
}

function drawSettings({ chat_id: id, settings, moderation: { setting, moderators } }) {
  const speakers = setting === "moderator_list" && `: ${moderators.map((one) => person(one).name).join(", ")}`;
  const rows = [
    ["moderation", [sayOr(setting), speakers]],
    ...SETTINGS.filter((key) => key in settings).map((key) => [key, sayOr(settings[key])]),
    ["chat_id", h("code", {}, id)],
  ];
  return rows.map(([key, value]) => [h("dt", {}, say(key)), h("dd", {}, value)]);
}

// Announcements: docx blocks, or the paragraphs of an old document

const KINDS = {
  2: ["text", "p"],
  3: ["heading1", "h4"],
  4: ["heading2", "h4"],
  5: ["heading3", "h5"],
  12: ["bullet", "li"],
  13: ["ordered", "li"],
  15: ["quote", "blockquote"],
};

function drawAnnouncement(announcement) {
  const nodes = announcement?.kind === "docx" ? docx(announcement) : announcement ? doc(announcement) : [];
  return nodes.some((node) => node.textContent.trim() !== "") ? nodes : h("p.hint", {}, say("announcement_none"));
}

const doc = ({ title, lines }) =>
  [title && h("h4", {}, title), ...lines.map((text) => h("p", {}, text))].filter(Boolean);

function docx({ blocks }) {
  const byId = new Map(blocks.map((block) => [block.block_id, block]));
  return childrenOf(
    blocks.find((block) => block.block_type === 1),
    byId,
  );
}

const childrenOf = (block, byId) => (block.children ?? []).map((id) => drawBlock(byId.get(id), byId));

function drawBlock(block, byId) {
  if (block.block_type === 22) return h("hr");
  if (block.block_type === 19 || block.block_type === 34)
    return h(block.block_type === 19 ? "div.callout" : "blockquote", {}, childrenOf(block, byId));
  const kind = KINDS[block.block_type];
  if (!kind) return h("p.card-unknown", {}, say("unknown_part", { tag: `block ${block.block_type}` }));
  const [member, tag] = kind;
  const ordered = tag === "li" ? { class: member } : {};
  return h(tag, ordered, (block[member]?.elements ?? []).map(drawElement), childrenOf(block, byId));
}

const TEXT_COLORS = { 1: "red", 2: "orange", 3: "yellow", 4: "green", 5: "blue", 6: "purple", 7: "grey" };

function drawElement({ text_run: run, mention_user: mentioned }) {
  if (mentioned) return mention(mentioned.user_id);
  if (!run) return null;
  const style = run.text_element_style ?? {};
  const text = style.inline_code ? h("code", {}, run.content) : run.content;
  const weighted = style.bold ? h("strong", {}, text) : text;
  const tilted = style.italic ? h("em", {}, weighted) : weighted;
  const struck = style.strikethrough ? h("del", {}, tilted) : tilted;
  const color = TEXT_COLORS[style.text_color];
  if (style.link?.url) return outward(decoded(style.link.url), {}, struck);
  return color ? h("span.font", { "data-color": color }, struck) : struck;
}

/** Links in documents are percent-encoded as a whole; one that is not is taken as it is. */
function decoded(url) {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}
