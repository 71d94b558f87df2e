import type { DataSource } from 'typeorm';
import { schema } from '../../ormconfig.js';
import { permissionsOf, type Role } from '../../src/access/roles.js';
import { AccountService } from '../../src/accounts/account-service.js';
import { CredentialChange } from '../../src/accounts/credential-change.js';
import { CredentialLetters } from '../../src/accounts/credential-letters.js';
import { FirstAdmin, setUpLinkMs } from '../../src/accounts/first-admin.js';
import { identifierKey } from '../../src/accounts/identifier.js';
import { InvitationRepository } from '../../src/accounts/invitation-repository.js';
import { InvitationService, invitationMs } from '../../src/accounts/invitation-service.js';
import { accountRoutes } from '../../src/accounts/routes.js';
import { UserRepository } from '../../src/accounts/user-repository.js';
import { licenceRoutes } from '../../src/admin/licence-routes.js';
import { LicenceViews } from '../../src/admin/licence-views.js';
import { memberRoutes } from '../../src/admin/member-routes.js';
import { ownerRoutes } from '../../src/admin/owner-routes.js';
import { seatRoutes } from '../../src/admin/seat-routes.js';
import { userRoutes } from '../../src/admin/user-routes.js';
import { AuditLog, bySystem } from '../../src/audit/audit-log.js';
import type { AuditRow } from '../../src/audit/audit-table.js';
import { Changes } from '../../src/audit/changes.js';
import { auditRoutes } from '../../src/audit/routes.js';
import { systemClock } from '../../src/kernel/clock.js';
import type { LicenceId, UserId } from '../../src/kernel/ids.js';
import { AppointmentEndings } from '../../src/licences/appointment-endings.js';
import { AppointmentRepository } from '../../src/licences/appointment-repository.js';
import { registerLicencePushes } from '../../src/licences/licence-pushes.js';
import { LicenceRepository } from '../../src/licences/licence-repository.js';
import { LicenceService } from '../../src/licences/licence-service.js';
import { MemberRoles } from '../../src/licences/member-roles.js';
import { MemberService } from '../../src/licences/member-service.js';
import { OwnerService } from '../../src/licences/owner-service.js';
import { MailOutbox } from '../../src/mail/mail-outbox.js';
import { IssuedTokens } from '../../src/platform/issued-tokens.js';
import { Outbox, OutboxHandlers } from '../../src/platform/outbox.js';
import { createDataSource } from '../../src/platform/postgres.js';
import { StoreUnavailable } from '../../src/platform/unavailable.js';
import { ClientReader } from '../../src/sessions/client.js';
import { registerSessionPushes } from '../../src/sessions/pushes.js';
import { Rotation } from '../../src/sessions/rotation.js';
import type { SessionStore } from '../../src/sessions/store.js';
import { MemberUse } from '../../src/usage/member-figures.js';
import { UserActivity } from '../../src/usage/user-activity.js';
import { SignInLab } from './sign-in-lab.js';
import { openLinks } from './store-links.js';
import { freshDatabase, freshRedis } from './stores.js';
import { type Answered, type Door, type Visitor, WebLab } from './web-lab.js';

/** Everything staff work with, on real stores, behind a real server. `away` makes the outbox find Redis away. */
export class DomainLab {
  away = false;
  readonly users: UserRepository;
  readonly appointments: AppointmentRepository;
  readonly endings: AppointmentEndings;
  readonly licences: LicenceService;
  readonly members: MemberService;
  readonly accounts: AccountService;
  readonly owners: OwnerService;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly tokens: IssuedTokens<null>;
  readonly firstAdmin: FirstAdmin;
  readonly store: SessionStore;
  #door: Door | null = null;
  #staff = new Map<string, Visitor>();

  private constructor(
    readonly dataSource: DataSource,
    readonly signIns: SignInLab,
    readonly web: WebLab,
    readonly stop: () => Promise<void>,
  ) {
    this.store = signIns.store;
    const { hasher, metrics, log } = signIns;
    const clock = systemClock;
    const handlers = this.#handlers();
    this.audit = new AuditLog(dataSource, clock);
    this.outbox = new Outbox({ dataSource, handlers, log, clock, metrics, keepMs: 90_000_000 });
    const changes = new Changes({ dataSource, outbox: this.outbox, audit: this.audit, clock });
    const repository = new LicenceRepository(dataSource);
    this.users = new UserRepository(dataSource);
    this.appointments = new AppointmentRepository(dataSource, identifierKey);
    this.endings = new AppointmentEndings({ appointments: this.appointments, accounts: this.users, seatless: true });
    this.licences = new LicenceService(repository, changes, this.endings, { require() {} });
    this.members = new MemberService({ dataSource, changes, licences: repository, accounts: this.users });
    this.owners = new OwnerService(dataSource, changes, this.endings);
    const { users, members } = this;
    const checkPresent = async (_actor: unknown, password: string, stored: string | null) =>
      (await hasher.verify(password, stored)) === 'right';
    const mail = new MailOutbox({ dataSource, mailer: null, log, clock, metrics });
    const publicUrl = 'http://127.0.0.1:3000';
    const letters = new CredentialLetters({
      mail,
      notMe: new IssuedTokens({ dataSource, clock, purpose: 'not-me', lifeMs: 604_800_000 }),
      clients: new ClientReader('browser'),
      publicUrl,
    });
    const credentials = new CredentialChange({
      changes,
      users,
      members,
      hasher,
      checkPresent,
      letters,
      outstanding: [],
    });
    this.accounts = new AccountService({ changes, users, members, credentials, hasher });
    this.tokens = new IssuedTokens({ dataSource, clock, purpose: 'set-up', lifeMs: setUpLinkMs });
    this.firstAdmin = new FirstAdmin({ changes, users, accounts: this.accounts, tokens: this.tokens, hasher });
    const { accounts } = this;
    const invitations = new InvitationService({
      invitations: new InvitationRepository(dataSource),
      tokens: new IssuedTokens({ dataSource, clock, purpose: 'invitation', lifeMs: invitationMs }),
      changes,
      licences: repository,
      members,
      accounts,
      hasher,
      mail,
      publicUrl,
      clock,
    });
    const views = new LicenceViews(repository, this.store, clock);
    this.routes = [
      ...auditRoutes(this.audit),
      ...ownerRoutes(this.owners),
      ...licenceRoutes({ licences: this.licences, views }),
      ...memberRoutes({
        ...{ members, invitations },
        memberRoles: new MemberRoles({ dataSource, changes, accounts: users }),
        memberUse: new MemberUse(dataSource, web.service),
      }),
      ...seatRoutes({
        ...{ licences: this.licences, sessions: web.service, store: this.store },
        findUsers: (text, visible) => users.idsMatching(text, 500, visible),
      }),
      ...userRoutes(this.accounts, new UserActivity(dataSource, web.service, clock)),
      ...accountRoutes({ credentials, firstAdmin: this.firstAdmin, rotation: new Rotation(web.ids, this.store) }),
    ];
  }

  readonly routes;

  /** A lab on stores of its own. */
  static async open(): Promise<DomainLab> {
    const [redis, database] = await Promise.all([freshRedis(), freshDatabase()]);
    const dataSource = await createDataSource(database.url, schema).initialize();
    const links = await openLinks(redis.url);
    const signIns = new SignInLab(dataSource, links.pair[0]);
    const web = new WebLab(links.pair[0]);
    const lab = new DomainLab(dataSource, signIns, web, async () => {
      await web.close();
      await lab.outbox.stop();
      await signIns.close();
      await links.close();
      await dataSource.destroy();
      await Promise.all([redis.stop(), database.stop()]);
    });
    return lab;
  }

  /** A request of a staff member with the permissions of `role`, or of nobody. */
  async ask(method: string, path: string, body?: unknown, role: Role | Visitor | null = 'admin'): Promise<Answered> {
    this.#door ??= await this.web.serve({ routes: this.routes });
    const visitor = typeof role === 'string' ? await this.staff(role) : role;
    const headers = visitor === null ? {} : { ...visitor.headers, 'x-csrf-token': visitor.csrfToken };
    return this.#door.ask(method, path, { headers, ...(body === undefined ? {} : { body }) });
  }

  /** Somebody with the permissions of a role, signed in. Has no row in `users`. */
  async staff(role: Role): Promise<Visitor> {
    const known = this.#staff.get(role);
    if (known !== undefined) return known;
    const visitor = await this.web.visitor({ permissions: permissionsOf([role]), email: `${role}@example.org` });
    this.#staff.set(role, visitor);
    return visitor;
  }

  /** A licence with an owner, made as staff make it. */
  async licence(seats = 5): Promise<LicenceId> {
    const owner = await this.owners.create({ name: 'Institute' }, bySystem);
    const made = await this.licences.create({ ownerId: owner.id as never, name: 'Licence', seats }, bySystem);
    return made.result.id;
  }

  /** A user with the password `right`, a member of these licences. */
  async user(licences: readonly LicenceId[] = [], roles: Role[] = ['user']): Promise<{ id: UserId; email: string }> {
    const { id, email } = await this.signIns.user({ roles });
    for (const licence of licences) await this.members.add(licence, id, bySystem);
    return { id, email };
  }

  /** Live sessions in a tag. */
  async seated(tag: string): Promise<number> {
    return (await this.store.seats(tag)).used;
  }

  /** The audit lines about something, oldest first. */
  async audited(targetId: string): Promise<AuditRow[]> {
    const { items } = await this.audit.list({ targetId }, { limit: 200, cursor: null });
    return [...items].reverse();
  }

  #handlers(): OutboxHandlers {
    const real = new OutboxHandlers();
    registerSessionPushes(real, this.store);
    registerLicencePushes(real, this.store);
    const gated = new OutboxHandlers();
    for (const kind of ['licence-policy', 'user-ended', 'user-refreshed', 'sessions-ended']) {
      gated.handle(kind, async (payload) => {
        if (this.away) throw new StoreUnavailable('redis');
        await real.apply({ kind, key: '', payload });
      });
    }
    return gated;
  }
}
