import { call, Refused } from "../shared/calls.js";
import { byId, element } from "../shared/elements.js";
import { page } from "../shared/page.js";
import { words } from "../shared/words.js";
import { printed } from "../markdown/printed.js";
import { fieldsOf } from "./fields.js";

const percent = new Intl.NumberFormat(page.language, { style: "percent" });

/** Try what a question finds. */
export function bindSearch({ denied }) {
  byId("search").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = fieldsOf(event.target);
    if (!fields?.query) return byId("query").focus();
    await find(fields, event.target.querySelector("[type=submit]"), denied);
  });
}

async function find(fields, submit, denied) {
  submit.disabled = true;
  try {
    show(await call("POST", "/api/v1/documents/search", fields));
  } catch (error) {
    const isRefused = error instanceof Refused;
    if (isRefused && [401, 403].includes(error.status)) denied(error);
    else byId("results").replaceChildren(element("p", { class: "problem" }, words(isRefused ? "common.failed" : "common.unreachable")));
  } finally {
    submit.disabled = false;
  }
}

function show(passages) {
  if (!passages.length) {
    byId("results").replaceChildren(element("p", { class: "muted" }, words("knowledge.search.nothing")));
    return;
  }
  byId("results").replaceChildren(element("ol", { class: "passages" }, passages.map((passage, at) => entryOf(passage, at === 0))));
}

/** The first is open, the others open at a press. */
function entryOf({ title, page: number, heading, text, relevance }, isFirst) {
  const place = [
    number && words("knowledge.search.page", { page: number }), heading?.replaceAll(" > ", " › "),
    words("knowledge.search.relevance", { percent: percent.format(relevance) }),
  ];
  return element("li", {}, element("details", { open: isFirst },
    element("summary", {}, element("strong", {}, title), " ",
      element("span", { class: "muted" }, place.filter(Boolean).join(" · "))),
    element("div", { class: "prose" }, printed(text))));
}
