import { describe, expect, test } from '@jest/globals';
import { formatExcerpt } from '../../src/dockerfile/excerpt.ts';
import { parseDockerfile, parseTrigger } from '../../src/dockerfile/parse.ts';

describe('size', () => {
  test('a line of 65,535 bytes is read, one more is refused', () => {
    const line = (length: number): string => `FROM a\nRUN ${'x'.repeat(length - 4)}\n`;
    expect(parseDockerfile(line(65_535), 'Dockerfile').stages[0]!.instructions).toHaveLength(1);
    expect(() => parseDockerfile(line(65_536), 'Dockerfile')).toThrow('max allowed size of 65535');
    const wide = `FROM a\nRUN ${'ü'.repeat(32_766)}\n`;
    expect(() => parseDockerfile(wide, 'Dockerfile')).toThrow('max allowed size of 65535');
  });

  test('many lines that are continued may be longer', () => {
    const text = `FROM a\nRUN true${' \\\n && true'.repeat(20_000)}\n`;
    const run = parseDockerfile(text, 'Dockerfile').stages[0]!.instructions[0]!;
    expect(run.kind === 'run' && run.command.form === 'shell' && run.command.script.length).toBeGreaterThan(160_000);
  });

  // Twice the text may take at most about four times as long: quadratic work on a megabyte would take minutes.
  test.each<[string, (n: number) => string]>([
    [
      'many instructions',
      (n) => 'RUN --mount=type=cache,target=/x echo $a \\\n  && b\nENV a=b c="d e"\n'.repeat(n / 70),
    ],
    ['one long continuation', (n) => `RUN a${' \\\n  && bbbbbbbbbbbbb'.repeat(n / 20)}\n`],
    ['many comments', (n) => '# a comment that says nothing\n'.repeat(n / 30)],
    ['many heredocs', (n) => 'COPY <<EOF /x\nline\nline\nEOF\n'.repeat(n / 28)],
    ['one long heredoc', (n) => `COPY <<EOF /x\n${'a line of text\n'.repeat(n / 15)}EOF\n`],
    ['many stages', (n) => 'FROM base AS name\nRUN true\n'.repeat(n / 27)],
    ['one long ENV', (n) => `ENV${' \\\n AAAAA=bbbbb'.repeat(n / 14)}\n`],
    ['one long JSON form', (n) => `CMD ["a"${', \\\n "bbbbbbbb"'.repeat(n / 14)}]\n`],
  ])('a megabyte of %s is read in linear time', (_name, make) => {
    parseDockerfile(`FROM a\n${make(50_000)}`, 'Dockerfile');
    const began = process.cpuUsage();
    parseDockerfile(`FROM a\n${make(1_000_000)}`, 'Dockerfile');
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(3000);
  });
});

describe('a trigger of a base image', () => {
  test('is read with its heredoc', () => {
    expect(parseTrigger('COPY <<EOF /x\nhi\nEOF', 'base')).toMatchObject({
      kind: 'copy',
      heredocs: [{ content: 'hi\n' }],
    });
  });

  test.each([['FROM x'], ['MAINTAINER me'], ['RUN a\nRUN b'], [''], ['NOPE x']])('%j is refused', (expression) => {
    expect(() => parseTrigger(expression, 'base')).toThrow();
  });
});

describe('an excerpt', () => {
  const text = Array.from({ length: 20 }, (_, i) => `LINE ${i + 1}`).join('\n');

  test('marks every line of a range and shows less around it', () => {
    expect(formatExcerpt({ file: 'D', line: 9, endLine: 10, text })).toBe(
      [
        'D:9',
        '-'.repeat(20),
        '   7 |     LINE 7',
        '   8 |     LINE 8',
        '   9 | >>> LINE 9',
        '  10 | >>> LINE 10',
        '  11 |     LINE 11',
        '  12 |     LINE 12',
        '-'.repeat(20),
      ].join('\n'),
    );
  });

  test('cuts a long line around the token', () => {
    const long = `RUN ${'x'.repeat(1000)} TOKEN ${'y'.repeat(1000)}`;
    const column = long.indexOf('TOKEN') + 1;
    const lines = formatExcerpt({ file: 'D', line: 1, column, endLine: 1, endColumn: column + 5, text: long }).split(
      '\n',
    );
    const [shown, carets] = [lines[2]!, lines[3]!];
    expect(shown.length).toBeLessThan(190);
    expect(shown.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('TOKEN');
  });

  test('is empty when the text is not known', () => {
    expect(formatExcerpt({ file: 'D', line: 1 })).toBe('');
  });
});
