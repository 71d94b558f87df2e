import { linkPage } from './link-page.js';

/** The page an invitation leads to. */
export const invitationPage = linkPage({
  path: '/invitation',
  title: 'Accept an invitation',
  says: 'Choose a password. You sign in with it and the address the invitation was sent to.',
  asksForEmail: false,
  postsTo: '/auth/invitations/accept',
});
