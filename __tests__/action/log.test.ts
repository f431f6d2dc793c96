import { describe, expect, test } from '@jest/globals';
import { ActionsLog } from '../../src/action/log.ts';
import { maskedForms } from '../../src/action/mask.ts';
import { plainLine } from '../../src/action/untrusted.ts';
import { Timeline } from '../../src/cli/job/timeline.ts';
import { parseOutput } from '../helpers/runner/commands.ts';

function logged(play: (log: ActionsLog) => void): ReturnType<typeof parseOutput> & { text: string } {
  let text = '';
  const log = new ActionsLog(
    (part) => {
      text += part;
    },
    new Timeline(),
    (message) => {
      text += `::warning::${message}\n`;
    },
  );
  play(log);
  log.close();
  return { ...parseOutput(text), text };
}

const bytes = (text: string) => Buffer.from(text);

describe('the log', () => {
  test('holds back no more than 16 MiB of a step that has to wait, and says what it left out', () => {
    const { log } = logged((l) => {
      const one = l.start({ name: 'one' });
      one.output('stdout', bytes('1\n'));
      const two = l.start({ name: 'two' });
      for (let i = 0; i < 1000; i++) two.output('stdout', bytes(`${String(i).padStart(50_000, 'y')}\n`));
      one.done();
      two.done();
    });
    expect(log.length).toBeLessThan(17 * 2 ** 20);
    expect(log).toMatch(/\(66[45] lines are left out here\)/);
    expect(log).toContain('y999\n');
  });

  test('gives each step that speaks a group of its own', () => {
    const { groups, log } = logged((l) => {
      const one = l.start({ name: 'one' });
      const two = l.start({ name: 'two' });
      one.output('stdout', bytes('1a\n'));
      two.output('stdout', bytes('2a\n'));
      one.output('stdout', bytes('1b\n'));
      one.done();
      two.output('stdout', bytes('2b\n'));
      two.done({ cached: false });
    });
    expect(groups).toEqual(['one', 'two']);
    expect(log.replace(/\d\.\ds/g, '')).toMatch(/1a\n1b\n[\s\S]*2a\n2b\n/);
  });

  test('cached and silent steps take one line', () => {
    const { groups, log } = logged((l) => l.start({ name: '[1/2] COPY a /a' }).done({ cached: true }));
    expect(groups).toEqual([]);
    expect(log).toContain('· [1/2] COPY a /a cached');
  });

  test.each([
    '::add-mask::hello\n',
    '  ::set-output name=x::y\n',
    '##[error]no\n',
    'text ##[add-mask]word\n',
    'a\r::error::b\n',
    '::stop-commands::x\n',
    '::endgroup::',
  ])('output %j issues no command', (output) => {
    const { commands } = logged((l) => {
      const task = l.start({ name: 'test' });
      task.output('stdout', bytes(output));
      task.done();
    });
    expect(commands.map(({ command }) => command)).toEqual(['group', 'endgroup']);
  });

  test('names, notes and errors issue no command either', () => {
    const { commands } = logged((l) => {
      const task = l.start({ name: '::error::x\n::error::y' });
      task.note('::error::z');
      task.output('stderr', bytes('said\n'));
      task.fail(new Error('##[error]w\n::error::v'));
      l.line('::warning::q');
    });
    expect(commands.filter(({ command }) => command === 'error' || command === 'warning')).toEqual([]);
  });

  test('a warning of ours is one, also while a program speaks', () => {
    const { annotations } = {
      annotations: logged((l) => {
        const task = l.start({ name: 'test' });
        task.output('stdout', bytes('x\n'));
        l.warn('careful');
        task.output('stdout', bytes('::error::y\n'));
        task.done();
      }).commands.filter(({ command }) => command === 'warning' || command === 'error'),
    };
    expect(annotations).toEqual([{ command: 'warning', properties: {}, data: 'careful' }]);
  });

  test('characters in two chunks stay whole', () => {
    const { log } = logged((l) => {
      const task = l.start({ name: 'test' });
      const text = bytes('grün\n');
      task.output('stdout', text.subarray(0, 3));
      task.output('stdout', text.subarray(3));
      task.done();
    });
    expect(log).toContain('grün');
  });

  test('of a step that waits too long only the newest lines are kept, and that is said', () => {
    const { log } = logged((l) => {
      const first = l.start({ name: 'first' });
      first.output('stdout', bytes('x\n'));
      const second = l.start({ name: 'second' });
      for (let i = 0; i < 30; i++) second.output('stdout', bytes(`${'line\n'.repeat(1000)}`));
      first.done();
      second.done();
    });
    expect(log).toMatch(/\(10000 lines are left out here\)/);
  });

  test('control characters do not reach a line of ours', () => {
    expect(plainLine('a\u0007b\rc')).toBe('a?b c');
  });
});

describe('masks', () => {
  test('hide a secret, its lines and what base64 makes of it inside of other text', () => {
    const forms = maskedForms('first line\nsecond line');
    expect(forms).toContain('first line');
    expect(forms).toContain('second line');
    for (const before of ['', 'a', 'ab', 'user:']) {
      const text = Buffer.from(`${before}hunter2-hunter2 after`).toString('base64');
      expect(maskedForms('hunter2-hunter2').some((form) => text.includes(form))).toBe(true);
    }
  });

  test('leave alone what would blacken the whole log', () => {
    expect(maskedForms('1')).toEqual([]);
    expect(maskedForms('{\n"key": "value"\n}')).not.toContain('{');
  });
});
