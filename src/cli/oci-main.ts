/** Entry of its own for the OCI command line: podman starts it several times a container, so it loads little. */
import { ociEnvironment } from './commands/oci/environment.ts';
import { ociMain } from './commands/oci/index.ts';

process.exitCode = await ociMain(process.argv.slice(2), ociEnvironment(process.env, process.cwd()));
