import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../src/cli/arguments.ts';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { formatError } from '../../src/cli/print-error.ts';
import { ContainerizeError } from '../../src/errors.ts';
import { RuntimeError } from '../../src/runtime/error.ts';
import { HelperError } from '../../src/runtime/helper.ts';

class TestError extends ContainerizeError<'bad' | 'unauthorized' | 'not-found'> {}

describe('errors for the user', () => {
  test('message, place in the text, cause and hint, and no stack', () => {
    const error = new TestError('bad', 'unknown instruction RUNN', {
      cause: new Error('it is not in the table'),
      hint: 'write RUN',
      location: { file: 'Dockerfile', line: 2, column: 1, endLine: 2, endColumn: 5, text: 'FROM a\nRUNN x\nCMD y\n' },
    });
    expect(formatError(error)).toBe(
      [
        'error: unknown instruction RUNN',
        'Dockerfile:2:1',
        '--------------------',
        '   1 |     FROM a',
        '   2 | >>> RUNN x',
        '     |     ^^^^',
        '   3 |     CMD y',
        '--------------------',
        '  because: it is not in the table',
        'hint: write RUN',
        '',
      ].join('\n'),
    );
  });

  test('stacks are for --debug', () => {
    expect(formatError(new Error('x'), { debug: true })).toContain('print-error.test.ts');
    expect(formatError(new Error('x'))).not.toContain('print-error.test.ts');
  });

  test('a cause that the message quotes already is not said twice', () => {
    expect(formatError(new Error('cannot read: ENOENT', { cause: new Error('ENOENT') }))).toBe(
      'error: cannot read: ENOENT\n',
    );
  });

  test('text from outside cannot steer the terminal', () => {
    expect(formatError(new Error('a\u001b[2Jb\u009bc'))).toBe('error: a?[2Jb?c\n');
  });
});

describe('exit codes', () => {
  test.each([
    [new UsageError('unknown-flag', 'x'), 'ps', 125],
    [new TestError('bad', 'x'), 'ps', 1],
    [new TestError('bad', 'x'), 'run', 125],
    [new RuntimeError('command-not-found', 'x'), 'run', 127],
    // a bundle shortens the names of classes
    [new (class a extends ContainerizeError {})('command-not-found', 'x'), 'exec', 127],
    [new TestError('not-found', 'x'), 'run', 125],
    [new HelperError('helper-config', 'x'), 'build', 69],
    [new RuntimeError('not-executable', 'x'), 'exec', 126],
    [new Error('x', { cause: new RuntimeError('command-not-found', 'x') }), 'start', 127],
    [new TestError('unauthorized', 'x'), 'pull', 77],
    [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'pull', 74],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'pull', 69],
    [new DOMException('stopped', 'AbortError'), 'build', 130],
  ])('%p in %s gives %d', (error, command, code) => {
    expect(exitCodeOf(error, command)).toBe(code);
  });
});
