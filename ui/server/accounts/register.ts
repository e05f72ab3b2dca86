import { AdminStoreError } from '../admin-store.ts'
import type { AccountRecord, AdminRecord, AdminStore, Log, TokenRecord } from '../deps.ts'
import type { FaultCode } from '../faults.ts'

/** Who has an account and which tokens there are: in memory, and in the store with each change. */
export class Register {
  readonly #store: AdminStore
  readonly #log: Pick<Log, 'error'>
  #record: AdminRecord

  /** Throws what `store.load` throws. */
  constructor(store: AdminStore, log: Pick<Log, 'error'>) {
    this.#store = store
    this.#log = log
    this.#record = store.load() ?? { accounts: [], tokens: [] }
  }

  get accounts(): readonly AccountRecord[] {
    return this.#record.accounts
  }

  get tokens(): readonly TokenRecord[] {
    return this.#record.tokens
  }

  /** The account of that id, `undefined` when there is none. */
  account(id: string): AccountRecord | undefined {
    return this.accounts.find((each) => each.id === id)
  }

  /** The account of that name, `undefined` when there is none. */
  named(name: string): AccountRecord | undefined {
    return this.accounts.find((each) => each.name === name)
  }

  /** Takes over a change; ACCOUNTS_CHANGED when a command has meanwhile changed the file. */
  save(change: Partial<AdminRecord>): FaultCode | undefined {
    const next = { ...this.#record, ...change }
    try {
      this.#store.save(next)
    } catch (error) {
      if (isChanged(error)) return 'ACCOUNTS_CHANGED'
      throw error
    }
    this.#record = next
    return undefined
  }

  /** Changes what is known of one account. */
  update(id: string, change: Partial<AccountRecord>): FaultCode | undefined {
    return this.save({ accounts: this.#withChange(id, change) })
  }

  /** The same for what may be lost with a crash: a disk that takes nothing must not keep people out. */
  note(id: string, change: Partial<AccountRecord>): FaultCode | undefined {
    return this.saveOrRemember({ accounts: this.#withChange(id, change) })
  }

  /** As `save`; what cannot be written holds in memory, until something can. */
  saveOrRemember(change: Partial<AdminRecord>): FaultCode | undefined {
    try {
      return this.save(change)
    } catch (err) {
      this.#log.error({ err }, 'the accounts cannot be written')
      this.#record = { ...this.#record, ...change }
      return undefined
    }
  }

  #withChange(id: string, change: Partial<AccountRecord>): readonly AccountRecord[] {
    return this.accounts.map((each) => (each.id === id ? { ...each, ...change } : each))
  }
}

function isChanged(error: unknown): boolean {
  return error instanceof AdminStoreError && error.code === 'ADMIN_STORE_CHANGED'
}
