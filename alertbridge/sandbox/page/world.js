// What the sandbox last told, in the shape the page draws: people by id, groups with members and roles.

let world = { people: [], chats: [], operations: {}, refused: {}, events: {}, byId: new Map() };
let reader = null;

export const current = () => world;

/** The open_id of whom the page acts as. */
export const me = () => reader;

export function become(openId) {
  reader = openId;
}

/** Ask the sandbox for everything; false when it does not answer, and the world stays as it was. */
export async function refresh() {
  const answer = await fetch("/sandbox/state").catch(() => null);
  if (!answer?.ok) return false;
  const state = await answer.json();
  const bots = state.apps.flatMap((app) => [
    [app.app_id, app],
    [app.open_id, app],
  ]);
  world = { ...state, byId: new Map([...bots, ...state.people.map((one) => [one.open_id, one])]) };
  world.chats = state.chats.map(chatOf);
  return true;
}

/** POST to the control API: the parsed answer, or null when there was none. */
export async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return { ok: answer.ok, status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return null;
  }
}

/** The person or bot of an id (a bot's may be its app's); unknown ids keep their id as name. */
export function person(id) {
  return world.byId.get(id) ?? { open_id: id, name: String(id ?? ""), unknown: true };
}

export const isBot = (id) => person(id).app_id !== undefined;

/** When something last happened in a group that people would look at, ms. */
export const latest = (chat) =>
  Math.max(chat.created_at, ...chat.messages.map((one) => Math.max(one.created_at, one.updated_at ?? 0)));

const RANKS = { owner: 0, manager: 1 };

function chatOf(raw) {
  const managers = new Set(raw.managers.map(({ id }) => id));
  const roleOf = (id) => (id === raw.owner.id ? "owner" : managers.has(id) ? "manager" : null);
  const members = raw.members.map((member) => ({
    ...member,
    role: roleOf(member.id),
    bot: member.id_type === "app_id",
  }));
  const rank = (member) => RANKS[member.role] ?? (member.bot ? 3 : 2);
  return {
    ...raw,
    is_direct: raw.chat_mode === "p2p",
    is_live: raw.status === "normal",
    members: members.sort((a, b) => rank(a) - rank(b)),
  };
}
