import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { generate } from 'selfsigned'
import t from 'tap'
import { type Examined, examineUpload } from './examine-upload.ts'

const HOST = 'calls.example.org'
const DAY_MS = 86_400_000
const nowMs = Math.floor(Date.now() / 1000) * 1000
const expected = { host: HOST, nowMs }

type Signer = Readonly<{ cert: string; key: string }>

async function make(name: string, signer: Signer | undefined, more: object = {}) {
  const isAuthority = !name.includes('.')
  const extensions = isAuthority
    ? [{ name: 'basicConstraints' as const, cA: true, critical: true }]
    : [{ name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: name }] }]
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions,
    notBeforeDate: new Date(nowMs - DAY_MS),
    ...(signer && { ca: signer }),
    ...more,
  })
  return { cert: `${made.cert.trim()}\n`, key: `${made.private.trim()}\n` }
}

const root = await make('Root', undefined)
const middle = await make('Middle', root)
const leaf = await make(HOST, middle)
const stranger = await make('Stranger', undefined)

const refusalOf = (examined: Examined) => (examined.ok ? 'accepted' : examined.message)
const examine = (cert: string, key: string, host = HOST) =>
  examineUpload({ cert, key }, { ...expected, host })

t.test('puts the chain in order, whatever the order it came in', async (t) => {
  const inOrder = leaf.cert + middle.cert
  for (const cert of [
    inOrder,
    middle.cert + leaf.cert,
    `Bag\n${inOrder}`,
    inOrder.replaceAll('\n', '\r\n'),
  ]) {
    const examined = examine(cert, leaf.key)
    if (!examined.ok) t.fail(examined.message)
    else t.equal(examined.pair.cert.replaceAll(/\s/g, ''), inOrder.replaceAll(/\s/g, ''))
  }
  t.ok(examine(leaf.cert, leaf.key).ok, 'without a chain too')
  t.ok(examine(leaf.cert + middle.cert + root.cert, leaf.key).ok, 'with its root too')
  t.ok(examine(leaf.key + leaf.cert, '').ok, 'with the key in the same text')
  t.ok(examine(leaf.cert + leaf.cert, leaf.key).ok, 'twice the same')
})

t.test('takes RSA keys and keys in their older form', async (t) => {
  const rsa = await make(HOST, undefined, { keyType: 'rsa', keySize: 2048 })
  t.ok(examine(rsa.cert, rsa.key).ok)
  const older = createPrivateKey(leaf.key).export({ type: 'sec1', format: 'pem' }).toString()
  t.ok(examine(leaf.cert, older).ok)
})

t.test('names what is wrong with the key, and what to do', async (t) => {
  t.match(refusalOf(examine(leaf.cert, middle.key)), /belongs to another certificate/)
  t.match(refusalOf(examine(leaf.cert, '')), /no private key/)
  t.match(refusalOf(examine(leaf.cert, leaf.key + middle.key)), /several private keys/)
  t.match(refusalOf(examine(leaf.cert, leaf.key.replace(/\n.{20}/, '\n'))), /key is damaged/)
  const object = createPrivateKey(leaf.key)
  const locked = { cipher: 'aes-256-cbc', passphrase: 'secret', format: 'pem' } as const
  for (const type of ['pkcs8', 'sec1'] as const) {
    const pem = object.export({ type, ...locked }).toString()
    t.match(refusalOf(examine(leaf.cert, pem)), /passphrase\. Take it off with: openssl pkey/, type)
  }
  const odd = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  t.match(refusalOf(examine(leaf.cert, odd.toString())), /Browsers do not take/)
})

t.test('names what is wrong with the certificate, and what to do', async (t) => {
  t.match(refusalOf(examine('', leaf.key)), /no certificate in it.*openssl x509 -inform der/)
  t.match(refusalOf(examine('\u0000\u0030\u0082', leaf.key)), /no certificate/)
  t.match(refusalOf(examine(leaf.cert.replace(/\n.{20}/, '\n'), leaf.key)), /damaged/)
  const label = (name: string) => `-----BEGIN ${name}-----\nAAAA\n-----END ${name}-----\n`
  t.match(refusalOf(examine(label('CERTIFICATE REQUEST'), leaf.key)), /request for a certificate/)
  t.match(refusalOf(examine(label('PKCS7'), leaf.key)), /openssl pkcs7/)
  const stray = refusalOf(examine(leaf.cert + middle.cert + stranger.cert, leaf.key))
  t.match(stray, /not part of the chain: CN=Stranger/)
  const gap = refusalOf(examine(leaf.cert + root.cert, leaf.key))
  t.match(gap, /CN=Root.*add the ones between/)
  const over = await make(HOST, undefined, {
    notBeforeDate: new Date(nowMs - 9 * DAY_MS),
    notAfterDate: new Date(nowMs - DAY_MS),
  })
  t.match(refusalOf(examine(over.cert, over.key)), /expired on \d{4}-\d\d-\d\d\. Get a new one/)
  const early = await make(HOST, undefined, {
    notBeforeDate: new Date(nowMs + DAY_MS),
    notAfterDate: new Date(nowMs + 9 * DAY_MS),
  })
  t.match(refusalOf(examine(early.cert, early.key)), /valid from .* on\. Check the clock/)
})

t.test('refuses a chain that the TLS library would refuse at the next start', async (t) => {
  const weak = await make('Weak', undefined, { keyType: 'rsa', keySize: 1024 })
  const signed = await make(HOST, weak, { keyType: 'rsa', keySize: 2048 })
  t.match(refusalOf(examine(signed.cert + weak.cert, signed.key)), /too small.*Get another/)
})

t.test('holds the names against what people are led to', async (t) => {
  const other = await make('other.example.org', undefined)
  t.match(refusalOf(examine(other.cert, other.key)), /for other\.example\.org.*set public_address/)
  t.ok(
    examine(other.cert, other.key, '192.0.2.7').ok,
    'an IP may stand for a name that comes later',
  )
  const wild = await make('*.example.org', undefined)
  t.ok(examine(wild.cert, wild.key).ok)
  const nameless = await make(HOST, undefined, {
    extensions: [{ name: 'keyUsage', digitalSignature: true }],
  })
  t.same(new X509Certificate(nameless.cert).subjectAltName, undefined)
  t.match(refusalOf(examine(nameless.cert, nameless.key)), /subjectAltName/)
})
