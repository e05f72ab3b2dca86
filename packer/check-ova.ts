import type { OvaFile } from './ova.ts'
import { readOva } from './ova.ts'
import { ovfProblems, repeated } from './ovf-rules.ts'

/**
 * Says what is wrong with an OVA: its archive, its manifest and its descriptor. This is a check of our own
 * after DSP0243 1.1.1, stricter where our image needs it; it is not the standard's XML schema.
 * @returns nothing when all is well
 */
export function problemsOfOva(path: string): string[] {
  let files: readonly OvaFile[]
  try {
    files = readOva(path)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  const [descriptor, manifest, ...others] = files
  if (!descriptor?.name.endsWith('.ovf')) return ['the first file is not the .ovf descriptor']
  const base = descriptor.name.slice(0, -'.ovf'.length)
  if (manifest?.name !== `${base}.mf`) return [`the second file is not the manifest ${base}.mf`]
  return [
    ...repeated(files.map(({ name }) => name)).map((name) => `${name} is in the archive twice`),
    ...manifestProblems(manifest, [descriptor, ...others]),
    ...ovfProblems(descriptor.head.toString('utf8'), others),
  ]
}

function manifestProblems(manifest: OvaFile, files: readonly OvaFile[]): string[] {
  const lines = manifest.head.toString('utf8').trimEnd().split('\n')
  const entries = lines.map((line) => /^SHA256\(([^()]+)\)= ([0-9a-f]{64})$/.exec(line))
  const names = entries.flatMap((entry) => entry?.[1] ?? [])
  const here = files.map(({ name }) => name)
  const isRight = ({ name, sha256 }: OvaFile) =>
    entries.some((entry) => entry?.[1] === name && entry[2] === sha256)
  return [
    ...lines
      .filter((_, index) => !entries[index])
      .map((line) => `not a line of a manifest: ${line}`),
    ...repeated(names).map((name) => `the manifest names ${name} twice`),
    ...names
      .filter((name) => !here.includes(name))
      .map((name) => `the manifest names ${name}, which is not here`),
    ...files
      .filter((file) => !isRight(file))
      .map(({ name }) => `the manifest does not have the digest of ${name}`),
  ]
}

if (import.meta.main) {
  const problems = problemsOfOva(process.argv[2] ?? '')
  for (const problem of problems) process.stderr.write(`check-ova: ${problem}\n`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
