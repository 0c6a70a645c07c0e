#include "rulewright.h"

// Memory: an arena in the initial memory, handed out upwards. To grow the memory costs more than the whole call of a step.

#define ARENA (256 << 10)
#define PAGE 65536
// Growing by few, large pieces.
#define GROWTH 16

static _Alignas(16) uint8_t arena[ARENA];
static uintptr_t next;
static uintptr_t end;

void *malloc(size_t size) { return realloc(NULL, size); }

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) abort();
  // Memory is all zero at first, and nothing is handed out twice.
  return malloc(bytes);
}

// A block is preceded by its size, which growing it needs.
void *realloc(void *block, size_t size) {
  if (next == 0) {
    next = (uintptr_t)arena;
    end = next + ARENA;
  }
  uintptr_t start = (next + 8 + 15) & ~(uintptr_t)15;
  uintptr_t stop;
  if (__builtin_add_overflow(start, size, &stop)) abort();
  if (stop > end) {
    uintptr_t top = __builtin_wasm_memory_size(0) * PAGE;
    if (end != top) {
      // What is left of the arena is given up.
      start = (top + 8 + 15) & ~(uintptr_t)15;
      if (__builtin_add_overflow(start, size, &stop)) abort();
      end = top;
    }
    size_t pages = (stop - top + PAGE - 1) / PAGE;
    if (pages < GROWTH) pages = GROWTH;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) abort();
    end = top + pages * PAGE;
  }
  next = stop;
  ((size_t *)start)[-1] = size;
  if (block != NULL) {
    size_t old = ((size_t *)block)[-1];
    memcpy((void *)start, block, old < size ? old : size);
  }
  return (void *)start;
}

void free(void *block) { (void)block; }

void abort(void) { __builtin_trap(); }

// Each is one instruction of WebAssembly; the builtins would call these functions again where they are not.
void *memcpy(void *restrict to, const void *restrict from, size_t size) { return __builtin_memcpy(to, from, size); }

void *memmove(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }

void *memset(void *to, int byte, size_t size) { return __builtin_memset(to, byte, size); }

int memcmp(const void *one, const void *other, size_t size) {
  const uint8_t *a = one, *b = other;
  for (size_t at = 0; at < size; at++) {
    if (a[at] != b[at]) return a[at] < b[at] ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

// The generated code asks for it; the host puts the world into the component by itself.
void __component_type_object_force_link_plugin(void) {}

// Texts.

rw_text rw(const char *text) { return (rw_text){ .ptr = (uint8_t *)text, .len = strlen(text) }; }

bool rw_is(rw_text text, const char *other) {
  return text.len == strlen(other) && memcmp(text.ptr, other, text.len) == 0;
}

static bool is_space(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

bool rw_is_blank(rw_text text) {
  for (size_t at = 0; at < text.len; at++) {
    if (!is_space(text.ptr[at])) return false;
  }
  return true;
}

rw_text rw_number(int64_t number) {
  uint8_t digits[20];
  size_t count = 0;
  uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
  do digits[count++] = '0' + left % 10;
  while ((left /= 10) != 0);
  rw_text text = { .ptr = malloc(count + 1), .len = 0 };
  if (number < 0) text.ptr[text.len++] = '-';
  while (count > 0) text.ptr[text.len++] = digits[--count];
  return text;
}

rw_text rw_join(size_t count, ...) {
  va_list parts;
  size_t size = 0;
  va_start(parts, count);
  for (size_t at = 0; at < count; at++) size += va_arg(parts, rw_text).len;
  va_end(parts);
  rw_text joined = { .ptr = malloc(size), .len = 0 };
  va_start(parts, count);
  for (size_t at = 0; at < count; at++) {
    rw_text part = va_arg(parts, rw_text);
    memcpy(joined.ptr + joined.len, part.ptr, part.len);
    joined.len += part.len;
  }
  va_end(parts);
  return joined;
}

// JSON. What is read has been written or checked by the host, so what is wrong with it is not told apart from absence.

typedef struct {
  const uint8_t *at, *end;
} reader;

static void skip_space(reader *json) {
  while (json->at < json->end && is_space(*json->at)) json->at++;
}

// Past a text in quotation marks, of which the part between them is given.
static bool skip_text(reader *json, rw_text *inside) {
  if (json->at >= json->end || *json->at != '"') return false;
  const uint8_t *start = ++json->at;
  while (json->at < json->end && *json->at != '"') json->at += *json->at == '\\' ? 2 : 1;
  if (json->at >= json->end) return false;
  *inside = (rw_text){ .ptr = (uint8_t *)start, .len = (size_t)(json->at - start) };
  json->at++;
  return true;
}

// Past one value, of whatever kind.
static bool skip_value(reader *json) {
  size_t depth = 0;
  do {
    skip_space(json);
    if (json->at >= json->end) return false;
    uint8_t byte = *json->at;
    rw_text ignored;
    if (byte == '"') {
      if (!skip_text(json, &ignored)) return false;
    } else if (byte == '{' || byte == '[') {
      depth++;
      json->at++;
    } else if (byte == '}' || byte == ']') {
      if (depth == 0) return false;
      depth--;
      json->at++;
    } else if (byte == ',' || byte == ':') {
      if (depth == 0) return false;
      json->at++;
    } else {
      // A number, or one of the three words.
      while (json->at < json->end && !is_space(*json->at) && *json->at != ',' && *json->at != '}' && *json->at != ']') {
        json->at++;
      }
    }
  } while (depth > 0);
  return true;
}

bool rw_json_member(rw_text json, const char *name, rw_text *value) {
  reader here = { json.ptr, json.ptr + json.len };
  skip_space(&here);
  if (here.at >= here.end || *here.at++ != '{') return false;
  for (;;) {
    rw_text key;
    skip_space(&here);
    if (!skip_text(&here, &key)) return false;
    skip_space(&here);
    if (here.at >= here.end || *here.at++ != ':') return false;
    skip_space(&here);
    const uint8_t *start = here.at;
    if (!skip_value(&here)) return false;
    if (rw_is(key, name)) {
      *value = (rw_text){ .ptr = (uint8_t *)start, .len = (size_t)(here.at - start) };
      return true;
    }
    skip_space(&here);
    if (here.at >= here.end || *here.at++ != ',') return false;
  }
}

static bool hex(const uint8_t *at, const uint8_t *end, uint32_t *number) {
  if (end - at < 4) return false;
  *number = 0;
  for (size_t digit = 0; digit < 4; digit++) {
    uint8_t byte = at[digit];
    uint32_t value = byte >= '0' && byte <= '9' ? byte - '0' : (byte | 32) >= 'a' && (byte | 32) <= 'f' ? (byte | 32) - 'a' + 10 : 16;
    if (value > 15) return false;
    *number = *number << 4 | value;
  }
  return true;
}

static void put_utf8(rw_text *text, uint32_t scalar) {
  uint8_t *to = text->ptr + text->len;
  if (scalar < 0x80) {
    to[0] = scalar;
    text->len += 1;
  } else if (scalar < 0x800) {
    to[0] = 0xc0 | scalar >> 6;
    to[1] = 0x80 | (scalar & 0x3f);
    text->len += 2;
  } else if (scalar < 0x10000) {
    to[0] = 0xe0 | scalar >> 12;
    to[1] = 0x80 | (scalar >> 6 & 0x3f);
    to[2] = 0x80 | (scalar & 0x3f);
    text->len += 3;
  } else {
    to[0] = 0xf0 | scalar >> 18;
    to[1] = 0x80 | (scalar >> 12 & 0x3f);
    to[2] = 0x80 | (scalar >> 6 & 0x3f);
    to[3] = 0x80 | (scalar & 0x3f);
    text->len += 4;
  }
}

bool rw_json_text(rw_text json, const char *name, rw_text *text) {
  rw_text value, inside;
  if (!rw_json_member(json, name, &value)) return false;
  reader here = { value.ptr, value.ptr + value.len };
  if (!skip_text(&here, &inside)) return false;
  // No escape is longer than what it stands for.
  rw_text plain = { .ptr = malloc(inside.len), .len = 0 };
  const uint8_t *at = inside.ptr, *end = inside.ptr + inside.len;
  while (at < end) {
    if (*at != '\\') {
      plain.ptr[plain.len++] = *at++;
      continue;
    }
    if (end - at < 2) return false;
    uint8_t escaped = at[1];
    at += 2;
    uint32_t scalar, low;
    switch (escaped) {
      case 'n': plain.ptr[plain.len++] = '\n'; break;
      case 't': plain.ptr[plain.len++] = '\t'; break;
      case 'r': plain.ptr[plain.len++] = '\r'; break;
      case 'b': plain.ptr[plain.len++] = '\b'; break;
      case 'f': plain.ptr[plain.len++] = '\f'; break;
      case 'u':
        if (!hex(at, end, &scalar)) return false;
        at += 4;
        if (scalar >= 0xd800 && scalar < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
            hex(at + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
          scalar = 0x10000 + ((scalar - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        } else if (scalar >= 0xd800 && scalar < 0xe000) {
          // Half of a pair is no character.
          scalar = 0xfffd;
        }
        put_utf8(&plain, scalar);
        break;
      default: plain.ptr[plain.len++] = escaped;
    }
  }
  *text = plain;
  return true;
}

bool rw_json_integer(rw_text json, const char *name, int64_t *number) {
  rw_text value;
  if (!rw_json_member(json, name, &value)) return false;
  bool negative = value.len > 0 && value.ptr[0] == '-';
  size_t at = negative ? 1 : 0;
  if (at == value.len) return false;
  int64_t found = 0;
  for (; at < value.len; at++) {
    uint8_t byte = value.ptr[at];
    if (byte < '0' || byte > '9') return false;
    // Below zero, where there is one number more. No builtin for the product: it would want a function of the compiler's library.
    if (found < INT64_MIN / 10 || __builtin_sub_overflow(found * 10, byte - '0', &found)) return false;
  }
  if (!negative && __builtin_sub_overflow(0, found, &found)) return false;
  *number = found;
  return true;
}

bool rw_json_boolean(rw_text json, const char *name, bool *boolean) {
  rw_text value;
  if (!rw_json_member(json, name, &value)) return false;
  *boolean = rw_is(value, "true");
  return *boolean || rw_is(value, "false");
}

rw_text rw_json_quoted(rw_text text) {
  rw_text quoted = { .ptr = malloc(6 * text.len + 2), .len = 0 };
  quoted.ptr[quoted.len++] = '"';
  for (size_t at = 0; at < text.len; at++) {
    uint8_t byte = text.ptr[at];
    if (byte == '"' || byte == '\\') quoted.ptr[quoted.len++] = '\\';
    if (byte >= ' ') {
      quoted.ptr[quoted.len++] = byte;
      continue;
    }
    memcpy(quoted.ptr + quoted.len, "\\u00", 4);
    quoted.ptr[quoted.len + 4] = '0' + (byte >> 4);
    quoted.ptr[quoted.len + 5] = "0123456789abcdef"[byte & 15];
    quoted.len += 6;
  }
  quoted.ptr[quoted.len++] = '"';
  return quoted;
}

// Outcomes and failures.

bool rw_done(rw_outcome *ret, rw_text summary, const rw_text *output) {
  ret->tag = RULEWRIGHT_PLUGIN_RUNS_OUTCOME_DONE;
  ret->val.done.summary.is_some = true;
  ret->val.done.summary.val = summary;
  ret->val.done.output.is_some = output != NULL;
  if (output != NULL) ret->val.done.output.val = *output;
  return true;
}

bool rw_skipped(rw_outcome *ret, rw_text reason) {
  ret->tag = RULEWRIGHT_PLUGIN_RUNS_OUTCOME_SKIPPED;
  ret->val.skipped = reason;
  return true;
}

bool rw_wait_until(rw_outcome *ret, int64_t at, uint32_t version, rw_text state) {
  ret->tag = RULEWRIGHT_PLUGIN_RUNS_OUTCOME_WAIT_UNTIL;
  ret->val.wait_until.at = at;
  ret->val.wait_until.state.version = version;
  ret->val.wait_until.state.bytes.ptr = state.ptr;
  ret->val.wait_until.state.bytes.len = state.len;
  return true;
}

bool rw_retry(rw_outcome *ret, rw_text reason) {
  ret->tag = RULEWRIGHT_PLUGIN_RUNS_OUTCOME_RETRY;
  ret->val.retry.after.is_some = false;
  ret->val.retry.reason = reason;
  return true;
}

bool rw_give_up(rw_failure *err, rw_text reason) {
  err->tag = RULEWRIGHT_PLUGIN_RUNS_FAILURE_PERMANENT;
  err->val.permanent = reason;
  return false;
}

bool rw_bad_settings(rw_failure *err, rw_text reason) {
  err->tag = RULEWRIGHT_PLUGIN_RUNS_FAILURE_CONFIG;
  err->val.config = reason;
  return false;
}

bool rw_retry_later(rw_failure *err, rw_text reason) {
  err->tag = RULEWRIGHT_PLUGIN_RUNS_FAILURE_TRANSIENT;
  err->val.transient = reason;
  return false;
}

bool rw_refused(rw_failure *err, const rw_refusal *refusal) {
  bool passes = refusal->tag == RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_CONFLICT ||
                refusal->tag == RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_UNAVAILABLE ||
                (refusal->tag == RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_OTHER && refusal->val.other.retryable);
  return passes ? rw_retry_later(err, rw_told(refusal)) : rw_give_up(err, rw_told(refusal));
}

rw_text rw_code(const rw_refusal *refusal) {
  switch (refusal->tag) {
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_DENIED: return rw("denied");
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_NOT_FOUND: return rw("not-found");
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_CONFLICT: return rw("conflict");
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_INVALID: return rw("invalid");
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_LIMIT: return rw("limit");
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_UNAVAILABLE: return rw("unavailable");
    default: return refusal->val.other.code;
  }
}

rw_text rw_told(const rw_refusal *refusal) {
  rw_text code = rw_code(refusal), text = rw("");
  switch (refusal->tag) {
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_DENIED: text = refusal->val.denied; break;
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_NOT_FOUND: text = rw("there is nothing with that id"); break;
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_CONFLICT:
      text = rw_join(2, rw("the order is at revision "), rw_number((int64_t)refusal->val.conflict));
      break;
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_INVALID:
      for (size_t at = 0; at < refusal->val.invalid.len; at++) {
        rulewright_types_errors_issue_t *issue = &refusal->val.invalid.ptr[at];
        rw_text path = issue->path.len == 0 ? rw("") : rw_join(2, issue->path, rw(" "));
        text = rw_join(4, text, rw(at == 0 ? "" : "; "), path, issue->message);
      }
      break;
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_LIMIT: text = rw_join(2, refusal->val.limit, rw(" is used up")); break;
    case RULEWRIGHT_TYPES_ERRORS_HOST_ERROR_UNAVAILABLE: text = rw("the other side is down"); break;
    default: text = refusal->val.other.message;
  }
  return rw_join(3, code, rw(": "), text);
}

bool rw_nowhere(const rw_refusal *refusal, const char *channel, const char *address_kind, rw_text *reason) {
  rw_text code = rw_code(refusal);
  if (rw_is(code, "invalid-address")) {
    *reason = rw("invalid-address: the client's address is wrong");
    return true;
  }
  if (!rw_is(code, "no-address")) return false;
  bool mail = rw_is(rw("email"), channel);
  const char *what = mail ? "mail address" : "phone number";
  if (rw_is(rw("chat"), channel)) {
    *reason = rw("no-channel: the client has never written in an open channel");
  } else if (address_kind != NULL) {
    *reason = rw_join(5, rw(mail ? "no-such-address-type" : "no-such-phone-type"), rw(": the client has no "), rw(what),
                      rw(" of type "), rw(address_kind));
  } else {
    *reason = rw_join(3, rw(mail ? "no-mail" : "no-phone"), rw(": the client has no "), rw(what));
  }
  return true;
}
