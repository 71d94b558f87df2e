import { main } from '../../src/main.js';
import { announce } from './contestant.js';

// The whole server as `npm start` runs it, on the stores it is given.
const server = await main(process.env);
announce(server.url);
process.on('SIGTERM', () => {
  void server.stop().finally(() => process.exit(0));
});
