import { type HttpResponse } from '../http.js';
/** The address of the next page, from a Link header with rel="next"; only on the same server, which alone may see our credentials. */
export declare function nextPage(response: HttpResponse): URL | undefined;
/** A page's JSON object. */
export declare function readJson(response: HttpResponse, limit: number): Promise<Record<string, unknown>>;
