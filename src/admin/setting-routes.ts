import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { RoutePermission } from '../access/permissions.js';
import type { ToldSetting } from '../config/told-settings.js';
import { type Clock, isoTime } from '../kernel/clock.js';
import { type Route, route } from '../kernel/route.js';
import { projectFile } from '../platform/project-file.js';

const setting = z.object({
  name: z.string(),
  /** Null where it is not set, and for what is secret. */
  value: z.string().nullable(),
  secret: z.boolean(),
  set: z.boolean(),
  default: z.string().nullable(),
  /** Markdown of one line. */
  doc: z.string(),
  example: z.string(),
  source: z.enum(['env', 'file', 'default']),
});

/** The route by which staff see what the server was started with. */
export function settingRoutes(told: readonly ToldSetting[], clock: Clock): Route<RoutePermission>[] {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(projectFile('package.json'), 'utf8')));
  const startedAt = isoTime(clock.nowMs());
  return [
    route({
      method: 'GET',
      path: '/admin/api/settings',
      permission: 'settings.read',
      summary: 'What the server was started with: every setting but the secrets, of which is told whether they are set',
      input: {},
      replies: {
        200: z.object({
          items: z.array(setting),
          version: z.string(),
          /** The version of Node.js. */
          node: z.string(),
          startedAt: z.iso.datetime(),
        }),
      },
      async handle() {
        return { status: 200, body: { items: [...told], version, node: process.versions.node, startedAt } };
      },
    }),
  ];
}
