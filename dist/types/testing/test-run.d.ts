import type { ContainerBase } from '../container/create.js';
import type { TestResult } from '../reports.js';
import { type TestRequest, type TestServices } from './request.js';
import type { TestSpec } from './spec.js';
/** One test until it passed, or its attempts are used up. */
export declare class TestRun {
    #private;
    constructor(spec: TestSpec, folder: string, request: TestRequest, services: TestServices, base: (target: string | undefined) => Promise<ContainerBase>);
    result(): Promise<TestResult>;
}
