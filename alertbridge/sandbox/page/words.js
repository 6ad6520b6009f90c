// The page's own words, and the choice among the languages that a message carries.

const WORDS = {
  brand: ["沙箱", "Sandbox"],
  brand_note: ["一个本地的飞书", "a Feishu of your own"],
  language: ["语言", "Language"],
  you_are: ["你是", "You are"],
  live: ["实时", "Live"],
  lost: ["连接中断，正在重连", "Connection lost, trying again"],
  groups: ["群组", "Groups"],
  direct: ["单聊", "Direct messages"],
  disbanded: ["已解散", "Disbanded"],
  no_groups: ["还没有群", "No groups yet"],
  no_groups_hint: ["发一条告警过来，事件群会出现在这里。", "Send an alert: its group appears here."],
  no_subject: ["（无主题）", "(no subject)"],
  members: ["成员", "Members"],
  member_count: ["{n} 人", "{n} people"],
  share: ["复制链接", "Copy link"],
  shared: ["链接已复制", "Link copied"],
  share_failed: ["浏览器不让复制，请从地址栏复制。", "The browser refused; copy it from the address bar."],
  details: ["群信息", "About this group"],
  close: ["关闭", "Close"],
  back: ["返回", "Back"],
  tab_message: ["消息", "Messages"],
  tabs: ["标签页", "Tabs"],
  top_notice: ["置顶", "Pinned"],
  to_message: ["查看消息", "Show the message"],
  no_messages: ["还没有消息", "No messages yet"],
  new_messages: ["回到最新", "Jump to latest"],
  recalled: ["{who} 撤回了一条消息", "{who} recalled a message"],
  edited: ["已编辑", "edited"],
  bot: ["机器人", "Bot"],
  today: ["今天", "Today"],
  yesterday: ["昨天", "Yesterday"],
  reply_to: ["回复 {who}：{text}", "Reply to {who}: {text}"],
  gone_message: ["原消息不可见", "the message is gone"],
  card: ["卡片", "Card"],
  image: ["图片", "Image"],
  pinned: ["已 Pin", "Pinned"],
  buzz_app: ["应用内加急", "Buzzed in-app"],
  buzz_sms: ["短信加急", "Buzzed by SMS"],
  buzz_phone: ["电话加急", "Buzzed by phone"],
  menu: ["群菜单", "Group menu"],
  write: ["以 {who} 的身份发消息", "Message as {who}"],
  mention_bot: ["@ 机器人", "@ bot"],
  mention_bot_hint: ["发送时 @ 机器人", "Mention the bot when sending"],
  send: ["发送", "Send"],
  not_member: ["{who} 不在这个群里，只能看。", "{who} is not in this group and can only watch."],
  join: ["让 {who} 进群", "Let {who} join"],
  is_disbanded: ["群已解散，消息已随之删除。", "This group was disbanded; Feishu deletes its messages."],
  is_muted: ["{who} 在这个群里不能发言。", "{who} may not speak in this group."],
  owner: ["群主", "Owner"],
  manager: ["管理员", "Manager"],
  you: ["你", "You"],
  description: ["群描述", "Description"],
  announcement: ["群公告", "Announcement"],
  announcement_none: ["还没有公告", "Nothing announced"],
  settings: ["群设置", "Settings"],
  none: ["无", "None"],
  chat_id: ["群 ID", "Chat ID"],
  moderation: ["谁可以发言", "Who may speak"],
  edit_permission: ["谁可以编辑群信息", "Who may edit the group"],
  add_member_permission: ["谁可以拉人", "Who may add members"],
  share_card_permission: ["分享群名片", "Sharing the group card"],
  at_all_permission: ["谁可以 @所有人", "Who may mention all"],
  urgent_setting: ["谁可以加急", "Who may buzz"],
  join_message_visibility: ["入群提示谁可见", "Who sees joins"],
  leave_message_visibility: ["退群提示谁可见", "Who sees leaves"],
  membership_approval: ["入群审批", "Join approval"],
  chat_type: ["群类型", "Kind of group"],
  all_members: ["所有成员", "Everyone"],
  only_owner: ["仅群主和管理员", "Owner and managers"],
  not_anyone: ["任何人都不可见", "Nobody"],
  moderator_list: ["指定成员", "Chosen members"],
  allowed: ["允许", "Allowed"],
  not_allowed: ["不允许", "Not allowed"],
  no_approval_required: ["无需审批", "Not needed"],
  approval_required: ["需要审批", "Needed"],
  private: ["私有群", "Private"],
  public: ["公开群", "Public"],
  message_bot: ["私聊机器人", "Message the bot"],
  by_hand: ["手动操作", "By hand"],
  by_hand_hint: ["像真人那样动手，看机器人怎么收拾。", "Do what people do, and see what the bot makes of it."],
  act_leave: ["{who} 退群", "{who} leaves"],
  act_remove_bot: ["移出机器人", "Remove the bot"],
  act_disband: ["解散群", "Disband"],
  act_rename: ["改群名", "Rename"],
  act_unpin: ["取消置顶", "Remove the top notice"],
  act_refused: ["没有成功（{code}）", "That did not work ({code})"],
  act_add_bot: ["请回机器人", "Add the bot"],
  disband_warning: ["消息会随群一起删除，无法找回。", "Its messages are deleted with it and cannot be brought back."],
  done: ["已完成", "Done"],
  cancel: ["取消", "Cancel"],
  confirm: ["确定", "Confirm"],
  choose: ["请选择", "Choose"],
  more_actions: ["更多操作", "More actions"],
  required: ["必填", "Required"],
  fill_in: ["「{field}」还没填", "{field} is missing"],
  unknown_part: ["这里是 {tag} 组件，沙箱不画它", "A {tag} component, which the sandbox does not draw"],
  broken_card: ["这张卡片画不出来，原因在浏览器控制台", "Cannot draw this card; see the browser's console"],
  unknown_card: ["模板卡片，沙箱没有它的内容", "A card template; the sandbox does not hold its content"],
  no_answer: ["应用没有应答，请稍后再试。({code})", "The app did not answer, try again later. ({code})"],
  offline: ["沙箱没有应答。它还在运行吗？", "The sandbox did not answer. Is it still running?"],
  operations: ["API 调用", "API calls"],
  events: ["推送事件", "Events"],
  refused: ["被拒", "Refused"],
  traffic: ["流量明细", "Traffic"],
  traffic_none: ["还没有", "Nothing yet"],
  status_resigned: ["已离职", "resigned"],
  status_frozen: ["已冻结", "frozen"],
  status_unjoined: ["未加入", "not joined"],
  status_out_of_range: ["不在可用范围", "out of range"],
  state_firing: ["触发中", "firing"],
  state_acked: ["处理中", "acked"],
  state_silenced: ["已静默", "silenced"],
  state_stale: ["无新数据", "stale"],
  state_resolved: ["已恢复", "resolved"],
  state_closed: ["已关闭", "closed"],
  state_storm: ["告警风暴", "storm"],
  state_drill: ["演练", "drill"],
};

let index = 0;

export const LANGUAGES = [
  ["zh", "中文"],
  ["en", "English"],
];

/** "zh" or "en": what the page speaks, and which of a message's languages it shows. */
export const language = () => LANGUAGES[index][0];

export const locale = () => (index === 0 ? "zh-CN" : "en-GB");

export function setLanguage(code) {
  index = Math.max(
    0,
    LANGUAGES.findIndex(([known]) => known === code),
  );
  document.documentElement.lang = locale();
}

export function say(key, values = {}) {
  return WORDS[key][index].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** `say` for a word that may be a value nobody foresaw, which is then shown as it is. */
export const sayOr = (key) => (Object.hasOwn(WORDS, key) ? say(key) : key);

/** The reader's entry of an object keyed by Feishu's locales (`zh_cn`, `en_us`), else `fallback`. */
export const localized = (byLocale, fallback) => byLocale?.[index === 0 ? "zh_cn" : "en_us"] ?? fallback;

/** The words of a text object of a card, 2.0 (`i18n_content`) or 1.0 (`i18n`). */
export const wordsOf = (text) =>
  typeof text === "string" ? text : localized(text?.i18n_content ?? text?.i18n, text?.content ?? "");

const same = (a, b) => a.toDateString() === b.toDateString();

/** `HH:mm` in the reader's zone. */
export const clock = (ms) => format(ms, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Clock time today, else the date: as short as a list allows. */
export function when(ms, now = new Date()) {
  const then = new Date(ms);
  if (same(then, now)) return clock(ms);
  return then.getFullYear() === now.getFullYear()
    ? format(ms, { month: "numeric", day: "numeric" })
    : format(ms, { year: "numeric", month: "numeric", day: "numeric" });
}

export function day(ms, now = new Date()) {
  const then = new Date(ms);
  if (same(then, now)) return say("today");
  const before = new Date(now);
  before.setDate(now.getDate() - 1);
  return same(then, before) ? say("yesterday") : format(ms, { month: "long", day: "numeric", weekday: "short" });
}

/** What `<local_datetime format_type=…>` shows. */
export function datetime(ms, kind) {
  const known = {
    date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
    date_short: { month: "short", day: "numeric" },
    date: { year: "numeric", month: "long", day: "numeric" },
    week: { weekday: "long" },
    week_short: { weekday: "short" },
    time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    time_sec: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  };
  if (kind === "timezone") {
    const parts = new Intl.DateTimeFormat(locale(), { timeZoneName: "shortOffset" }).formatToParts(new Date(ms));
    return parts.find((part) => part.type === "timeZoneName").value;
  }
  return format(ms, known[kind] ?? { dateStyle: "medium", timeStyle: "short" });
}

function format(ms, options) {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : new Intl.DateTimeFormat(locale(), options).format(date);
}
