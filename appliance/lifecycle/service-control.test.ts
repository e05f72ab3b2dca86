import t from 'tap'
import { toShow } from './service-control.ts'

t.test(
  'shows what the service wrote without secrets, and without commands for the terminal',
  async (t) => {
    const lines = 'größer\t→\n\u001b[2J\u009b31m\u0007 token=XYZZY\r\n'
    t.equal(toShow(lines), 'größer\t→\n?[2J?31m? token="[redacted]"?\n')
  },
)
