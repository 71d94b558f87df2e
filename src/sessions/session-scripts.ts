import type { Metrics } from '../platform/metrics.js';
import { projectFile } from '../platform/project-file.js';
import { loadScript, type RedisScript } from '../platform/redis-script.js';
import { TimedScript } from '../platform/timed-script.js';

const names = [
  'open',
  'read',
  'peek',
  'lives',
  'confirm',
  'save',
  'rotate',
  'refresh',
  'close',
  'list',
  'find',
  'idlest',
  'show',
  'count',
  'policy',
  'refuse',
  'reconcile',
  'survey',
  'mend',
] as const;

/** The scripts that are the only ones to touch session keys, by name. */
export type SessionScripts = Readonly<Record<(typeof names)[number], RedisScript>>;

/**
 * Reads the session scripts. `includes` replaces included parts by name: tests shift the clock that way; what ships knows no
 * offset. `folder` is where the scripts are, by default those of the project.
 */
export function loadSessionScripts(
  options: { folder?: string; includes?: Readonly<Record<string, string>> } = {},
): SessionScripts {
  const folder = options.folder ?? projectFile('src/sessions/scripts');
  const load = (name: string) =>
    loadScript(`${folder}/${name}.lua`, options.includes === undefined ? {} : { includes: options.includes });
  return Object.fromEntries(names.map((name) => [name, load(name)])) as Record<(typeof names)[number], RedisScript>;
}

/** Of what runs with every check, one run in so many is timed. */
const checksPerTiming = 100;

/** The same scripts, timed. */
export function timedSessionScripts(scripts: SessionScripts, metrics: Pick<Metrics, 'scriptRun'>): SessionScripts {
  const timed = names.map((name) => {
    const every = name === 'read' || name === 'peek' ? checksPerTiming : 1;
    return [name, new TimedScript(scripts[name], metrics, every)];
  });
  return Object.fromEntries(timed) as Record<(typeof names)[number], RedisScript>;
}
