import { expect, test } from '@jest/globals';
import type { JobReport } from '../../src/cli/job/job.ts';
import { Parts } from '../../src/cli/job/parts.ts';
import { until } from '../helpers/until.ts';

const report = (count: number): JobReport => ({
  pushed: [],
  images: Array.from({ length: count }, (_, i) => ({ name: String(i), outcome: 'running' as const, pushed: [] })),
});

test('of many images the latest report goes out now and then, and nothing is left behind', async () => {
  const told: JobReport[] = [];
  const parts = new Parts((part) => told.push(part));
  for (let i = 1; i <= 100; i++) parts.add(report(i));
  expect(told).toEqual([]);
  await until(() => told.length > 0);
  expect(told).toEqual([report(100)]);
  parts.add(report(101));
  parts.flush();
  parts.flush();
  expect(told).toHaveLength(2);
});

test('what is about one image goes out at once', () => {
  const told: JobReport[] = [];
  const parts = new Parts((part) => told.push(part));
  parts.add({ pushed: [] });
  expect(told).toHaveLength(1);
});
