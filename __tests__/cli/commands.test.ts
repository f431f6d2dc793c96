import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { candidates } from '../../src/cli/completion.ts';
import { findCommand } from '../../src/cli/dispatch.ts';
import { commandHelp, groupHelp, programHelp } from '../../src/cli/help.ts';
import { GLOBAL_OPTIONS } from '../../src/cli/settings.ts';
import { entry } from '../helpers/entry.ts';
import { makeScratch } from '../helpers/make-scratch.ts';

function start(args: string[], preload?: string, env: Readonly<Record<string, string>> = {}) {
  const flags = preload === undefined ? [] : ['--import', `data:text/javascript,${preload}`];
  return spawnSync(process.execPath, [...flags, entry, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_COMPILE_CACHE: '/dev/null', ...env },
  });
}

describe('the table of commands', () => {
  test('every entry loads a command of the same name and summary, with an example', async () => {
    for (const listed of ENTRIES) {
      const { command } = await listed.load();
      expect([listed.name, command.name]).toEqual([listed.name, listed.name]);
      expect([listed.name, command.summary]).toEqual([listed.name, listed.summary]);
      if (!listed.hidden) expect([listed.name, command.examples.length > 0]).toEqual([listed.name, true]);
      expect(commandHelp(command)).toContain(`Usage:  containerize ${listed.name}`);
    }
  });

  test('no two commands have one spelling, and no command two flags of one name', async () => {
    const spellings = ENTRIES.flatMap((e) => [e.name, ...(e.aliases ?? [])]);
    expect(spellings.filter((s, i) => spellings.indexOf(s) !== i)).toEqual([]);
    for (const listed of ENTRIES) {
      const { command } = await listed.load();
      const names = command.options.flatMap((o) => [
        o.name,
        ...(o.aliases ?? []),
        ...(o.short === undefined ? [] : [`-${o.short}`]),
      ]);
      expect([listed.name, names.filter((n, i) => names.indexOf(n) !== i)]).toEqual([listed.name, []]);
    }
  });

  test('the help lists every command that is not hidden', () => {
    const help = programHelp(ENTRIES, GLOBAL_OPTIONS);
    for (const { name, hidden } of ENTRIES) if (!hidden) expect(help).toContain(name.split(' ').at(-1)!);
  });

  test('a group shows docker’s spellings too', () => {
    const help = groupHelp('image', ENTRIES);
    for (const name of ['build', 'history', 'import', 'ls', 'pull', 'push', 'rm', 'save', 'tag'])
      expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(help).not.toContain('remove ');
  });

  test('docker’s spellings in groups are found', () => {
    expect(findCommand(ENTRIES, ['container', 'ls', '-a'])).toMatchObject({ entry: { name: 'ps' }, rest: ['-a'] });
    expect(findCommand(ENTRIES, ['volume', 'ls'])).toMatchObject({ entry: { name: 'volume ls' }, rest: [] });
    expect(findCommand(ENTRIES, ['volume'])).toEqual({ group: 'volume' });
    expect(() => findCommand(ENTRIES, ['rnu'])).toThrow('unknown command: rnu (did you mean run?)');
    expect(() => findCommand(ENTRIES, ['volume', 'lss'])).toThrow(
      'unknown command: volume lss (did you mean volume ls?)',
    );
  });

  test('the shell is offered commands, flags and choices', async () => {
    const words = async (...typed: string[]) => (await candidates(typed, ENTRIES)).map(([word]) => word);
    expect(await words('volu')).toEqual(['volume']);
    expect(await words('volume', 'c')).toEqual(['create']);
    expect(await words('run', '--memory-s')).toEqual(['--memory-swap', '--memory-swappiness']);
    expect(await words('run', '--pull', 'a')).toEqual(['always']);
    expect(await words('run', '--publi')).toEqual([]);
  });
});

describe('the entry', () => {
  test('says its version', () => {
    expect(start(['--version']).stdout).toMatch(/^containerize \d+\.\d+\.\d+\n$/);
  });

  test('an old Node.js is told, not broken', () => {
    const { status, stderr } = start(
      ['ps'],
      "Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.1'}})",
    );
    expect(stderr).toContain('needs Node.js 22.22 or newer, and this is 18.20.1');
    expect(status).toBe(69);
  });

  test('another system is told that Linux is needed', () => {
    const { status, stderr } = start(['ps'], "Object.defineProperty(process,'platform',{value:'darwin'})");
    expect(stderr).toContain('needs Linux, and this is darwin');
    expect(status).toBe(69);
  });

  test('a file for --env-file is the container’s, though Node.js reads it too', () => {
    const folder = makeScratch('env-file');
    try {
      writeFileSync(join(folder, 'env'), 'CONTAINERIZE_DEBUG=1\nCONTAINERIZE_RUN=relative\n');
      const words = ['run', '--env-file', join(folder, 'env'), 'Not/A/Name'];
      const { stderr } = start(words, undefined, { CONTAINERIZE_ROOT: folder, CONTAINERIZE_RUN: join(folder, 'run') });
      expect(stderr).toContain('invalid image name');
      expect(stderr).not.toContain('    at ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a wrong flag before the command is told where help is', () => {
    expect(start(['--bogus', 'ps']).stderr).toContain('hint: see containerize --help\n');
  });

  test('the version is for scripts as well', () => {
    expect(start(['version', '--format', '{{.Client.Version}} {{.Client.Os}}']).stdout).toMatch(
      /^\d+\.\d+\.\d+ linux\n$/,
    );
    expect(JSON.parse(start(['version', '-f', 'json']).stdout)).toMatchObject({ Client: { Os: 'linux' } });
  });

  test('misuse is said with a hint and exit code 125', () => {
    const { status, stderr } = start(['ps', '--formt', 'x']);
    expect(stderr).toBe('error: unknown flag: --formt (did you mean --format?)\nhint: see containerize ps --help\n');
    expect(status).toBe(125);
  });
});
