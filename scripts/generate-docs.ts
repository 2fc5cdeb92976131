/** Writes the generated documents (`npm run docs`). */
import { writeFileSync } from 'node:fs';
import { documents } from './documents.ts';

for (const [path, text] of await documents()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  console.log(path);
}
