import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import classes from './kit.module.css';
import { useUrlState } from './url-state.js';

/** Searches as one types; what is searched for is in the address. `/` comes here. */
export function SearchField({
  label,
  param = 'q',
  placeholder,
}: {
  readonly label: string;
  readonly param?: string;
  readonly placeholder?: string;
}) {
  const [state, set] = useUrlState();
  const kept = state[param] ?? '';
  const [text, setText] = useState(kept);
  const field = useRef<HTMLInputElement>(null);
  const search = useDebouncedCallback((wanted: string) => set({ [param]: wanted.trim() }), 150);
  // Of several fields on a page, the one for everything.
  useHotkeys(param === 'q' ? [['/', () => field.current?.focus()]] : []);
  useEffect(() => {
    // Somebody went back, or chose a link, while nothing is being typed.
    if (document.activeElement !== field.current) setText(kept);
  }, [kept]);
  const change = (wanted: string) => {
    setText(wanted);
    search(wanted);
  };
  return (
    <TextInput
      ref={field}
      className={classes.search ?? ''}
      type="search"
      aria-label={label}
      placeholder={placeholder ?? label}
      value={text}
      maxLength={100}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && text !== '') change('');
      }}
      leftSection={<Search size={16} aria-hidden />}
      rightSection={
        text === '' ? null : <CloseButton size="sm" aria-label="Clear the search" onClick={() => change('')} />
      }
    />
  );
}
