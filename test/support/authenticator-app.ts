import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from 'otplib';

const stepSeconds = 30;

/** The code that an authenticator app shows at this time, or so many steps away from it. */
export function codeAt(timeMs: number, secret: string, steps = 0): Promise<string> {
  return generate({ secret, epoch: Math.floor(timeMs / 1000) + stepSeconds * steps });
}

/**
 * The code that an authenticator app shows now, or so many steps away. The code of the step before is good until the
 * present step is over: it is given out only while enough of that is left for a busy server to look at it.
 */
export async function appCode(secret: string, steps = 0): Promise<string> {
  const leftSeconds = stepSeconds - ((Date.now() / 1000) % stepSeconds);
  if (steps < 0 && leftSeconds < 5) await sleep(leftSeconds * 1000 + 50);
  return codeAt(Date.now(), secret, steps);
}
