/** Where a set-up link leads. */
export const setUpPagePath = '/auth/set-up';
