import { page } from "./page.js";

/** The reader's own region of the page's language, if the browser names one: 24 or 12 hours. */
const language = page.language.split("-")[0];
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? page.language;

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const short = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const nearby = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const DAY = 86_400_000;

export const timeOf = (date) => clock.format(date);
export const dateOf = (date) => short.format(date);
export const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
export const sameDay = (one, other) => startOfDay(one).getTime() === startOfDay(other).getTime();

/** The clock on the wall where it happens, wherever the reader is: a moment without its offset. */
export const wallClock = (moment) => new Date(moment.slice(0, 16));

/** "Today", "Yesterday", "Tomorrow", "Monday, 3 March", or a date with its year. */
export function dayOf(date, now = new Date()) {
  const days = Math.round((startOfDay(date) - startOfDay(now)) / DAY);
  if (Math.abs(days) <= 1) return capitalised(nearby.format(days, "day"));
  return date.getFullYear() === now.getFullYear() ? day.format(date) : dayOfYear.format(date);
}

/** "Today, 16:00", "Monday, 3 March, 08:00". */
export const momentOf = (date) => `${dayOf(date)}, ${timeOf(date)}`;

function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase(page.language) + text.slice(1);
}
