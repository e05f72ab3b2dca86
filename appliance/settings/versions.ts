import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SettingChange } from '#api'
import {
  EMPTY_LAYER,
  type LayerValues,
  layerOf,
  layerText,
  parseLayer,
  readLayerText,
  settingsFile,
  VERSIONS_FOLDER,
} from '../config/settings-layer.ts'
import { parseVersion, VERSION_FILE, versionText } from '../config/settings-version.ts'
import { writePrivately } from '../data-dir.ts'
import { systemErrorCode } from '../errors.ts'

/** Lies beside the versions, and is none of them. */
const STARTED_FILE = 'started.yaml'

/** More than anybody goes back. */
const MAX_VERSIONS = 20

/** A saved state: its number, and what its file holds. */
export type KeptVersion = Readonly<{
  id: string
  atMs: number
  by: string
  changes: readonly SettingChange[]
  values: LayerValues
}>

/** Who saves, and what that changes. */
export type Saving = Readonly<{ atMs: number; by: string; changes: readonly SettingChange[] }>

/** What the admin page saved, now and before, in the data directory. */
export interface SettingsStore {
  /** The newest first, at most twenty. */
  versions(): Promise<readonly KeptVersion[]>
  /** Saves, whole or not at all, and keeps it as a version. */
  save(values: LayerValues, saving: Saving): Promise<void>
  /** What the appliance last started with; `undefined` where that is not known. */
  started(): Promise<LayerValues | undefined>
  /** Keeps what the appliance has started with. */
  noteStarted(values: LayerValues, atMs: number): Promise<void>
}

/** Opens the store; nothing is created before something is saved. */
export function createSettingsStore(dataDir: string): SettingsStore {
  return new FolderStore(dataDir)
}

class FolderStore implements SettingsStore {
  readonly #file: string
  readonly #folder: string

  constructor(dataDir: string) {
    this.#file = settingsFile(dataDir)
    this.#folder = join(dataDir, VERSIONS_FOLDER)
  }

  async #saved(): Promise<LayerValues> {
    try {
      const text = await readLayerText(this.#file)
      return text === undefined ? EMPTY_LAYER : parseLayer(text).values
    } catch {
      return EMPTY_LAYER // the start has said what is wrong with it
    }
  }

  async versions(): Promise<readonly KeptVersion[]> {
    const kept = await Promise.all((await this.#names()).map((name) => this.#read(name)))
    return kept.flatMap((version) => (version === undefined ? [] : [version]))
  }

  /** The version first: when the process dies in between, what is saved is what it was. */
  async save(values: LayerValues, saving: Saving): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const versions = await this.versions()
    const before = await this.#saved()
    let [newest = 0] = (await this.#names()).map(numberOf)
    const keep = async (what: LayerValues, how: Saving) => {
      newest = Math.max(how.atMs, newest + 1)
      await writePrivately(join(this.#folder, `${newest}.yaml`), versionText(how, what))
    }
    if (!versions.some((version) => sameValues(version.values, before))) {
      await keep(before, { atMs: saving.atMs, by: '', changes: [] })
    }
    await keep(values, saving)
    await writePrivately(this.#file, layerText(values))
    for (const name of (await this.#names()).slice(MAX_VERSIONS)) {
      await rm(join(this.#folder, name), { force: true })
    }
  }

  async started(): Promise<LayerValues | undefined> {
    try {
      const text = await readLayerText(join(this.#folder, STARTED_FILE))
      return text === undefined ? undefined : layerOf(parseVersion(text).settings).values
    } catch {
      return undefined // a damaged one says nothing, as one that is not there
    }
  }

  async noteStarted(values: LayerValues, atMs: number): Promise<void> {
    const before = await this.started()
    if (before !== undefined && sameValues(before, values)) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const text = versionText({ atMs, by: '', changes: [] }, values)
    await writePrivately(join(this.#folder, STARTED_FILE), text)
  }

  async #names(): Promise<readonly string[]> {
    try {
      const names = (await readdir(this.#folder)).filter((name) => VERSION_FILE.test(name))
      return names.toSorted((one, other) => numberOf(other) - numberOf(one))
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return []
      throw error
    }
  }

  /** `undefined` for one that is damaged: the others are good all the same. */
  async #read(name: string): Promise<KeptVersion | undefined> {
    try {
      const text = await readLayerText(join(this.#folder, name))
      if (text === undefined) return undefined
      const { settings, ...version } = parseVersion(text)
      return { id: String(numberOf(name)), ...version, values: layerOf(settings).values }
    } catch {
      return undefined
    }
  }
}

function numberOf(name: string): number {
  return Number(VERSION_FILE.exec(name)?.[1] ?? 0)
}

/** Whether two layers set the same options to the same values. */
export function sameValues(one: LayerValues, other: LayerValues): boolean {
  return layerText(one) === layerText(other)
}
