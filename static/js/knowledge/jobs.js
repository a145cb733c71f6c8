import { call, Unreachable } from "../shared/calls.js";
import { byId } from "../shared/elements.js";
import { JobRow } from "./job_row.js";

const PAUSE = 700;
const RECENT = 10 * 60_000;

/** Ingestion jobs and uploads under way, each followed until it ends. */
export class Jobs {
  #tell;

  constructor(tell) {
    this.#tell = tell;
  }

  /** Show what was going on when the page was opened. */
  async load() {
    for (const job of (await call("GET", "/api/v1/documents/jobs")).reverse()) {
      if (isOpen(job)) this.follow(job, this.row(job.source_name));
      else if (job.state === "failed" && isRecent(job)) this.row(job.source_name).showJob(job);
    }
  }

  /** A new row on top for a file of this name. */
  row(name) {
    const row = new JobRow(name, () => this.#showBox());
    byId("jobs").prepend(row.element);
    this.#showBox();
    return row;
  }

  async follow(job, row) {
    let latest = job;
    row.showJob(latest);
    while (isOpen(latest)) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      latest = await this.#again(latest);
      row.showJob(latest);
    }
    this.#tell.finished();
  }

  async #again(job) {
    try {
      return await call("GET", `/api/v1/documents/jobs/${encodeURIComponent(job.id)}`);
    } catch (error) {
      if (error instanceof Unreachable) return job;
      this.#tell.denied(error);
      return { ...job, state: "failed", error: error.detail };
    }
  }

  #showBox() {
    byId("jobs-box").hidden = byId("jobs").childElementCount === 0;
  }
}

const isOpen = (job) => job.state === "queued" || job.state === "running";
const isRecent = (job) => Date.now() - new Date(job.created_at) < RECENT;
