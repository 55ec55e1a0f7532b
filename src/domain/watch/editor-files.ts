/**
 * Files that editors write beside the one that is edited: vim's test file and swap files, backups, emacs's locks and
 * auto-saves, the copies of JetBrains editors.
 */
const EDITOR_FILE = /^4913$|^\.#|^#.*#$|~$|\.sw[a-p]$|\.swx$|\.swpx$|___jb_(tmp|old)___$/;

export const isEditorFile = (name: string): boolean => EDITOR_FILE.test(name);
