import { Refused } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { bindPreferences } from "../shared/preferences.js";
import { words } from "../shared/words.js";
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

/** Nobody, or not this account: say so, with the next step. Other failures are for the caller. */
function denied(refused) {
  if (!(refused instanceof Refused) || ![401, 403].includes(refused.status)) {
    byId("knowledge").hidden = false;
    documents.showProblem();
    return false;
  }
  const reason = refused.status === 401 ? "signed_out" : "not_allowed";
  byId("knowledge").hidden = true;
  byId("denied").hidden = false;
  byId("denied-title").textContent = words(`knowledge.denied.${reason}.title`);
  byId("denied-text").textContent = words(`knowledge.denied.${reason}.text`);
  byId("denied-link").textContent = words(reason === "signed_out" ? "common.sign_in" : "knowledge.denied.switch");
  return false;
}
