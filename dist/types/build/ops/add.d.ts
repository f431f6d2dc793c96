import { type Download } from '../context/download.js';
import type { DownloadMemory } from '../context/download-memory.js';
import type { SourceText } from '../context/select.js';
import type { Op } from '../vertex.js';
import { type CopyStep } from './copy-step.js';
export type { Download } from '../context/download.js';
/** An ADD with everything expanded. Its source is always a folder. */
export interface AddStep extends CopyStep {
    kind: 'ADD';
    checksum?: SourceText;
    keepGitDir: boolean;
    /** Absent: archives of the context are unpacked, downloads are not. */
    unpack?: boolean;
}
/** The operation of an ADD: a COPY that unpacks archives and gets URLs. */
export declare function addOp(step: AddStep, download: Download, memory?: DownloadMemory): Op;
