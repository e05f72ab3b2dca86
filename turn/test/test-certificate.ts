import { generate } from 'selfsigned'

/** Makes a certificate for localhost that nobody has vouched for, with its key, PEM. */
export async function makeCertificate(
  name = 'localhost',
): Promise<Readonly<{ cert: string; key: string }>> {
  const pair = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  return { cert: pair.cert, key: pair.private }
}
