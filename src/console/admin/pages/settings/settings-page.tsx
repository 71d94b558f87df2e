import { Button, Code } from '@mantine/core';
import { useMemo } from 'react';
import { useAsk } from '../../api/queries.js';
import type { Column } from '../../kit/columns.js';
import { Empty } from '../../kit/empty.js';
import { FilterSelect } from '../../kit/filter-select.js';
import { Page } from '../../kit/page.js';
import { SearchField } from '../../kit/search-field.js';
import { SimpleTable } from '../../kit/simple-table.js';
import { Toolbar } from '../../kit/toolbar.js';
import { Unanswered } from '../../kit/unanswered.js';
import { useUrlState } from '../../kit/url-state.js';
import { When } from '../../kit/when.js';
import { matches, piecesOf, type Setting, type Settings, sourceInWords, valueInWords } from './setting.js';
import classes from './settings.module.css';

const columns: Column<Setting>[] = [
  { id: 'name', header: 'Setting', primary: true, width: 260, cell: ({ name }) => <Code>{name}</Code> },
  { id: 'value', header: 'Value', width: 260, cell: (setting) => <Value setting={setting} /> },
  { id: 'source', header: 'From', width: 160, wide: true, cell: sourceInWords },
  { id: 'doc', header: 'What it does', cell: ({ doc }) => <Words doc={doc} /> },
];
const sources = [
  { value: 'chosen', label: 'Chosen here' },
  { value: 'default', label: 'Left at the default' },
];

/** What the server is set to. To be read only: settings are made where the server is started. */
export function SettingsPage() {
  const settings = useAsk<Settings>('/admin/api/settings');
  const [params, setParams] = useUrlState();
  const { q = '', source = '' } = params;
  const rows = useMemo(
    () =>
      (settings.data?.items ?? []).filter(
        (one) => matches(one, q) && (source === '' || (one.source === 'default') === (source === 'default')),
      ),
    [settings.data, q, source],
  );
  return (
    <Page
      title="Settings"
      description="What this server was started with. To change one, set it in the environment or a file and start the server again."
    >
      {settings.data === undefined ? (
        <Unanswered asked={settings} lines={8} />
      ) : (
        <>
          <About settings={settings.data} />
          <Toolbar label="Filter the settings">
            <SearchField label="Search settings" param="q" placeholder="Name, value or words" />
            <FilterSelect label="Which" param="source" options={sources} any="All" />
          </Toolbar>
          <SimpleTable
            name="Settings"
            columns={columns}
            rows={rows}
            rowKey={({ name }) => name}
            empty={
              <Empty
                title="No setting matches"
                action={
                  <Button variant="default" onClick={() => setParams({ q: null, source: null })}>
                    Show all settings
                  </Button>
                }
              >
                Nothing is called so or says so.
              </Empty>
            }
          />
        </>
      )}
    </Page>
  );
}

function About({ settings: { version, node, startedAt } }: { readonly settings: Settings }) {
  return (
    <p className={classes.about}>
      Usher {version} on Node.js {node}, started <When at={startedAt} />
    </p>
  );
}

function Value({ setting }: { readonly setting: Setting }) {
  const words = valueInWords(setting);
  const plain = setting.secret || words === 'not set';
  return plain ? <span className={classes.muted}>{words}</span> : <Code className={classes.value}>{words}</Code>;
}

function Words({ doc }: { readonly doc: string }) {
  return (
    <span className={classes.doc}>
      {piecesOf(doc).map(({ text, code }, at) => {
        const key = `${at}:${text}`;
        return code ? <Code key={key}>{text}</Code> : <span key={key}>{text}</span>;
      })}
    </span>
  );
}
