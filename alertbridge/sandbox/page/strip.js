// The strip at the bottom: what the app asked of the sandbox, what it was refused, what it was sent.

import { h } from "./dom.js";
import { showPanel } from "./layers.js";
import { say } from "./words.js";

const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);

const falling = (counts) => Object.entries(counts).sort(([, a], [, b]) => b - a);

const refusals = (refused) =>
  Object.entries(refused).flatMap(([operation, codes]) =>
    falling(codes).map(([code, times]) => [`${operation} · ${code}`, times]),
  );

export function drawStrip({ operations, refused, events }) {
  const denied = refusals(refused);
  return [
    h(
      "button.strip-open",
      {
        type: "button",
        "data-key": "strip",
        "aria-haspopup": "dialog",
        onclick: () => showTraffic({ operations, refused, events }),
      },
      figure(say("operations"), sum(operations)),
      figure(say("events"), sum(events)),
      figure(
        say("refused"),
        denied.reduce((total, [, times]) => total + times, 0),
        denied.length > 0 ? "red" : null,
      ),
      h("span.visually-hidden", {}, say("traffic")),
    ),
    h(
      "ul.strip-top",
      { "aria-label": say("traffic") },
      denied.slice(0, 3).map(([name, times]) => h("li.pill", { "data-color": "red" }, name, " ", h("b", {}, times))),
      falling(operations)
        .slice(0, 8)
        .map(([name, times]) => h("li.pill", {}, name, " ", h("b", {}, times))),
    ),
  ];
}

const figure = (label, count, color) => h("span.figure", { "data-color": color }, label, " ", h("b", {}, count));

function showTraffic({ operations, refused, events }) {
  const table = (key, rows) =>
    h(
      "section.traffic",
      { "data-kind": key },
      h(
        "h3",
        {},
        say(key),
        h(
          "span.count",
          {},
          rows.reduce((total, [, times]) => total + times, 0),
        ),
      ),
      rows.length === 0
        ? h("p.hint", {}, say("traffic_none"))
        : h(
            "ul",
            {},
            rows.map(([name, times]) => h("li", {}, h("code", {}, name), h("b", {}, times))),
          ),
    );
  return showPanel(
    say("traffic"),
    h(
      "div.traffics",
      {},
      table("operations", falling(operations)),
      table("events", falling(events)),
      table("refused", refusals(refused)),
    ),
  );
}
