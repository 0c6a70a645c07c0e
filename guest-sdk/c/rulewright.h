// What an author of a plugin in C sees beside the functions of the host, which plugin.h has: those that `uses` names.
//
// Memory is handed out upwards and never given back: an instance lives for one step. So nothing here must be freed, and
// texts that come in stay as long as the step.
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "plugin.h"

typedef plugin_string_t rw_text;
typedef rulewright_plugin_runs_outcome_t rw_outcome;
typedef rulewright_plugin_runs_failure_t rw_failure;
typedef rulewright_plugin_runs_saved_state_t rw_state;
typedef rulewright_types_errors_host_error_t rw_refusal;

// Milliseconds.
#define RW_SECOND INT64_C(1000)
#define RW_MINUTE (60 * RW_SECOND)
#define RW_HOUR (60 * RW_MINUTE)
#define RW_DAY (24 * RW_HOUR)

// Texts.

// Of a literal, or of what stays as long as the step.
rw_text rw(const char *text);
bool rw_is(rw_text text, const char *other);
// Nothing in it but white space.
bool rw_is_blank(rw_text text);
// In decimal digits.
rw_text rw_number(int64_t number);
// One after the other: rw_join(2, rw("by "), channel).
rw_text rw_join(size_t count, ...);

// JSON, as settings and states are. `name` is a member of the outermost object.

// False where there is none, or it is no text.
bool rw_json_text(rw_text json, const char *name, rw_text *text);
// False where there is none, or it is no whole number.
bool rw_json_integer(rw_text json, const char *name, int64_t *number);
bool rw_json_boolean(rw_text json, const char *name, bool *value);
// Where it begins, and what it is made of: for objects and lists in it. False where there is none.
bool rw_json_member(rw_text json, const char *name, rw_text *value);
// In quotation marks, with what JSON escapes.
rw_text rw_json_quoted(rw_text text);

// Outcomes: what a step ends with. Each gives true, which is what a step gives back that did not fail.

// One line for the history; `output` is JSON text of an object, or NULL.
bool rw_done(rw_outcome *ret, rw_text summary, const rw_text *output);
// The rule does not apply, and why. The rules after this one go on.
bool rw_skipped(rw_outcome *ret, rw_text reason);
// Goes on at that time, with the cause `timer`. The state is JSON, or whatever the plugin can read.
bool rw_wait_until(rw_outcome *ret, int64_t at, uint32_t version, rw_text state);
// Drops what was staged and runs the step again; the host chooses when.
bool rw_retry(rw_outcome *ret, rw_text reason);

// Failures: what was staged is dropped. Each gives false. Begin the text with a code: "too-long: ...".

// Trying again cannot help.
bool rw_give_up(rw_failure *err, rw_text reason);
// The settings are wrong; somebody must mend them.
bool rw_bad_settings(rw_failure *err, rw_text reason);
// Trying again may help.
bool rw_retry_later(rw_failure *err, rw_text reason);
// The failure that fits what the host refused.
bool rw_refused(rw_failure *err, const rw_refusal *refusal);
// Stable and machine-readable: denied, not-found, no-address, ...
rw_text rw_code(const rw_refusal *refusal);
// One line: the code, a colon, and what is known.
rw_text rw_told(const rw_refusal *refusal);
// Why a message cannot be sent where there is nowhere to send it: what the rule is skipped with. False for every other
// refusal. `address_kind` may be NULL.
bool rw_nowhere(const rw_refusal *refusal, const char *channel, const char *address_kind, rw_text *reason);
