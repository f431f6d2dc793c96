import { describe, expect, test } from '@jest/globals';
import { fillCreated } from '../../src/build/history.ts';

const base = [{ created_by: 'base', created: '2020-01-01T00:00:00Z' }];
const added = [{ created_by: 'ENV' }, { created_by: 'RUN', created: '2024-05-06T00:00:00Z' }, { created_by: 'CMD' }];

describe('times of history', () => {
  test('config steps take the time of the layer before them, or of the first new one', () => {
    expect(fillCreated([...base, ...added], 1).map((entry) => entry.created)).toEqual([
      '2020-01-01T00:00:00Z',
      '2024-05-06T00:00:00Z',
      '2024-05-06T00:00:00Z',
      '2024-05-06T00:00:00Z',
    ]);
  });

  test('without a new layer they take the time of the base image', () => {
    expect(fillCreated([...base, { created_by: 'ENV' }], 1).at(-1)!.created).toBe('2020-01-01T00:00:00Z');
  });

  test('with an epoch all new entries have it, the base image keeps its own', () => {
    expect(fillCreated([...base, ...added], 1, 1_700_000_000).map((entry) => entry.created)).toEqual([
      '2020-01-01T00:00:00Z',
      ...Array(3).fill('2023-11-14T22:13:20Z'),
    ]);
  });

  test('nothing is invented where no time is known', () => {
    expect(fillCreated([{ created_by: 'ENV' }], 0)).toEqual([{ created_by: 'ENV' }]);
  });
});
