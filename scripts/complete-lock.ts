/** Adds to package-lock.json the optional packages that it lacks; run it (`npm run lock`) after each install. */
import { readFileSync, writeFileSync } from 'node:fs';
import { completedLock, missingOptionals } from './lock-file.ts';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingOptionals(lock);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completedLock(lock), null, 2)}\n`);
console.log(`package-lock.json is complete (${missing.length} optional packages added)`);
