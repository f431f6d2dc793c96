import { describe, expect, test } from '@jest/globals';
import { stepColors } from '../../../src/cli/progress/colors.ts';
import { openRenderer } from '../../../src/cli/progress/open-renderer.ts';
import { RawJsonRenderer } from '../../../src/cli/progress/rawjson.ts';
import { TtyRenderer } from '../../../src/cli/progress/tty.ts';

const ESC = '\u001b';

/** A terminal that knows what we send: cursor up and down, erase, carriage return. */
class Screen {
  lines: string[] = [''];
  row = 0;
  written = 0;

  write(text: string): void {
    this.written += text.length;
    for (const [token] of text.matchAll(/\u001b\[\??(\d*)([A-Za-z])|\n|\r|[^\u001b\n\r]+/g)) {
      const [, count, letter] = /^\u001b\[\??(\d*)([A-Za-z])$/.exec(token) ?? [];
      if (letter === 'A') this.row -= Number(count);
      else if (letter === 'B') this.row += Number(count);
      else if (letter === 'J') this.lines.splice(this.row, Number.POSITIVE_INFINITY, '');
      else if (letter !== undefined || token === '\r') continue;
      else if (token === '\n') this.lines[++this.row] ??= '';
      else this.lines[this.row] = token;
      if (this.row < 0) throw new Error('above the first line');
    }
  }

  text(): string {
    return this.lines.map((line) => line.replace(/\d+\.\ds/g, '0.0s').trimEnd()).join('\n');
  }
}

function open(rows = 24) {
  const screen = new Screen();
  const renderer = new TtyRenderer({
    out: screen,
    isTerminal: true,
    env: { NO_COLOR: '1' },
    size: () => ({ columns: 50, rows }),
  });
  return { screen, renderer };
}

const frame = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('terminal progress', () => {
  test('shows steps, the output of those that run, and the end', async () => {
    const { screen, renderer } = open();
    const a = renderer.start({ name: '[1/2] RUN make' });
    a.output('stdout', Buffer.from('compiling\nlin'));
    await frame();
    expect(screen.text()).toBe(
      '[+] Building 0.0s (0/1)\n => [1/2] RUN make                            0.0s\n => => # compiling\n => => # lin\n',
    );
    a.done();
    renderer.start({ name: '[2/2] COPY a b' }).done({ cached: true });
    renderer.close();
    expect(screen.text()).toBe(
      '[+] Building 0.0s (2/2) FINISHED\n => [1/2] RUN make                            0.0s\n => CACHED [2/2] COPY a b                     0.0s\n',
    );
  });

  test('never draws more lines than the terminal has', async () => {
    const { screen, renderer } = open(8);
    const tasks = Array.from({ length: 30 }, (_, i) => renderer.start({ name: `step ${i}` }));
    for (const task of tasks.slice(0, 20)) task.done();
    await frame();
    for (const task of tasks) task.done();
    await frame();
    renderer.close();
    const names = screen.text().match(/step \d+/g)!;
    expect(new Set(names).size).toBe(30);
  });

  test('a picture that did not change costs next to nothing', async () => {
    const { screen, renderer } = open();
    for (let i = 0; i < 10; i++) renderer.start({ name: `step ${i}` }).done();
    await frame();
    const before = screen.written;
    await frame();
    renderer.close();
    // The first line's clock moves; ten steps would be 500 characters.
    expect(screen.written - before).toBeLessThan(700);
  });

  test('what a program prints cannot move our cursor', async () => {
    const { screen, renderer } = open();
    renderer.start({ name: 'a' }).output('stdout', Buffer.from(`${ESC}[2J${ESC}[31mred${ESC}[0m\u0007\n`));
    await frame();
    expect(screen.text()).toContain(' => => # red');
    renderer.close();
  });
});

describe('raw JSON progress', () => {
  test('tells the begin, the log and the end of a vertex', () => {
    const lines: Record<string, unknown>[] = [];
    const renderer = new RawJsonRenderer({ out: { write: (text) => lines.push(JSON.parse(text)) } });
    const task = renderer.start({ name: 'RUN make' });
    task.output('stdout', Buffer.from('hi'));
    task.done({ cached: true });
    expect(lines).toMatchObject([
      { vertexes: [{ name: 'RUN make', digest: expect.stringMatching(/^sha256:/) }] },
      { logs: [{ stream: 1, data: 'aGk=' }] },
      { vertexes: [{ name: 'RUN make', cached: true, completed: expect.any(String) }] },
    ]);
  });
});

describe('choosing', () => {
  test.each([
    ['auto', true, {}, 'TtyRenderer'],
    ['auto', true, { TERM: 'dumb' }, 'PlainRenderer'],
    ['auto', false, {}, 'PlainRenderer'],
    ['tty', false, {}, 'TtyRenderer'],
    ['quiet', true, {}, 'QuietRenderer'],
    ['rawjson', true, {}, 'RawJsonRenderer'],
  ] as const)('%s on a terminal: %s %j', async (mode, isTerminal, env, name) => {
    const renderer = await openRenderer(mode, {
      out: { write() {} },
      isTerminal,
      env,
      size: () => ({ columns: 80, rows: 24 }),
    });
    expect(renderer.constructor.name).toBe(name);
    renderer.close();
  });

  test('colours follow BUILDKIT_COLORS and NO_COLOR', () => {
    expect(stepColors({ BUILDKIT_COLORS: 'run=green:error=1,2,3' })('run', 'x')).toBe(`${ESC}[32mx${ESC}[0m`);
    expect(stepColors({ BUILDKIT_COLORS: 'run=green:error=1,2,3' })('error', 'x')).toBe(`${ESC}[38;2;1;2;3mx${ESC}[0m`);
    expect(stepColors({ BUILDKIT_COLORS: 'run=nonsense:x' })('run', 'x')).toBe(`${ESC}[34mx${ESC}[0m`);
    expect(stepColors({ NO_COLOR: '1' })('run', 'x')).toBe('x');
  });
});
