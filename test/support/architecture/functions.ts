import { closingBracket, lineAt, type Source } from './source.js';

/** A function, method or arrow with where it stands and how many lines it takes from its head to its end. */
export interface FoundFunction {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

const controlWords = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await']);

function skipBlank(code: string, from: number): number {
  let i = from;
  while (i < code.length && /\s/.test(code[i] ?? '')) i += 1;
  return i;
}

/** Where the body starts that follows a return type, or -1 when what follows is no function body. */
function bodyAfterType(code: string, colon: number): number {
  let i = skipBlank(code, colon + 1);
  let literalMayFollow = true;
  while (i < code.length) {
    const here = code[i] ?? '';
    if (here === '{') {
      if (!literalMayFollow) return i;
      i = closingBracket(code, i);
      literalMayFollow = false;
    } else if (here === '(' || here === '[') {
      i = closingBracket(code, i);
      literalMayFollow = false;
    } else if (code.startsWith('=>', i)) {
      return skipBlank(code, i + 2);
    } else if (';,)]}='.includes(here)) {
      return -1;
    } else if (!/\s/.test(here)) {
      literalMayFollow =
        '|&<:?'.includes(here) || /\b(?:is|extends|keyof|readonly)$/.test(code.slice(Math.max(0, i - 10), i + 1));
    }
    i += 1;
  }
  return -1;
}

/** Where the expression that is an arrow's body ends. */
function expressionEnd(code: string, from: number): number {
  let i = from;
  while (i < code.length && !';,)]}'.includes(code[i] ?? '')) {
    if ('([{'.includes(code[i] ?? '')) i = closingBracket(code, i);
    i += 1;
  }
  return i;
}

function nameBefore(code: string, open: number): { name: string; start: number } | null {
  const before = code.slice(Math.max(0, open - 200), open);
  const called = /(#?[\w$]+)\s*(?:<[^()]*>)?\s*$/.exec(before);
  if (called?.[1] !== undefined && called[1] !== 'async' && called[1] !== 'function') {
    if (controlWords.has(called[1]) || /\bextends\s+[\w.]+$/.test(before)) return null;
    return { name: called[1], start: open - before.length + called.index };
  }
  const bound = /([\w$]+)\s*[:=]\s*(?:async\s*)?(?:function\s*)?(?:<[^()]*>)?\s*$/.exec(before);
  return { name: bound?.[1] ?? 'an unnamed function', start: open };
}

/**
 * Every function with a body in the file, found by its parameter list: what follows it is a body, a return type and a body,
 * or an arrow. Types that look like functions are counted too, which does no harm: they are short.
 */
export function functionsIn(source: Source): FoundFunction[] {
  const { code } = source;
  const found: FoundFunction[] = [];
  for (let open = code.indexOf('('); open >= 0; open = code.indexOf('(', open + 1)) {
    const after = skipBlank(code, closingBracket(code, open) + 1);
    let body = -1;
    if (code[after] === '{') body = after;
    else if (code[after] === ':') body = bodyAfterType(code, after);
    else if (code.startsWith('=>', after)) body = skipBlank(code, after + 2);
    const head = body < 0 ? null : nameBefore(code, open);
    if (head !== null) {
      const end = code[body] === '{' ? closingBracket(code, body) : expressionEnd(code, body);
      const line = lineAt(code, head.start);
      found.push({ name: head.name, line, lines: lineAt(code, end) - line + 1 });
    }
  }
  for (const arrow of code.matchAll(/(?<![\w$.])([\w$]+)\s*=>\s*(\{?)/g)) {
    const body = arrow.index + arrow[0].length;
    const end = arrow[2] === '{' ? closingBracket(code, body - 1) : expressionEnd(code, body);
    const line = lineAt(code, arrow.index);
    found.push({ name: 'an unnamed function', line, lines: lineAt(code, end) - line + 1 });
  }
  return found;
}
