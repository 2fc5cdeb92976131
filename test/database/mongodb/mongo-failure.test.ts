import { createSocket } from 'node:dgram';
import { getServers, setServers } from 'node:dns';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import {
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
  type TopologyDescription,
} from 'mongodb';
import { describeFailure } from '../../../src/cli/fail.ts';
import { MongoDatabase } from '../../../src/database/mongodb/mongo-database.ts';
import {
  CallTimedOut,
  isDuplicateKey,
  isInterruption,
  isWorthPreparingAgain,
  mongoFailure,
} from '../../../src/database/mongodb/mongo-failure.ts';
import { OrchestratorError } from '../../../src/errors/orchestrator-error.ts';
import { silentLog } from '../../../src/telemetry/log.ts';
import { VirtualClock } from '../../virtual-clock.ts';

const place = { host: 'db.example:27017', databaseName: 'orchestrator' };
const server = (code: number, errmsg = 'refused') => new MongoServerError({ code, errmsg });

describe('failures of MongoDB', () => {
  it.each<[string, Error]>([
    ['a cut connection', new MongoNetworkError('connection closed')],
    ['a socket time-out', new MongoNetworkTimeoutError('timed out')],
    ['no server', new MongoServerSelectionError('none', {} as TopologyDescription)],
    ['our own limit', new CallTimedOut('late')],
    ['a server that is not primary', server(10107)],
    ['a primary that steps down', server(189)],
    ['a server that shuts down', server(91)],
    ['the time limit of the server', server(50)],
    ['a majority that does not confirm', server(64)],
    [
      'a majority that cannot be reached',
      new MongoWriteConcernError({ ok: 1, writeConcernError: { code: 79, errmsg: 'no such mode' } }),
    ],
  ])('%s is an outage that costs no attempt', (_, cause) => {
    expect(isInterruption(cause)).toBe(true);
    expect(mongoFailure(cause, place, 'read')).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      retry: 'dependency-down',
      dependency: 'mongodb',
      context: { host: 'db.example:27017' },
      cause,
    });
  });

  it('of whatever kind are worth another try while the schema is prepared, refused logins apart', () => {
    expect(isWorthPreparingAgain(server(8, 'Unknown error: null'))).toBe(true);
    expect(isWorthPreparingAgain(new MongoNetworkError('connection closed'))).toBe(true);
    expect(isWorthPreparingAgain(server(13))).toBe(false);
    expect(isWorthPreparingAgain(new OrchestratorError('SCHEMA_UNSUPPORTED', 'newer'))).toBe(false);
  });

  it('a refused login is a fault of the configuration at the start and an outage later', () => {
    expect(mongoFailure(server(18), place, 'open', true)).toMatchObject({ code: 'CONFIG_INVALID', retry: 'permanent' });
    expect(mongoFailure(server(13), place, 'read')).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      retry: 'dependency-down',
      hint: expect.stringContaining('authSource'),
    });
  });

  it('any other answer of the server is an error of the call, and not repeated', () => {
    expect(isInterruption(server(2))).toBe(false);
    expect(mongoFailure(server(2, 'bad value'), place, 'write')).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      retry: 'transient',
      message: expect.stringContaining('bad value'),
    });
  });

  it('leaves errors of other origin alone', () => {
    const own = new OrchestratorError('LEASE_LOST', 'lost');
    const defect = new TypeError('x is not a function');
    expect(mongoFailure(own, place, 'read')).toBe(own);
    expect(mongoFailure(defect, place, 'read')).toBe(defect);
    expect(isInterruption(defect)).toBe(false);
  });

  it('knows a duplicate key by its code only', () => {
    expect(isDuplicateKey(server(11000))).toBe(true);
    expect(isDuplicateKey(server(1, 'E11000 duplicate key error'))).toBe(false);
    expect(isDuplicateKey(new Error('DuplicateKey'))).toBe(false);
  });

  it.each([
    ['ENOTFOUND', 3],
    ['ESERVFAIL', 2],
  ])('takes a look-up of mongodb+srv:// that ends with %s for an outage', async (code, answer) => {
    const error = await withNameServer(answer, () =>
      MongoDatabase.open({
        url: 'mongodb+srv://user:s3cret@cluster0.example.invalid/',
        databaseName: 'x',
        clock: new VirtualClock(),
        log: silentLog,
      }).catch((failure: unknown) => failure),
    );
    expect(error).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      retry: 'dependency-down',
      dependency: 'mongodb',
      message: `MongoDB at cluster0.example.invalid does not answer (${code}): cannot open the database`,
      hint: expect.stringContaining('reachable'),
    });
    const { text, exitCode } = describeFailure(error, { debug: true, secrets: [] });
    expect(text).not.toMatch(/s3cret|unexpected/);
    expect(exitCode).toBe(1);
  });

  it('refuses a database name that the server would refuse', async () => {
    const url = 'mongodb://127.0.0.1:1';
    const opening = MongoDatabase.open({ url, databaseName: 'a.b', clock: new VirtualClock(), log: silentLog });
    await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('a.b') });
  });

  it.each([
    'mongodb://user:s3cret@/x',
    'http://user:s3cret@host',
    'mongodb://user:s3cret@host:port',
    'mongodb://user:s3cret@host/?w=many&nonsense=s3cret',
    'user:s3cret@host',
  ])('does not repeat the URL %s', async (url) => {
    const opening = MongoDatabase.open({ url, databaseName: 'x', clock: new VirtualClock(), log: silentLog });
    const error: unknown = await opening.catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringContaining('mongodb://') });
    const { message, stack, cause, context } = error as OrchestratorError;
    expect(JSON.stringify({ message, stack, cause: String(cause), context })).not.toContain('s3cret');
  });
});

/** While a name server of this machine gives every question the same answer, one of the codes of RFC 1035, 4.1.1. */
async function withNameServer<T>(answer: number, work: () => Promise<T>): Promise<T> {
  const server = createSocket('udp4');
  server.on('message', (question, { port, address }) => {
    const reply = Buffer.from(question);
    reply.writeUInt16BE(0x8180 | answer, 2);
    server.send(reply, port, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const before = getServers();
  setServers([`127.0.0.1:${server.address().port}`]);
  try {
    return await work();
  } finally {
    setServers(before);
    server.close();
  }
}
