import { BlockList, isIP } from 'node:net';
import { HttpError, redactUrl } from './error.ts';

/** What HTTP_PROXY, HTTPS_PROXY and NO_PROXY say, as plain data. */
export interface ProxySettings {
  /** Proxy for http: addresses. */
  http?: string;
  /** Proxy for https: addresses. */
  https?: string;
  /** Comma list of hosts that are reached directly. */
  no?: string;
}

/** Reads the usual variables; the lower-case spelling wins, as in curl. HTTP_PROXY is ignored under CGI, where a client's header sets it. */
export function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const pick = (name: string): string | undefined => env[name] || env[name.toUpperCase()] || undefined;
  const http = env.REQUEST_METHOD === undefined ? pick('http_proxy') : env.http_proxy || undefined;
  const https = pick('https_proxy');
  const no = pick('no_proxy');
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}

/** The proxy to use for `url`, or undefined for a direct connection. Loopback is always direct. */
export function proxyFor(url: URL, settings: ProxySettings): URL | undefined {
  const text = url.protocol === 'https:' ? settings.https : settings.http;
  if (text === undefined || text === '' || bypasses(url, settings.no ?? '')) return undefined;
  let proxy: URL;
  try {
    proxy = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  } catch {
    throw new HttpError('proxy-failed', `"${redactUrl(text)}" is not a proxy address`, {
      hint: 'set HTTPS_PROXY to something like http://proxy.example:3128',
    });
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new HttpError('proxy-failed', `a proxy of kind ${proxy.protocol.slice(0, -1)} is not supported`, {
      hint: 'use an http:// or https:// proxy',
    });
  }
  return proxy;
}

/** Value of Proxy-Authorization for the user and password in the proxy's address. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}`;
}

/**
 * Go's rules, which docker users know: `*`; an address or a network in CIDR form; `example.com` for it and all below
 * it; `.example.com` for what is below it; each may end in `:port`.
 */
function bypasses(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (isLoopback(host)) return true;
  for (const raw of list.split(/[\s,]+/)) {
    let rule = raw.trim().toLowerCase();
    if (rule === '') continue;
    if (rule === '*') return true;
    const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(rule);
    if (withPort) {
      if (withPort[2] !== port) continue;
      rule = withPort[1]!;
    }
    rule = rule.replace(/^\[|\]$/g, '');
    if (rule.includes('/')) {
      if (inNetwork(host, rule)) return true;
    } else if (isIP(rule) !== 0) {
      if (isIP(host) !== 0 && inNetwork(host, `${rule}/${isIP(rule) === 4 ? 32 : 128}`)) return true;
    } else {
      if (rule.startsWith('*.')) rule = rule.slice(1);
      if (rule.startsWith('.') ? host.endsWith(rule) : host === rule || host.endsWith(`.${rule}`)) return true;
    }
  }
  return false;
}

/** `localhost` and addresses that never leave this machine. */
export function isLoopback(host: string): boolean {
  const h = host.replace(/^\[|\]$/g, '').toLowerCase();
  return h === 'localhost' || h.endsWith('.localhost') || h === '::1' || (isIP(h) === 4 && h.startsWith('127.'));
}

/** Whether an address lies in a network such as 10.0.0.0/8; names never do. */
export function inNetwork(host: string, cidr: string): boolean {
  const [base = '', bits = ''] = cidr.split('/');
  const family = isIP(base);
  const prefix = Number(bits);
  if (
    family === 0 ||
    isIP(host) === 0 ||
    bits === '' ||
    !Number.isInteger(prefix) ||
    prefix < 0 ||
    prefix > (family === 4 ? 32 : 128)
  )
    return false;
  const list = new BlockList();
  list.addSubnet(base, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}
