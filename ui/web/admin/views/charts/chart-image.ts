import type { ChartPlan } from '../../state/chart-plans.ts'
import { colorOf } from './chart-color.ts'

const PADDING = 16
const TITLE_HEIGHT = 46
const LEGEND_HEIGHT = 30

/** A picture of a chart with its title and legend, in the colours of the page. */
export async function chartImage(card: HTMLElement, plan: ChartPlan): Promise<Blob> {
  const drawing = card.querySelector('canvas')
  if (drawing === null) throw new Error('the chart has no drawing')
  const scale = devicePixelRatio
  const width = drawing.width / scale
  const height = drawing.height / scale
  const picture = document.createElement('canvas')
  picture.width = (width + 2 * PADDING) * scale
  picture.height = (height + TITLE_HEIGHT + LEGEND_HEIGHT + 2 * PADDING) * scale
  const pen = picture.getContext('2d')
  if (pen === null) throw new Error('the browser has no canvas')
  pen.scale(scale, scale)
  pen.fillStyle = colorOf(card, '--surface')
  pen.fillRect(0, 0, picture.width, picture.height)
  pen.textBaseline = 'top'
  writeTitle(pen, card, plan)
  pen.drawImage(drawing, PADDING, PADDING + TITLE_HEIGHT, width, height)
  writeLegend(pen, card, plan, PADDING + TITLE_HEIGHT + height + LEGEND_HEIGHT / 2)
  return new Promise((resolve, reject) => {
    picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture came out'))))
  })
}

type Pen = CanvasRenderingContext2D

function writeTitle(pen: Pen, card: HTMLElement, plan: ChartPlan): void {
  pen.fillStyle = colorOf(card, '--text')
  pen.font = '600 15px system-ui, sans-serif'
  pen.fillText(plan.title, PADDING, PADDING)
  pen.fillStyle = colorOf(card, '--text-soft')
  pen.font = '12px system-ui, sans-serif'
  const summary = card.querySelector('.chart-summary')?.textContent ?? ''
  pen.fillText(summary, PADDING, PADDING + 22)
}

function writeLegend(pen: Pen, card: HTMLElement, plan: ChartPlan, y: number): void {
  pen.textBaseline = 'middle'
  pen.lineWidth = 2
  let x = PADDING
  for (const { label, color, dash } of plan.lines) {
    pen.strokeStyle = colorOf(card, color)
    pen.setLineDash([...dash])
    pen.beginPath()
    pen.moveTo(x, y)
    pen.lineTo(x + 24, y)
    pen.stroke()
    pen.fillStyle = colorOf(card, '--text')
    pen.fillText(label, x + 30, y)
    x += 30 + pen.measureText(label).width + 18
  }
}
