import { describe, expect, test } from '@jest/globals';
import { startRegistry } from '../helpers/registry.ts';
import { Builder } from './builder.ts';

const [publisher, builder] = [await Builder.open('publisher'), await Builder.open('in-actions')];

describe('FROM name:tag of an image that the store has', () => {
  test('is what the store has; inside Actions the registry is asked, and the store is the fallback', async () => {
    const registry = await startRegistry();
    const name = `${registry.host}/team/base:1`;
    const publish = async (text: string) => {
      const folder = await publisher.context({ Dockerfile: `FROM busybox\nRUN echo ${text} > /version\n` });
      expect((await publisher.build(folder, { args: ['-t', name, '--push'] })).error).toBe('');
    };
    const dockerfile = `FROM ${name}\nRUN cat /version > /seen\n`;
    const seen = async () => (await builder.files(1)).seen;
    try {
      await publish('old');
      await builder.ok(dockerfile);
      await publish('new');
      const asked = registry.requests.length;
      await builder.ok(dockerfile);
      expect([await seen(), registry.requests.length]).toEqual(['old\n', asked]);
      builder.inActions = true;
      await builder.ok(dockerfile);
      expect(await seen()).toBe('new\n');
      // Asked by HEAD: what the store has is not fetched again.
      const before = registry.requests.length;
      await builder.ok(dockerfile);
      expect(registry.requests.slice(before).filter((line) => line.includes('/blobs/'))).toEqual([]);
      expect(registry.requests.slice(before).some((line) => /^HEAD .*\/manifests\/1 200/.test(line))).toBe(true);
    } finally {
      await registry.close();
    }
    const offline = await builder.ok(dockerfile);
    expect(offline.log).toContain(`using ${name} as it is in the store`);
    expect(await seen()).toBe('new\n');
    const told = await builder.context({ Dockerfile: dockerfile });
    expect((await builder.build(told, { args: ['--pull'] })).error).toContain(`cannot get image ${name}`);
    expect((await builder.build(told, { args: ['--pull=false'] })).log).not.toContain('WARN');
  }, 30_000);
});
