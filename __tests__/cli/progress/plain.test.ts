import { describe, expect, test } from '@jest/globals';
import { BuildError } from '../../../src/build/error.ts';
import { PlainRenderer } from '../../../src/cli/progress/plain.ts';

/** Text with times made equal. */
function shown(work: (renderer: PlainRenderer) => void): string {
  let text = '';
  const renderer = new PlainRenderer({ out: { write: (chunk) => (text += chunk) } });
  work(renderer);
  renderer.close();
  return text.replace(/\d+\.\d{3} /g, '0.000 ').replace(/\d+\.\ds/g, '0.0s');
}

describe('plain progress', () => {
  test('a step, its output and its end', () => {
    const text = shown((renderer) => {
      const task = renderer.start({ name: '[build 2/5] RUN make' });
      task.output('stdout', Buffer.from('one\ntw'));
      task.output('stdout', Buffer.from('o\nthree'));
      task.done();
      renderer.start({ name: '[build 3/5] COPY a b' }).done({ cached: true });
    });
    expect(text).toBe(
      '#1 [build 2/5] RUN make\n#1 0.000 one\n#1 0.000 two\n#1 0.000 three\n#1 DONE 0.0s\n\n#2 [build 3/5] COPY a b\n#2 CACHED\n',
    );
  });

  test('of two that speak at once one has the floor, and nothing of the other is lost', () => {
    const text = shown((renderer) => {
      const a = renderer.start({ name: 'a' });
      const b = renderer.start({ name: 'b' });
      b.output('stdout', Buffer.from('b1\n'));
      a.output('stdout', Buffer.from('a1\n'));
      b.output('stderr', Buffer.from('b2\n'));
      a.done();
      b.done();
    });
    expect(text).toBe('#1 a\n#1 0.000 a1\n#1 DONE 0.0s\n\n#2 b\n#2 0.000 b1\n#2 0.000 b2\n#2 DONE 0.0s\n');
  });

  test('a task that has much to say gets the floor, and the first one goes on later', () => {
    const text = shown((renderer) => {
      const a = renderer.start({ name: 'a' });
      const b = renderer.start({ name: 'b' });
      b.output('stdout', Buffer.from(`${'x'.repeat(300_000)}\n`));
      a.done();
      b.done();
    });
    expect(text.replace(/x+/, 'x')).toBe(
      '#1 a\n#1 ...\n\n#2 b\n#2 0.000 x\n#2 ...\n\n#1 a\n#1 DONE 0.0s\n\n#2 b\n#2 DONE 0.0s\n',
    );
  });

  test('failures and cancelled steps', () => {
    const text = shown((renderer) => {
      renderer.start({ name: 'a' }).fail(new Error('it broke\nin two lines'));
      renderer.start({ name: 'b' }).fail(new BuildError('cancelled', 'x'));
    });
    expect(text).toBe('#1 a\n#1 ERROR: it broke\n\n#2 b\n#2 CANCELED\n');
  });

  test('a hundred thousand lines come out whole', () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `line ${i}`);
    const text = shown((renderer) => {
      const task = renderer.start({ name: 'a' });
      for (let i = 0; i < lines.length; i += 1000)
        task.output('stdout', Buffer.from(`${lines.slice(i, i + 1000).join('\n')}\n`));
      task.done();
    });
    expect(
      text
        .split('\n')
        .filter((line) => line.includes(' line '))
        .map((line) => line.replace(/^#1 0.000 /, '')),
    ).toEqual(lines);
  });

  test('a character cut between two chunks stays whole, a line written over shows its last state', () => {
    const text = shown((renderer) => {
      const task = renderer.start({ name: 'a' });
      const bytes = Buffer.from('10%\r100% é\r\n');
      task.output('stdout', bytes.subarray(0, 10));
      task.output('stdout', bytes.subarray(10));
      task.done();
    });
    expect(text).toContain('#1 0.000 100% é\n');
  });

  test('a line without an end neither fills the memory nor takes longer with every chunk, and is all there', () => {
    const chunk = Buffer.alloc(32 * 1024, 'y');
    const began = performance.now();
    const text = shown((renderer) => {
      const task = renderer.start({ name: 'a' });
      for (let i = 0; i < 2000; i++) task.output('stdout', chunk);
      task.done();
    });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(text.match(/y/g)).toHaveLength(2000 * chunk.length);
  });
});
