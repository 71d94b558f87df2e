import { texts } from '../language.js';

/** The page where people make an account for themselves, and the one after signing out. */
export const registerTexts = texts({
  en: {
    title: 'Make an account',
    lead: 'We send a link to your e-mail address. When you follow it, your account is there.',
    email: 'E-mail address',
    name: 'Name',
    password: 'Choose a password',
    button: 'Make the account',
    sentTitle: 'Look into your mail',
    sent: (email: string) =>
      `We have sent a link to ${email}. Follow it, and give the password once more that you have just chosen.`,
    nothing: 'Nothing there after a few minutes? Look among your junk mail, or have it sent again.',
    resend: 'Send the link again',
    resent: 'It is on its way again.',
    closed:
      'Accounts are not made here. Please ask the people who run this service, or whoever manages your licence, for one.',
    haveOne: 'I have an account',

    signedOutTitle: 'You are signed out',
    signedOutLead: 'Your seat is free for others now.',
    signInAgain: 'Sign in again',
  },
  de: {
    title: 'Konto anlegen',
    lead: 'Wir schicken einen Link an Ihre E-Mail-Adresse. Wenn Sie ihm folgen, ist Ihr Konto da.',
    email: 'E-Mail-Adresse',
    name: 'Name',
    password: 'Passwort wählen',
    button: 'Konto anlegen',
    sentTitle: 'Sehen Sie in Ihre Post',
    sent: (email: string) =>
      `Wir haben einen Link an ${email} geschickt. Folgen Sie ihm, und geben Sie das eben gewählte Passwort noch einmal ein.`,
    nothing:
      'Nach ein paar Minuten ist nichts da? Sehen Sie im Spam-Ordner nach, oder lassen Sie den Link noch einmal schicken.',
    resend: 'Link noch einmal schicken',
    resent: 'Er ist noch einmal unterwegs.',
    closed:
      'Hier werden keine Konten angelegt. Bitte fragen Sie die Betreiber dieses Dienstes, oder wer Ihre Lizenz verwaltet.',
    haveOne: 'Ich habe ein Konto',

    signedOutTitle: 'Sie sind abgemeldet',
    signedOutLead: 'Ihr Platz ist jetzt für andere frei.',
    signInAgain: 'Wieder anmelden',
  },
});
