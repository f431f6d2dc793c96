import type { ContainerBase } from '../container/create.js';
import type { TestResult } from '../reports.js';
import { type TestRequest, type TestServices } from './request.js';
import type { TestSpec } from './spec.js';
/** Where reports of attempts that failed are put. */
export declare function earlier(folder: string): string;
/** One test until it passed, or its attempts are used up. */
export declare class TestRun {
    #private;
    constructor(spec: TestSpec, folder: string, request: TestRequest, services: TestServices, base: (target: string | undefined) => Promise<ContainerBase>);
    result(): Promise<TestResult>;
}
