import { describe, expect, it } from '@jest/globals';
import { LogAlertSink } from '../../src/alerts/log-alert-sink.ts';
import { MemoryAlertSink } from '../../src/alerts/memory-alert-sink.ts';
import { silentLog } from '../../src/telemetry/log.ts';

const alert = { fingerprint: 'job:1:Failed', text: 'Block 1 failed' };

describe('alert sinks', () => {
  it('writes an alert to the log as an error with its fingerprint', async () => {
    const lines: [object, string][] = [];
    const log = { ...silentLog, error: (fields: object, text: string) => lines.push([fields, text]) };
    await new LogAlertSink(log).send(alert);
    expect(lines).toEqual([[{ alert: 'job:1:Failed' }, 'Block 1 failed']]);
  });

  it('keeps alerts in order', async () => {
    const sink = new MemoryAlertSink();
    await sink.send(alert);
    await sink.send({ ...alert, text: 'second' });
    expect(sink.alerts.map(({ text }) => text)).toEqual(['Block 1 failed', 'second']);
  });
});
