import { UsherClient } from '../../client/client.js';

/** The page's side of Usher: the same for everything in it. */
export const usher = new UsherClient();
