/** Where to go afterwards: a path of this site, whatever the address bar says. */
export function nextPath(search = location.search, otherwise = "/chat") {
  const wanted = new URLSearchParams(search).get("next");
  if (!wanted) return otherwise;
  try {
    const address = new URL(wanted, location.origin);
    return address.origin === location.origin ? address.pathname + address.search : otherwise;
  } catch {
    return otherwise;
  }
}
