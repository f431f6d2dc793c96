import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { scratchFolder } from '../helpers/scratch.ts';
import { Program, refusal } from './program.ts';

const program = new Program(await scratchFolder('bad-dockerfile'));
beforeAll(() => program.image('docker.io/library/busybox:latest'));
afterAll(async () => expect(await program.leftovers()).toEqual([]));

interface Case {
  name: string;
  text: string;
  says: RegExp;
  caret?: string;
  at?: string;
  code?: number;
  flags?: string[];
}

const CASES: Case[] = [
  {
    name: 'an unknown instruction',
    text: 'FROM busybox\nRUNN true\n',
    says: /unknown instruction: RUNN \(did you mean RUN\?\)/,
    at: '2:1',
    caret: '^^^^',
  },
  {
    name: 'an unknown flag of an instruction',
    text: 'FROM busybox\nCOPY --chwon=1 a /\n',
    says: /unknown flag: --chwon \(did you mean chown\?\)/,
    at: '2:6',
    caret: '^^^^^^^^^',
  },
  {
    name: 'an unknown flag of the command',
    text: 'FROM busybox\n',
    flags: ['--no-cahce'],
    says: /unknown flag: --no-cahce \(did you mean --no-cache\?\)/,
    code: 125,
  },
  {
    name: 'a target that is no stage',
    text: 'FROM busybox AS build\n',
    flags: ['--target', 'biuld'],
    says: /target stage "biuld" could not be found \(did you mean build\?\)/,
  },
  {
    name: 'COPY from a misspelt stage',
    text: 'FROM busybox AS build\nFROM busybox\nCOPY --from=biuld /a /\n',
    says: /there is no stage or image "biuld" \(did you mean build\?\)/,
    at: '3:13',
    caret: '^^^^^',
  },
  {
    name: 'a file that is not in the context',
    text: 'FROM busybox\nCOPY nope.txt /\n',
    says: /"\/nope\.txt": not found in the build context/,
    at: '2:6',
    caret: '^^^^^^^^',
    code: 66,
  },
  {
    name: 'a heredoc without its end',
    text: 'FROM busybox\nRUN <<EOF\ntrue\n',
    says: /expected a line that is exactly "EOF", found the end of the file/,
    at: '2:5',
    caret: '^^^^^',
  },
  {
    name: 'an expansion without its end',
    text: 'FROM busybox\nENV A=${B\n',
    says: /failed to process "\$\{B": syntax error: missing '\}'/,
    at: '2:7',
    caret: '^^^',
  },
  {
    name: 'an expansion that demands a value',
    text: 'FROM busybox\nARG B\nENV A="${B:?give B}"\n',
    says: /B: give B/,
  },
  { name: 'an empty Dockerfile', text: '', says: /cannot be empty/ },
  { name: 'a Dockerfile of comments', text: '# FROM busybox\n', says: /file with no instructions/ },
  {
    name: 'a base image with a bad name',
    text: 'FROM BusyBox:Up\n',
    says: /invalid image name "BusyBox:Up"/,
    at: '1:6',
    caret: '^^^^^^^^^^',
  },
  { name: 'a line of 100,000 bytes', text: `FROM busybox\nRUN true ${'x'.repeat(100_000)}\n`, says: /65535/ },
  { name: 'a RUN that fails', text: 'FROM busybox\nRUN exit 3\n', says: /exit code: 3/, at: '2:1', code: 1 },
];

describe('build refuses, and points at it', () => {
  test.each(CASES)('$name', async ({ text, says, at, caret, code = 65, flags }) => {
    const ended = await program.build({ Dockerfile: text, a: 'a' }, { flags });
    expect(refusal(ended)).toEqual({ code, stack: false, text: expect.stringMatching(says) });
    if (at !== undefined) expect(ended.stderr).toContain(`Dockerfile:${at}`);
    if (caret !== undefined) expect(ended.stderr).toMatch(new RegExp(`\\| +${caret.replaceAll('^', '\\^')}$`, 'm'));
    expect(ended.stdout).toBe('');
  });

  test('a Dockerfile that is not there', async () => {
    const ended = await program.build({ a: 'a' }, { flags: ['-f', 'nope'] });
    expect(refusal(ended)).toEqual({ code: 66, stack: false, text: expect.stringMatching(/nope: no such file/) });
    expect(ended.stderr).toContain('hint:');
  });

  test('a name in the context that is not UTF-8, when it would be copied', async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    const folder = `${program.folder}/odd`;
    mkdirSync(folder);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), 'x');
    for (const source of ['.', 'bad*']) {
      writeFileSync(`${folder}/Dockerfile`, `FROM busybox\nCOPY ${source} /x/\n`);
      const ended = await program.run(['build', '--progress', 'plain', folder]);
      expect(refusal(ended)).toEqual({ code: 65, stack: false, text: expect.stringMatching(/not valid UTF-8/) });
    }
  });
});

test('a Dockerfile of 1 MB builds, and one with an error at its end is told where', async () => {
  const line = `# ${'x'.repeat(97)}\n`;
  const envs = Array.from({ length: 5000 }, (_, i) => `ENV V${i % 50}=${'v'.repeat(90)}\n`).join('');
  const text = `FROM busybox\n${line.repeat(5500)}${envs}`;
  expect(text.length).toBeGreaterThan(1_000_000);
  expect(await program.build({ Dockerfile: text })).toMatchObject({ code: 0 });
  const ended = await program.build({ Dockerfile: `${text}NOPE\n` });
  expect(refusal(ended)).toMatchObject({ code: 65, stack: false });
  expect(ended.stderr).toContain('Dockerfile:10502:1');
  expect(ended.stderr.length).toBeLessThan(5000);
});
