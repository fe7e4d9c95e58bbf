// The number of threads that operators use: each thread's own.
import Foundation
import Synchronization
import Testing
import Torch

private final class Found: Sendable {
    let value = Mutex(0)
}

@Suite("Threads of operators") struct ThreadCountTests {
    // Loader threads set theirs to 1, and the thread that started them sets its own again: what loads data with
    // operators that add up in parts, such as a Fourier transform, depended on who was first.
    @Test("a thread keeps its own number of threads, whatever another one sets after it")
    func ownCount() {
        let count = Machine.threadCount
        defer { Machine.threadCount = count }
        Machine.threadCount = 2
        let (isSet, isChanged, isDone) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        let found = Found()
        Thread {
            Machine.threadCount = 1
            isSet.signal()
            isChanged.wait()
            found.value.withLock { $0 = Machine.threadCount }
            isDone.signal()
        }.start()
        isSet.wait()
        Machine.threadCount = 2
        isChanged.signal()
        isDone.wait()
        #expect(found.value.withLock { $0 } == 1)
        #expect(Machine.threadCount == 2)
    }

    // LibTorch's own parallel_for is a loop in code that is not compiled for OpenMP: kernels of ours ran on one thread.
    @Test("kernels of ours run on as many threads as operators may", arguments: [1, 2, 3])
    func ownKernels(threads: Int) {
        let count = Machine.threadCount
        defer { Machine.threadCount = count }
        Machine.threadCount = threads
        #expect(Machine.threads(ofTasks: 100) == threads)
        #expect(Machine.threads(ofTasks: 1) == 1)
        #expect(Machine.threads(ofTasks: 0) == 0)
    }
}
