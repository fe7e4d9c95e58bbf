// SentencePiece: reading a model, training one, cutting a text into pieces and putting it together again.
#include "ctext.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <exception>
#include <string>
#include <unordered_map>
#include <vector>

#include "internal.h"

struct ctext_pieces {
    sentencepiece::SentencePieceProcessor processor;
};

namespace {

// Runs a body that returns a status; an exception becomes a message as a bad status does.
template <typename Body>
bool attempt(char **failure, Body body) {
    try {
        const sentencepiece::util::Status status = body();
        if (status.ok()) return true;
        ctext_fail(failure, status.ToString().c_str());
    } catch (const std::exception &error) {
        ctext_fail(failure, error.what());
    }
    return false;
}

template <typename Value>
Value *copied(const Value *values, size_t count) {
    auto *copy = static_cast<Value *>(malloc(count ? count * sizeof(Value) : 1));
    if (!copy) throw std::bad_alloc();
    if (count) memcpy(copy, values, count * sizeof(Value));
    return copy;
}

class Sentences : public sentencepiece::SentenceIterator {
  public:
    Sentences(const char *(*next)(void *, size_t *), void *context) : next_(next), context_(context) { Next(); }
    bool done() const override { return done_; }
    void Next() override {
        size_t length = 0;
        const char *text = next_(context_, &length);
        done_ = text == nullptr;
        if (text) value_.assign(text, length);
    }
    const std::string &value() const override { return value_; }
    sentencepiece::util::Status status() const override { return {}; }

  private:
    const char *(*next_)(void *, size_t *);
    void *context_;
    std::string value_;
    bool done_ = false;
};

}  // namespace

ctext_pieces *ctext_pieces_make(const uint8_t *model, size_t length, char **failure) {
    ctext_pieces *pieces = nullptr;
    if (attempt(failure, [&] {
            pieces = new ctext_pieces;
            return pieces->processor.LoadFromSerializedProto(
                absl::string_view(reinterpret_cast<const char *>(model), length));
        })) {
        return pieces;
    }
    delete pieces;
    return nullptr;
}

void ctext_pieces_free(ctext_pieces *pieces) { delete pieces; }

int32_t ctext_pieces_count(const ctext_pieces *pieces) { return pieces->processor.GetPieceSize(); }
int32_t ctext_pieces_unknown(const ctext_pieces *pieces) { return pieces->processor.unk_id(); }
int32_t ctext_pieces_padding(const ctext_pieces *pieces) { return pieces->processor.pad_id(); }

const char *ctext_piece_text(const ctext_pieces *pieces, int32_t piece, size_t *length) {
    if (piece < 0 || piece >= pieces->processor.GetPieceSize()) return nullptr;
    const std::string &text = pieces->processor.IdToPiece(piece);
    *length = text.size();
    return text.data();
}

bool ctext_piece_is_control(const ctext_pieces *pieces, int32_t piece) {
    return piece >= 0 && piece < pieces->processor.GetPieceSize() && pieces->processor.IsControl(piece);
}

bool ctext_pieces_encode(
    const ctext_pieces *pieces, const char *text, size_t length, char **texts, size_t **ends, int32_t **numbers,
    size_t *count, char **failure) {
    return attempt(failure, [&] {
        std::vector<std::string> found;
        const auto status = pieces->processor.Encode(absl::string_view(length ? text : "", length), &found);
        if (!status.ok()) return status;
        std::string all;
        std::vector<size_t> places;
        std::vector<int32_t> ids;
        for (const auto &piece : found) {
            all += piece;
            places.push_back(all.size());
            ids.push_back(pieces->processor.PieceToId(piece));
        }
        *texts = copied(all.data(), all.size());
        *ends = copied(places.data(), places.size());
        *numbers = copied(ids.data(), ids.size());
        *count = found.size();
        return status;
    });
}

bool ctext_pieces_decode(
    const ctext_pieces *pieces, const char *texts, const size_t *ends, size_t count, char **text, size_t *length,
    char **failure) {
    return attempt(failure, [&] {
        std::vector<std::string> parts;
        size_t start = 0;
        for (size_t number = 0; number < count; number++) {
            parts.emplace_back(texts + start, ends[number] - start);
            start = ends[number];
        }
        std::string whole;
        const auto status = pieces->processor.Decode(parts, &whole);
        if (!status.ok()) return status;
        *text = copied(whole.data(), whole.size());
        *length = whole.size();
        return status;
    });
}

bool ctext_pieces_train(
    const char *const *names, const char *const *values, size_t settings,
    const char *(*sentence)(void *context, size_t *length), void *context, uint8_t **model, size_t *length,
    char **failure) {
    return attempt(failure, [&] {
        std::unordered_map<std::string, std::string> options;
        for (size_t number = 0; number < settings; number++) options[names[number]] = values[number];
        Sentences sentences(sentence, context);
        std::string trained;
        const auto status = sentencepiece::SentencePieceTrainer::Train(options, &sentences, &trained);
        if (!status.ok()) return status;
        *model = copied(reinterpret_cast<const uint8_t *>(trained.data()), trained.size());
        *length = trained.size();
        return status;
    });
}
