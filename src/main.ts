import { compose, type Substitutes } from './compose.js';
import { loadConfig } from './config/config.js';

/** A server that answers requests. */
export interface RunningServer {
  /** Where it answers. */
  readonly url: string;
  /** Takes no new requests, finishes those in flight, leaves the stores. */
  stop(): Promise<void>;
}

/**
 * Brings a server up with the settings in `env`: checks them, connects to the stores, migrates, listens. Throws ConfigError,
 * an error with the code EADDRINUSE, or an error of one clear line.
 */
export async function main(
  env: Readonly<Record<string, string | undefined>>,
  substitutes: Substitutes = {},
): Promise<RunningServer> {
  const config = loadConfig(env);
  const usher = await compose(config, substitutes);
  try {
    const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = config;
    const first = await usher.firstAdmin.prepare(email === null || password === null ? null : { email, password });
    const address = await usher.web.listen({ port: config.PORT, host: config.HOST });
    const url = typeof address === 'string' ? address : `http://${hostOf(address.address)}:${address.port}`;
    if (first.kind === 'link') {
      // The one thing that is told on the console instead of the log: a person has to read it.
      console.error(`No staff account yet. Make the first one at ${config.PUBLIC_URL}/sign-in#set-up=${first.token}`);
    }
    return {
      url,
      async stop() {
        await usher.web.stop();
        await usher.close();
      },
    };
  } catch (error) {
    await usher.close();
    throw error;
  }
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
