import { texts } from '../language.js';

/** The page of a forgotten password. */
export const forgotTexts = texts({
  en: {
    title: 'Forgotten your password?',
    lead: 'Give the e-mail address of your account. We send you a link with which you choose a new password.',
    email: 'E-mail address',
    button: 'Send the link',
    sentTitle: 'Look into your mail',
    sent: (email: string) =>
      `If ${email} has an account here, a link is on its way to it. The link is good for a short while, and once.`,
    nothing: 'Nothing there after a few minutes? Look among your junk mail, or check the address.',
    another: 'Give another address',
    back: 'Back to sign-in',
    noMail:
      'This service cannot send e-mail, so it cannot send you a link. Please ask the people who run it for a new password.',
  },
  de: {
    title: 'Passwort vergessen?',
    lead: 'Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen.',
    email: 'E-Mail-Adresse',
    button: 'Link schicken',
    sentTitle: 'Sehen Sie in Ihre Post',
    sent: (email: string) =>
      `Wenn ${email} hier ein Konto hat, ist ein Link dorthin unterwegs. Er gilt kurze Zeit, und einmal.`,
    nothing: 'Nach ein paar Minuten ist nichts da? Sehen Sie im Spam-Ordner nach, oder prüfen Sie die Adresse.',
    another: 'Eine andere Adresse angeben',
    back: 'Zurück zur Anmeldung',
    noMail:
      'Dieser Dienst kann keine E-Mails verschicken, also auch keinen Link. Bitte fragen Sie die Betreiber nach einem neuen Passwort.',
  },
});
