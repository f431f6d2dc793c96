import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { codeOf } from '../../errors.ts';
import { HelperError, type HelperReport } from '../helper.ts';

/** What a container says between its start and its program. */
export interface StartReport {
  /** Waits until the program runs or the container is gone; gives what went wrong. */
  failure(): Promise<HelperError | undefined>;
  close(): void;
}

/** Listens at the container's report fifo; to be called before the start. Undefined when the container has none. */
export async function hearStart(path: string): Promise<StartReport | undefined> {
  // Without waiting for a writer: a container that has died has none.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  const socket = new Socket({ fd: file.fd, readable: true, writable: false });
  const text = readAll(socket);
  // Nobody may ask for it.
  text.catch(() => {});
  return {
    failure: async () => firstError(await text),
    close: () => void socket.destroy(),
  };
}

async function readAll(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function firstError(text: string): HelperError | undefined {
  for (const line of text.split('\n').filter(Boolean)) {
    const report = JSON.parse(line) as HelperReport;
    if (report.event === 'exec-failed') return HelperError.execFailed(report);
    if (report.event === 'error') return HelperError.reported('start', report);
  }
  return undefined;
}
