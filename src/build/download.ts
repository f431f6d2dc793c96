import { Http, type ProxySettings } from '../http.ts';
import type { Download } from './context/download.ts';
import { BuildError } from './error.ts';

export interface DownloadSettings {
  proxies: { [K in keyof ProxySettings]: string | undefined };
  /** PEM text of authorities to trust beside the built-in ones. */
  extraCa?: string | undefined;
}

/** ADD's way to the network. The client is made when the first file is wanted. */
export function downloader(settings: () => Promise<DownloadSettings>): Download {
  let client: Promise<Http> | undefined;
  return async (url, { signal }) => {
    client ??= settings().then(({ proxies: { http, https, no }, extraCa }) => {
      const proxy = { ...(http ? { http } : {}), ...(https ? { https } : {}), ...(no ? { no } : {}) };
      return new Http({ proxy, ...(extraCa === undefined ? {} : { extraCa: [extraCa] }), userAgent: 'containerize' });
    });
    const response = await (await client).request({ url, signal });
    if (response.status !== 200) {
      response.body.destroy();
      throw new BuildError('bad-option', `the server answered ${response.status}`);
    }
    const { headers } = response;
    const size = Number(headers['content-length'] ?? Number.NaN);
    const modified = new Date(headers['last-modified'] ?? Number.NaN);
    const name = /(?:^|;)\s*filename="?([^";]+)"?/i.exec(headers['content-disposition'] ?? '')?.[1];
    return {
      body: response.body,
      size: Number.isNaN(size) ? undefined : size,
      lastModified: Number.isNaN(modified.getTime()) ? undefined : modified,
      fileName: name?.trim(),
    };
  };
}
