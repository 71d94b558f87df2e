import { route } from '../kernel/route.js';

/** The page an invitation leads to. Nothing of it needs a build; the token stays behind the `#`, out of every log. */
export const invitationPagePath = '/invitation';

const policy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Accept an invitation</title>
<h1>Accept an invitation</h1>
<p>Choose a password. You sign in with it and the address the invitation was sent to.</p>
<form id="invitation">
<p><label>Name<br><input name="name" autocomplete="name" maxlength="200"></label></p>
<p><label>Password, at least 8 characters<br>
<input name="password" type="password" required minlength="8" maxlength="1024" autocomplete="new-password"></label></p>
<p><button>Make my account</button></p>
</form>
<p id="outcome" role="status"></p>
<script src="${invitationPagePath}.js"></script>
</html>
`;

const script = `const form = document.getElementById('invitation');
const outcome = document.getElementById('outcome');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { name, password } = Object.fromEntries(new FormData(form));
  const body = { token: location.hash.slice(1), password, ...(name.trim() === '' ? {} : { name }) };
  const headers = { 'Content-Type': 'application/json' };
  try {
    const answer = await fetch('/auth/invitations/accept', { method: 'POST', headers, body: JSON.stringify(body) });
    const told = await answer.json();
    const faults = (told.errors ?? []).map((fault) => fault.pointer + ' ' + fault.rule).join('; ');
    const refused = answer.status === 401 ? 'This link has been used, taken back or is too old. Ask for a new one.' : told.title + '. ' + (faults || told.detail);
    outcome.textContent = answer.ok ? 'Done: you can sign in as ' + told.email + ' now.' : refused;
    if (answer.ok) form.remove();
  } catch {
    outcome.textContent = 'The server did not answer. Try again.';
  }
});
`;

/** The routes of the page and of its script. */
export const invitationPage = [
  route({
    method: 'GET',
    path: invitationPagePath,
    permission: 'public',
    summary: 'The page an invitation leads to',
    input: {},
    replies: { 200: null },
    async handle() {
      const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy };
      return { status: 200, headers, body: page };
    },
  }),
  route({
    method: 'GET',
    path: `${invitationPagePath}.js`,
    permission: 'public',
    summary: 'The script of that page',
    input: {},
    replies: { 200: null },
    async handle() {
      return { status: 200, headers: { 'Content-Type': 'text/javascript; charset=utf-8' }, body: script };
    },
  }),
];
