// Holds what the reader chose (language, person, group), listens for changes and draws every column anew from the state.

import { drawAbout } from "./about.js";
import { drawFoot, drawHead, drawNotice } from "./chat.js";
import { fill, h, icon, reconcile } from "./dom.js";
import { drawGroups, nameOf } from "./groups.js";
import { ask, askText, openMenu, toast } from "./layers.js";
import { conversation } from "./message.js";
import { avatar } from "./people.js";
import { drawStrip } from "./strip.js";
import { become, current, latest, me, person, post, refresh } from "./world.js";
import { LANGUAGES, language, localized, say, sayOr, setLanguage } from "./words.js";

const REFRESH_MS = 200;
const AGAIN_MS = 2000;
const PHONE = matchMedia("(max-width: 759px)");

const slot = (id) => document.getElementById(id);
const draft = new Map();
const seen = new Map();
const on = { live: true, mentions: true, shown: null };

// Drawing

function draw() {
  const world = current();
  const chat = selected();
  if (person(me()).unknown) become(world.people[0]?.open_id);
  if (chat && (!PHONE.matches || document.body.dataset.view !== "groups")) seen.set(chat.chat_id, latest(chat));
  const common = [language(), me()];
  slot("latest").setAttribute("aria-label", say("new_messages"));
  const brief = world.chats.map((one) => [
    one.chat_id,
    one.name,
    one.i18n_names,
    one.status,
    one.description,
    one.messages.at(-1),
    latest(one),
    unread(one),
  ]);
  fill(slot("top"), JSON.stringify([common, on.live, world.people]), drawTop);
  fill(slot("groups"), JSON.stringify([common, brief, chat?.chat_id]), () =>
    drawGroups(world.chats, { selected: chat?.chat_id, unread, select, messageBot }),
  );
  slot("groups").setAttribute("aria-label", say("groups"));
  fill(slot("strip"), JSON.stringify([common, world.operations, world.refused, world.events]), () => drawStrip(world));
  drawChat(chat, common);
  document.title = `${chat ? nameOf(chat) : say("brand")} · ${say("brand_note")}`;
}

function drawChat(chat, common) {
  slot("chat").hidden = slot("about").hidden = !chat;
  if (!chat) return;
  const { messages, ...outside } = chat;
  const signature = JSON.stringify([common, outside]);
  const list = slot("messages");
  const moved = on.shown !== chat.chat_id;
  const atEnd = moved || list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  fill(slot("chat-head"), signature, () => drawHead(chat, show));
  fill(
    slot("notice"),
    JSON.stringify([signature, messages.find((one) => one.message_id === chat.top_notice?.message_id)]),
    () => drawNotice(chat, () => show("about")),
  );
  fill(slot("foot"), signature, () => drawFoot(chat, reader(chat), draft));
  fill(slot("about"), signature, () => drawAbout(chat, reader(chat), actsOf(chat)));
  slot("about").setAttribute("aria-label", say("details"));
  list.setAttribute("aria-label", say("tab_message"));
  if (moved) list.replaceChildren();
  const surroundings = [common, chat.members.map((one) => one.id)];
  reconcile(
    list,
    messages.length > 0 ? conversation(chat, reader(chat), surroundings) : chat.is_live ? [nothing()] : [],
  );
  if (atEnd) list.scrollTop = list.scrollHeight;
  slot("latest").hidden = atEnd;
  on.shown = chat.chat_id;
}

const nothing = () => ({ key: "none", signature: language(), build: () => h("p.event", {}, say("no_messages")) });

function drawTop() {
  const myself = person(me());
  const picker = h(
    "button.you",
    {
      type: "button",
      "data-key": "you",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      onclick: () => openMenu(picker, people(), { role: "listbox", label: say("you_are") }),
    },
    avatar(myself.open_id, 26),
    h("span.you-words", {}, h("small", {}, say("you_are")), myself.name),
    icon("down", 13),
  );
  return [
    h(
      "p.brand",
      {},
      h("img", { src: "/sandbox/page/icon.svg", alt: "", width: 26, height: 26 }),
      h("span", {}, say("brand"), h("small", {}, say("brand_note"))),
    ),
    h(
      "p.live",
      { "data-live": String(on.live) },
      h("span.dot"),
      h("span.live-words", {}, say(on.live ? "live" : "lost")),
    ),
    h(
      "div.languages",
      { role: "group", "aria-label": say("language") },
      LANGUAGES.map(([code, name]) =>
        h(
          "button",
          {
            type: "button",
            lang: code,
            "data-key": `language-${code}`,
            "aria-pressed": String(code === language()),
            onclick: () => speak(code),
          },
          name,
        ),
      ),
    ),
    picker,
  ];
}

function people() {
  return current().people.map((one) => ({
    label: one.name,
    note: one.status === "active" ? one.email : sayOr(`status_${one.status}`),
    lead: avatar(one.open_id, 26),
    chosen: one.open_id === me(),
    choose: () => actAs(one.open_id),
  }));
}

// Choosing

function speak(code) {
  setLanguage(code);
  localStorage.setItem("language", code);
  draw();
}

function actAs(openId) {
  become(openId);
  localStorage.setItem("me", openId);
  draw();
}

const hash = () => decodeURIComponent(location.hash.slice(1));

/** The group in the address; where there is room for it beside the list, else the one on show, else the latest. */
function selected() {
  const { chats } = current();
  const asked = chats.find((chat) => chat.chat_id === hash());
  if (asked || PHONE.matches) return asked ?? null;
  const shown = chats.find((chat) => chat.chat_id === on.shown);
  if (shown) return shown;
  return [...chats].sort((a, b) => Number(b.is_live) - Number(a.is_live) || latest(b) - latest(a))[0] ?? null;
}

function select(chatId) {
  if (hash() === chatId) show("chat");
  location.hash = chatId;
}

function show(view) {
  if (view === "groups") location.hash = "";
  document.body.dataset.view = view;
  draw();
}

const unread = (chat) =>
  seen.has(chat.chat_id)
    ? chat.messages.filter((one) => one.created_at > seen.get(chat.chat_id) && one.sender.id !== me()).length
    : chat.messages.length;

// Acting

function reader(chat) {
  return {
    id: me(),
    show,
    mentions: on.mentions,
    toggleMentions: () => (on.mentions = !on.mentions),
    click,
    write: async (text) =>
      answered(
        await post("/sandbox/message", { open_id: me(), chat_id: chat.chat_id, text, mention_bot: mentionsBot(chat) }),
      ),
    join: () => act(chat, "join"),
  };
}

const mentionsBot = (chat) => on.mentions && !chat.is_direct && chat.members.some((member) => member.bot);

/** Press something in a card as the chosen person, and show the toast the app answers with. */
async function click(message, payload) {
  const answer = await post("/sandbox/click", { open_id: me(), message_id: message.message_id, ...payload });
  if (!answered(answer)) return;
  const { status, body, client_error: code } = answer.body;
  if (code !== null || status !== 200) return toast("error", say("no_answer", { code: code ?? status }));
  const told = body?.toast;
  if (told) toast(told.type, localized(told.i18n, told.content));
  await update();
}

function answered(answer) {
  if (answer?.ok) return true;
  toast("error", answer ? say("act_refused", { code: answer.body.error ?? answer.status }) : say("offline"));
  return false;
}

async function act(chat, action, extra = {}) {
  const answer = await post("/sandbox/act", { open_id: me(), action, chat_id: chat?.chat_id ?? "", ...extra });
  if (!answered(answer)) return null;
  toast("success", say("done"));
  await update();
  return answer.body;
}

async function messageBot() {
  const opened = await act(null, "open_p2p");
  if (opened) select(opened.chat_id);
}

/** What the reader could do to the group by hand, as [label, run]. */
function actsOf(chat) {
  const who = person(me()).name;
  const has = (wanted) => chat.members.some(wanted);
  const acts = [
    [say("act_rename"), () => rename(chat), true],
    [say("act_leave", { who }), () => act(chat, "leave"), has((member) => member.id === me())],
    [say("join", { who }), () => act(chat, "join"), !has((member) => member.id === me())],
    [say("act_unpin"), () => act(chat, "delete_top_notice"), chat.top_notice !== null],
    [say("act_remove_bot"), () => act(chat, "remove_bot"), has((member) => member.bot)],
    [say("act_add_bot"), () => act(chat, "add_bot"), !has((member) => member.bot)],
    [say("act_disband"), () => disband(chat), true],
  ];
  return acts.filter(([, , applies]) => applies);
}

async function rename(chat) {
  const name = await askText(say("act_rename"), chat.name);
  if (name !== null && name !== chat.name) await act(chat, "rename", { name });
}

async function disband(chat) {
  if (await ask({ title: say("act_disband"), text: say("disband_warning") })) await act(chat, "disband");
}

// Listening

let waiting = null;

/** Draw the newest state soon: at most once per `REFRESH_MS`, however often the world changes. */
function soon() {
  waiting ??= setTimeout(async () => {
    waiting = null;
    await update();
  }, REFRESH_MS);
}

async function update() {
  on.live = await refresh();
  draw();
}

function listen() {
  const changes = new EventSource("/sandbox/changes");
  changes.onopen = soon;
  changes.onmessage = soon;
  changes.onerror = () => {
    on.live = false;
    draw();
    if (changes.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS); // browsers retry only some failures
  };
}

slot("latest").append(icon("down", 20));
slot("latest").addEventListener("click", () => {
  slot("messages").scrollTop = slot("messages").scrollHeight;
});
slot("messages").addEventListener(
  "scroll",
  () => {
    const list = slot("messages");
    slot("latest").hidden = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  },
  { passive: true },
);
addEventListener("hashchange", () => show(hash() ? "chat" : "groups"));
PHONE.addEventListener("change", draw);

setLanguage(localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
become(localStorage.getItem("me"));
if (hash()) document.body.dataset.view = "chat";
await update();
for (const chat of current().chats) seen.set(chat.chat_id, latest(chat));
draw();
listen();
