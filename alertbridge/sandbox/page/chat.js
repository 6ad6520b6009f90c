// The middle column around the messages: name, tabs, banner above; menu and composer below.

import { h, icon, open, outward } from "./dom.js";
import { summaryOf, templateOf, titleOf } from "./card.js";
import { nameOf } from "./groups.js";
import { openMenu, toast } from "./layers.js";
import { preview, reveal } from "./message.js";
import { avatar, chatAvatar } from "./people.js";
import { person } from "./world.js";
import { localized, say } from "./words.js";

/** `show`: the view to go to, "groups" or "about". */
export function drawHead(chat, show) {
  const people = chat.members.filter((member) => !member.bot).length;
  return [
    h(
      "div.chat-name",
      {},
      h(
        "button.plain.back",
        { type: "button", "aria-label": say("back"), onclick: () => show("groups") },
        icon("back", 20),
      ),
      chatAvatar(chat, 36),
      h(
        "div.chat-title",
        {},
        h("h1", { title: nameOf(chat) }, nameOf(chat)),
        h(
          "p",
          {},
          h("span", {}, say("member_count", { n: people })),
          chat.description && h("span.chat-description", { title: chat.description }, chat.description),
        ),
      ),
      h(
        "button.plain",
        { type: "button", title: say("share"), "aria-label": say("share"), onclick: () => share(chat) },
        icon("share", 18),
      ),
      h(
        "button.plain.about-switch",
        {
          type: "button",
          title: say("details"),
          "aria-label": say("details"),
          "data-key": "about",
          onclick: () => show("about"),
        },
        icon("info", 19),
      ),
    ),
    drawTabs(chat),
  ];
}

async function share(chat) {
  const address = new URL(`#${chat.chat_id}`, location.href).href;
  try {
    await navigator.clipboard.writeText(address);
    toast("success", say("shared"));
  } catch {
    toast("warning", say("share_failed"));
  }
}

function drawTabs(chat) {
  const links = chat.tabs.filter((tab) => tab.tab_type === "url" || tab.tab_type === "doc");
  return h(
    "nav.tabs",
    { "aria-label": say("tabs") },
    h("span.tab", { "aria-current": "true" }, say("tab_message")),
    links.map((tab) =>
      outward(tab.tab_content?.url ?? tab.tab_content?.doc, { class: "tab" }, tab.tab_name, icon("link", 12)),
    ),
  );
}

/** The banner on top of the messages, or null: what it holds stays readable although the card is far up. */
export function drawNotice(chat, showAnnouncement) {
  if (!chat.top_notice) return null;
  const message = chat.messages.find((one) => one.message_id === chat.top_notice.message_id);
  if (!message) return banner("default", say("announcement"), say("to_message"), showAnnouncement);
  const card = message.msg_type === "interactive" ? message.content : null;
  return banner(
    card ? templateOf(card) : "default",
    card ? titleOf(card) : person(message.sender.id).name,
    card ? summaryOf(card) : preview(message),
    () => reveal(message.message_id),
  );
}

function banner(color, title, summary, onclick) {
  return h(
    "button.notice",
    { type: "button", "data-color": color, "data-key": "notice", onclick },
    icon("pin", 16),
    h("span.visually-hidden", {}, say("top_notice")),
    h("span.notice-lines", {}, h("strong", {}, title), h("span", {}, summary)),
    icon("down", 14),
  );
}

/**
 * Menu and composer. `reader`: {id, mentions: whether the bot is mentioned, toggleMentions() => bool, write(text) => Promise<bool>,
 * join()}; `draft` keeps what is typed per chat.
 */
export function drawFoot(chat, reader, draft) {
  if (!chat.is_live) return h("p.closed", {}, say("is_disbanded"));
  return [chat.menu.length > 0 && drawMenu(chat), drawComposer(chat, reader, draft)];
}

const linkOf = (item) => item.redirect_link?.pc_url || item.redirect_link?.web_url || item.redirect_link?.common_url;

const labelOf = (item) => localized(item.i18n_names, item.name);

function drawMenu(chat) {
  return h(
    "nav.chat-menu",
    { "aria-label": say("menu") },
    chat.menu.map((item) => {
      if (item.children.length === 0)
        return h("button.menu-top", { type: "button", onclick: () => open(linkOf(item)) }, labelOf(item));
      const entries = item.children.map((child) => ({
        label: labelOf(child),
        note: icon("link", 13),
        choose: () => open(linkOf(child)),
      }));
      return h(
        "button.menu-top",
        {
          type: "button",
          "data-key": `menu-${item.name}`,
          "aria-haspopup": "menu",
          "aria-expanded": "false",
          onclick: (event) => openMenu(event.currentTarget, entries),
        },
        h("span.bars", { "aria-hidden": "true" }),
        labelOf(item),
      );
    }),
  );
}

function maySpeak({ moderation, members }, id) {
  const { role } = members.find((member) => member.id === id);
  if (moderation.setting === "moderator_list") return role === "owner" || moderation.moderators.includes(id);
  return moderation.setting !== "only_owner" || role !== null;
}

function drawComposer(chat, reader, draft) {
  const me = person(reader.id);
  if (!chat.members.some((member) => member.id === reader.id)) {
    return h(
      "div.composer.outside",
      {},
      h("p", {}, say("not_member", { who: me.name })),
      !chat.is_direct &&
        h(
          "button.button",
          { type: "button", "data-type": "default", "data-key": "join", onclick: reader.join },
          say("join", { who: me.name }),
        ),
    );
  }
  if (!maySpeak(chat, reader.id)) return h("div.composer.outside", {}, h("p", {}, say("is_muted", { who: me.name })));
  const hasBot = !chat.is_direct && chat.members.some((member) => member.bot);
  const input = h("textarea.composer-text", {
    rows: 1,
    placeholder: say("write", { who: me.name }),
    "aria-label": say("write", { who: me.name }),
    "data-key": "composer",
    enterkeyhint: "send",
    oninput: () => draft.set(chat.chat_id, input.value),
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    },
  });
  input.value = draft.get(chat.chat_id) ?? "";
  const submit = async () => {
    const text = input.value.trim();
    if (text === "") return;
    draft.delete(chat.chat_id);
    input.value = "";
    if (!(await reader.write(text))) {
      draft.set(chat.chat_id, text);
      input.value = text;
    }
  };
  const toggle = h(
    "button.chip",
    {
      type: "button",
      "aria-pressed": String(reader.mentions),
      title: say("mention_bot_hint"),
      "data-key": "mention",
      onclick: () => {
        toggle.setAttribute("aria-pressed", String(reader.toggleMentions()));
        input.focus();
      },
    },
    say("mention_bot"),
  );
  return h(
    "div.composer",
    {},
    avatar(reader.id, 28),
    hasBot && toggle,
    input,
    h("button.send", { type: "button", "aria-label": say("send"), onclick: submit }, icon("send", 18)),
  );
}
