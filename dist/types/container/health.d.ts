import type { Healthcheck } from '../oci/image-config.js';
import type { ContainerRecord } from './record.js';
/** The image's health check with the user's changes; undefined when there is none or it is switched off. */
export declare function healthcheckOf(record: Pick<ContainerRecord, 'imageConfig' | 'options'>): Healthcheck | undefined;
/** The program to run for a check: `CMD …` as it is, `CMD-SHELL text` by the image's shell. */
export declare function healthCommand(check: Healthcheck, shell: readonly string[] | undefined): string[];
