import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientTypes } from '#bootstrap/client-types.mjs';
import { projectFile } from '../../src/platform/project-file.js';
import { WholeServer } from '../support/whole-server.js';

const file = projectFile('src/client/api.ts');
let server: WholeServer;

beforeAll(async () => {
  server = await WholeServer.start();
}, 60_000);

afterAll(() => server?.stop());

/** A text without what the formatter decides about. */
function bare(text: string): string {
  return text
    .replaceAll(/\s+/g, '')
    .replaceAll(/;}/g, '}')
    .replaceAll(/([=:(])\|/g, '$1');
}

describe('the types of the client for browsers', () => {
  it('are those of the OpenAPI document (USHER_WRITE_TYPES=1 writes them anew, npm run format then forms them)', async () => {
    const wanted = clientTypes((await server.client.ask('GET', '/openapi.json')).json);
    if (process.env['USHER_WRITE_TYPES'] === '1') writeFileSync(file, wanted);
    expect(bare(readFileSync(file, 'utf8'))).toBe(bare(wanted));
  });
});
