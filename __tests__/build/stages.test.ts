import { describe, expect, test } from '@jest/globals';
import { Stages } from '../../src/build/stages.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';

function stagesOf(text: string, contexts: string[] = []): Stages {
  return new Stages(parseDockerfile(text, 'Dockerfile'), contexts);
}

const needed = (stages: Stages, target?: string) => stages.needed(stages.target(target), (word) => word.text);

describe('stages', () => {
  test('only what the target needs is needed', () => {
    const stages = stagesOf(`
FROM scratch AS base
FROM base AS build
FROM scratch AS unused
FROM scratch AS tools
FROM build AS other
FROM base
COPY --from=build /a /a
RUN --mount=from=tools,target=/t true
`);
    expect(needed(stages)).toEqual([0, 1, 3, 5]);
    expect(needed(stages, 'build')).toEqual([0, 1]);
    expect(needed(stages, '2')).toEqual([2]);
  });

  test('a trigger of a stage belongs to the stage that stands on it', () => {
    const stages = stagesOf(
      'FROM scratch AS files\nFROM scratch AS base\nONBUILD COPY --from=files /a /b\nFROM base\n',
    );
    expect(needed(stages, 'base')).toEqual([1]);
    expect(needed(stages)).toEqual([0, 1, 2]);
  });

  test('a named context stands before a stage and makes it unnecessary', () => {
    const stages = stagesOf('FROM scratch AS a\nFROM a AS b\nFROM scratch\nCOPY --from=b / /\n', ['b']);
    expect(needed(stages)).toEqual([2]);
  });

  test('an unknown target says which one may have been meant', () => {
    expect(() => stagesOf('FROM scratch AS build\n').target('biuld')).toThrow(
      'target stage "biuld" could not be found (did you mean build?)',
    );
  });

  test('names count in any case', () => {
    expect(stagesOf('FROM scratch AS Build\nFROM scratch\n').target('BUILD').index).toBe(0);
  });

  test.each([
    [
      'a later stage',
      'FROM scratch AS a\nCOPY --from=b / /\nFROM scratch AS b\n',
      'needs to be defined before the current stage "a"',
    ],
    ['itself', 'FROM scratch AS a\nCOPY --from=a / /\n', 'a stage cannot read from itself'],
    ['a stage by a number that is not there', 'FROM scratch\nCOPY --from=7 / /\n', 'there is no stage number 7'],
  ])('copying from %s is an error at the word', (_what, text, message) => {
    const stages = stagesOf(text);
    const attempt = () => needed(stages, '0');
    expect(attempt).toThrow(message);
    try {
      attempt();
    } catch (error) {
      expect(error).toMatchObject({ location: { line: 2, column: 13 } });
    }
  });

  test('a hundred stages on top of each other', () => {
    const text = Array.from({ length: 100 }, (_, i) => `FROM ${i === 0 ? 'scratch' : `s${i - 1}`} AS s${i}\n`).join('');
    expect(needed(stagesOf(text))).toHaveLength(100);
  });
});
