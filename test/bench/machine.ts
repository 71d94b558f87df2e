import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Where the processes run: the server alone on one processor, stores and load generator together on another. */
export interface Places {
  readonly server: number;
  readonly others: number;
}

/** Two processors to pin to, or null where that cannot be done; then everything shares everything. */
export function findPlaces(): Places | null {
  if (spawnSync('taskset', ['-V']).status !== 0) return null;
  const [server, others] = allowedProcessors();
  return server === undefined || others === undefined ? null : { server, others };
}

function allowedProcessors(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [from = '', to = from] = part.split('-');
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, step) => Number(from) + step);
  });
}

/** Words to put before a command so that it runs on that processor. */
export function pinned(processor: number | undefined): string[] {
  return processor === undefined ? [] : ['taskset', '-c', String(processor)];
}

/** Moves a running process, with all its threads, to a processor. Children it has later start there too. */
export function pinRunning(pid: number | null, processor: number | undefined): void {
  if (pid === null || processor === undefined) return;
  spawnSync('taskset', ['-a', '-p', '-c', String(processor), String(pid)]);
}

const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

/** The processor time, user and system, that a process has used with all its threads. In seconds, in steps of 10 ms. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, a name in brackets, may hold blanks; what follows it does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The memory a process holds, in MiB. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

/** The machine in words. */
export function describeMachine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model ?? 'processor'}`;
}
