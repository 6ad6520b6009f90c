"""How an operation says no: Feishu's business code, and the words that go with it."""

from typing import Any


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the sandbox
    """The platform refuses a call.

    `code` is Feishu's; `http` and `msg` come from the operation's error table unless given here. `detail` is appended
    to the message as `ext=`, the way the message API does it. `error`, `data` and `headers` go into the answer.
    """

    def __init__(
        self,
        code: int,
        detail: str = "",
        *,
        msg: str | None = None,
        http: int | None = None,
        error: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.msg = msg
        self.http = http
        self.error = error or {}
        self.data = data
        self.headers = headers or {}
