/*
 * The border between Ferry and a network function (NF) that was compiled apart from it: plain C, so
 * that compiler, C++ library and language on either side are free. NFs in C++ include ferry/nf.hpp,
 * which makes all of this from one class.
 *
 * A shared library that is an NF exports two functions:
 *   uint32_t ferry_nf_abi(void);                     returns FERRY_NF_ABI
 *   const ferry_nf_functions* ferry_nf_v1(void);     the table below, valid for ever
 *
 * Threads: create() is called by one thread, all that follows by another, never two at once. Only
 * create(), destroy() and reset() may allocate or make system calls. Nothing may throw across this
 * border. What each function means is said at ferry::NetworkFunction in native/core/nf.hpp.
 */
#ifndef FERRY_NF_ABI_H
#define FERRY_NF_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Counts up when what is here changes its meaning. What is added goes to the end of the table. */
#define FERRY_NF_ABI 1u
/* What collect() and write_snapshot() return when `room` was too little. */
#define FERRY_NF_OVERFLOW ((size_t)-1)

/* One Ethernet frame, without FCS. An NF may rewrite it in place, change `length` up to `capacity`,
 * and let `data` point elsewhere: into the frame, or at memory of its own that stays as it is until
 * the next call. */
typedef struct ferry_packet {
  uint8_t* data;
  uint32_t length;
  uint32_t capacity;
  uint8_t port;        /* index of the port at which it came in */
  uint64_t arrived_ns; /* CLOCK_REALTIME of the kernel; 0: not known */
} ferry_packet;

enum { FERRY_NF_FORWARD = 0, FERRY_NF_DROP = 1, FERRY_NF_CONSUMED = 2 };

typedef struct ferry_verdict {
  uint8_t action; /* FERRY_NF_... */
  uint8_t port;   /* where a forwarded packet leaves */
} ferry_verdict;

/* Sends frames that an NF makes itself; copies the frame. */
typedef struct ferry_output {
  void* self;
  void (*transmit)(void* self, uint8_t port, const uint8_t* frame, size_t length);
} ferry_output;

enum {
  FERRY_NF_NULL = 0,
  FERRY_NF_BOOLEAN = 1,
  FERRY_NF_NUMBER = 2,
  FERRY_NF_STRING = 3,
  FERRY_NF_ARRAY = 4,
  FERRY_NF_OBJECT = 5
};

/* A value as JSON knows it; texts are UTF-8 without a zero at their end. Valid during create(). */
typedef struct ferry_value {
  uint8_t type; /* FERRY_NF_... */
  uint8_t boolean;
  double number;
  const char* text;
  size_t text_length;
  const char* key; /* its name, when it is a member of an object */
  size_t key_length;
  const struct ferry_value* items; /* members or elements */
  size_t item_count;
} ferry_value;

/* Why a configuration was refused; texts end in a zero. */
typedef struct ferry_error {
  char code[48];     /* UPPER_SNAKE, like CONFIG_RANGE */
  char field[256];   /* path of the field at fault, like inside.address */
  char message[512]; /* a sentence that says what to do */
} ferry_error;

typedef struct ferry_counter {
  const char* name; /* valid as long as the NF */
  size_t name_length;
  uint64_t value;
} ferry_counter;

enum { FERRY_NF_OK = 0, FERRY_NF_MALFORMED = 1, FERRY_NF_NO_SPACE = 2 };

typedef struct ferry_nf_functions {
  size_t size;      /* sizeof(ferry_nf_functions) where the NF was compiled */
  const char* name; /* of the NF, for people */
  uint8_t ports;    /* how many it has, 1 to 8 */
  /* NULL, and `error` filled in, when the configuration is refused. */
  void* (*create)(const ferry_value* config, ferry_error* error);
  void (*destroy)(void* self);
  uint64_t (*config_digest)(const void* self);

  ferry_verdict (*process)(void* self, ferry_packet* packet, uint64_t now_ms,
                           const ferry_output* output);
  void (*expire)(void* self, uint64_t now_ms, const ferry_output* output);
  void (*recover)(void* self, uint64_t now_ms);
  void (*take_over)(void* self, uint64_t now_ms, const ferry_output* output);

  uint8_t (*dirty)(const void* self);
  uint8_t (*collect_due)(const void* self);
  size_t (*collect)(void* self, uint8_t* out, size_t room); /* bytes written */
  void (*discard_marks)(void* self);
  uint8_t (*apply)(void* self, const uint8_t* statelets, size_t length);

  void (*begin_snapshot)(void* self);
  size_t (*write_snapshot)(void* self, uint8_t* out, size_t room, uint8_t* complete);
  void (*end_snapshot)(void* self);
  uint8_t (*snapshot_urgent)(const void* self);
  uint8_t (*install)(void* self, const uint8_t* records, size_t length);
  void (*reset)(void* self);

  uint64_t (*entries)(const void* self);
  size_t (*max_record_bytes)(const void* self);
  /* Fills in up to `room` counters; returns how many there are. Their number and order stay. */
  size_t (*counters)(void* self, ferry_counter* out, size_t room);
  uint8_t (*check_invariants)(const void* self);
  /* The notice of this number, ending in a zero, or NULL after the last. */
  const char* (*notice)(const void* self, size_t index);

  /* May be NULL, or beyond `size`: then a snapshot is always of one point in time. */
  void (*roll_snapshot)(void* self);
} ferry_nf_functions;

#ifdef __cplusplus
}
#endif
#endif
