// Without a build, and so without the client of the manual's spa.md: no types check these calls, a test in Chromium makes them.
const [form, inside, who, said] = ['sign-in', 'inside', 'who', 'said'].map((id) => document.getElementById(id));
let csrfToken = '';

/** One request of this origin: its session cookie goes with it by itself. Answers the status and the JSON. */
async function ask(method, path, body) {
  const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken };
  const sent = method === 'GET' ? {} : { method, headers, body: JSON.stringify(body ?? {}) };
  const answer = await fetch(path, sent);
  const text = await answer.text();
  return { ok: answer.ok, json: text === '' ? null : JSON.parse(text) };
}

/** Shows what a session view, or the problem there is instead, means for the page. */
function show({ ok, json }) {
  form.hidden = ok;
  inside.hidden = !ok;
  who.textContent = ok ? json.user.email : '';
  csrfToken = ok ? json.csrfToken : '';
  said.textContent = ok ? '' : `${json.title}${json.message ? `: ${json.message}` : ''}`;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  show(await ask('POST', '/auth/login', Object.fromEntries(new FormData(form))));
});
document.getElementById('leave').addEventListener('click', async () => {
  await ask('POST', '/auth/logout');
  show(await ask('GET', '/auth/session'));
});
document.getElementById('ask').addEventListener('click', async () => {
  const { ok, json } = await ask('GET', '/api/me');
  if (ok) said.textContent = JSON.stringify(json, null, 2);
  else show({ ok, json });
});

show(await ask('GET', '/auth/session'));
