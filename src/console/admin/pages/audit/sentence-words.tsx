import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import type { Sentence } from './entry.js';

/** A sentence in which names lead to their pages. */
export function SentenceWords({ sentence }: { readonly sentence: Sentence }) {
  return sentence.map((piece, at) => {
    if (typeof piece === 'string') return piece;
    // A sentence never changes its order: the place is the identity.
    const key = `${at}:${piece.label}`;
    if (piece.to === null) return <b key={key}>{piece.label}</b>;
    return (
      <Anchor key={key} component={Link} href={piece.to} fw={600} inherit>
        {piece.label}
      </Anchor>
    );
  });
}
