/** Where the person wanted to go, when that is a path of this origin; else null. */
export function returnTo(search = location.search): string | null {
  const wanted = new URLSearchParams(search).get('return_to') ?? '';
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}$/.test(wanted)) return null;
  const url = new URL(wanted, location.origin);
  return url.origin === location.origin ? url.href : null;
}

/** Whether somebody who is signed in was sent here to sign in with another account (`switch=1`). */
export function wantsAnotherAccount(search = location.search): boolean {
  return new URLSearchParams(search).get('switch') === '1';
}

/** The address of another hosted page, with the way back that this page was given. */
export function onwards(path: string): string {
  const wanted = new URLSearchParams(location.search).get('return_to');
  return returnTo() === null || wanted === null ? path : `${path}?${new URLSearchParams({ return_to: wanted })}`;
}
