/** What the server wrote into the page: language, words, dealer, model, demo. */
export const page = JSON.parse(document.getElementById("page-data").textContent);

/** The language as the wire knows it: `pt-BR` is `pt`. */
export const wireLanguage = page.language.split("-")[0];
