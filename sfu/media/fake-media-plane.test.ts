import t from 'tap'
import { FakeMediaPlane } from './fake-media-plane.ts'
import { mediaPlaneContract } from './media-plane-contract.ts'

mediaPlaneContract(t, async () => {
  const plane = new FakeMediaPlane()
  await plane.start()
  return { plane, killWorker: () => plane.killWorker() }
})
