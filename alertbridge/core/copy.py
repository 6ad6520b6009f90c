"""The catalogue: every piece of our own copy, by id, in every language; nothing that people read is worded elsewhere.

Ids are `<place>.<kind>`; kinds that are values of the core (states, buttons, next steps, happenings) carry those names.
A `{placeholder}` is the same in all languages. Words that stand in card markdown hold nothing that is markup there.
"""

from collections.abc import Iterable, Iterator
from string import Formatter

from alertbridge.core.chat import Text
from alertbridge.core.copy_doctor import DOCTOR

LANGUAGES = ("zh", "en")
"""The languages we speak, in the order of the pairs below."""

Languages = tuple[str, ...]
"""The languages that are set, the primary one first: `("zh", "en")`, `("en",)`."""

CATALOGUE: dict[str, tuple[str, str]] = {
    # The state word: names, tags, cards, toasts.
    "state.triage": ("观察中", "triage"),
    "state.firing": ("触发中", "firing"),
    "state.acked": ("处理中", "acked"),
    "state.storm": ("告警风暴", "storm"),
    "state.silenced": ("已静默", "silenced"),
    "state.resolved": ("已恢复", "resolved"),
    "state.closed": ("已关闭", "closed"),
    # What else is remarkable, beside the state word.
    "tag.flapping": ("抖动", "flapping"),
    "tag.part_silenced": ("部分静默", "part silenced"),
    # The group's name and description.
    "name.storm": ("{route}：{k} 起", "{route}: {k} incidents"),
    "name.incident": ("告警事件", "incident"),
    "description.before": ("告警事件 #{n} · ", "Incident #{n} · "),
    "description.after": (" · 自动管理，勿改末尾标记", " · managed, keep the tag"),
    # People where no name can be shown.
    "person.member": ("群成员", "a member"),
    "person.operator": ("管理员（命令行）", "operator (command line)"),
    "person.nobody": ("无人认领", "nobody yet"),
    "list.comma": ("、", ", "),
    "label.colon": ("：", ": "),
    # The card: preview in chat lists, facts, panel, small print.
    "preview.state": ("{severity} {state}：{what}", "{severity} {state}: {what}"),
    "preview.nobody": ("{severity} {state}：{what}，无人认领", "{severity} {state}: {what}, nobody yet"),
    "fact.started": ("开始", "Started"),
    "fact.so_far": ("已 {age}", "{age} so far"),
    "fact.took": ("共 {age}", "took {age}"),
    "fact.storm": ("{route}：{d} 内 {k} 起，合并在此", "{route}: {k} incidents in {d}, folded here"),
    "fact.open": ("进行中", "Open"),
    "fact.folded": ("已恢复", "Resolved"),
    "fact.lead": ("负责", "Lead"),
    "fact.acked": ("认领", "Acked"),
    "fact.alerts": ("告警", "Alerts"),
    "fact.count": ("{firing} 触发 / {total}", "{firing} firing / {total}"),
    "fact.truncated": ("发送方另截去 {t} 条", "sender cut {t} more"),
    "fact.scope": ("范围", "Scope"),
    "fact.value": ("当前值", "Now"),
    "fact.value_at_recovery": ("恢复时", "At recovery"),
    "fact.silenced": ("静默", "Silenced"),
    "fact.silence_until": ("至 {t} · {who}", "until {t} · {who}"),
    "fact.matchers": ("匹配", "Matches"),
    "fact.reason": ("原因", "Reason"),
    "fact.resolved": ("恢复", "Resolved"),
    "fact.update": ("进展", "Update"),
    "fact.hushed": ("另有 {k} 项更新，见时间线", "{k} more updates in the timeline"),
    "fact.by_source": ("来源自动恢复", "by the source"),
    "fact.by_person": ("由 {who} 标记", "by {who}"),
    "panel.all": ("全部 {k} 条", "All {k} alerts"),
    "panel.worst": ("最严重的 {k} 条", "The {k} worst"),
    "panel.more": ("另有 {k} 条", "{k} more"),
    "panel.more_by_label": ("另有 {k} 条：{label} {values}", "{k} more: {label} {values}"),
    "card.next": ("下一步", "Next"),
    "card.as_of": ("更新于 {t}", "As of {t}"),
    "post.started": ("开始 {t}；", "Started {t};"),
    "post.lead": ("负责：{who}。", "lead: {who}."),
    "post.update": ("进展 {t}：{text}。", "Update {t}: {text}."),
    "post.next": ("下一步：{next}。", "Next: {next}."),
    "card.refused": (
        "飞书未接受卡片，所以这里没有按钮；@ 我发「认领」即可认领。",
        'Feishu did not take the card, so there are no buttons here; mention me with "ack" to acknowledge.',
    ),
    # What happens next; it stands after the word above.
    "next.triage": ("{t} 仍触发则建群", "a group is made at {t} if it still fires"),
    "next.storm": ("速率低于 {n}/分钟 满 {d} 后自动结束", "ends when below {n} a minute for {d}"),
    "next.wait_ack": ("等待认领；本路由没有升级策略", "waiting for an ack; this route has no escalation"),
    "next.wait_recovery": ("等待恢复", "waiting for recovery"),
    "next.silence_ends": ("{t} 静默结束，仍异常则重新呼叫", "silence ends {t}; pages again if still firing"),
    "next.disband": ("{t} 归档并解散；再次触发则重开", "archived and disbanded at {t}; reopens if it fires again"),
    "next.lock": ("{t} 归档并锁定；再次触发则重开", "archived and locked at {t}; reopens if it fires again"),
    "next.stays": ("{t} 关闭，群保持原样；再次触发则重开", "closed at {t}, the group stays; reopens if it fires again"),
    "next.kept": ("{who} 选择保留，不再自动解散；发「关闭」可结束", 'kept by {who}; "close" ends it'),
    "next.nothing": ("不会再有动作", "nothing more will happen"),
    # Buttons, the confirm dialogs of those that cannot be undone, link labels.
    "button.ack_all": ("全部认领", "Ack all"),
    "button.unfold": ("全部展开", "Unfold all"),
    "confirm.unfold.title": ("为 {k} 起事件各建一个群？", "Make one group each for {k} incidents?"),
    "confirm.unfold.text": ("约需 {s} 秒。", "Takes about {s} seconds."),
    "button.open": ("立即建群", "Open now"),
    "button.ack": ("认领（我来处理）", "Ack (I am on it)"),
    "button.ack_short": ("认领", "Ack"),
    "button.open_group": ("打开群", "Open group"),
    "button.resolve": ("恢复", "Resolve"),
    "button.assign": ("转派给…", "Assign to…"),
    "button.keep": ("保留群", "Keep"),
    "button.reopen": ("重开", "Reopen"),
    "button.close": ("关闭", "Close"),
    "button.unsilence": ("解除静默", "Unsilence"),
    "button.close_now": ("现在关闭", "Close now"),
    "option.note": ("备注…", "Note…"),
    "option.update": ("通报进展…", "Update…"),
    "option.silence": ("静默…", "Silence…"),
    "option.sev_P1": ("设为 P1", "Set P1"),
    "option.sev_P2": ("设为 P2", "Set P2"),
    "option.sev_P3": ("设为 P3", "Set P3"),
    "option.sev_P4": ("设为 P4", "Set P4"),
    "option.unack": ("取消认领", "Withdraw ack"),
    "option.timeline": ("时间线 ↗", "Timeline ↗"),
    "button.save_note": ("记下", "Save"),
    "button.save_update": ("通报", "Publish"),
    "button.save_silence": ("建立静默", "Create"),
    "button.cancel": ("取消", "Cancel"),
    # Forms, and the record that each becomes.
    "form.save_note": ("备注：记在时间线上", "Note: kept on the timeline"),
    "form.save_note.placeholder": ("试过什么、发现了什么", "What was tried, what was found"),
    "form.save_update": ("通报进展：显示在卡片和公告上", "Update: shown on the card and in the announcement"),
    "form.save_update.placeholder": ("现在怎样、接下来做什么", "How it stands, what comes next"),
    "form.save_silence": ("将在 Alertmanager 建立静默，匹配：", "Silence in Alertmanager, matching:"),
    "form.duration": ("时长", "Duration"),
    "form.reason": ("原因（可不填）", "Reason (optional)"),
    "form.cancelled": ("已取消", "Cancelled"),
    "record.note": ("备注", "Note"),
    "record.update": ("进展", "Update"),
    "confirm.resolve.title": ("标记为已恢复？", "Mark as resolved?"),
    "confirm.resolve.text": (
        "若告警仍在触发，下一条通知会重开本事件。",
        "If the alert still fires, the next notification reopens it.",
    ),
    "confirm.close.title": ("立即关闭？", "Close now?"),
    "confirm.close.text": (
        "先归档消息与时间线，再解散本群。解散后飞书不保留记录。",
        "Messages and timeline are archived, then the group is disbanded. Feishu keeps no history.",
    ),
    "confirm.close.text_lock": (
        "先归档消息与时间线，再锁定本群：仍可阅读，不能发言。",
        "Messages and timeline are archived, then the group is locked: readable, nobody can write.",
    ),
    "confirm.close.text_stays": (
        "事件结束，群保持原样。",
        "The incident ends, the group stays as it is.",
    ),
    "confirm.close.text_kept": (
        "群按本路由的设置解散、锁定或保留；解散前先归档，解散后飞书不保留记录。",
        "Its route decides: disband (archived first, Feishu keeps no history), lock or keep the group.",
    ),
    "link.incident": ("事件页", "Incident page"),
    "link.dashboard": ("面板", "Dashboard"),
    "link.runbook": ("手册", "Runbook"),
    "link.logs": ("日志", "Logs"),
    "link.on_call": ("值班", "On-call"),
    "link.source": ("告警源", "Alert source"),
    "link.invalid": ("链接无效", "invalid link"),
    # Tabs and menus.
    "tab.incident": ("事件", "Incident"),
    "tab.dashboard": ("面板", "Dashboard"),
    "tab.runbook": ("手册", "Runbook"),
    "tab.logs": ("日志", "Logs"),
    "tab.on_call": ("值班", "On-call"),
    "tab.source": ("告警源", "Alert source"),
    "menu.incident": ("事件", "Incident"),
    "menu.incident.page": ("事件页", "Incident page"),
    "menu.investigate": ("排查", "Investigate"),
    "menu.investigate.dashboard": ("面板", "Dashboard"),
    "menu.investigate.runbook": ("手册", "Runbook"),
    "menu.investigate.logs": ("日志", "Logs"),
    "menu.investigate.source": ("告警源", "Alert source"),
    "menu.help": ("帮助", "Help"),
    "menu.help.on_call": ("值班表", "On-call"),
    # The announcement.
    "announcement.lead": ("负责人", "Lead"),
    "announcement.impact": ("影响", "Impact"),
    "announcement.started": ("开始", "Started"),
    "announcement.now": ("当前值", "Now"),
    "announcement.next_update": ("下次通报", "Next update"),
    "announcement.update": ("进展", "Latest update"),
    "announcement.links": ("链接", "Links"),
    "announcement.divider": (
        "—— 以上由 alertbridge 更新；以下归大家，不会被改动 ——",
        "—— above: kept by alertbridge; below: yours, never touched ——",
    ),
    "announcement.notes": ("记录", "Notes"),
    # Messages to the group. Several sentences of one message share its prefix.
    "saying.ack": ("{who} 已认领。", "{who} is on it."),
    "saying.ack.until": ("{t} 前无进展将恢复升级。", "Escalation resumes at {t} without progress."),
    "saying.unack": ("{who} 取消了认领，等待认领。", "{who} withdrew the ack; waiting for an ack."),
    "saying.assign": ("{who} 转派给 {to}。请点认领。", "{who} assigned this to {to}. Please ack."),
    "saying.assign.until": (
        "{who} 转派给 {to}。请点认领；{t} 前未认领则继续升级。",
        "{who} assigned this to {to}. Please ack; escalation goes on at {t} otherwise.",
    ),
    "saying.severity": ("级别 {change}（{who}）。", "Severity {change} ({who})."),
    "saying.severity_by_labels": ("级别 {change}（按告警标签）。", "Severity {change} (by the alerts' labels)."),
    "saying.resolved": ("已恢复，共 {age}（{who}）。", "Resolved after {age} ({who})."),
    "saying.resolved.by_source": ("已恢复，共 {age}（来源自动恢复）。", "Resolved after {age} (by the source)."),
    "saying.resolved.disband": (
        "{t} 归档并解散；要留群点「保留群」。",
        "Archived and disbanded {t}; press Keep to keep the group.",
    ),
    "saying.resolved.keep": ("{t} 结束本事件，群保持原样。", "The incident ends {t}, the group stays."),
    "saying.resolved.lock": (
        "{t} 归档并锁定；要继续用群点「保留群」。",
        "Archived and locked {t}; press Keep to keep the group open.",
    ),
    "saying.reopened": ("再次触发，已重开（第 {k} 次）。", "Firing again, reopened (no. {k})."),
    "saying.reopened.by_person": ("{who} 已重开（第 {k} 次）。", "Reopened by {who} (no. {k})."),
    "saying.reopened.disband": ("解散取消；", "Disband cancelled;"),
    "saying.reopened.lock": ("锁定取消；", "Lock cancelled;"),
    "saying.reopened.keep": ("关闭取消；", "Closing cancelled;"),
    "saying.reopened.lead": ("{to} 仍是负责人。", "{to} still leads."),
    "saying.reopened.nobody": ("等待认领。", "waiting for an ack."),
    "saying.countdown.disband": (
        "{t} 归档并解散本群。有人发言会顺延 {d}。",
        "This group is archived and disbanded at {t}. Talking here moves it by {d}.",
    ),
    "saying.countdown.lock": (
        "{t} 归档并锁定本群。有人发言会顺延 {d}。",
        "This group is archived and locked at {t}. Talking here moves it by {d}.",
    ),
    "saying.countdown.keep": (
        "{t} 结束本事件，群保持原样。有人发言会顺延 {d}。",
        "The incident ends at {t}, the group stays. Talking here moves it by {d}.",
    ),
    "saying.countdown_moved": ("有人发言，改到 {t}。", "Somebody spoke; moved to {t}."),
    "saying.countdown_kept": (
        "{who} 选择保留，不再自动解散；发「关闭」可结束。",
        'Kept by {who}; "close" ends it.',
    ),
    "saying.countdown_kept.until": ("{who} 选择保留至 {t}。", "Kept until {t} by {who}."),
    "saying.kept": ("群会保留。", "The group is kept."),
    "saying.kept.until": ("群会保留至 {t}。", "The group is kept until {t}."),
    "saying.receipt": ("已记下。", "Noted."),
    "saying.archived": ("已归档 {k} 条消息与时间线。", "Archived {k} messages and the timeline."),
    "saying.archived.link": ("已归档 {k} 条消息与时间线：{link}。", "Archived {k} messages and the timeline: {link}."),
    "saying.archived.disband": ("本群即将解散。", "Disbanding now."),
    "saying.archived.lock": ("本群已锁定，仍可阅读。", "The group is locked and stays readable."),
    "saying.archive_fail.disband": (
        "归档未完成（{cause}），因此不解散。每 5 分钟重试。",
        "Archive is not complete ({cause}), so the group stays. Retrying every 5 minutes.",
    ),
    "saying.archive_fail.lock": (
        "归档未完成（{cause}）。每 5 分钟重试。",
        "Archive is not complete ({cause}). Retrying every 5 minutes.",
    ),
    "saying.archive_fail.keep": (
        "归档未完成（{cause}）。每 5 分钟重试。",
        "Archive is not complete ({cause}). Retrying every 5 minutes.",
    ),
    "saying.moved": (
        "接续原群（{how}，{t}）。成员已请回。",
        "Continues the old group ({how}, {t}). Members are back.",
    ),
    "saying.moved.by": (
        "接续原群（{how}，{who}，{t}）。成员已请回。",
        "Continues the old group ({how} by {who}, {t}). Members are back.",
    ),
    "lost.disbanded": ("群被解散", "group disbanded"),
    "lost.removed": ("机器人被移出", "bot removed"),
    "lost.gone": ("群已不在", "group gone"),
    "saying.room_unusable": (
        "现成的群用不了：{how}。本事件先用这个群；把机器人拉进那个群，下一起就会用它。",
        "The standing group cannot be used: {how}. This is a group of its own; invite the bot there for the next one.",
    ),
    "room.refused": ("机器人不在其中，也不能自己加入", "the bot is not in it and cannot join by itself"),
    "saying.moved.link": ("历史见 {link}。", "History: {link}."),
    "saying.lacks_scope": ("机器人缺少权限 {scope}，无法{task}。", "The bot lacks {scope} and cannot {task}."),
    "saying.lacks_scope.link": ("管理员：{link}", "Admin: {link}"),
    "saying.cannot_join": ("{who} 无法加入：{reason}。", "{who} cannot be added: {reason}."),
    "saying.relink": ("与 {t} 结束的 #{m} 同源。", "Same source as #{m}, ended {t}."),
    "saying.relink.link": ("归档：{link}。", "Archive: {link}."),
    "saying.flap": (
        "1 小时内反复 {k} 次，暂不逐次通知，也不改群名；稳定 {d} 后更新。卡片照常。",
        "Flipped {k} times in an hour. No more messages or renames until it is steady for {d}. The card stays current.",
    ),
    "saying.greeting": (
        "欢迎 {names}。{title}：{severity}，{state}，已 {age}；负责：{lead}。",
        "Welcome {names}. {title}: {severity}, {state}, {age} so far; lead: {lead}.",
    ),
    "saying.greeting.latest": ("最近：{last}。", "Latest: {last}."),
    "saying.greeting.state": ("{t} {state}", "{state} at {t}"),
    "saying.greeting.card": ("现状以置顶卡片为准。", "The pinned card is always current."),
    "saying.left": ("{who} 已不在群内，已请回。", "{who} is no longer here and was invited back."),
    "saying.left_again": ("{who} 再次离开，不再请回。", "{who} has left again and is not invited back."),
    "saying.owner_changed": (
        "群主已是 {who}：机器人不能再设管理员，也可能无法锁定或解散本群。把群主转回机器人即可恢复。",
        "{who} owns this group: until the bot owns it again, it appoints no managers, and may not lock or disband it.",
    ),
    "people.more": ("{names}，另有 {k} 人", "{names} and {k} more"),
    "saying.silence_pending": ("正在建立静默（{matchers}）…", "Creating the silence ({matchers})…"),
    "saying.silenced": ("已静默至 {t}（{matchers}）", "Silenced until {t} ({matchers})"),
    "saying.silenced.by": ("由 {who} 设置：{reason}", "by {who}: {reason}"),
    "saying.silenced.by_whom": ("由 {who} 设置", "by {who}"),
    "saying.silenced.also": ("还会影响 #{m}", "also affects #{m}"),
    "saying.silenced.also_more": ("还会影响 #{m} 等 {k} 起", "also affects #{m} and {k} more"),
    "saying.unsilenced": ("静默已解除，仍异常会重新呼叫。", "Silence removed; pages again if still firing."),
    "saying.silence_failed": (
        "静默没有建成：{cause}。每 30 秒重试，至 {t}。",
        "Silence not created: {cause}. Retrying every 30 s until {t}.",
    ),
    "saying.silence_given_up": (
        "静默没有建成：{cause}。不再重试，请到 Alertmanager 手动静默。",
        "Silence not created: {cause}. No more tries; please silence it in Alertmanager by hand.",
    ),
    "saying.silenced_up": (
        "{author} 在 Alertmanager 静默至 {t}：{comment}。期间不呼叫。",
        "Silenced in Alertmanager by {author} until {t}: {comment}. Nobody is paged meanwhile.",
    ),
    "saying.silence_end": ("静默已结束，仍在触发。", "Silence is over and it still fires."),
    "saying.called": ("{who} 请看上方的现状卡片。", "{who} please see the live card above."),
    "saying.anchor": ("打开", "open"),
    # What a missing scope keeps the bot from doing, after "cannot".
    "task.im:message.group_msg": (
        "归档群消息，所以群只会锁定",
        "archive messages, so the group will only be locked",
    ),
    "task.contact:user.id:readonly": ("按邮箱找人", "find people by email"),
    "task.other": ("完成这一步", "finish this step"),
    # Why Feishu does not add a person.
    "join.resigned": ("离职", "left the company"),
    "join.out_of_range": ("不在可用范围", "out of the app's range"),
    "join.pending": ("待审批", "waiting for approval"),
    # Lobbies.
    "lobby.all": ("全部事件", "all incidents"),
    "lobby.name": ("事件大厅 · {team}", "Incident lobby · {team}"),
    "lobby.description": (
        "进行中的事件一览 · 自动管理，勿改末尾标记 ",
        "Open incidents at a glance · managed, keep the tag ",
    ),
    "lobby.p1": ("P1 触发中：{title}（#{n}）。", "P1 firing: {title} (#{n})."),
    "lobby.archived": (
        "#{n} {title} 已结束，已归档 {k} 条消息与时间线：",
        "#{n} {title} is over. Archived {k} messages and the timeline:",
    ),
    "digest.title": ("进行中 {k} 起 · {team}", "{k} open · {team}"),
    "digest.more": ("另有 {k} 起", "{k} more"),
    "digest.page": ("全部事件", "All incidents"),
    "digest.nothing": ("现在没有进行中的事件。", "Nothing open."),
    "digest.last_ended": ("上一起 {t} 结束。", " The last one ended {t}."),
    "offer.question": (
        "要用本群做「{team}」的事件大厅吗？只有一张汇总卡，P1 才发消息。",
        "Use this group as the incident lobby of {team}? One digest card; messages only for P1.",
    ),
    "offer.make": ("设为大厅", "Make lobby"),
    "offer.no": ("不用", "No"),
    "offer.without": ("不选则不做任何事。", "Without a choice nothing happens."),
    "offer.taken": (
        "本群现在是「{team}」的事件大厅（{who}）。",
        "This group is now the incident lobby of {team} ({who}).",
    ),
    "offer.refused": ("{who} 选择不用。", "{who} chose no lobby here."),
    "offer.late": ("「{team}」已有大厅，本群不变。", "{team} has a lobby already; nothing changed here."),
    # Direct messages: what is somebody's.
    "mine.title.welcome": ("告警机器人", "Incident bot"),
    "mine.title.mine": ("我的事件", "My incidents"),
    "mine.welcome": (
        "我是告警机器人。你现在：{duty}，名下 {k} 起。",
        "I run the incident groups. You are {duty} with {k} open.",
    ),
    "mine.on_call": ("值班", "on call"),
    "mine.off_call": ("不值班", "off call"),
    "mine.how": (
        "发「我的」看列表，「#1423 认领」直接操作，「帮助」看命令。",
        '"mine" lists them, "#1423 ack" acts, "help" explains.',
    ),
    "mine.open": ("你名下 {k} 起：", "You have {k} open:"),
    "mine.none": ("你名下没有进行中的事件。", "You have nothing open."),
    "mine.next_shift": ("下一班 {t}。", " Next shift {t}."),
    "mine.more": ("另有 {k} 起", "{k} more"),
    # Answers to a click, at most 20 Chinese characters wide.
    "toast.acked": ("已记录：你认领了 #{n}", "Recorded: you have #{n}"),
    "toast.recorded": ("已记录，卡片随后更新", "Recorded; card follows"),
    "toast.later": ("已记下，稍后自动完成", "Saved, will be completed"),
    "toast.form": ("请在新卡片上填写", "Fill in the new card"),
    "toast.form_open": ("已有一张在填，请用那张", "One is open already; use it"),
    "toast.cancelled": ("已取消", "Cancelled"),
    "toast.form_wrong": ("{field}不对：{hint}", "{field}: {hint}"),
    "toast.unknown": ("此按钮已不可用，看置顶卡片", "Unknown button, see the pinned card"),
    "toast.resolved": ("已标记恢复", "Marked resolved"),
    "toast.resolved_disband": ("已标记恢复 · {t} 归档解散", "Marked resolved · disbands {t}"),
    "toast.resolved_lock": ("已标记恢复 · {t} 归档锁定", "Marked resolved · locks {t}"),
    "toast.closing": ("已记录，正在归档", "Recorded; archiving now"),
    "toast.silencing": ("正在建立静默", "Creating the silence"),
    "toast.no_alertmanager": ("没有配置 Alertmanager，无法静默", "No Alertmanager to silence in"),
    "toast.yours": ("你已认领过", "Already yours"),
    "toast.already_so": ("已是如此，无需再点", "Already so"),
    "toast.taken": ("{who} 已先认领", "{who} was first"),
    "toast.old_recorded": ("已记录（此卡已旧，看置顶）", "Recorded (old card, see pinned)"),
    "toast.old_refused": ("此卡已旧，现在是「{state}」", "Old card; it is {state} now"),
    "toast.closed": ("#{n} 已关闭", "#{n} is closed"),
    "toast.incomplete": ("内容不全，请补上再点", "Something is missing"),
    "hint.empty": ("请写内容", "write something"),
    "hint.choose": ("请选一个", "choose one"),
    "hint.too_long": ("最多 {k} 字", "at most {k} characters"),
    "toast.not_allowed": ("需要{role}权限", "Needs {role}"),
    "role.responder": ("值班人或群管理员", "somebody on call, or a group manager"),
    "toast.stranger": ("没在群里看到你，入群后再点一次", "You are not seen here; join, or press again"),
    "toast.not_member": ("请先入群再操作", "Join the group first"),
    "toast.not_saved": ("没有记下，请再点一次", "Not saved, press again"),
    # Commands, by the verb of `core/command.py`.
    "verb.unfold": ("展开", "unfold"),
    "verb.open": ("建群", "open"),
    "verb.ack": ("认领", "ack"),
    "verb.unack": ("取消认领", "unack"),
    "verb.assign": ("转派", "assign"),
    "verb.sev": ("级别", "sev"),
    "verb.note": ("备注", "note"),
    "verb.update": ("进展", "update"),
    "verb.resolve": ("恢复", "resolve"),
    "verb.reopen": ("重开", "reopen"),
    "verb.keep": ("保留", "keep"),
    "verb.close": ("关闭", "close"),
    "verb.silence": ("静默", "silence"),
    "verb.unsilence": ("解除静默", "unsilence"),
    "verb.status": ("状态", "status"),
    "verb.timeline": ("时间线", "timeline"),
    "verb.link": ("链接", "link"),
    "verb.who": ("值班", "who"),
    "verb.mine": ("我的", "mine"),
    "verb.help": ("帮助", "help"),
    # What each word does, after an example of it, and what has to follow it.
    "meaning.ack": ("我来处理", "you take it"),
    "meaning.unfold": ("让风暴中的事件各有自己的群", "give what is in the storm groups of its own"),
    "meaning.open": ("不再观察，立即建群", "make the group now"),
    "meaning.unack": ("不再由我负责", "you give it back"),
    "meaning.assign": ("请别人负责，不在群里的会先拉进来", "ask somebody to lead; they are added first"),
    "meaning.sev": ("改级别，之后不随告警标签变", "change the severity; labels do not move it any more"),
    "meaning.note": ("记到时间线", "keep it on the timeline"),
    "meaning.update": ("通报进展，卡片和群公告会显示", "tell how things stand, on card and announcement"),
    "meaning.resolve": ("标记为已恢复", "mark as resolved"),
    "meaning.reopen": ("还没好，重新处理", "it is not over"),
    "meaning.silence": ("在 Alertmanager 静默，后面可写原因", "silence it in the Alertmanager; a reason may follow"),
    "meaning.unsilence": ("解除静默", "take the silence back"),
    "meaning.keep": ("先不解散本群", "do not disband the group yet"),
    "meaning.close": ("归档并结束", "archive and end it"),
    "meaning.status": ("现在怎么样", "how things stand"),
    "meaning.timeline": ("最近发生了什么", "what happened last"),
    "meaning.link": ("入群链接、事件页、面板、手册", "share link, incident page, dashboard, runbook"),
    "meaning.who": ("现在谁值班", "who is on call now"),
    "meaning.mine": ("我名下的事件，请私聊我发送", "what is yours, in a direct message"),
    "meaning.help": ("看全部命令；后面加命令看用法", "all commands; with one of them, how to use it"),
    "example.ack": ("认领", "ack"),
    "example.unfold": ("展开", "unfold"),
    "example.open": ("建群", "open"),
    "example.unack": ("取消认领", "unack"),
    "example.assign": ("转派 @李四", "assign @bob"),
    "example.sev": ("级别 P2", "sev P2"),
    "example.note": ("备注 已切到备库", "note switched to the replica"),
    "example.update": ("进展 正在回滚，10 分钟后见效", "update rolling back, ten more minutes"),
    "example.resolve": ("恢复", "resolve"),
    "example.reopen": ("重开", "reopen"),
    "example.silence": ("静默 2小时 换盘", "silence 2h new disks"),
    "example.unsilence": ("解除静默", "unsilence"),
    "example.keep": ("保留 2小时", "keep 2h"),
    "example.close": ("关闭", "close"),
    "example.status": ("状态", "status"),
    "example.timeline": ("时间线", "timeline"),
    "example.link": ("链接", "link"),
    "example.who": ("值班", "who"),
    "example.mine": ("我的", "mine"),
    "example.help": ("帮助 转派", "help assign"),
    "needs.person": ("@ 本人或公司邮箱", "a mention or a work email"),
    "needs.level": ("P1 到 P4", "P1 to P4"),
    "needs.text": ("内容", "a text"),
    "needs.time": ("多久，或到几点", "for how long, or until when"),
    # Answers to what people write to the bot.
    "answer.help": ("@ 我，后面写命令，例如：", "Mention me, then a command, for example:"),
    "answer.help.direct": (
        "写编号和命令，如「#1423 认领」；「我的」看列表。命令：",
        'Write a number and a command, as "#1423 ack"; "mine" lists yours. Commands:',
    ),
    "answer.help.row": ("{example} — {meaning}", "{example} — {meaning}"),
    "answer.help.names": ("也可以写：{names}", "Also: {names}"),
    "answer.status": (
        "{severity} {state}，已 {age}，负责 {lead}，{firing}/{total} 触发。下一步：{next}。",
        "{severity} {state} for {age}, lead {lead}, {firing}/{total} firing. Next: {next}.",
    ),
    "answer.link": ("链接：", "Links:"),
    "answer.link.none": ("现在没有链接。", "There are no links yet."),
    "answer.link.share": ("入群", "Join the group"),
    "answer.timeline": ("最近 {k} 条：", "The last {k}:"),
    "answer.timeline.row": ("{t} {what}", "{t} {what}"),
    "answer.who": ("现在：{people}。", "Now: {people}."),
    "answer.who.until": ("现在：{people}（到 {t}）。", "Now: {people} (until {t})."),
    "answer.who.next": ("之后：{people}。", "Then {people}."),
    "answer.who.schedule": ("{schedule}：", "{schedule}:"),
    "answer.who.nobody": ("本路由现在没有人值班。", "Nobody is on call for this route now."),
    "answer.yours": ("你已认领过。", "It is yours already."),
    "answer.taken": (
        "{who} 已先认领；要接手，请发「{verb} @自己」。",
        '{who} was first; to take over, send "{verb} @you".',
    ),
    "answer.already_so": ("已经是这样了。", "It is so already."),
    "answer.no_alertmanager": ("没有能建静默的 Alertmanager。", "There is no Alertmanager that could be asked."),
    "answer.overtaken": (
        "没有执行：刚刚有别的变化，现状看置顶卡片。",
        "Not done: something else came first, see the pinned card.",
    ),
    "answer.incomplete": ("没有记下：缺内容。", "Not recorded: something is missing."),
    "answer.unknown": ("没看懂「{word}」。发「{help}」看命令。", '"{word}" is not a command. Send "{help}".'),
    "answer.unknown.near": ("没看懂「{word}」。是不是：{words}？", '"{word}" is not a command. Did you mean {words}?'),
    "answer.argument": ("{verb} 后面要 {what}，例如：{example}", "{verb} needs {what}, for example: {example}"),
    "answer.alone": ("「{verb}」单独发就行，后面不用写别的。", 'Send "{verb}" on its own.'),
    "answer.time": ("请写 2h、30分钟 或 到09:00。", "Write 2h, 30m or until 09:00."),
    "answer.time_range": ("时长要在 {least} 到 {most} 之间。", "It has to be between {least} and {most}."),
    "answer.person": (
        "找不到 {heard}，请 @ 本人或写公司邮箱。",
        "Cannot find {heard}; mention the person or write the work email.",
    ),
    "answer.not_now": (
        "现在是「{state}」，不能{verb}。可以：{words}。",
        "It is {state}; {verb} does not apply. You can: {words}.",
    ),
    "answer.not_allowed": ("{verb}需要{role}。可以请 {who} 操作。", "{verb} is for {role}. {who} can do it."),
    "answer.direct_only": ("「{verb}」请私聊我发送。", 'Send "{verb}" to me in a direct message.'),
    "answer.elsewhere": (
        "本群不是事件群。请到事件的群里发，或私聊我编号和命令，如「#1423 认领」。",
        'This is no incident\'s group. Use the one of the incident, or message me its number: "#1423 ack".',
    ),
    "answer.wrong_number": (
        "这里是 #{here}。#{n} 请到它的群或私聊我。",
        "This is #{here}. For #{n} use its group or message me.",
    ),
    "answer.no_incident": (
        "没有 #{n}，或你不在其中。发「我的」看列表。",
        'There is no #{n}, or you are not part of it. Send "mine".',
    ),
    "answer.none_open": ("你名下没有进行中的事件。", "You have nothing open."),
    "answer.which": ("你有 {k} 起，请在命令前写编号：", "You have {k} open. Write its number before the command:"),
    "answer.which_here": (
        "这里有 {k} 起，请在命令前写编号：{numbers}",
        "There are {k} here. Write a number before the command: {numbers}",
    ),
    "answer.ended": ("#{n} 已于 {t} 关闭。", "#{n} was closed {t}."),
    "answer.ended.link": ("#{n} 已于 {t} 关闭，记录：", "#{n} was closed {t}. What happened:"),
    "answer.done": ("已记录：#{n} {verb}。", "Recorded: #{n} {verb}."),
    "answer.done.ack": ("已记录：你认领了 #{n}。", "Recorded: you have #{n}."),
    "list.or": ("、", " or "),
    # The timeline; `.itself` is for what no person did.
    "timeline.opened": ("事件开始，路由 {route}", "Incident opened, route {route}"),
    "timeline.relinked": ("与已关闭的 #{number} 同源", "Same source as #{number}, which is closed"),
    "timeline.alerts": ("告警 {firing} 触发 / {total}", "Alerts: {firing} firing / {total}"),
    "timeline.alerts.ran_out": (
        "{count} 条告警来源不再更新，视为恢复",
        "{count} alerts were not renewed by their source and count as resolved",
    ),
    "timeline.severity_set": ("{who} 改了级别", "{who} changed the severity"),
    "timeline.alerts.gone": (
        "Alertmanager 已没有其中 {count} 条告警，视为恢复",
        "Alertmanager holds {count} of the alerts no more; they count as resolved",
    ),
    "timeline.alerts.back": (
        "Alertmanager 中有 {count} 条告警仍在触发",
        "{count} of the alerts fire in Alertmanager again",
    ),
    "timeline.severity": ("级别随告警标签变化", "Severity changed with the alerts' labels"),
    "timeline.group_due": ("{who} 要求立即建群", "{who} asked for a group now"),
    "timeline.group_due.itself": ("仍在触发，现在建群", "Still firing, the group is made now"),
    "timeline.acknowledged": ("{who} 认领", "Acknowledged by {who}"),
    "timeline.unacknowledged": ("{who} 取消认领", "Ack withdrawn by {who}"),
    "timeline.noted": ("{who} 备注", "Note by {who}"),
    "timeline.updated": ("{who} 通报进展", "Update by {who}"),
    "timeline.assigned": ("{who} 转派给 {to}", "Assigned by {who} to {to}"),
    "timeline.resolved": ("{who} 标记为已恢复", "Marked as resolved by {who}"),
    "timeline.resolved.itself": ("来源自动恢复", "Resolved by the source"),
    "timeline.reopened": ("{who} 重开", "Reopened by {who}"),
    "timeline.reopened.itself": ("再次触发，已重开", "Firing again, reopened"),
    "timeline.flapping": (
        "1 小时内反复 {count} 次，暂不逐次通知",
        "Flipped {count} times in an hour, not told for now",
    ),
    "timeline.steady": ("已稳定，恢复通知", "Steady again, told from now on"),
    "timeline.unfolded": ("{who} 要求单独建群", "{who} asked for a group of its own"),
    "timeline.unfolded.p1": ("P1，单独建群", "P1: it gets a group of its own"),
    "timeline.unfolded.orphan": ("风暴的群已关闭，单独建群", "The storm's group is closed: it gets its own"),
    "timeline.unfolding": ("{who} 展开全部", "{who} unfolded all"),
    "timeline.postponed": ("{who} 发言，关闭顺延", "{who} spoke, closing moved"),
    "timeline.kept": ("{who} 选择保留群", "Group kept by {who}"),
    "timeline.closing": ("{who} 要求立即关闭", "{who} asked to close now"),
    "timeline.closing.itself": ("倒计时结束，开始关闭", "Countdown over, closing"),
    "timeline.closed": ("事件关闭", "Incident closed"),
    "timeline.refused": ("{who} 要求「{verb}」，此刻不适用", "{who} asked for {verb}, which does not apply now"),
    "timeline.silence_asked": ("{who} 要求静默", "{who} asked for a silence"),
    "timeline.silenced": ("{who} 建立静默", "Silenced by {who}"),
    "timeline.unsilenced": ("{who} 解除静默", "Silence removed by {who}"),
    "timeline.silenced_up": ("{author} 在 Alertmanager 静默", "Silenced in Alertmanager by {author}"),
    "timeline.silence_ended": ("静默结束", "Silence over"),
    "timeline.chat_created": ("已建群", "Group created"),
    "timeline.room_joined": ("用现成的群", "Uses a standing group"),
    "timeline.chat_lost": ("原群不能再用：{how}（{who}）", "The group cannot be used any more: {how} by {who}"),
    "timeline.chat_lost.itself": ("原群不能再用：{how}", "The group cannot be used any more: {how}"),
    "timeline.rejoined": ("{who} 移出了机器人，它已回到群内", "The bot, taken out by {who}, is back in the group"),
    "timeline.rejoined.itself": ("机器人被移出后已回到群内", "The bot was taken out and is back in the group"),
    "timeline.resolved.lost": ("群已不在，事件随之结束", "The group is gone, and the incident ends with it"),
    "timeline.joined": ("{who} 请 {to} 入群", "{to} was added by {who}"),
    "timeline.joined.self": ("{to} 入群", "{to} joined"),
    "timeline.left": ("{who} 将 {to} 移出群", "{to} was taken out by {who}"),
    "timeline.left.self": ("{to} 离开了群", "{to} left"),
    "timeline.left.itself": ("{to} 已不在群内", "{to} is no longer in the group"),
    "timeline.left.withdrawn": ("{who} 撤回了对 {to} 的邀请", "The invitation of {to} was withdrawn by {who}"),
    "timeline.brought_back": ("已请回 {to}", "{to} was invited back"),
    "timeline.left_again": ("{to} 再次离开，不再请回", "{to} left again and is not invited back"),
    "timeline.renamed": ("{who} 改了群名", "Group renamed by {who}"),
    "timeline.owner_changed": ("{who} 将群主转给 {to}", "Ownership passed by {who} to {to}"),
    "timeline.settings_changed": ("{who} 改了群设置", "Group settings changed by {who}"),
    "timeline.gave_way": ("{thing}多次被改动，不再恢复", "{thing}: changed again and again, left as it is"),
    "timeline.renamed.itself": ("群名已被改", "The group was renamed"),
    "timeline.owner_changed.itself": ("群主已是 {to}", "{to} owns the group now"),
    "timeline.repaired": ("{thing}已被改动，正在恢复", "{thing}: changed by somebody, being restored"),
    "thing.name": ("群名", "Group name"),
    "thing.description": ("群描述", "Group description"),
    "thing.managers": ("群管理员", "Managers"),
    "thing.moderation": ("发言权限", "Who may write"),
    "thing.tabs": ("标签页", "Tabs"),
    "thing.menu": ("群菜单", "Group menu"),
    "thing.announcement": ("群公告", "Announcement"),
    "timeline.disbanded": ("群已解散", "Group disbanded"),
    "timeline.locked": ("群已锁定", "Group locked"),
    "timeline.archived": ("已归档 {messages} 条消息", "{messages} messages archived"),
    "timeline.trouble": ("未能完成 {action}", "Could not {action}"),
    "timeline.trouble.note": ("未按原样完成", "Not done as planned"),
    "timeline.trouble.person": ("{who} 未能入群", "{who} could not be added"),
    "timeline.dead_entry": ("一条消息三次无法处理，已搁置", "An entry that failed three times was set aside"),
    **DOCTOR,
}


def text(key: str, /, **values: str | int | Text) -> Text:
    """The piece with its placeholders filled, in every language; a value may have a wording per language itself."""
    return {
        language: template.format_map({name: _in(language, value) for name, value in values.items()})
        for language, template in zip(LANGUAGES, CATALOGUE[key], strict=True)
    }


def _in(language: str, value: str | int | Text) -> str:
    return value[language] if isinstance(value, dict) else str(value)


def segments(key: str, language: str) -> Iterator[tuple[str, str]]:
    """The piece cut at its placeholders, as (words, placeholder after them or ""), for messages made of nodes."""
    template = CATALOGUE[key][LANGUAGES.index(language)]
    for words, placeholder, _, _ in Formatter().parse(template):
        yield words, placeholder or ""


def placeholders(key: str) -> frozenset[str]:
    """What the piece has to be told."""
    return frozenset(placeholder for _, placeholder in segments(key, LANGUAGES[0]) if placeholder)


def primary(piece: Text, languages: Languages) -> str:
    """The wording in the primary language, for places that have room for one."""
    return piece[languages[0]]


def spoken(piece: Text, languages: Languages) -> Text:
    """The wordings in the languages that are set, the primary one first."""
    return {language: piece[language] for language in languages}


def dual(key: str, languages: Languages) -> str:
    """A fixed label in all languages that are set, for places that cannot tell readers apart: `事件 Incident`."""
    return " ".join(spoken(text(key), languages).values())


def label(key: str, languages: Languages) -> str:
    """`dual` with the colon that its value follows: `负责人 Lead：`."""
    return dual(key, languages) + primary(text("label.colon"), languages)


def join(separator: Text | str, pieces: Iterable[Text | str]) -> Text:
    """Pieces in a row, in every language; a plain `str` is the same in all of them."""
    row = list(pieces)
    return {language: _in(language, separator).join(_in(language, piece) for piece in row) for language in LANGUAGES}
