import { Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useId, useMemo } from 'react';
import { useLocation } from 'wouter';
import { type Me, useMe } from '../api/me.js';
import { useAsk } from '../api/queries.js';
import { useDraft } from '../kit/use-draft.js';
import type { Listed } from '../kit/use-list.js';
import { destinationsOf } from './navigation.js';
import classes from './shell.module.css';

interface Found {
  readonly key: string;
  readonly kind: 'Page' | 'Person' | 'Licence';
  readonly label: string;
  readonly aside: string;
  readonly href: string;
}

const most = 6;

/** Leads to a page, a person or a licence by a part of its name. */
export function CommandSearch({ opened, onClose }: { readonly opened: boolean; onClose(): void }) {
  const [{ text, at }, set] = useDraft(opened, () => ({ text: '', at: 0 }));
  const [, navigate] = useLocation();
  const id = useId();
  const { found, old } = useFound(text, opened);
  const chosen = Math.min(at, found.length - 1);
  const go = ({ href }: Found) => {
    onClose();
    navigate(href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      set({ at: (chosen + step + found.length) % found.length });
    }
    const one = found[chosen];
    if (event.key === 'Enter' && one !== undefined) {
      event.preventDefault();
      if (!old.includes(one.kind)) go(one);
    }
  };
  const current = found[chosen] === undefined ? {} : { 'aria-activedescendant': `${id}-${chosen}` };
  return (
    <Modal opened={opened} onClose={onClose} title="Find a page, a person or a licence" yOffset="12vh" centered={false}>
      <TextInput
        data-autofocus
        role="combobox"
        aria-label="Part of a name or an address"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...current}
        placeholder="Part of a name or an address"
        value={text}
        maxLength={100}
        autoComplete="off"
        // What is found for another text begins at its first again.
        onChange={(event) => set({ text: event.currentTarget.value, at: 0 })}
        onKeyDown={onKeyDown}
        leftSection={<Search size={16} aria-hidden />}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Found" className={classes.found}>
        {found.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: as above; it is the active descendant of the field.
          <div
            key={one.key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={classes.foundOne}
            onClick={() => go(one)}
          >
            <span>
              {one.label}
              {one.aside !== '' && <span className={classes.foundAside}>{one.aside}</span>}
            </span>
            <span className={classes.foundKind}>{one.kind}</span>
          </div>
        ))}
      </div>
      <p role="status" className={classes.foundNone}>
        {old.length > 0 ? 'Searching …' : found.length === 0 ? 'Nothing has that in its name.' : ''}
      </p>
    </Modal>
  );
}

interface FoundLicence {
  readonly id: string;
  readonly name: string;
  readonly serial: string;
  readonly owner: { readonly name: string };
}

interface FoundPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
}

/** What has that in its name. What is `old` is still asked for, and shown as it was found for the text before. */
function useFound(text: string, opened: boolean): { found: Found[]; old: Found['kind'][] } {
  const me = useMe();
  const [settled] = useDebouncedValue(text.trim(), 120);
  const query = { q: settled, limit: most };
  const asks = opened && settled.length > 0;
  const keep = { keep: true, staleTime: 10_000 };
  const people = useAsk<Listed<FoundPerson>>('/admin/api/users', query, {
    ...keep,
    enabled: asks && me.can('user.read'),
  });
  const licences = useAsk<Listed<FoundLicence>>('/admin/api/licences', query, { ...keep, enabled: asks });
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const asked = wanted !== '';
    return [
      ...pagesNamed(me, wanted),
      ...(asked ? (people.data?.items ?? []).map(asPerson) : []),
      ...(asked ? (licences.data?.items ?? []).map(asLicence) : []),
    ];
  }, [me, text, people.data, licences.data]);
  const behind = settled !== text.trim();
  const old: Found['kind'][] = [];
  if (behind || (asks && isOld(people))) old.push('Person');
  if (behind || (asks && isOld(licences))) old.push('Licence');
  return { found, old };
}

/** Whether it is still being asked for: there is nothing yet, or only what was found before. */
function isOld({ isLoading, isPlaceholderData }: ReturnType<typeof useAsk>): boolean {
  return isLoading || isPlaceholderData;
}

function pagesNamed(me: Me, wanted: string): Found[] {
  return destinationsOf(me)
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .map(({ label, href }) => ({ key: href, kind: 'Page', label, aside: '', href }));
}

function asPerson({ id, name, email }: FoundPerson): Found {
  return { key: id, kind: 'Person', label: name ?? email, aside: name === null ? '' : email, href: `/people/${id}` };
}

function asLicence({ id, name, serial, owner }: FoundLicence): Found {
  return { key: id, kind: 'Licence', label: name, aside: `${owner.name}, ${serial}`, href: `/licences/${id}` };
}
