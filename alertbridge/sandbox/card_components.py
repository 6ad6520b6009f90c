"""Card JSON 2.0: which properties each part of a card may have. Anything else is refused by the platform.

Source: the card JSON 2.0 pages of the official card documentation, one per component.
"""

COMMON = frozenset({"tag", "element_id", "margin"})
"""What every component has."""

_LAYOUT = frozenset(
    {"padding", "direction", "horizontal_spacing", "horizontal_align", "vertical_spacing", "vertical_align"}
)
_INPUT = frozenset({"name", "required", "disabled", "placeholder", "width", "confirm", "behaviors", "value"})

ROOT = frozenset({"schema", "config", "card_link", "header", "body"})
CONFIG = frozenset(
    {
        "streaming_mode",
        "streaming_config",
        "summary",
        "locales",
        "enable_forward",
        "enable_forward_interaction",
        "update_multi",
        "width_mode",
        "use_custom_translation",
        "style",
    }
)
SUMMARY = frozenset({"content", "i18n_content"})
LINK = frozenset({"url", "android_url", "ios_url", "pc_url"})
HEADER = frozenset(
    {"title", "subtitle", "template", "icon", "text_tag_list", "i18n_text_tag_list", "padding"},
)
BODY = _LAYOUT | {"elements"}
TEXT_TAG = frozenset({"tag", "element_id", "text", "color"})
ICON = frozenset({"tag", "token", "color", "img_key", "size"})
PLAIN_TEXT = frozenset(
    {"tag", "element_id", "content", "i18n_content", "text_size", "text_color", "text_align", "lines", "icon"},
)
CONFIRM = frozenset({"title", "text"})
PANEL_HEADER = frozenset(
    {
        "title",
        "background_color",
        "vertical_align",
        "padding",
        "position",
        "width",
        "icon",
        "icon_position",
        "icon_expanded_angle",
    }
)
BORDER = frozenset({"color", "corner_radius"})
OPTION = frozenset({"text", "value", "icon", "multi_url", "img_key", "disabled", "disabled_tips", "hover_tips"})

BEHAVIORS: dict[str, frozenset[str]] = {
    "callback": frozenset({"type", "value"}),
    "open_url": frozenset({"type", "default_url", "android_url", "ios_url", "pc_url"}),
    "form_action": frozenset({"type", "behavior"}),
}

COMPONENTS: dict[str, frozenset[str]] = {
    "column_set": COMMON
    | {"flex_mode", "horizontal_spacing", "horizontal_align", "background_style", "columns", "action"},
    "column": COMMON | _LAYOUT | {"background_style", "width", "weight", "elements", "action"},
    "form": COMMON | _LAYOUT | {"name", "elements", "confirm"},
    "interactive_container": COMMON
    | _LAYOUT
    | {
        "width",
        "height",
        "background_style",
        "has_border",
        "border_color",
        "corner_radius",
        "behaviors",
        "disabled",
        "disabled_tips",
        "hover_tips",
        "confirm",
        "elements",
    },
    "collapsible_panel": COMMON | _LAYOUT | {"expanded", "background_color", "header", "border", "elements"},
    "div": COMMON | {"width", "text", "icon"},
    "markdown": COMMON | {"content", "i18n_content", "text_size", "text_align", "icon"},
    "hr": COMMON,
    "img": COMMON
    | {"img_key", "i18n_img_key", "alt", "title", "corner_radius", "scale_type", "size", "transparent", "preview"},
    "img_combination": COMMON | {"combination_mode", "combination_transparent", "corner_radius", "img_list"},
    "person": COMMON | {"size", "user_id", "show_avatar", "show_name", "style"},
    "person_list": COMMON | {"lines", "show_name", "show_avatar", "size", "persons", "drop_invalid_user_id", "icon"},
    "chart": COMMON | {"aspect_ratio", "color_theme", "chart_spec", "preview", "height"},
    "table": COMMON
    | {"page_size", "row_height", "row_max_height", "freeze_first_column", "header_style", "columns", "rows"},
    "audio": COMMON | {"file_key", "audio_id", "show_time", "fill_type", "width", "style"},
    "button": COMMON
    | {
        "type",
        "size",
        "width",
        "text",
        "icon",
        "hover_tips",
        "disabled",
        "disabled_tips",
        "confirm",
        "behaviors",
        "form_action_type",
        "name",
        "required",
    },
    "overflow": COMMON | {"width", "options", "value", "confirm", "behaviors"},
    "select_static": COMMON | _INPUT | {"type", "options", "initial_index", "initial_option"},
    "multi_select_static": COMMON | _INPUT | {"type", "options", "selected_values"},
    "select_person": COMMON | _INPUT | {"type", "options", "initial_option"},
    "multi_select_person": COMMON | _INPUT | {"type", "options", "selected_values"},
    "date_picker": COMMON | _INPUT | {"initial_date"},
    "picker_time": COMMON | _INPUT | {"initial_time"},
    "picker_datetime": COMMON | _INPUT | {"initial_datetime"},
    "input": COMMON
    | _INPUT
    | {
        "default_value",
        "max_length",
        "input_type",
        "show_icon",
        "rows",
        "auto_resize",
        "max_rows",
        "label",
        "label_position",
        "fallback",
    },
    "select_img": COMMON
    | _INPUT
    | {"multi_select", "layout", "can_preview", "aspect_ratio", "disabled_tips", "options", "style"},
    "checker": COMMON
    | {
        "name",
        "checked",
        "text",
        "overall_checkable",
        "button_area",
        "checked_style",
        "padding",
        "confirm",
        "behaviors",
        "hover_tips",
        "disabled",
        "disabled_tips",
    },
}
"""Tag of a component -> its properties."""

DROPPED = frozenset({"note", "action"})
"""Components of card JSON 1.0 that 2.0 no longer has (200861)."""

FORM_INPUTS = frozenset(
    {
        "input",
        "select_static",
        "multi_select_static",
        "select_person",
        "multi_select_person",
        "date_picker",
        "picker_time",
        "picker_datetime",
        "select_img",
        "checker",
    }
)

TEMPLATES = frozenset(
    {
        "blue",
        "wathet",
        "turquoise",
        "green",
        "yellow",
        "orange",
        "red",
        "carmine",
        "violet",
        "purple",
        "indigo",
        "grey",
        "default",
    }
)

BUTTON_TYPES = frozenset(
    {
        "default",
        "primary",
        "danger",
        "text",
        "primary_text",
        "danger_text",
        "primary_filled",
        "danger_filled",
        "laser",
    }
)
