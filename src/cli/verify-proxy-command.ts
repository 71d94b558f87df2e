import type { Command } from 'commander';
import { z } from 'zod';
import { ConfigError } from '../config/config.js';
import { Outside } from '../http/outside.js';
import { probeProof } from '../http/proxy-probe.js';
import { ProxyTrials, type Trial, type TrialPlan, type Visitor } from '../http/proxy-trials.js';
import { systemClock } from '../kernel/clock.js';
import { argumentOf, optionOf } from './find.js';
import { plain } from './table.js';
import { CommandFailed } from './terminal.js';
import type { Workshop } from './workshop.js';

/** The status when the proxy could not be tried. */
const couldNotTry = 2;
const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .transform((text) => new URL(text));
const path = z.string().regex(/^\/[\x21-\x22\x24-\x3e\x40-\x7e]*$/, 'must be a path that begins with a slash');
const signedIn = z.object({ user: z.object({ id: z.string() }), csrfToken: z.string() });

interface Options {
  readonly location: string;
  readonly probe?: string;
  readonly backend?: string;
  readonly identifier?: string;
  readonly passwordStdin?: true;
}

/** `usher verify-proxy`: whether a forged identity gets through a reverse proxy. */
export function addVerifyProxyCommand(program: Command, workshop: Workshop): void {
  program
    .command('verify-proxy')
    .description('whether a forged identity gets through a reverse proxy')
    .argument('<url>', 'where people reach the proxy')
    .option('--location <path>', 'a path of the API that only those with a session may reach', '/api/')
    .option('--probe <path>', 'another path that leads to the probe; the location and usher-probe when it is left out')
    .option('--identifier <user>', 'signs this user in through the proxy, to try what only they can')
    .option('--password-stdin', 'read the password from standard input')
    .option('--backend <url>', 'where the API listens: only the proxy should get an answer there')
    .addHelpText(
      'after',
      '\nIt asks from outside, as an attacker would. What arrives behind the proxy is told by Usher, in the place of the API: the\n' +
        'same lines that guard the location lead <location>/usher-probe to /auth/proxy-probe (see docker/nginx.conf). The settings\n' +
        'must hold the secrets of that server. What was not tried is said at the end.\n' +
        'Exit status: 0 nothing got through, 1 something did, 2 the proxy could not be tried.',
    )
    .action(async (url: string, options: Options, command: Command) => {
      try {
        await workshop.withConfig([], async ({ SESSION_SECRETS, PUBLIC_URL }) => {
          const plan = planOf(url, options, PUBLIC_URL, () => probeProof(SESSION_SECRETS, systemClock));
          const trials = await tried(workshop, plan, options);
          const faults = trials.filter(({ fault }) => fault !== null).length;
          const untried = notTried(plan, options);
          workshop.tell(
            command,
            { sound: faults === 0, signedIn: options.identifier !== undefined, trials, untried },
            () => words(trials, faults, untried),
          );
          workshop.status = faults === 0 ? 0 : 1;
        });
      } catch (error) {
        // Faulty settings and wrong use are that, whatever was to be done with them.
        if (!(error instanceof Error) || error instanceof ConfigError || error instanceof CommandFailed) throw error;
        throw new CommandFailed(error.message, couldNotTry);
      }
    });
}

function planOf(text: string, options: Options, publicUrl: string, prove: () => string): TrialPlan {
  const url = argumentOf('url', text, address);
  const location = optionOf('--location', options.location, path) ?? '/api/';
  const probe = optionOf('--probe', options.probe, path) ?? `${below(location)}usher-probe`;
  return { url, location, probe, prove, signInOrigins: [url.origin, new URL(publicUrl).origin] };
}

/** What every path below a location begins with. */
function below(location: string): string {
  return `${location.replace(/\?.*/, '').replace(/\/*$/, '')}/`;
}

/** What a sound proxy may still get wrong. */
function notTried({ location, probe }: TrialPlan, { identifier, backend }: Options): string[] {
  const untried = [`other locations than ${location}: each has to be tried by itself (--location)`];
  if (!probe.startsWith(below(location))) {
    untried.push(`what arrives behind ${location}: the probe is ${probe}, which other lines may guard`);
  }
  if (identifier === undefined) {
    untried.push('what arrives for somebody with a session. Nobody was signed in: --identifier does that');
  }
  if (backend === undefined) untried.push('whether the API answers whoever reaches its port (--backend)');
  return untried;
}

async function tried(workshop: Workshop, plan: TrialPlan, options: Options): Promise<Trial[]> {
  const outside = new Outside(plan.url);
  const backend = optionOf('--backend', options.backend, address);
  const trials = new ProxyTrials(outside, plan);
  const found = await trials.withoutSession();
  if (options.identifier !== undefined) {
    const password = await workshop.terminal.secret('password', options.passwordStdin === true);
    const session = await enter(outside, options.identifier, password);
    try {
      found.push(...(await trials.withSession(session.visitor)));
    } finally {
      await session.leave();
    }
  }
  if (backend !== undefined) found.push(await trials.directly(new Outside(backend)));
  return found;
}

/** Signs in through the proxy, as a browser does. What was opened is to be left. */
async function enter(outside: Outside, identifier: string, password: string) {
  const answer = await outside.ask('POST', '/auth/login', [], { identifier, password });
  if (answer.status !== 200) throw new Error(`Signing in through the proxy was answered with ${answer.status}`);
  const { user, csrfToken } = signedIn.parse(JSON.parse(answer.text));
  const cookies = [answer.headers['set-cookie'] ?? []].flat().map((line) => line.split(';', 1)[0]);
  const headers: Visitor['headers'] = [['Cookie', cookies.join('; ')]];
  return {
    visitor: { userId: user.id, headers } satisfies Visitor,
    leave: () => outside.ask('POST', '/auth/logout', [...headers, ['X-CSRF-Token', csrfToken]]),
  };
}

function words(trials: readonly Trial[], faults: number, untried: readonly string[]): string {
  const lines = trials.map(({ what, fault }) =>
    fault === null ? `stopped  ${plain(what)}` : `FAULT    ${plain(what)}\n         ${plain(fault)}`,
  );
  for (const what of untried) lines.push(`not tried  ${plain(what)}`);
  lines.push(
    faults === 0
      ? 'Nothing got through of what was tried.'
      : `${faults} of ${trials.length} attempts were not stopped.`,
  );
  return `${lines.join('\n')}\n`;
}
