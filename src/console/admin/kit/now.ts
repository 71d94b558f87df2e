import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Something that is computed of the present time; renders again when what comes out is another. */
export function useOfNow<Value extends string | number | boolean>(compute: (nowMs: number) => Value): Value {
  return useSyncExternalStore(subscribe, () => compute(now));
}
