// Draws one message of a group: who said it and when, what, and what people and apps hung on it.

import { add, h, icon } from "./dom.js";
import { drawCard, summaryOf } from "./card.js";
import { avatar } from "./people.js";
import { emoji, messageText, picture, post } from "./richtext.js";
import { isBot, person } from "./world.js";
import { clock, day, say } from "./words.js";

const TOGETHER_MS = 5 * 60_000; // messages of one sender within this time share a head

/** One line of what a message says, for the chat list, the banner and quotes. */
export function preview(message) {
  if (message.deleted) return say("recalled", { who: person(message.sender.id).name });
  const content = message.content ?? {};
  if (message.msg_type === "interactive") return summaryOf(content);
  if (message.msg_type === "text") return add(h("span"), messageText(content.text, message.mentions)).textContent;
  if (message.msg_type === "post")
    return add(
      h("span"),
      post(content).map((line) => [line, " "]),
    ).textContent.trim();
  if (message.msg_type === "image") return `[${say("image")}]`;
  return typeof content === "string" ? content : (content.text ?? `[${message.msg_type}]`);
}

/** The list's items for `reconcile`: days between the messages, and the messages. `reader` is {id, click}. */
export function conversation(chat, reader, surroundings) {
  const items = [];
  const byId = new Map(chat.messages.map((message) => [message.message_id, message]));
  let before = null;
  for (const message of chat.messages) {
    const date = day(message.created_at);
    if (!before || day(before.created_at) !== date) {
      items.push({ key: `day ${date}`, signature: date, build: () => h("p.day", {}, h("span", {}, date)) });
      before = null;
    }
    const follows = Boolean(
      before &&
      !before.deleted &&
      before.sender.id === message.sender.id &&
      message.created_at - before.created_at < TOGETHER_MS &&
      !message.parent_id,
    );
    const quoted = message.parent_id ? (byId.get(message.parent_id) ?? null) : undefined;
    const signature = JSON.stringify([message, follows, quoted, surroundings]);
    items.push({ key: message.message_id, signature, build: () => draw(message, chat, reader, follows, quoted) });
    before = message;
  }
  return items;
}

function draw(message, chat, reader, follows, quoted) {
  const sender = message.sender.id;
  const name = person(sender).name;
  if (message.deleted) return h("p.event", {}, say("recalled", { who: name }));
  if (message.msg_type === "system") return h("p.event", {}, preview(message));
  const own = sender === reader.id;
  const isCard = message.msg_type === "interactive";
  return h(
    "article.message",
    {
      class: [own && "own", follows && "follows"].filter(Boolean).join(" "),
      id: message.message_id,
      "aria-label": `${name} ${clock(message.created_at)}`,
    },
    follows ? h("span.avatar-gap") : avatar(sender, 36),
    h(
      "div.said",
      {},
      !follows &&
        h(
          "p.said-head",
          {},
          h("span.sender", {}, name),
          isBot(sender) && h("span.role", { "data-role": "bot" }, say("bot")),
          time(message),
        ),
      quoted !== undefined && quote(quoted),
      isCard
        ? cardOf(message, chat, reader)
        : h("div.bubble", {}, contentOf(message), message.updated_at && h("span.edited", {}, ` ${say("edited")}`)),
      marks(message),
    ),
  );
}

function time(message) {
  return h("time", { datetime: new Date(message.created_at).toISOString() }, clock(message.created_at));
}

function quote(message) {
  const text = message
    ? say("reply_to", { who: person(message.sender.id).name, text: preview(message) })
    : say("gone_message");
  if (!message) return h("p.quote", {}, icon("reply", 13), h("span", {}, text));
  return h(
    "a.quote",
    {
      href: `#${message.chat_id}`,
      onclick: (event) => {
        event.preventDefault();
        reveal(message.message_id);
      },
    },
    icon("reply", 13),
    h("span", {}, text),
  );
}

/** Scroll to a message of the group on show and mark it for a moment. */
export function reveal(messageId) {
  const node = document.getElementById(messageId);
  node?.scrollIntoView({
    block: "center",
    behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
  });
  node?.classList.remove("revealed");
  requestAnimationFrame(() => node?.classList.add("revealed"));
}

function cardOf(message, chat, reader) {
  const people = chat.members.filter((member) => !member.bot).map((member) => member.id);
  return drawCard(message.content ?? {}, {
    id: message.message_id,
    people,
    click: (payload) => reader.click(message, payload),
  });
}

function contentOf(message) {
  const content = message.content ?? {};
  if (message.msg_type === "text") return h("p", {}, messageText(content.text, message.mentions));
  if (message.msg_type === "post") return post(content);
  if (message.msg_type === "image" || message.msg_type === "sticker") return picture();
  return h("p", {}, preview(message));
}

const BUZZ_ICONS = { app: "buzz", sms: "sms", phone: "phone" };

function marks(message) {
  const reactions = new Map();
  for (const { emoji_type: type, operator } of message.reactions ?? []) {
    reactions.set(type, [...(reactions.get(type) ?? []), person(operator.id).name]);
  }
  const drawn = [
    ...message.urgent.map((buzz) =>
      h(
        "li.mark",
        { "data-kind": "buzz" },
        icon(BUZZ_ICONS[buzz.kind] ?? "buzz", 13),
        say(`buzz_${buzz.kind}`),
        " · ",
        buzz.open_ids.map((id) => person(id).name).join(", "),
      ),
    ),
    ...[...reactions].map(([type, names]) => h("li.mark", { title: type }, emoji(type) ?? type, " ", names.join(", "))),
    message.pinned && h("li.mark", {}, icon("pin", 13), say("pinned")),
  ].filter(Boolean);
  return drawn.length > 0 && h("ul.marks", {}, drawn);
}
