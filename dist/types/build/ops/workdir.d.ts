import type { Op } from '../vertex.js';
/** WORKDIR: the folder is made, 0755 and the user's, when the image does not have it. */
export declare function workdirOp(path: string, user: string): Op;
