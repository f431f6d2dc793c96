import type { TestReport } from '../reports.js';
import type { TestRequest, TestServices } from './request.js';
/**
 * Runs tests, several at once, each alone in a fresh container. A test that fails is a result, not an error.
 *
 * @throws TestingError when there is nothing to run, or a report path leads outside; the signal's reason when it is cancelled
 */
export declare function runTests(request: TestRequest, services: TestServices): Promise<TestReport>;
