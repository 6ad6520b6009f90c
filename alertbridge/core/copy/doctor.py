"""The part of the catalogue that `alertbridge doctor` speaks from: what was found, and what to click to mend it.

The names of pages are those of Feishu's and Lark's developer consoles.
"""

DOCTOR: dict[str, tuple[str, str]] = {
    # This machine.
    "doctor.settings": ("环境变量可用", "The settings can be used"),
    "doctor.unknown_variables": ("没有程序读取这些变量：{names}", "Nobody reads these variables: {names}"),
    "mend.unknown_variables": ("检查拼写", "Look for a misspelt name"),
    "doctor.open_doors": (
        "{host} 可被他人访问，而这些没有设置：{names}",
        "Others can reach {host}, and these are not set: {names}",
    ),
    "mend.open_doors": ("设置它们，或只监听 127.0.0.1", "Set them, or listen on 127.0.0.1"),
    "doctor.app_missing": ("没有设置：{names}", "Not set: {names}"),
    "doctor.store": ("存储会保住它确认过的内容", "The store keeps what it acknowledges"),
    "doctor.store_problem": ("存储不可靠：{what}", "The store cannot be relied on: {what}"),
    "mend.store_problem": ("改正：{how}", "Mend: {how}"),
    "doctor.store_away": ("存储没有应答：{cause}", "The store does not answer: {cause}"),
    "mend.store_away": (
        "检查 ALERTBRIDGE_REDIS_URL，以及那台服务器是否在运行",
        "Look at ALERTBRIDGE_REDIS_URL, and whether that server runs",
    ),
    "doctor.store_none": (
        "没有设置 ALERTBRIDGE_REDIS_URL；{folder} 里的存储没有在运行",
        "ALERTBRIDGE_REDIS_URL is not set, and the store in {folder} does not run",
    ),
    "mend.store_none": ("先启动 alertbridge serve，再检查", "Start alertbridge serve, then look again"),
    "doctor.team": (
        "团队文件 {file} 可用：{people} 人，{schedules} 张值班表",
        "The team file {file} is good: {people} people, {schedules} schedules",
    ),
    "doctor.team_none": (
        "没有团队文件：所有告警走同一条路由，群里只有机器人",
        "There is no team file: one route takes everything, and groups have the bot alone in them",
    ),
    "mend.team_none": ("把 ALERTBRIDGE_CONFIG_FILE 指向它", "Set ALERTBRIDGE_CONFIG_FILE to one"),
    "doctor.team_problem": ("团队文件不可用：{problem}", "The team file cannot be used: {problem}"),
    "mend.team_problem": (
        "修改后运行 alertbridge check-config {file}",
        "Mend it, then run alertbridge check-config {file}",
    ),
    "doctor.team_warning": ("团队文件里有一处可疑：{problem}", "Something in the team file is hardly meant: {problem}"),
    # Where to click.
    "page.baseinfo": ("开发者后台 → 应用 → 凭证与基础信息", "Developer Console → the app → Credentials & Basic Info"),
    "page.capability": ("开发者后台 → 应用 → 添加应用能力", "Developer Console → the app → Add Features"),
    "page.auth": ("开发者后台 → 应用 → 权限管理", "Developer Console → the app → Permissions & Scopes"),
    "page.safe": ("开发者后台 → 应用 → 安全设置", "Developer Console → the app → Security Settings"),
    "page.event": ("开发者后台 → 应用 → 事件与回调", "Developer Console → the app → Events & Callbacks"),
    "page.version": (
        "开发者后台 → 应用 → 版本管理与发布",
        "Developer Console → the app → Version Management & Release",
    ),
    "mend.publish": ("随后创建并发布版本", "then create and publish a version"),
    # The app.
    "doctor.credentials": (
        "飞书接受 App ID 与 App Secret",
        "Feishu takes the App ID and the App Secret",
    ),
    "doctor.credentials_refused": ("飞书不接受凭证：{cause}", "Feishu refuses the credentials: {cause}"),
    "mend.credentials": (
        "{page}：复制 App ID 与 App Secret 到 ALERTBRIDGE_FEISHU_APP_ID 与 …_APP_SECRET",
        "{page}: copy App ID and App Secret into ALERTBRIDGE_FEISHU_APP_ID and …_APP_SECRET",
    ),
    "doctor.address_refused": (
        "本机的出口地址不在应用的白名单里：{cause}",
        "The app's allow list does not have this machine's address: {cause}",
    ),
    "mend.address": (
        "{page} → IP 白名单：加入本机的出口地址",
        "{page} → IP allow list: add the address that this machine is seen with",
    ),
    "doctor.feishu_away": ("{url} 没有应答：{cause}", "{url} does not answer: {cause}"),
    "doctor.not_feishu": ("{url} 不是飞书的开放平台：{cause}", "{url} is not Feishu's open platform: {cause}"),
    "mend.feishu_away": (
        "检查 ALERTBRIDGE_FEISHU_BASE_URL、网络与代理",
        "Look at ALERTBRIDGE_FEISHU_BASE_URL, the network and its proxy",
    ),
    "doctor.bot": ("机器人「{name}」可用", 'The bot "{name}" works'),
    "doctor.bot_missing": ("应用没有机器人能力：{cause}", "The app has no bot: {cause}"),
    "mend.bot": ("{page} → 机器人；{publish}", "{page} → Bot; {publish}"),
    "doctor.app_not_in_use": ("应用在企业里没有启用（{status}）", "The app is not in use in this tenant ({status})"),
    "mend.app_not_in_use": (
        "{publish}；管理后台 → 工作台 → 应用管理：启用它（{page}）",
        "{publish}; Admin Console → Workplace → App Management: turn it on ({page})",
    ),
    # What the app may do.
    "doctor.scope": ("权限：{what}", "Allowed: {what}"),
    "doctor.scope_missing": ("缺少权限：{what}（{scopes}）", "Not allowed: {what} ({scopes})"),
    "mend.scope": (
        "{page}：开通 {scopes}（用 | 隔开的任一即可）；{publish}",
        "{page}: add {scopes} (any one of those with | between); {publish}",
    ),
    "doctor.scope_unknown": ("没能查明权限：{what}（{cause}）", "Not known whether allowed: {what} ({cause})"),
    "doctor.history_untried": (
        "还没有群可试：能否读群里的消息、群公告是哪一种，都没有查",
        "There is no group to try it on: whether messages can be read, and which kind of announcement groups have",
    ),
    "need.groups": ("建群、改名、分享、解散", "make, rename, share and disband groups"),
    "need.find": ("列出与查找群", "list and find groups"),
    "need.members": ("加人、设管理员", "add members and managers"),
    "need.notice": ("置顶", "the top notice"),
    "need.lock": ("关闭时禁言", "lock a group at its end"),
    "need.tabs": ("群标签页", "tabs"),
    "need.menu": ("群菜单", "the menu"),
    "need.announcement": ("群公告", "the announcement"),
    "need.messages": ("发消息与卡片", "send and edit cards and messages"),
    "need.buzz_app": ("应用内加急", "buzz people in the app"),
    "need.buzz_sms": ("短信加急", "call people by SMS"),
    "need.buzz_phone": ("电话加急", "call people by phone"),
    "need.archive": ("读消息以归档", "read messages for the archive"),
    "need.history": (
        "读群里所有消息（缺少时群只锁定、不解散）",
        "read every message of a group (without it groups are locked, not disbanded)",
    ),
    "need.reactions": ("用表情回应命令", "answer commands with a reaction"),
    "need.avatars": ("群头像", "avatars"),
    "need.people": ("按邮箱、手机号找人", "find people by email and mobile"),
    "need.names": ("团队文件之外的人的姓名", "names of people who are not in the team file"),
    # People, groups, limits.
    "doctor.people": ("团队文件里的 {count} 人都找得到", "All {count} people of the team file are found"),
    "doctor.person_unknown": (
        "{person}（{handle}）：飞书查不到此人，或已离职",
        "{person} ({handle}): Feishu knows nobody by this, or they left",
    ),
    "doctor.person_inactive": (
        "{person}（{handle}）：账号未激活或被冻结",
        "{person} ({handle}): the account is frozen or was never activated",
    ),
    "mend.person": (
        "核对团队文件；{page}：可用范围与通讯录权限范围都要包含此人",
        "Look at the team file; {page}: availability and contacts range both have to hold this person",
    ),
    "mend.person_inactive": ("请企业管理员激活或解冻", "Ask the tenant's administrator to activate or unfreeze it"),
    "doctor.people_unknown": ("没能查找团队文件里的人：{cause}", "The people could not be looked up: {cause}"),
    "doctor.announcement": ("群公告是 {kind} 一种", "Groups have the {kind} kind of announcement"),
    "doctor.announcement_unknown": (
        "没能查明群公告是哪一种：{cause}",
        "Not known which kind of announcement groups have: {cause}",
    ),
    "mend.with_probe": (
        "运行 alertbridge doctor --probe：它建一个只有机器人的群来试，随后解散",
        "Run alertbridge doctor --probe: it makes a group with the bot alone in it, and disbands it",
    ),
    "doctor.limits": ("没有碰到飞书的频率与用量限制", "None of Feishu's limits was met"),
    "doctor.limits_met": ("飞书说请求太频繁：{cause}", "Feishu says that calls come too often: {cause}"),
    "mend.limits": (
        "看看还有谁用同一个应用：限额按应用计，每个 alertbridge 要有自己的应用",
        "Look who else uses this app: limits count per app, and each alertbridge needs one of its own",
    ),
    "doctor.quota_spent": ("本月的接口用量已用完：{cause}", "This month's calls are used up: {cause}"),
    "mend.quota": (
        "管理后台 → 费用中心：升级版本或等到下月",
        "Admin Console → Billing: another plan, or wait for the next month",
    ),
    "doctor.room": ("机器人在固定群 {room} 里", "The bot is in the standing group {room}"),
    "doctor.room_without_us": ("机器人不在固定群 {room} 里", "The bot is not in the standing group {room}"),
    "mend.room": (
        "飞书里打开那个群 → 设置 → 群机器人：添加机器人（公开群它会自己加入）",
        "In Feishu, open that group → Settings → Bots: add the bot (where the group is public it joins by itself)",
    ),
    "doctor.room_gone": ("固定群 {room} 不存在", "There is no standing group {room}"),
    "mend.room_gone": (
        "改团队文件里的 chat.existing；alertbridge chats list 列出群的 id",
        "Mend chat.existing in the team file; alertbridge chats list shows ids",
    ),
    "doctor.room_unknown": ("没能查明固定群 {room}：{cause}", "Not known whether the group {room} is there: {cause}"),
    # Alertmanagers of the team file.
    "doctor.calendar": (
        "值班表 {schedule} 的日历可读，有 {count} 个日程",
        "The calendar of {schedule} can be read: {count} appointments",
    ),
    "doctor.calendar_away": (
        "读不到值班表 {schedule} 的日历：{cause}",
        "The calendar of {schedule} cannot be read: {cause}",
    ),
    "mend.calendar_away": (
        "检查团队文件的 ical、设置 ALERTBRIDGE_CALENDARS，以及本机能否访问",
        "Look at ical in the team file, at ALERTBRIDGE_CALENDARS, and whether this machine reaches it",
    ),
    "doctor.calendar_partly": (
        "值班表 {schedule} 的日历有一部分读不懂：{cause}",
        "Part of the calendar of {schedule} is not understood: {cause}",
    ),
    "doctor.calendar_name": (
        "值班表 {schedule} 的日历从 {day} 起有「{said}」，不知是谁",
        "The calendar of {schedule} has {said} from {day} on: nobody of the team file",
    ),
    "mend.calendar_name": (
        "在团队文件的 people 里加上此人，或在 ical 的 names 里写明是谁",
        "Add the person to people, or say in names of ical who that is",
    ),
    "doctor.alertmanager": ("Alertmanager {name} 应答正常：{url}", "The Alertmanager {name} answers: {url}"),
    "doctor.alertmanager_away": (
        "Alertmanager {name} 没有可用的应答（{cause}）",
        "The Alertmanager {name} gives no usable answer ({cause})",
    ),
    "mend.alertmanager_away": (
        "确认它在运行、本机能访问 {url}；否则改团队文件里的 alertmanagers",
        "See that it runs and that this machine reaches {url}; else mend alertmanagers in the team file",
    ),
    "doctor.alertmanager_denied": ("Alertmanager {name} 拒绝：{cause}", "The Alertmanager {name} refuses: {cause}"),
    "mend.alertmanager_denied": (
        "检查 {url} 的路径前缀，以及 ALERTBRIDGE_ALERTMANAGER_CREDENTIALS 里 {name} 的凭据",
        "Check the path prefix of {url}, and the credentials of {name} in ALERTBRIDGE_ALERTMANAGER_CREDENTIALS",
    ),
    "doctor.watchdog": (
        "看门狗 {name}：{d}前从 {sender} 听到过",
        "The watchdog {name} was heard from {sender} {d} ago",
    ),
    "doctor.watchdog_waiting": (
        "看门狗 {name}：还没有从 {sender} 听到过",
        "The watchdog {name} has not been heard from {sender} yet",
    ),
    "doctor.watchdog_silent": (
        "看门狗 {name} 失联：{sender} 已 {d}没有发来",
        "The watchdog {name} is silent: nothing from {sender} for {d}",
    ),
    "mend.watchdog_silent": (
        "看 {sender} 的 Prometheus、Alertmanager，以及从那里到这里的网络；它的路由要很快重复这条告警",
        "Look at Prometheus and Alertmanager of {sender}, and the way from there; its route has to repeat it quickly",
    ),
    "doctor.watchdog_sender": (
        "看门狗 {name} 要从 {sender} 听到，但没有叫这个名字的接入令牌：它永远听不到",
        "The watchdog {name} is expected from {sender}, but no ingest token has that name: it is never heard",
    ),
    "mend.watchdog_sender": (
        "ALERTBRIDGE_INGEST_TOKEN 写成 {sender}=令牌，或改团队文件里的 senders",
        "Write {sender}=TOKEN in ALERTBRIDGE_INGEST_TOKEN, or change `senders` in the team file",
    ),
    "doctor.alertmanager_sender": (
        "团队文件写了 Alertmanager {name}，但没有叫这个名字的接入令牌：它的告警不会算到它名下",
        "The team file has an Alertmanager {name}, but no ingest token has that name: no alert will count as its",
    ),
    "mend.alertmanager_sender": (
        "ALERTBRIDGE_INGEST_TOKEN 写成 {name}=令牌，或按已有令牌的名字改团队文件",
        "Write {name}=TOKEN in ALERTBRIDGE_INGEST_TOKEN, or name it in the team file as its token is named",
    ),
    # A group made to try things on.
    "doctor.card": ("飞书接受完整的卡片", "Feishu takes a full card"),
    "doctor.card_simpler": (
        "飞书只接受简化的卡片（{step}）：{cause}",
        "Feishu takes a simpler card only ({step}): {cause}",
    ),
    "mend.card_simpler": (
        "alertbridge 会发简化的卡片；请把错误码告诉我们",
        "alertbridge sends the simpler one; please report the code",
    ),
    "doctor.card_untried": ("没能试发卡片：{cause}", "No card could be tried: {cause}"),
    "doctor.probe": ("试建的群已解散", "The group that was made to try things on is disbanded"),
    "doctor.probe_failed": ("试建群没有成功：{cause}", "No group could be made to try things on: {cause}"),
    "doctor.probe_left": (
        "试建的群 {chat} 没能解散：{cause}",
        "The group {chat} that was made to try things on could not be disbanded: {cause}",
    ),
    "mend.probe_left": (
        "运行 alertbridge chats disband {chat} --without-archive",
        "Run alertbridge chats disband {chat} --without-archive",
    ),
    # Events.
    "doctor.long_connection": ("飞书给出了长连接的地址", "Feishu gives an address for the long connection"),
    "doctor.long_connection_refused": (
        "飞书不给长连接的地址：{cause}",
        "Feishu gives no address for a long connection: {cause}",
    ),
    "mend.long_connection": (
        "必须是企业自建应用；{page}：订阅方式选“使用长连接接收事件”，回调也一样",
        "It must be a custom app; {page}: choose the long connection for events, and for callbacks too",
    ),
    "doctor.long_connection_full": (
        "这个应用的长连接已满 50 条：{cause}",
        "The app has 50 long connections already: {cause}",
    ),
    "mend.long_connection_full": (
        "停掉用同一个应用的其他程序，或给 alertbridge 一个自己的应用",
        "End the other programs that use this app, or give alertbridge an app of its own",
    ),
    "doctor.event_url": ("{url} 会应答飞书的校验", "{url} answers Feishu's check"),
    "doctor.event_url_unset": (
        "没有设置 ALERTBRIDGE_PUBLIC_URL：没法从外面试事件地址",
        "ALERTBRIDGE_PUBLIC_URL is not set: the address of events could not be tried from outside",
    ),
    "mend.event_url_unset": (
        "设置它；{page}：请求地址写 …/feishu/events，保存时飞书会校验",
        "Set it; {page}: the request URL is …/feishu/events, and Feishu checks it when you save",
    ),
    "doctor.event_url_bad": ("{url} 没有通过校验：{cause}", "{url} does not pass the check: {cause}"),
    "mend.event_url_bad": (
        "alertbridge 是否在那里运行、代理是否原样转发；两把密钥是否与 {page} → 加密策略 一致",
        "Does alertbridge run there, is the body passed on unchanged; are both keys those of {page} → Encryption",
    ),
    "cause.no_answer": ("没有应答（{what}）", "no answer ({what})"),
    "cause.redirect": ("答复是跳转 {status}", "it answers with a redirect, {status}"),
    "cause.other_keys": (
        "答复 {status}：它用的 Encrypt Key 或 Verification Token 与这里不同",
        "it answers {status}: its Encrypt Key or Verification Token is another one than here",
    ),
    "cause.status": ("答复 {status}", "it answers {status}"),
    "cause.no_echo": ("答复里没有校验码", "it does not echo the challenge"),
    "doctor.events": (
        "飞书的事件到达了（im.chat.disbanded_v1）",
        "Feishu's events arrive (im.chat.disbanded_v1)",
    ),
    "doctor.events_silent": (
        "{seconds} 秒内没有等到 im.chat.disbanded_v1 事件",
        "No event im.chat.disbanded_v1 came within {seconds} s",
    ),
    "mend.events_silent": (
        "web 进程要在运行；{page}：添加 docs/feishu.md 列出的事件与回调；{publish}",
        "The web process has to run; {page}: add the events and the callback of docs/feishu.md; {publish}",
    ),
    "doctor.events_untried": (
        "没有试过事件是否到达",
        "Whether events arrive was not tried",
    ),
    "doctor.events_unseen": (
        "存储没有应答，没法看事件是否到达：{cause}",
        "The store does not answer, so nobody can see whether events arrive: {cause}",
    ),
}
