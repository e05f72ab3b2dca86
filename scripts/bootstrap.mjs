import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// Plain JavaScript: the machine's own Node, which may be 20, runs this file before anything is installed.

/** The project's folder. */
export const root = join(import.meta.dirname, '..')

/**
 * Installs what is missing of the dependencies, exactly as the lockfile has them.
 * @param {{ set: 'production' | 'all', quiet?: boolean }} options `all` adds what the tests need;
 *   `quiet` shows npm's output only when it fails
 * @returns {Promise<boolean>} false when npm failed; the reason has been said
 */
export async function installDependencies({ set, quiet = false }) {
  const missing = missingPackages(set)
  if (missing === 0) return true
  const started = Date.now()
  say(`Installing ${missing} npm packages (once) …`)
  const status = await run('npm', npmArguments(set, quiet), { stdio: ['ignore', 2, 2] })
  if (status === 0 && missingPackages(set) === 0) {
    say(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`)
    return true
  }
  say(`npm could not install the dependencies (exit ${status}); its message is above.`)
  say(
    'Check that the npm registry can be reached (`npm ping`) and the disk has 1 GB free, then repeat.',
  )
  return false
}

function npmArguments(set, quiet) {
  const common = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  if (set === 'production') common.push('--omit=dev')
  common.push('--loglevel=error')
  if (quiet) common.push('--no-progress')
  return common
}

/** How many packages of the lockfile are not in node_modules, by the list that npm leaves there. */
function missingPackages(set) {
  const wanted = readPackages('package-lock.json')
  const present = existsSync(join(root, 'node_modules/.package-lock.json'))
    ? readPackages('node_modules/.package-lock.json')
    : {}
  const missing = Object.entries(wanted).filter(([path, entry]) => {
    if (path === '' || entry.optional || entry.devOptional) return false
    if (entry.dev && set === 'production') return false
    return present[path]?.version !== entry.version
  })
  return missing.length + (existsSync(projectNode()) ? 0 : 1)
}

function readPackages(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8')).packages
}

/** Path of the Node that the project brings itself. */
export function projectNode() {
  return join(root, `node_modules/node-linux-${process.arch}/bin/node`)
}

/** The environment in which `node` and every installed command are the project's. */
export function projectEnvironment() {
  const bin = join(root, 'node_modules/.bin')
  return { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` }
}

/**
 * Runs a command to its end and passes a request to stop on to it, once.
 * @returns {Promise<number>} its exit code, as a shell counts it (128 + signal)
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    const forget = forwardSignals(child)
    child.once('error', (error) => {
      forget()
      reject(error)
    })
    child.once('close', (code, signal) => {
      forget()
      resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : 15))
    })
  })
}

function forwardSignals(child) {
  // A terminal sends its signals to the whole process group: the child has them already.
  const atTerminal = Boolean(process.stdin.isTTY)
  let asked = false
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const listener = () => {
      const alreadySent = atTerminal && signal !== 'SIGTERM'
      // SIGHUP asks a running appliance to read its configuration again, as often as one likes.
      if (!alreadySent && (signal === 'SIGHUP' || !asked)) child.kill(signal)
      asked ||= signal !== 'SIGHUP'
    }
    process.on(signal, listener)
    return [signal, listener]
  })
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
  }
}

/** Says a line to the person at the terminal; standard output stays free for what a command prints. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}
