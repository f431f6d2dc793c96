import { ContainerizeError, type ErrorDetails, type SourceLocation } from '../errors.js';
export type DockerfileErrorCode = 'empty-dockerfile' | 'line-too-long' | 'bad-directive' | 'unsupported-syntax' | 'unknown-instruction' | 'unknown-flag' | 'invalid-flag' | 'invalid-argument' | 'unterminated-heredoc' | 'bad-expansion' | 'bad-mount' | 'not-supported' | 'bad-ignore-pattern';
/** Something in a Dockerfile or an ignore file is not as the language wants it. */
export declare class DockerfileError extends ContainerizeError<DockerfileErrorCode> {
}
/** An error of the language, worded as Docker users know it; the place is also in `location`. */
export declare function parseError(code: DockerfileErrorCode, location: SourceLocation, message: string, details?: Omit<ErrorDetails, 'location'>): DockerfileError;
