import { texts } from '../language.js';

/** What all pages behind links say. */
export const linkTexts = texts({
  en: {
    signIn: 'Sign in',
    noTokenTitle: 'Something is missing from this link',
    noToken: 'Open it from the message again, or copy it from there as a whole: everything after the # belongs to it.',
    staleTitle: 'This link is not good any more',
    stale: 'It has been used, taken back, or is too old.',
    toForgot: 'Ask for a new link',
  },
  de: {
    signIn: 'Anmelden',
    noTokenTitle: 'An diesem Link fehlt etwas',
    noToken:
      'Öffnen Sie ihn noch einmal aus der Nachricht, oder kopieren Sie ihn dort ganz: Alles nach dem # gehört dazu.',
    staleTitle: 'Dieser Link gilt nicht mehr',
    stale: 'Er wurde benutzt, zurückgenommen oder ist zu alt.',
    toForgot: 'Neuen Link anfordern',
  },
});

/** Choosing a new password. */
export const resetTexts = texts({
  en: {
    title: 'Choose a new password',
    lead: 'You are signed out on all your devices by this, and sign in with the new password.',
    password: 'New password',
    button: 'Set the password',
    doneTitle: 'Your password is set',
    done: 'Sign in with it now.',
    stale: 'Ask for a new link: it comes by e-mail.',
  },
  de: {
    title: 'Neues Passwort wählen',
    lead: 'Sie werden dadurch auf allen Geräten abgemeldet und melden sich mit dem neuen Passwort an.',
    password: 'Neues Passwort',
    button: 'Passwort setzen',
    doneTitle: 'Ihr Passwort ist gesetzt',
    done: 'Melden Sie sich jetzt damit an.',
    stale: 'Fordern Sie einen neuen Link an: Er kommt per E-Mail.',
  },
});

/** Confirming an address. */
export const verifyTexts = texts({
  en: {
    title: 'Confirm your address',
    lead: 'This confirms that the address is yours. If you did not ask for it, close this page.',
    passwordLead: 'One more step: give the password you chose when you asked for the account.',
    password: 'The password you chose',
    button: 'Confirm the address',
    doneTitle: 'Your address is confirmed',
    done: (email: string) => `${email} is confirmed. You can sign in now.`,
    stale: 'If your account still needs to be confirmed, sign in and have the link sent again, or register once more.',
  },
  de: {
    title: 'Adresse bestätigen',
    lead: 'Damit bestätigen Sie, dass die Adresse Ihnen gehört. Wenn Sie das nicht angefordert haben, schließen Sie diese Seite.',
    passwordLead: 'Noch ein Schritt: Geben Sie das Passwort ein, das Sie sich für das Konto ausgesucht haben.',
    password: 'Das Passwort, das Sie gewählt haben',
    button: 'Adresse bestätigen',
    doneTitle: 'Ihre Adresse ist bestätigt',
    done: (email: string) => `${email} ist bestätigt. Sie können sich jetzt anmelden.`,
    stale:
      'Wenn Ihr Konto noch bestätigt werden muss, melden Sie sich an und lassen Sie sich den Link noch einmal schicken, oder registrieren Sie sich neu.',
  },
});

/** Saying that a change was made by somebody else. */
export const notMeTexts = texts({
  en: {
    title: 'This was not me',
    lead: 'We sign every device out of your account and make its password worth nothing. Then you get a link to a new one by e-mail.',
    button: 'It was not me: close my account to everybody',
    doneTitle: 'Your account is closed to everybody',
    done: 'Look into your mail for the link to a new password. If none comes, your address belongs to another account by now: then the people who run this service help you.',
    stale: 'If somebody else uses your account, set a new password: that signs every device out.',
  },
  de: {
    title: 'Das war ich nicht',
    lead: 'Wir melden alle Geräte von Ihrem Konto ab und machen sein Passwort wertlos. Danach bekommen Sie per E-Mail einen Link zu einem neuen.',
    button: 'Das war ich nicht: mein Konto für alle schließen',
    doneTitle: 'Ihr Konto ist für alle geschlossen',
    done: 'In Ihrer Post finden Sie den Link zu einem neuen Passwort. Kommt keiner, gehört Ihre Adresse inzwischen zu einem anderen Konto: Dann helfen Ihnen die Betreiber dieses Dienstes.',
    stale: 'Wenn jemand anders Ihr Konto benutzt, setzen Sie ein neues Passwort: Das meldet alle Geräte ab.',
  },
});

/** Confirming a change of address. */
export const confirmEmailTexts = texts({
  en: {
    title: 'Confirm the change of your address',
    lead: 'The address changes when this has been confirmed from the new mailbox and from the old one.',
    button: 'Confirm the change',
    changedTitle: 'Your address is changed',
    changed: 'From now on you sign in with the new address.',
    halfTitle: 'One side is confirmed',
    waitsForNew: 'Now follow the link we sent to the new address. Until then nothing changes.',
    waitsForOld: 'Now follow the link we sent to your present address. Until then nothing changes.',
    stale: 'To change the address, ask for it again on the page of your account.',
  },
  de: {
    title: 'Änderung Ihrer Adresse bestätigen',
    lead: 'Die Adresse ändert sich, wenn das aus dem neuen und aus dem alten Postfach bestätigt ist.',
    button: 'Änderung bestätigen',
    changedTitle: 'Ihre Adresse ist geändert',
    changed: 'Ab jetzt melden Sie sich mit der neuen Adresse an.',
    halfTitle: 'Eine Seite ist bestätigt',
    waitsForNew: 'Folgen Sie nun dem Link, den wir an die neue Adresse geschickt haben. Bis dahin ändert sich nichts.',
    waitsForOld:
      'Folgen Sie nun dem Link, den wir an Ihre jetzige Adresse geschickt haben. Bis dahin ändert sich nichts.',
    stale: 'Um die Adresse zu ändern, fordern Sie es auf der Seite Ihres Kontos noch einmal an.',
  },
});

/** Keeping an account that was given up. */
export const keepTexts = texts({
  en: {
    title: 'Keep your account',
    lead: 'Your account will not be removed, and you can sign in with it again.',
    button: 'Keep the account',
    doneTitle: 'Your account stays',
    done: 'You can sign in again.',
    stale: 'If the account was to be removed, ask the people who run this service whether it can still be kept.',
  },
  de: {
    title: 'Konto behalten',
    lead: 'Ihr Konto wird nicht entfernt, und Sie können sich wieder damit anmelden.',
    button: 'Konto behalten',
    doneTitle: 'Ihr Konto bleibt',
    done: 'Sie können sich wieder anmelden.',
    stale: 'Falls das Konto entfernt werden sollte, fragen Sie die Betreiber, ob es sich noch behalten lässt.',
  },
});

/** Accepting an invitation. */
export const invitationTexts = texts({
  en: {
    title: 'You are invited',
    lead: 'Choose a password, and your account is ready. You sign in with it and the address the invitation was sent to.',
    name: 'Your name',
    nameHint: 'As other people see it.',
    button: 'Make my account',
    doneTitle: 'Welcome',
    done: (email: string) => `Your account is ready. Sign in as ${email}.`,
    stale: 'If you have accepted it already, sign in. Otherwise ask whoever invited you for another invitation.',
  },
  de: {
    title: 'Sie sind eingeladen',
    lead: 'Wählen Sie ein Passwort, und Ihr Konto ist fertig. Sie melden sich damit und mit der Adresse an, an die die Einladung ging.',
    name: 'Ihr Name',
    nameHint: 'So, wie andere ihn sehen.',
    button: 'Mein Konto anlegen',
    doneTitle: 'Willkommen',
    done: (email: string) => `Ihr Konto ist fertig. Melden Sie sich als ${email} an.`,
    stale: 'Wenn Sie sie schon angenommen haben, melden Sie sich an. Sonst bitten Sie um eine neue Einladung.',
  },
});
