/** Which msvc this is. */
declare const __MSVC_VERSION__: string | undefined;
declare const __MSVC_BUILD__: string | undefined;

/** Of this build; filled in by the bundler. */
export const VERSION: string = typeof __MSVC_VERSION__ === 'string' ? __MSVC_VERSION__ : '0.0.0-source';

/** A hash of the sources; two builds of one version may differ. */
export const BUILD: string = typeof __MSVC_BUILD__ === 'string' ? __MSVC_BUILD__ : VERSION;
