const parts = ['password', 'second-factor', 'choice', 'full', 'inside'];
const part = Object.fromEntries(parts.map((id) => [id, document.getElementById(id)]));
const told = document.getElementById('told');
const [passwordForm, factorForm] = ['password', 'second-factor'].map((id) => part[id].querySelector('form'));
const methodNames = {
  passkey: 'A passkey or security key',
  totp: 'The code of an authenticator app',
  email: 'A code sent by e-mail',
  recovery: 'A recovery code',
};
const knowsPasskeys = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON !== undefined;

/** What goes with the next step. */
let challenge = '';
let ticket = '';
let csrfToken = '';
/** The part that has come up and is still to be told to whoever cannot see it. */
let fresh = null;

/** Where the person wanted to go, when that is a path of this origin; else null. */
function wayOn() {
  const wanted = new URLSearchParams(location.search).get('return_to') ?? '';
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}$/.test(wanted)) return null;
  const url = new URL(wanted, location.origin);
  return url.origin === location.origin ? url.href : null;
}

/** One request of this origin. Answers whether it went well, the kind of problem if not, and the JSON. */
async function ask(path, body) {
  const headers = { 'Content-Type': 'application/json', ...(csrfToken && { 'X-CSRF-Token': csrfToken }) };
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  const json = text === '' ? {} : JSON.parse(text);
  return { ok: answer.ok, slug: (json.type ?? '').replace('/problems/', ''), json };
}

/** Does one thing at a time; what goes wrong on the way is said. */
async function run(step) {
  const buttons = document.querySelectorAll('button');
  if ([...buttons].some(({ disabled }) => disabled)) return;
  for (const button of buttons) button.disabled = true;
  told.textContent = '';
  try {
    await step();
  } catch (error) {
    const passkey = error instanceof DOMException && error.name !== 'NetworkError';
    told.textContent = passkey ? 'The passkey was not used.' : 'The server did not answer. Try again.';
  } finally {
    for (const button of document.querySelectorAll('button')) button.disabled = false;
    const places = fresh?.querySelectorAll('h2[tabindex], input:not([type=radio]), input:checked, button') ?? [];
    [...places].find((place) => place.offsetParent !== null)?.focus();
    fresh = null;
  }
}

function show(id) {
  for (const [each, element] of Object.entries(part)) element.hidden = each !== id;
  fresh = part[id];
}

function inWords(seconds) {
  if (seconds <= 1) return 'a second';
  if (seconds < 90) return `${Math.ceil(seconds)} seconds`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`;
}

/** A problem in words: what happened, what staff wrote, when to come again. */
function say({ slug, json }) {
  const wait = json.retryAfterSeconds === undefined ? '' : ` Try again in ${inWords(json.retryAfterSeconds)}.`;
  const note = json.message === undefined ? '' : ` ${json.message}`;
  const detail = slug === 'session-ended' ? '' : ` ${json.detail ?? ''}`;
  told.textContent = `${json.title ?? 'The server did not answer as it should'}.${detail}${note}${wait}`;
}

/** Goes on with an answer. `again` asks once more, with what is added. */
async function take(answer, again) {
  const { ok, slug, json } = answer;
  if (ok) return enter(json);
  if (slug === 'second-factor-required') return askFactor(json);
  if (slug === 'licence-choice-required') return chooseLicence(json.licences, again);
  if (slug === 'no-seat-free') return waitOutside(json);
  return say(answer);
}

function enter(view) {
  const on = wayOn();
  csrfToken = view.csrfToken;
  if (on !== null && view.recoveryCodesLeft === undefined) {
    location.replace(on);
    return;
  }
  const { user, licence } = view;
  part.inside.querySelector('.who').textContent = licence === null ? user.email : `${user.email}, ${licence.name}`;
  const codes = part.inside.querySelector('.codes');
  codes.hidden = view.recoveryCodesLeft === undefined;
  codes.textContent = `That recovery code is used up. So many are left: ${view.recoveryCodesLeft}.`;
  part.inside.querySelector('.on').hidden = on === null;
  if (on !== null) part.inside.querySelector('.on a').href = on;
  passwordForm.reset();
  show('inside');
}

function askFactor({ challenge: given, methods }) {
  challenge = given;
  const box = document.getElementById('methods');
  for (const old of box.querySelectorAll('p')) old.remove();
  for (const method of methods.filter((each) => each !== 'passkey' || knowsPasskeys)) {
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'method', value: method });
    input.checked = box.querySelector('input') === null;
    input.addEventListener('change', chooseMethod);
    const label = document.createElement('label');
    label.append(input, ` ${methodNames[method] ?? method}`);
    const line = document.createElement('p');
    line.append(label);
    box.append(line);
  }
  // Where it is the only factor a code has been sent already.
  const only = methods.includes('email') && methods.every((each) => each === 'email' || each === 'recovery');
  document.getElementById('sent').textContent = only ? 'A code has been sent to your e-mail address.' : '';
  factorForm.elements.code.value = '';
  chooseMethod();
  show('second-factor');
  if (methodChosen() === '') told.textContent = 'This account asks for a passkey, which this browser knows nothing of.';
}

const methodChosen = () => factorForm.querySelector('input[name=method]:checked')?.value ?? '';

function chooseMethod() {
  const method = methodChosen();
  document.getElementById('code').hidden = method === 'passkey' || method === '';
  factorForm.elements.code.required = method !== 'passkey';
  factorForm.elements.code.inputMode = method === 'recovery' ? 'text' : 'numeric';
  for (const id of ['send', 'sent']) document.getElementById(id).hidden = method !== 'email';
}

function chooseLicence(licences, again) {
  const list = part.choice.querySelector('ul');
  list.replaceChildren(
    ...licences.map(({ id, name, owner }) => item(`${name} (${owner})`, () => again({ licenceId: id }))),
  );
  show('choice');
}

function waitOutside({ limit, used, nextFreeAt, reason, options, ownSessions, ticket: given }) {
  ticket = given ?? '';
  const when = nextFreeAt === null ? '' : ` The next one falls free by ${new Date(nextFreeAt).toLocaleString()}.`;
  const taken =
    reason === 'USER_MAX'
      ? 'You have as many sessions as one person may have.'
      : `${used} of ${limit} seats are taken.`;
  part.full.querySelector('.why').textContent = taken + when;
  part.full.querySelector('.again').hidden = ticket === '';
  const own = options.includes('end-own') && ticket !== '' ? ownSessions : [];
  part.full.querySelector('.own').hidden = own.length === 0;
  part.full
    .querySelector('ul')
    .replaceChildren(
      ...own.map(({ ref, browser, os, lastSeenAt }) =>
        item(`End ${browser} on ${os}, last used ${new Date(lastSeenAt).toLocaleString()}`, () =>
          takeSeat({ end: ref }),
        ),
      ),
    );
  show('full');
}

function item(text, chosen) {
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
  button.addEventListener('click', () => run(chosen));
  const line = document.createElement('li');
  line.append(button);
  return line;
}

/** A ticket is good for one try: a full house gives another, and without one the person begins again. */
async function takeSeat(whenFull) {
  const answer = await ask('/auth/login/seat', { ticket, ...(whenFull && { whenFull }) });
  await take(answer);
  if (answer.slug === 'invalid-credentials') {
    show('password');
    told.textContent = 'That took too long. Sign in again.';
  }
}

async function resume(wish, tries = 3) {
  const answer = await ask('/auth/resume', wish);
  // Another tab is coming back at this moment.
  if (answer.slug === 'busy' && tries > 1) {
    await new Promise((done) => setTimeout(done, 1000));
    return resume(wish, tries - 1);
  }
  document.getElementById('back').hidden = answer.slug !== 'session-ended';
  if (!answer.ok) show('password');
  // Who has never been here is told nothing.
  return answer.slug === 'not-signed-in' ? undefined : take(answer, (more) => resume({ ...wish, ...more }));
}

async function signIn(given) {
  await take(await ask('/auth/login', given), (more) => signIn({ ...given, ...more }));
  passwordForm.elements.password.value = '';
}

/** What the person's authenticator says. */
async function assertion(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}

async function signInWithPasskey(wish) {
  const begun = await ask('/auth/login/passkey/options', {});
  if (!begun.ok) return say(begun);
  const { token, options } = begun.json;
  const given = { token, response: await assertion(options), ...wish };
  return take(await ask('/auth/login/passkey', given), (more) => signInWithPasskey({ ...wish, ...more }));
}

async function answerFactor(given) {
  const answer = await ask('/auth/login/second-factor', given);
  await take(answer, (more) => answerFactor({ ...given, ...more }));
  if (!answer.ok && !part['second-factor'].hidden) factorForm.elements.code.value = '';
}

async function factorGiven() {
  const method = methodChosen();
  if (method !== 'passkey') return answerFactor({ challenge, method, code: factorForm.elements.code.value });
  const begun = await ask('/auth/login/second-factor/begin', { challenge, method });
  if (!begun.ok) return say(begun);
  return answerFactor({ challenge, method, response: await assertion(begun.json.options) });
}

async function sendCode() {
  const answer = await ask('/auth/login/second-factor/begin', { challenge, method: 'email' });
  if (!answer.ok) return say(answer);
  document.getElementById('sent').textContent = `A code has been sent to ${answer.json.sentTo}.`;
  return factorForm.elements.code.focus();
}

async function leave() {
  const answer = await ask('/auth/logout', {});
  if (!answer.ok) return say(answer);
  csrfToken = '';
  show('password');
  told.textContent = 'You are signed out.';
}

const remember = () => (passwordForm.elements.remember.checked ? { remember: true } : {});
const on = (button, step) => button.addEventListener('click', () => run(step));

passwordForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const { identifier, password } = passwordForm.elements;
  void run(() => signIn({ identifier: identifier.value, password: password.value, ...remember() }));
});
factorForm.addEventListener('submit', (event) => {
  event.preventDefault();
  void run(factorGiven);
});
document.getElementById('with-passkey').hidden = !knowsPasskeys;
on(document.querySelector('#with-passkey button'), () => signInWithPasskey(remember()));
on(document.querySelector('#back button'), () => resume({ whenFull: {} }));
on(document.querySelector('#send button'), sendCode);
on(part.full.querySelector('.again'), () => takeSeat());
on(part.inside.querySelector('.leave'), leave);
for (const anew of document.querySelectorAll('.anew')) on(anew, () => show('password'));

await run(() => resume({}));
if (parts.every((id) => part[id].hidden)) show('password');
