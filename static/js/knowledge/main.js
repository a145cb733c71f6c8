import { showDenied } from "../shared/denied.js";
import { byId } from "../shared/elements.js";
import { bindPreferences } from "../shared/preferences.js";
import { Documents } from "./documents.js";
import { Jobs } from "./jobs.js";
import { bindSearch } from "./search.js";
import { showStats } from "./stats.js";
import { bindUpload } from "./upload.js";

const documents = new Documents({ changed: refresh, denied });
const jobs = new Jobs({ finished: refresh, denied });

bindPreferences();
bindUpload({ jobs, denied });
bindSearch({ denied });
open();

async function open() {
  if (await refresh()) await jobs.load();
}

/** Read the list and the counts again; false if this person may not. */
async function refresh() {
  try {
    await Promise.all([documents.load(), showStats()]);
    byId("knowledge").hidden = false;
    return true;
  } catch (refused) {
    return denied(refused);
  }
}

/** Whoever may not is told so; what else went wrong stands in the list. */
function denied(refused) {
  if (showDenied(refused, byId("knowledge"), "knowledge.denied.")) return false;
  byId("knowledge").hidden = false;
  documents.showProblem();
  return false;
}
