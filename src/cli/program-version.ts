/** Of toolcrib itself. The bundler takes the value in, so that the built program reads no file for it. */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
