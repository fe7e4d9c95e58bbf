// Texts for Swift: word boundaries of ICU, pieces of SentencePiece.
#pragma once
