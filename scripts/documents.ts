import { commandLinePage } from './command-line-page.ts';
import { configurationPage } from './configuration-page.ts';
import { environmentExample } from './environment-example.ts';

/** Every generated document: path from the project root and text. */
export async function documents(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['.env.example', environmentExample()],
    ['docs/configuration.md', configurationPage()],
    ['docs/command-line.md', await commandLinePage()],
  ]);
}
