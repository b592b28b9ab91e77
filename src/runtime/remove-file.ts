/** Takes a file away while this thread goes on: a disk that is told of what is free again takes its time for each. */
import { unlink } from 'node:fs';

/** It need not be there. @throws an ErrnoException: EACCES, EROFS, ... */
export function removeFile(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    unlink(file, (error) => (error === null || error.code === 'ENOENT' ? resolve() : reject(error)));
  });
}
