/** A piece of text between quotes or backticks. A template literal gives one piece for each stretch of text in it. */
export interface Literal {
  /** Where its first character stands in the file. */
  readonly start: number;
  readonly value: string;
  /** Whether a `${…}` ends right before it. */
  readonly afterExpression: boolean;
}

/** A place where the code breaks a rule of the house. */
export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** One source file, taken apart as far as the rules need. */
export interface Source {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The text with comments, the contents of literals and regular expressions blanked; positions and lines are the same. */
  readonly code: string;
  readonly literals: readonly Literal[];
}

const beforeRegex =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|delete|void|throw|new|do|else|await|yield))\s*$/;

/** Takes a TypeScript or JavaScript text apart. Nothing is parsed further than strings, templates, comments and regexes. */
export function readSource(path: string, text: string): Source {
  const code = text.split('');
  const literals: Literal[] = [];
  /** For each open template expression: how many braces are open inside it. */
  const expressions: number[] = [];
  let at = 0;

  const blank = (from: number, to: number) => {
    for (let i = from; i < to; i += 1) if (code[i] !== '\n') code[i] = ' ';
  };
  const untilQuote = (from: number, quote: string) => {
    let i = from;
    while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1;
    return Math.min(i, text.length);
  };
  const templateText = (from: number, afterExpression: boolean) => {
    let i = from;
    while (i < text.length && text[i] !== '`' && !(text[i] === '$' && text[i + 1] === '{'))
      i += text[i] === '\\' ? 2 : 1;
    literals.push({ start: from, value: text.slice(from, i), afterExpression });
    blank(from, i);
    if (text[i] === '$') {
      expressions.push(0);
      return i + 2;
    }
    return i + 1;
  };
  const regexEnd = (from: number) => {
    let inClass = false;
    let i = from + 1;
    for (; i < text.length && text[i] !== '\n'; i += 1) {
      if (text[i] === '\\') i += 1;
      else if (text[i] === '[') inClass = true;
      else if (text[i] === ']') inClass = false;
      else if (text[i] === '/' && !inClass) break;
    }
    return i;
  };

  while (at < text.length) {
    const here = text[at];
    const pair = text.slice(at, at + 2);
    if (pair === '//' || (at === 0 && pair === '#!')) {
      const end = text.indexOf('\n', at);
      blank(at, end < 0 ? text.length : end);
      at = end < 0 ? text.length : end;
    } else if (pair === '/*') {
      const end = text.indexOf('*/', at + 2);
      blank(at, end < 0 ? text.length : end + 2);
      at = end < 0 ? text.length : end + 2;
    } else if (here === "'" || here === '"') {
      const end = untilQuote(at + 1, here);
      literals.push({ start: at + 1, value: text.slice(at + 1, end), afterExpression: false });
      blank(at + 1, end);
      at = end + 1;
    } else if (here === '`') {
      at = templateText(at + 1, false);
    } else if (here === '/' && beforeRegex.test(code.slice(Math.max(0, at - 40), at).join(''))) {
      const end = regexEnd(at);
      blank(at + 1, end);
      at = end + 1;
    } else if (here === '}' && expressions.at(-1) === 0) {
      expressions.pop();
      at = templateText(at + 1, true);
    } else {
      const open = expressions.length - 1;
      if (open >= 0 && here === '{') expressions[open] = (expressions[open] ?? 0) + 1;
      if (open >= 0 && here === '}') expressions[open] = (expressions[open] ?? 0) - 1;
      at += 1;
    }
  }
  return { path, text, code: code.join(''), literals };
}

/** The line, from 1, that the position is on. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < position; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The position of the bracket that closes the one at `open`; the length of the text when it is never closed. */
export function closingBracket(code: string, open: number): number {
  const opener = code[open] ?? '(';
  const closer = closers[opener];
  let depth = 0;
  for (let i = open; i < code.length; i += 1) {
    if (code[i] === opener) depth += 1;
    if (code[i] === closer) depth -= 1;
    if (depth === 0) return i;
  }
  return code.length;
}
