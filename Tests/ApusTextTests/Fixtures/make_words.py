"""Writes words.json, rules.json and vocabulary.json: what fastai 2.8 and spaCy 3.8 make of tricky sentences.

Run in the peer environment: python make_words.py
"""
import itertools
import json
from collections import Counter

from fastai.text.all import (SpacyTokenizer, BaseTokenizer, TokenizeWithRules, decode_spec_tokens, defaults, fix_html,
                             lowercase, make_vocab, replace_all_caps, replace_maj, replace_rep, replace_space,
                             replace_wrep, rm_useless_spaces, spec_add_spaces)

SENTENCES = [
    "", " ", "  ", "\n", " \n\n ", "word", " word ", "two  spaces   and more", "a\tb\r\nc", "tail \n",
    "I'm here, you're there; she'd've gone, they'll stay, we've won.",
    "It's its own thing. What's that? Who're they? How'd'y do, y'all?",
    "can't cannot Can't CAN'T cant won't wont shan't ain't aint didn't didnt dont Don't DON'T couldn't've",
    "I\u2019m sure it\u2019s \u201cfine\u201d, isn\u2019t it? \u2018Tis the season.",
    "let's go, Let's GO, gonna gotta Gonna wanna gimme lemme c'mon",
    "goin' doin' somethin' nothin' lovin' ol' em 'em 'cause 'bout 'til 'n' rock'n'roll",
    "ill well were shell shed hell its whore id im hes shes theyre",
    "Dr. Smith met Mr. and Mrs. Jones at St. Mary's, Mass., on Jan. 5th at 5 p.m.",
    "e.g. this, i.e. that, vs. those, etc. and so on... U.S.A. U.K. Ph.D. B.Sc. a.m. A.M. No. 5",
    "Prof. X lives in N.Y. or D.C. or L.A. and works for Acme Inc. and Co.",
    "at 10am, 11pm, 7a.m., 12p.m., 13pm, 3 pm and 4:30pm",
    "It costs $5, $5.00, 5$, US$5, 5US$, \u00a310, 10\u00a3, \u20ac3,50, 100% and 50 %",
    "5km 10kg 3m\u00b2 100km/h 20mph 5ft 6in 2lb 16GB 5MB 12V 37\u00b0C. 98\u00b0F 20\u00b0c. 3T 5t 1m/s",
    "1,000,000 3.14 .5 5. -3 +4 1+1 2-1 3*4 5^2 6/2 1=1 10-20 1990-2000 90's 1980s '80s 2nd 3rd",
    "self-indulgent pee-pee-pee well--known wait---what a----b half\u2013way full\u2014stop x\u2014\u2014y non~stop",
    "dinosaur/monster and/or w/o 1/2 a/b/c /start end/ //both// TCP/IP",
    "wait... what.. no.... \u2026 and\u2026then ...start",
    "end.Start end.start End.End ok?Yes hey!you a,b 1,b a,1 one;two key:value a=b a<b a>b x:1",
    "(parens) [brackets] {braces} <angles> ((double)) (a) b) (c \u201cd\u201d \u00abe\u00bb \u300cf\u300d",
    "\"quoted\" 'single' ''double single'' ``ticks'' `back` \"unclosed 'mixed\" ",
    "http://www.example.com https://fast.ai/path?x=1&y=2#top www.google.com google.com example.org/ me@example.com",
    "mailto:you@site.org ftp://ftp.site.org:2121/f.txt http://localhost:8080 http://192.168.0.1/ 8.8.8.8 127.0.0.1 1.2.3",
    "See http://example.com. Or (www.site.co.uk), or site.com! and site.com's page; x.y.z a.b file.txt file.TXT",
    "user:pw@host.com a@b @handle #tag #1 no@where. http:// http://x http://ab.c http://a.bc under_score.com a_b-c.net",
    ":) :-) ;) :D xD :( :'( :P =) <3 </3 :/ :| ^_^ o_O -_- >.< :) :):) hi:) :)hi (: good:-) (^_^) 8) (8) 0.0 \u0ca0_\u0ca0",
    "\u00af\\(\u30c4)/\u00af (\u256f\u00b0\u25a1\u00b0\uff09\u256f\ufe35\u253b\u2501\u253b ><(((*> hello:-)world :-)) :))) ;-)\u2026",
    "smile \U0001F600\U0001F600 ok\U0001F44Dgood \u2764\ufe0f \u00a9 2020\u00ae \u2122 \u2605\u2605\u2606",
    "caf\u00e9 na\u00efve \u00dcber Stra\u00dfe \u0130stanbul \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u041c\u043e\u0441\u043a\u0432\u0430. \u0419\u043e\u0433! e\u0301le\u0300ve",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002 \u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 \ud55c\uad6d\uc5b4 \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22",
    "\u0645\u0631\u062d\u0628\u0627\u060c \u0643\u064a\u0641 \u062d\u0627\u0644\u0643\u061f \u05e9\u05dc\u05d5\u05dd!",
    "zero\u200bwidth \u200fright\u200e nbsp\u00a0here thin\u2009space ideo\u3000space line\u2028sep",
    "nul\x00char \x1funit \x7fdel \x85nel",
    "C++ C# F# .NET Node.js AT&T R&D rock&roll Q&A B2B 4x4 3D MP3",
    "O'Brien D'Angelo o'clock ma'am y'know 'twas dogs' James's boss's \u2019s 's S's it's' 'it's",
    "xxbos xxmaj this is xxup big . xxunk xxpad xxeos xxfld 1 (xxmaj) xxup. xxrep 3 !",
    "**bold** _under_ __init__ ~tilde~ *a* _b #c# +plus+ -dash- =eq= |pipe| \\back\\ ^hat^ a*b",
    "a.m.) (p.m. Mr.) (Dr. \"Mr.\" Mr.'s St.-Denis Mt.Everest Jan.-Feb. vs.the",
    "He said:\"Hi.\" She said,'Bye!'. (Really?) [sic]. {x}. \"A.\" 'B'. C). D.) E.\"",
    "50%off 50%. 5%-10% $1-$2 $1.50/lb. 1st. 2nd, 3rd; #1. No.1 no.2",
    "A.B C.D. a.b. A.b a.B AB. Ab. aB. A. B. I. x. \u00e4. \u00d6. AA.BB",
    "1. 2) 3] (4) 5, 6; 7: 8! 9? 10...",
    "'' ' \" ` \u00b4 \u2018 \u2019 \u201c \u201d \u00ab \u00bb . , ; : ! ? - -- --- \u2013 \u2014 / \\ | & * # % + = < > ~ ^ _ @ $",
    "??!! !!! ?! ..., ,,, ;; :: -- ((( ))) ]]] '''' \"\"\"\" ---- ____ ==== ~~~~",
    "Hello,world Hello, world Hello ,world (Hello,world)! hello.World(hello)",
    "cooperation\u2014or not\u2014is\u2013fine - really -really really- re-",
    "supercalifragilisticexpialidocious" * 3, "a" * 70 + ".com", "(" * 30 + "x" + ")" * 30,
    "I LOVED it!!! SO much fun, BBC and NASA. McDonald iPhone eBay USA's A I",
    "no no no stop. very very very very good, the the end. ha ha ha, ho ho ho! bye bye",
    "sooooo goooood!!!!!! aaa bb ccc ..... -------- 1111 \U0001F600\U0001F600\U0001F600\U0001F600",
    "This<br />is<br /><br />it. A&amp;B &lt;tag&gt; &quot;q&quot; &#39;s &#x41; &eacute;t&eacute &nbsp; <unk> &notanentity; &ampx",
    "Tom &amp; Jerry @-@ based 3 @.@ 5 <unk> # 1 \\n new \\\" quote nbsp; #36;5 #146;",
    "&#0; &#x80; &#150; &#xD800; &#x110000; &#1; &#65 &#65;5 &copy2020 &frac12; &NotEqualTilde; &; & &&lt; &#; &#x;",
]
STEMS = ["it's", "Mr.", "don't", "a.m.", ":)", "U.S.", "5km", "site.com", "well", "I'm", "C++", "...", "can't", "vs."]
PREFIXES = ["(", "\"", "'", "$", "...", "#", "-", "\u201c", "(\""]
SUFFIXES = [")", "\"", "'", ".", ",", "'s", "...", "!?", "-", "%", "\u201d.", "/x", "-y", ".Z"]
SENTENCES += [" ".join(p + s for p in PREFIXES) for s in STEMS]
SENTENCES += [" ".join(s + x for x in SUFFIXES) for s in STEMS]
SENTENCES += [" ".join("(" + s + x for x in SUFFIXES) for s in STEMS[:7]]
SENTENCES += [" ".join(a + b for b in STEMS) for a in STEMS[:8]]

RULES = {"fixHTML": fix_html, "markRepeatedCharacters": replace_rep, "markRepeatedWords": replace_wrep,
         "addSpaces": spec_add_spaces, "removeUselessSpaces": rm_useless_spaces, "markCapitals": replace_all_caps,
         "markCapitalized": replace_maj, "lowercase": lowercase}
RULE_TEXTS = SENTENCES[:65] + [
    "the the the", "the the the the.", "the the", "the the the the the,", " the  the\tthe\nthe x", "a a a b b b", "no no no, no no no",
    "no no no\nno no no no", "x1 x1 x1", "a_b a_b a_b", "don't don't don't", "the thee the the the", "\u00e9t\u00e9 \u00e9t\u00e9 \u00e9t\u00e9",
    "go go go ", "go go go  ", " go go go", "(go go go)", "go go go-go", "1 1 1 1", "\u4f60 \u4f60 \u4f60",
    "ABC", "A", "AB", "ABc", "A1", "A.B.C.", "ABC DEF", " ABC", "\u00c9T\u00c9", "E\u0301", "\u0391\u03a3 \u03a3", "A\u03a3 A\u03a3B A\u03a3.",
    "Abc", "AbC", "Abc. Def", "Ab\u00c9", "X\u0130", "A\u0130x", "iPhone Apple's \"Quoted\" (Paren) Mixed-Case",
    "aaa", "aa", "aaaa bbb", "   ", "\n\n\n", "\u00e9\u00e9\u00e9", "a\u0301a\u0301a\u0301", "...", "!!!!", "aaabbbccc", "\u3000\u3000\u3000",
    "a/b", "#tag", "c:\\dir", "a  b   c", " a ", "\u00a0a\u00a0", "\x1ca\x1d",
]


def main():
    words = SpacyTokenizer()
    tokens = [list(t) for t in words(SENTENCES)]
    for sentence, pieces in zip(SENTENCES, tokens):
        assert "".join(pieces).replace(" ", "") == sentence.replace(" ", "")
    with open("words.json", "w") as file:
        json.dump([{"text": s, "tokens": t} for s, t in zip(SENTENCES, tokens)], file, ensure_ascii=True)

    ruled = TokenizeWithRules(SpacyTokenizer())
    rows = []
    for text in dict.fromkeys(RULE_TEXTS):
        all_rules = text
        for rule in defaults.text_proc_rules: all_rules = rule(all_rules)
        rows.append({"text": text, "rules": {name: rule(text) for name, rule in RULES.items()}, "all": all_rules,
                     "tokens": list(next(iter(ruled([text]))))})
    with open("rules.json", "w") as file: json.dump(rows, file, ensure_ascii=True)

    count = Counter(itertools.chain.from_iterable(row["tokens"] for row in rows))
    undone = [["xxbos", "xxmaj", "the", "xxup", "bbc", "said", "xxup", "\u00e9t\u00e9", "."], ["xxmaj", "mcDonald"], ["xxrep", "4", "!"],
              ["so", "xxwrep", "3", "very"], ["xxmaj", "xxup", "x"], ["xxrep", "many", "a", "b"]]
    spaces = ["one  two three", "", " ", " a b ", "a\nb"]
    with open("vocabulary.json", "w") as file:
        json.dump({
            "special": defaults.text_spec_tok, "counts": [[k, v] for k, v in count.items()],
            "vocabulary": make_vocab(count), "small": make_vocab(count, min_freq=2, max_vocab=20),
            "rare": make_vocab(count, min_freq=1),
            "undone": [{"tokens": t, "words": decode_spec_tokens(t)} for t in undone],
            "spaces": [{"text": t, "tokens": list(next(iter(BaseTokenizer()([t]))))} for t in spaces],
        }, file, ensure_ascii=True)


if __name__ == "__main__": main()
