// The data sets of the courses, by name: fastai's list of public addresses.
import Foundation

/// The data sets of the courses at their public addresses.
///
/// ```swift
/// let path = try await Datasets.pets.fetch()
/// let pictures = try imageFiles(in: path.appending(path: "images"))
/// ```
/// Names, addresses, sizes and sums are those that fastai publishes.
public enum Datasets {
    /// Where data sets are kept: `data` in the per-user folder, which is `$APUS_HOME`, or `~/.apus`.
    public static var folder: URL { perUserFolder().appending(path: "data", directoryHint: .isDirectory) }

    /// A data set in the bucket of fastai's.
    private static func fastai(_ path: String, _ size: Int64? = nil, _ startMD5: String? = nil) -> PublishedDataset {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return PublishedDataset(
            name, address: URL(string: "https://s3.amazonaws.com/fast-ai-\(path).tgz")!, size: size, startMD5: startMD5)
    }

    // MARK: Pictures of one class

    /// Handwritten digits, 28 x 28 pixels: `training` and `testing`, a folder for each digit.
    public static let mnist = fastai("imageclas/mnist_png", 15_683_414, "03639f83c4e3d19e0a3a53a8a997c487")

    /// Threes and sevens of MNIST: `train` and `valid`, and `labels.csv`.
    public static let mnistSample = fastai("sample/mnist_sample", 3_214_948, "2dbc7ec6f9259b583af0072c55816a88")

    /// Some 1400 threes and sevens of MNIST.
    public static let mnistTiny = fastai("sample/mnist_tiny", 342_207, "56143e8f24db90d925d82a5a74141875")

    /// Threes and sevens of MNIST in pictures of different sizes.
    public static let mnistVariedSizeTiny = fastai(
        "imageclas/mnist_var_size_tiny", 565_372, "b71a930f4eb744a4a143a6c7ff7ed67f")

    /// CIFAR-10: 60 000 pictures of 32 x 32 pixels in 10 classes.
    public static let cifar10 = fastai("sample/cifar10", 168_168_549, "a5f8c31371b63a406b23368042812d3c")

    /// CIFAR-100: 60 000 pictures of 32 x 32 pixels in 100 classes.
    public static let cifar100 = fastai("imageclas/cifar100", 169_168_619, "e5e65dcb54b9d3913f7b8a9ad6607e62")

    /// Ten classes of ImageNet that are easily told apart, in full size.
    public static let imagenette = fastai("imageclas/imagenette2", 1_557_161_267, "2c774ecb40005b35d7937d50f5d42336")

    /// ``imagenette`` with a shorter side of 160 pixels.
    public static let imagenette160 = fastai(
        "imageclas/imagenette2-160", 99_003_388, "c475f8f7617a200ba35b9facc48443c3")

    /// ``imagenette`` with a shorter side of 320 pixels.
    public static let imagenette320 = fastai(
        "imageclas/imagenette2-320", 341_663_724, "1f1f74f133caff120e575856659b87a2")

    /// Ten breeds of dogs from ImageNet, in full size.
    public static let imagewoof = fastai("imageclas/imagewoof2", 1_343_715_595, "2cc1c1e36e20cb6fd24ffb978edcb487")

    /// ``imagewoof`` with a shorter side of 160 pixels.
    public static let imagewoof160 = fastai("imageclas/imagewoof2-160", 92_612_825, "3559b194123981a540b87132dbda412f")

    /// ``imagewoof`` with a shorter side of 320 pixels.
    public static let imagewoof320 = fastai("imageclas/imagewoof2-320", 328_387_740, "7a1fd92672a559a85de76e4810a20c21")

    /// Imagenette and Imagewoof with few labels, in full size.
    public static let imagewang = fastai("imageclas/imagewang", 2_900_347_689, "2b7776bac0fc95db72ac8a3b091a3e30")

    /// ``imagewang`` with a shorter side of 160 pixels.
    public static let imagewang160 = fastai("imageclas/imagewang-160", 191_498_213, "dab9b1d97b95574ac64122a19bc74ca1")

    /// ``imagewang`` with a shorter side of 320 pixels.
    public static let imagewang320 = fastai("imageclas/imagewang-320", 669_826_647, "fff8ac034d60e14fcf7789845e625263")

    /// Dogs and cats: `train` and `valid`, a folder for each.
    public static let dogsAndCats = fastai("sample/dogscats", 839_285_364, "3e483c8d6ef2175e9d395a6027eb92b7")

    /// The Oxford-IIIT pets: 37 breeds, with outlines.
    public static let pets = fastai("imageclas/oxford-iiit-pet", 811_706_944, "e4db5c768afd933bb91f5f594d7417a4")

    /// Caltech 101: pictures of 101 kinds of things.
    public static let caltech101 = fastai("imageclas/caltech_101", 131_740_031, "d673425306e98ee4619fcdeef8a0e876")

    /// The Stanford cars: 196 models.
    public static let cars = fastai("imageclas/stanford-cars", 1_957_803_273, "9045d6673c9ced0889f41816f6bf2f9f")

    /// The Caltech-UCSD birds: 200 species, with boxes and parts.
    public static let birds = fastai("imageclas/CUB_200_2011", 1_150_585_339, "d2acaa99439dff0483c7bbac1bfe2a92")

    /// The Oxford flowers: 102 species.
    public static let flowers = fastai("imageclas/oxford-102-flowers", 345_236_087, "5666e01c1311b4c67fcf20d2b3850a88")

    /// Food 101: 101 000 pictures of dishes.
    public static let food101 = fastai("imageclas/food-101", 5_686_607_260, "1a540ebf1fb40b2bf3f2294234ba7907")

    /// A fifth of the bedrooms of LSUN.
    public static let bedrooms = fastai("imageclas/bedroom", 4_579_163_978, "35d84f38f8a15fe47e66e460c8800d68")

    // MARK: Pictures of several labels, points, boxes and masks

    /// A thousand satellite pictures of the Amazon with several labels each.
    public static let planetSample = fastai("sample/planet_sample", 15_523_994, "8bfb174b3162f07fbde09b54555bdb00")

    /// A few satellite pictures of the Amazon.
    public static let planetTiny = fastai("sample/planet_tiny", 997_569, "490873c5683454d4b2611fb1f00a68a9")

    /// Frames of heads with the place of their center: the BIWI head poses.
    public static let biwiHeadPose = fastai(
        "imagelocal/biwi_head_pose", 452_316_199, "00f4ccf66e8cba184bc292fdc08fb237")

    /// Some frames of BIWI, with `centers.pkl`.
    public static let biwiSample = fastai("sample/biwi_sample", 593_774, "9179f4c1435f4b291f0d5b072d60c2c9")

    /// A sample of COCO: pictures with boxes and labels.
    public static let cocoSample = fastai("coco/coco_sample", 3_245_877_008, "006cd55d633d94b36ecaf661467830ec")

    /// A few pictures of COCO, with `train.json` and `valid.json`.
    public static let cocoTiny = fastai("coco/coco_tiny", 801_038, "367467451ac4fba79a647753c2c66d3a")

    /// PASCAL VOC 2007: boxes of 20 kinds of things.
    public static let pascal2007 = fastai("imagelocal/pascal_2007", 1_637_796_771, "433b4706eb7c42bd74e7f784e3fdf244")

    /// PASCAL VOC 2012: boxes of 20 kinds of things.
    public static let pascal2012 = fastai("imagelocal/pascal_2012", 2_618_908_000, "d90e29e54a4c76c0c6fba8355dcbaca5")

    /// CamVid: street scenes with a mask of 32 classes each.
    public static let camvid = fastai("imagelocal/camvid", 598_913_237, "648371e4f3a833682afb39b08a3ce2aa")

    /// A hundred street scenes of CamVid, made smaller.
    public static let camvidTiny = fastai("sample/camvid_tiny", 2_314_212, "2cf6daf91b7a2083ecfa3e9968e9d915")

    // MARK: Texts

    /// 50 000 film reviews with their judgment, and 50 000 without.
    public static let imdb = fastai("nlp/imdb", 144_440_600, "90f9b1c4ff43a90d67553c9240dc0249")

    /// A thousand film reviews in `texts.csv`.
    public static let imdbSample = fastai("sample/imdb_sample", 571_827, "0842e61a9867caa2e6fbdb14fa703d61")

    /// The numbers from 1 to 9999 in English words.
    public static let humanNumbers = fastai("sample/human_numbers", 30_252, "8a19c3bfa2bcb08cd787e741261f3ea2")

    /// WikiText-103: good articles of Wikipedia, 103 million words.
    public static let wikitext103 = fastai("nlp/wikitext-103", 190_200_704, "2dd8cf8693b3d27e9c8f0a7df054b2c7")

    /// WikiText-2: two million words of ``wikitext103``.
    public static let wikitext2 = fastai("nlp/wikitext-2", 4_070_055, "2a82d47a7b85c8b6a8e068dc4c1d37e7")

    /// News in four classes.
    public static let agNews = fastai("nlp/ag_news_csv", 11_784_419, "b86f328f4dbd072486591cb7a5644dcd")

    /// Amazon reviews of one to five stars.
    public static let amazonReviews = fastai(
        "nlp/amazon_review_full_csv", 71_606_272, "4a1196cf0adaea22f4bc3f592cddde90")

    /// Amazon reviews, good or bad.
    public static let amazonPolarity = fastai(
        "nlp/amazon_review_polarity_csv", 688_339_454, "676f7e5208ec343c8274b4bb085bc938")

    /// Abstracts of DBpedia in 14 classes.
    public static let dbpedia = fastai("nlp/dbpedia_csv", 68_341_743, "239c7837b9e79db34486f3de6a00e38e")

    /// Sentences in English and French.
    public static let englishFrench = fastai("nlp/giga-fren", 2_598_183_296, "69573f58e2c850b90f2f954077041d8c")

    /// Chinese news in five classes.
    public static let sogouNews = fastai("nlp/sogou_news_csv", 384_269_937, "950f1366d33be52f5b944f8a8b680902")

    /// Questions and answers in ten classes.
    public static let yahooAnswers = fastai("nlp/yahoo_answers_csv", 319_476_345, "0632a0d236ef3a529c0fa4429b339f68")

    /// Yelp reviews of one to five stars.
    public static let yelpReviews = fastai("nlp/yelp_review_full_csv", 196_146_755, "1efd84215ea3e30d90e4c33764b889db")

    /// Yelp reviews, good or bad.
    public static let yelpPolarity = fastai(
        "nlp/yelp_review_polarity_csv", 166_373_201, "48c8451c1ad30472334d856b5d294807")

    // MARK: Tables

    /// Who earns more than 50 000 dollars? The census of 1994, in `adult.csv`.
    public static let adult = fastai("sample/adult_sample", 968_212, "64eb9d7e23732de0b138f7372d15492f")

    /// Six thousand ratings of films, in `ratings.csv`.
    public static let movieLensSample = fastai("sample/movie_lens_sample", 51_790, "10961384dfe7c5181460390a460c1f77")

    /// MovieLens 100k: ratings of films, in `u.data`.
    public static let movieLens100k = PublishedDataset(
        "ml-100k", address: URL(string: "https://files.grouplens.org/datasets/movielens/ml-100k.zip")!)

    /// All of them, in the order above.
    public static let all: [PublishedDataset] = [
        mnist, mnistSample, mnistTiny, mnistVariedSizeTiny, cifar10, cifar100, imagenette, imagenette160, imagenette320,
        imagewoof, imagewoof160, imagewoof320, imagewang, imagewang160, imagewang320, dogsAndCats, pets, caltech101,
        cars, birds, flowers, food101, bedrooms, planetSample, planetTiny, biwiHeadPose, biwiSample, cocoSample,
        cocoTiny, pascal2007, pascal2012, camvid, camvidTiny, imdb, imdbSample, humanNumbers, wikitext103, wikitext2,
        agNews, amazonReviews, amazonPolarity, dbpedia, englishFrench, sogouNews, yahooAnswers, yelpReviews,
        yelpPolarity, adult, movieLensSample, movieLens100k,
    ]
}
