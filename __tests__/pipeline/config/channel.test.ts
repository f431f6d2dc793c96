import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/pipeline/config/config.ts';

const releases = (text: string) => loadConfig(text, 'containerize.yml', {}).images[0]!.release;

describe('release in containerize.yml', () => {
  test('says what deploys a channel, and where it is noted', () => {
    const text = `release:
  - channel: production
    when: tag
    environment: live
    checks: checks.yaml
    deploy:
      - ./deploy.sh
      - compose: { service: web, file: compose.prod.yml }
      - kubectl: { workload: deployment/web, namespace: shop }
    deploy_undo: true
  - channel: edge
`;
    expect(releases(text)).toEqual([
      {
        channel: 'production',
        when: 'tag',
        smoke: [],
        checks: ['checks.yaml'],
        force: false,
        environment: 'live',
        deploy: {
          hooks: [
            { kind: 'command', command: './deploy.sh' },
            { kind: 'compose', service: 'web', file: 'compose.prod.yml' },
            { kind: 'kubectl', workload: 'deployment/web', container: '*', namespace: 'shop', timeout: '5m' },
          ],
          undo: true,
        },
      },
      {
        channel: 'edge',
        when: 'default-branch',
        smoke: [],
        checks: [],
        force: false,
        deploy: { hooks: [], undo: false },
      },
    ]);
  });

  test.each([
    [
      '{ compose: { service: --all } }',
      'bad-value',
      /release\[0\]\.deploy\[0\]: expected the name of a service, found "--all"/,
    ],
    ['{ compose: { service: ../x } }', 'bad-value', /the name of a service/],
    ['{ kubectl: { workload: app } }', 'bad-value', /a workload such as deployment\/app, found "app"/],
    ['{ kubectl: { workload: deployment/a, timeout: soon } }', 'bad-value', /a time such as 5m/],
    ['{ compose: { service: a }, kubectl: { workload: deployment/a } }', 'bad-value', /either compose or kubectl/],
    ['{}', 'bad-value', /either compose or kubectl/],
    ['{ kubctl: {} }', 'unknown-key', /did you mean kubectl/],
    ['{ compose: {} }', 'missing-key', /service/],
  ])('%s is refused with its place', (hook, code, message) => {
    let error: unknown;
    try {
      releases(`release:\n  - channel: a\n    deploy:\n      - ${hook}\n`);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), location: { line: 4 } });
  });
});
