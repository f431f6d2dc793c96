import type { Readable } from 'node:stream';
import type { Task } from '../../progress.js';
import type { SourceText } from './select.js';
/**
 * Gets a file by HTTP or HTTPS; redirects, proxies and authorities are its business. Throws for any status but 200; with
 * validators, `not-modified` says that the server would send what they stand for.
 */
export type Download = (url: string, options: DownloadOptions) => Promise<Downloading | 'not-modified'>;
export interface DownloadOptions {
    signal: AbortSignal;
    headers?: Readonly<Record<string, string>>;
    validators?: Validators;
}
/** What a server recognises one state of a file by. */
export interface Validators {
    etag?: string | undefined;
    /** As the server wrote it. */
    lastModified?: string | undefined;
}
export interface Downloading {
    validators?: Validators;
    body: Readable;
    /** Of the body, where the server said so. */
    size?: number | undefined;
    lastModified?: Date | undefined;
    /** Of Content-Disposition. */
    fileName?: string | undefined;
}
export interface Downloaded {
    folder: string;
    name: string;
    /** sha256:… */
    digest: string;
    validators: Validators;
}
export interface FetchOptions {
    /** Where the file goes. */
    folder: string;
    checksum?: SourceText | undefined;
    signal: AbortSignal;
    task?: Task | undefined;
    /** Ask only for what differs from these. */
    validators?: Validators | undefined;
}
/** Downloads into a folder, counting the digest in the same pass, and checks it when one is wanted. */
export declare function fetchFile(source: SourceText, download: Download, options: FetchOptions): Promise<Downloaded | 'not-modified'>;
/** What the file is called in a destination folder: as the server says, else the last part of the URL. */
export declare function fileName(url: string, disposition: string | undefined): string;
export declare function withoutPassword(url: string): string;
