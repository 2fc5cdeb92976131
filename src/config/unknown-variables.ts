import { nearestName } from './nearest-name.ts';
import type { Environment } from './read-settings.ts';
import { runSettings } from './run-settings.ts';
import { fileVariables, VARIABLE_PREFIX } from './setting.ts';

const known = new Set(
  Object.values(runSettings)
    .flatMap((setting) => [...setting.variables, ...fileVariables(setting)])
    .filter((name) => name.startsWith(VARIABLE_PREFIX)),
);

/** One sentence for each variable that has the program's prefix and that the program does not know. */
export function unknownVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && !known.has(name))
    .map((name) => {
      const nearest = nearestName(bareName(name), [...known].map(bareName));
      return `unknown variable ${name}${nearest === undefined ? '' : `; did you mean ${VARIABLE_PREFIX}${nearest}?`}`;
    });
}

/** Without the prefix, which would make all names alike. */
function bareName(variable: string): string {
  return variable.slice(VARIABLE_PREFIX.length);
}
