import { linkPage } from './link-page.js';

/** Where a set-up link leads. */
export const setUpPagePath = '/auth/set-up';

/** The page a set-up link leads to. */
export const setUpPage = linkPage({
  path: setUpPagePath,
  title: 'Make the first staff account',
  says: 'This link works once. The account may do everything, also make others staff.',
  asksForEmail: true,
  postsTo: '/auth/set-up',
});
