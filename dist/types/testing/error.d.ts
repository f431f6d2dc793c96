import { ContainerizeError } from '../errors.js';
/** What is wrong with tests before any of them runs, or with what they ask for. */
export declare class TestingError extends ContainerizeError<'no-tests' | 'bad-test' | 'bad-shard' | 'bad-report-path' | 'bad-output-folder' | 'bad-junit' | 'bad-checks'> {
}
