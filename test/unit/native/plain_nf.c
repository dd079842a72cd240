/* A network function in plain C, for plugin_test.cpp: it joins two ports and counts packets. */
#include <ferry/nf_abi.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifndef ABI
#define ABI FERRY_NF_ABI
#endif
/* How much of the table there is, and the last function in it. */
#ifndef TABLE_BYTES
#define TABLE_BYTES sizeof(ferry_nf_functions)
#endif
#ifndef ROLL
#define ROLL roll_snapshot
#endif
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

/* So that two builds are two files. */
const char plain_nf_build[] = TEXT(BUILD);

typedef struct plain {
  uint64_t count;
  uint8_t dirty;
  uint8_t in_snapshot;
  uint8_t rolling;
  uint64_t fixed;
  uint64_t digest;
  uint8_t action;
  uint8_t port;
  size_t record;
} plain;

static const ferry_value* member(const ferry_value* object, const char* key) {
  size_t i;
  for (i = 0; i < object->item_count; ++i) {
    const ferry_value* item = &object->items[i];
    if (item->key_length == strlen(key) && memcmp(item->key, key, item->key_length) == 0) {
      return item;
    }
  }
  return NULL;
}

static double number_of(const ferry_value* config, const char* key, double fallback) {
  const ferry_value* value = member(config, key);
  return value != NULL && value->type == FERRY_NF_NUMBER ? value->number : fallback;
}

static void* create(const ferry_value* config, ferry_error* error) {
  const ferry_value* deep = member(config, "deep");
  plain* self;
  if (member(config, "silent") != NULL) return NULL;
  if (deep != NULL && (deep->type != FERRY_NF_ARRAY || deep->item_count != 2 ||
                       deep->items[1].type != FERRY_NF_OBJECT ||
                       member(&deep->items[1], "yes")->boolean != 1 ||
                       deep->items[0].text_length != 2 || memcmp(deep->items[0].text, "ok", 2) != 0)) {
    strcpy(error->code, "CONFIG_RANGE");
    strcpy(error->field, "deep");
    strcpy(error->message, "Give [ok, {yes: true}].");
    return NULL;
  }
  self = calloc(1, sizeof *self);
  self->digest = (uint64_t)number_of(config, "digest", 7);
  self->action = (uint8_t)number_of(config, "action", FERRY_NF_FORWARD);
  self->port = (uint8_t)number_of(config, "port", 255);
  self->record = (size_t)number_of(config, "record", 8);
  return self;
}
static void destroy(void* self) { free(self); }
static uint64_t digest(const void* self) { return ((const plain*)self)->digest; }

static ferry_verdict process(void* self, ferry_packet* packet, uint64_t now_ms,
                             const ferry_output* output) {
  plain* own = self;
  ferry_verdict verdict;
  ++own->count;
  own->dirty = 1;
  packet->data[0] = (uint8_t)now_ms;
  output->transmit(output->self, packet->port, packet->data, 1);
  packet->length = 14;
  verdict.action = own->action;
  verdict.port = own->port != 255 ? own->port : (uint8_t)(1 - packet->port);
  return verdict;
}
static void timer(void* self, uint64_t now_ms, const ferry_output* output) {
  uint8_t frame = (uint8_t)now_ms;
  (void)self;
  output->transmit(output->self, 1, &frame, 1);
}
static void recover(void* self, uint64_t now_ms) { ((plain*)self)->count = now_ms; }

static uint8_t dirty(const void* self) { return ((const plain*)self)->dirty; }
static uint8_t never(const void* self) {
  (void)self;
  return 0;
}
static size_t put(uint8_t* out, size_t room, uint64_t value) {
  if (room < sizeof value) return FERRY_NF_OVERFLOW;
  memcpy(out, &value, sizeof value);
  return sizeof value;
}
static size_t collect(void* self, uint8_t* out, size_t room) {
  plain* own = self;
  const size_t written = put(out, room, own->count);
  if (written != FERRY_NF_OVERFLOW) own->dirty = 0;
  return written;
}
static void discard_marks(void* self) { ((plain*)self)->dirty = 0; }
static uint8_t apply(void* self, const uint8_t* bytes, size_t length) {
  if (length == 1) return 99; /* no status at all */
  if (length != 8) return FERRY_NF_MALFORMED;
  memcpy(&((plain*)self)->count, bytes, 8);
  return FERRY_NF_OK;
}
static void begin_snapshot(void* self) {
  plain* own = self;
  own->fixed = own->count;
  own->dirty = 0;
  own->in_snapshot = 1;
  own->rolling = 0;
}
void roll_snapshot(void* self) { ((plain*)self)->rolling = 1; }
static size_t write_snapshot(void* self, uint8_t* out, size_t room, uint8_t* complete) {
  plain* own = self;
  *complete = 1;
  return own->in_snapshot ? put(out, room, own->rolling ? own->count : own->fixed) : 0;
}
static void end_snapshot(void* self) { ((plain*)self)->in_snapshot = 0; }
static void reset(void* self) { ((plain*)self)->count = 0; }

static uint64_t entries(const void* self) { return ((const plain*)self)->count; }
static size_t max_record_bytes(const void* self) { return ((const plain*)self)->record; }
static size_t counters(void* self, ferry_counter* out, size_t room) {
  static const char name[] = "seen, and not this";
  if (room > 0) {
    out[0].name = name;
    out[0].name_length = 4;
    out[0].value = ((plain*)self)->count;
  }
  return 1;
}
static uint8_t sound(const void* self) {
  (void)self;
  return 1;
}
static const char* notice(const void* self, size_t index) {
  (void)self;
  return index == 0 ? "built by hand" : NULL;
}

uint32_t ferry_nf_abi(void) { return ABI; }

#ifndef NO_TABLE
const ferry_nf_functions* ferry_nf_v1(void) {
  static const ferry_nf_functions table = {
      TABLE_BYTES, "plain", 2, create, destroy, digest, process, timer, recover,
      timer, dirty, never, collect, discard_marks, apply, begin_snapshot, write_snapshot,
      end_snapshot, never, apply, reset, entries, max_record_bytes, counters, sound, notice,
      ROLL};
  return &table;
}
#endif
