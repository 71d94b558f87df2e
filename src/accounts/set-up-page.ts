import { route } from '../kernel/route.js';

/** The page a set-up link leads to. Nothing of it needs a build; the one-time token stays behind the `#`, out of every log. */
export const setUpPagePath = '/auth/set-up';

const policy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Make the first staff account</title>
<h1>Make the first staff account</h1>
<p>This link works once. The account may do everything, also make others staff.</p>
<form id="set-up">
<p><label>E-mail address<br><input name="email" type="email" required autocomplete="username" maxlength="254"></label></p>
<p><label>Name<br><input name="name" autocomplete="name" maxlength="200"></label></p>
<p><label>Password, at least 8 characters<br>
<input name="password" type="password" required minlength="8" maxlength="1024" autocomplete="new-password"></label></p>
<p><button>Make the account</button></p>
</form>
<p id="outcome" role="status"></p>
<script src="/auth/set-up.js"></script>
</html>
`;

const script = `const form = document.getElementById('set-up');
const outcome = document.getElementById('outcome');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { email, name, password } = Object.fromEntries(new FormData(form));
  const body = { token: location.hash.slice(1), email, password, ...(name === '' ? {} : { name }) };
  const headers = { 'Content-Type': 'application/json' };
  try {
    const answer = await fetch('/auth/set-up', { method: 'POST', headers, body: JSON.stringify(body) });
    const told = await answer.json();
    const faults = (told.errors ?? []).map((fault) => fault.pointer + ' ' + fault.rule).join('; ');
    outcome.textContent = answer.ok ? 'Done: ' + told.email + ' can sign in now.' : told.title + '. ' + (faults || told.detail);
    if (answer.ok) form.remove();
  } catch {
    outcome.textContent = 'The server did not answer. Try again.';
  }
});
`;

/** The routes of the page and of its script. */
export const setUpPage = [
  route({
    method: 'GET',
    path: setUpPagePath,
    permission: 'public',
    summary: 'The page a set-up link leads to',
    input: {},
    replies: { 200: null },
    async handle() {
      const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy };
      return { status: 200, headers, body: page };
    },
  }),
  route({
    method: 'GET',
    path: `${setUpPagePath}.js`,
    permission: 'public',
    summary: 'The script of that page',
    input: {},
    replies: { 200: null },
    async handle() {
      return { status: 200, headers: { 'Content-Type': 'text/javascript; charset=utf-8' }, body: script };
    },
  }),
];
