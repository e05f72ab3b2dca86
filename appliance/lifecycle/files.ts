import { readdir, readFile, stat } from 'node:fs/promises'
import { systemErrorCode } from '../errors.ts'

/** Reads a text file; `undefined` where there is none. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Whether something is there. */
export async function isThere(path: string): Promise<boolean> {
  return (await statIfThere(path)) !== undefined
}

/** Lists the names in a folder; none where there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Looks at a path; `undefined` where nothing is. */
export async function statIfThere(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Whether an operation failed as what it was about is not there. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')
}
