import { useEffect, useRef, useState } from 'preact/hooks'
import type { JoinLink } from '#api'
import { Icon } from '../../shared/icons.tsx'
import type { AdminPage } from '../state/admin-page.ts'
import { formatDateTime } from '../state/format.ts'
import { CopyButton } from './copy-button.tsx'

/** Opens the dialog in which the admin makes a join link. */
export function JoinLinkButton({ page }: { page: AdminPage }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [link, setLink] = useState<JoinLink | undefined>(undefined)
  const open = () => {
    setLink(undefined)
    dialog.current?.showModal()
  }
  return (
    <>
      <button type="button" class="button primary" onClick={open}>
        Create join link
      </button>
      <dialog ref={dialog} class="card join-dialog" aria-labelledby="join-title">
        <div class="dialog-head">
          <h2 id="join-title">Create a join link</h2>
          <button
            type="button"
            class="button plain icon"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
          >
            <Icon name="close" />
          </button>
        </div>
        {link ? (
          <MadeLink link={link} again={() => setLink(undefined)} />
        ) : (
          <LinkForm page={page} onMade={setLink} />
        )}
      </dialog>
    </>
  )
}

type LinkFormProps = Readonly<{ page: AdminPage; onMade: (link: JoinLink) => void }>

function LinkForm({ page, onMade }: LinkFormProps) {
  const room = useRef<HTMLInputElement>(null)
  const [fault, setFault] = useState('')
  const send = async (event: Event) => {
    event.preventDefault()
    const roomName = room.current?.value.trim() ?? ''
    if (roomName === '') {
      setFault('Name the room.')
      room.current?.focus()
      return
    }
    const reply = await page.createJoinLink(roomName)
    if (reply.ok) onMade(reply.value)
    else setFault(reply.message)
  }
  return (
    <form class="stack" onSubmit={(event) => void send(event)} noValidate>
      <div class="field">
        <label for="join-room">Room</label>
        <input
          id="join-room"
          ref={room}
          class="input"
          maxLength={128}
          autocomplete="off"
          required
        />
        <p class="help">Any name. People with links to the same room meet in the same call.</p>
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      <button type="submit" class="button primary">
        Create link
      </button>
    </form>
  )
}

function MadeLink({ link, again }: Readonly<{ link: JoinLink; again: () => void }>) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <div class="stack">
      <p>
        Whoever has this link can join <strong>{link.room}</strong>, each under their own name,
        until {formatDateTime(link.expiresAtMs)}. Send it only to people who may.
      </p>
      <div class="field">
        <label for="join-url">Join link</label>
        <input
          id="join-url"
          ref={field}
          class="input mono"
          readOnly
          value={link.url}
          onFocus={(event) => event.currentTarget.select()}
        />
      </div>
      <div class="dialog-actions">
        <CopyButton text={link.url} label="Copy link" isPrimary />
        <a class="button" href={link.url} target="_blank" rel="noreferrer">
          Open
        </a>
        <button type="button" class="button plain" onClick={again}>
          Create another
        </button>
      </div>
    </div>
  )
}
