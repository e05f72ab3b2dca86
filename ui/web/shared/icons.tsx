import type { ComponentChildren } from 'preact'

/** Line drawings on a 24 by 24 grid, in the colour of the text around them. */
const DRAWINGS = {
  microphone: (
    <>
      <rect x="9" y="3" width="6" height="11" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    </>
  ),
  microphoneOff: (
    <>
      <path d="M9 9.5V11a3 3 0 0 0 4.6 2.5M15 10V6a3 3 0 0 0-5.8-1.1" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.5 11.5a6.4 6.4 0 0 1-.5 2.5M12 18v3M4 4l16 16" />
    </>
  ),
  screen: (
    <>
      <rect x="3" y="4.5" width="18" height="12.5" rx="2" />
      <path d="M12 14V8.5M9.2 11 12 8.2l2.8 2.8M8.5 20.5h7" />
    </>
  ),
  screenOff: (
    <>
      <rect x="3" y="4.5" width="18" height="12.5" rx="2" />
      <path d="m9.5 8.2 5 5M14.5 8.2l-5 5M8.5 20.5h7" />
    </>
  ),
  hand: (
    <path d="M8 12.5V6.2a1.4 1.4 0 0 1 2.8 0V11V4.4a1.4 1.4 0 0 1 2.8 0V11V5.8a1.4 1.4 0 0 1 2.8 0v6V8.7a1.4 1.4 0 0 1 2.8 0v6a6.3 6.3 0 0 1-6.3 6.3c-2.7 0-4.3-1.2-5.5-3.2l-2.8-4.7a1.4 1.4 0 0 1 2.3-1.5z" />
  ),
  chat: <path d="M4 5.5h16v11h-8.5L7 20.5v-4H4z" />,
  leave: (
    <path d="M3.2 14.8c0-1 .3-2.3 1-3C6 10 9 9 12 9s6 1 7.8 2.800c.7.7 1 2 1 3 0 .9-.8 1.4-1.7 1.200l-2.6-.6a1.4 1.4 0 0 1-1.1-1.300v-1.700a11 11 0 0 0-6.8 0v1.700c0 .6-.5 1.2-1.1 1.300L4.9 16c-.9.2-1.7-.3-1.7-1.200z" />
  ),
  sliders: (
    <>
      <path d="M4 7.500h9M19 7.500h1M4 16.500h2M12 16.500h8" />
      <circle cx="16" cy="7.5" r="2.5" />
      <circle cx="9" cy="16.5" r="2.5" />
    </>
  ),
  speaker: (
    <>
      <path d="M4 9.500h3.500L12 5.500v13l-4.5-4H4z" />
      <path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11" />
    </>
  ),
  alert: (
    <>
      <path d="M12 4 2.8 19.500h18.400z" />
      <path d="M12 10v4.500M12 17v.2" />
    </>
  ),
  check: <path d="m5 12.5 4.5 4.500L19 7.5" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  send: <path d="M4 12 20 4.5 15.5 20l-3.5-6.500z" />,
  people: (
    <>
      <circle cx="9" cy="8.5" r="3.2" />
      <path d="M2.8 19.500c.6-3.3 3-5.2 6.2-5.200s5.6 1.9 6.2 5.200M15.5 5.700a3.2 3.2 0 0 1 0 5.600M17.5 14.800c2 .7 3.3 2.3 3.7 4.7" />
    </>
  ),
  expand: <path d="M4 9.500V4h5.500M14.5 4H20v5.500M20 14.500V20h-5.500M9.5 20H4v-5.5" />,
  fit: (
    <>
      <rect x="3" y="5" width="18" height="14" rx="2" />
      <path d="M7.5 12h9M10 9.5 7.5 12l2.5 2.500M14 9.500l2.5 2.5-2.5 2.5" />
    </>
  ),
  refresh: <path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.400L19.5 9M19.5 4v5h-5" />,
  signal3: <path d="M5 19v-4M12 19V10M19 19V5" stroke-width="3.2" />,
  signal2: (
    <>
      <path d="M5 19v-4M12 19V10" stroke-width="3.2" />
      <path d="M19 19V5" stroke-width="3.2" opacity="0.28" />
    </>
  ),
  signal1: (
    <>
      <path d="M5 19v-4" stroke-width="3.2" />
      <path d="M12 19V10M19 19V5" stroke-width="3.2" opacity="0.28" />
    </>
  ),
  signal0: (
    <>
      <path d="M5 19v-4M12 19V10M19 19V5" stroke-width="3.2" opacity="0.28" />
      <path d="m4 5 6 6M10 5l-6 6" />
    </>
  ),
} satisfies Record<string, ComponentChildren>

/** Name of a drawing. */
export type IconName = keyof typeof DRAWINGS

/** A drawing beside words that say the same, so screen readers skip it. `size` is in px. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {DRAWINGS[name]}
    </svg>
  )
}

/** The product's mark: a call box in two lines. */
export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
        <path
          d="M6 3h12a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z"
          fill="var(--accent)"
        />
        <path
          d="M8.5 13.500v-3M12 15.500v-7M15.5 13.500v-3"
          stroke="var(--accent-ink)"
          stroke-width="2"
          stroke-linecap="round"
        />
      </svg>
      Callbox
    </span>
  )
}
