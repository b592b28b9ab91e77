declare const __MSVC_VERSION__: string | undefined;

/** Of this build; filled in by the bundler. */
export const VERSION: string = typeof __MSVC_VERSION__ === 'string' ? __MSVC_VERSION__ : '0.0.0-source';
