import type { Command } from 'commander';
import { viewOfExplanation } from '../admin/explain-routes.js';
import { systemClock } from '../kernel/clock.js';
import { isoInstant, line } from '../kernel/text.js';
import { argumentOf, licenceNamed, optionOf } from './find.js';
import { plain } from './table.js';
import type { Workshop } from './workshop.js';

/** `usher explain`: why somebody was refused. */
export function addExplainCommand(program: Command, workshop: Workshop): void {
  program
    .command('explain')
    .description('why somebody was refused at some time, or what happened instead')
    .argument('<user>', 'id, e-mail address or user name')
    .option('--at <time>', 'about when (ISO 8601); now when it is left out')
    .option('--licence <licence>', 'only in this licence (id or serial)')
    .action((named: string, options: { at?: string; licence?: string }, command: Command) =>
      workshop.withTools(async (tools) => {
        const user = argumentOf('user', named, line(254));
        const at = optionOf('--at', options.at, isoInstant) ?? new Date(systemClock.nowMs());
        const licenceId = options.licence === undefined ? undefined : (await licenceNamed(tools, options.licence)).id;
        const facts = await tools.explainer.explain({ user, at, licenceId, visible: 'everything' });
        const view = viewOfExplanation(facts);
        workshop.tell(command, view, () => view.words.map((sentence) => `${plain(sentence)}\n`).join(''));
      }),
    );
}
