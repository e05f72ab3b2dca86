import { isAnnouncedAddress, isHostName } from '../config/values.ts'
import type { Action, Form } from './actions.ts'
import { checkAddressing, splitList } from './addressing.ts'

/** What a filled form asks for, or what is wrong with it in one sentence. */
export type Submission = Readonly<{ action: Action }> | Readonly<{ problem: string }>

const MAX_TIME_SERVERS = 8

/** Checks the answers of a form and turns them into an action. */
export function submitForm(form: Form): Submission {
  const answer = (name: string) =>
    form.fields.find((field) => field.name === name)?.value.trim() ?? ''
  switch (form.name) {
    case 'hostName':
      return submitHostName(answer('name'))
    case 'network':
      return submitNetwork(form.subject, answer)
    case 'publicAddress':
      return submitPublicAddress(answer('address'))
    case 'timeServers':
      return submitTimeServers(splitList(answer('servers')))
    case 'factoryReset':
      return answer('name') === form.subject
        ? { action: { type: 'factoryReset' } }
        : { problem: `This is not the name of this machine, which is ${form.subject}.` }
  }
}

function submitHostName(name: string): Submission {
  if (isHostName(name) && name.length <= 64) return { action: { type: 'setHostName', name } }
  return {
    problem:
      'A host name has letters, digits and hyphens, with dots between its parts; at most 64.',
  }
}

function submitNetwork(subject: string, answer: (name: string) => string): Submission {
  const checked = checkAddressing({
    interface: subject,
    mode: answer('mode'),
    ipv4: answer('ipv4'),
    gateway4: answer('gateway4'),
    ipv6: answer('ipv6'),
    gateway6: answer('gateway6'),
    nameServers: answer('nameServers'),
  })
  if (!checked.ok) return { problem: checked.problem }
  return { action: { type: 'tryNetwork', addressing: checked.addressing } }
}

function submitPublicAddress(text: string): Submission {
  const address = text === '' ? 'auto' : text
  if (address === 'auto' || isAnnouncedAddress(address)) {
    return { action: { type: 'setPublicAddress', address } }
  }
  return { problem: `${address} is neither an IP address nor a name; empty finds it by itself.` }
}

function submitTimeServers(servers: readonly string[]): Submission {
  const wrong = servers.find((server) => !isAnnouncedAddress(server))
  if (wrong !== undefined) return { problem: `${wrong} is neither an IP address nor a name.` }
  if (servers.length > MAX_TIME_SERVERS) {
    return { problem: `At most ${MAX_TIME_SERVERS} time servers.` }
  }
  return { action: { type: 'setTimeServers', servers } }
}
