"""Our languages under Feishu's names, and text that Feishu shows to each reader in their own."""

from collections.abc import Callable
from typing import Any

from alertbridge.core.chats.chat import Text
from alertbridge.core.copy.catalogue import Languages

LOCALES = {"zh": "zh_cn", "en": "en_us"}
"""Our language codes -> Feishu's. Other clients are shown one of the two."""

JsonObject = dict[str, Any]


def by_locale(languages: Languages, make: Callable[[str], Any]) -> JsonObject:
    """`{"zh_cn": make("zh"), "en_us": make("en")}` for the languages that are set, the primary one first."""
    return {LOCALES[language]: make(language) for language in languages}


def worded(piece: Text | str, languages: Languages) -> JsonObject:
    """`content` in the primary language, and `i18n_content` where another language that is set says it differently."""
    if isinstance(piece, str):
        return {"content": piece}
    spoken = {piece[language] for language in languages}
    content: JsonObject = {"content": piece[languages[0]]}
    return content if len(spoken) == 1 else content | {"i18n_content": by_locale(languages, piece.__getitem__)}
