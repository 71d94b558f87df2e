import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { UsherProblem } from '../../../client/problem.js';
import { linkTexts } from '../texts/links.js';
import { Form, type Given } from './form.js';
import { Frame } from './frame.js';

/** What a page says when all is done. */
export interface Told {
  readonly title: string;
  readonly words: string;
}

/** The secret of the link: it stands behind the `#`, out of every log. Null without. */
export function linkToken(): string | null {
  const token = location.hash.slice(1);
  return /^[\w-]{43}$/.test(token) ? token : null;
}

/** The link has done its work: its secret does not stay in the address, nor in the history. */
export function forgetLink(): void {
  history.replaceState(null, '', location.pathname);
}

/**
 * A page behind a one-time link. Nothing is done before its button is pressed, so that programs which look into messages use no
 * link up. `send` answers what to say then, or null when more has to be given first.
 */
export function LinkPage(props: {
  /** `stale`: what to do when the link is good no more. */
  said: { readonly title: string; readonly lead: string; readonly button: string; readonly stale: string };
  danger?: boolean;
  send: (token: string, given: Given) => Promise<Told | null>;
  /** Whether another link can be had at the page of a forgotten password. */
  asksAgain?: boolean;
  children?: ComponentChildren;
}) {
  const t = linkTexts();
  const { said } = props;
  const [token] = useState(linkToken);
  const [told, setTold] = useState<Told | 'stale' | null>(null);
  const toSignIn = (
    <p class="links">
      <a href="/sign-in">{t.signIn}</a>
      {props.asksAgain === true && <a href="/forgot">{t.toForgot}</a>}
    </p>
  );
  if (token === null) {
    return (
      <Frame title={t.noTokenTitle} lead={t.noToken}>
        {toSignIn}
      </Frame>
    );
  }
  if (told === 'stale') {
    return (
      <Frame title={t.staleTitle} lead={`${t.stale} ${said.stale}`}>
        {toSignIn}
      </Frame>
    );
  }
  if (told !== null) {
    return (
      <Frame title={told.title} lead={told.words}>
        <a class="button main" href="/sign-in">
          {t.signIn}
        </a>
      </Frame>
    );
  }
  const send = async (given: Given) => {
    try {
      const done = await props.send(token, given);
      if (done === null) return;
      forgetLink();
      setTold(done);
    } catch (error) {
      if (!(error instanceof UsherProblem) || error.slug !== 'invalid-code') throw error;
      setTold('stale');
    }
  };
  return (
    <Frame title={said.title} lead={said.lead}>
      <Form button={said.button} danger={props.danger ?? false} send={send}>
        {props.children}
      </Form>
    </Frame>
  );
}
