// The text of a CSV file on its way to Arrow's reader: unpacked, in UTF-8, without leading spaces.
#include "csv_input.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/io/transform.h>
#include <arrow/util/compression.h>

#include <cerrno>
#include <mutex>
#include <optional>

#include <iconv.h>

namespace {

using BufferResult = arrow::Result<std::shared_ptr<arrow::Buffer>>;

// Reads a file into memory that is used again as soon as a part of the text is done with: the kernel clears fresh pages at
// a greater cost than reading takes.
class RecyclingFile : public arrow::io::InputStream {
  public:
    explicit RecyclingFile(std::shared_ptr<arrow::io::ReadableFile> file) : file_(std::move(file)) {}

    arrow::Status Close() override { return file_->Close(); }
    bool closed() const override { return file_->closed(); }
    arrow::Result<int64_t> Tell() const override { return file_->Tell(); }
    arrow::Result<int64_t> Read(int64_t count, void *out) override { return file_->Read(count, out); }

    BufferResult Read(int64_t count) override {
        auto memory = shelf_->take(count);
        ARROW_ASSIGN_OR_RAISE(int64_t read, file_->Read(count, memory.get()));
        return std::make_shared<Part>(shelf_, std::move(memory), read);
    }

  private:
    // Memory that waits for its next use; parts may outlive the stream.
    class Shelf {
      public:
        std::unique_ptr<uint8_t[]> take(int64_t size) {
            std::lock_guard<std::mutex> guard(mutex_);
            if (size != size_) free_.clear();
            size_ = size;
            if (free_.empty()) return std::unique_ptr<uint8_t[]>(new uint8_t[size]);
            auto memory = std::move(free_.back());
            free_.pop_back();
            return memory;
        }
        void give(std::unique_ptr<uint8_t[]> memory) {
            std::lock_guard<std::mutex> guard(mutex_);
            free_.push_back(std::move(memory));
        }

      private:
        std::mutex mutex_;
        int64_t size_ = 0;
        std::vector<std::unique_ptr<uint8_t[]>> free_;
    };

    class Part : public arrow::MutableBuffer {
      public:
        Part(std::shared_ptr<Shelf> shelf, std::unique_ptr<uint8_t[]> memory, int64_t size)
            : arrow::MutableBuffer(memory.get(), size), shelf_(std::move(shelf)), memory_(std::move(memory)) {}
        ~Part() override { shelf_->give(std::move(memory_)); }

      private:
        std::shared_ptr<Shelf> shelf_;
        std::unique_ptr<uint8_t[]> memory_;
    };

    std::shared_ptr<arrow::io::ReadableFile> file_;
    std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

// Takes spaces away at both ends of fields. Arrow has no option for it, and takes a quotation mark behind a space for
// part of the text. A quotation that is never closed is refused: Arrow takes the rest of the file for one text.
class SpaceStripper {
  public:
    SpaceStripper(char delimiter, char quote, bool strips) : delimiter_(delimiter), quote_(quote), strips_(strips) {}

    BufferResult operator()(const std::shared_ptr<arrow::Buffer> &input) {
        if (input->size() == 0 && is_quoted_) {
            return arrow::Status::Invalid("line ", opened_, ": the quotation that begins here is never closed");
        }
        // What has just been read is nobody else's, and the text becomes shorter: it is changed in place.
        std::shared_ptr<arrow::Buffer> output = input;
        if (held_ > 0 && input->size() > 0) {
            // Spaces at the end of the last part, which may be the end of a field or not.
            ARROW_ASSIGN_OR_RAISE(output, arrow::AllocateBuffer(held_ + input->size()));
            std::memset(output->mutable_data(), ' ', held_);
            std::memcpy(output->mutable_data() + held_, input->data(), input->size());
        } else if (!input->is_mutable()) {
            ARROW_ASSIGN_OR_RAISE(output, input->CopySlice(0, input->size()));
        }
        held_ = 0;
        const char *from = reinterpret_cast<const char *>(output->data());
        const char *end = from + output->size();
        char *to = reinterpret_cast<char *>(output->mutable_data());
        char *start = to;
        // Members would be read anew after each letter that is written.
        const char delimiter = delimiter_;
        const bool may_skip = strips_ && delimiter != ' ';
        if (!quote_) {
            // Without branches, which no processor could foresee here.
            bool is_start = is_start_;
            for (; from < end; ++from) {
                char letter = *from;
                bool is_skipped = (letter == ' ') & is_start & may_skip;
                bool is_end = (letter == delimiter) | (letter == '\n') | (letter == '\r');
                if (is_end & may_skip) {
                    while (to > start && to[-1] == ' ') --to;
                }
                *to = letter;
                to += !is_skipped;
                is_start = is_skipped | is_end;
            }
            is_start_ = is_start;
        }
        const char quote = quote_;
        int64_t line = line_;
        bool is_start = is_start_, is_quoted = is_quoted_, has_closed = has_closed_;
        for (; from < end; ++from) {
            char letter = *from;
            line += letter == '\n';
            if (is_quoted) {
                has_closed = letter == quote;
                is_quoted = !has_closed;
            } else {
                if (is_start && letter == ' ' && may_skip) continue;
                // A doubled quotation mark inside a quoted text closes and opens it again.
                is_quoted = quote && letter == quote && (is_start || has_closed);
                if (is_quoted && !has_closed) opened_ = line;
                has_closed = false;
                is_start = letter == delimiter || letter == '\n' || letter == '\r';
                if (is_start && may_skip) {
                    while (to > start && to[-1] == ' ') --to;
                }
            }
            *to++ = letter;
        }
        if (may_skip && !is_quoted && !is_start) {
            for (; to > start && to[-1] == ' '; --to) ++held_;
        }
        line_ = line;
        is_start_ = is_start;
        is_quoted_ = is_quoted;
        has_closed_ = has_closed;
        return arrow::SliceBuffer(output, 0, to - start);
    }

  private:
    char delimiter_, quote_;
    bool strips_;
    int64_t line_ = 1, opened_ = 1, held_ = 0;
    bool is_start_ = true, is_quoted_ = false, has_closed_ = false;
};

// Converts an encoding to UTF-8 with the system's iconv.
class Recoder {
  public:
    static arrow::Result<std::shared_ptr<Recoder>> make(const char *encoding) {
        iconv_t converter = iconv_open("UTF-8", encoding);
        if (converter == reinterpret_cast<iconv_t>(-1)) {
            return arrow::Status::Invalid("the encoding \"", encoding, "\" is not known");
        }
        return std::make_shared<Recoder>(converter, encoding);
    }

    Recoder(iconv_t converter, std::string encoding) : converter_(converter), encoding_(std::move(encoding)) {}
    ~Recoder() { iconv_close(converter_); }
    Recoder(const Recoder &) = delete;

    BufferResult operator()(const std::shared_ptr<arrow::Buffer> &input) {
        // Letters cut in two by the end of the last part.
        std::string source = rest_ + std::string(reinterpret_cast<const char *>(input->data()), input->size());
        ARROW_ASSIGN_OR_RAISE(auto output, arrow::AllocateResizableBuffer(source.size() * 4 + 16));
        char *from = source.data(), *to = reinterpret_cast<char *>(output->mutable_data());
        size_t left = source.size(), room = output->size();
        if (iconv(converter_, &from, &left, &to, &room) == static_cast<size_t>(-1) && errno != EINVAL) {
            return arrow::Status::Invalid(
                "byte ", read_ + (source.size() - left) - rest_.size(), " does not fit the encoding ", encoding_);
        }
        if (left > 0 && input->size() == 0) {
            return arrow::Status::Invalid("the file ends in the middle of a letter of ", encoding_);
        }
        read_ += input->size();
        rest_ = std::string(from, left);
        ARROW_RETURN_NOT_OK(output->Resize(output->size() - room, false));
        return std::shared_ptr<arrow::Buffer>(std::move(output));
    }

  private:
    iconv_t converter_;
    std::string encoding_, rest_;
    int64_t read_ = 0;
};

// How a file is packed, by its name.
std::optional<arrow::Compression::type> packing(const std::string &name) {
    auto ends = [&](const std::string &tail) {
        return name.size() > tail.size() && name.compare(name.size() - tail.size(), tail.size(), tail) == 0;
    };
    if (ends(".gz")) return arrow::Compression::GZIP;
    if (ends(".zst")) return arrow::Compression::ZSTD;
    if (ends(".bz2")) return arrow::Compression::BZ2;
    return std::nullopt;
}

} // namespace

namespace carrow {

arrow::Result<std::shared_ptr<arrow::io::InputStream>> open_text(const char *path, const carrow_csv_options &options) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    if (!options.encoding) {
        uint8_t start[2] = {0, 0};
        auto read = file->Read(2, start);
        ARROW_RETURN_NOT_OK(file->Seek(0));
        bool is_wide = read.ok() && *read == 2 && (start[0] ^ start[1]) == 1 && start[0] + start[1] == 0xFF + 0xFE;
        if (is_wide) return arrow::Status::Invalid("the text is UTF-16; give the file's encoding, utf16");
    }
    std::shared_ptr<arrow::io::InputStream> stream = std::make_shared<RecyclingFile>(file);
    if (auto compression = packing(path)) {
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::util::Codec> codec, arrow::util::Codec::Create(*compression));
        ARROW_ASSIGN_OR_RAISE(auto unpacked, arrow::io::CompressedInputStream::Make(codec.get(), stream));
        // The stream borrows its codec.
        struct Owner {
            std::shared_ptr<arrow::util::Codec> codec;
            std::shared_ptr<arrow::io::InputStream> stream;
        };
        auto owner = std::make_shared<Owner>(Owner{codec, unpacked});
        stream = std::shared_ptr<arrow::io::InputStream>(owner, owner->stream.get());
    }
    if (options.encoding) {
        ARROW_ASSIGN_OR_RAISE(auto recoder, Recoder::make(options.encoding));
        stream = std::make_shared<arrow::io::TransformInputStream>(
            stream, [recoder](const std::shared_ptr<arrow::Buffer> &part) { return (*recoder)(part); });
    }
    if (options.trims_leading_spaces || options.quote) {
        auto stripper =
            std::make_shared<SpaceStripper>(options.delimiter, options.quote, options.trims_leading_spaces);
        stream = std::make_shared<arrow::io::TransformInputStream>(
            stream, [stripper](const std::shared_ptr<arrow::Buffer> &part) { return (*stripper)(part); });
    }
    return stream;
}

bool is_packed(const char *path) { return packing(path).has_value(); }

bool text_has(const char *path, char letter) {
    auto file = arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ);
    if (!file.ok()) return true;
    auto size = (*file)->GetSize();
    if (!size.ok()) return true;
    for (int64_t start = 0; start < *size; start += 64 << 20) {
        auto part = (*file)->ReadAt(start, 64 << 20);
        if (!part.ok() || std::memchr((*part)->data(), letter, (*part)->size())) return true;
    }
    return false;
}

} // namespace carrow
