import { main } from '../../src/main.js';
import { announce } from './contestant.js';

// The whole server as `npm start` runs it, on the stores it is given.
const server = await main(process.env);
announce(server.url);
