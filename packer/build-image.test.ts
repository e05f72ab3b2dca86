import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import t from 'tap'

const script = join(import.meta.dirname, 'build-image.sh')

t.test(
  'no password of a mirror gets into an image',
  { skip: process.getuid?.() !== 0 && 'needs root' },
  async (t) => {
    const folder = t.testdir({})
    const programs = {
      'apt-get': `. /etc/os-release; echo "https://me:secret@example.org/debian $VERSION_CODENAME"`,
      mmdebstrap: 'echo built >&2; exit 1',
      zstd: '',
      uname: 'echo x86_64',
    }
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
      chmodSync(join(folder, name), 0o755)
    }
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` }
    const { status, stderr } = spawnSync(script, ['--out', join(folder, 'out')], {
      env,
      encoding: 'utf8',
    })
    t.equal(status, 1)
    t.match(stderr, /mirror has a password/)
    t.notMatch(stderr, 'built')
  },
)
