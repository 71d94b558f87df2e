import { FirstTables1764000000000 } from './migrations/1764000000000-first-tables.js';
import { SessionEvents1764000001000 } from './migrations/1764000001000-session-events.js';
import { SignIns1764000002000 } from './migrations/1764000002000-sign-ins.js';
import { oneTimeTokenTable } from './src/accounts/one-time-token-table.js';
import { userTable } from './src/accounts/user-table.js';
import { auditTable } from './src/audit/audit-table.js';
import { readSetting } from './src/config/config.js';
import { licenceTable } from './src/licences/licence-table.js';
import { memberTable } from './src/licences/member-table.js';
import { ownerTable } from './src/licences/owner-table.js';
import { outboxTable } from './src/platform/outbox-table.js';
import { createDataSource, type DataSourceOptions } from './src/platform/postgres.js';
import { sessionEventTable } from './src/sessions/session-event-table.js';
import { signInTable } from './src/sign-in/sign-in-table.js';

/** Every table and every migration, for `createDataSource`. */
export const schema: DataSourceOptions = {
  tables: [
    userTable,
    oneTimeTokenTable,
    ownerTable,
    licenceTable,
    memberTable,
    outboxTable,
    auditTable,
    sessionEventTable,
    signInTable,
  ],
  migrations: [FirstTables1764000000000, SessionEvents1764000001000, SignIns1764000002000],
};

/** For the TypeORM command line: `npx typeorm migration:show -d dist/ormconfig.js` with `DATABASE_URL` set. Not connected. */
export const dataSource = createDataSource(readSetting('DATABASE_URL'), schema);
