import { texts } from '../language.js';

/** Being asked who you are once more, and choosing a password. */
export const stepUpTexts = texts({
  en: {
    title: 'Please confirm that it is you',
    lead: 'You signed in a while ago. This protects your account if you have left the device alone.',
    password: 'Your password',
    confirm: 'Confirm',
    usePasskey: 'Use a passkey',
    factorTitle: 'One more step',
    totp: 'The code your authenticator app shows now.',
    email: 'The code we have sent to your e-mail address.',
    recovery: 'One of your recovery codes.',
    passkey: 'Confirm with your passkey.',
    code: 'Code',
    otherWays: 'Another way:',
    byTotp: 'Authenticator app',
    byEmail: 'Code by e-mail',
    byRecovery: 'Recovery code',
    byPasskey: 'Passkey',
  },
  de: {
    title: 'Bitte bestätigen Sie, dass Sie es sind',
    lead: 'Ihre Anmeldung ist eine Weile her. Das schützt Ihr Konto, falls Sie das Gerät allein gelassen haben.',
    password: 'Ihr Passwort',
    confirm: 'Bestätigen',
    usePasskey: 'Passkey verwenden',
    factorTitle: 'Noch ein Schritt',
    totp: 'Der Code, den Ihre Authenticator-App jetzt zeigt.',
    email: 'Der Code, den wir an Ihre E-Mail-Adresse geschickt haben.',
    recovery: 'Einer Ihrer Wiederherstellungscodes.',
    passkey: 'Bestätigen Sie mit Ihrem Passkey.',
    code: 'Code',
    otherWays: 'Ein anderer Weg:',
    byTotp: 'Authenticator-App',
    byEmail: 'Code per E-Mail',
    byRecovery: 'Wiederherstellungscode',
    byPasskey: 'Passkey',
  },
});

/** What a new password is told while it is typed. */
export const newPasswordTexts = texts({
  en: {
    label: 'Password',
    hint: 'Three or four words that have nothing to do with each other make a good one.',
    length: (least: string) => `At least ${least} characters`,
    lengthOrLess: (least: string, less: string) => `At least ${least} characters, or ${less} with a second factor`,
    toGo: (count: string) => `${count} to go`,
    notYou: 'Not your name, your address or the name of this site',
    met: 'Done:',
    unmet: 'Still missing:',
  },
  de: {
    label: 'Passwort',
    hint: 'Drei oder vier Wörter, die nichts miteinander zu tun haben, sind ein gutes.',
    length: (least: string) => `Mindestens ${least} Zeichen`,
    lengthOrLess: (least: string, less: string) => `Mindestens ${least} Zeichen, oder ${less} mit einem zweiten Faktor`,
    toGo: (count: string) => `noch ${count}`,
    notYou: 'Nicht Ihr Name, Ihre Adresse oder der Name dieser Seite',
    met: 'Erfüllt:',
    unmet: 'Fehlt noch:',
  },
});
