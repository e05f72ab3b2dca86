import type { Product } from './snippet.ts'

/** Calls by link alone, beside any chat server or none. */
export const ownPage: Product = {
  id: 'own-page',
  name: 'Call page only',
  lead: 'Nothing is to be set up elsewhere. Make a join link (button on top) and paste it into the chat: whoever opens it is in the call, in any browser.',
  uses: ['page'],
  snippets: ({ callPageUrl }) => [
    {
      setting: 'Address of a call',
      language: 'text',
      text: `${callPageUrl}team-meeting`,
      hint: 'Put any name in the place of team-meeting. Admins who are logged in get in as they are, others by a join link.',
    },
  ],
}
