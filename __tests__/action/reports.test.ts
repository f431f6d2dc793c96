import { expect, test } from '@jest/globals';
import { combined } from '../../src/action/reports.ts';
import { blank, reportOf } from '../../src/testing/result.ts';
import { testSpec } from '../../src/testing/spec.ts';

const tests = reportOf([blank(testSpec({ run: 'npm test' }))], 5);
const names = (...images: (string | undefined)[]) =>
  combined(
    images.map((name) => ({ ...(name === undefined ? {} : { name }), report: { pushed: [], tests } })),
  ).tests?.results.map(({ name }) => name);

test('tests of several images are told apart by the image, those of one have their own names', () => {
  expect(names('api', 'web')).toEqual(['api: npm test', 'web: npm test']);
  expect(names('api')).toEqual(['npm test']);
  expect(names(undefined)).toEqual(['npm test']);
});

test('counts and times are added up', () => {
  const report = { pushed: [], tests: reportOf([{ ...blank(testSpec({ run: 'x' })), outcome: 'failed' }], 7) };
  expect(
    combined([
      { name: 'a', report: { pushed: [], tests } },
      { name: 'b', report },
    ]).tests,
  ).toMatchObject({
    passed: 1,
    failed: 1,
    durationMs: 12,
  });
});
