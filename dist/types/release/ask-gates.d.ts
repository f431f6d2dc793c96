import type { ReleaseReport } from '../reports.js';
import type { ReleaseRequest } from './request.js';
/** Asks one gate after the other, and notes in the report what each said. @throws ReleaseError `gate-failed` */
export declare function askGates(request: ReleaseRequest, report: ReleaseReport): Promise<void>;
