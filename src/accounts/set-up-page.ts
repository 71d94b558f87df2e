import { linkPage } from './link-page.js';

/** Where a set-up link leads. */
export const setUpPagePath = '/auth/set-up';

/** The page a set-up link leads to. */
export const setUpPage = linkPage({
  path: setUpPagePath,
  title: 'Make the first staff account',
  says: 'This link works once. The account may do everything, also make others staff.',
  asksFor: ['email', 'name', 'password'],
  button: 'Make the account',
  done: 'Done: {email} can sign in now.',
  postsTo: '/auth/set-up',
});
