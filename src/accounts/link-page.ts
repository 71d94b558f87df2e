import { hostedPage } from './hosted-page.js';

/** What a page behind a one-time link asks for, and where it sends that. */
export interface LinkPage {
  /** Where the link leads; the script lies beside it, with `.js`. */
  readonly path: string;
  readonly title: string;
  /** One sentence above the form. */
  readonly says: string;
  /** What has to be given beside the link; what is not named is known from it, or not needed. */
  readonly asksFor: readonly ('email' | 'name' | 'password' | 'chosenPassword')[];
  /** The fewest characters a password can have here; the server may ask for more. 15 when it is left out. */
  readonly shortestPassword?: number;
  readonly button: string;
  /** What is said when it is done; `{email}` stands for the address in the answer. */
  readonly done: string;
  /** Where the form is posted, with the link's token. */
  readonly postsTo: string;
}

const advice = 'at least 15 characters; three or four words that have nothing to do with each other will do';

const fields = ({ asksFor, shortestPassword = 15 }: LinkPage) => {
  const known = {
    email: `
<p><label>E-mail address<br><input name="email" type="email" required autocomplete="username" maxlength="254"></label></p>`,
    name: `
<p><label>Name<br><input name="name" autocomplete="name" maxlength="200"></label></p>`,
    password: `
<p><label>Password, ${advice}<br>
<input name="password" type="password" required minlength="${shortestPassword}" maxlength="1024" autocomplete="new-password"></label></p>`,
    chosenPassword: `
<p><label>Password you chose when you registered; nothing for an account you have already<br>
<input name="password" type="password" maxlength="1024" autocomplete="current-password"></label></p>`,
  };
  return asksFor.map((field) => known[field]).join('');
};

const html = (page: LinkPage) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${page.title}</title>
<h1>${page.title}</h1>
<p>${page.says}</p>
<form id="account">${fields(page)}
<p><button>${page.button}</button></p>
</form>
<p id="outcome" role="status"></p>
<p><a href="/sign-in">Sign in</a></p>
<script src="${page.path}.js"></script>
</html>
`;

const script = ({ postsTo, done }: LinkPage) => `const form = document.getElementById('account');
const outcome = document.getElementById('outcome');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form));
  if ((given.name ?? '').trim() === '') delete given.name;
  if (given.password === '') delete given.password;
  const body = { token: location.hash.slice(1), ...given };
  const headers = { 'Content-Type': 'application/json' };
  try {
    const answer = await fetch('${postsTo}', { method: 'POST', headers, body: JSON.stringify(body) });
    const told = answer.status === 204 ? {} : await answer.json();
    const faults = (told.errors ?? []).map((fault) => fault.pointer + ' ' + fault.rule).join('; ');
    const stale = 'This link has been used, taken back or is too old. Ask for a new one.';
    const refused = told.type === '/problems/invalid-code' ? stale : told.title + '. ' + (faults || told.detail);
    outcome.textContent = answer.ok ? ${JSON.stringify(done)}.replace('{email}', told.email ?? '') : refused;
    if (answer.ok) form.remove();
  } catch {
    outcome.textContent = 'The server did not answer. Try again.';
  }
});
`;

/** The routes of a page and of its script. The token stays behind the `#`, out of every log. */
export function linkPage(page: LinkPage) {
  return hostedPage({
    path: page.path,
    summary: `The page behind a link: ${page.title}`,
    html: html(page),
    files: [{ path: `${page.path}.js`, type: 'text/javascript', text: script(page) }],
  });
}
