import type { Http } from '../../http.js';
import type { Download } from './download.js';
/** Downloads of ADD by the one HTTP client: proxies, authorities and redirects as everywhere. */
export declare function httpDownload(http: Http): Download;
/** `attachment; filename="x.tar.gz"`, `filename*=UTF-8''x` (RFC 6266). */
export declare function dispositionName(header: string | undefined): string | undefined;
