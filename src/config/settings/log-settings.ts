import { flag, oneOf, text } from '../kinds.ts';
import { defaulted, optional } from '../setting.ts';

/** What every command knows about its own output. */
export const logSettings = {
  logLevel: optional(oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'), {
    flag: 'log-level',
    plainEnv: ['LOG_LEVEL'],
    description: 'Least severity that is logged; without it info.',
  }),
  logFilter: optional(text, {
    flag: 'log-filter',
    plainEnv: ['RUST_LOG'],
    description: 'Filter as existing deployments write it, for example error,orchestrator=info; --log-level wins.',
  }),
  logFormat: optional(oneOf('json', 'pretty'), {
    flag: 'log-format',
    plainEnv: ['LOG_FORMAT'],
    description: 'One JSON object a line, or lines for people; without it pretty on a terminal, json elsewhere.',
  }),
  debug: defaulted(flag, 'false', {
    flag: 'debug',
    description: 'Log everything, and show where an error came from.',
  }),
} as const;
