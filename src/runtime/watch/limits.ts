/** The kernel's limits that watching many files runs into: errno -> the setting that raises it (inotify(7)). */
export const WATCH_SETTINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'fs.inotify.max_user_watches',
  EMFILE: 'fs.inotify.max_user_instances',
};
