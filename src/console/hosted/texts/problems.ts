import { texts } from '../language.js';

/** What a refusal or a failure means for whoever reads it, by its slug. What is not here is said in the server's words. */
export const problemTexts = texts({
  en: {
    'invalid-request': 'Something in the form is not as it has to be.',
    'not-signed-in': 'You are not signed in any more. Please sign in again.',
    'session-ended': 'You are not signed in any more. Please sign in again.',
    'invalid-credentials': 'The name or the password is wrong. Please check both and try again.',
    'invalid-code': 'That code is wrong, too old, or has been used already.',
    'different-client':
      'Your session was used from another browser, so it was ended to protect you. Please sign in again.',
    forbidden: 'Your account is not allowed to do this.',
    'registration-closed': 'Accounts are not made here. Please ask the people who run this service for one.',
    'cross-site-request': 'This page has become out of date. Please load it again.',
    'licence-suspended':
      'The licence of your institute is suspended, so nobody can sign in with it. Please ask whoever manages it.',
    'licence-expired': 'The licence of your institute has expired. Please ask whoever manages it to renew it.',
    'licence-not-started': 'The licence of your institute has not begun yet. Please come back when it has.',
    'no-licence':
      'Your account does not belong to a licence, so there is no seat for you. Please ask whoever manages the licence of your institute to add you.',
    'not-found': 'What you are looking for is not here any more.',
    'already-exists': 'This is taken already. Please choose another one.',
    'stale-version': 'Somebody has changed this meanwhile. Please look at it again, and repeat your change.',
    'last-factor':
      'Your account needs a second factor, and this is the last one. Add another one first, then remove this one.',
    'address-not-verified':
      'Codes can only be sent to an address that you have confirmed. Please follow the link we sent you, then try again.',
    'mail-not-set-up':
      'This service cannot send e-mail, so it cannot help you this way. Please ask the people who run it.',
    'payload-too-large': 'That is more than can be taken at once.',
    'too-many-attempts': 'There were too many attempts.',
    internal: 'Something went wrong on our side.',
    'store-unavailable': 'The service is interrupted for a moment. Nothing is lost.',
    busy: 'Many people are signing in at this moment.',
  },
  de: {
    'invalid-request': 'Etwas im Formular ist nicht so, wie es sein muss.',
    'not-signed-in': 'Sie sind nicht mehr angemeldet. Bitte melden Sie sich neu an.',
    'session-ended': 'Sie sind nicht mehr angemeldet. Bitte melden Sie sich neu an.',
    'invalid-credentials':
      'Der Name oder das Passwort ist falsch. Bitte prüfen Sie beides und versuchen Sie es noch einmal.',
    'invalid-code': 'Dieser Code ist falsch, zu alt oder schon verwendet.',
    'different-client':
      'Ihre Sitzung wurde aus einem anderen Browser benutzt und zu Ihrem Schutz beendet. Bitte melden Sie sich neu an.',
    forbidden: 'Ihr Konto darf das nicht.',
    'registration-closed':
      'Hier werden keine Konten angelegt. Bitte fragen Sie die Betreiber dieses Dienstes nach einem.',
    'cross-site-request': 'Diese Seite ist veraltet. Bitte laden Sie sie neu.',
    'licence-suspended':
      'Die Lizenz Ihres Instituts ist ausgesetzt, deshalb kann sich niemand mit ihr anmelden. Bitte fragen Sie, wer sie verwaltet.',
    'licence-expired':
      'Die Lizenz Ihres Instituts ist abgelaufen. Bitte fragen Sie, wer sie verwaltet, nach einer Verlängerung.',
    'licence-not-started':
      'Die Lizenz Ihres Instituts hat noch nicht begonnen. Bitte kommen Sie wieder, wenn es so weit ist.',
    'no-licence':
      'Ihr Konto gehört zu keiner Lizenz, deshalb gibt es keinen Platz für Sie. Bitte lassen Sie sich von der Person hinzufügen, die die Lizenz Ihres Instituts verwaltet.',
    'not-found': 'Was Sie suchen, ist nicht mehr hier.',
    'already-exists': 'Das ist schon vergeben. Bitte wählen Sie etwas anderes.',
    'stale-version':
      'Jemand hat das inzwischen geändert. Bitte sehen Sie es sich neu an und wiederholen Sie Ihre Änderung.',
    'last-factor':
      'Ihr Konto braucht einen zweiten Faktor, und dies ist der letzte. Richten Sie zuerst einen anderen ein, dann entfernen Sie diesen.',
    'address-not-verified':
      'Codes gehen nur an eine Adresse, die Sie bestätigt haben. Bitte folgen Sie dem Link, den wir Ihnen geschickt haben, und versuchen Sie es dann noch einmal.',
    'mail-not-set-up':
      'Dieser Dienst kann keine E-Mails verschicken und deshalb so nicht helfen. Bitte fragen Sie die Betreiber.',
    'payload-too-large': 'Das ist mehr, als auf einmal angenommen werden kann.',
    'too-many-attempts': 'Es waren zu viele Versuche.',
    internal: 'Bei uns ist etwas schiefgegangen.',
    'store-unavailable': 'Der Dienst ist für einen Moment unterbrochen. Nichts geht verloren.',
    busy: 'Im Augenblick melden sich viele Menschen an.',
  },
});
