import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { openGithub } from '../../src/door/github.ts';
import { Http } from '../../src/http.ts';
import { DeploymentRecord, withChannelNote } from '../../src/release/deployments.ts';
import type { ReleaseReport } from '../../src/reports.ts';
import { startGithub } from '../helpers/github-server.ts';

const TO = `sha256:${'b'.repeat(64)}`;
const FROM = `sha256:${'a'.repeat(64)}`;
const REPORT: ReleaseReport = {
  action: 'rollback',
  channel: 'production',
  repositories: ['ghcr.io/owner/app'],
  fromDigest: FROM,
  toDigest: TO,
  toVersion: '1.4.1',
  changed: true,
  dryRun: false,
  moves: [{ repository: 'ghcr.io/owner/app', tag: 'production', from: FROM, to: TO, state: 'moved' }],
  gates: [],
  held: true,
};

let warnings: string[] = [];
const github = () => openGithub({ token: 'ghs_secret', repository: { owner: 'owner', name: 'app' } });
const record = () =>
  new DeploymentRecord(github(), {
    environment: 'production',
    ref: 'main',
    reason: 'it | breaks',
    actor: 'ada',
    run: 'https://github.com/owner/app/actions/runs/7',
    warn: (message) => warnings.push(message),
  });

beforeEach(() => {
  warnings = [];
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
  nock.restore();
  nock.activate();
});

describe('a move of a channel', () => {
  test('becomes a deployment with task, payload and states, and a line in the release notes', async () => {
    const bodies: Record<string, unknown>[] = [];
    const keep = (body: unknown): boolean => bodies.push(body as Record<string, unknown>) > 0;
    const api = nock('https://api.github.com', { reqheaders: { authorization: 'token ghs_secret' } });
    api.post('/repos/owner/app/deployments', keep).reply(201, { id: 12 });
    api.post('/repos/owner/app/deployments/12/statuses', keep).twice().reply(201, {});
    api.get('/repos/owner/app/releases/tags/v1.4.1').reply(200, { id: 5, body: 'Written by people.' });
    api.patch('/repos/owner/app/releases/5', keep).reply(200, {});
    const noted = record();
    await noted.begin({ ...REPORT, changed: false });
    await noted.succeed(REPORT, new Date('2026-01-02T03:04:05Z'));
    expect(warnings).toEqual([]);
    expect(bodies[0]).toMatchObject({
      environment: 'production',
      ref: 'main',
      task: 'rollback',
      required_contexts: [],
      auto_merge: false,
      payload: {
        image: 'ghcr.io/owner/app',
        digest: TO,
        tags: ['ghcr.io/owner/app:production'],
        from: FROM,
        to: TO,
        reason: 'it | breaks',
        actor: 'ada',
        run: 'https://github.com/owner/app/actions/runs/7',
      },
    });
    expect(bodies.slice(1, 3).map((body) => body.state)).toEqual(['in_progress', 'success']);
    expect(bodies[3]!.body).toMatch(
      /^Written by people\.\n\n<!--[\s\S]*\| 2026-01-02 03:04 \| rollback \| production \| `sha256:b+` \| it \\\| breaks \|/,
    );
    expect(nock.isDone()).toBe(true);
  });

  test('goes on when the token may not: the permission to add is named, the token is not', async () => {
    nock('https://api.github.com')
      .post('/repos/owner/app/deployments')
      .reply(403, { message: 'Resource not accessible by integration' });
    const noted = record();
    await noted.begin(REPORT);
    await noted.fail(new Error('later'));
    expect(warnings).toEqual([expect.stringMatching(/403.*not accessible.*permissions: \{ deployments: write \}/)]);
    expect(warnings.join()).not.toContain('ghs_secret');
  });

  test('that moves nothing, or only looks, is not noted', async () => {
    await record().begin({ ...REPORT, dryRun: true });
    await record().begin({ ...REPORT, moves: [{ ...REPORT.moves[0]!, from: TO }] });
    expect(warnings).toEqual([]);
  });

  test('that failed is a failed deployment', async () => {
    const states: unknown[] = [];
    const api = nock('https://api.github.com');
    api.post('/repos/owner/app/deployments').reply(201, { id: 1 });
    api
      .post('/repos/owner/app/deployments/1/statuses', (body) => states.push((body as { state: string }).state) > 0)
      .twice()
      .reply(201, {});
    const noted = record();
    await noted.begin(REPORT);
    await noted.fail(new Error('x'.repeat(300)));
    expect(states).toEqual(['in_progress', 'failure']);
    expect(warnings).toEqual([]);
  });
});

test('deployments are read with their last state; a payload that somebody made up is no fact', async () => {
  const api = nock('https://api.github.com');
  api.get('/repos/owner/app/deployments?environment=production&per_page=5').reply(200, [
    { id: 2, created_at: '2026-01-02T00:00:00Z', task: 'rollback', payload: { digest: TO, tags: 7 } },
    { id: 1, created_at: '2026-01-01T00:00:00Z', task: 'deploy', payload: '{"digest":' },
  ]);
  api.get('/repos/owner/app/deployments/2/statuses?per_page=1').reply(200, [{ state: 'success' }]);
  api.get('/repos/owner/app/deployments/1/statuses?per_page=1').reply(200, []);
  expect(await github().deployments('production', 5)).toEqual([
    { id: 2, time: new Date('2026-01-02T00:00:00Z'), task: 'rollback', payload: { digest: TO }, state: 'success' },
    { id: 1, time: new Date('2026-01-01T00:00:00Z'), task: 'deploy', payload: {}, state: 'pending' },
  ]);
});

test('a second line joins the table, and what people wrote after it stays', () => {
  const note = { time: new Date(0), action: 'release', channel: 'c', digest: TO };
  const once = `${withChannelNote('Notes', note)}\nMore words`;
  const twice = withChannelNote(once, { ...note, action: 'rollback', reason: '--><b>' });
  expect(twice.match(/when \(UTC\)/g)).toHaveLength(1);
  expect(twice).toMatch(/\| release \|.*\n\| .* \| rollback \| .* --&gt;&lt;b&gt; \|/);
  expect(twice.endsWith('\nMore words')).toBe(true);
});

describe('GitHub behind a proxy', () => {
  test('is asked through it, also by the library for its own repetitions; the token goes no other way', async () => {
    nock.restore();
    await using proxy = await startGithub('owner/app');
    const http = new Http({ proxy: { http: `http://user:word@127.0.0.1:${proxy.port}` }, baseDelayMs: 1 });
    const options = { token: 'ghs_secret', repository: { owner: 'owner', name: 'app' } };
    const store = openGithub({ ...options, apiUrl: 'http://api.github.example', http });
    const noted = new DeploymentRecord(store, {
      environment: 'production',
      ref: 'main',
      warn: (m) => warnings.push(m),
    });
    await noted.begin(REPORT);
    await noted.succeed(REPORT, new Date());
    expect(warnings).toEqual([]);
    expect(proxy.deployments).toMatchObject([{ task: 'rollback', statuses: [{ state: 'success' }, {}] }]);
    expect(proxy.requests.every((line) => line.includes(' http://api.github.example/repos/owner/app/'))).toBe(true);
    expect([...proxy.tokens]).toEqual(['token ghs_secret']);
    proxy.refuse = { status: 403, message: 'Resource not accessible by integration' };
    await expect(store.deployments('production', 3)).rejects.toMatchObject({
      code: 'denied',
      hint: expect.stringContaining('deployments: read'),
    });
    http.close();
  });

  test('that is away is said', async () => {
    nock.restore();
    const http = new Http({ proxy: { http: 'http://127.0.0.1:1' }, baseDelayMs: 1 });
    const repository = { owner: 'owner', name: 'app' };
    const store = openGithub({ token: 'ghs_secret', repository, apiUrl: 'http://api.github.example', http });
    await expect(store.deployments('production', 3)).rejects.toMatchObject({ code: 'github-failed' });
    http.close();
  });
});
