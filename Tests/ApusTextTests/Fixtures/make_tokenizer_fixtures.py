"""Writes tokenizers/: small tokenizers of each kind, trained here, with what the packages make of texts that are hard to cut.

    python make_tokenizer_fixtures.py

Needs tokenizers 0.23, transformers 5, sentencepiece 0.1.99 (0.2.3 for the families) and protobuf. The sentences that the tokenizers learn from are in this
file, the texts to cut are in tokenizers/texts.json.
"""

import json
import random
import shutil
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizerFast, RobertaTokenizerFast

folder = Path(__file__).parent / "tokenizers"
folder.mkdir(exist_ok=True)

SENTENCES = """
The film begins slowly, but the ending is worth the wait.
I don't think that anyone will forget this story; it's wonderful!
She walked to the station, bought two tickets and called her brother.
He'll be there at 10:30, they've said, and we're going with them.
What a waste of time and money: nobody should watch it twice.
The actors were great, the music was better, and the pictures were the best.
My favorite movie of the year 2024 costs $12.50 at www.example.com/tickets.
A naïve café owner wrote a résumé about his façade in Zürich.
Nothing happens for an hour, and then everything happens at once.
I watched it with my mother; she laughed, she cried, she slept.
They would have been happier if they had stayed at home reading a book.
The children were playing in the garden while their father was cooking.
Ελληνικά γράμματα και русские буквы живут рядом.
学习中文很有意思 日本語を勉強します 한국어를 배웁니다
مرحبا بالعالم שלום עולם
It was the best of times, it was the worst of times.
Never have I seen a better performance, truly never!
The walking, talking, singing and dancing never stopped.
Unbelievable, unforgettable, unhappily and unlikely are long words.
""".strip().split("\n")


def texts():
    """Texts that are hard to cut."""
    chance = random.Random(5)
    found = [
        "", " ", "   ", "\n", "\t\r\n ", "a", "A", ".", "The film begins.", "Hello, world!",
        "Don't you're we'll I'd I'm they've it's 'S 'RE 'll", "😀", "👩‍👩‍👧‍👦 family 🇩🇪🇫🇷 🤦🏽‍♂️ 🥰🫠🫨",
        "e\u0301 é E\u0301 É a\u0301\u0323b\u0323\u0301", "ﬁ ﬂ ﬃ ① ½ Ⅷ ㎏ ﷺ", "Ǆ ǅ ǆ İ ı ſ ß ẞ Σς σ",
        "学习中文 日本語のテスト 한국어 시험 漢字ｶﾀｶﾅ", "\uf900\ufa0e\U0002f800\U00020000", "ภาษาไทย", "العربية مُشَكَّلة لا إله",
        "עברית שָׁלוֹם", "हिन्दी क्षत्रिय தமிழ் నమస్తే", "Ελληνικά Άέήίόύώ Русский Ёё Йй",
        "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff zero\u200bwidth", "\u202eright-to-left\u202c", "\x00nul\x00",
        "\x01\x02\x1b[31mred\x7f\x80\x9f", "\u0085next\u2028line\u2029para\u00a0nbsp\u3000wide\u1680ogham",
        "\ufffd broken \ufffd\ufffd", "\ue000 private \U000f0000 \u0378 unassigned", "http://example.com/a?b=c&d=e#f u@mail.org",
        "1,234.56 $100 €5 10% 3.14e-10 0x1F", "snake_case CamelCase kebab-case a/b\\c", "``quoted'' \"x\" “z” ‘w’ «v»",
        "...!!!???---___***", "[CLS] a [SEP] b [MASK] [UNK] [PAD]", "<s> a </s> <mask> <pad> <unk>", "a<mask>b  <mask>  c",
        "[MASK]x[MASK] [mask]", "<|endoftext|>a<|endoftext|>", "▁ ▁a a▁b ▁▁▁", "Ġ Ċ Ġa", "##a ##", "é" * 100, "é" * 101,
        " leading", "trailing ", "two  spaces   three    four", "\n\nparagraph\n\n\nthree\n", "tab\tseparated\tvalues",
        "mixed \t \n spaces \r\n end", "Z̷̢̛a̴͉l̶̡g̵o̸̧", "a\u035cb\u0361c \u0f71\u0f72\u0f74", "\u1100\u1161\u11a8 가각 \u3131\uffa1\u1112",
        "H₂O x² 10⁻³ ™ © ®", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝕄𝕒𝕥𝕙", "Ⓐⓑⓒ ⑴⑵ ㈠ ㊀", "٠١٢٣ ०१२३ ０１２３ Ⅻ", "\u0600\u061c\u06dd soft\u00adhyphen", "ŉ ǰ ẖ ẗ",
        "\U0001d165\U0001d16e\U0001d15e \u302e\u302f", "\u1885\u1886 \u1734 \u1cf2 \u2e55\u061d\u0a76", "\u0345\u03b1 \u1fb3 Å Å K Ω",
        "the cat. The cat, thecat the", "walking walked walks unwalkable",
    ]
    ranges = [
        (0x20, 0x7F), (0x00, 0x20), (0x80, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE80),
        (0x1100, 0x1200), (0x1E00, 0x2070), (0x2070, 0x2C00), (0x3000, 0x3100), (0x4E00, 0x5000), (0xAC00, 0xAD00),
        (0xF900, 0x10000), (0x1F300, 0x1FA80), (0x1D400, 0x1D800), (0x10000, 0x11000),
    ]
    words = "the film was wonderful and I don't think it's bad but rather Wonderful GREAT 10/10 acting; plot: thin.".split()
    while len(found) < 240:
        text = ""
        for _ in range(chance.randrange(1, 9)):
            kind = chance.random()
            if kind < 0.5:
                text += chance.choice(words)
            elif kind < 0.8:
                first, last = chance.choice(ranges)
                text += "".join(chr(chance.randrange(first, last)) for _ in range(chance.randrange(1, 4)))
            else:
                text += chance.choice([" ", "  ", "\n", "\t", " \n", "\u00a0", "\u200b", "'s", "'", "."])
            if chance.random() < 0.5:
                text += " "
        found.append(text)
    for _ in range(12):  # UTF-8 that is broken somewhere.
        data = bytearray("naïve café — 学习 😀 test".encode())
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.randrange(256)
        found.append(bytes(data).decode("utf8", "replace"))
    return found


TEXTS = texts()
PAIRS = [("The film", "was great"), ("", "x"), ("What a waste of time and money, truly", "never"), ("a", "b " * 20)]
# Lines of up to a hundred thousand bytes: what is repeated, and how often.
LONG = [("x", 100_000), ("the film ", 3_000), ("学", 10_000), ("é", 15_000), (" ", 30_000), ("😀", 8_000), ("e\u0301", 10_000)]


def write(name, value):
    (folder / name).write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def flat(lists):
    """Lists of numbers as one text each: shorter than JSON."""
    return [" ".join(map(str, item)) for item in lists]


def expected(tokenizer):
    ids = [tokenizer.encode(text).ids for text in TEXTS]
    pairs = [tokenizer.encode(*pair) for pair in PAIRS]
    long = [tokenizer.encode(text * count).ids for text, count in LONG]
    return {
        "ids": flat(ids),
        "decoded": [tokenizer.decode(item) for item in ids],
        "pairIDs": flat(pair.ids for pair in pairs),
        "pairTypes": flat(pair.type_ids for pair in pairs),
        "longCounts": [len(item) for item in long],
        "longSums": [sum(item) for item in long],
    }


def store(name, tokenizer):
    data = json.loads(tokenizer.to_str())
    (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")
    write(f"{name}.expected.json", expected(Tokenizer.from_file(str(folder / f"{name}.json"))))


def word_piece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=420, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.decoder = decoders.WordPiece()
    store("wordpiece", tokenizer)
    # The same vocabulary as lines, for a model that tells capitals apart; shorter texts.
    place = folder / "bert"
    place.mkdir(exist_ok=True)
    lines = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    (place / "vocab.txt").write_text("\n".join(lines) + "\n")
    settings = {"do_lower_case": False, "model_max_length": 16, "tokenizer_class": "BertTokenizer"}
    (place / "tokenizer_config.json").write_text(json.dumps(settings) + "\n")
    other = BertTokenizerFast(vocab=str(place / "vocab.txt"), do_lower_case=False)
    write("bert/expected.json", expected(other.backend_tokenizer))
    tokenizer.enable_truncation(16)
    store("wordpiece_short", tokenizer)
    tokenizer.enable_truncation(9, direction="left")
    store("wordpiece_left", tokenizer)


def byte_level(name, prefix_space, special, processor):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    trainer = trainers.BpeTrainer(
        vocab_size=520, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processor
    store(name, tokenizer)
    return tokenizer


def pairs():
    byte_level("gpt2", False, ["<|endoftext|>"], processors.ByteLevel(trim_offsets=False))
    mask = AddedToken("<mask>", lstrip=True, special=True, normalized=False)
    tokenizer = byte_level(
        "roberta", True, ["<s>", "<pad>", "</s>", "<unk>", mask], processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    )
    place = folder / "roberta"
    place.mkdir(exist_ok=True)
    tokenizer.model.save(str(place))
    other = RobertaTokenizerFast(vocab=str(place / "vocab.json"), merges=str(place / "merges.txt"))
    write("roberta/expected.json", expected(other.backend_tokenizer))

    # Pieces of other steps: an expression, numbers by digit, words with an end, unknown characters.
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Prepend("_"), normalizers.Strip(left=False)])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Punctuation(behavior="contiguous"),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["[UNK]"], limit_alphabet=60, end_of_word_suffix="</w>", show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.decoder = decoders.BPEDecoder()
    store("words", tokenizer)

    expression = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(expression), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    store("expression", tokenizer)


# What the character table of the unigram models replaces: a part of NFKC with some of SentencePiece's own.
REPLACED = {
    "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u2028": " ", "\u200b": " ", "\x01": "", "\x02": "", "\u200d": "",
    "ﬁ": "fi", "ﬂ": "fl", "①": "1", "½": "1⁄2", "Ⅷ": "VIII", "™": "TM", "²": "2", "e\u0301": "é", "E\u0301": "É", "\u212b": "\u00c5",
    "ｶ": "カ", "ﾀ": "タ", "ﾅ": "ナ", "\u1100\u1161\u11a8": "각", "０": "0", "１": "1", "…": "...", "“": "\"", "”": "\"",
}


def trained(kind, work, **settings):
    rules = work / "rules.tsv"
    rules.write_text(
        "".join(
            " ".join(f"{ord(c):X}" for c in old) + "\t" + " ".join(f"{ord(c):X}" for c in new) + "\n"
            for old, new in REPLACED.items()
        )
    )
    (work / "sentences.txt").write_text("\n".join(SENTENCES) + "\n")
    sentencepiece.SentencePieceTrainer.Train(
        input=str(work / "sentences.txt"), model_prefix=str(work / kind), model_type=kind, hard_vocab_limit=False,
        normalization_rule_tsv=str(rules), minloglevel=2, **settings,
    )
    return work / f"{kind}.model"


def pieces():
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        special = {
            "pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]",
            "unk_piece": "[UNK]",
        }
        path = trained("unigram", work, vocab_size=320, **special)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(path.read_bytes())
        proto.trainer_spec.ClearField("input")
        proto.trainer_spec.ClearField("model_prefix")
        place = folder / "deberta"
        place.mkdir(exist_ok=True)
        (place / "spm.model").write_bytes(proto.SerializeToString())
        (place / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "vocab_type": "spm"}) + "\n")
        entries = [(piece.piece, round(piece.score, 4)) for piece in proto.pieces]
        table = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
        spaces = normalizers.Replace(Regex(" {2,}"), " ")

        tokenizer = Tokenizer(models.Unigram(entries, unk_id=3, byte_fallback=False))
        tokenizer.add_tokens([AddedToken(p.piece, normalized=False, special=True) for p in proto.pieces if p.type == 3])
        tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), table, spaces])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace("▁", prepend_scheme="always")])
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
            special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
        )
        tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
        tokenizer.add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False)])
        store("unigram", tokenizer)
        # What SentencePiece itself makes of texts without special tokens.
        processor = sentencepiece.SentencePieceProcessor(model_file=str(place / "spm.model"))
        write("deberta/expected.json", {"ids": flat([1] + processor.encode(text) + [2] for text in TEXTS)})

        tokenizer = Tokenizer(models.Unigram(entries, unk_id=3, byte_fallback=False))
        tokenizer.normalizer = normalizers.Sequence(
            [
                normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
                normalizers.Lowercase(), table, spaces,
            ]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
        tokenizer.add_tokens(
            [
                AddedToken("film", single_word=True), AddedToken("wonderful", normalized=True, rstrip=True),
                AddedToken("acting", normalized=False, lstrip=True),
            ]
        )
        tokenizer.decoder = decoders.Metaspace("▁")
        store("albert", tokenizer)

        tokenizer = Tokenizer(models.Unigram(entries, unk_id=3, byte_fallback=False))
        tokenizer.normalizer = normalizers.Sequence(
            [
                normalizers.Lowercase(), normalizers.Replace(Regex(r"\s{2,}|[\n\r\t]"), " "), normalizers.NFC(),
                normalizers.Strip(left=False, right=True),
            ]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Punctuation(behavior="isolated"), pre_tokenizers.Metaspace("▁", prepend_scheme="always")]
        )
        store("deberta_v5", tokenizer)

        tokenizer = Tokenizer(models.Unigram(entries, unk_id=3, byte_fallback=False))
        tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace("▁", prepend_scheme="always")]
        )
        store("xlmr", tokenizer)


def model_file(place, name, path, config):
    """Keeps a trained model without what it says of this machine; its processor."""
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    proto.trainer_spec.ClearField("input")
    proto.trainer_spec.ClearField("model_prefix")
    place.mkdir(exist_ok=True)
    (place / name).write_bytes(proto.SerializeToString())
    (place / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
    return sentencepiece.SentencePieceProcessor(model_file=str(place / name))


def families():
    """The model files of ALBERT and XLM-R, with what SentencePiece makes of the texts that each family prepares for it."""
    with tempfile.TemporaryDirectory() as name:
        path = trained(
            "unigram", Path(name), vocab_size=300, pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, pad_piece="<pad>", unk_piece="<unk>",
            control_symbols="[CLS],[SEP],[MASK]",
        )
        processor = model_file(folder / "albert_model", "spiece.model", path, {"tokenizer_class": "AlbertTokenizer"})

        def prepared(text):
            text = text.replace("``", '"').replace("''", '"')
            return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()

        def numbers(text):
            return [processor.piece_to_id("[CLS]")] + processor.encode(prepared(text)) + [processor.piece_to_id("[SEP]")]

        write("albert_model/expected.json", {"ids": flat(numbers(text) for text in TEXTS)})
    with tempfile.TemporaryDirectory() as name:
        path = trained("unigram", Path(name), vocab_size=300)
        processor = model_file(
            folder / "xlmr_model", "sentencepiece.bpe.model", path, {"tokenizer_class": "XLMRobertaTokenizer"}
        )
        # fairseq's numbers: <s>, <pad>, </s>, <unk>, then SentencePiece's pieces from its third on.
        fairseq = [0] * processor.get_piece_size()
        for number in range(processor.get_piece_size()):
            fairseq[number] = {0: 3, 1: 0, 2: 2}.get(number, number + 1)
        write(
            "xlmr_model/expected.json",
            {"ids": flat([0] + [fairseq[i] for i in processor.encode(text)] + [2] for text in TEXTS)},
        )


def fastai_pieces():
    """SentencePiece as fastai trains it, of both kinds."""
    special = "xxunk xxpad xxbos xxeos xxfld xxrep xxwrep xxup xxmaj".split()
    words = len({word for line in SENTENCES for word in line.split()})
    # fastai's rule, which these few sentences are too short for.
    answers = {"sentences": SENTENCES, "ruledSize": max(-(-(words // 4) // 8) * 8, 29)}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "texts.txt").write_text("\n".join(SENTENCES) + "\n")
        for kind in ["unigram", "bpe"]:
            symbols = ",".join("\u2581" + token for token in special)
            sentencepiece.SentencePieceTrainer.Train(
                f"--input={work}/texts.txt --vocab_size=200 --model_prefix={work}/spm --character_coverage=0.99999 "
                f"--model_type={kind} --unk_id={len(special)} --pad_id=-1 --bos_id=-1 --eos_id=-1 --minloglevel=2 "
                f"--user_defined_symbols={symbols} --hard_vocab_limit=false"
            )
            processor = sentencepiece.SentencePieceProcessor(model_file=str(work / "spm.model"))
            # Versions of the library differ in what they make of U+061C.
            texts = [text for text in TEXTS[:120] if "\u061c" not in text] + ["xxbos xxmaj the film xxrep 3 x", "xxunk xxpad"]
            answers[kind] = {
                "vocabulary": [processor.id_to_piece(i) for i in range(processor.get_piece_size())],
                "pieces": [processor.encode_as_pieces(text) for text in texts],
                "decoded": [processor.decode_pieces(processor.encode_as_pieces(text)) for text in texts],
            }
            answers["texts"] = texts
    write("sentencepiece.expected.json", answers)


word_piece()
pairs()
pieces()
families()
fastai_pieces()
write("texts.json", {"texts": TEXTS, "pairs": PAIRS, "long": [{"text": text, "count": count} for text, count in LONG]})
