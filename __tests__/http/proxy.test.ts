import { describe, expect, test } from '@jest/globals';
import { redactSecrets, redactUrl } from '../../src/http/error.ts';
import { inNetwork, proxyAuthorization, proxyFor, proxyFromEnvironment } from '../../src/http/proxy.ts';

const PROXY = { http: 'http://p:1', https: 'http://p:1' };

describe('which addresses go through a proxy', () => {
  test.each([
    // NO_PROXY | address | direct?
    ['', 'https://ghcr.io/', false],
    ['*', 'https://ghcr.io/', true],
    ['ghcr.io', 'https://ghcr.io/', true],
    ['ghcr.io', 'https://sub.ghcr.io/', true],
    ['ghcr.io', 'https://notghcr.io/', false],
    ['.ghcr.io', 'https://sub.ghcr.io/', true],
    ['.ghcr.io', 'https://ghcr.io/', false],
    ['*.ghcr.io', 'https://sub.ghcr.io/', true],
    ['GHCR.IO', 'https://ghcr.io/', true],
    ['a.example, ghcr.io', 'https://ghcr.io/', true],
    ['ghcr.io:443', 'https://ghcr.io/', true],
    ['ghcr.io:8443', 'https://ghcr.io/', false],
    ['ghcr.io:80', 'http://ghcr.io/', true],
    ['10.0.0.0/8', 'http://10.1.2.3:5000/', true],
    ['10.0.0.0/8', 'http://11.1.2.3:5000/', false],
    ['10.0.0.0/8', 'http://ten.example/', false],
    ['192.168.1.7', 'http://192.168.1.7:5000/', true],
    ['192.168.1.7:5000', 'http://192.168.1.7:5000/', true],
    ['fd00::/8', 'http://[fd00::1]:5000/', true],
    ['[fd00::1]:5000', 'http://[fd00::1]:5000/', true],
    // Loopback never leaves the machine.
    ['', 'http://localhost:5000/', true],
    ['', 'http://127.3.2.1/', true],
    ['', 'http://[::1]/', true],
  ])('NO_PROXY=%j, %s: direct is %s', (no, address, direct) => {
    expect(proxyFor(new URL(address), { ...PROXY, no }) === undefined).toBe(direct);
  });

  test('each scheme has its own proxy', () => {
    expect(proxyFor(new URL('http://a.example'), { https: 'http://p:1' })).toBeUndefined();
    expect(proxyFor(new URL('https://a.example'), { https: 'http://p:1' })?.host).toBe('p:1');
  });

  test('a proxy without a scheme is an http proxy; other kinds are refused by name', () => {
    expect(proxyFor(new URL('https://a.example'), { https: 'p.example:3128' })?.href).toBe('http://p.example:3128/');
    expect(() => proxyFor(new URL('https://a.example'), { https: 'socks5://p:1' })).toThrow(
      'a proxy of kind socks5 is not supported',
    );
  });

  test('user and password of a proxy are sent decoded', () => {
    expect(proxyAuthorization(new URL('http://u:p%40ss@p:1'))).toBe(
      `Basic ${Buffer.from('u:p@ss').toString('base64')}`,
    );
  });
});

describe('variables', () => {
  test('the lower-case spelling wins', () => {
    expect(proxyFromEnvironment({ https_proxy: 'http://a', HTTPS_PROXY: 'http://b', NO_PROXY: 'x' })).toEqual({
      https: 'http://a',
      no: 'x',
    });
  });

  test('HTTP_PROXY is not believed under CGI, where a client sets it', () => {
    expect(proxyFromEnvironment({ HTTP_PROXY: 'http://evil', REQUEST_METHOD: 'GET' })).toEqual({});
  });
});

test('networks hold addresses, not names, and refuse bad prefixes', () => {
  expect(inNetwork('10.9.9.9', '10.0.0.0/8')).toBe(true);
  expect(inNetwork('10.9.9.9', '10.0.0.0/33')).toBe(false);
  expect(inNetwork('10.9.9.9', '10.0.0.0/')).toBe(false);
  expect(inNetwork('fd00::1', '10.0.0.0/8')).toBe(false);
});

describe('what is shown', () => {
  test('addresses lose users, passwords and signatures', () => {
    const shown = redactUrl('https://user:pass@s3.example/blob?X-Amz-Signature=abc&digest=sha256:1');
    expect(shown).toBe('https://s3.example/blob?X-Amz-Signature=…&digest=sha256:1');
    expect(redactUrl('not an //user:pass@address?token=1')).not.toContain('pass');
  });

  test('secrets are hidden in every spelling', () => {
    const secret = 'p@ss word';
    const text = `${secret} ${encodeURIComponent(secret)} ${Buffer.from(secret).toString('base64')}`;
    expect(redactSecrets(text, [secret])).toBe('*** *** ***');
  });
});
