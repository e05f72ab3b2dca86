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
  dashboard: (
    <>
      <rect x="3.5" y="3.5" width="7" height="9" rx="1.5" />
      <rect x="13.5" y="3.5" width="7" height="5" rx="1.5" />
      <rect x="3.5" y="15.5" width="7" height="5" rx="1.5" />
      <rect x="13.5" y="11.5" width="7" height="9" rx="1.5" />
    </>
  ),
  phone: (
    <path d="M6.5 3.5h3l1.5 4-2 1.5a12 12 0 0 0 6 6l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z" />
  ),
  bell: (
    <>
      <path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z" />
      <path d="M10 20.5a2.2 2.2 0 0 0 4 0" />
    </>
  ),
  relay: (
    <>
      <path d="M3.5 8.5h13M13.5 5l3.5 3.5-3.5 3.5M20.5 15.5h-13M10.5 12 7 15.5l3.5 3.5" />
    </>
  ),
  plug: (
    <>
      <path d="M8.5 3v4.5M15.5 3v4.5M6 7.5h12V11a6 6 0 0 1-12 0zM12 17v4" />
    </>
  ),
  shield: (
    <>
      <path d="M12 3.5 5 6v5.5c0 4.3 2.8 7.4 7 9 4.2-1.6 7-4.7 7-9V6z" />
      <path d="m9 12 2.2 2.2L15.2 10" />
    </>
  ),
  chip: (
    <>
      <rect x="6.5" y="6.5" width="11" height="11" rx="1.5" />
      <path d="M9.5 3v3.5M14.5 3v3.5M9.5 17.5V21M14.5 17.5V21M3 9.5h3.5M3 14.5h3.5M17.5 9.5H21M17.5 14.5H21" />
    </>
  ),
  menu: <path d="M4 6.5h16M4 12h16M4 17.5h16" />,
  keyboard: (
    <>
      <rect x="2.5" y="6" width="19" height="12.5" rx="2" />
      <path d="M6.5 10h.1M10 10h.1M14 10h.1M17.5 10h.1M8 14.5h8" />
    </>
  ),
  download: <path d="M12 4v11M7.5 11 12 15.5 16.5 11M4.5 19.5h15" />,
  printer: (
    <>
      <path d="M7 8.5V3.5h10v5M7 17.5H4v-7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v7h-3" />
      <rect x="7" y="14" width="10" height="6.5" />
    </>
  ),
  zoomIn: (
    <>
      <circle cx="10.5" cy="10.5" r="6.5" />
      <path d="m15.5 15.5 5 5M10.5 7.8v5.4M7.8 10.5h5.4" />
    </>
  ),
  zoomOut: (
    <>
      <circle cx="10.5" cy="10.5" r="6.5" />
      <path d="m15.5 15.5 5 5M7.8 10.5h5.4" />
    </>
  ),
  earlier: <path d="M14.5 5 7.5 12l7 7" />,
  later: <path d="m9.5 5 7 7-7 7" />,
  undo: <path d="M8.5 5 4 9.5 8.5 14M4.5 9.5H14a5.5 5.5 0 0 1 0 11h-3" />,
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
