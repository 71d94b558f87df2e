#!/usr/bin/env node
import { test } from './test.mjs';

const [verb, ...args] = process.argv.slice(2);
if (verb === 'test') process.exitCode = await test(args);
