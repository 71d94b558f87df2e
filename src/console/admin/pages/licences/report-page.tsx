import { Button } from '@mantine/core';
import { Printer } from 'lucide-react';
import { useParams } from 'wouter';
import { nowMs } from '../../../../client/clock.js';
import { useMe } from '../../api/me.js';
import { useAsk } from '../../api/queries.js';
import { Failed } from '../../kit/failed.js';
import { Page } from '../../kit/page.js';
import { Waiting } from '../../kit/waiting.js';
import { licencePath } from './licence-calls.js';
import type { Licence } from './licence-types.js';
import { ReportSheet, type ReportUsage } from './report-sheet.js';
import type { Advice } from './usage-figures.js';

const dayMs = 86_400_000;

/** The report of a licence for its owner: one page, to look at and to print. */
export function LicenceReportPage() {
  const { id = '' } = useParams<{ id: string }>();
  const { user } = useMe();
  const path = licencePath(id);
  const toMs = Math.floor(nowMs() / dayMs + 1) * dayMs;
  const period = { from: new Date(toMs - 30 * dayMs).toISOString(), to: new Date(toMs).toISOString(), bucket: 'day' };
  const licence = useAsk<Licence>(path);
  const usage = useAsk<ReportUsage>(`${path}/usage`, period);
  const denials = useAsk<{ totals: { byReason: Record<string, { refusals: number }> } }>(`${path}/denials`, {
    ...period,
    limit: 1,
  });
  const advice = useAsk<Advice>(`${path}/advice`);
  const crumbs = [
    { label: 'Licences', href: '/licences' },
    { label: licence.data?.name ?? 'Licence', href: `/licences/${id}` },
  ];
  const failed = licence.error ?? usage.error ?? denials.error ?? advice.error;
  const again = () => [licence, usage, denials, advice].forEach((one) => void one.refetch());
  const ready = licence.data && usage.data && denials.data && advice.data;
  return (
    <Page
      title={licence.data === undefined ? 'Report' : `Report: ${licence.data.name}`}
      crumbs={crumbs}
      actions={
        <Button leftSection={<Printer size={16} aria-hidden />} disabled={!ready} onClick={() => print()}>
          Print
        </Button>
      }
    >
      {ready ? (
        <ReportSheet
          licence={licence.data}
          usage={usage.data}
          byReason={denials.data.totals.byReason}
          advice={advice.data}
          by={user.name ?? user.email}
        />
      ) : failed === null ? (
        <Waiting lines={12} label="Putting the report together" />
      ) : (
        <Failed problem={failed} onRetry={again} />
      )}
    </Page>
  );
}
