import { TwoLines } from './two-lines.js';

/** Where a session comes from. */
export function Device({ browser, os, ip }: { readonly browser: string; readonly os: string; readonly ip: string }) {
  return <TwoLines below={[os, ip].filter((one) => one !== '').join(', ')}>{browser || 'Unknown browser'}</TwoLines>;
}
