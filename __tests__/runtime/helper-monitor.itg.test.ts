import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { HelperRecord, HelperReport } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';
import { dev, isAlive, makeHelper, namespaces, path, proc, runHelper } from './helper-fixture.ts';

const helper = makeHelper();
const scratch = await scratchFolder('monitor');
const root = makeBusyboxRoot(join(scratch, 'root'));
let count = 0;

interface Detached {
  log: string;
  exit: string;
  socket: string;
  pid: number;
  monitorPid: number;
  code: number | null;
  reports: HelperReport[];
  ended(): Promise<{ [field: string]: unknown }>;
}

async function detach(
  args: string[],
  extra: HelperRecord[] = [
    ['stdio', 'relay'],
    ['stdin', 'null'],
  ],
): Promise<Detached> {
  const folder = join(scratch, `c${count++}`);
  mkdirSync(folder);
  const [log, exit, socket] = [join(folder, 'log'), join(folder, 'exit'), join(folder, 'attach')];
  const { code, reports } = await runHelper(helper, 'monitor', [
    ...namespaces,
    ['rootfs', root],
    proc,
    ...dev,
    path,
    ['log-file', log],
    ['exit-file', exit],
    ['attach-socket', socket],
    ...extra,
    ['args', ...args],
  ]);
  const pidOf = (event: string): number => Number(reports.find((report) => report.event === event)?.pid ?? 0);
  const monitorPid = pidOf('monitor');
  return {
    log,
    exit,
    socket,
    code,
    reports,
    pid: pidOf('started'),
    monitorPid,
    async ended() {
      await until(() => existsSync(exit) && !isAlive(monitorPid));
      return JSON.parse(readFileSync(exit, 'utf8'));
    },
  };
}

function logOf(container: Detached): { log: string; stream: string; time: string }[] {
  return readFileSync(container.log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** A client of the attach socket. */
class Client {
  readonly socket: Socket;
  output = { 1: '', 2: '' } as Record<number, string>;
  readonly closed: Promise<void>;

  constructor(path: string) {
    this.socket = createConnection(path);
    let rest = Buffer.alloc(0);
    this.socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk as Buffer]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32LE(1)) {
        const size = rest.readUInt32LE(1);
        this.output[rest[0]!] += rest.subarray(5, 5 + size).toString();
        rest = rest.subarray(5 + size);
      }
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  send(type: number, text: string): void {
    const head = Buffer.alloc(5);
    head[0] = type;
    head.writeUInt32LE(Buffer.byteLength(text), 1);
    this.socket.write(Buffer.concat([head, Buffer.from(text)]));
  }
}

describe('monitor', () => {
  test('goes to the background when the container has started, and keeps log and exit status', async () => {
    const container = await detach(['sh', '-c', 'echo one; echo two >&2; printf three; exit 5']);
    expect(container.code).toBe(0);
    expect(container.reports.map((report) => report.event).sort()).toEqual(['created', 'monitor', 'started']);
    expect(await container.ended()).toMatchObject({ exitCode: 5, oomKilled: false });
    const lines = logOf(container);
    expect(lines.filter((line) => line.stream === 'stdout').map((line) => line.log)).toEqual(['one\n', 'three']);
    expect(lines.filter((line) => line.stream === 'stderr').map((line) => line.log)).toEqual(['two\n']);
    for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(existsSync(container.socket)).toBe(false);
  });

  test('logs one entry a line, cuts long lines, keeps bytes that are no text', async () => {
    const container = await detach([
      'sh',
      '-c',
      'printf "a\\nb\\n"; head -c 40000 /dev/zero | tr "\\0" x; printf "\\n\\377\\n"',
    ]);
    await container.ended();
    const logs = logOf(container).map((line) => line.log);
    expect(logs.slice(0, 2)).toEqual(['a\n', 'b\n']);
    expect(logs.slice(2, 5).map((log) => log.length)).toEqual([16384, 16384, 40001 - 2 * 16384]);
    expect(logs[5]).toBe('\udcff\n');
  });

  test('tells a failed start in the foreground', async () => {
    const container = await detach(['no-such-program']);
    expect(container.code).toBe(71);
    expect(container.reports.map((report) => report.event)).toContain('exec-failed');
    await until(() => !isAlive(container.monitorPid));
  });

  test('lets clients watch and type', async () => {
    const container = await detach(
      ['sh', '-c', 'read a; echo got $a; cat; echo end >&2; exit 6'],
      [['stdio', 'relay']],
    );
    expect(statSync(container.socket).mode & 0o777).toBe(0o600);
    const client = new Client(container.socket);
    client.send(0, 'hello\nrest');
    await until(() => client.output[1]!.includes('rest'));
    client.send(2, '');
    await client.closed;
    expect(client.output).toEqual({ 1: 'got hello\nrest', 2: 'end\n' });
    expect(await container.ended()).toMatchObject({ exitCode: 6 });
  });

  test('passes signals and sizes on, from a client of its terminal', async () => {
    const container = await detach(
      ['sh', '-c', 'trap "stty size; exit 8" TERM; echo up; while :; do sleep 0.01; done'],
      [['stdio', 'pty']],
    );
    const client = new Client(container.socket);
    client.send(1, 'resize 33 44');
    await until(() => logOf(container).length > 0);
    client.send(1, 'signal 15');
    await client.closed;
    expect(await container.ended()).toMatchObject({ exitCode: 8 });
    expect(logOf(container).map((line) => line.log)).toContain('33 44\r\n');
  });

  test('keeps up with many short lines', async () => {
    const container = await detach(['sh', '-c', 'yes | head -n 300000']);
    await container.ended();
    expect(logOf(container).length).toBe(300_000);
  });

  test('a client that does not read neither stops the container nor is waited for', async () => {
    const container = await detach(['sh', '-c', 'sleep 0.1; head -c 4000000 /dev/zero | tr "\\0" x; exit 0']);
    const client = new Client(container.socket);
    client.socket.pause();
    expect(await container.ended()).toMatchObject({ exitCode: 0 });
    client.socket.destroy();
  });

  test('that is killed takes its container with it', async () => {
    const container = await detach(['sleep', '1000']);
    process.kill(container.monitorPid, 'SIGKILL');
    await until(() => !isAlive(container.pid));
    expect(existsSync(container.exit)).toBe(false);
  });
});
