import { page } from "./page.js";

const clock = new Intl.DateTimeFormat(page.language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(page.language, { weekday: "long", day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat(page.language, { dateStyle: "long" });
const short = new Intl.DateTimeFormat(page.language, { dateStyle: "medium" });
const nearby = new Intl.RelativeTimeFormat(page.language, { numeric: "auto" });
const DAY = 86_400_000;

export const timeOf = (date) => clock.format(date);
export const dateOf = (date) => short.format(date);
export const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
export const sameDay = (one, other) => startOfDay(one).getTime() === startOfDay(other).getTime();

/** "Today", "Yesterday", "Monday, 3 March", or a date with its year. */
export function dayOf(date, now = new Date()) {
  const days = Math.round((startOfDay(date) - startOfDay(now)) / DAY);
  if (days === 0 || days === -1) return capitalised(nearby.format(days, "day"));
  return date.getFullYear() === now.getFullYear() ? day.format(date) : dayOfYear.format(date);
}

function capitalised(text) {
  return text.charAt(0).toLocaleUpperCase(page.language) + text.slice(1);
}
