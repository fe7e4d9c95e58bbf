// What the options of the commands on pictures refuse, and in which words.
import ApusCore
import ApusVision
import ArgumentParser
import Foundation
import Testing

@testable import ApusCommand

@Suite("Options of the commands on pictures")
struct ImageOptionTests {
    @Test("a size is a side, or height and width")
    func sizes() throws {
        #expect(ImageSize(argument: "224") == 224)
        #expect(ImageSize(argument: "180x240") == ImageSize(height: 180, width: 240))
        for wrong in ["", "x", "0", "-3", "12x", "x12", "1x2x3", "1.5", "12 x 13"] {
            #expect(ImageSize(argument: wrong) == nil, "\(wrong)")
        }
        let command = try TrainImageCommand.parse(["folder", "--progressive", "64,90x120"])
        #expect(try command.sizes() == [64, ImageSize(height: 90, width: 120)])
    }

    @Test(
        "options that do not go together, or are no possible values, are refused with a sentence",
        arguments: [
            (["--masks", "m", "--targets", "t", "--codes", "c"], "--masks and --targets"),
            (["--label-regex", "(a)", "--labels-csv", "l"], "--label-regex and --labels-csv"),
            (["--label-delim", ";"], "--label-delim needs --labels-csv"),
            (["--codes", "c"], "--codes needs --masks"),
            (["--device", "gpu"], "--device gpu is no device; give cpu, cuda, cuda:1 or mps"),
            (["--device", "cuda:99"], "--device cuda:99 is not at hand; this machine has cpu"),
            (["--masks", "m"], "--masks needs --codes"),
            (["--target-scale", "none"], "--target-scale needs --number-column"),
            (
                ["--labels-csv", "l", "--number-column", "n", "--y-range", "0,1", "--target-scale", "none"],
                "--target-scale none does not go with --y-range"
            ),
            (["--labels-csv", "l", "--number-column", "n", "--point-columns", "x,y"], "--number-column and --point"),
            (["--labels-csv", "l", "--point-columns", "x,y,z"], "no pairs"),
            (["--labels-csv", "l", "--label-column", "a,b,c"], "not 3"),
            (["--skip-unlabeled"], "--skip-unlabeled is for the labels or numbers of --labels-csv"),
            (["--labels-csv", "l", "--label-delim", ";", "--skip-unlabeled"], "none is an answer"),
            (["--labels-csv", "l", "--label-delim", ""], "--label-delim is empty"),
            (["--labels-csv", "l", "--threshold", "0.3"], "--threshold is for --label-delim"),
            (["--labels-csv", "l", "--label-delim", ";", "--threshold", "3"], "--threshold 3.0"),
            (["--masks", "m", "--codes", "c", "--mask-values", "1,300"], "\"300\""),
            (["--valid", "v", "--valid-list", "l"], "--valid and --valid-list"),
            (["--valid-column", "v"], "--valid-column is a column"),
            (["--no-flip", "--flip-vertical"], "--flip-vertical"),
            (["--size", "0x3"], "0x3"), (["--progressive", "64,big"], "\"big\""),
            (["--y-range", "1,-1"], "--y-range 1,-1"), (["--wd", "-1"], "wd"),
            (["--targets", "t", "--tta"], "--tta averages"),
            (["--kind", "superres"], "--kind superres is for --targets"),
            (
                ["--kind", "gan", "--labels-csv", "l"],
                "--kind gan is for --targets with the pictures to be made, or for a folder"
            ),
            (["--targets", "t", "--noise", "10"], "--noise is for --kind gan"),
            (["--kind", "gan", "--size", "64", "--gan-epochs", "2"], "need --targets; from noise give --epochs"),
            (["--kind", "gan", "--targets", "t", "--gan-loss", "hinge"], "without --targets"),
            (["--kind", "gan", "--size", "64", "--noise", "0"], "--noise 0 is not possible"),
            (["--kind", "gan"], "--size is 224 x 224; give --size 64"),
            (["--kind", "gan", "--targets", "t", "--size", "32"], "needs pictures of 64 pixels or more"),
            (["--labels-csv", "l", "--number-column", "n", "--teacher", "t"], "--teacher is for"),
        ])
    func refusals(_ options: [String], _ sentence: String) {
        let said = message(TrainImageCommand.self, ["folder"] + options)
        #expect(said.contains(sentence), "\(options): \(said)")
    }

    @Test("data that is wrong is told of with file, line or column before the training")
    func wrongData() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            func said(_ labels: [String]) -> String { message(TrainImageCommand.self, made.training(labels)) }
            let masks = ["--masks", made.masks, "--codes", made.codes]
            #expect(said(masks).contains("0.png has no partner"))
            #expect(said(["--targets", made.masks]).contains("0.png has no partner"))
            let fitting = masks + ["--mask-suffix", "_M"]
            #expect(said(fitting + ["--void", "sky"]).contains("\"sky\" is not among the codes dark, light"))
            #expect(said(fitting + ["--mask-values", "0"]).contains("one byte for each"))
            #expect(said(["--masks", made.masks, "--codes", "none.txt"]).contains("none.txt"))
            #expect(said(made.listed + ["--label-column", "breed"]).contains("\"breed\"; the columns are file, kind"))
            #expect(said(made.listed + ["--number-column", "kind"]).contains("\"even\" in the column \"kind\""))
            #expect(said(["--labels-csv", made.table]).contains("Line 2 of table.csv"))
            #expect(said(["--valid", "v"]).contains("no validation folder \"v\""))
            // A class beyond the codes, a mask of another shape, a point outside: found when the picture is loaded.
            try Data("dark\n".utf8).write(to: URL(filePath: made.codes))
            #expect(said(fitting).contains("has a pixel of the value 1"))
            try Data("dark\nlight\n".utf8).write(to: URL(filePath: made.codes))
            try Mask(width: 10, height: 32, indices: Array(repeating: 0, count: 320))
                .write(to: URL(filePath: made.masks).appending(path: "2_M.png"))
            let shape = said(fitting)
            #expect(shape.contains("2.png") && shape.contains("10 x 32") && shape.contains("40 x 32"))
            try Data("file,x,y,kind\n0,3,4,a\n1,90,4,\n2,3,3,b\n".utf8).write(to: URL(filePath: made.table))
            let listed = ["--labels-csv", made.table, "--file-suffix", ".png", "--valid-fraction", "0"]
            let outside = said(listed + ["--point-columns", "x,y"])
            #expect(outside.contains("Line 3") && outside.contains("1.png: The point (90.0, 4.0) lies outside"))
            #expect(said(listed + ["--label-column", "kind"]).contains("Line 3 of the table has no label"))
            #expect(
                said(listed + ["--label-column", "kind"]).contains("leave such pictures out with --skip-unlabeled"))
            try Data("file,kind,size\n0,a,1\n1,,\n2,a,3\n".utf8).write(to: URL(filePath: made.table))
            let skipping = said(listed + ["--label-column", "kind", "--skip-unlabeled"])
            #expect(skipping.contains("All 2 pictures have the label \"a\""), "\(skipping)")
            #expect(said(listed + ["--number-column", "size"]).contains("Line 3 of the table has no label"))
            #expect(said(["--targets", made.masks, "--valid-fraction", "0"]).contains("has no partner"))
            try Data("file;kind\n0;a\n".utf8).write(to: URL(filePath: made.table))
            #expect(said(listed).contains("write it with commas"))
            try Data("file,kind,side\n0,a,b\n1,a,c\n".utf8).write(to: URL(filePath: made.table))
            #expect(said(listed).contains("All 2 pictures have the label \"a\""))
            #expect(said(listed + ["--label-column", "side,kind"]).contains("All 2 pictures have the kind \"a\""))
            #expect(said([]).contains("All 8 pictures have the label \"pictures\""))
            let tiny = made.training(listed + ["--label-column", "side"]) + ["--size", "3"]
            #expect(message(TrainImageCommand.self, tiny).contains("cannot see pictures of 3 x 3"))
            try Data("no picture".utf8).write(to: URL(filePath: made.pictures).appending(path: "1.png"))
            let broken = said(listed + ["--label-column", "side", "--unreadable", "stop"])
            #expect(broken.contains("1.png is not an image") && broken.contains("--unreadable skip"))
        }
    }

    @Test("a result that could not be written is refused before the training")
    func unwritable() throws {
        try withFolder { folder in
            let made = try SquarePictures(in: folder)
            let labels = made.listed + ["--label-column", "kind"]
            func said(_ options: [String]) -> String {
                message(TrainImageCommand.self, made.training(labels + options))
            }
            #expect(said(["--export", folder.path + "/none/m.safetensors"]).contains("there is no folder"))
            #expect(said(["--export", folder.path]).contains("is a folder"))
            #expect(said(["--results", folder.path + "/none/r.png"]).contains("there is no folder"))
            #expect(said(["--results", folder.path + "/r.gif"]).contains("does not end in .png, .svg, .pdf"))
            let find = [made.pictures] + labels + ["--plot", folder.path + "/none/p.png"]
            #expect(message(LRFindCommand.self, find).contains("there is no folder"))
        }
    }
}
