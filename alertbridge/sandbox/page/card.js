// Draws message cards, JSON 2.0 and 1.0, as a client shows them; what a reader does in one becomes a click.

import { add, h, icon, open } from "./dom.js";
import { ask, openMenu, toast } from "./layers.js";
import { larkMarkdown, markdown, mention, picture } from "./richtext.js";
import { avatar } from "./people.js";
import { person } from "./world.js";
import { localized, say, wordsOf } from "./words.js";

const drafts = new Map(); // what stands in a form not sent yet, by "message/form/field"
const unfolded = new Map(); // panels the reader opened or folded, by "message/panel"

/**
 * `context`: {id: the message's, people: ids of the chat's members, click: payload => Promise}. The payload of a click is
 * {button, value, option, form}, as the control API takes it. Inside, `next` numbers the parts that have no name.
 */
export function drawCard(card, context) {
  try {
    return drawKnown(card, context);
  } catch (reason) {
    // The sandbox takes cards 1.0 as loosely as Feishu does: one that is shaped oddly must not blank the others.
    console.warn("card not drawn", context.id, reason);
    return h("section.card", {}, unknown(say("broken_card")));
  }
}

function drawKnown(card, context) {
  if (card.type === "template") return h("section.card", {}, unknown(say("unknown_card")));
  const elements = card.body?.elements ?? localized(card.i18n_elements, card.elements) ?? [];
  let parts = 0;
  const inside = { ...context, next: () => (parts += 1) };
  return h(
    "section.card",
    { "data-width": card.config?.width_mode, "aria-label": titleOf(card) || say("card") },
    card.header && drawHeader(card.header),
    h("div.card-body", { style: { gap: pixels(card.body?.vertical_spacing) } }, drawAll(elements, inside)),
  );
}

export const titleOf = (card) => wordsOf(card.header?.title);

/** What the chat list and the banner show of a card: its summary, else its title. */
export const summaryOf = (card) => wordsOf(card.config?.summary) || titleOf(card) || `[${say("card")}]`;

export const templateOf = (card) => card.header?.template ?? "default";

function drawHeader(header) {
  const tags = (localized(header.i18n_text_tag_list, header.text_tag_list) ?? []).slice(0, 3);
  return h(
    "header.card-head",
    { "data-color": header.template ?? "default" },
    h(
      "div.card-title",
      {},
      h("h3", {}, textOf(header.title)),
      tags.map((tag) => h("span.tag", { "data-color": tag.color ?? "neutral" }, textOf(tag.text))),
    ),
    header.subtitle && h("p.card-subtitle", {}, textOf(header.subtitle)),
  );
}

const textOf = (text) =>
  text?.tag === "lark_md" || text?.tag === "markdown" ? larkMarkdown(wordsOf(text)) : wordsOf(text);

const drawAll = (elements, context) => elements.map((element) => draw(element, context));

function draw(element, context) {
  const known = Object.hasOwn(ELEMENTS, element?.tag) ? ELEMENTS[element.tag] : null;
  return known ? known(element, context) : unknown(say("unknown_part", { tag: element?.tag }));
}

const unknown = (text) => h("p.card-unknown", {}, text);

const ELEMENTS = {
  div: (element, context) =>
    h(
      "div.card-div",
      {},
      h(
        "div.card-texts",
        {},
        element.text && h("p.card-text", textStyle(element.text), textOf(element.text)),
        element.fields &&
          h(
            "div.card-fields",
            {},
            element.fields.map((field) =>
              h("p.card-text", { class: field.is_short ? "short" : null }, textOf(field.text)),
            ),
          ),
      ),
      element.extra && draw(element.extra, context),
    ),
  plain_text: (element) => h("p.card-text", textStyle(element), textOf(element)),
  markdown: (element) => h("div.md", textStyle(element), markdown(wordsOf(element))),
  hr: () => h("hr"),
  img: (element) => picture(wordsOf(element.alt)),
  img_combination: () => picture(),
  person: (element) => h("span.person-chip", {}, avatar(element.user_id, 20), person(element.user_id).name),
  person_list: (element) =>
    h(
      "div.person-chips",
      {},
      (element.persons ?? []).map(({ id }) => h("span.person-chip", {}, avatar(id, 20), person(id).name)),
    ),
  at: (element) => mention(element.user_id ?? element.id),
  column_set: drawColumns,
  column: (element, context) => drawAll(element.elements ?? [], context),
  collapsible_panel: drawPanel,
  form: drawForm,
  button: drawButton,
  overflow: drawOverflow,
  select_static: drawSelect,
  select_person: drawSelect,
  input: drawInput,
  action: (element, context) => h("div.card-actions", {}, drawAll(element.actions ?? [], context)),
  note: (element, context) => h("div.card-note", {}, drawAll(element.elements ?? [], context)),
};

function textStyle(text) {
  const lines = Number.isInteger(text.lines) ? text.lines : null;
  return {
    "data-size": text.text_size,
    "data-align": text.text_align,
    "data-color": text.text_color,
    class: lines ? "clamped" : null,
    style: lines ? { "--lines": lines } : {},
  };
}

const SPACES = { small: "4px", medium: "8px", large: "12px", extra_large: "16px" };

/** A spacing as written in cards: a name, or pixels; null for anything else. */
const pixels = (value) => SPACES[value] ?? (/^\d{1,3}px$/.test(value ?? "") ? value : null);

function drawColumns(element, context) {
  return h(
    "div.columns",
    {
      "data-flex": element.flex_mode ?? "none",
      "data-background": element.background_style,
      style: { gap: pixels(element.horizontal_spacing) ?? "8px" },
    },
    (element.columns ?? []).map((column) =>
      h(
        "div.column",
        { "data-width": columnWidth(column), "data-align": column.vertical_align, style: columnStyle(column) },
        drawAll(column.elements ?? [], context),
      ),
    ),
  );
}

const columnWidth = ({ width }) =>
  width === "weighted" || width === "auto" ? width : pixels(width) ? "fixed" : "auto";

function columnStyle(column) {
  return { "--weight": column.weight ?? 1, "--width": pixels(column.width), gap: pixels(column.vertical_spacing) };
}

function drawPanel(element, context) {
  const key = `${context.id}/${element.element_id ?? `panel-${context.next()}`}`;
  const panel = h(
    "details.panel",
    { open: unfolded.get(key) ?? element.expanded === true, "data-border": element.border ? true : null },
    h(
      "summary",
      { "data-key": key, "data-side": element.header?.icon_position ?? "left" },
      h("span", {}, textOf(element.header?.title)),
      icon("down", 14),
    ),
    h("div.panel-body", {}, drawAll(element.elements ?? [], context)),
  );
  panel.addEventListener("toggle", () => unfolded.set(key, panel.open));
  return panel;
}

// What a reader can do

function drawButton(element, context) {
  const type = element.type ?? "default";
  return h(
    "button.button",
    {
      type: "button",
      "data-type": type,
      "data-size": element.size ?? "medium",
      "data-width": element.width,
      "data-key": keyOf(element, context),
      disabled: element.disabled === true,
      onclick: (event) => pressButton(event.currentTarget, element, context),
    },
    element.text ? textOf(element.text) : icon("more"),
  );
}

const keyOf = (element, context) =>
  `${context.id}/${element.element_id ?? element.name ?? `${element.tag}-${context.next()}`}`;

async function pressButton(node, element, context) {
  const step = element.form_action_type ?? element.action_type;
  if (context.form && (step === "reset" || step === "form_reset")) return context.form.reset();
  if (context.form && (step === "submit" || step === "form_submit")) {
    const missing = context.form.missing();
    if (missing) return toast("error", say("fill_in", { field: missing }));
    return press(node, element, context, { form: context.form.values() });
  }
  return press(node, element, context);
}

/** Confirm if the element asks for it, then follow its behaviours: links open, callbacks become a click. */
async function press(node, element, context, extra = {}) {
  if (element.confirm && !(await ask(element.confirm))) return;
  const behaviors = element.behaviors ?? [];
  const link = behaviors.find((one) => one.type === "open_url") ?? element.multi_url;
  if (link || element.url) open(link?.pc_url || link?.default_url || link?.url || element.url);
  const callback = behaviors.find((one) => one.type === "callback");
  const value = callback ? (callback.value ?? {}) : element.value;
  if (value === undefined && extra.form === undefined && extra.option === undefined) return;
  node.setAttribute("aria-busy", "true");
  await context.click({ button: element.element_id ?? element.name ?? null, value, ...extra });
  node.removeAttribute("aria-busy");
}

function drawOverflow(element, context) {
  return h(
    "button.button.overflow",
    {
      type: "button",
      "data-type": "default",
      "data-width": element.width,
      "data-key": keyOf(element, context),
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": say("more_actions"),
      disabled: element.disabled === true,
      onclick: (event) => openMenu(event.currentTarget, overflowItems(event.currentTarget, element, context)),
    },
    icon("more", 18),
  );
}

function overflowItems(node, element, context) {
  return (element.options ?? []).map((option) => {
    const link = option.multi_url?.pc_url || option.multi_url?.url || option.url;
    const choose = () => (link ? open(link) : press(node, element, context, { option: option.value }));
    return { label: textOf(option.text), choose };
  });
}

function drawSelect(element, context) {
  const options = optionsOf(element, context);
  const field = fieldOf(element, context);
  const initial = element.initial_option ?? options[element.initial_index - 1]?.value;
  const chosen = options.find((option) => option.value === (field.read() ?? initial));
  if (chosen) field.write(chosen.value);
  const shown = h(
    "span.select-value",
    {},
    chosen ? [chosen.lead, chosen.label] : wordsOf(element.placeholder) || say("choose"),
  );
  const node = h(
    "button.select",
    {
      type: "button",
      "data-width": element.width,
      "data-key": keyOf(element, context),
      "data-empty": !chosen,
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      disabled: element.disabled === true,
      onclick: () =>
        openMenu(
          node,
          options.map((option) => ({
            ...option,
            lead: option.lead?.cloneNode(true),
            chosen: option.value === field.read(),
            choose: () => choose(option),
          })),
          {
            role: "listbox",
            label: wordsOf(element.placeholder) || say("choose"),
          },
        ),
    },
    shown,
    icon("down", 14),
  );
  const choose = (option) => {
    if (!context.form) return press(node, element, context, { option: option.value });
    field.write(option.value);
    delete node.dataset.empty;
    return shown.replaceChildren(...[option.lead, option.label].filter(Boolean));
  };
  return node;
}

function optionsOf(element, context) {
  if (element.tag === "select_static")
    return (element.options ?? []).map((option) => ({ value: option.value, label: wordsOf(option.text) }));
  const ids = element.options?.length ? element.options.map((option) => option.value) : context.people;
  return ids.map((id) => ({ value: id, label: person(id).name, note: person(id).email, lead: avatar(id, 24) }));
}

function drawInput(element, context) {
  const field = fieldOf(element, context);
  const many = element.input_type === "multiline_text";
  const label = wordsOf(element.label);
  const key = keyOf(element, context);
  const node = h(many ? "textarea.field" : "input.field", {
    type: many ? null : element.input_type === "password" ? "password" : "text",
    rows: many ? (element.rows ?? 3) : null,
    maxlength: element.max_length,
    placeholder: wordsOf(element.placeholder) || null,
    required: element.required === true,
    "data-key": key,
    "aria-label": label || wordsOf(element.placeholder) || element.name,
    oninput: () => field.write(node.value),
    onkeydown: (event) =>
      event.key === "Enter" &&
      !event.isComposing &&
      !context.form &&
      press(node, element, context, { option: node.value }),
  });
  node.value = field.read() ?? element.default_value ?? "";
  field.write(node.value);
  return h(
    "label.card-input",
    { "data-width": element.width, "data-side": element.label_position },
    label && h("span", {}, label, element.required && h("b.must", { title: say("required") }, " *")),
    node,
  );
}

/** Where the value of a field is kept: in its form's draft, or nowhere. */
function fieldOf(element, context) {
  if (!context.form || !element.name) return { read: () => undefined, write: () => {} };
  return context.form.field(element);
}

function drawForm(element, context) {
  const prefix = `${context.id}/${element.name}`;
  const fields = [];
  const valueOf = (field) => drafts.get(`${prefix}/${field.name}`);
  const nodes = () => drawAll(element.elements ?? [], { ...context, form });
  const form = {
    field(field) {
      fields.push(field);
      return { read: () => valueOf(field), write: (value) => drafts.set(`${prefix}/${field.name}`, value) };
    },
    missing() {
      const field = fields.find((one) => one.required && !valueOf(one));
      return field ? wordsOf(field.label ?? field.placeholder ?? field.name) : null;
    },
    values: () =>
      Object.fromEntries(
        fields.filter((field) => valueOf(field) !== undefined).map((field) => [field.name, valueOf(field)]),
      ),
    reset() {
      for (const field of fields.splice(0)) drafts.delete(`${prefix}/${field.name}`);
      box.replaceChildren();
      add(box, nodes());
    },
  };
  const box = h("div.card-form", { role: "group", "aria-label": element.name });
  return add(box, nodes());
}
