import { sampleApi } from './api.ts';

const {
  PORT = '4000',
  USHER = 'http://usher:3000',
  ORIGIN = 'http://localhost:8080',
  AUDIENCE = 'sample',
} = process.env;
const server = sampleApi({ usher: USHER, origin: ORIGIN, audience: AUDIENCE }).listen(Number(PORT));
process.once('SIGTERM', () => server.close());
