// The fixtures of pictures, transforms and targets are whole: a test that goes through an empty list would pass.
import Testing

@Suite("Fixtures")
struct FixtureTests {
    @Test("every fixture has all of its cases")
    func counts() {
        let augmentations = AugmentationFixtures.all
        #expect([augmentations.cases.count, augmentations.images.count] == [35, 5])
        let images = ImageFixtures.all
        #expect([images.good.count, images.resized.count] == [34, 24])
        let geometry = GeometryFixtures.all
        #expect([geometry.resize.count, geometry.random.count] == [70, 48])
        let targets = TargetFixtures.all
        #expect([targets.batch.count, targets.item.count, targets.bbPad.boxes.count] == [7, 12, 2])
    }
}
