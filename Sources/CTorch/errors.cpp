// The barrier between C++ exceptions and Swift: messages by thread, and the scopes that collect them.
#include "ctorch.h"
#include "ctorch_internal.h"

#include <ATen/core/Tensor.h>

#include <sstream>

namespace {

struct Scope {
    bool failed = false;
    std::string message;
};

thread_local std::string last_error;
thread_local std::string taken_error;
thread_local std::vector<Scope> scopes;

// The reason without the C++ stack and the notes for developers of LibTorch.
std::string reason_of(const c10::Error &error) {
    std::string text = error.what_without_backtrace();
    for (const char *marker : {"\nException raised from", "\nCPU: registered at", "\n\nCPU: registered"}) {
        auto at = text.find(marker);
        if (at != std::string::npos) text.resize(at);
    }
    return text;
}

// The dtype's name as Swift and Python spell it.
std::string name_of(at::ScalarType type) {
    return std::string(c10::getDtypeNames(type).first);
}

} // namespace

namespace ctorch {

void record_exception(const char *operation, std::initializer_list<Inputs> inputs) noexcept {
    try {
        std::string reason = "an unknown failure";
        try {
            throw;
        } catch (const c10::Error &error) {
            reason = reason_of(error);
        } catch (const std::bad_alloc &) {
            reason = "not enough memory";
        } catch (const std::exception &error) {
            reason = error.what();
        } catch (...) {
        }
        std::ostringstream out;
        out << operation << "\n";
        bool first = true;
        intptr_t shown = 0;
        for (const auto &list : inputs) {
            for (intptr_t i = 0; i < list.count; ++i) {
                if (!list.items[i]) continue;
                if (++shown > 6) break;
                auto tensor = borrow(list.items[i]);
                out << (first ? "" : ", ") << tensor->sizes() << " " << name_of(tensor->scalar_type());
                if (!tensor->device().is_cpu()) out << " " << tensor->device().str();
                first = false;
            }
        }
        if (shown > 6) out << ", ...";
        out << "\n" << reason;
        last_error = out.str();
    } catch (...) {
        last_error.clear();
    }
}

void record_undefined(const char *operation) noexcept {
    try {
        last_error = std::string(operation) + "\n\nan argument is the result of an operator that failed before";
    } catch (...) {
    }
}

} // namespace ctorch

const char *ct_take_last_error(void) {
    taken_error.swap(last_error);
    last_error.clear();
    return taken_error.c_str();
}

void ct_error_scope_begin(void) { scopes.emplace_back(); }
bool ct_error_scope_active(void) { return !scopes.empty(); }
bool ct_error_scope_failed(void) { return !scopes.empty() && scopes.back().failed; }
void ct_error_scope_record(const char *message) {
    if (scopes.empty() || scopes.back().failed) return;
    scopes.back().failed = true;
    scopes.back().message = message;
}
const char *ct_error_scope_end(void) {
    if (scopes.empty()) return nullptr;
    Scope scope = std::move(scopes.back());
    scopes.pop_back();
    if (!scope.failed) return nullptr;
    taken_error = std::move(scope.message);
    return taken_error.c_str();
}
