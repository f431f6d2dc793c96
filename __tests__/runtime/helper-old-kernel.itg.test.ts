import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { runInUml, umlMissing } from '../helpers/uml.ts';

const missing = umlMissing();
const results = new Map<string, Record<string, unknown>>();

// Linux 6.1 with cgroup v2 alone: no `lowerdir+`, so the overlay is mounted by path.
(missing === undefined ? describe : describe.skip)(
  `on an older kernel${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    beforeAll(async () => {
      for (const line of await runInUml(join(import.meta.dirname, 'helper-old-kernel-driver.ts'))) {
        results.set(String(line.name), line);
      }
    }, 120_000);

    test('probe sees what it lacks', () => {
      expect(results.get('probe')).toMatchObject({ cgroup: 'v2', overlay: 0, fdMounts: 0, overlayByLayer: 22 });
    });

    test('a container runs on an overlay, masked, in its v2 group', () => {
      expect(results.get('overlay')).toMatchObject({
        code: 0,
        stdout: 'top\n0::/\n0\n0\n',
        stderr: '',
        upper: 'new\n',
      });
    });

    test('memory that runs out is reported', () => {
      expect(results.get('oom')).toMatchObject({ code: 137, report: { oomKilled: true, cpuUsec: expect.any(Number) } });
    });

    test('more layer names than one page holds are a clear error', () => {
      expect(results.get('many')).toMatchObject({ code: 72 });
      expect(JSON.stringify(results.get('many'))).toMatch(/do not fit into one page/);
    });

    test('exec joins, with a terminal; the owner’s end kills', () => {
      expect(results.get('exec')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\/dev\/pts\/\d+\r\n1\r\n/),
      });
      expect(results.get('killed')).toMatchObject({ code: 137 });
    });
  },
);
