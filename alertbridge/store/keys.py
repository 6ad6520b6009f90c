"""Every key in Redis. Both sides use these names: Python as they stand, the Lua scripts as locals put before them.

A name that ends with a colon is the front of one key per incident (or job, person, …); the id follows.
"""

PREFIX = "ab:"

CLOCK = "ab:clock"
"""Milliseconds added to the server's time; absent: none. Only tests and the demo set it."""

# Which incident
NUMBER = "ab:number"
"""Counter: the last `#number` given."""
NUMBERS = "ab:numbers"
"""Hash: number -> incident."""
GROUPS = "ab:groups"
"""Hash: group key -> its open incident."""
HELD = "ab:held"
"""Hash: alert key -> `ends_at_ms last_seen_ms incident:digest … ~group_key …`, while open incidents hold it.

The group keys are those of incidents that held it and closed before the others: by them it joins again.
"""
LAST = "ab:last"
"""Hash: group key -> `incident number closed_ms` of the last incident that was closed; as long as that is kept."""
CHATS = "ab:chats"
"""Hash: chat -> incident; kept after its end, so that who talks there is told that it is too late."""
STANDING = "ab:standing:"
"""Set per standing room: the incidents that have their card there and are not at their end."""

STORM = "ab:storm:"
"""List per route (an umbrella's group key): when (ms) its newest incidents began, as many as make a storm."""
STORMS = "ab:storms"
"""Hash: the same key -> when (ms) an incident began last while there were too many."""

# Its state
BUSY = "ab:busy"
"""Hash: incident or room -> the job that owns it."""
DUE = "ab:due"
"""Sorted set: every incident that is not at its end, by the time (ms) of its next wake; and rooms that wait."""
CLOSED = "ab:closed"
"""Sorted set: incidents at their end, by the time (ms) they got there."""
STATUSES = "ab:statuses"
"""Hash: status -> how many incidents that are not at their end have it."""

# Per incident; the first two per room too
INCIDENT = "ab:incident:"
"""Hash: `schema number opened opening revision attempts status record page dead exported ended earlier later
umbrella folded_in stirred`.

`earlier` is what `LAST` said when it opened, `later` the `incident number` that its group key opened after it.
`umbrella` is the group key of an umbrella, `stirred` says that something under it changed since its last claim;
`folded_in` is the umbrella of one that is folded.
Of a room: `schema revision attempts record dead`.
"""
INBOX = "ab:inbox:"
"""List of entries, oldest first."""
ALERTS = "ab:alerts:"
"""Hash: alert key -> alert, as the owner last saved it."""
HOLDS = "ab:holds:"
"""Set: keys of the alerts that this incident holds; the other direction of `HELD`."""
FOLDS = "ab:folds:"
"""Hash, of an umbrella: incident -> how it stands (JSON), or its number as long as nobody has saved it."""
TIMELINE = "ab:timeline:"
"""List of lines, oldest first."""
ARCHIVE = "ab:archive:"
"""Hash: first and last message of a page and their number -> the page, compressed."""

# Deliveries
BODIES = "ab:bodies"
"""Sorted set: hashes of request bodies, by the time (ms) they were first seen."""
RECEIPTS = "ab:receipts"
"""Sorted set: ids of events and clicks, by the time (ms) they were taken."""
PARKED = "ab:parked"
"""Sorted set: `chat entry` of chats nobody knows yet, by the time (ms) they came."""
DEAD = "ab:dead"
"""List of entries that were set aside after three claims, newest first."""

# arq's own keys, and how its workers are woken
JOB_COUNTER = "ab:jobs"
WAKE = "ab:wake"
"""Channel: a job was queued."""
ARQ_QUEUE = "arq:queue"
ARQ_JOB = "arq:job:"

# Feishu's quota
QUOTA = "ab:quota:"
"""List per bucket: when (ms) its last calls go out; with `:waiting:<class>` a sorted set of who is to come back."""
BLOCKED = "ab:blocked"
"""Hash: bucket -> the time (ms) until which Feishu's gateway has stopped it."""

# Dead man's switches
HEARD = "ab:heard"
"""Hash: `["watchdog","sender"]` -> when (ms) it was heard last. Written by the senders' doors."""
WATCHES = "ab:watches"
"""Hash: the same -> what is known of it (JSON). Written by the worker whose turn it is."""
WATCH_TURN = "ab:watch:turn"
"""String, which expires: one worker has looked at them, nobody else has to before that."""
LISTENING = "ab:listening"
"""Hash `beat since total`: the last sign (ms of the server's own time) that senders could reach us, since when (ms of
the product's) without a pause, and for how long (ms) in all."""

# Outward heartbeat
HEART_TURN = "ab:heart:turn"
"""String, which expires: one web process sends the heartbeat, nobody else has to before that."""
PULSE = "ab:pulse:"
"""String per heartbeat, which expires: what the worker says that took it up."""

# What Alertmanagers were asked
LOOKS = "ab:looks:"
"""String per integration, which expires: one worker asks, or has asked; nobody else has to before that."""
DOUBTS = "ab:doubts:"
"""String per integration, which expires: what its last look found missing, as a JSON list."""
SEEN = "ab:seen:"
"""String per integration, which expires: a JSON object, open incident -> its alerts that were there at some look."""

# Who can be called
MINUTE = "ab:minute:"
"""Hash per person, which expires: `until loudness caller gathers` of the last call; `gathers`: others wait."""
TURNS = "ab:turns:"
"""String per thing that one worker does for all, which expires: whose turn is over."""
CALENDARS = "ab:calendars"
"""Hash: schedule -> what its calendar said when it was read last, compressed."""
CALENDAR_STATES = "ab:calendars:states"
"""Hash: `of:` and schedule -> how reading its calendar went, as JSON; `number` -> how often `CALENDARS` changed."""
REACH = "ab:reach"
"""Hash `unreachable gaps`: what the last looks at who can be called, and when nobody can, found, as JSON."""

# The product
BOT = "ab:bot:"
"""Per app: the open id of its bot; with `:name` what it is called."""
INSTALL = "ab:install"
"""32 random bytes, made once."""
TEAM = "ab:team"
"""Hash `number text`: the accepted team file. Also the channel that says it changed."""
OVERRIDES = "ab:overrides"
"""Hash: override -> the override (JSON), until some time after its end."""
OVERRIDES_NUMBER = "ab:overrides:number"
"""Counter: it rises with each change of them."""
PEOPLE = "ab:people:"
"""String: open id of a person, by how the team file names them; it expires."""
NAMES = "ab:names:"
"""Hash per app: open id of a person -> what people call them."""
AVATARS = "ab:avatars:"
"""Hash per app: name of a picture -> Feishu's image key."""


def lua_locals() -> str:
    """Return one `local NAME = 'key'` line for each key above."""
    names = sorted(name for name, value in globals().items() if name.isupper() and isinstance(value, str))
    return "".join(f"local {name} = '{globals()[name]}'\n" for name in names)
