// Ticks against lists worked out by hand.

import Testing

@testable import ApusPlot

@Suite("Ticks")
struct TicksTests {
    private func linear(_ low: Double, _ high: Double, _ most: Int, whole: Bool = false) -> [String] {
        Ticks.linear(low, high, most: most, whole: whole).map(\.label)
    }

    private func log(_ low: Double, _ high: Double, _ most: Int) -> [String] {
        Ticks.log(low, high, most: most).map(\.label)
    }

    @Test("are multiples of 1, 2 or 5 times a power of ten")
    func nice() {
        #expect(linear(0, 10, 6) == ["0", "2", "4", "6", "8", "10"])
        #expect(linear(0.13, 0.87, 5) == ["0.2", "0.4", "0.6", "0.8"])
        #expect(
            linear(-1.2, 3.4, 10) == ["\u{2212}1.0", "\u{2212}0.5", "0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"])
        #expect(linear(98, 1630, 5) == ["500", "1000", "1500"])
        #expect(linear(0, 0.001, 6) == ["0.0000", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"])
    }

    @Test("have values that match their labels")
    func values() {
        #expect(Ticks.linear(0, 10, most: 6).map(\.value) == [0, 2, 4, 6, 8, 10])
        #expect(Ticks.log(1e-3, 1, most: 9).map(\.value) == [0.001, 0.01, 0.1, 1])
    }

    @Test("of epochs and counts are whole numbers")
    func whole() {
        #expect(linear(-0.15, 3.15, 10, whole: true) == ["0", "1", "2", "3"])
        #expect(linear(2.7, 3.3, 10, whole: true) == ["3"])
        #expect(linear(0, 1200, 5, whole: true) == ["0", "500", "1000"])
    }

    @Test("of very large and very small numbers are short")
    func scientific() {
        #expect(linear(0, 3e9, 4) == ["0", "1e9", "2e9", "3e9"])
        #expect(linear(1e-9, 3e-9, 5) == ["1.0e-9", "1.5e-9", "2.0e-9", "2.5e-9", "3.0e-9"])
    }

    @Test("of a logarithmic axis are powers of ten, fewer where there is less room")
    func logarithmic() {
        #expect(log(1e-7, 1, 10) == ["1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0"])
        #expect(log(0.5, 1200, 10) == ["1", "10", "100", "1000"])
        #expect(log(1e-8, 1, 3).count <= 3)
        #expect(log(1, 30, 9) == ["1", "2", "5", "10", "20"])
        #expect(log(0.02, 0.6, 9) == ["0.02", "0.05", "0.1", "0.2", "0.5"])
    }

    @Test("are none where there is no range")
    func none() {
        #expect(linear(3, 3, 5).isEmpty)
        #expect(linear(0, 1, 0).isEmpty)
        #expect(log(0, 1, 5).isEmpty)
    }

    @Test("never more than asked for, for ranges of every magnitude", arguments: [1, 2, 3, 5, 8, 12])
    func most(count: Int) {
        for exponent in stride(from: -290.0, through: 290, by: 7.3) {
            let high = pow10(exponent)
            #expect(linear(-0.3 * high, high, count).count <= count)
            #expect(linear(0.77 * high, high, count).count <= count)
        }
    }

    private func pow10(_ exponent: Double) -> Double { 10.0.power(exponent) }

    @Test("divide an axis as the scale says")
    func mapping() {
        let linear = AxisMapping(scale: .linear, low: 2, high: 6, start: 100, end: 300)
        #expect(linear.position(2) == 100)
        #expect(linear.position(3) == 150)
        #expect(linear.position(6) == 300)
        let log = AxisMapping(scale: .log, low: 0.01, high: 100, start: 400, end: 0)
        // 1 is the geometric mean of 0.01 and 100.
        #expect(abs(log.position(1) - 200) < 1e-9)
        #expect(abs(log.position(0.1) - 300) < 1e-9)
    }

    @Test("numbers at bars show as few digits as tell them apart")
    func short() {
        #expect(Ticks.short([0.1, 0.25, 0.05]) == ["0.10", "0.25", "0.05"])
        #expect(Ticks.short([3, 41, 128]) == ["3", "41", "128"])
        #expect(Ticks.short([-2, .nan, .infinity]) == ["\u{2212}2", "NaN", "∞"])
        #expect(Ticks.short([1.5e9]) == ["1.50e9"])
    }
}
