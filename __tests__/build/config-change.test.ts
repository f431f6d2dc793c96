import { describe, expect, test } from '@jest/globals';
import {
  applyChanges,
  type ConfigInstruction,
  type ConfigState,
  configChange,
} from '../../src/build/ops/config-change.ts';
import { goDuration, goQuoted } from '../../src/build/ops/go-format.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { GlobalScope, StageScope } from '../../src/dockerfile/scope.ts';
import type { RunConfig } from '../../src/oci/image-config.ts';

const LINUX = { os: 'linux', architecture: 'amd64' };

/** The config and history that a stage's instructions lead to. */
function configAfter(
  lines: string,
  base: RunConfig = {},
  buildArgs: Record<string, string> = {},
): { config: RunConfig; history: (string | undefined)[]; author?: string } {
  const dockerfile = parseDockerfile(`FROM scratch\n${lines}\n`, 'Dockerfile');
  const scope = new StageScope(new GlobalScope(dockerfile, { buildArgs, build: LINUX, target: LINUX }), base.Env ?? []);
  const state: ConfigState = { scope, shell: base.Shell ?? ['/bin/sh', '-c'], commandSet: false };
  let config = base;
  let author: string | undefined;
  const history = dockerfile.stages[0]!.instructions.map((instruction) => {
    const change = configChange(instruction as ConfigInstruction, state);
    config = applyChanges(config, [change]);
    author = change.author ?? author;
    return change.history;
  });
  return { config, history, ...(author === undefined ? {} : { author }) };
}

describe('instructions that change the config', () => {
  test.each<[line: string, config: RunConfig, history: string | undefined]>([
    ['ENV A=1 B="two words"', { Env: ['A=1', 'B=two words'] }, 'ENV A=1 B=two words'],
    ['ENV A all the rest', { Env: ['A=all the rest'] }, 'ENV A=all the rest'],
    ['LABEL a=1 "b c"=2', { Labels: { a: '1', 'b c': '2' } }, 'LABEL a=1 b c=2'],
    ['USER app:staff', { User: 'app:staff' }, 'USER app:staff'],
    ['EXPOSE 80 53/udp', { ExposedPorts: { '53/udp': {}, '80/tcp': {} } }, 'EXPOSE [53/udp 80/tcp]'],
    ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }, 'VOLUME [/a /b]'],
    ['VOLUME ["/a b"]', { Volumes: { '/a b': {} } }, 'VOLUME [/a b]'],
    ['STOPSIGNAL SIGQUIT', { StopSignal: 'SIGQUIT' }, 'STOPSIGNAL SIGQUIT'],
    ['CMD echo "hi"', { Cmd: ['/bin/sh', '-c', 'echo "hi"'] }, 'CMD ["/bin/sh" "-c" "echo \\"hi\\""]'],
    ['CMD ["a", "b"]', { Cmd: ['a', 'b'] }, 'CMD ["a" "b"]'],
    ['ENTRYPOINT ["a"]', { Entrypoint: ['a'] }, 'ENTRYPOINT ["a"]'],
    ['SHELL ["/bin/bash", "-c"]', { Shell: ['/bin/bash', '-c'] }, 'SHELL [/bin/bash -c]'],
    ['ONBUILD RUN make', { OnBuild: ['RUN make'] }, undefined],
    [
      'HEALTHCHECK NONE',
      { Healthcheck: { Test: ['NONE'] } },
      'HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}',
    ],
    [
      'HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD curl -f x',
      { Healthcheck: { Test: ['CMD-SHELL', 'curl -f x'], Interval: 90e9, Timeout: 5e8, Retries: 3 } },
      'HEALTHCHECK {Test:[CMD-SHELL curl -f x] Interval:1m30s Timeout:500ms StartPeriod:0s StartInterval:0s Retries:3}',
    ],
    ['ARG A=1 B', {}, 'ARG A=1 B'],
  ])('%s', (line, config, history) => {
    expect(configAfter(line)).toEqual({ config, history: [history] });
  });

  test('MAINTAINER is the author', () => {
    expect(configAfter('MAINTAINER Somebody <s@example.org>')).toMatchObject({
      author: 'Somebody <s@example.org>',
      history: ['MAINTAINER Somebody <s@example.org>'],
    });
  });

  test('SHELL is the shell of what follows', () => {
    expect(configAfter('SHELL ["/bin/bash", "-ec"]\nCMD a').config.Cmd).toEqual(['/bin/bash', '-ec', 'a']);
  });

  test('ENTRYPOINT takes away an inherited CMD, but not one of the same stage', () => {
    expect(configAfter('ENTRYPOINT ["e"]', { Cmd: ['inherited'] }).config).toEqual({ Entrypoint: ['e'] });
    expect(configAfter('CMD ["own"]\nENTRYPOINT ["e"]', { Cmd: ['inherited'] }).config).toEqual({
      Cmd: ['own'],
      Entrypoint: ['e'],
    });
  });

  test('a later variable takes the place of the earlier one', () => {
    expect(configAfter('ENV A=2 C=3', { Env: ['A=1', 'B=1'] }).config.Env).toEqual(['A=2', 'B=1', 'C=3']);
  });

  test('one instruction sees the environment as it was before', () => {
    expect(configAfter('ENV a=hello\nENV a=bye b=$a\nENV c=$a').config.Env).toEqual(['a=bye', 'b=hello', 'c=bye']);
  });

  test('an argument given on the command line is expanded', () => {
    expect(configAfter('ARG V=1\nLABEL v=$V', {}, { V: '2' })).toMatchObject({
      config: { Labels: { v: '2' } },
      history: ['ARG V=2', 'LABEL v=2'],
    });
  });

  test('an unknown signal is refused at its word', () => {
    expect(() => configAfter('STOPSIGNAL SIGFOO')).toThrow('unknown signal');
  });
});

describe('Go formats', () => {
  test.each([
    [0, '0s'],
    [1, '1ns'],
    [1500, '1.5µs'],
    [250e6, '250ms'],
    [1.5e9, '1.5s'],
    [60e9, '1m0s'],
    [3661e9, '1h1m1s'],
  ])('%d nanoseconds', (nanoseconds, text) => {
    expect(goDuration(nanoseconds)).toBe(text);
  });

  test('quotes what Go quotes', () => {
    expect(goQuoted(['a"b', 'c\\d', 'e\tf', '\u0001', 'é'])).toBe('["a\\"b" "c\\\\d" "e\\tf" "\\x01" "é"]');
  });
});
