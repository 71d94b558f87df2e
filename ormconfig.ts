import { FirstTables1764000000000 } from './migrations/1764000000000-first-tables.js';
import { SessionEvents1764000001000 } from './migrations/1764000001000-session-events.js';
import { SignIns1764000002000 } from './migrations/1764000002000-sign-ins.js';
import { OverageIndex1764000003000 } from './migrations/1764000003000-overage-index.js';
import { LicenceLife1764000004000 } from './migrations/1764000004000-licence-life.js';
import { Appointments1764000005000 } from './migrations/1764000005000-appointments.js';
import { Usage1764000006000 } from './migrations/1764000006000-usage.js';
import { MailAndNotices1764000007000 } from './migrations/1764000007000-mail-and-notices.js';
import { IssuedTokens1764000008000 } from './migrations/1764000008000-issued-tokens.js';
import { OwnAccounts1764000009000 } from './migrations/1764000009000-own-accounts.js';
import { Factors1764000010000 } from './migrations/1764000010000-factors.js';
import { Tokens1764000011000 } from './migrations/1764000011000-tokens.js';
import { AppRoles1764000012000 } from './migrations/1764000012000-app-roles.js';
import { MailUrgency1764000013000 } from './migrations/1764000013000-mail-urgency.js';
import { Credentials1764000014000 } from './migrations/1764000014000-credentials.js';
import { LastSignIns1764000015000 } from './migrations/1764000015000-last-sign-ins.js';
import { appRoleTable, licenceRoleTable } from './src/access/app-role-table.js';
import { accountRequestTable } from './src/accounts/account-request-table.js';
import { invitationTable } from './src/accounts/invitation-table.js';
import { userTable } from './src/accounts/user-table.js';
import { auditTable } from './src/audit/audit-table.js';
import { readSetting } from './src/config/config.js';
import { factorTable, recoveryCodeTable } from './src/factors/factor-table.js';
import { appointmentTable } from './src/licences/appointment-table.js';
import { licenceTable } from './src/licences/licence-table.js';
import { memberTable } from './src/licences/member-table.js';
import { licenceUseTable, noticeTable } from './src/licences/notice-table.js';
import { ownerTable } from './src/licences/owner-table.js';
import { uncountedPlaceTable } from './src/licences/uncounted-place-table.js';
import { mailOutboxTable } from './src/mail/mail-outbox-table.js';
import { issuedTokenTable } from './src/platform/issued-token-table.js';
import { outboxTable } from './src/platform/outbox-table.js';
import { createDataSource, type DataSourceOptions } from './src/platform/postgres.js';
import { sessionEventTable } from './src/sessions/session-event-table.js';
import { signInTable } from './src/sign-in/sign-in-table.js';
import { signingKeyTable } from './src/tokens/signing-key-table.js';
import { tokenRecordTable } from './src/tokens/token-record-table.js';
import { usageHourTable } from './src/usage/usage-hour-table.js';
import { usageMarkTable } from './src/usage/usage-mark-table.js';
import { usagePeopleTable } from './src/usage/usage-people-table.js';

/** Every table and every migration, for `createDataSource`. */
export const schema: DataSourceOptions = {
  tables: [
    userTable,
    issuedTokenTable,
    accountRequestTable,
    factorTable,
    recoveryCodeTable,
    ownerTable,
    licenceTable,
    memberTable,
    appRoleTable,
    licenceRoleTable,
    appointmentTable,
    uncountedPlaceTable,
    invitationTable,
    outboxTable,
    auditTable,
    sessionEventTable,
    signInTable,
    mailOutboxTable,
    noticeTable,
    licenceUseTable,
    usageHourTable,
    usagePeopleTable,
    usageMarkTable,
    signingKeyTable,
    tokenRecordTable,
  ],
  migrations: [
    FirstTables1764000000000,
    SessionEvents1764000001000,
    SignIns1764000002000,
    OverageIndex1764000003000,
    LicenceLife1764000004000,
    Appointments1764000005000,
    Usage1764000006000,
    MailAndNotices1764000007000,
    IssuedTokens1764000008000,
    OwnAccounts1764000009000,
    Factors1764000010000,
    Tokens1764000011000,
    AppRoles1764000012000,
    MailUrgency1764000013000,
    Credentials1764000014000,
    LastSignIns1764000015000,
  ],
};

/** For the TypeORM command line: `npx typeorm migration:show -d dist/ormconfig.js` with `DATABASE_URL` set. Not connected. */
export const dataSource = createDataSource(readSetting('DATABASE_URL'), schema);
