import { dateOf, timeOf } from "../shared/dates.js";
import { element } from "../shared/elements.js";
import { page } from "../shared/page.js";
import { words } from "../shared/words.js";
import { nameOf } from "./citations.js";

/** Save the conversation as a text file, made here. */
export function download(entries) {
  const text = [page.dealer.name, "", ...entries.map(written)].join("\n");
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const day = new Date().toISOString().slice(0, 10);
  element("a", { href: address, download: `${words("chat.download.file")}-${day}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function written(entry) {
  if (entry.kind === "card") return `${entry.text}\n`;
  if (entry.kind === "rating") return "";
  if (entry.kind === "system") return `-- ${entry.text}\n`;
  const who = entry.kind === "customer" ? words("chat.you") : (entry.name ?? words("common.assistant"));
  const when = entry.at ? `${dateOf(entry.at)}, ${timeOf(entry.at)}` : "";
  const sources = (entry.metadata?.sources ?? []).map((source) => `  [${source.n}] ${nameOf(source)}`);
  return [`${who} (${when}):`, entry.text, ...sources, ""].join("\n");
}
