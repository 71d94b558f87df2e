import type { Column } from '../../kit/columns.js';
import { Gauge } from '../../kit/gauge.js';
import { LinkTo } from '../../kit/link-to.js';
import { LicenceState } from './licence-state.js';
import type { Licence } from './licence-types.js';
import { validityInWords } from './licence-words.js';
import classes from './licences.module.css';

/** The columns of a table of licences. */
export const licenceColumns: Column<Licence>[] = [
  {
    id: 'name',
    header: 'Licence',
    primary: true,
    cell: (licence) => (
      <div>
        <LinkTo href={`/licences/${licence.id}`}>{licence.name}</LinkTo>
        <div className={classes.serial}>{licence.serial}</div>
      </div>
    ),
  },
  { id: 'owner', header: 'Owner', cell: ({ owner }) => <LinkTo href={`/owners/${owner.id}`}>{owner.name}</LinkTo> },
  {
    id: 'used',
    header: 'Seats',
    width: 220,
    cell: ({ used, seats, name }) => <Gauge used={used} limit={seats} label={`Seats of ${name}`} />,
  },
  { id: 'state', header: 'State', width: 130, cell: (licence) => <LicenceState licence={licence} /> },
  { id: 'valid', header: 'Valid', wide: true, cell: validityInWords },
];
