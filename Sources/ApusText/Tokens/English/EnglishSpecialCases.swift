// Facts about English as it is written: contractions, abbreviations, times and emoticons, with the tokens they consist of.

enum EnglishSpecialCases {
    /// The tokens of each word; a later one takes the place of an earlier.
    static let all: [[String]] = {
        let cases = general + contractions.filter { !ordinaryWords.contains($0.joined()) }
        // Each apostrophe may be a typographic one.
        return cases
            + cases.filter { $0.contains { $0.contains("'") } }
            .map { $0.map { String($0.map { $0 == "'" ? "’" : $0 }) } }
    }()

    private static func words(_ list: String) -> [String] {
        list.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// A word as it is and with a capital first letter.
    private static func bothCases(_ word: String) -> [String] {
        [word, word.prefix(1).uppercased() + word.dropFirst()]
    }

    // MARK: Any language

    private static let general: [[String]] =
        (["\\t", "\\n", "—", "'", "\\\")", "<space>", "''", "C++", "ä.", "ö.", "ü."] + emoticons).map { [$0] }
        + "abcdefghijklmnopqrstuvwxyz".map { ["\($0)."] }
        + "cfkCFK".map { ["°", "\($0)", "."] }

    private static let emoticons = words(
        #"""
        :) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :((
        :-(( :((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0
        :() >:o :* :-* :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D
        ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0
        0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) (>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>
        """#)

    // MARK: English

    /// What the rules for contractions would cut although it is a word of its own.
    private static let ordinaryWords = Set(
        words("Ill ill Its its Hell hell Shell shell Shed shed were Were Well well Whore whore"))

    private static let contractions: [[String]] =
        pronouns + questionWords + negations + dropped + times
        + others.map { $0.split(separator: " ").map(String.init) }
        + abbreviations.map { [$0] }

    /// `I 'm`, `you 'll 've`, `she 'd`, and the same without apostrophes.
    private static let pronouns: [[String]] = {
        var cases: [[String]] = []
        func add(_ pronouns: String, _ endings: [[String]]) {
            for word in words(pronouns).flatMap(bothCases) {
                for ending in endings {
                    cases.append([word] + ending)
                    cases.append([word] + ending.map { $0.replacing("'", with: "") })
                }
            }
        }
        add("i", [["'m"], ["'m", "a"]])
        add("i you he she it we they", [["'ll"], ["'ll", "'ve"], ["'d"], ["'d", "'ve"]])
        add("i you we they", [["'ve"]])
        add("you we they", [["'re"]])
        add("he she it", [["'s"]])
        return cases
    }()

    private static let questionWords: [[String]] = {
        var cases: [[String]] = []
        for word in words("who what when where why how there that this these those") {
            var endings = [["'ll"], ["'ll", "'ve"], ["'d"], ["'d", "'ve"]]
            if !["these", "those"].contains(word) { endings.append(["'s"]) }
            if !["that", "this"].contains(word) { endings += [["'re"], ["'ve"]] }
            for word in bothCases(word) {
                for ending in endings {
                    cases.append([word] + ending)
                    cases.append([word] + ending.map { $0.replacing("'", with: "") })
                }
            }
        }
        return cases
    }()

    /// `ca n't`, `do n't 've`, `should 've`.
    private static let negations: [[String]] = {
        var cases: [[String]] = []
        func add(_ verbs: String, _ endings: [[String]]) {
            for verb in words(verbs).flatMap(bothCases) { cases += endings.map { [verb] + $0 } }
        }
        let auxiliaries = "ca could do does did had may might must need ought sha should wo would"
        add(auxiliaries, [["n't"], ["nt"], ["n't", "'ve"], ["nt", "ve"]])
        add("could might must should would", [["'ve"], ["ve"]])
        add("ai are is was were have has dare", [["n't"], ["nt"]])
        return cases
    }()

    /// Words that lack a letter at one end: `goin'`, `'em`.
    private static let dropped: [[String]] =
        words("doin goin nothin nuthin ol somethin havin lovin").flatMap(bothCases).flatMap { [[$0], ["\($0)'"]] }
        + words("em ll nuff").flatMap { [[$0], ["'\($0)"]] }

    private static let times: [[String]] = (1...12).flatMap { hour in
        ["a.m.", "am", "p.m.", "pm"].map { ["\(hour)", $0] }
    }

    /// Further contractions, their tokens separated by spaces.
    private static let others = [
        "y' all", "y all", "how 'd 'y", "How 'd 'y", "not 've", "not ve", "Not 've", "Not ve", "can not", "Can not",
        "gon na", "Gon na", "got ta", "Got ta", "let 's", "Let 's", "c'm on", "C'm on",
    ]

    private static let abbreviations = words(
        """
        'S 's ‘S ‘s and/or w/o 're 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout ma'am Ma'am o'clock O'clock 'd
        Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan.
        Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa.
        S.C. Sep. Sept. Tenn. Va. Wash. Wis.
        a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. Mont.
        Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s.
        """)
}
