import type { TestCase } from '../../reports.js';
/**
 * The cases of a JUnit report in the dialects of Surefire, Gradle, pytest, jest-junit, mocha, go-junit-report, gotestsum,
 * PHPUnit, RSpec, CTest, GoogleTest, container-structure-test and others; undefined when the document is something else.
 *
 * @throws TestingError `bad-junit` when it is no XML, or has a document type
 */
export declare function readJunit(text: string, file: string): TestCase[] | undefined;
