import t from 'tap'
import type { AccountDetails, AuditEntry, AuditPage } from '#api'
import { AuditList } from './audit-list.ts'
import type { Reply } from './json-api.ts'
import { createUsersClient, type UsersClient } from './users-client.ts'
import { UsersPage } from './users-page.ts'

const OWN = {
  name: 'ada',
  role: 'admin',
  createdAtMs: 1,
  lastLoginAtMs: 2,
  hasTotp: false,
} as const

const details = (more: Partial<AccountDetails> = {}): AccountDetails => ({
  atMs: 5,
  own: OWN,
  recoveryCodesLeft: undefined,
  accounts: [OWN],
  sessions: [],
  tokens: [],
  ...more,
})

const ok = <T>(value: T): Reply<T> => ({ ok: true, value })
const refused = (code: string) => ({ ok: false, code, message: `no: ${code}` }) as const

const deps = {
  withLogin: <T>(work: (csrf: string) => Promise<Reply<T>>) => work('the csrf'),
  isVisible: () => true,
  after: () => () => {},
}

function pageWith(answers: Partial<UsersClient>) {
  let renewals = 0
  const unasked = createUsersClient(async () => {
    throw new Error('this was not expected to be asked')
  })
  const page = new UsersPage({
    ...deps,
    client: { ...unasked, ...answers },
    renewLogin: async () => {
      renewals++
    },
  })
  return { page, renewals: () => renewals }
}

t.test('a new password takes over the new cookie’s token, a refusal does not', async (t) => {
  const { page, renewals } = pageWith({
    changePassword: async (_csrf, password) =>
      password === 'right' ? ok(details({ atMs: 9 })) : refused('PASSWORD_WRONG'),
  })
  t.equal(await page.changePassword('wrong', 'next'), 'no: PASSWORD_WRONG')
  t.equal(renewals(), 0)
  t.equal(await page.changePassword('right', 'next'), undefined)
  t.equal(renewals(), 1)
  t.equal(page.details.value?.atMs, 9)
})

t.test('what is shown once is forgotten with the dialog and with the page', async (t) => {
  const offer = { secret: 'ABC', uri: 'otpauth://x', modules: ['0'] }
  const { page } = pageWith({
    offerTotp: async () => ok(offer),
    confirmTotp: async (_csrf, code) =>
      code === '123456' ? ok({ codes: ['a', 'b'], details: details() }) : refused('CODE_WRONG'),
    createToken: async () => ok({ token: 'cbx_1', details: details() }),
  })
  t.equal(await page.offerTotp('right'), undefined)
  t.same(page.offer.value, offer)
  t.equal(await page.confirmTotp('1'), 'no: CODE_WRONG')
  t.same(page.offer.value, offer, 'one may try again')
  t.equal(await page.confirmTotp('123456'), undefined)
  t.equal(page.offer.value, undefined)
  t.same(page.codes.value, ['a', 'b'])
  page.hideSecrets()
  t.equal(page.codes.value, undefined)
  await page.createToken({ name: 'x', role: 'viewer', days: null })
  t.equal(page.token.value, 'cbx_1')
  page.close()
  t.equal(page.token.value, undefined)
})

t.test('what is gone already is no fault', async (t) => {
  const { page } = pageWith({
    details: async () => ok(details({ atMs: 7 })),
    endSession: async () => refused('SESSION_UNKNOWN'),
    revokeToken: async () => refused('TOKEN_BUILT_IN'),
  })
  t.equal(await page.endSession('x'), undefined)
  t.equal(page.details.value?.atMs, 7)
  t.equal(await page.revokeToken('built-in'), 'no: TOKEN_BUILT_IN')
})

const entry = (atMs: number): AuditEntry => ({
  atMs,
  by: 'ada',
  address: '',
  action: 'x',
  text: '',
})

t.test('the audit log goes on from the oldest entry that is shown', async (t) => {
  const asked: object[] = []
  const pages: Reply<AuditPage>[] = [
    ok({ entries: [entry(9), entry(8)], hasMore: true }),
    ok({ entries: [entry(7)], hasMore: false }),
    refused('ROLE_NEEDED'),
  ]
  const list = new AuditList({
    ...deps,
    client: {
      audit: async (query) => {
        asked.push(query)
        return pages.shift() ?? refused('NONE')
      },
    },
  })
  await list.showMore()
  t.same(asked, [], 'nothing is there to go on from')
  await list.show('ada')
  await list.showMore()
  await list.showMore()
  t.same(asked, [{ find: 'ada' }, { find: 'ada', before: 8 }])
  t.same(
    list.view.value?.entries.map(({ atMs }) => atMs),
    [9, 8, 7],
  )
  await list.show('bob')
  t.equal(list.problem.value, 'no: ROLE_NEEDED')
  t.equal(list.view.value?.find, 'ada', 'what was there stays')
})

t.test('an answer to an earlier question is not shown', async (t) => {
  const answers: ((page: Reply<AuditPage>) => void)[] = []
  const list = new AuditList({
    ...deps,
    client: { audit: () => new Promise((resolve) => answers.push(resolve)) },
  })
  const first = list.show('a')
  const second = list.show('ab')
  answers[1]?.(ok({ entries: [entry(2)], hasMore: false }))
  answers[0]?.(ok({ entries: [entry(1)], hasMore: false }))
  await Promise.all([first, second])
  t.same(list.view.value, { entries: [entry(2)], hasMore: false, find: 'ab' })
})
