import { existsSync } from 'node:fs';
import { Helper, type HelperProcess, type HelperRecord } from '../runtime/helper.ts';
import { type DoorTerminal, type EngineChannel, type EngineOutcome, runEngine, spawnEngine } from './engine-process.ts';
import type { EngineRequest } from './engine-request.ts';
import { type Attempt, noPrivileges, PrivilegeError } from './privilege.ts';
import { ensurePrivateFolder } from './run-folder.ts';
import { idMap, subordinateIds } from './subordinate-ids.ts';

/** What the ladder needs to know: how this program is started again, and by whom it was. */
export interface LadderFacts {
  /** Our own hidden `engine` command: program, flags, script, `engine`. */
  engine: readonly string[];
  uid: number;
  gid: number;
  user: string | undefined;
  helper: string;
  /** Where state lies when the caller himself is the root: in a user namespace. */
  root: string;
  run: string;
  /** Only this way: CONTAINERIZE_PRIVILEGE. */
  only?: string | undefined;
  /** The user namespace that an earlier command's containers live in. */
  existing?: { pid: number; startTime: string } | undefined;
  /** Says what is tried, for --debug. */
  log(line: string): void;
}

type Request = Omit<EngineRequest, 'rung' | 'owner'>;

/**
 * Runs the request with the privileges that containers need: sudo without a password, a user namespace with ranges of
 * IDs, a user namespace with one. A way counts only when an engine that went it says that it works.
 */
export async function climb(facts: LadderFacts, request: Request, io: DoorTerminal): Promise<number> {
  const { only } = facts;
  if (only !== undefined && only !== 'sudo' && only !== 'userns') {
    throw new PrivilegeError(
      'no-privileges',
      `CONTAINERIZE_PRIVILEGE: expected sudo or userns, found "${only.slice(0, 60)}"`,
    );
  }
  const attempts: Attempt[] = [];
  for (const { rung, kind, open } of ways(facts)) {
    if (only !== undefined && only !== kind) continue;
    facts.log(`privileges: trying ${rung}`);
    if (kind === 'userns') ensurePrivateFolder(facts.run, facts.uid);
    // in our user namespace root is the caller: what root makes there belongs to him
    const owner = kind === 'userns' ? { uid: 0, gid: 0 } : { uid: facts.uid, gid: facts.gid };
    const folders = kind === 'userns' ? { root: facts.root, run: facts.run } : {};
    const outcome = await attempt(open, { ...request, ...folders, rung: kind, owner }, io, () =>
      facts.log(`privileges: ${rung}`),
    );
    if ('exit' in outcome) return outcome.exit;
    facts.log(`privileges: not ${rung}: ${outcome.refused}`);
    attempts.push({ rung, reason: outcome.refused });
  }
  throw noPrivileges(attempts);
}

interface Way {
  rung: string;
  kind: 'sudo' | 'userns';
  open(): EngineChannel | string;
}

function ways(facts: LadderFacts): Way[] {
  const sudo: Way = { rung: 'sudo -n', kind: 'sudo', open: () => spawnEngine(['sudo', '-n', '--', ...facts.engine]) };
  if (facts.existing !== undefined) {
    const { pid, startTime } = facts.existing;
    const join: Way = {
      rung: 'the user namespace of running containers',
      kind: 'userns',
      open: () => joined(facts, pid, startTime),
    };
    return [sudo, join];
  }
  return [
    sudo,
    { rung: 'a user namespace with ranges of IDs', kind: 'userns', open: () => manyIds(facts) },
    {
      rung: 'a user namespace with one ID',
      kind: 'userns',
      open: () =>
        inNamespace(facts, [
          ['uid-map', 0, facts.uid, 1],
          ['setgroups', 'deny'],
          ['gid-map', 0, facts.gid, 1],
        ]),
    },
  ];
}

/** Enters the namespaces of a monitor: another user namespace would have no rights over its containers. */
function joined(facts: LadderFacts, pid: number, startTime: string): EngineChannel {
  const all = (1n << 64n) - 1n;
  const records: HelperRecord[] = [
    ['join-pid', pid, startTime],
    ['user', 0, 0],
    ['caps', all, all, all, 0, 0],
    ['cwd', process.cwd()],
    ['stdio', 'inherit'],
    ...Object.entries(process.env).map(([name, value]): HelperRecord => ['env', `${name}=${value}`]),
    ['args', ...facts.engine],
  ];
  return channelOf(new Helper(facts.helper).spawn('exec', records, { stdio: PIPES }));
}

function manyIds(facts: LadderFacts): EngineChannel | string {
  const uids = subordinateIds('/etc/subuid', facts.user, facts.uid);
  const gids = subordinateIds('/etc/subgid', facts.user, facts.uid);
  const least = 65536;
  const sum = (ranges: readonly { count: number }[]) => ranges.reduce((total, range) => total + range.count, 0);
  if (sum(uids) < least || sum(gids) < least)
    return `fewer than ${least} IDs for this user in /etc/subuid and /etc/subgid`;
  const programs = ['newuidmap', 'newgidmap'].map((name) => findProgram(name));
  if (programs.some((path) => path === undefined)) return 'newuidmap and newgidmap are not installed (package uidmap)';
  const records: HelperRecord[] = [
    ...idMap(facts.uid, uids).map((range): HelperRecord => ['uid-map', ...range]),
    ...idMap(facts.gid, gids).map((range): HelperRecord => ['gid-map', ...range]),
    ['newuidmap', programs[0]!],
    ['newgidmap', programs[1]!],
  ];
  return inNamespace(facts, records);
}

const PIPES = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' } as const;

function inNamespace(facts: LadderFacts, records: readonly HelperRecord[]): EngineChannel {
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  return channelOf(
    new Helper(facts.helper).spawn('userns', [...records, ['args', ...facts.engine]], { stdio: PIPES, env }),
  );
}

function channelOf(child: HelperProcess): EngineChannel {
  return {
    stdin: child.stdin!,
    stdout: child.stdout!,
    stderr: child.stderr!,
    closed: child.exited.then((exit) => {
      const failure = child.failure();
      if (failure !== undefined) throw failure;
      return exit;
    }),
    kill: () => child.release(),
  };
}

async function attempt(
  open: Way['open'],
  request: EngineRequest,
  io: DoorTerminal,
  onHello: () => void,
): Promise<EngineOutcome> {
  let works = false;
  try {
    const channel = open();
    if (typeof channel === 'string') return { refused: channel };
    return await runEngine(channel, request, io, () => {
      works = true;
      onHello();
    });
  } catch (error) {
    if (works) throw error;
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

function findProgram(name: string): string | undefined {
  return ['/usr/bin', '/usr/local/bin', '/bin', '/usr/sbin']
    .map((folder) => `${folder}/${name}`)
    .find((path) => existsSync(path));
}
