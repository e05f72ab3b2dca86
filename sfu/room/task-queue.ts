/** Runs tasks one after another, in the order they came. A failed task does not stop the next. */
export class TaskQueue {
  #tail: Promise<unknown> = Promise.resolve()
  #length = 0

  /** Tasks waiting or running. */
  get length(): number {
    return this.#length
  }

  /** Appends a task; settles as the task does. */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    this.#length += 1
    const result = this.#tail.then(task)
    const done = () => {
      this.#length -= 1
    }
    this.#tail = result.then(done, done)
    return result
  }
}
