import { logConfigOf } from '../../config/log-config.ts';
import { recordSettings } from '../../config/settings/command-settings.ts';
import type { Command } from '../command.ts';
import { openLog } from '../open-log.ts';
import { valuesOf } from '../values-of.ts';

export const record: Command = {
  usage: 'record',
  description: 'Copy a range of blocks from a node into a folder.',
  settings: recordSettings,
  examples: [['$0 record --rpc URL --from 10 --to 20 --out DIR', 'record eleven blocks']],
  run: async (call) => {
    const values = valuesOf(recordSettings, call);
    const { recordFromNode } = await import('../../app/record.ts');
    return await recordFromNode(values, openLog(logConfigOf(values), [values.rpc]), call.io);
  },
};
