import { texts } from '../language.js';

/** Why somebody is not signed in any more, as a sentence, by the reason the server gives. */
export const reasonTexts = texts({
  en: {
    'signed-out': 'You have signed out.',
    idle: 'You were signed out because nothing was done for a while.',
    lifetime: 'You were signed out because every session ends after a while, however busy it is.',
    'ended-by-staff': 'The staff have ended your session.',
    'ended-by-user': 'You ended this session from another device.',
    displaced: 'You signed in somewhere else, and that took the seat of this session.',
    'user-agent': 'Your session was used from another browser, so it was ended to protect you.',
    'licence-suspended': 'You were signed out because the licence of your institute has been suspended.',
    'licence-expired': 'You were signed out because the licence of your institute has expired.',
    'member-removed': 'You were signed out because your account does not belong to the licence any more.',
    'account-disabled': 'You were signed out because your account has been disabled.',
    'credentials-changed':
      'You were signed out because the password or another way to sign in to your account has been changed.',
    'role-changed': 'You were signed out because your rights have changed.',
  },
  de: {
    'signed-out': 'Sie haben sich abgemeldet.',
    idle: 'Sie wurden abgemeldet, weil eine Weile nichts geschehen ist.',
    lifetime: 'Sie wurden abgemeldet, weil jede Sitzung nach einer Weile endet, auch wenn sie benutzt wird.',
    'ended-by-staff': 'Die Betreuer haben Ihre Sitzung beendet.',
    'ended-by-user': 'Sie haben diese Sitzung von einem anderen Gerät aus beendet.',
    displaced: 'Sie haben sich anderswo angemeldet, und das hat den Platz dieser Sitzung übernommen.',
    'user-agent': 'Ihre Sitzung wurde aus einem anderen Browser benutzt und zu Ihrem Schutz beendet.',
    'licence-suspended': 'Sie wurden abgemeldet, weil die Lizenz Ihres Instituts ausgesetzt ist.',
    'licence-expired': 'Sie wurden abgemeldet, weil die Lizenz Ihres Instituts abgelaufen ist.',
    'member-removed': 'Sie wurden abgemeldet, weil Ihr Konto nicht mehr zu der Lizenz gehört.',
    'account-disabled': 'Sie wurden abgemeldet, weil Ihr Konto gesperrt ist.',
    'credentials-changed':
      'Sie wurden abgemeldet, weil das Passwort oder ein anderer Zugang zu Ihrem Konto geändert wurde.',
    'role-changed': 'Sie wurden abgemeldet, weil sich Ihre Rechte geändert haben.',
  },
});
