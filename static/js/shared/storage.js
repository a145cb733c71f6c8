/** Browser storage that also works, for as long as the page lives, where it is switched off. */
const inMemory = new Map();

export function stored(key) {
  try {
    return localStorage.getItem(key) ?? inMemory.get(key) ?? null;
  } catch {
    return inMemory.get(key) ?? null;
  }
}

export function store(key, value) {
  try {
    localStorage.setItem(key, value);
    inMemory.delete(key);
  } catch {
    inMemory.set(key, value);
  }
}

/** Everything of this product, in this browser. */
export function forgetAll() {
  inMemory.clear();
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("genai-auto.")) localStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}

export function forget(key) {
  inMemory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}
