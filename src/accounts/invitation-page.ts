import { linkPage } from './link-page.js';

/** The page an invitation leads to. */
export const invitationPage = linkPage({
  path: '/invitation',
  title: 'Accept an invitation',
  says: 'Choose a password. You sign in with it and the address the invitation was sent to.',
  asksFor: ['name', 'password'],
  button: 'Make the account',
  done: 'Done: {email} can sign in now.',
  postsTo: '/auth/invitations/accept',
});
