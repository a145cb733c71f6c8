const YEAR = 365 * 86_400;

/** Language and appearance are cookies, so that the server draws the page right at once. */
export function bindPreferences() {
  for (const choice of document.querySelectorAll("[data-language]")) {
    choice.addEventListener("change", () => chooseLanguage(choice.value));
  }
  for (const choice of document.querySelectorAll("[data-appearance-choice]")) {
    choice.addEventListener("change", () => chooseAppearance(choice.value));
  }
}

function chooseLanguage(language) {
  remember("genai_auto_language", language);
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  if (address.href === location.href) location.reload();
  else location.replace(address);
}

function chooseAppearance(appearance) {
  remember("genai_auto_appearance", appearance);
  document.documentElement.dataset.appearance = appearance;
}

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}
