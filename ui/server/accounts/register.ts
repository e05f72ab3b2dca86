import { AdminStoreError } from '../admin-store.ts'
import type { AccountRecord, AdminRecord, AdminStore, TokenRecord } from '../deps.ts'
import type { FaultCode } from '../faults.ts'

/** Who has an account and which tokens there are: in memory, and in the store with each change. */
export class Register {
  readonly #store: AdminStore
  #record: AdminRecord

  /** Throws what `store.load` throws. */
  constructor(store: AdminStore) {
    this.#store = store
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
    const accounts = this.accounts.map((each) => (each.id === id ? { ...each, ...change } : each))
    return this.save({ accounts })
  }
}

function isChanged(error: unknown): boolean {
  return error instanceof AdminStoreError && error.code === 'ADMIN_STORE_CHANGED'
}
