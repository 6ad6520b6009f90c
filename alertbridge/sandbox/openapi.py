"""The contract as routes, compiled validators and error tables.

How a request that fails validation is answered (the documents leave room, this is our reading):

- a body that is not JSON, or not sent as JSON: 9499, found by the gateway before any field is looked at;
- a page size or page token out of bounds: the operation's own "invalid parameter" code (BEHAVIOUR 14);
- docx, image and contact operations: their own "invalid parameter" code, as they list no gateway code;
- a limit that has a documented code of its own (tab name, number of menus, ...): that code;
- everything else: 99992402 with one `field_violations` entry per finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import jsonschema_rs
import msgspec

from alertbridge.sandbox import contract
from alertbridge.sandbox.refusals import Refused

JsonObject = dict[str, Any]

UNKNOWN_PATH = 99991201
WRONG_METHOD = 99991301
RATE_LIMITED = 99991400
FIELD_VALIDATION = 99992402
NOT_JSON = 9499

_INVALID_PARAMETER = (232001, 230001, 1770001, 234001, 40001)
"""The codes that mean "a parameter fails validation", one per family of operations."""

_OWN_CODES: dict[tuple[str, str], int] = {
    ("chat_tabs_create", "tab_name"): 232047,
    ("chat_tabs_update", "tab_name"): 232047,
    ("chat_tabs_update", "tab_type"): 232049,
    ("chat_menu_tree_create", "chat_menu_top_levels"): 232070,
    ("chat_menu_tree_create", "children"): 232071,
    ("chat_menu_tree_create", "name"): 232078,
    ("chat_menu_item_patch", "name"): 232078,
    ("image_create", "image_type"): 234001,
}
"""(operation, last named field) -> the documented code of a limit; only for lengths, counts and choices."""

_LIMIT_KINDS = ("MaxLength", "MinLength", "MaxItems", "Enum")


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One line of an operation's `x-errors`; `http` None means the documents give no status."""

    code: int
    http: int | None
    msg: str | None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`x-rate-limit`; None means there is no such bound. `status` is what the gateway answers above it."""

    per_second: int | None = None
    per_minute: int | None = None
    status: int = 429
    per_chat_per_second: int | None = None
    per_user_per_second: int | None = None
    per_message_per_second: int | None = None
    per_announcement_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A query parameter: what it may hold, and how its text becomes a value."""

    name: str
    required: bool
    schema: JsonObject

    def read(self, texts: list[str]) -> Any:
        """Return the value of the given occurrences. Raises ValueError whose text tells what is wrong."""
        if self.schema["type"] == "array":
            if len(texts) > (most := self.schema.get("maxItems", len(texts))):
                raise ValueError(f"the max len is {most}")
            return texts
        text = texts[-1]
        match self.schema["type"]:
            case "integer":
                return self._integer(text)
            case "boolean":
                if text not in ("true", "false"):
                    raise ValueError(f"{self.name} should be true or false")
                return text == "true"
        if "enum" in self.schema and text not in self.schema["enum"]:
            raise ValueError(f"{self.name} is optional, options: {self.schema['enum']}")
        if len(text) > (longest := self.schema.get("maxLength", len(text))):
            raise ValueError(f"the max len is {longest}")
        return text

    def _integer(self, text: str) -> int:
        value = int(text)
        if "enum" in self.schema and value not in self.schema["enum"]:
            raise ValueError(f"{self.name} is optional, options: {self.schema['enum']}")
        if value < self.schema.get("minimum", value) or value > self.schema.get("maximum", value):
            raise ValueError(f"{self.name} is out of range")
        return value


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented call."""

    id: str
    method: str
    path: str
    scopes: tuple[str, ...]
    needs_token: bool
    rate_limit: RateLimit
    errors: Mapping[int, ErrorEntry]
    query: tuple[QueryParameter, ...]
    body: jsonschema_rs.Draft202012Validator | None
    body_required: bool
    is_multipart: bool
    binary_fields: tuple[str, ...]
    """The parts of a multipart form that hold bytes."""
    answer: JsonObject = field(repr=False)
    """Schema of the answer with code 0, with the document's components beside it."""

    def lists(self, code: int) -> bool:
        """Say whether the documents list `code` for this operation."""
        return code in self.errors

    @property
    def invalid_parameter(self) -> int:
        """The code for a parameter that the business side refuses."""
        return next((code for code in _INVALID_PARAMETER if code in self.errors), FIELD_VALIDATION)

    def read_query(self, given: Mapping[str, list[str]]) -> JsonObject:
        """Return all documented query parameters with their defaults filled in. Raises Refused."""
        values: JsonObject = {}
        violations: list[JsonObject] = []
        for parameter in self.query:
            texts = given.get(parameter.name)
            if not texts or texts == [""]:
                if parameter.required:
                    violations.append(_violation(parameter.name, "", f"{parameter.name} is required"))
                values[parameter.name] = parameter.schema.get("default")
                continue
            try:
                values[parameter.name] = parameter.read(texts)
            except ValueError as problem:
                if parameter.name == "page_size" and self.invalid_parameter != FIELD_VALIDATION:
                    raise Refused(self.invalid_parameter, f"page_size: {problem}") from None
                violations.append(_violation(parameter.name, texts[-1], str(problem)))
        if violations:
            raise self._invalid(violations)
        return values

    def read_body(self, raw: bytes, content_type: str) -> JsonObject:
        """Return the JSON body after validation ({} when none is asked for and none was sent). Raises Refused.

        `content_type` is empty when the request names none: the official SDK asks for its token that way.
        """
        if self.body is None:
            return {}
        if not raw and not self.body_required:
            return {}
        if content_type not in ("", "application/json"):
            raise Refused(NOT_JSON, msg=f"Bad Request: Content-Type is {content_type}, application/json is needed")
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise Refused(NOT_JSON, msg=f"Bad Request: the body is not JSON: {problem}") from None
        self.check_body(body)
        return cast("JsonObject", body)

    def check_body(self, body: object) -> None:
        """Raise Refused unless `body` fits the contract."""
        if self.body is None or self.body.is_valid(body):
            return
        violations: list[JsonObject] = []
        for finding in self.body.iter_errors(body):
            path = _dotted(finding.instance_path)
            kind = type(finding.kind).__name__
            name = next((part for part in reversed(finding.instance_path) if isinstance(part, str)), "")
            own = _OWN_CODES.get((self.id, name))
            if own is not None and kind in _LIMIT_KINDS:
                raise Refused(own, f"{path}: {finding.message}")
            value = "" if kind == "Required" else str(finding.instance)[:200]
            violations.append(_violation(path, value, finding.message))
        raise self._invalid(violations)

    def _invalid(self, violations: list[JsonObject]) -> Refused:
        error = {"field_violations": violations}
        code = self.invalid_parameter
        if code in (1770001, 234001, 40001):
            return Refused(code, error=error)
        return Refused(FIELD_VALIDATION, msg="field validation failed", error=error)


@dataclass(frozen=True, slots=True)
class Found:
    """The operation a request reached, and the values in its path."""

    operation: Operation
    path: dict[str, str]


class Contract:
    """All operations of the document, found by method and path."""

    def __init__(self, document: JsonObject) -> None:
        self.common_errors = _error_table(document["x-common-errors"])
        self.operations: dict[str, Operation] = {}
        self.event_scopes: dict[str, tuple[str, ...]] = {
            name: tuple(hook["post"]["x-scopes"]) for name, hook in document["webhooks"].items()
        }
        self._routes: JsonObject = {}
        for path, methods in document["paths"].items():
            for method, description in methods.items():
                operation = _operation(document, path, method.upper(), description)
                self.operations[operation.id] = operation
                self._add_route(operation)

    @classmethod
    def load(cls) -> "Contract":
        """Read the contract that ships with the package."""
        return cls(contract.load())

    def find(self, method: str, path: str) -> Found:
        """Return the operation behind `method path`. Raises Refused: 99991201 unknown path, 99991301 wrong method."""
        values: list[str] = []
        node = self._routes
        for part in path.strip("/").split("/"):
            if part in node:
                node = node[part]
            elif part and "{}" in node:
                node = node["{}"]
                values.append(part)
            else:
                raise Refused(UNKNOWN_PATH)
        methods: dict[str, tuple[Operation, tuple[str, ...]]] | None = node.get("")
        if methods is None:
            raise Refused(UNKNOWN_PATH)
        if method not in methods:
            raise Refused(WRONG_METHOD)
        operation, names = methods[method]
        return Found(operation, dict(zip(names, values, strict=True)))

    def entry(self, operation: Operation | None, code: int) -> ErrorEntry | None:
        """Return what the documents say about `code`: the operation's own table first, then the common one."""
        if operation is not None and code in operation.errors:
            return operation.errors[code]
        return self.common_errors.get(code)

    def _add_route(self, operation: Operation) -> None:
        node = self._routes
        names: list[str] = []
        for part in operation.path.strip("/").split("/"):
            is_parameter = part.startswith("{")
            if is_parameter:
                names.append(part[1:-1])
            node = node.setdefault("{}" if is_parameter else part, {})
        node.setdefault("", {})[operation.method] = (operation, tuple(names))


def _operation(document: JsonObject, path: str, method: str, description: JsonObject) -> Operation:
    content = description.get("requestBody", {}).get("content", {})
    is_multipart = "multipart/form-data" in content
    schema = content.get("multipart/form-data" if is_multipart else "application/json", {}).get("schema")
    components = {"components": document["components"]}
    parameters = [_resolved(document, parameter) for parameter in description.get("parameters", [])]
    answer = description["responses"]["200"]["content"]["application/json"]["schema"]
    return Operation(
        id=description["operationId"],
        method=method,
        path=path,
        scopes=tuple(description["x-scopes"]),
        needs_token=bool(description["x-tokens"]),
        rate_limit=_rate_limit(description["x-rate-limit"]),
        errors=_error_table(description.get("x-errors", [])),
        query=tuple(
            QueryParameter(parameter["name"], parameter["required"], parameter["schema"])
            for parameter in parameters
            if parameter["in"] == "query"
        ),
        body=None if schema is None else jsonschema_rs.Draft202012Validator({**schema, **components}),
        body_required=description.get("requestBody", {}).get("required", False),
        is_multipart=is_multipart,
        binary_fields=tuple(
            name for name, part in (schema or {}).get("properties", {}).items() if "contentMediaType" in part
        ),
        answer={**answer, **components},
    )


def _resolved(document: JsonObject, node: JsonObject) -> JsonObject:
    reference = node.get("$ref")
    if reference is None:
        return node
    target: JsonObject = document
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return target


def _rate_limit(described: JsonObject) -> RateLimit:
    return RateLimit(
        per_second=described.get("per_second"),
        per_minute=described.get("per_minute"),
        status=described.get("status_when_exceeded", 429),
        per_chat_per_second=described.get("per_chat_per_second"),
        per_user_per_second=described.get("per_user_per_second"),
        per_message_per_second=described.get("per_message_per_second"),
        per_announcement_per_second=described.get("per_announcement_edits_per_second"),
    )


def _error_table(entries: list[JsonObject]) -> dict[int, ErrorEntry]:
    return {entry["code"]: ErrorEntry(entry["code"], entry["http"], entry["msg"]) for entry in entries}


def _violation(name: str, value: str, description: str) -> JsonObject:
    return {"field": name, "value": value, "description": description}


def _dotted(path: list[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
