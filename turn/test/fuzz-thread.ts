import { parentPort, workerData } from 'node:worker_threads'
import { Fuzzer } from './fuzzer.ts'

// One fuzzer of several that run at once: takes its seed and how many messages, answers its report.
const { seed, messages } = workerData as Readonly<{ seed: number; messages: number }>
const fuzzer = new Fuzzer(seed)
fuzzer.run(messages)
parentPort?.postMessage(fuzzer.report)
