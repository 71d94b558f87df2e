import { type DestinationStream, destination, type Level, type Logger, pino, type SerializedError } from 'pino';

/** A structured log: one JSON object a line, so that control characters in what clients send cannot forge lines (ASVS 16.4.1). */
export type Log = Logger;

const secretNames = [
  'cookie',
  'authorization',
  '["set-cookie"]',
  '["x-csrf-token"]',
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'pepper',
  'secret',
  'csrfSecret',
  'csrfToken',
  'token',
  'code',
];

/** The paths under which nothing is ever logged as it is: secrets at the top, one and two levels down (ASVS 16.2.5). */
const redacted = secretNames.flatMap((name) => {
  const tail = name.startsWith('[') ? name : `.${name}`;
  return [name, `*${tail}`, `*.*${tail}`];
});

/**
 * A log that writes at `level` and above to standard output without waiting for the disk; what is buffered is written when
 * the process exits. `destination` receives the lines instead when it is given.
 */
export function createLog(options: { level: Level | 'silent'; destination?: DestinationStream }): Log {
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: '[redacted]' },
      serializers: { err: toldOf },
    },
    options.destination ?? standardOutput(),
  );
}

/** What a database error carries besides its message: the values of the statement, and the row it fell over. */
const valuesOfErrors = ['parameters', 'detail', 'where', 'driverError'];

/** An error as it is logged: without the values it was about, which may be addresses or password hashes (ASVS 16.2.5). */
function toldOf(error: unknown): unknown {
  // Anything can be thrown; what is not an Error carries nothing but itself.
  return error instanceof Error ? withoutValues(pino.stdSerializers.err(error)) : error;
}

function withoutValues(told: SerializedError): SerializedError {
  for (const name of valuesOfErrors) Reflect.deleteProperty(told, name);
  if (Array.isArray(told['aggregateErrors'])) for (const one of told['aggregateErrors']) withoutValues(one);
  return told;
}

function standardOutput(): DestinationStream {
  const stream = destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 250 });
  process.on('exit', () => stream.flushSync());
  return stream;
}
