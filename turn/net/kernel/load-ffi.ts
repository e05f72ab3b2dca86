type Ffi = typeof import('node:ffi')

/**
 * Loads `node:ffi`, undefined where this Node has none. Node warns when it loads that the module is experimental; this
 * project knows and does without it when it has to, so that one warning is not printed, and every other is.
 */
export function loadFfi(): Ffi | undefined {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:ffi')
  } finally {
    process.emitWarning = emitWarning
  }
}
