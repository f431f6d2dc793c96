import { describe, expect, test } from '@jest/globals';
import { LastLines } from '../../src/build/ops/last-lines.ts';
import { maskText, OutputMask } from '../../src/build/ops/mask.ts';

const bytes = (text: string) => Buffer.from(text);

function through(secrets: string[], chunks: string[]): string {
  const mask = new OutputMask(secrets.map(bytes));
  return [...chunks.map((chunk) => mask.write(bytes(chunk))), mask.end()].map(String).join('');
}

describe('masking', () => {
  test.each([
    ['in one piece', ['a hunter22 b'], 'a **** b'],
    ['twice', ['hunter22hunter22'], '********'],
    ['cut between chunks', ['a hunt', 'er22 b'], 'a **** b'],
    ['cut into single bytes', [...'a hunter22 b'], 'a **** b'],
    ['begun but not meant', ['hunter2', '3'], 'hunter23'],
    ['begun at the end', ['a hunter'], 'a hunter'],
  ])('a secret %s', (_how, chunks, shown) => {
    expect(through(['hunter22\n'], chunks)).toBe(shown);
  });

  test('what cannot be the beginning of a secret is shown at once', () => {
    const mask = new OutputMask([bytes('hunter22')]);
    expect(mask.write(bytes('progress 10%')).toString()).toBe('progress 10%');
  });

  test('every long line of a key is masked, wherever its lines are broken', () => {
    const key = '-----BEGIN KEY-----\nabcdefghijklmnop\nqrstuvwxyz012345\n-----END KEY-----\n';
    expect(through([key], [`x ${key.replaceAll('\n', '\r\n')}`])).not.toMatch(/abcdefghijklmnop|qrstuvwxyz012345/);
  });

  test('a very short secret would black out everything and is left', () => {
    expect(through(['1'], ['11 of 11'])).toBe('11 of 11');
  });

  test('texts of errors are masked as well', () => {
    expect(maskText('echo hunter22', [bytes('hunter22')])).toBe('echo ****');
  });
});

describe('last lines', () => {
  test('keeps the last ones, the unfinished one included', () => {
    const last = new LastLines(3);
    for (const chunk of ['a\nb\n', 'c\nd', 'e']) last.add(bytes(chunk));
    expect(last.lines()).toEqual(['b', 'c', 'de']);
  });

  test('shows the last state of a line that was written over', () => {
    const last = new LastLines(3);
    last.add(bytes('10%\r50%\r100%\nend\r\n'));
    expect(last.lines()).toEqual(['100%', 'end']);
  });
});
