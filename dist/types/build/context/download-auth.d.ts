import type { Secrets } from '../secrets.js';
import type { Download } from './download.js';
/**
 * Downloads with the secrets that are meant for a host, as BuildKit names them: `HTTP_AUTH_HEADER_<host>` is the whole
 * value of Authorization, `HTTP_AUTH_TOKEN_<host>` a Bearer token. They go to that host alone: a redirect to another one
 * drops them.
 */
export declare function withAuth(download: Download, secrets: Secrets): Download;
