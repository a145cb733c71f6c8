/** A REST call that was refused: `code` and `detail` as the server worded them. */
export class Refused extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code, detail });
  }
}

/** The network or the server was not there at all. */
export class Unreachable extends Error {}

/** Call the product's REST interface; answers JSON, or null for no content. */
export async function call(method, path, body) {
  const response = await reach(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
  });
  return answer(response.status, await response.text());
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new Unreachable();
  }
}

/** Read an answer's text; raises Refused for anything but success. */
export function answer(status, text) {
  const content = parsed(text);
  if (status >= 200 && status < 300) return content;
  throw new Refused(status, content?.error ?? "AppError", content?.detail ?? "");
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
