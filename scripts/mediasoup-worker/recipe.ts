/** What Debian must have installed to compile the worker. */
export const buildPackages: readonly string[] = [
  'g++',
  'pkg-config',
  'meson',
  'ninja-build',
  'libssl-dev',
  'libuv1-dev',
  'libabsl-dev',
  'libflatbuffers-dev',
  'flatbuffers-compiler',
]

/** Wrap files of the worker's source that `overlays/` answers, by name: nothing is downloaded for them. */
export const overlaidWraps: readonly string[] = [
  'abseil-cpp',
  'catch2',
  'flatbuffers',
  'libsrtp3',
  'libuv',
  'openssl',
  'unordered-dense',
]

/** Wrap files that a build on Linux never opens. */
export const unusedWraps: readonly string[] = ['wingetopt']

/** Exact replacements in the worker's source; each must be found once, or the source is not the known one. */
export const patches: readonly Readonly<{ file: string; from: string; to: string }>[] = [
  {
    // OpenSSL with kernel TLS compiled in asks BIO_CTRL_GET_KTLS_SEND: answered 1 in the return phase it
    // allocates no write buffer, and the first handshake writes through NULL (BIO_set_callback_ex(3)).
    file: 'src/RTC/DtlsTransport.cpp',
    from: '(operationType == BIO_CB_RETURN) ? static_cast<long>(ret) : 1;',
    to: '((operationType & BIO_CB_RETURN) != 0) ? static_cast<long>(ret) : 1;',
  },
  {
    // Debian 12 has Meson 1.0.1, and it suffices.
    file: 'meson.build',
    from: "meson_version: '>= 1.1.0'",
    to: "meson_version: '>= 1.0.0'",
  },
]

/** How Meson is asked to set the build up. */
export const mesonOptions: readonly string[] = [
  '--wrap-mode=nodownload',
  '--buildtype=release',
  '-Db_ndebug=true',
]
