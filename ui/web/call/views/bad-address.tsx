import { Brand } from '../../shared/icons.tsx'

/** Shown when the address names no call. */
export function BadAddress() {
  return (
    <main class="page">
      <Brand />
      <div class="card outside">
        <h1>This address names no call</h1>
        <p>A call’s address ends in /call/ and its name. Open the link from your chat again.</p>
      </div>
    </main>
  )
}
