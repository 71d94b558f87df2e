import { Notice } from '../../kit/notice.js';

/** Says what was done last; nothing before. */
export function Done({ words }: { words: string }) {
  return <div class="done">{words && <Notice kind="good">{words}</Notice>}</div>;
}
