import { TwoLines } from './two-lines.js';

/** Where a session comes from. */
export function Device({
  browser,
  os,
  ip,
}: {
  readonly browser?: string | null;
  readonly os?: string | null;
  readonly ip?: string | null;
}) {
  return <TwoLines below={[os, ip].filter((one) => one).join(', ')}>{browser || 'Unknown browser'}</TwoLines>;
}
