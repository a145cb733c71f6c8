import { answer, Refused, Unreachable } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { words } from "../shared/words.js";
import { fieldsOf } from "./fields.js";

const KINDS = /\.(pdf|docx|txt|md|markdown|html?)$/i;

/** Files by choosing or dropping; each becomes a job with the fields as they are now. */
export function bindUpload({ jobs, denied }) {
  const form = byId("upload");
  const drop = byId("drop");
  const chosen = byId("files");
  const take = (files) => takeFiles([...files], { form, jobs, denied });
  chosen.addEventListener("change", () => {
    take(chosen.files);
    chosen.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => over(event, drop));
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}

function over(event, drop) {
  event.preventDefault();
  drop.classList.add("is-over");
}

async function takeFiles(files, { form, jobs, denied }) {
  const wrong = files.filter((file) => !KINDS.test(file.name));
  byId("upload-problem").textContent = wrong
    .map((file) => words("knowledge.upload.wrong_kind", { name: file.name })).join(" ");
  const fields = fieldsOf(form);
  if (!fields) return;
  for (const file of files) if (!wrong.includes(file)) await upload(file, fields, { jobs, denied });
}

async function upload(file, fields, { jobs, denied }) {
  const row = jobs.row(file.name);
  row.showSending(0);
  try {
    jobs.follow(await send(file, fields, (share) => row.showSending(share)), row);
  } catch (error) {
    row.showFailed(error instanceof Refused ? error.detail : words("common.unreachable"));
    if (error instanceof Refused && [401, 403].includes(error.status)) denied(error);
  }
}

/** As a form with the file and its fields; `fetch` cannot tell how much has gone out. */
function send(file, fields, told) {
  const body = new FormData();
  body.append("file", file, file.name);
  body.append("metadata", JSON.stringify(fields));
  const request = new XMLHttpRequest();
  request.open("POST", "/api/v1/documents/upload");
  request.upload.addEventListener("progress", ({ loaded, total }) => total && told(loaded / total));
  return new Promise((resolve, reject) => {
    request.addEventListener("error", () => reject(new Unreachable()));
    request.addEventListener("load", () => {
      try {
        resolve(answer(request.status, request.responseText));
      } catch (refused) {
        reject(refused);
      }
    });
    request.send(body);
  });
}
